/// The calls about the server itself, its event stream, and the dashboard's files.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/json_text.h"
#include "api/lists.h"
#include "api/problem.h"
#include "api/routes.h"
#include "api/text.h"
#include "web/assets.h"

namespace mergeq::api {
namespace {

using nlohmann::json;

std::string rfc3339(Instant at) {
  const auto ms = at.time_since_epoch().count();
  const auto whole = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::string fraction = std::to_string(1000 + ms % 1000);
  fraction[0] = '.';
  return std::string(text, size) + fraction + "Z";
}

/// The queues whose events the caller is given; empty: all. Or why none.
tl::expected<std::vector<std::string>, Response> queues_to_follow(Context& context,
                                                                  const Call& call) {
  const auto named = query_value(call.request, "queue");
  if (!named) return tl::unexpected(named.error());
  if (*named) {
    if (!call.caller.may(Role::read, **named)) {
      return tl::unexpected(refusal(call.caller, Role::read));
    }
    const json queues = context.service.queues();
    const bool known = std::any_of(queues.begin(), queues.end(),
                                   [&](const json& q) { return q.at("name") == **named; });
    if (!known)
      return tl::unexpected(problem(404, "There is no queue " + in_quotes(**named) + "."));
    return std::vector{**named};
  }
  if (call.caller.may_in_every_queue(Role::read)) return std::vector<std::string>{};
  return call.caller.queues;
}

bool accepts_gzip(const Request& request) {
  const std::string_view accepted = request.header("Accept-Encoding");
  return accepted.find("gzip") != std::string_view::npos &&
         accepted.find("gzip;q=0") == std::string_view::npos;
}

}  // namespace

Response stream_events(Context& context, const Call& call) {
  auto queues = queues_to_follow(context, call);
  if (!queues) return queues.error();
  const auto asked = query_value(call.request, "last_event_id");
  if (!asked) return asked.error();
  if (!context.streams.has_room()) {
    return problem(503, "As many event streams are open as may be: " +
                            std::to_string(context.options.stream_limit) + ".");
  }
  Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("Cache-Control", "no-store");
  if (call.request.method == "HEAD") return response;
  StreamStart start{.queues = std::move(*queues), .last_event_id = *asked};
  if (call.request.header_count("Last-Event-ID") > 0) {
    start.last_event_id = std::string(call.request.header("Last-Event-ID"));
  }
  if (start.last_event_id == "") start.last_event_id.reset();
  response.stream = std::move(start);
  return response;
}

Response get_openapi(Context& context, const Call&) {
  Response response;
  response.content_type = "application/json";
  response.body = context.openapi_json;
  response.headers.emplace_back("Cache-Control", "no-cache");
  return response;
}

Response get_health(Context&, const Call&) { return json_answer(200, {{"status", "ok"}}); }

Response get_readiness(Context& context, const Call& call) {
  // A queue without its trunk cannot work; other problems are for people to look at.
  const auto stands_still = [](const service::Problem& p) { return p.kind == "trunk_missing"; };
  const std::vector<service::Problem> problems = context.service.problems();
  const bool ready =
      context.service.ready() && std::none_of(problems.begin(), problems.end(), stands_still);
  json shown = json::array();
  for (const service::Problem& p : problems) {
    if (!call.caller.may(Role::read, p.queue)) continue;
    shown.push_back(
        {{"queue", p.queue}, {"kind", p.kind}, {"text", p.text}, {"since", rfc3339(p.since)}});
  }
  return json_answer(ready ? 200 : 503, {{"ready", ready}, {"problems", std::move(shown)}});
}

Response get_metrics(Context& context, const Call&) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = context.metrics.text(context.service, context.streams.open());
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response get_asset(Context&, const Call& call) {
  const std::string& path = call.request.path;
  std::optional<web::Asset> asset = web::find(path);
  // Any other page is the dashboard's own business; a missing file is missing.
  const bool is_file = path.starts_with("/assets/");
  if (!asset && !is_file) asset = web::find("/");
  if (!asset) return problem(404, "There is no such path: " + in_quotes(path) + ".");
  Response response;
  response.headers.emplace_back("ETag", std::string(asset->etag));
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back(
      "Cache-Control", asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (!asset->etag.empty() && call.request.header("If-None-Match") == asset->etag) {
    response.status = 304;
    return response;
  }
  response.content_type = asset->content_type;
  if (!asset->gzip.empty() && accepts_gzip(call.request)) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = asset->gzip;
  } else {
    response.body = asset->bytes;
  }
  return response;
}

}  // namespace mergeq::api
