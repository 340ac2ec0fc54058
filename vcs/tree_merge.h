/// Three-way merge of trees, with the answers of `git merge-tree --write-tree`.
///
/// Descends only where the sides differ and takes the side that changed; merges file content only
/// where both changed it; looks for renames only where one side deleted what the other side changed
/// (or both deleted it, or one emptied a directory to which the other adds): merge-ort's own order
/// of work (Newren, "Optimizing Git's merge machinery", 2021). What comes out is written as edits
/// of "ours", so that cost grows with the changes and not with the repository.
///
/// .gitattributes are not read, neither from the work tree nor from the trees: `merge=union` and
/// the like do nothing, text is merged as text, content is never converted. A repository with and
/// one without a work tree give the same answer (docs/decisions/0011).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vcs/object_store.h"

namespace mergeq::vcs {

struct TreeMergeRequest {
  std::optional<Oid> base;  // nothing: the empty tree
  std::optional<Oid> ours;
  std::optional<Oid> theirs;
  /// Over 0 for the merge of merge bases into one: conflicts do not end it but leave a stand-in
  /// (the text with markers, else the base), as git does.
  int virtual_depth = 0;
};
struct TreeMergeResult {
  std::optional<Oid> tree;             // nothing when there are conflicts, unless virtual
  std::vector<std::string> conflicts;  // paths, ascending
};

Result<TreeMergeResult> merge_trees(ObjectStore& store, const TreeMergeRequest& request);

}  // namespace mergeq::vcs
