#include "api/routes.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "api/json_text.h"
#include "api/problem.h"
#include "api/text.h"

namespace mergeq::api {
namespace {

constexpr std::array all_routes{
    Route{"GET", "/api/v1/queues", Role::read, About::some_queue, list_queues},
    Route{"GET", "/api/v1/queues/{queue}", Role::read, About::named_queue, get_queue},
    Route{"PATCH", "/api/v1/queues/{queue}", Role::operate, About::named_queue, patch_queue},
    Route{"POST", "/api/v1/queues/{queue}/pause", Role::operate, About::named_queue, pause_queue},
    Route{"POST", "/api/v1/queues/{queue}/resume", Role::operate, About::named_queue, resume_queue},
    Route{"GET", "/api/v1/queues/{queue}/graph", Role::read, About::named_queue, get_graph},
    Route{"GET", "/api/v1/queues/{queue}/conflicts", Role::read, About::named_queue, get_conflict},
    Route{"GET", "/api/v1/queues/{queue}/plan", Role::read, About::named_queue, get_plan},
    Route{"GET", "/api/v1/queues/{queue}/changes", Role::read, About::named_queue, list_changes},
    Route{"POST", "/api/v1/queues/{queue}/changes", Role::submit, About::named_queue,
          enqueue_change},
    Route{"GET", "/api/v1/queues/{queue}/builds", Role::read, About::named_queue, list_builds},
    Route{"GET", "/api/v1/changes/{change}", Role::read, About::id_in_queue, get_change},
    Route{"PATCH", "/api/v1/changes/{change}", Role::submit, About::id_in_queue, revise_change},
    Route{"DELETE", "/api/v1/changes/{change}", Role::submit, About::id_in_queue, cancel_change},
    Route{"GET", "/api/v1/changes/{change}/timeline", Role::read, About::id_in_queue, get_timeline},
    Route{"GET", "/api/v1/changes/{change}/explanation", Role::read, About::id_in_queue,
          get_explanation},
    Route{"GET", "/api/v1/changes/{change}/footprint", Role::read, About::id_in_queue,
          get_footprint},
    Route{"GET", "/api/v1/builds/{build}", Role::read, About::id_in_queue, get_build},
    Route{"GET", "/api/v1/builds/{build}/log", Role::read, About::id_in_queue, get_log},
    Route{"POST", "/api/v1/builds/{build}/start", Role::ci, About::id_in_queue, start_build},
    Route{"POST", "/api/v1/builds/{build}/result", Role::ci, About::id_in_queue, report_build},
    Route{"GET", "/api/v1/events", Role::read, About::some_queue, stream_events},
    Route{"GET", "/api/v1/openapi.json", Role::none, About::server, get_openapi},
    Route{"POST", "/webhooks/github", Role::none, About::server, github_webhook},
    Route{"POST", "/webhooks/generic", Role::none, About::server, generic_webhook},
    Route{"GET", "/healthz", Role::none, About::server, get_health},
    Route{"GET", "/readyz", Role::none, About::server, get_readiness},
    Route{"GET", "/metrics", Role::read, About::every_queue, get_metrics},
};

/// What stands for the braces (empty if there are none), or nothing if the path is another.
std::optional<std::string> fits(std::string_view pattern,
                                const std::vector<std::string>& segments) {
  std::string id;
  std::size_t at = 0;
  for (std::string_view rest = pattern.substr(1); !rest.empty(); ++at) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (at >= segments.size()) return std::nullopt;
    if (part.front() == '{') {
      if (segments[at].empty()) return std::nullopt;
      id = segments[at];
    } else if (part != segments[at]) {
      return std::nullopt;
    }
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  }
  return at == segments.size() ? std::optional(id) : std::nullopt;
}

bool is_allowed(const Context& context, const Route& route, const Caller& caller,
                const std::string& id) {
  switch (route.about) {
    case About::server:
      return true;
    case About::named_queue:
      return caller.may(route.role, id);
    case About::id_in_queue:
      return caller.may(route.role, context.service.queue_of(id));
    case About::every_queue:
      return caller.may_in_every_queue(route.role);
    case About::some_queue:
      return caller.may_in_some_queue(route.role);
  }
  return false;
}

bool is_json(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  constexpr std::string_view wanted = "application/json";
  return type.size() == wanted.size() &&
         ::strncasecmp(type.data(), wanted.data(), wanted.size()) == 0;
}

bool is_page(const Request& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const std::string first = request.segments.empty() ? "" : request.segments.front();
  return reads && first != "api" && first != "webhooks";
}

Response other_method(const Request& request, const Matched& matched) {
  std::string allow = "OPTIONS";
  for (const std::string_view method : matched.methods) {
    allow += ", " + std::string(method);
    if (method == "GET") allow += ", HEAD";
  }
  Response response;
  if (request.method == "OPTIONS") {
    response.status = 204;
  } else {
    response = problem(405, request.method + " is not among what this path takes: " + allow + ".");
  }
  response.headers.emplace_back("Allow", allow);
  return response;
}

}  // namespace

std::span<const Route> routes() { return all_routes; }

Matched match(const Request& request) {
  Matched matched;
  const std::string_view method =
      request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
  for (const Route& route : all_routes) {
    const auto id = fits(route.pattern, request.segments);
    if (!id) continue;
    matched.methods.push_back(route.method);
    if (route.method != method) continue;
    matched.route = &route;
    matched.id = *id;
  }
  return matched;
}

std::variant<Admitted, Response> admit(const Context& context, const Request& request) {
  if (auto refused = refuse_host(context.site, request)) return std::move(*refused);
  const Matched matched = match(request);
  if (matched.methods.empty()) {
    if (is_page(request)) return Admitted{nullptr, {request, {}, {}}};
    return problem(404, "There is no such path: " + in_quotes(request.path) + ".");
  }
  if (matched.route == nullptr) return other_method(request, matched);
  const Route& route = *matched.route;
  if (route.method != "GET") {
    if (auto refused = refuse_origin(context.site, request)) return std::move(*refused);
  }
  auto caller = identify(request, context.options.tokens, context.options.anonymous);
  if (!caller && route.role != Role::none) {
    return problem(401, "The token is not known here, or the header is not \"Bearer <token>\".");
  }
  if (!caller) caller = Caller{};
  if (!is_allowed(context, route, *caller, matched.id)) return refusal(*caller, route.role);
  const bool takes_json = route.method == "POST" || route.method == "PATCH";
  if (takes_json && !is_json(request.header("Content-Type"))) {
    return problem(415, "Content-Type: application/json was expected.");
  }
  return Admitted{&route, {request, std::move(*caller), matched.id}};
}

Response json_answer(int status, const nlohmann::json& document) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = json_text(document);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace mergeq::api
