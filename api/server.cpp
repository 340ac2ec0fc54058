#include "api/server.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "api/http_server.h"
#include "api/json_text.h"
#include "api/openapi.h"
#include "api/problem.h"
#include "api/routes.h"

namespace mergeq::api {

struct Server::Impl {
  Impl(ServerOptions given, service::Service& service, std::unique_ptr<HttpServer> bound)
      : options(std::move(given)),
        http(std::move(bound)),
        streams(service, metrics, options.stream_limit),
        context{service,
                options,
                {.loopback_only = http->is_loopback(),
                 .port = http->port(),
                 .public_url = options.public_url},
                metrics,
                streams,
                {}} {}

  ~Impl() { stop(); }

  void stop() {
    streams.stop();
    http->stop();
  }

  /// Counts an answer and how long it took to make.
  Response counted(const Request& request, const Route* route, Response response,
                   std::chrono::steady_clock::time_point began) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    metrics.answered(request.method, route != nullptr ? route->pattern : "other", response.status,
                     took.count());
    return response;
  }

  std::optional<Response> refuse(const Request& request) {
    const auto began = std::chrono::steady_clock::now();
    auto admitted = admit(context, request);
    if (auto* refused = std::get_if<Response>(&admitted)) {
      return counted(request, match(request).route, std::move(*refused), began);
    }
    return std::nullopt;
  }

  Response answer(const Request& request) {
    const auto began = std::chrono::steady_clock::now();
    auto admitted = admit(context, request);
    if (auto* refused = std::get_if<Response>(&admitted)) return std::move(*refused);
    auto& [route, call] = std::get<Admitted>(admitted);
    return counted(request, route,
                   route != nullptr ? route->answer(context, call) : get_asset(context, call),
                   began);
  }

  ServerOptions options;
  std::unique_ptr<HttpServer> http;
  Metrics metrics;
  EventStreams streams;
  Context context;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, service::Service& service) {
  const auto description = json_of_yaml(openapi_yaml);
  if (!description) return tl::unexpected<Error>(description.error());
  auto http = HttpServer::bind({.host = options.host,
                                .port = options.port,
                                .body_limit_bytes = options.body_limit_bytes,
                                .call_threads = options.call_threads});
  if (!http) return tl::unexpected<Error>(http.error());
  if (options.anonymous == Role::admin && !(*http)->is_loopback()) {
    return fail(ErrorCode::invalid,
                "auth.anonymous: \"admin\" is for servers that listen on loopback only");
  }
  auto impl = std::make_unique<Impl>(std::move(options), service, std::move(*http));
  impl->context.openapi_json = json_text(*description);
  Impl* const own = impl.get();
  own->http->serve({
      .refuse = [own](const Request& request) { return own->refuse(request); },
      .answer = [own](const Request& request) { return own->answer(request); },
      .failure =
          [own](int status, const std::string& detail) {
            own->metrics.answered("other", "other", status, 0.0);
            return problem(status, detail);
          },
      .open_stream = [own](const StreamStart& start) { return own->streams.open_stream(start); },
  });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const { return impl_->http->port(); }

void Server::stop() { impl_->stop(); }

}  // namespace mergeq::api
