/// The referee knows the truth and watches a run from outside: every landing, every rejection,
/// every slot. It shares no code with the scheduler, so that a mistake there is not made here
/// again.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/change.h"
#include "sim/synthetic_repository.h"
#include "sim/truth.h"

namespace mergeq::sim {

/// What a build of these members on the trunk after `landed` landings really says: all are good, no
/// two of them break together, and none breaks with something that had landed.
bool passes_in_truth(const Truth& truth, const SyntheticRepository& repository, std::size_t landed,
                     std::span<const Member> members);

class Referee {
 public:
  /// Both must outlive it.
  Referee(const Truth& truth, const SyntheticRepository& repository, std::uint32_t slots);

  /// Called before the trunk moves to these members, in landing order.
  void landing(std::span<const Member> members);
  /// Called when a change is terminal. Once is enough; again with the same state is no news.
  void finished(const Change& change);
  void slots_used(std::size_t running) const;
  /// Called after the last event: what landed and what the queue says it landed are the same.
  void final_whistle() const;

  std::uint64_t red_landings() const { return red_landings_; }
  std::uint64_t wrongful_rejections() const { return wrongful_rejections_; }
  std::uint64_t landed() const { return landed_; }
  std::uint64_t rejected() const { return rejected_; }
  /// Minutes from coming to the end, of those that have ended, in no order that means anything.
  const std::vector<double>& turnarounds_min() const { return turnarounds_min_; }
  bool is_finished(ChangeId id) const {
    return id.value <= ends_.size() && ends_[id.value - 1] != ChangeState::queued;
  }

 private:
  bool breaks_with_landed(ChangeId id) const;

  const Truth& truth_;
  const SyntheticRepository& repository_;
  std::uint32_t slots_;
  std::vector<ChangeState> ends_;  // by change: its terminal state, `queued` while it has none
  std::vector<double> turnarounds_min_;
  std::uint64_t red_landings_ = 0;
  std::uint64_t wrongful_rejections_ = 0;
  std::uint64_t landed_ = 0;
  std::uint64_t rejected_ = 0;
};

}  // namespace mergeq::sim
