/// The invariants that can be seen from the state alone.
#include <algorithm>
#include <ranges>
#include <set>

#include "scheduler/invariant.h"
#include "scheduler/queue_step.h"

namespace mergeq {
namespace {

void check_order(const QueueState& s) {
  std::set<ChangeId> seen;
  std::uint32_t position = 0;
  for (ChangeId id : s.order) {
    MERGEQ_INVARIANT(seen.insert(id).second, "4: no change stands twice in the order");
    MERGEQ_INVARIANT(s.is_pending(id), "4: only pending changes are in the order");
    MERGEQ_INVARIANT(s.change(id).position == position++, "a change knows its place in the order");
    MERGEQ_INVARIANT(s.graph.contains(id), "pending changes are in the graph");
  }
  MERGEQ_INVARIANT(s.graph.size() == s.order.size(), "the graph holds pending changes only");
  for (const auto& [id, change] : s.changes) {
    MERGEQ_INVARIANT(!is_terminal(change.state), "6: finished changes have left the queue");
    MERGEQ_INVARIANT(seen.contains(id) == (change.state != ChangeState::queued),
                     "4: every live change is queued or in the order");
  }
}

void check_builds(const QueueState& s) {
  MERGEQ_INVARIANT(s.builds.size() <= s.policy.slots, "7: never more running builds than slots");
  std::set<std::vector<std::pair<ChangeId, std::uint64_t>>> paths;
  for (const Build& build : s.builds | std::views::values) {
    MERGEQ_INVARIANT(!is_terminal(build.state), "7: a finished build has given back its slot");
    MERGEQ_INVARIANT(s.is_pending(build.head()), "a running build has a pending head");
    std::vector<std::pair<ChangeId, std::uint64_t>> path{{ChangeId{}, build.base}};
    for (const Member& m : build.members) {
      path.emplace_back(m.change, m.revision);
      const auto it = s.changes.find(m.change);
      MERGEQ_INVARIANT(it == s.changes.end() || it->second.revision == m.revision,
                       "10: no build of an earlier revision runs on");
    }
    MERGEQ_INVARIANT(paths.insert(std::move(path)).second, "5: no path is built twice at a time");
    MERGEQ_INVARIANT(build.state == BuildState::merging || !build.checks.empty(),
                     "1: a build without checks would certify everything");
  }
}

void check_landing(const QueueState& s) {
  if (!s.landing) return;
  std::set<ChangeId> members;
  for (const Member& m : s.landing->members) {
    MERGEQ_INVARIANT(members.insert(m.change).second, "5: a change lands at most once");
    MERGEQ_INVARIANT(s.is_pending(m.change), "4: who lands is pending");
    MERGEQ_INVARIANT(s.change(m.change).revision == m.revision, "3: the tested revision lands");
    for (const Neighbour& n : s.graph.neighbours(m.change)) {
      MERGEQ_INVARIANT(!n.needed || members.contains(n.change),
                       "nobody lands without what he needs, or before it");
    }
  }
}

void check_evidence(const QueueState& s) {
  for (const Change& change : s.changes | std::views::values) {
    std::uint64_t before = 0;
    for (const LandedNeighbour& n : change.landed_neighbours) {
      MERGEQ_INVARIANT(n.at >= before && n.at < s.landed_count, "landings are numbered in order");
      before = n.at;
    }
    for (const Evidence& e : change.evidence) {
      MERGEQ_INVARIANT(e.base <= s.landed_count, "no verdict about a trunk that is yet to come");
    }
  }
}

}  // namespace

void Queue::check() const {
  MERGEQ_INVARIANT(!state_.policy.checks.empty(), "1: a queue has checks");
  check_order(state_);
  check_builds(state_);
  check_landing(state_);
  check_evidence(state_);
}

}  // namespace mergeq
