#include "sim/strategies/paths.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "scheduler/evidence.h"
#include "sim/mixing.h"

namespace mergeq::sim {

namespace {

std::vector<ChangeId> members_before_head(const Build& build) {
  std::vector<ChangeId> members;
  members.reserve(build.members.size());
  for (const Member& member : build.members) members.push_back(member.change);
  members.pop_back();
  return members;
}

/// A path by its head and the set of its members, as a number: plans hold thousands of them. Should
/// two be equal by chance, a build is started or kept for nothing.
class PathKey {
 public:
  explicit PathKey(ChangeId head) : sum_(mixed(0x68656164ULL, head.value)) {}
  void add(ChangeId member) { sum_ += mixed(member.value); }
  std::uint64_t value() const { return sum_; }

 private:
  std::uint64_t sum_;
};

std::uint64_t key_of(const WantedPath& path) {
  PathKey key(path.head);
  for (const ChangeId member : path.members) key.add(member);
  return key.value();
}

/// Of what a running build stands for by now: its members that are still pending. Nothing when it
/// cannot decide its head any more, since something else has landed on it.
std::optional<std::uint64_t> key_of(const QueueState& state, const Build& build) {
  if (!state.is_pending(build.head())) return std::nullopt;
  const Change& head = state.change(build.head());
  const bool touched =
      !head.landed_neighbours.empty() && head.landed_neighbours.back().at >= build.base;
  if (touched && !untouched_since(head, build.base, members_before_head(build))) {
    return std::nullopt;
  }
  PathKey key(head.id);
  for (std::size_t i = 0; i + 1 < build.members.size(); ++i) {
    if (state.is_pending(build.members[i].change)) key.add(build.members[i].change);
  }
  return key.value();
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

Plan plan_for(const QueueState& state, std::vector<WantedPath> wanted,
              const std::function<bool(const Build&)>& keep) {
  std::vector<std::uint64_t> keys;
  keys.reserve(wanted.size());
  for (const WantedPath& path : wanted) keys.push_back(key_of(path));
  std::vector<std::uint64_t> sorted = keys;
  std::sort(sorted.begin(), sorted.end());

  Plan plan;
  std::vector<std::uint64_t> running;
  for (const auto& [id, build] : state.builds) {
    const auto key = key_of(state, build);
    if (key && (std::binary_search(sorted.begin(), sorted.end(), *key) || keep(build))) {
      running.push_back(*key);
    } else {
      plan.cancel.push_back(id);
    }
  }
  std::sort(running.begin(), running.end());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (std::binary_search(running.begin(), running.end(), keys[i])) continue;
    if (known_verdict(state, state.change(wanted[i].head), wanted[i].members)) continue;
    plan.start.push_back(std::move(wanted[i]));
  }
  return plan;
}

}  // namespace mergeq::sim
