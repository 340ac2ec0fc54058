/// The HTTP server: REST, webhooks in, the event stream, metrics, and the embedded dashboard.
///
/// Threads  Its own: one that accepts, a pool for calls, and apart from it one for all event
/// streams, so
///          that neither streams nor idle connections can starve calls.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "scheduler/result.h"
#include "scheduler/wire_names.h"
#include "service/service.h"

namespace mergeq::api {

/// Each holds what those before it may. `none` may do nothing.
enum class Role { none, read, submit, ci, operate, admin };

}  // namespace mergeq::api

template <>
struct mergeq::WireNames<mergeq::api::Role> {
  static constexpr std::array table{
      std::pair{mergeq::api::Role::none, std::string_view("none")},
      std::pair{mergeq::api::Role::read, std::string_view("read")},
      std::pair{mergeq::api::Role::submit, std::string_view("submit")},
      std::pair{mergeq::api::Role::ci, std::string_view("ci")},
      std::pair{mergeq::api::Role::operate, std::string_view("operate")},
      std::pair{mergeq::api::Role::admin, std::string_view("admin")},
  };
};

namespace mergeq::api {

/// A token as tokens.toml keeps it: never itself, only its SHA-256.
struct Token {
  std::string name;    // who it stands for, in timelines and logs
  std::string sha256;  // lower-case hexadecimal
  Role role = Role::read;
  std::vector<std::string> queues;  // empty: all
};

struct ServerOptions {
  std::string host = "127.0.0.1";  // what it binds
  std::uint16_t port = 8080;       // 0: any free one
  std::string public_url;
  Role anonymous = Role::read;
  std::vector<Token> tokens;
  std::size_t body_limit_bytes = 1u << 20;
  unsigned call_threads = 16;
  unsigned stream_limit = 512;
};

class Server {
 public:
  /// Binds and serves until stop(). io: the port is taken. `service` must live until then.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, service::Service& service);
  ~Server();
  std::uint16_t port() const;
  /// Ends streams, lets calls finish, returns within 5 s.
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mergeq::api
