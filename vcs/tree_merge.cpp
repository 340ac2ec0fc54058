#include "vcs/tree_merge.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "vcs/directory_renames.h"
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
    if (base == theirs || (ours == theirs && !base)) return {};
    if (base == ours) {
      edits_.set_tree(path, theirs);
      return {};
    }
    if (depth > depth_max) {
      return fail(ErrorCode::too_large, "directories are nested deeper than 1,000 levels");
    }
    MERGEQ_TRY(const auto base_entries, store_.tree(base));
    MERGEQ_TRY(const auto our_entries, store_.tree(ours));
    MERGEQ_TRY(const auto their_entries, store_.tree(theirs));
    const Watch outer = watch_;
    const auto rows = join_entries<3>({base_entries, our_entries, their_entries});
    watch_removal(path, trees, rows);
    for (const auto& row : rows) {
      const std::string child = join_path(path, row.name);
      const auto& e = row.entries;
      merge_file(child, {file_part(e[0]), file_part(e[1]), file_part(e[2])});
      const ThreeTrees below{tree_part(e[0]), tree_part(e[1]), tree_part(e[2])};
      MERGEQ_DO(merge_directory(child, below, depth + 1));
    }
    watch_ = outer;
    return {};
  }

  void merge_file(const std::string& path, const ThreeFiles& files) {
    const auto& [base, ours, theirs] = files;
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

  /// A directory that one side removed and to which the other side adds may have been renamed; what
  /// is below it tells of that too.
  void watch_removal(const std::string& path, const ThreeTrees& trees,
                     const std::vector<JoinedEntry<3>>& rows) {
    if (!watch_.is_root_found && trees.base && !trees.ours != !trees.theirs) {
      watch_.remover = trees.ours ? their_side : our_side;
    }
    if (!watch_.remover) return;
    const Side remover = *watch_.remover;
    const bool has_additions = std::ranges::any_of(rows, [&](const JoinedEntry<3>& row) {
      return !file_part(row.entries[0]) && !file_part(row.entries[remover + 1]) &&
             file_part(row.entries[other(remover) + 1]);
    });
    if (!has_additions) return;
    if (!watch_.is_root_found) sides_[remover].removed.roots.insert(path);
    watch_.is_root_found = true;
    sides_[remover].removed.with_additions.insert(path);
  }

  Result<> follow_renames() {
    for (const Side side : both_sides) MERGEQ_DO(find_renames_of(side));
    for (const Side side : both_sides) MERGEQ_DO(follow_directories(side));
    MERGEQ_DO(follow(our_side));
    return follow(their_side);
  }

  bool is_missing(const ThreeFiles& files, Side side) const {
    return side == our_side ? !files.ours : !files.theirs;
  }
  Result<> find_renames_of(Side side) {
    SideOfMerge& here = sides_[side];
    std::set<std::string> relevant = deleted_by_both_;
    for (const auto& [path, files] : open_) {
      if (files.base && is_missing(files, side)) relevant.insert(path);
    }
    if (relevant.empty() && here.removed.roots.empty()) return {};
    MERGEQ_TRY(const auto changes, diff_trees(store_, request_.base, tree_of(side)));
    for (const FileChange& change : changes) {
      if (!change.after && here.removed.contain(change.path)) relevant.insert(change.path);
    }
    const RenameSearch search{.changes = changes,
                              .relevant = &relevant,
                              .side = tree_of(side),
                              .pairs_max = merge_pairs_max};
    MERGEQ_TRY(const auto found, find_renames(store_, search));
    for (const Rename& rename : found) here.renames[rename.from] = rename.to;
    here.directories = find_directory_renames(found, here.removed);
    return {};
  }

  /// Git would move what `side` added along with the directory that the other side moved, and calls
  /// that a conflict unless told otherwise; so it is one here.
  Result<> follow_directories(Side side) {
    const DirectoryRenames& moved = sides_[other(side)].directories;
    const DirectoryRenames& own = sides_[side].directories;
    for (const std::string& directory : moved.unclear) conflicts_.insert(directory);
    if (moved.moved.empty()) return {};
    MERGEQ_TRY(const auto changes, diff_trees(store_, request_.base, tree_of(side)));
    for (const FileChange& change : changes) {
      if (change.before || !change.after) continue;
      if (auto place = moved_with_directory(change.path, moved, own)) conflicts_.insert(*place);
    }
    return {};
  }

  std::optional<Oid> tree_of(Side side) const {
    return side == our_side ? request_.ours : request_.theirs;
  }
  Result<std::optional<File>> file_at(const std::optional<Oid>& tree, const std::string& path) {
    MERGEQ_TRY(const std::optional<TreeEntry> entry, store_.entry(tree, path));
    return file_part(entry ? &*entry : nullptr);
  }

  Result<> follow(Side side) {
    for (const auto& [from, to] : sides_[side].renames) {
      const auto opposite = sides_[other(side)].renames.find(from);
      if (opposite != sides_[other(side)].renames.end()) {
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
    if (!stayed) {  // renamed here and deleted there
      conflicts_.insert(to);
      return {};
    }
    // Replaced there by something of another kind. (If the other side also has a file at `to`, git
    // takes both for a rename of the same and drops one: we do not.)
    if (!stayed->is_same_kind(*base)) {
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

  /// On the way down: a directory around the present one, or this one, is gone on one side.
  struct Watch {
    std::optional<Side> remover;
    bool is_root_found = false;
  };
  Watch watch_;
  struct SideOfMerge {
    RemovedDirectories removed;
    std::map<std::string, std::string> renames;  // from, to
    DirectoryRenames directories;
  };
  std::array<SideOfMerge, 2> sides_;
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
