/// Connections: one thread accepts them and watches those that are idle, a pool answers requests.
///
/// cpp-httplib 0.11.4 reads and writes the requests; accepting, waiting and keeping alive are ours,
/// since its blocking pool gives a thread to each connection, idle or not, and stops accepting for
/// good on an error of accept() (docs/decisions/0060-connections.md).
///
/// Threads  As said. Callbacks come from any of the pool's threads; what they throw ends the
/// connection,
///          not the process.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/http.h"
#include "scheduler/result.h"

namespace mergeq::api {

/// An event stream that has a socket: what it must be told first.
struct StreamOpening {
  std::string first_bytes;
  std::function<void(int)> adopt;  // takes the socket, once those are written
};

struct HttpCallbacks {
  /// Before the body is read: an answer refuses the request.
  std::function<std::optional<Response>(const Request&)> refuse;
  std::function<Response(const Request&)> answer;
  /// The answer for a request that could not be read.
  std::function<Response(int status, const std::string& detail)> failure;
  std::function<StreamOpening(const StreamStart&)> open_stream;
};

struct HttpOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::size_t body_limit_bytes = 1u << 20;
  unsigned call_threads = 16;
  unsigned connection_limit = 2048;  // lowered to what the process may open
};

class HttpServer {
 public:
  /// Binds and listens, without serving yet. io: the port is taken, the host is no address of ours.
  static Result<std::unique_ptr<HttpServer>> bind(const HttpOptions& options);
  ~HttpServer();
  std::uint16_t port() const;
  bool is_loopback() const;
  /// Requires that it was not called before.
  void serve(HttpCallbacks callbacks);
  /// Closes what is idle, lets calls finish that can.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mergeq::api
