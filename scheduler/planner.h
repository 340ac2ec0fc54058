/// Planners: which paths should be building now. Advice only. The queue decides what may land, and
/// nothing that a planner says can make a landing legal.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "scheduler/queue_state.h"
#include "scheduler/rng.h"

namespace mergeq {

/// A path that a planner wants to have built.
struct WantedPath {
  ChangeId head;
  std::vector<ChangeId>
      members;  // pending changes assumed to land before it, in queue order; without the head
  double needed = 1.0;  // P(this very path decides the head), in [0, 1]
  double worth = 0.0;   // the planner's own measure, for the page; higher is better

  friend bool operator==(const WantedPath&, const WantedPath&) = default;
};

struct Plan {
  std::vector<WantedPath>
      start;  // best first, none that runs already; the queue starts what slots allow
  std::vector<BuildId> cancel;  // running builds that nobody needs any more
};

/// How a strategy lets changes land, beside what the invariants ask for anyway.
struct LandingRule {
  bool uses_footprints = true;  // false: every pair counts as in conflict
  bool together = true;         // a passed path may land all its members at once
  bool early_rejection =
      true;  // a failure on the trunk alone rejects before the dependencies are decided
  double overtake_below = 0.0;  // soft order: a dependency with lands() below this may be overtaken
};

/// One for each queue; called from the queue's thread only. What it remembers between calls is part
/// of the queue's state: the same calls give the same answers, and save() / load() carry it over.
class Planner {
 public:
  virtual ~Planner() = default;

  virtual std::string_view name() const = 0;
  virtual LandingRule rule() const = 0;

  /// `id` has just become pending: it and its edges are in the graph.
  virtual void added(const QueueState&, ChangeId /*id*/, Rng&) {}
  /// `id` is about to leave the graph (landed, rejected, withdrawn or revised); its edges are still
  /// there.
  virtual void removing(const QueueState&, ChangeId /*id*/, ChangeState /*as*/) {}
  /// A conclusive verdict about this path, already among its head's evidence.
  virtual void observed(const QueueState&, const Build&, bool /*passed*/, Rng&) {}
  /// Called after each event that can change the answer. May look at everything.
  virtual Plan plan(const QueueState&, Rng&) = 0;

  /// P(it lands in the end), from the last plan; 1 if the planner has no opinion.
  virtual double lands(ChangeId) const { return 1.0; }

  virtual nlohmann::json save() const;  // null by default
  virtual void load(const nlohmann::json&) {}
};

}  // namespace mergeq
