/// The `git` program as a child: for what goes over a network, and for work trees.
///
/// vcs/ starts no process itself: whoever calls gives a RunProcess, which decides under which
/// supervisor the child runs and may end it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scheduler/result.h"
#include "scheduler/time.h"

namespace mergeq::vcs {

struct ProcessSpec {
  std::vector<std::string> command;  // argument vector, not empty; found by PATH of `environment`
  std::vector<std::string> environment;  // "NAME=value", all of it
  std::string directory;                 // where it runs
  Duration time_limit = std::chrono::minutes{30};
  Duration kill_grace = std::chrono::seconds{2};
};

struct ProcessEnd {
  enum class Kind {
    exited,     // code: exit code
    signalled,  // code: signal
    timed_out,
    cancelled,
    not_started,  // code: errno
    lost,         // the supervisor itself was killed; descendants may be left
  };
  Kind kind = Kind::lost;
  int code = 0;
};

/// Runs to the end; appends stdout and stderr, as they come, to `output` (which may be cut).
using RunProcess = std::function<ProcessEnd(const ProcessSpec&, std::string& output)>;

/// Git without the user, the system, hooks or prompts; its words in English.
std::vector<std::string> git_environment();

struct GitCall {
  std::vector<std::string> arguments;  // without "git"
  std::vector<std::string> environment = git_environment();
  std::string directory;
  Duration time_limit = std::chrono::minutes{15};
};
struct GitEnd {
  ProcessEnd end;
  std::string output;
  bool good() const { return end.kind == ProcessEnd::Kind::exited && end.code == 0; }
};
GitEnd call_git(const GitCall& call, const RunProcess& run);
/// Its output; an error unless its exit code is 0. unavailable: it was cancelled.
Result<std::string> run_git(const GitCall& call, const RunProcess& run);

}  // namespace mergeq::vcs
