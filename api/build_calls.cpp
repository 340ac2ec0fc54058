/// The calls about builds.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "api/lists.h"
#include "api/problem.h"
#include "api/proposals.h"
#include "api/routes.h"
#include "api/text.h"

namespace mergeq::api {

Response list_builds(Context& context, const Call& call) {
  const auto state = query_value(call.request, "state");
  if (!state) return state.error();
  if (*state && !from_name<BuildState>(**state)) {
    return invalid_fields(
        {{"state", "expected one of " + all_names<BuildState>() + ", got " + in_quotes(**state)}});
  }
  const std::string wanted = state->value_or("");
  const std::string list = "builds\n" + call.id + "\n" + wanted;
  const auto page = page_request(call.request, list);
  if (!page) return page.error();
  const auto found = context.service.builds(call.id, wanted, *page);
  return found ? page_answer(*found, list) : problem(found.error());
}

Response get_build(Context& context, const Call& call) {
  const auto build = context.service.build(call.id);
  return build ? json_answer(200, *build) : problem(build.error());
}

/// The file as it is now: a build that still runs may write on, and what it adds comes next time.
Response get_log(Context& context, const Call& call) {
  const auto path = context.service.log_path(call.id);
  if (!path) return problem(path.error());
  const int fd = ::open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    if (fd >= 0) ::close(fd);
    return problem(404, "The log of " + in_quotes(call.id) + " is gone.");
  }
  Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.file = std::make_shared<OpenFile>(fd, static_cast<std::uint64_t>(status.st_size));
  return response;
}

Response start_build(Context& context, const Call& call) {
  if (!call.request.body.empty()) {
    if (const auto body = json_object(call.request.body); !body) return body.error();
  }
  const auto started = context.service.build_started(call.id, call.caller.name);
  return started ? get_build(context, call) : problem(started.error());
}

Response report_build(Context& context, const Call& call) {
  const auto body = json_object(call.request.body);
  if (!body) return body.error();
  Fields fields(*body);
  service::BuildReport report = read_report(fields);
  report.reporter = call.caller.name;
  if (!fields.errors().empty()) return invalid_fields(fields.errors());
  const auto answer = context.service.report(call.id, report);
  return answer ? get_build(context, call) : problem(answer.error());
}

}  // namespace mergeq::api
