/// From keys (paths, directories, targets) to the slots that name them. Private to the conflict
/// graph.
///
/// An entry stays where it is while anybody names it. Those that nobody names any more are kept for
/// the next key, with the memory of their strings, so that changes that come and go allocate
/// little.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scheduler/posting.h"

namespace mergeq {

struct KeyHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
};

/// `Lists` holds postings and says whether all of them are `empty()`.
template <class Lists>
class KeyIndex {
 public:
  using Entry = std::pair<const std::string, Lists>;

  /// Made if there is none.
  Entry& entry(std::string_view key) {
    if (const auto it = entries_.find(key); it != entries_.end()) return *it;
    if (spare_.empty()) return *entries_.try_emplace(std::string(key)).first;
    auto node = std::move(spare_.back());
    spare_.pop_back();
    node.key().assign(key);
    return *entries_.insert(std::move(node)).position;
  }
  const Lists* find(std::string_view key) const {
    const auto it = entries_.find(key);
    return it == entries_.end() ? nullptr : &it->second;
  }
  /// To be called when something was taken out of it: it goes if nothing is left.
  void tidy(Entry& entry) {
    if (!entry.second.empty()) return;
    auto node = entries_.extract(entry.first);
    if (spare_.size() < spare_max && node.key().capacity() <= spare_key_max) {
      spare_.push_back(std::move(node));
    }
  }

 private:
  static constexpr std::size_t spare_max = 4'096;
  static constexpr std::size_t spare_key_max = 256;
  using Entries = std::unordered_map<std::string, Lists, KeyHash, std::equal_to<>>;

  Entries entries_;
  std::vector<typename Entries::node_type> spare_;
};

}  // namespace mergeq
