/// Webhooks in: signed over the raw bytes, answered when they are durable.
#include <strings.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/json_text.h"
#include "api/problem.h"
#include "api/proposals.h"
#include "api/routes.h"
#include "api/text.h"
#include "forges/forge.h"
#include "forges/hash.h"
#include "service/documents.h"

namespace mergeq::api {
namespace {

using nlohmann::json;

bool is_blank(std::string_view secret) {
  return secret.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_same_project(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// repository.full_name, or nothing.
std::string project_of(const Result<json>& body) {
  if (!body || !body->is_object()) return {};
  const auto repository = body->find("repository");
  if (repository == body->end() || !repository->is_object()) return {};
  const auto name = repository->find("full_name");
  return name != repository->end() && name->is_string() ? name->get<std::string>() : std::string();
}

/// Signed with the secret of a queue of this project; of any queue, where the body names none (it
/// is malformed, or about no repository). Every candidate is tried, whatever came out before.
bool is_signed_by_project(const service::Options& options, const std::string& project,
                          const Request& request) {
  const std::string_view signature = request.header("X-Hub-Signature-256");
  bool valid = false;
  for (const service::QueueConfig& queue : options.queues) {
    if (queue.forge_kind != "github" || is_blank(queue.webhook_secret)) continue;
    if (!project.empty() && !is_same_project(queue.project, project)) continue;
    if (forges::signature_is_valid(queue.webhook_secret, request.body, signature)) valid = true;
  }
  return valid && request.header_count("X-Hub-Signature-256") == 1;
}

/// The header's value if it names a delivery.
std::optional<std::string> delivery_of(const Request& request, std::string_view header) {
  const std::string_view name = request.header(header);
  if (name.empty() || name.size() > 255 || request.header_count(header) != 1) return std::nullopt;
  return std::string(name);
}

constexpr std::string_view actor = "webhook";

Response generic_enqueue(Context& context, Fields& fields, const std::string& delivery,
                         const Request& request) {
  const std::string queue = fields.required_text("queue", id_limit);
  service::EnqueueRequest proposal = read_proposal(fields);
  if (!fields.errors().empty()) return invalid_fields(fields.errors());
  proposal.idempotency_key = stored_key("webhook generic", delivery);
  proposal.fingerprint = forges::sha256_hex(request.body);
  const auto answer = context.service.enqueue(queue, proposal, std::string(actor));
  if (!answer) return problem(answer.error());
  return json_answer(200, answer->created
                              ? service::webhook_answer("enqueued", "accepted into the queue",
                                                        answer->change.at("id"))
                              : service::webhook_answer("unchanged", "it was in the queue already",
                                                        answer->change.at("id")));
}

/// Remembered by its delivery: an old one that comes late must not bring an old head back.
Response generic_revise(Context& context, Fields& fields, const std::string& delivery) {
  const std::string change = fields.required_text("change", id_limit);
  const std::string head = fields.required_text("head", head_limit);
  if (!fields.errors().empty()) return invalid_fields(fields.errors());
  const auto answer = context.service.revise_once(change, head, delivery, std::string(actor));
  return answer ? json_answer(200, *answer) : problem(answer.error());
}

Response generic_cancel(Context& context, Fields& fields) {
  const std::string change = fields.required_text("change", id_limit);
  if (!fields.errors().empty()) return invalid_fields(fields.errors());
  const auto answer =
      context.service.cancel(change, Reason::withdrawn, "cancelled by webhook", std::string(actor));
  if (!answer) return problem(answer.error());
  const bool cancelled = answer->at("state") == "cancelled";
  return json_answer(
      200, service::webhook_answer(cancelled ? "cancelled" : "unchanged",
                                   "it is " + answer->at("state").get<std::string>(), change));
}

Response generic_result(Context& context, Fields& fields) {
  const std::string build = fields.required_text("build", id_limit);
  service::BuildReport report = read_report(fields);
  report.reporter = actor;
  if (!fields.errors().empty()) return invalid_fields(fields.errors());
  const auto answer = context.service.report(build, report);
  if (!answer) return problem(answer.error());
  const bool repeated = *answer == service::ReportAnswer::repeated;
  return json_answer(200, service::webhook_answer(repeated ? "unchanged" : "reported",
                                                  repeated ? "that was known" : "taken as a result",
                                                  nullptr, build));
}

}  // namespace

Response github_webhook(Context& context, const Call& call) {
  const Request& request = call.request;
  const Result<json> body = parse_json(request.body);
  if (!is_signed_by_project(context.service.options(), project_of(body), request)) {
    return problem(401, "X-Hub-Signature-256 does not fit any queue of that repository.");
  }
  if (!body) return problem(400, body.error().message);
  const auto delivery = delivery_of(request, "X-GitHub-Delivery");
  const std::string event(request.header("X-GitHub-Event"));
  std::vector<FieldError> missing;
  if (!delivery) missing.push_back({"X-GitHub-Delivery", "expected 1 to 255 characters, once"});
  if (event.empty()) missing.push_back({"X-GitHub-Event", "expected the event's name"});
  if (!missing.empty()) return invalid_fields(missing);
  const auto meaning = forges::parse_github(event, request.body);
  if (!meaning) return problem(meaning.error());
  const auto answer =
      context.service.forge_event(*meaning, *delivery, forges::content_key(event, request.body));
  return answer ? json_answer(200, *answer) : problem(answer.error());
}

Response generic_webhook(Context& context, const Call& call) {
  const Request& request = call.request;
  const std::string& secret = context.service.options().generic_webhook_secret;
  if (is_blank(secret)) {
    return problem(404, "No secret for generic webhooks is configured, so there are none.");
  }
  if (request.header_count("X-Mergeq-Signature-256") != 1 ||
      !forges::signature_is_valid(secret, request.body, request.header("X-Mergeq-Signature-256"))) {
    return problem(401, "X-Mergeq-Signature-256 does not fit the body.");
  }
  const auto body = json_object(request.body);
  if (!body) return body.error();
  Fields fields(*body);
  const auto delivery = delivery_of(request, "X-Mergeq-Delivery");
  if (!delivery) fields.note("X-Mergeq-Delivery", "expected 1 to 255 characters, once");
  const std::string action = fields.word("action", "enqueue, revise, cancel, result").value_or("");
  if (action.empty() && fields.errors().empty()) {
    fields.note("action", "expected one of enqueue, revise, cancel, result");
  }
  if (!fields.errors().empty()) return invalid_fields(fields.errors());
  if (action == "enqueue") return generic_enqueue(context, fields, *delivery, request);
  if (action == "revise") return generic_revise(context, fields, *delivery);
  if (action == "cancel") return generic_cancel(context, fields);
  return generic_result(context, fields);
}

}  // namespace mergeq::api
