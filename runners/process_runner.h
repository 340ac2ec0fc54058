/// Commands one at a time, each under a supervisor, that somebody else may end.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "runners/supervised_process.h"

namespace mergeq::runners {

/// Threads  run() belongs to one thread at a time; end() may be called from any.
class ProcessRunner {
 public:
  static constexpr std::size_t output_limit_bytes = 16u << 20;  // what comes beyond is dropped

  /// Puts the supervise program into `directory`.
  static Result<std::unique_ptr<ProcessRunner>> make(const std::string& directory);

  ProcessEnd run(const ProcessSpec& spec, std::string& output);
  /// Ends the command that runs, and lets no other one start.
  void end();

  /// For vcs/; to be used no longer than this object lives.
  vcs::RunProcess callable() {
    return [this](const ProcessSpec& spec, std::string& output) { return run(spec, output); };
  }

 private:
  explicit ProcessRunner(std::string supervisor) : supervisor_(std::move(supervisor)) {}

  const std::string supervisor_;
  std::mutex mutex_;
  const SupervisedProcess* running_ = nullptr;
  bool ended_ = false;
};

}  // namespace mergeq::runners
