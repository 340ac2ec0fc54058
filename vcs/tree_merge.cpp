#include "vcs/tree_merge.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "vcs/file_merge.h"
#include "vcs/renames.h"
#include "vcs/tree_diff.h"
#include "vcs/tree_edit.h"

namespace mergeq::vcs {
namespace {

enum Side : std::size_t { our_side = 0, their_side = 1 };
constexpr std::array both_sides{our_side, their_side};
constexpr Side other(Side side) { return side == our_side ? their_side : our_side; }

struct ThreeTrees {
  std::optional<Oid> base;
  std::optional<Oid> ours;
  std::optional<Oid> theirs;
};

class TreeMerger {
 public:
  TreeMerger(ObjectStore& store, const TreeMergeRequest& request)
      : store_(store), request_(request) {}

  Result<TreeMergeResult> merge() {
    MERGEQ_DO(merge_directory("", {request_.base, request_.ours, request_.theirs}, 0));
    MERGEQ_DO(follow_renames());
    for (const auto& [path, files] : open_) {
      MERGEQ_TRY(const FileMergeResult merged, merge_files(store_, files, request_.virtual_depth));
      if (!merged.is_clean) conflicts_.insert(path);
      edits_.set_file(path, merged.file);
    }
    return finish();
  }

 private:
  Result<TreeMergeResult> finish() {
    TreeMergeResult result;
    if (conflicts_.empty() || request_.virtual_depth > 0) {
      MERGEQ_TRY(const TreeEdits::Written written, edits_.apply(store_, request_.ours));
      conflicts_.insert(written.clashes.begin(), written.clashes.end());
      if (conflicts_.empty() || request_.virtual_depth > 0) result.tree = written.tree;
    }
    result.conflicts.assign(conflicts_.begin(), conflicts_.end());
    return result;
  }

  Result<> merge_directory(const std::string& path, const ThreeTrees& trees, std::size_t depth) {
    const auto& [base, ours, theirs] = trees;
    if (base == theirs) {
      if (!base && ours) note_addition(path, our_side);
      return {};
    }
    if (base == ours) {
      edits_.set_tree(path, theirs);
      if (!base) note_addition(path, their_side);
      return {};
    }
    if (ours == theirs && !base) return {};
    if (depth > depth_max) {
      return fail(ErrorCode::too_large, "directories are nested deeper than 1,000 levels");
    }
    const auto outer_removed = removed_;
    note_removal(path, trees);
    MERGEQ_TRY(auto base_entries, store_.tree(base));
    MERGEQ_TRY(auto our_entries, store_.tree(ours));
    MERGEQ_TRY(auto their_entries, store_.tree(theirs));
    for (const auto& row : join_entries<3>({base_entries, our_entries, their_entries})) {
      const std::string child = join_path(path, row.name);
      const auto& e = row.entries;
      merge_file(child, {file_part(e[0]), file_part(e[1]), file_part(e[2])});
      const ThreeTrees below{tree_part(e[0]), tree_part(e[1]), tree_part(e[2])};
      MERGEQ_DO(merge_directory(child, below, depth + 1));
    }
    removed_ = outer_removed;
    return {};
  }

  void merge_file(const std::string& path, const ThreeFiles& files) {
    const auto& [base, ours, theirs] = files;
    if (!base && !ours && theirs) note_addition(path, their_side);
    if (!base && ours && !theirs) note_addition(path, our_side);
    if (base && !ours && !theirs) {
      deleted_by_both_.insert(path);
    } else if (ours == theirs || base == theirs) {
      // "ours" stands
    } else if (base == ours) {
      edits_.set_file(path, theirs);
    } else {
      open_[path] = files;
    }
  }

  // A directory that one side removed and to which the other side adds may have been renamed.
  void note_removal(const std::string& path, const ThreeTrees& trees) {
    if (!trees.base) return;
    if (!trees.ours && trees.theirs) removed_[our_side].push_back(path);
    if (!trees.theirs && trees.ours) removed_[their_side].push_back(path);
  }
  void note_addition(const std::string& path, Side side) {
    const auto& removed = removed_[other(side)];
    if (removed.empty()) return;
    added_to_removed_[other(side)].push_back({path, removed.back()});
    roots_removed_[other(side)].insert(removed.front());
  }

  Result<> follow_renames() {
    for (const Side side : both_sides) MERGEQ_DO(find_renames_of(side));
    MERGEQ_DO(follow(our_side));
    return follow(their_side);
  }

  bool is_missing(const ThreeFiles& files, Side side) const {
    return side == our_side ? !files.ours : !files.theirs;
  }
  Result<> find_renames_of(Side side) {
    std::set<std::string> relevant = deleted_by_both_;
    for (const auto& [path, files] : open_) {
      if (files.base && is_missing(files, side)) relevant.insert(path);
    }
    if (relevant.empty() && added_to_removed_[side].empty()) return {};
    MERGEQ_TRY(const auto changes, diff_trees(store_, request_.base,
                                              side == our_side ? request_.ours : request_.theirs));
    for (const FileChange& change : changes) {
      if (change.after) continue;
      for (const std::string& root : roots_removed_[side]) {
        if (change.path.starts_with(root + '/')) relevant.insert(change.path);
      }
    }
    MERGEQ_TRY(const auto found, find_renames(store_, changes, &relevant, merge_pairs_max));
    for (const Rename& rename : found) renames_[side][rename.from] = rename.to;
    look_for_renamed_directories(side, found);
    return {};
  }

  // Git would move the addition along with the directory, and calls that a conflict unless told
  // otherwise (merge.directoryRenames): so it is one here.
  void look_for_renamed_directories(Side side, const std::vector<Rename>& found) {
    std::set<std::string> renamed;
    for (const Rename& rename : found) {
      std::string_view from = directory_of(rename.from);
      std::string_view to = directory_of(rename.to);
      while (!from.empty() && from != to) {
        renamed.insert(std::string(from));
        if (to.empty() || file_name_of(from) != file_name_of(to)) break;
        from = directory_of(from);
        to = directory_of(to);
      }
    }
    for (const auto& [path, directory] : added_to_removed_[side]) {
      if (renamed.contains(directory)) conflicts_.insert(path);
    }
  }

  std::optional<Oid> tree_of(Side side) const {
    return side == our_side ? request_.ours : request_.theirs;
  }
  Result<std::optional<File>> file_at(const std::optional<Oid>& tree, const std::string& path) {
    MERGEQ_TRY(const std::optional<TreeEntry> entry, store_.entry(tree, path));
    return file_part(entry ? &*entry : nullptr);
  }

  Result<> follow(Side side) {
    for (const auto& [from, to] : renames_[side]) {
      const auto opposite = renames_[other(side)].find(from);
      if (opposite != renames_[other(side)].end()) {
        if (side == our_side) MERGEQ_DO(follow_both(from, to, opposite->second));
        continue;
      }
      MERGEQ_DO(follow_one(side, from, to));
    }
    return {};
  }

  Result<> follow_both(const std::string& from, const std::string& our_path,
                       const std::string& their_path) {
    if (our_path != their_path) {
      conflicts_.insert({from, our_path, their_path});
      return {};
    }
    MERGEQ_TRY(const auto base, file_at(request_.base, from));
    MERGEQ_TRY(const auto ours, file_at(request_.ours, our_path));
    MERGEQ_TRY(const auto theirs, file_at(request_.theirs, our_path));
    open_[our_path] = {base, ours, theirs};
    return {};
  }

  Result<> follow_one(Side side, const std::string& from, const std::string& to) {
    MERGEQ_TRY(const auto base, file_at(request_.base, from));
    MERGEQ_TRY(const auto moved, file_at(tree_of(side), to));
    MERGEQ_TRY(const auto stayed, file_at(tree_of(other(side)), from));
    MERGEQ_TRY(const auto in_the_way, file_at(tree_of(other(side)), to));
    if (stayed == base && !in_the_way) return {};  // nothing to carry along
    open_.erase(from);
    edits_.set_file(from, std::nullopt);
    // Renamed here and deleted there, or replaced by something of another kind. (If the other side
    // also has a file at `to`, git takes both for a rename of the same and drops one: we do not.)
    if (!stayed || !stayed->is_same_kind(*base)) {
      conflicts_.insert({from, to});
      return {};
    }
    ThreeFiles files{.base = base, .ours = moved, .theirs = stayed};
    if (side == their_side) std::swap(files.ours, files.theirs);
    if (in_the_way) return collide(side, to, files, in_the_way);
    open_[to] = files;
    return {};
  }

  /// The other side has a file of its own where this one goes.
  Result<> collide(Side side, const std::string& to, const ThreeFiles& files,
                   const std::optional<File>& in_the_way) {
    MERGEQ_TRY(const FileMergeResult merged, merge_files(store_, files, request_.virtual_depth));
    if (!merged.is_clean) conflicts_.insert(to);
    ThreeFiles both{.base = {}, .ours = merged.file, .theirs = in_the_way};
    if (side == their_side) std::swap(both.ours, both.theirs);
    open_[to] = both;
    return {};
  }

  ObjectStore& store_;
  const TreeMergeRequest& request_;
  TreeEdits edits_;
  std::map<std::string, ThreeFiles> open_;  // paths that both sides changed
  std::set<std::string> deleted_by_both_;
  std::set<std::string> conflicts_;

  // By the side that removed a directory of the base which the other side still has.
  std::array<std::vector<std::string>, 2>
      removed_;  // those around the present one, outermost first
  struct Addition {
    std::string path;       // added by the other side
    std::string directory;  // the nearest directory around it that this side removed
  };
  std::array<std::vector<Addition>, 2> added_to_removed_;
  std::array<std::set<std::string>, 2> roots_removed_;

  std::array<std::map<std::string, std::string>, 2> renames_;  // from, to; by side
};

}  // namespace

Result<TreeMergeResult> merge_trees(ObjectStore& store, const TreeMergeRequest& request) {
  if (request.base == request.theirs || request.ours == request.theirs) {
    return TreeMergeResult{.tree = request.ours, .conflicts = {}};
  }
  if (request.base == request.ours) {
    return TreeMergeResult{.tree = request.theirs, .conflicts = {}};
  }
  return TreeMerger(store, request).merge();
}

}  // namespace mergeq::vcs
