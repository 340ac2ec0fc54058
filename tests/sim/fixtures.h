/// Small scenarios and files for the tests of the simulator.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/build.h"
#include "sim/scenario.h"
#include "sim/workload.h"

namespace mergeq::sim {

/// A hot, small workload: many conflicts, many failures, few slots.
inline Workload small_workload(std::uint64_t changes = 60) {
  Workload workload;
  workload.name = "small";
  workload.changes = changes;
  workload.rate_per_hour = 60;
  workload.slots = 12;
  workload.touch = {.targets = 12, .zipf = 0.5, .mean = 1.6};
  workload.outcome.success.mean = 0.75;
  workload.outcome.conflict = {
      .real_target = 0.1, .real_path = 0.1, .believed_target = 0.1, .believed_path = 0.1};
  return workload;
}

/// Changes by hand: each touches the targets given, is good unless said otherwise, builds in 10
/// min.
class ByHand {
 public:
  explicit ByHand(std::uint32_t targets) {
    auto names = std::make_shared<Names>();
    for (std::uint32_t i = 0; i < targets; ++i) names->targets.push_back("t" + std::to_string(i));
    scenario.names = std::move(names);
    scenario.name = "by hand";
    scenario.conflict = {
        .real_target = 0.0, .real_path = 0.0, .believed_target = 0.05, .believed_path = 0.05};
  }

  ChangeId comes(double at_min, std::vector<std::uint32_t> targets) {
    ScenarioChange change;
    change.arrives = Instant{from_minutes(at_min)};
    change.touched.targets = std::move(targets);
    change.outcome.build_time = from_minutes(10);
    change.outcome.prediction.build_time_s = 600;
    scenario.changes.push_back(std::move(change));
    return ChangeId{scenario.changes.size()};
  }
  ChangeId comes_bad(double at_min, std::vector<std::uint32_t> targets) {
    const ChangeId id = comes(at_min, std::move(targets));
    scenario.changes.back().outcome.good = false;
    return id;
  }

  Scenario scenario;
};

inline Member member(ChangeId id) {
  return {.change = id, .revision = 1, .head = {std::to_string(id.value)}};
}

/// A file in the temporary folder, gone with this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content, const std::string& ending = ".toml") {
    static std::atomic<int> count{0};
    path_ = std::filesystem::temp_directory_path() /
            ("mergeq-sim-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + ending);
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace mergeq::sim
