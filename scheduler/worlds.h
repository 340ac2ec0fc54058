/// What is believed about pending changes, as sampled worlds.
///
/// A world is one guess at the hidden truth: for each change whether it is good alone, for each
/// pair in conflict whether the two break together. 64 worlds are kept, one bit each, so that a
/// change is one machine word and a pair another. Verdicts condition them: a pass clears every
/// doubt in its set; a fail needs at least one of its doubts to be true, so that in each world that
/// knew of none, one is drawn by its prior odds. Passes only clear and fails only add, so this
/// settles quickly; it is a cheap stand-in for sampling the exact posterior
/// (tests/scheduler/worlds_test.cpp holds it against that).
///
/// Threads  None of its own.
/// Cost     Of a verdict: the doubts of its set, times the failures that share one with it.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <unordered_map>
#include <vector>

#include "scheduler/queue_state.h"
#include "scheduler/rng.h"

namespace mergeq {

using WorldSet = std::uint64_t;  // a set of worlds, one bit each
inline constexpr WorldSet all_worlds = ~WorldSet{0};
inline constexpr int world_count = 64;

class Worlds {
 public:
  /// Draws the change's own doubt and those with its neighbours. It is in the graph.
  void add(const QueueState& state, ChangeId id, Rng& rng);
  /// It is leaving the graph. Of one that landed or was rejected, what it told about others is
  /// kept.
  void remove(ChangeId id, ChangeState as);

  /// Draws the doubts that pushes by others have raised since the last time.
  void meet_foreign_pushes(const QueueState& state, Rng& rng);

  /// A conclusive verdict on the members, built on landing number `base`.
  void observe(const QueueState& state, std::span<const Member> members, std::uint64_t base,
               bool passed, Rng& rng);
  /// The head does not merge with `other`: in no world can both land.
  void forbid(ChangeId head, ChangeId other);

  /// The worlds in which it passes on the trunk as it is.
  WorldSet alive(const Change& change) const { return passes_on(change, ~std::uint64_t{0}); }
  /// The worlds in which it passes on what had landed before landing number `base`.
  WorldSet passes_on(const Change& change, std::uint64_t base) const;
  /// The worlds in which the two break together.
  WorldSet clash(ChangeId a, ChangeId b) const;
  /// Some verdict has shown that it is good alone.
  bool is_known_good(ChangeId id) const;

  nlohmann::json save() const;
  void load(const nlohmann::json& saved);

 private:
  /// A doubt is about one change (b is 0) or about a pair (a < b).
  struct Key {
    std::uint64_t a = 0, b = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& k) const noexcept {
      return (k.a * 0x9e3779b97f4a7c15ULL) ^ (k.b + 0x7f4a7c15ULL + (k.a << 6));
    }
  };
  struct Doubt {
    WorldSet bad = 0;
    double odds = 0.0;                    // prior odds of being bad
    bool settled = false;                 // a pass has cleared it
    std::vector<std::uint64_t> failures;  // ascending; those that have it among their doubts
  };
  struct Failure {
    std::vector<Key> doubts;
    std::vector<ChangeId> members;
  };

  static Key own(ChangeId id) { return {id.value, 0}; }
  static Key pair(ChangeId a, ChangeId b);
  static Key with_landed(const Change& change, const LandedNeighbour& landed);
  void draw(Key key, double probability, Rng& rng);
  std::vector<Key> doubts_of(const QueueState& state, std::span<const Member> members,
                             std::uint64_t base) const;
  void blame(const Failure& failure, Rng& rng);
  void forget(std::uint64_t failure);
  void sweep(const QueueState& state);

  std::unordered_map<Key, Doubt, Hash> doubts_;
  std::map<std::uint64_t, Failure> failures_;
  std::uint64_t next_failure_ = 1;
  std::uint64_t until_sweep_ = 0;
};

}  // namespace mergeq
