#include "sim/synthetic_repository.h"

#include <algorithm>

#include "scheduler/invariant.h"
#include "sim/mixing.h"

namespace mergeq::sim {

namespace {

constexpr std::size_t not_landed = ~std::size_t{0};

std::uint64_t hash_of(ChangeId id) { return mixed(0x6368616e6765ULL, id.value); }
constexpr std::uint64_t first_commit = 0x7472756e6bULL;

}  // namespace

SyntheticRepository::SyntheticRepository(const Scenario& scenario)
    : scenario_(scenario),
      landing_numbers_(scenario.changes.size(), not_landed),
      commit_(first_commit),
      trees_{0},
      history_(scenario.names->targets.size()) {
  trunk_ = {.commit = {short_hex(first_commit)}, .tree = {short_hex(mixed(0))}};
  commits_.emplace(trunk_.commit.hex, 0);
}

std::optional<std::size_t> SyntheticRepository::landing_number(ChangeId id) const {
  const std::size_t number = landing_numbers_[id.value - 1];
  return number == not_landed ? std::nullopt : std::optional(number);
}

std::size_t SyntheticRepository::landed_at(const CommitId& trunk) const {
  const auto it = commits_.find(trunk.hex);
  MERGEQ_INVARIANT(it != commits_.end(), "simulator: a base is a commit that the trunk was at");
  return it->second;
}

std::uint64_t SyntheticRepository::content(std::uint32_t target, std::size_t landed) const {
  const std::vector<Content>& history = history_[target];
  for (auto it = history.rbegin(); it != history.rend(); ++it) {
    if (it->landed <= landed) return it->hash;  // nearly always the last or the one before it
  }
  return 0;
}

SyntheticRepository::Merged SyntheticRepository::merge(const CommitId& base,
                                                       std::span<const Member> members) const {
  const std::size_t landed = landed_at(base);
  std::uint64_t tree = trees_[landed];
  std::uint64_t path = mixed(0x70617468ULL, landed);
  std::vector<std::pair<std::uint32_t, std::uint64_t>> added;  // target, hash of who touches it
  for (const Member& member : members) {
    const std::uint64_t hash = hash_of(member.change);
    tree += hash;
    path = mixed(path, member.change.value);
    for (const std::uint32_t target : scenario_.change(member.change).touched.targets) {
      added.emplace_back(target, hash);
    }
  }
  std::sort(added.begin(), added.end());

  Merged merged{.tree = {short_hex(mixed(tree))}, .commit = {short_hex(path)}, .new_targets = {}};
  merged.new_targets.reserve(added.size());
  for (std::size_t i = 0; i < added.size();) {
    const std::uint32_t target = added[i].first;
    std::uint64_t sum = content(target, landed);
    for (; i < added.size() && added[i].first == target; ++i) sum += added[i].second;
    merged.new_targets.push_back({scenario_.names->targets[target], short_hex(mixed(target, sum))});
  }
  return merged;
}

std::vector<event::LandedMember> SyntheticRepository::land(std::span<const Member> members) {
  std::vector<event::LandedMember> result;
  for (const Member& member : members) {
    const std::uint64_t hash = hash_of(member.change);
    landing_numbers_[member.change.value - 1] = landed_.size();
    landed_.push_back(member.change);
    trees_.push_back(trees_.back() + hash);
    for (const std::uint32_t target : scenario_.change(member.change).touched.targets) {
      std::vector<Content>& history = history_[target];
      const std::uint64_t before = history.empty() ? 0 : history.back().hash;
      history.push_back({.landed = landed_.size(), .hash = before + hash});
    }
    commit_ = mixed(commit_, member.change.value);
    trunk_.commit = {short_hex(commit_)};
    commits_.emplace(trunk_.commit.hex, landed_.size());
    result.push_back({.change = member.change, .commit = trunk_.commit});
  }
  trunk_.tree = {short_hex(mixed(trees_.back()))};
  return result;
}

}  // namespace mergeq::sim
