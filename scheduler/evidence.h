/// What a verdict still says, now that other changes have landed or left. Pure functions, shared by
/// the queue (who may land, who is to blame) and by planners (what needs no build any more).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "scheduler/queue_state.h"

namespace mergeq {

/// The members of its path without the head, in their order.
std::vector<ChangeId> before_head(const Build& build);

/// Nothing in conflict with `change` landed at or after landing number `base`, other than
/// `members`.
bool untouched_since(const Change& change, std::uint64_t base, std::span<const ChangeId> members);

/// Members that are still pending, in their order. The others have landed: a path one of whose
/// members was rejected or withdrawn is gone from evidence and builds at once.
std::vector<ChangeId> still_pending(const QueueState& state, std::span<const ChangeId> members);

/// The verdict about `head` on the present trunk plus exactly the pending changes `members` (any
/// order), if some evidence still says it.
std::optional<bool> known_verdict(const QueueState& state, const Change& head,
                                  std::span<const ChangeId> members);

}  // namespace mergeq
