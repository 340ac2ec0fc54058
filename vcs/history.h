/// Walks over the history: merge bases, and who contains whom.
///
/// Both walk from two commits down to where everything left is common: cost grows with what lies
/// between, not with the history (git's paint_down_to_common, commit-reach.c).
#pragma once

#include <vector>

#include "vcs/object_store.h"

namespace mergeq::vcs {

/// The best common ancestors, oldest first; none for unrelated histories.
Result<std::vector<Oid>> merge_bases(ObjectStore& store, const Oid& a, const Oid& b);

/// `ancestor` is reachable from `descendant`; a commit reaches itself.
Result<bool> reaches(ObjectStore& store, const Oid& descendant, const Oid& ancestor);

}  // namespace mergeq::vcs
