/// Moving the trunk: notes first, then compare-and-swap.
#pragma once

#include "vcs/git.h"
#include "vcs/repository.h"

namespace mergeq::vcs {

LandOutcome land(ObjectStore& store, const LandRequest& request);
Result<std::optional<std::string>> read_note(ObjectStore& store, const CommitId& commit);
/// What the branch points to now; nothing if it does not exist.
Result<std::optional<CommitId>> read_branch(git_repository* repository, std::string_view branch);

}  // namespace mergeq::vcs
