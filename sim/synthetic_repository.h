/// A repository without files: a tree is the set of changes in it, and a target's content is the
/// set of those of them that touch it. Equal sets are equal trees, in whatever order they came
/// together.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "scheduler/effect.h"
#include "scheduler/event.h"
#include "sim/scenario.h"

namespace mergeq::sim {

class SyntheticRepository {
 public:
  /// The scenario must outlive it.
  explicit SyntheticRepository(const Scenario& scenario);

  const Trunk& trunk() const { return trunk_; }
  /// Landed so far, in their order.
  std::span<const ChangeId> landed() const { return landed_; }
  /// Its number among the landings, from 0; nothing while it has not landed.
  std::optional<std::size_t> landing_number(ChangeId id) const;
  /// How many had landed when the trunk was at this commit, which must be one that it was at.
  std::size_t landed_at(const CommitId& trunk) const;

  struct Merged {
    TreeId tree;
    CommitId commit;
    std::vector<TargetHash> new_targets;  // those that the base's tree does not have, ascending
  };
  /// The members merged onto a commit that the trunk is or was at. Cost: what the members touch.
  Merged merge(const CommitId& base, std::span<const Member> members) const;

  /// Moves the trunk to the members merged onto it.
  std::vector<event::LandedMember> land(std::span<const Member> members);

 private:
  struct Content {
    std::size_t landed = 0;  // holds from that many landings on
    std::uint64_t hash = 0;  // sum over the changes that touch the target
  };
  std::uint64_t content(std::uint32_t target, std::size_t landed) const;

  const Scenario& scenario_;
  Trunk trunk_;
  std::vector<ChangeId> landed_;
  std::vector<std::size_t> landing_numbers_;   // by change; `not_landed` for the others
  std::uint64_t commit_;                       // hash of the trunk's history
  std::vector<std::uint64_t> trees_;           // by number of landings: sum over the landed changes
  std::vector<std::vector<Content>> history_;  // by target
  std::unordered_map<std::string, std::size_t> commits_;  // of the trunk, to number of landings
};

}  // namespace mergeq::sim
