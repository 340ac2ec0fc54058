/// Which deleted file went where, found as git finds it for merges and diffs.
///
/// Three passes (diffcore-rename.c of git 2.39): the same content; the same unique file name, at
/// least 75 % similar; any pair, at least 50 % similar, best first. Similar is what `src_copied /
/// larger size` says there: how many bytes of lines (at most 64 bytes each) both have. Empty files
/// are never renames, since any two of them are equal (libgit2 1.5 takes them for renames and so
/// loses content).
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

/// Of the deletions and additions among `changes`. With `relevant`, only sources in it are looked
/// at beyond the same content. Over `pairs_max` pairs the last pass is left out. Ascending by `to`.
Result<std::vector<Rename>> find_renames(ObjectStore& store, const std::vector<FileChange>& changes,
                                         const std::set<std::string>* relevant,
                                         std::size_t pairs_max);

/// The limit that git has for merges (merge.renameLimit 7000, squared), and the one for diffs
/// (1000).
constexpr std::size_t merge_pairs_max = 49'000'000;
constexpr std::size_t diff_pairs_max = 1'000'000;

}  // namespace mergeq::vcs
