/// All that a queue knows, as one value: what planners read, snapshots save and views show.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/build.h"
#include "scheduler/conflict_graph.h"
#include "scheduler/policy.h"

namespace mergeq {

struct Trunk {
  CommitId commit;
  TreeId tree;

  friend bool operator==(const Trunk&, const Trunk&) = default;
};

/// A landing that has been decided and is not yet answered. There is at most one.
struct Landing {
  LandingId id;
  std::vector<Member> members;  // in landing order
  Trunk expected_trunk;
  std::uint64_t base = 0;  // landed_count when it was decided
  BuildId build;           // whose verdict it rests on
  Instant decided_at{};    // the time of its commits: carrying it out again gives the same ids
  std::optional<Certificate> certificate;  // from LandingPrepared on

  friend bool operator==(const Landing&, const Landing&) = default;
};

struct QueueState {
  Instant now{};
  Policy policy;
  Trunk trunk;
  std::uint64_t landed_count = 0;  // landings and foreign pushes so far
  bool paused = false;
  std::string paused_why;
  std::string builds_held;  // why no build may start; empty: they may

  std::map<ChangeId, Change> changes;  // live ones only
  std::vector<ChangeId>
      order;  // pending ones in queue order: order_key, then id; lower before upper
  std::map<BuildId, Build> builds;  // not yet terminal: these hold slots
  ConflictGraph graph;
  std::optional<Landing> landing;

  const Change& change(ChangeId id) const { return changes.at(id); }
  /// In the graph and not yet terminal.
  bool is_pending(ChangeId id) const {
    const auto it = changes.find(id);
    return it != changes.end() && it->second.state != ChangeState::queued &&
           !is_terminal(it->second.state);
  }
};

/// The pending changes ahead of `id` in queue order that are in conflict with it, plus those that
/// it needs wherever they stand: its unresolved dependencies, in queue order.
std::vector<ChangeId> dependencies(const QueueState& state, ChangeId id);

}  // namespace mergeq
