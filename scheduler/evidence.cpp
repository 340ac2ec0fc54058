#include "scheduler/evidence.h"

#include <algorithm>
#include <ranges>

namespace mergeq {
namespace {

bool same_set(std::vector<ChangeId> a, std::span<const ChangeId> b) {
  if (a.size() != b.size()) return false;
  std::vector<ChangeId> c(b.begin(), b.end());
  std::ranges::sort(a);
  std::ranges::sort(c);
  return a == c;
}

}  // namespace

std::vector<ChangeId> before_head(const Build& build) {
  std::vector<ChangeId> members;
  for (std::size_t i = 0; i + 1 < build.members.size(); ++i) {
    members.push_back(build.members[i].change);
  }
  return members;
}

bool untouched_since(const Change& change, std::uint64_t base, std::span<const ChangeId> members) {
  for (const LandedNeighbour& n : change.landed_neighbours | std::views::reverse) {
    if (n.at < base) return true;
    if (!n.change || std::ranges::find(members, n.change) == members.end()) return false;
  }
  return true;
}

std::vector<ChangeId> still_pending(const QueueState& state, std::span<const ChangeId> members) {
  std::vector<ChangeId> pending;
  for (ChangeId member : members) {
    if (state.is_pending(member)) pending.push_back(member);
  }
  return pending;
}

std::optional<bool> known_verdict(const QueueState& state, const Change& head,
                                  std::span<const ChangeId> members) {
  for (const Evidence& e : head.evidence | std::views::reverse) {
    if (!untouched_since(head, e.base, e.members)) continue;
    if (same_set(still_pending(state, e.members), members)) return e.passed;
  }
  return std::nullopt;
}

}  // namespace mergeq
