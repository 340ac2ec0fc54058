#include "vcs/commit_merge.h"

#include <algorithm>
#include <cstdlib>

#include "vcs/history.h"

namespace mergeq::vcs {
namespace {

// Each level merges the bases of bases; real histories need one or two.
constexpr int virtual_depth_max = 20;

/// "A Name <address> 1700000000 +0100"
std::string signature_line(const git_signature& signature) {
  const git_time& when = signature.when;
  const int minutes = std::abs(when.offset);
  const char sign = when.offset < 0 || when.sign == '-' ? '-' : '+';
  const std::string zone = std::to_string(10'000 + minutes / 60 * 100 + minutes % 60).substr(1);
  return std::string(signature.name) + " <" + signature.email + "> " + std::to_string(when.time) +
         " " + sign + zone;
}

}  // namespace

Result<Oid> tree_of_commit(ObjectStore& store, const Oid& id) {
  MERGEQ_TRY(const auto links, store.links(id));
  return links->tree;
}

Result<std::optional<Oid>> base_tree(ObjectStore& store, const Oid& a, const Oid& b,
                                     int virtual_depth) {
  MERGEQ_TRY(const std::vector<Oid> bases, merge_bases(store, a, b));
  if (bases.empty()) return std::nullopt;
  if (virtual_depth > virtual_depth_max) {
    return fail(ErrorCode::too_large, "merge bases of merge bases go deeper than 20 levels");
  }
  Oid made = bases.front();
  for (std::size_t i = 1; i < bases.size(); ++i) {
    MERGEQ_TRY(const TreeMergeResult merged,
               merge_commits(store, made, bases[i], virtual_depth + 1));
    const std::vector<Oid> parents{made, bases[i]};
    MERGEQ_TRY(made, write_stand_in(store, *merged.tree, parents));
  }
  MERGEQ_TRY(const Oid tree, tree_of_commit(store, made));
  return tree;
}

Result<TreeMergeResult> merge_commits(ObjectStore& store, const Oid& ours, const Oid& theirs,
                                      int virtual_depth) {
  MERGEQ_TRY(const std::optional<Oid> base, base_tree(store, ours, theirs, virtual_depth));
  MERGEQ_TRY(const Oid our_tree, tree_of_commit(store, ours));
  MERGEQ_TRY(const Oid their_tree, tree_of_commit(store, theirs));
  return merge_trees(
      store,
      {.base = base, .ours = our_tree, .theirs = their_tree, .virtual_depth = virtual_depth});
}

Result<Oid> write_commit(ObjectStore& store, const CommitContent& content) {
  std::string text = "tree " + content.tree.hex() + "\n";
  for (const Oid& parent : content.parents) text += "parent " + parent.hex() + "\n";
  text += "author " + signature_line(*content.author) + "\n";
  text += "committer " + signature_line(*content.committer) + "\n";
  if (content.encoding != nullptr) text.append("encoding ").append(content.encoding).append("\n");
  return store.write_commit(text.append("\n").append(content.message));
}

Result<Oid> write_stand_in(ObjectStore& store, const Oid& tree, std::span<const Oid> parents) {
  git_signature* made = nullptr;
  git_time_t time = 0;  // as old as its newest parent, so that walks by date stay sensible
  for (const Oid& parent : parents) {
    MERGEQ_TRY(const auto links, store.links(parent));
    time = std::max(time, links->time);
  }
  if (const int code = git_signature_new(&made, "mergeq", "mergeq@localhost", time, 0); code != 0) {
    return git_failure(code, "a signature could not be made");
  }
  const SignatureHandle signature(made);
  return write_commit(store, {.tree = tree,
                              .parents = {parents.begin(), parents.end()},
                              .author = made,
                              .committer = made,
                              .message = "stands in while merging\n"});
}

}  // namespace mergeq::vcs
