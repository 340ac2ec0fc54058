/// Merging commits: which base, and a made one where there are several (criss-cross).
#pragma once

#include <span>
#include <vector>

#include "vcs/object_store.h"
#include "vcs/tree_merge.h"

namespace mergeq::vcs {

/// A tree to take as the base of a merge of `a` and `b`: of their only merge base, or of all of
/// them merged with one another (recursively, as git's `recursive` and `ort` do); the empty tree,
/// as nothing, where there is none. Made commits are written but nothing points to them.
Result<std::optional<Oid>> base_tree(ObjectStore& store, const Oid& a, const Oid& b,
                                     int virtual_depth = 0);

Result<Oid> tree_of_commit(ObjectStore& store, const Oid& commit);

/// As `git merge-tree --write-tree ours theirs`.
Result<TreeMergeResult> merge_commits(ObjectStore& store, const Oid& ours, const Oid& theirs,
                                      int virtual_depth = 0);

struct CommitContent {
  Oid tree;
  std::vector<Oid> parents;
  const git_signature* author = nullptr;
  const git_signature* committer = nullptr;
  const char* encoding = nullptr;
  std::string message;
};
Result<Oid> write_commit(ObjectStore& store, const CommitContent& content);

/// A commit that only stands for something while merging: always the same for the same content.
Result<Oid> write_stand_in(ObjectStore& store, const Oid& tree, std::span<const Oid> parents);

}  // namespace mergeq::vcs
