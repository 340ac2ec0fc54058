/// What differs between two trees, as a Footprint.
#pragma once

#include <optional>

#include "vcs/git.h"
#include "vcs/targets.h"

namespace mergeq::vcs {

/// Cost grows with the difference; texts over 4 MiB and binaries count as touched without line
/// ranges.
Result<Footprint> footprint_between(ObjectStore& store, TargetIndex& targets,
                                    const std::optional<Oid>& before,
                                    const std::optional<Oid>& after, const TargetRules& rules);

}  // namespace mergeq::vcs
