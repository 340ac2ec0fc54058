/// A scenario: everything that happens in one run whatever the queue decides. Which changes come
/// when, what they touch, and their hidden truth. Workload files and traces become scenarios by a
/// seed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "scheduler/footprint.h"
#include "sim/outcome_model.h"

namespace mergeq::sim {

/// Names of targets and paths, ascending: changes refer to them by their place here.
struct Names {
  std::vector<std::string> targets;
  std::vector<std::string> paths;
};

struct Touched {
  std::vector<std::uint32_t> targets;  // ascending, none twice
  std::vector<std::uint32_t> paths;    // the same
};

/// The change that comes n-th (from 0) is the one that the queue calls ChangeId{n + 1}.
struct ScenarioChange {
  Instant arrives{};  // ascending
  Touched touched;
  Outcome outcome;
};

struct Scenario {
  std::string name;
  double rate_per_hour = 0.0;  // that was asked for
  std::uint64_t seed = 1;
  std::shared_ptr<const Names> names;
  std::vector<ScenarioChange> changes;
  ConflictModel conflict;

  const ScenarioChange& change(ChangeId id) const { return changes.at(id.value - 1); }
};

/// What the analysis of a change would say that it touches.
Footprint footprint(const Scenario& scenario, ChangeId id);

}  // namespace mergeq::sim
