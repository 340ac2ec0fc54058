/// What the strategies that land in order have in common: the queue's order by number, what a
/// running build stands for by now, and turning the paths that are wanted into a plan.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "scheduler/planner.h"

namespace mergeq::sim {

/// The places of the pending changes in queue order. Holds for one state; cost: one pass over it.
class Places {
 public:
  explicit Places(const QueueState& state);

  /// Requires that it is pending.
  std::uint32_t of(ChangeId id) const { return places_[id.value - first_]; }
  /// The changes ahead of `id` that are in conflict with it, and how likely they break together; in
  /// queue order.
  struct Ahead {
    ChangeId change;
    std::uint32_t place;
    double conflict;
  };
  std::vector<Ahead> ahead(const QueueState& state, ChangeId id) const;

 private:
  std::uint64_t first_ = 0;
  std::vector<std::uint32_t> places_;
};

/// The members that a path needs so that each of them stands in its tree as it will land: those
/// assumed themselves and, again and again, whatever ahead of a member is in conflict with it and
/// `lands`. Without the latter a red build blames nobody: the tree without them was never known to
/// be green. `ahead` is by place; the result is in queue order.
std::vector<ChangeId> with_their_own(const QueueState& state,
                                     std::span<const std::vector<Places::Ahead>> ahead,
                                     const std::function<bool(std::uint32_t place)>& lands,
                                     std::span<const std::uint32_t> assumed);

/// Starts the paths that neither run nor have a verdict, in their order, and cancels the running
/// builds that are not among them, except those that `keep` wants to keep.
Plan plan_for(const QueueState& state, std::vector<WantedPath> wanted,
              const std::function<bool(const Build&)>& keep);

}  // namespace mergeq::sim
