#include "runners/process_runner.h"

#include <algorithm>

namespace mergeq::runners {

Result<std::unique_ptr<ProcessRunner>> ProcessRunner::make(const std::string& directory) {
  auto supervisor = install_supervisor(directory);
  if (!supervisor) return tl::unexpected(supervisor.error());
  return std::unique_ptr<ProcessRunner>(new ProcessRunner(std::move(*supervisor)));
}

ProcessEnd ProcessRunner::run(const ProcessSpec& spec, std::string& output) {
  auto process = SupervisedProcess::start(supervisor_, spec);
  if (!process) {
    output += process.error().message;
    return {};
  }
  {
    const std::lock_guard lock(mutex_);
    running_ = &*process;
    if (ended_) process->end();
  }
  const ProcessEnd end = process->wait([&](std::string_view more) {
    output += more.substr(0, output_limit_bytes - std::min(output.size(), output_limit_bytes));
  });
  const std::lock_guard lock(mutex_);
  running_ = nullptr;
  return end;
}

void ProcessRunner::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  if (running_ != nullptr) running_->end();
}

}  // namespace mergeq::runners
