#include "api/http_server.h"

#include <httplib.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "api/listener.h"
#include "api/poller.h"
#include "api/socket_stream.h"
#include "api/text.h"

namespace mergeq::api {
namespace {

constexpr unsigned requests_per_connection = 10'000;

/// The request that a thread is at, for the library's handlers.
struct Exchange {
  RequestHead head;
  SocketStream& stream;
  std::optional<StreamStart> becomes_stream;
};
thread_local Exchange* current = nullptr;

/// Gives an open file to the library piece by piece.
httplib::ContentProvider file_provider(std::shared_ptr<OpenFile> file) {
  return [file = std::move(file)](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
    std::array<char, 64 * 1024> bytes;
    const ssize_t got = ::pread(file->descriptor(), bytes.data(), std::min(length, bytes.size()),
                                static_cast<off_t>(offset));
    // It was cut short meanwhile: the length is promised, so the connection ends.
    if (got <= 0) return false;
    return sink.write(bytes.data(), static_cast<std::size_t>(got));
  };
}

void fill(httplib::Response& to, Response from) {
  to.status = from.status;
  for (const auto& [name, value] : security_headers()) to.set_header(name, value);
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  if (from.file) {
    const std::size_t size = from.file->size_bytes();
    if (size > 0) {
      to.set_content_provider(size, from.content_type, file_provider(std::move(from.file)));
      return;
    }
  }
  if (from.content_type.empty()) {
    to.body = std::move(from.body);
  } else {
    to.set_content(from.body, from.content_type);
  }
}

/// A whole answer as bytes, where the library has no part in it.
std::string rendered(const Response& response, std::string_view length_or_stream) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text += status_text(response.status);
  text += "\r\nContent-Type: " + response.content_type + "\r\n";
  text += length_or_stream;
  for (const Pairs* headers : {&security_headers(), &response.headers}) {
    for (const auto& [name, value] : *headers) text += name + ": " + value + "\r\n";
  }
  return text + "Connection: close\r\n\r\n" + response.body;
}

unsigned connections_allowed(unsigned wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  // The rest is for the database, repositories, builds and logs.
  const auto spare = static_cast<unsigned>(limit.rlim_cur > 512 ? limit.rlim_cur - 256 : 256);
  return std::min(wanted, spare);
}

}  // namespace

struct HttpServer::Impl : httplib::Server {
  Impl(const HttpOptions& given, const Listener& bound)
      : options(given),
        listener(bound),
        pool({.workers = given.call_threads, .away = 128, .waiting = 4096}),
        poller(bound.fd, connections_allowed(given.connection_limit),
               [this](std::shared_ptr<Connection> c) { enqueue(std::move(c)); }) {
    // Its content providers go on as long as it thinks that it listens.
    svr_sock_ = bound.fd;
    set_keep_alive_max_count(requests_per_connection);
    set_keep_alive_timeout(30);
    set_payload_max_length(given.body_limit_bytes);
    set_handlers();
  }

  void set_handlers() {
    set_pre_routing_handler(
        [this](const httplib::Request& q, httplib::Response& r) { return before_body(q, r); });
    const auto with_body = [this](const httplib::Request& q, httplib::Response& r) {
      current->head.request.body = q.body;
      finish(r, q.body.size() > options.body_limit_bytes ? too_large()
                                                         : callbacks.answer(current->head.request));
    };
    Post(".*", with_body);
    Put(".*", with_body);
    Patch(".*", with_body);
    Delete(".*", with_body);
    set_exception_handler(
        [this](const httplib::Request&, httplib::Response& r, std::exception_ptr thrown) {
          try {
            std::rethrow_exception(std::move(thrown));
          } catch (const std::exception& e) {
            spdlog::error("api: a handler threw: {}", e.what());
          } catch (...) {
            spdlog::error("api: a handler threw what is no exception");
          }
          r.headers.clear();
          r.body.clear();
          fill(r, callbacks.failure(500, "The server failed to do it; its log says why."));
        });
    set_error_handler(HandlerWithResponse([this](const httplib::Request&, httplib::Response& r) {
      if (!r.body.empty() || r.has_header("Content-Type")) {
        return httplib::Server::HandlerResponse::Unhandled;
      }
      if (current->stream.body_overflowed()) r.status = 413;
      fill(r, callbacks.failure(r.status, "The request could not be read to its end."));
      return httplib::Server::HandlerResponse::Handled;
    }));
  }

  /// From here on the library takes no request as one of a running server.
  void forget_listener() { svr_sock_ = INVALID_SOCKET; }

  Response too_large() const {
    return callbacks.failure(
        413, "The body is larger than " + std::to_string(options.body_limit_bytes) + " bytes.");
  }

  void finish(httplib::Response& to, Response answer) {
    if (answer.stream) {
      current->becomes_stream = std::move(answer.stream);
      current->stream.mute();
      to.status = 200;
      return;
    }
    fill(to, std::move(answer));
  }

  HandlerResponse before_body(const httplib::Request&, httplib::Response& r) {
    const Request& request = current->head.request;
    if (request.content_length > options.body_limit_bytes) {
      fill(r, too_large());
      return HandlerResponse::Handled;
    }
    if (auto refused = callbacks.refuse(request)) {
      fill(r, std::move(*refused));
      return HandlerResponse::Handled;
    }
    const bool has_writing_method =
        request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
    if (request.has_body && has_writing_method) return HandlerResponse::Unhandled;
    finish(r, callbacks.answer(request));
    return HandlerResponse::Handled;
  }

  void enqueue(std::shared_ptr<Connection> connection) {
    // Refused: the connection is closed with its last holder.
    if (!pool.submit([this, held = std::move(connection)] { serve_guarded(held); })) {
      spdlog::warn("api: too many requests wait for a thread");
    }
  }

  void serve_guarded(const std::shared_ptr<Connection>& connection) {
    try {
      serve(connection);
    } catch (const std::exception& e) {
      spdlog::error("api: a connection ends: {}", e.what());
    } catch (...) {
      spdlog::error("api: a connection ends on what is no exception");
    }
    current = nullptr;
  }

  /// Answers what has come; then the connection is parked, given away, or closed by being
  /// forgotten.
  void serve(const std::shared_ptr<Connection>& connection) {
    SocketStream stream(*connection, pool, stopping, options.body_limit_bytes);
    do {
      std::string bytes;
      const auto read = stream.read_head(bytes);
      if (read == SocketStream::HeadRead::closed) return;
      if (read != SocketStream::HeadRead::complete) {
        const bool large = read == SocketStream::HeadRead::too_large;
        return refuse_head(*connection, stream, large ? 431 : 408,
                           large ? "The head of the request is larger than 16 KiB."
                                 : "The request took too long.");
      }
      auto head = parse_head(bytes);
      if (!head) return refuse_head(*connection, stream, head.error().status, head.error().detail);
      if (!answer_one(*connection, stream, std::move(*head))) return;
    } while (!connection->unread.empty() && !stopping);
    poller.park(connection);
  }

  /// False: the connection is to go no further.
  bool answer_one(Connection& connection, SocketStream& stream, RequestHead head) {
    stream.begin(head);
    const bool close =
        !head.keep_alive || stopping || ++connection.served >= requests_per_connection;
    Exchange exchange{std::move(head), stream, std::nullopt};
    current = &exchange;
    bool closed = close;
    const bool answered = process_request(stream, close, closed, nullptr);
    current = nullptr;
    if (exchange.becomes_stream) {
      stream.unmute();
      start_stream(connection, stream, *exchange.becomes_stream);
      return false;
    }
    if (answered && !closed && stream.skip_body()) return true;
    linger(connection);
    return false;
  }

  void start_stream(Connection& connection, SocketStream& stream, const StreamStart& start) {
    StreamOpening opening = callbacks.open_stream(start);
    Response head;
    head.content_type = "text/event-stream";
    head.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
    const std::string bytes = rendered(head, "") + opening.first_bytes;
    if (stream.write(bytes.data(), bytes.size()) < 0) return;
    opening.adopt(connection.release());
  }

  void refuse_head(Connection& connection, SocketStream& stream, int status,
                   const std::string& detail) {
    const Response answer = callbacks.failure(status, detail);
    const std::string bytes =
        rendered(answer, "Content-Length: " + std::to_string(answer.body.size()) + "\r\n");
    stream.write(bytes.data(), bytes.size());
    linger(connection);
  }

  /// Closing with unread bytes would reset the connection, and the answer could be lost on the way.
  static void linger(Connection& connection) {
    ::shutdown(connection.fd, SHUT_WR);
    std::array<char, 16 * 1024> bytes;
    for (int i = 0; i < 16; ++i) {
      if (::recv(connection.fd, bytes.data(), bytes.size(), MSG_DONTWAIT) <= 0) return;
    }
  }

  const HttpOptions options;
  const Listener listener;
  HttpCallbacks callbacks;
  std::atomic<bool> stopping{false};
  WorkerPool pool;
  Poller poller;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::bind(const HttpOptions& options) {
  // A peer that is gone is an error of send(), not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  const auto listener = listen_on(options.host, options.port);
  if (!listener) return tl::unexpected<Error>(listener.error());
  return std::unique_ptr<HttpServer>(new HttpServer(std::make_unique<Impl>(options, *listener)));
}

std::uint16_t HttpServer::port() const { return impl_->listener.port; }
bool HttpServer::is_loopback() const { return impl_->listener.is_loopback; }

void HttpServer::serve(HttpCallbacks callbacks) {
  impl_->callbacks = std::move(callbacks);
  if (!impl_->poller.start()) spdlog::critical("api: cannot watch connections");
}

void HttpServer::stop() {
  impl_->stopping = true;
  impl_->forget_listener();
  impl_->poller.stop();
  impl_->pool.stop();
}

}  // namespace mergeq::api
