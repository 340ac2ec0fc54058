/// Which heads a branch took in without taking in their commits: squashed or rebased by mergeq.
///
/// A change that is stacked on one of them still has its commits. Merged as if they were its own,
/// they would conflict with what became of them, or bring back what was taken back since. So the
/// merge has to know that they are on the branch, which the notes of the landings say: member
/// `heads` of a note in refs/notes/mergeq names the heads that landed with its commit
/// (docs/certificate.md).
///
/// What has a note keeps it as it is, so that answers are kept too.
#pragma once

#include <map>
#include <vector>

#include "vcs/object_store.h"

namespace mergeq::vcs {

constexpr const char* notes_ref = "refs/notes/mergeq";

class LandedHeads {
 public:
  explicit LandedHeads(ObjectStore& store) : store_(store) {}

  /// Those below `head` (and not itself) that came onto `trunk` with a landing since the two
  /// parted, without those that are below another one. Looks at the last 10,000 first parents of
  /// `trunk`. Nothing for a head with no more than one commit of its own: no history is walked for
  /// it.
  Result<std::vector<Oid>> below(const Oid& trunk, const Oid& head);

 private:
  Result<std::vector<Oid>> without_those_below_others(std::vector<Oid> heads);
  Result<const std::vector<Oid>*> landed_with(const Oid& commit);
  Result<std::optional<TreeEntry>> note_of(const Oid& commit);

  ObjectStore& store_;
  std::optional<Oid> notes_;                     // the tree of the notes
  std::map<Oid, std::vector<Oid>> landed_with_;  // by commit of the trunk; emptied when large
};

/// Reachable from `head` and not from `base`, children before parents. Where commits carry wrong
/// dates there may be more, which `base` reaches too; never fewer. too_large: over `most`.
Result<std::vector<Oid>> commits_beyond(ObjectStore& store, const Oid& base, const Oid& head,
                                        std::size_t most);

}  // namespace mergeq::vcs
