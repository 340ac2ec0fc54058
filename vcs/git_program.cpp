#include "vcs/git_program.h"

#include <cstdlib>
#include <cstring>

namespace mergeq::vcs {

std::vector<std::string> git_environment() {
  const char* path = std::getenv("PATH");
  return {std::string("PATH=") + (path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"),
          "HOME=/nonexistent",
          "LC_ALL=C",
          "GIT_CONFIG_NOSYSTEM=1",
          "GIT_CONFIG_GLOBAL=/dev/null",
          "GIT_ATTR_NOSYSTEM=1",
          "GIT_TERMINAL_PROMPT=0",
          "GIT_NO_REPLACE_OBJECTS=1"};
}

GitEnd call_git(const GitCall& call, const RunProcess& run) {
  std::vector<std::string> command = {"git", "-c", "safe.directory=*", "-c",
                                      "core.hooksPath=/dev/null"};
  command.insert(command.end(), call.arguments.begin(), call.arguments.end());
  GitEnd result;
  result.end = run({.command = std::move(command),
                    .environment = call.environment,
                    .directory = call.directory,
                    .time_limit = call.time_limit},
                   result.output);
  return result;
}

Result<std::string> run_git(const GitCall& call, const RunProcess& run) {
  GitEnd result = call_git(call, run);
  if (result.good()) return std::move(result.output);
  const std::string what = "git " + call.arguments.front();
  std::string& output = result.output;
  while (!output.empty() && output.back() == '\n') output.pop_back();
  using Kind = ProcessEnd::Kind;
  if (result.end.kind == Kind::exited) {
    return fail(ErrorCode::io,
                what + ": exit code " + std::to_string(result.end.code) + ": " + output);
  }
  if (result.end.kind == Kind::not_started) {
    return fail(ErrorCode::io, what + ": cannot be started: " + std::strerror(result.end.code));
  }
  if (result.end.kind == Kind::cancelled) return fail(ErrorCode::unavailable, what + ": cancelled");
  return fail(ErrorCode::io, what + ": did not end by itself: " + output);
}

}  // namespace mergeq::vcs
