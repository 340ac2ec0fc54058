/// The calls about changes.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/lists.h"
#include "api/problem.h"
#include "api/proposals.h"
#include "api/routes.h"
#include "api/text.h"
#include "forges/hash.h"

namespace mergeq::api {
namespace {

using nlohmann::json;

Response answer_or_problem(const Result<json>& document) {
  return document ? json_answer(200, *document) : problem(document.error());
}

/// `state=queued&state=pending` and `state=queued,pending`.
tl::expected<std::vector<std::string>, Response> states_of(const Request& request) {
  std::vector<std::string> states;
  for (const auto& [key, value] : request.query) {
    if (key != "state") continue;
    for (std::string_view rest = value;;) {
      const std::size_t comma = rest.find(',');
      const std::string_view word = rest.substr(0, comma);
      if (!from_name<ChangeState>(word)) {
        return tl::unexpected(invalid_fields(
            {{"state", "expected " + all_names<ChangeState>() + ", got " + in_quotes(word)}}));
      }
      states.emplace_back(word);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  std::sort(states.begin(), states.end());
  states.erase(std::unique(states.begin(), states.end()), states.end());
  return states;
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= 255 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

Response list_changes(Context& context, const Call& call) {
  const auto states = states_of(call.request);
  if (!states) return states.error();
  const auto author = query_value(call.request, "author");
  if (!author) return author.error();
  storage::ChangeFilter filter{.queue = call.id, .states = *states, .author = author->value_or("")};
  std::string list = "changes\n" + filter.queue + "\n" + filter.author + "\n";
  for (const std::string& state : filter.states) list += state + ",";
  const auto page = page_request(call.request, list);
  if (!page) return page.error();
  const auto found = context.service.changes(filter, *page);
  return found ? page_answer(*found, list) : problem(found.error());
}

Response enqueue_change(Context& context, const Call& call) {
  const Request& request = call.request;
  const auto body = json_object(request.body);
  if (!body) return body.error();
  Fields fields(*body);
  service::EnqueueRequest proposal = read_proposal(fields);
  fields.allow_only({"head", "title", "author", "url", "number", "priority", "depends_on"});
  if (request.header_count("Idempotency-Key") > 0) {
    const std::string_view key = request.header("Idempotency-Key");
    if (!is_key(key)) {
      fields.note("Idempotency-Key", "expected 1 to 255 printable ASCII characters");
    }
    proposal.idempotency_key = stored_key(call.caller.name, key);
    proposal.fingerprint =
        forges::sha256_hex(request.method + "\n" + request.path + "\n" + request.body);
  }
  if (!fields.errors().empty()) return invalid_fields(fields.errors());
  const auto accepted = context.service.enqueue(call.id, proposal, call.caller.name);
  if (!accepted) return problem(accepted.error());
  Response response = json_answer(accepted->created ? 201 : 200, accepted->change);
  response.headers.emplace_back("Location",
                                "/api/v1/changes/" + accepted->change.at("id").get<std::string>());
  return response;
}

Response get_change(Context& context, const Call& call) {
  return answer_or_problem(context.service.change(call.id));
}

Response revise_change(Context& context, const Call& call) {
  const auto body = json_object(call.request.body);
  if (!body) return body.error();
  Fields fields(*body);
  const std::string head = fields.required_text("head", head_limit);
  fields.allow_only({"head"});
  if (!fields.errors().empty()) return invalid_fields(fields.errors());
  return answer_or_problem(context.service.revise(call.id, head, call.caller.name));
}

Response cancel_change(Context& context, const Call& call) {
  return answer_or_problem(context.service.cancel(
      call.id, Reason::withdrawn, "cancelled by " + call.caller.name, call.caller.name));
}

Response get_timeline(Context& context, const Call& call) {
  const auto entries = context.service.timeline(call.id);
  if (!entries) return problem(entries.error());
  return json_answer(200, {{"items", *entries}, {"next_cursor", nullptr}});
}

Response get_explanation(Context& context, const Call& call) {
  return answer_or_problem(context.service.explanation(call.id));
}

Response get_footprint(Context& context, const Call& call) {
  return answer_or_problem(context.service.footprint(call.id));
}

}  // namespace mergeq::api
