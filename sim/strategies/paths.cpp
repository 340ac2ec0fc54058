#include "sim/strategies/paths.h"

#include <algorithm>
#include <set>
#include <utility>

#include "scheduler/evidence.h"

namespace mergeq::sim {

namespace {

std::vector<ChangeId> members_before_head(const Build& build) {
  std::vector<ChangeId> members;
  members.reserve(build.members.size());
  for (const Member& member : build.members) members.push_back(member.change);
  members.pop_back();
  return members;
}

}  // namespace

Places::Places(const QueueState& state) {
  if (state.order.empty()) return;
  const auto [low, high] = std::minmax_element(state.order.begin(), state.order.end());
  first_ = low->value;
  places_.resize(high->value - first_ + 1, 0);
  for (std::uint32_t place = 0; place < state.order.size(); ++place) {
    places_[state.order[place].value - first_] = place;
  }
}

std::vector<Places::Ahead> Places::ahead(const QueueState& state, ChangeId id) const {
  const std::uint32_t own = of(id);
  std::vector<Ahead> result;
  for (const Neighbour& neighbour : state.graph.neighbours(id)) {
    const std::uint32_t place = of(neighbour.change);
    if (place < own) result.push_back({neighbour.change, place, neighbour.probability});
  }
  const auto by_place = [](const Ahead& a, const Ahead& b) { return a.place < b.place; };
  if (!std::is_sorted(result.begin(), result.end(), by_place)) {
    std::sort(result.begin(), result.end(), by_place);
  }
  return result;
}

std::vector<ChangeId> with_their_own(const QueueState& state,
                                     std::span<const std::vector<Places::Ahead>> ahead,
                                     const std::function<bool(std::uint32_t place)>& lands,
                                     std::span<const std::uint32_t> assumed) {
  std::vector<char> in(ahead.size(), 0);
  std::vector<std::uint32_t> open(assumed.begin(), assumed.end());
  for (const std::uint32_t place : open) in[place] = 1;
  while (!open.empty()) {
    const std::uint32_t place = open.back();
    open.pop_back();
    for (const Places::Ahead& below : ahead[place]) {
      if (in[below.place] != 0 || !lands(below.place)) continue;
      in[below.place] = 1;
      open.push_back(below.place);
    }
  }
  std::vector<ChangeId> members;
  for (std::uint32_t place = 0; place < in.size(); ++place) {
    if (in[place] != 0) members.push_back(state.order[place]);
  }
  return members;
}

std::optional<std::vector<ChangeId>> assumed_by(const QueueState& state, const Build& build) {
  if (!state.is_pending(build.head())) return std::nullopt;
  const std::vector<ChangeId> members = members_before_head(build);
  if (!untouched_since(state.change(build.head()), build.base, members)) return std::nullopt;
  std::vector<ChangeId> pending = still_pending(state, members);
  std::sort(pending.begin(), pending.end());
  return pending;
}

Plan plan_for(const QueueState& state, std::vector<WantedPath> wanted,
              const std::function<bool(const Build&)>& keep) {
  using Key = std::pair<ChangeId, std::vector<ChangeId>>;
  std::set<Key> keys;
  for (const WantedPath& path : wanted) {
    Key key{path.head, path.members};
    std::sort(key.second.begin(), key.second.end());
    keys.insert(std::move(key));
  }
  Plan plan;
  std::set<Key> running;
  for (const auto& [id, build] : state.builds) {
    const auto assumed = assumed_by(state, build);
    Key key{build.head(), assumed.value_or(std::vector<ChangeId>{})};
    if (assumed && (keys.contains(key) || keep(build))) {
      running.insert(std::move(key));
    } else {
      plan.cancel.push_back(id);
    }
  }
  for (WantedPath& path : wanted) {
    Key key{path.head, path.members};
    std::sort(key.second.begin(), key.second.end());
    if (running.contains(key)) continue;
    if (known_verdict(state, state.change(path.head), path.members)) continue;
    plan.start.push_back(std::move(path));
  }
  return plan;
}

}  // namespace mergeq::sim
