#include "api/proposals.h"

#include "api/text.h"
#include "forges/hash.h"

namespace mergeq::api {

service::EnqueueRequest read_proposal(Fields& fields) {
  service::EnqueueRequest request;
  request.head = fields.required_text("head", head_limit);
  request.title = fields.text("title", {.bytes_max = 1000}).value_or("");
  request.author = fields.text("author", {.bytes_max = 256}).value_or("");
  request.url = fields.link("url").value_or("");
  request.number = fields.digits("number").value_or("");
  if (const auto word = fields.word("priority", all_names<Priority>())) {
    request.priority = from_name<Priority>(*word).value_or(Priority::normal);
  }
  request.depends_on = fields.texts("depends_on", {.least = 0, .most = 100}, id_limit)
                           .value_or(std::vector<std::string>{});
  return request;
}

service::BuildReport read_report(Fields& fields) {
  service::BuildReport report;
  // Only the exact word for success is one: "skipped", "PASSED" and "" are nothing.
  const auto verdict = fields.word("verdict", "passed, failed, error");
  if (!verdict && fields.errors().empty()) {
    fields.note("verdict", "expected one of passed, failed, error");
  }
  if (verdict == "passed") report.verdict = Verdict::passed;
  if (verdict == "failed") report.verdict = Verdict::failed;
  if (verdict == "error") report.inconclusive = Inconclusive::error;
  report.check = fields.text("check", {.bytes_max = 200});
  report.url = fields.link("url").value_or("");
  fields.number("duration_s", 0, 31'536'000);
  report.detail = fields.text("detail", {.bytes_max = 4000}).value_or("");
  return report;
}

std::string stored_key(std::string_view client, std::string_view key) {
  std::string both(client);
  both += '\n';
  both += key;
  return forges::sha256_hex(both);
}

}  // namespace mergeq::api
