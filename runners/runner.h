/// Who runs a build.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "scheduler/build.h"
#include "scheduler/result.h"

namespace mergeq::runners {

/// A check as it is to be run. `command` is for the local runner: argument vector; the placeholder
/// argument `{targets}` becomes one argument for each target, `{tree}`, `{commit}`, `{build}` are
/// replaced inside an argument; nothing is ever given to a shell.
struct CheckCommand {
  std::string name;
  CheckScope scope = CheckScope::tree;
  std::vector<std::string> command;
  std::vector<std::string> targets;
  Duration timeout = std::chrono::minutes{30};
};

struct BuildRequest {
  BuildId id;
  std::string name;  // unique among all queues: names the log, the workspace's marker, {build}
  TreeId tree;
  CommitId commit;
  std::string ref;
  std::vector<CheckCommand> checks;  // run in order; the first that does not pass ends the build
};

/// What the runner tells, from threads of its own.
struct Report {
  enum class Kind { started, finished };
  BuildId build;
  Kind kind = Kind::finished;
  Verdict verdict = Verdict::inconclusive;
  Inconclusive inconclusive = Inconclusive::none;
  std::string check;   // failed: the one that did
  std::string detail;  // "check unit: exit code 1", "check unit: over its time limit of 30 s"
};
using Reporter = std::function<void(Report)>;

class Runner {
 public:
  virtual ~Runner() = default;
  /// Takes the build and returns at once; reports follow. A build that it already has is no new
  /// one.
  virtual void start(const BuildRequest& request) = 0;
  /// Ends it with everything it started; no report follows once this returns. Unknown ids are fine.
  virtual void cancel(BuildId id) = 0;
  /// From now on at most so many builds at once (at least one); those beyond it run to their end.
  virtual void set_slots(unsigned slots) = 0;
  /// After a restart of the service: can the runner still have this build and report it?
  /// (`external`: yes. `local`: no; it has ended what an earlier instance left running.)
  virtual bool survives_restart() const = 0;
  /// Ends all builds and threads; no report follows.
  virtual void stop() = 0;
};

struct LocalRunnerOptions {
  std::string repository;      // path, for checking out by tree
  std::string work_directory;  // workspaces (one for each slot, reused) and the pid registry
  std::string log_directory;   // <build name>.log
  unsigned slots = 1;
  std::uint64_t log_limit_bytes = 16u << 20;
  std::vector<std::string> pass_environment = {"PATH", "LANG", "TZ"};
  Duration kill_grace = std::chrono::seconds{2};
};
/// Ends what an earlier instance left running in `work_directory` before it returns.
Result<std::unique_ptr<Runner>> make_local_runner(const LocalRunnerOptions& options,
                                                  Reporter reporter);

/// For `external`: does nothing by itself; results come by HTTP.
std::unique_ptr<Runner> make_external_runner();

}  // namespace mergeq::runners
