#include "vcs/tree_diff.h"

#include <algorithm>

namespace mergeq::vcs {
namespace {

Result<> collect(ObjectStore& store, const std::optional<Oid>& before,
                 const std::optional<Oid>& after, const std::string& path, std::size_t depth,
                 std::vector<FileChange>& changes) {
  if (before == after) return {};
  if (depth > depth_max) {
    return fail(ErrorCode::too_large, "directories are nested deeper than 1,000 levels");
  }
  MERGEQ_TRY(auto old_entries, store.tree(before));
  MERGEQ_TRY(auto new_entries, store.tree(after));
  for (const auto& [name, entries] : join_entries<2>({old_entries, new_entries})) {
    if (entries[0] != nullptr && entries[1] != nullptr && *entries[0] == *entries[1]) continue;
    const std::string child = join_path(path, name);
    FileChange change{child, file_part(entries[0]), file_part(entries[1])};
    if (change.before || change.after) changes.push_back(std::move(change));
    MERGEQ_DO(
        collect(store, tree_part(entries[0]), tree_part(entries[1]), child, depth + 1, changes));
  }
  return {};
}

}  // namespace

Result<std::vector<FileChange>> diff_trees(ObjectStore& store, const std::optional<Oid>& before,
                                           const std::optional<Oid>& after,
                                           const std::string& path) {
  std::vector<FileChange> changes;
  MERGEQ_DO(collect(store, before, after, path, 0, changes));
  std::ranges::sort(changes, {}, &FileChange::path);
  return changes;
}

}  // namespace mergeq::vcs
