/// The hidden truth: who is good alone, and which pairs break together. The scheduler never sees
/// it; builds are decided by it, the oracle asks it, and the referee holds every landing against
/// it.
///
/// Two changes can break together only if they share a target or a path and were in the queue at
/// the same time: what had landed before a change came, its author has seen. Whether such a pair
/// does is a hash of the pair and the seed, so that it is the same for every strategy.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/scenario.h"

namespace mergeq::sim {

class Truth {
 public:
  /// The scenario must outlive it.
  explicit Truth(const Scenario& scenario);

  /// `id` came into the queue: it meets everything that is there.
  void came(ChangeId id);
  /// `id` left it (landed, rejected).
  void left(ChangeId id);

  bool good(ChangeId id) const { return scenario_.change(id).outcome.good; }
  /// Those that break together with `id`, of all that were in the queue together with it so far.
  std::span<const ChangeId> enemies(ChangeId id) const { return enemies_[id.value - 1]; }
  bool break_together(ChangeId a, ChangeId b) const;

 private:
  double conflict_rate(ChangeId a, ChangeId b) const;

  const Scenario& scenario_;
  std::vector<std::vector<ChangeId>> present_;  // by target: who is in the queue and touches it
  std::vector<std::vector<ChangeId>> enemies_;  // by change
};

}  // namespace mergeq::sim
