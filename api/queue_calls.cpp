/// The calls about queues.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/fields.h"
#include "api/lists.h"
#include "api/problem.h"
#include "api/routes.h"

namespace mergeq::api {
namespace {

using nlohmann::json;

Response answer_or_problem(const Result<json>& document) {
  return document ? json_answer(200, *document) : problem(document.error());
}

/// The queue after `written`, or why that failed.
Response queue_after(Context& context, const std::string& name, const Result<json>& written) {
  return answer_or_problem(written ? context.service.queue(name) : written);
}

/// A call whose body may as well be absent.
tl::expected<json, Response> object_or_nothing(const Request& request) {
  return request.body.empty() ? json::object() : json_object(request.body);
}

template <class Enum>
std::optional<Enum> enum_of(const std::optional<std::string>& word) {
  return word ? from_name<Enum>(*word) : std::nullopt;
}

}  // namespace

Response list_queues(Context& context, const Call& call) {
  json items = json::array();
  for (json& queue : context.service.queues()) {
    if (call.caller.may(Role::read, queue.at("name").get<std::string>())) {
      items.push_back(std::move(queue));
    }
  }
  return json_answer(200, {{"items", std::move(items)}, {"next_cursor", nullptr}});
}

Response get_queue(Context& context, const Call& call) {
  return answer_or_problem(context.service.queue(call.id));
}

Response get_graph(Context& context, const Call& call) {
  return answer_or_problem(context.service.graph(call.id));
}

Response get_conflict(Context& context, const Call& call) {
  std::string names[2];
  for (const bool second : {false, true}) {
    const char* parameter = second ? "b" : "a";
    const auto given = query_value(call.request, parameter);
    if (!given) return given.error();
    if (!*given || (*given)->empty()) {
      return invalid_fields({{parameter, "expected the id of a change"}});
    }
    names[second ? 1 : 0] = **given;
  }
  return answer_or_problem(context.service.conflict(call.id, names[0], names[1]));
}

Response get_plan(Context& context, const Call& call) {
  return answer_or_problem(context.service.plan(call.id));
}

Response pause_queue(Context& context, const Call& call) {
  const auto body = object_or_nothing(call.request);
  if (!body) return body.error();
  Fields fields(*body);
  const std::string why = fields.text("reason", {.bytes_max = 1000}).value_or("");
  fields.allow_only({"reason"});
  if (!fields.errors().empty()) return invalid_fields(fields.errors());
  return queue_after(context, call.id, context.service.pause(call.id, why, call.caller.name));
}

Response resume_queue(Context& context, const Call& call) {
  const auto body = object_or_nothing(call.request);
  if (!body) return body.error();
  Fields fields(*body);
  fields.allow_only({});
  if (!fields.errors().empty()) return invalid_fields(fields.errors());
  return queue_after(context, call.id, context.service.resume(call.id, call.caller.name));
}

Response patch_queue(Context& context, const Call& call) {
  const auto body = json_object(call.request.body);
  if (!body) return body.error();
  Fields fields(*body);
  service::QueuePatch patch;
  if (const auto slots = fields.whole("slots", 1, 4096)) {
    patch.slots = static_cast<std::uint32_t>(*slots);
  }
  patch.slot_minute_price = fields.number("slot_minute_price", 0, 1e6);
  patch.order = enum_of<Order>(fields.word("order", all_names<Order>()));
  patch.guarantee = enum_of<Guarantee>(fields.word("guarantee", all_names<Guarantee>()));
  patch.checks = fields.texts("checks", {.least = 1, .most = 100}, {.bytes_max = 200});
  if (patch.checks) {
    std::vector<std::string> sorted = *patch.checks;
    std::sort(sorted.begin(), sorted.end());
    const auto twin = std::adjacent_find(sorted.begin(), sorted.end());
    if (twin != sorted.end()) fields.note("checks", "names " + *twin + " twice");
  }
  fields.allow_only({"slots", "slot_minute_price", "order", "guarantee", "checks"});
  for (const auto& [key, value] : body->items()) {
    if (value.is_null()) fields.note(key.substr(0, 80), "expected a value, got null");
  }
  if (body->empty()) fields.note("body", "expected at least one setting");
  if (!fields.errors().empty()) return invalid_fields(fields.errors());
  return queue_after(context, call.id, context.service.patch(call.id, patch, call.caller.name));
}

}  // namespace mergeq::api
