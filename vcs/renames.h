/// Which deleted file went where, found as git finds it for merges and diffs.
///
/// Three passes (diffcore-rename.c of git 2.39): the same content; the same unique file name, or
/// the same name where the directory went, at least 75 % similar; any pair, at least 50 % similar,
/// best first. Similar is what `src_copied / larger size` says there: how many bytes of lines (at
/// most 64 bytes each) both have. Empty files are never renames, since any two of them are equal
/// (libgit2 1.5 takes them for renames and so loses content).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "vcs/tree_diff.h"

namespace mergeq::vcs {

struct Rename {
  std::string from;
  std::string to;
  bool is_exact = false;
};

struct RenameSearch {
  const std::vector<FileChange>& changes;  // of these, the deletions and the additions
  /// Beyond the same content, only sources in it are looked at. Null: all are.
  const std::set<std::string>* relevant = nullptr;
  /// For merges: the tree of the side that moved. Files of one name from a directory that it has no
  /// longer are tried where the directory's unchanged files went to.
  std::optional<Oid> side;
  std::size_t pairs_max = 0;  // over it the last pass is left out
};
/// Ascending by `to`.
Result<std::vector<Rename>> find_renames(ObjectStore& store, const RenameSearch& search);

/// The limit that git has for merges (merge.renameLimit 7000, squared), and the one for diffs
/// (1000).
constexpr std::size_t merge_pairs_max = 49'000'000;
constexpr std::size_t diff_pairs_max = 1'000'000;

}  // namespace mergeq::vcs
