/// Every call of the interface: its method and path, who may make it, and what answers it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/access.h"
#include "api/event_streams.h"
#include "api/http.h"
#include "api/metrics.h"
#include "api/origin.h"
#include "api/server.h"

namespace mergeq::api {

/// What a call is made on; lives as long as the server.
struct Context {
  service::Service& service;
  const ServerOptions& options;
  Site site;
  Metrics& metrics;
  EventStreams& streams;
  std::string openapi_json;
};

struct Call {
  const Request& request;
  Caller caller;
  std::string id;  // what stands for the braces in the path
};

/// Whose role counts: the path names a queue, or a change or build of one; all queues; at least
/// one.
enum class About { server, named_queue, id_in_queue, every_queue, some_queue };

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/api/v1/queues/{queue}"; at most one part in braces
  Role role;
  About about;
  Response (*answer)(Context&, const Call&);
};

std::span<const Route> routes();

struct Matched {
  const Route* route = nullptr;  // nothing: no such path, or not with this method
  std::string id;
  std::vector<std::string_view> methods;  // that the path has; none: there is no such path
};
/// HEAD is answered as GET is.
Matched match(const Request& request);

/// Everything that can be said before the body is read: Host, path, method, Origin, token, role,
/// content type. A route and who calls it, or the answer that refuses.
struct Admitted {
  const Route* route;  // nothing: a page or file of the dashboard
  Call call;
};
std::variant<Admitted, Response> admit(const Context& context, const Request& request);

/// A document as an answer.
Response json_answer(int status, const nlohmann::json& document);

// What answers; one file for each group.
Response list_queues(Context&, const Call&);
Response get_queue(Context&, const Call&);
Response patch_queue(Context&, const Call&);
Response pause_queue(Context&, const Call&);
Response resume_queue(Context&, const Call&);
Response get_graph(Context&, const Call&);
Response get_conflict(Context&, const Call&);
Response get_plan(Context&, const Call&);
Response list_changes(Context&, const Call&);
Response enqueue_change(Context&, const Call&);
Response get_change(Context&, const Call&);
Response revise_change(Context&, const Call&);
Response cancel_change(Context&, const Call&);
Response get_timeline(Context&, const Call&);
Response get_explanation(Context&, const Call&);
Response get_footprint(Context&, const Call&);
Response list_builds(Context&, const Call&);
Response get_build(Context&, const Call&);
Response get_log(Context&, const Call&);
Response start_build(Context&, const Call&);
Response report_build(Context&, const Call&);
Response stream_events(Context&, const Call&);
Response get_openapi(Context&, const Call&);
Response get_health(Context&, const Call&);
Response get_readiness(Context&, const Call&);
Response get_metrics(Context&, const Call&);
Response github_webhook(Context&, const Call&);
Response generic_webhook(Context&, const Call&);
/// GET of what is no call: a file of the dashboard, or its page.
Response get_asset(Context&, const Call&);

}  // namespace mergeq::api
