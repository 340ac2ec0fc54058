/// Runs `targets_command`, the program that prints the target graph of a tree, and keeps what it
/// said (docs/targets.md has the form).
///
/// It runs in a fresh checkout of the tree, supervised and shut off like a check of the local
/// runner, one run at a time, on a thread of its own. Trees whose manifests are the same files
/// share one run. A run that fails is a graph with a `failure`; it is tried again when somebody
/// asks after a while.
///
/// Threads  All functions may be called from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runners/process_runner.h"
#include "scheduler/time.h"
#include "vcs/repository.h"

namespace mergeq::service {

/// invalid: where it is not what was expected.
Result<vcs::OutsideGraph> read_target_graph(std::string_view json);

class TargetProgram {
 public:
  using Graph = std::shared_ptr<const vcs::OutsideGraph>;
  struct Options {
    std::vector<std::string> command;
    Duration time_limit{};
    std::string repository;      // a path on this machine
    std::string work_directory;  // its own
    std::vector<std::string> pass_environment;
    /// Called after each run, from the thread that runs; with why it gave no graph, or empty.
    std::function<void(const std::string& failure)> ready;
  };
  static Result<std::unique_ptr<TargetProgram>> make(Options options);
  /// Ends the run under way.
  ~TargetProgram();

  /// Nothing: not yet. It is asked for then.
  Graph graph(const TreeId& tree, const std::string& manifests);
  /// Waits until it is there.
  Graph await(const TreeId& tree, const std::string& manifests);

 private:
  TargetProgram(Options options, std::unique_ptr<runners::ProcessRunner> runner,
                std::string objects);
  struct Order {
    TreeId tree;
    std::string manifests;
  };
  struct Known {
    Graph graph;
    std::chrono::steady_clock::time_point made;
  };
  /// Requires the lock.
  Graph known_or_ordered(const TreeId& tree, const std::string& manifests);
  void work();
  vcs::OutsideGraph run(const TreeId& tree);

  const Options options_;
  const std::unique_ptr<runners::ProcessRunner> runner_;
  const std::string objects_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Known> known_;  // by manifests; emptied when it holds known_max
  std::deque<Order> orders_;            // the first one is under way
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mergeq::service
