/// The four ways in which members become commits of the trunk.
#pragma once

#include "vcs/git.h"
#include "vcs/repository.h"

namespace mergeq::vcs {

Result<MergeOutcome> merge_members(ObjectStore& store, const MergeRequest& request);

}  // namespace mergeq::vcs
