/// A command that runs under a supervisor (supervise.cpp): its whole tree of processes ends with
/// it.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "scheduler/result.h"
#include "vcs/git_program.h"

namespace mergeq::runners {

using vcs::ProcessEnd;
using vcs::ProcessSpec;

/// Threads  Made, waited for and destroyed by one thread; end() may be called from any other.
class SupervisedProcess {
 public:
  /// `supervisor` is the path of the installed supervise program.
  static Result<SupervisedProcess> start(const std::string& supervisor, const ProcessSpec& spec);
  SupervisedProcess(SupervisedProcess&& other) noexcept;
  SupervisedProcess& operator=(SupervisedProcess&&) = delete;
  /// Whatever still runs is killed.
  ~SupervisedProcess();

  /// Of the supervisor.
  pid_t pid() const { return pid_; }
  /// Asks the command to end: TERM, and KILL after the grace. Returns at once.
  void end() const;
  /// Reads its output (stdout and stderr, as they come) until it and everything it started is gone.
  ProcessEnd wait(const std::function<void(std::string_view)>& output);

 private:
  SupervisedProcess(pid_t pid, int control, int output);
  pid_t pid_ = -1;
  int control_ = -1;
  int output_ = -1;
};

/// Writes the supervise program into `directory` and gives its path.
Result<std::string> install_supervisor(const std::string& directory);

}  // namespace mergeq::runners
