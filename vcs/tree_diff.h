/// What differs between two trees, file by file. Descends only where they differ.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vcs/object_store.h"

namespace mergeq::vcs {

struct FileChange {
  std::string path;
  std::optional<File> before;  // nothing: added
  std::optional<File> after;   // nothing: deleted
};

/// One name in up to three trees (base, ours, theirs), or in two.
template <std::size_t trees>
struct JoinedEntry {
  std::string name;
  std::array<const TreeEntry*, trees> entries{};
};
/// The names of some directories side by side, ascending.
template <std::size_t trees>
std::vector<JoinedEntry<trees>> join_entries(
    const std::array<std::shared_ptr<const TreeEntries>, trees>& directories) {
  std::array<std::size_t, trees> next{};
  std::vector<JoinedEntry<trees>> joined;
  while (true) {
    const std::string* least = nullptr;
    for (std::size_t i = 0; i < trees; ++i) {
      if (next[i] == directories[i]->size()) continue;
      const std::string& name = (*directories[i])[next[i]].name;
      if (least == nullptr || name < *least) least = &name;
    }
    if (least == nullptr) return joined;
    JoinedEntry<trees> row{.name = *least};
    for (std::size_t i = 0; i < trees; ++i) {
      if (next[i] < directories[i]->size() && (*directories[i])[next[i]].name == row.name) {
        row.entries[i] = &(*directories[i])[next[i]++];
      }
    }
    joined.push_back(std::move(row));
  }
}
inline std::optional<Oid> tree_part(const TreeEntry* entry) {
  return entry != nullptr && entry->is_tree() ? std::optional(entry->id) : std::nullopt;
}
inline std::optional<File> file_part(const TreeEntry* entry) {
  return entry != nullptr && !entry->is_tree() ? std::optional(File{entry->mode, entry->id})
                                               : std::nullopt;
}

/// Directories nested deeper than this are refused: a tree may be made to exhaust the stack.
constexpr std::size_t depth_max = 1'000;

/// Ascending by path. A file that becomes a directory is a deletion and additions.
Result<std::vector<FileChange>> diff_trees(ObjectStore& store, const std::optional<Oid>& before,
                                           const std::optional<Oid>& after,
                                           const std::string& path = "");

}  // namespace mergeq::vcs
