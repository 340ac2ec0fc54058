/// The queue: a deterministic state machine. Events go in, effects come out; no clock, no thread,
/// no file. The same events give the same state and the same effects, bit for bit.
///
/// Threads  None of its own; it belongs to whoever holds it.
/// Cost     Of one event: what it changes, plus one planning where it can change the plan.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "scheduler/effect.h"
#include "scheduler/event.h"
#include "scheduler/planner.h"
#include "scheduler/result.h"
#include "scheduler/verdict_store.h"

namespace mergeq {

class Queue {
 public:
  /// Requires policy.checks not empty. The planner is the queue's from here on.
  Queue(Policy policy, Trunk trunk, std::unique_ptr<Planner> planner, std::uint64_t seed);

  /// Applies one event and says what is to be done. Events that no longer mean anything (a verdict
  /// of a build that is over, a repeated report) change nothing and have no effects. `event.at`
  /// that lies before the last one counts as the last one: time never runs backwards.
  std::vector<Effect> apply(const Event& event);

  /// The effects that are still unanswered, to be carried out again after a restart: analyses,
  /// merges, builds, a landing. Changes nothing.
  std::vector<Effect> unanswered() const;

  const QueueState& state() const { return state_; }
  const Planner& planner() const { return *planner_; }
  /// The last plan's paths, best first, also those that found no slot.
  const std::vector<WantedPath>& wanted() const { return wanted_; }
  const VerdictStore& verdicts() const { return verdicts_; }
  /// The id that the next ChangeEnqueued will get.
  ChangeId next_change() const { return ChangeId{next_change_}; }

  /// Everything, planner included; restore() gives a queue that goes on bit for bit.
  nlohmann::json snapshot() const;
  /// `planner` must be of the same strategy as the one that was saved.
  static Result<Queue> restore(const nlohmann::json& snapshot, std::unique_ptr<Planner> planner);

  /// Every invariant that can be seen from the state, however expensive. Ends the process if one is
  /// broken. For tests and the simulator, after each event.
  void check() const;

 private:
  class Step;  // one apply(): queue.cpp and its siblings queue_*.cpp

  QueueState state_;
  VerdictStore verdicts_;
  std::unique_ptr<Planner> planner_;
  Rng rng_;
  std::vector<WantedPath> wanted_;
  std::uint64_t next_change_ = 1;
  std::uint64_t next_build_ = 1;
  std::uint64_t next_landing_ = 1;
  std::uint64_t analyses_ = 0;
};

}  // namespace mergeq
