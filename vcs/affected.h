/// Which targets a change affects, why, and whether it touches everything or the graph itself.
#pragma once

#include <string>
#include <vector>

#include "vcs/repository.h"
#include "vcs/targets.h"
#include "vcs/tree_diff.h"

namespace mergeq::vcs {

struct Affected {
  std::vector<std::string> targets;  // as Footprint has them
  std::string why_global;            // sentences; empty where it is not so
  std::string why_build_graph;
};

/// What lies between two trees.
struct Comparison {
  std::shared_ptr<const TreeHashes> before, after;
  const std::vector<FileChange>& changes;
  const TargetRules& rules;
};

/// Those whose hash differs, with those that are gone. Where the change is global, the owners of
/// the touched files alone.
Result<Affected> affected(TargetHasher& hasher, const Comparison& comparison);

/// For each of `targets` the shortest way to something that was touched.
std::vector<AffectedTarget> reasons(const Comparison& comparison,
                                    const std::vector<std::string>& targets);

}  // namespace mergeq::vcs
