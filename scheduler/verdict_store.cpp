#include "scheduler/verdict_store.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace mergeq {
namespace {

std::string joined(std::span<const TargetHash> targets) {
  std::string key;
  for (const TargetHash& t : targets) {
    key += t.target;
    key += '=';
    key += t.hash;
    key += '\n';
  }
  return key;
}

template <class Map, class Key>
std::optional<VerdictStore::Entry> find(const Map& map, const Key& key) {
  const auto it = map.find(key);
  if (it == map.end()) return std::nullopt;
  return it->second;
}

/// Removes the entries of the oldest builds until at most `limit` are left.
template <class Map>
void trim_map(Map& map, std::size_t limit) {
  if (map.size() <= limit) return;
  std::vector<BuildId> builds;
  builds.reserve(map.size());
  for (const auto& [key, entry] : map) builds.push_back(entry.build);
  const auto nth = builds.begin() + static_cast<std::ptrdiff_t>(map.size() - limit);
  std::nth_element(builds.begin(), nth, builds.end());
  std::erase_if(map, [oldest = *nth](const auto& item) { return item.second.build < oldest; });
}

}  // namespace

std::optional<VerdictStore::Entry> VerdictStore::of_tree(const std::string& check,
                                                         const TreeId& tree) const {
  return find(trees_, std::pair(check, tree.hex));
}

std::optional<VerdictStore::Entry> VerdictStore::of_target(const std::string& check,
                                                           const TargetHash& target) const {
  return find(targets_, std::tuple(check, target.target, target.hash));
}

std::optional<VerdictStore::Entry> VerdictStore::of_targets(
    const std::string& check, std::span<const TargetHash> targets) const {
  return find(failed_sets_, std::pair(check, joined(targets)));
}

void VerdictStore::record_tree(const std::string& check, const TreeId& tree,
                               std::span<const TargetHash> new_targets, Entry entry) {
  trees_.insert_or_assign(std::pair(check, tree.hex), entry);
  if (!entry.passed) return;
  for (const TargetHash& t : new_targets) {
    targets_.insert_or_assign(std::tuple(check, t.target, t.hash), entry);
  }
}

void VerdictStore::record_targets(const std::string& check, std::span<const TargetHash> targets,
                                  Entry entry) {
  if (!entry.passed) {
    failed_sets_.insert_or_assign(std::pair(check, joined(targets)), entry);
    return;
  }
  for (const TargetHash& t : targets) {
    targets_.insert_or_assign(std::tuple(check, t.target, t.hash), entry);
  }
}

void VerdictStore::trim(std::size_t limit) {
  trim_map(trees_, limit);
  trim_map(targets_, limit);
  trim_map(failed_sets_, limit);
}

std::size_t VerdictStore::size() const {
  return trees_.size() + targets_.size() + failed_sets_.size();
}

nlohmann::json VerdictStore::save() const {
  nlohmann::json trees = nlohmann::json::array();
  nlohmann::json targets = nlohmann::json::array();
  nlohmann::json sets = nlohmann::json::array();
  for (const auto& [key, e] : trees_) {
    trees.push_back({key.first, key.second, e.passed, e.build.value});
  }
  for (const auto& [key, e] : targets_) {
    targets.push_back(
        {std::get<0>(key), std::get<1>(key), std::get<2>(key), e.passed, e.build.value});
  }
  for (const auto& [key, e] : failed_sets_) {
    sets.push_back({key.first, key.second, e.passed, e.build.value});
  }
  return {{"trees", std::move(trees)}, {"targets", std::move(targets)}, {"sets", std::move(sets)}};
}

void VerdictStore::load(const nlohmann::json& saved) {
  *this = VerdictStore{};
  for (const auto& row : saved.at("trees")) {
    trees_[{row.at(0), row.at(1)}] = {row.at(2), BuildId{row.at(3)}};
  }
  for (const auto& row : saved.at("targets")) {
    targets_[{row.at(0), row.at(1), row.at(2)}] = {row.at(3), BuildId{row.at(4)}};
  }
  for (const auto& row : saved.at("sets")) {
    failed_sets_[{row.at(0), row.at(1)}] = {row.at(2), BuildId{row.at(3)}};
  }
}

}  // namespace mergeq
