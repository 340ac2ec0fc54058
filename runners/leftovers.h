/// Processes that an earlier instance left: found and ended before a new one builds anything.
///
/// A supervisor ends its tree by itself when mergeq dies, so this is for the moments in which it
/// has not finished yet, and for supervisors that were killed themselves. Two marks are looked for:
/// the registry of running supervisors (pid and start time, since pids are used again), and the
/// variable MERGEQ_WORKSPACE in the environment of whatever runs.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "scheduler/result.h"
#include "scheduler/time.h"

namespace mergeq::runners {

/// Start time of a process in clock ticks since boot: with the pid it names the process for good.
std::optional<std::string> start_time(pid_t pid);

/// One file for each running supervisor, in a directory of its own.
class Registry {
 public:
  explicit Registry(std::string directory) : directory_(std::move(directory)) {}
  void add(pid_t pid) const;
  void remove(pid_t pid) const;
  /// Waits until every registered supervisor is gone, killing those that are still there after
  /// `patience`. `io` names what could not be ended.
  Result<> end_all(Duration patience) const;

 private:
  std::string directory_;
};

/// Kills every process whose environment says that it works for a workspace at or below
/// `directory`, until none is left or `patience` is over (then `io`).
Result<> end_workers_of(const std::string& directory, Duration patience);

}  // namespace mergeq::runners
