/// A client of the REST API, for the subcommands that talk to a running server.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"

namespace mergeq::cli {

/// Beside --config and --json: --server and --token-file.
struct ClientOptions : CommonOptions {
  std::string server;      // empty: what the configuration says, else http://127.0.0.1:8080
  std::string token_file;  // empty: no token
};
void add_client_options(CLI::App& command, ClientOptions& options);

/// Why a call did not work: what to say, what to exit with, and the HTTP status (0: not reached).
struct Trouble {
  Exit exit = Exit::unreachable;
  std::string message;
  int status = 0;
};
using Answer = tl::expected<nlohmann::json, Trouble>;

class Client {
 public:
  /// Reads the token file and finds out where the server is; does not connect yet.
  static tl::expected<Client, Trouble> make(const ClientOptions& options);
  ~Client();
  Client(Client&&) noexcept;

  Answer get(const std::string& path);
  Answer post(const std::string& path, const nlohmann::json& body,
              const std::string& idempotency_key);
  Answer remove(const std::string& path);

  /// `name`, or the server's only queue if it is empty.
  tl::expected<std::string, Trouble> queue_or_only(const std::string& name);

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A segment of a URL's path, percent-encoded.
std::string segment(const std::string& text);
/// Complains and gives the exit code.
Exit failed(const Trouble& trouble);
/// Text of strangers for a terminal: control characters (which could move its cursor or hide text)
/// as
/// `?`, cut at `width_max` characters.
std::string for_terminal(std::string_view text, std::size_t width_max = 400);

}  // namespace mergeq::cli
