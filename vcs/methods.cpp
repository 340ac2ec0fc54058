/// Merge, squash, rebase and fast-forward of members, one after the other. Objects are written, no
/// ref is moved, and every time and name comes from the request: the same request gives the same
/// commits.
#include "vcs/methods.h"

#include <algorithm>

#include "vcs/commit_merge.h"

namespace mergeq::vcs {
namespace {

struct Conflicted {
  std::vector<std::string> paths;
};
using Step = std::variant<Oid, Conflicted>;  // the trunk's next commit, or why there is none

class MemberMerge {
 public:
  MemberMerge(ObjectStore& store, const MergeRequest& request) : store_(store), request_(request) {}

  Result<MergeOutcome> run();

 private:
  Result<Step> step(std::size_t index);
  Result<Step> merge(std::size_t index);
  Result<Step> squash(std::size_t index);
  Result<Step> rebase();
  Result<Step> fast_forward();
  Result<std::optional<Oid>> base_of_head();
  Result<std::vector<Oid>> own_commits();
  Result<bool> descends(const Oid& descendant, const Oid& ancestor);
  Result<std::string> message(std::size_t index, const char* prefix);

  ObjectStore& store_;
  const MergeRequest& request_;
  SignatureHandle committer_;
  Oid tip_;
  Oid head_;
  std::vector<Oid> heads_done_;  // of the members that are in already
};

Result<bool> MemberMerge::descends(const Oid& descendant, const Oid& ancestor) {
  if (descendant == ancestor) return true;
  const int code = git_graph_descendant_of(store_.repository(), &descendant.raw, &ancestor.raw);
  if (code < 0) return git_failure(code, "history of " + descendant.hex());
  return code == 1;
}

Result<std::string> MemberMerge::message(std::size_t index, const char* prefix) {
  if (index < request_.messages.size() && !request_.messages[index].empty()) {
    return request_.messages[index];
  }
  MERGEQ_TRY(const CommitHandle commit, store_.commit(head_));
  const char* text = git_commit_message_raw(commit.get());
  if (*prefix == '\0') return std::string(text);
  const std::string whole(text);
  return prefix + whole.substr(0, whole.find('\n')) + "\n";
}

Result<MergeOutcome> MemberMerge::run() {
  MERGEQ_TRY(committer_, signature_of(request_.committer, request_.at));
  const auto base = parse_oid(request_.base.hex);
  if (!base)
    return fail(ErrorCode::invalid,
                "base: expected a commit id, got \"" + request_.base.hex + "\"");
  tip_ = *base;
  Merged merged;
  for (std::size_t i = 0; i < request_.members.size(); ++i) {
    const Member& member = request_.members[i];
    const auto head = parse_oid(member.head.hex);
    if (!head)
      return fail(ErrorCode::invalid,
                  "head: expected a commit id, got \"" + member.head.hex + "\"");
    head_ = *head;
    MERGEQ_TRY(const Step next, step(i));
    if (const auto* conflicted = std::get_if<Conflicted>(&next)) {
      return MergeOutcome{{}, MergeConflict{member.change, conflicted->paths}};
    }
    tip_ = std::get<Oid>(next);
    heads_done_.push_back(head_);
    merged.members.push_back({member.change, CommitId{tip_.hex()}});
  }
  MERGEQ_TRY(const Oid tree, tree_of_commit(store_, tip_));
  merged.tree = TreeId{tree.hex()};
  merged.commit = CommitId{tip_.hex()};
  return MergeOutcome{std::move(merged), {}};
}

Result<Step> MemberMerge::step(std::size_t index) {
  MERGEQ_TRY(const bool contained, descends(tip_, head_));
  if (contained) return Step(tip_);  // nothing of it is new: no commit of its own
  switch (request_.method) {
    case MergeMethod::merge:
      return merge(index);
    case MergeMethod::squash:
      return squash(index);
    case MergeMethod::rebase:
      return rebase();
    case MergeMethod::fast_forward:
      return fast_forward();
  }
  return fail(ErrorCode::unsupported, "unknown merge method");
}

Result<Step> MemberMerge::merge(std::size_t index) {
  MERGEQ_TRY(const TreeMergeResult result, merge_commits(store_, tip_, head_));
  if (!result.conflicts.empty() || !result.tree) return Step(Conflicted{result.conflicts});
  MERGEQ_TRY(std::string text, message(index, "Merge change: "));
  MERGEQ_TRY(const Oid made, write_commit(store_, {.tree = *result.tree,
                                                   .parents = {tip_, head_},
                                                   .author = committer_.get(),
                                                   .committer = committer_.get(),
                                                   .message = std::move(text)}));
  return Step(made);
}

/// The tree that the head's own work starts from: the lower part of its stack if that has just come
/// in under another name, else the merge base.
Result<std::optional<Oid>> MemberMerge::base_of_head() {
  for (auto lower = heads_done_.rbegin(); lower != heads_done_.rend(); ++lower) {
    MERGEQ_TRY(const bool stacked, descends(head_, *lower));
    if (!stacked) continue;
    MERGEQ_TRY(const Oid tree, tree_of_commit(store_, *lower));
    return std::optional<Oid>(tree);
  }
  return base_tree(store_, tip_, head_);
}

Result<Step> MemberMerge::squash(std::size_t index) {
  MERGEQ_TRY(const std::optional<Oid> base, base_of_head());
  MERGEQ_TRY(const Oid ours, tree_of_commit(store_, tip_));
  MERGEQ_TRY(const Oid theirs, tree_of_commit(store_, head_));
  MERGEQ_TRY(const TreeMergeResult result,
             merge_trees(store_, {.base = base, .ours = ours, .theirs = theirs}));
  if (!result.conflicts.empty() || !result.tree) return Step(Conflicted{result.conflicts});
  if (*result.tree == ours) return Step(tip_);
  MERGEQ_TRY(const CommitHandle head, store_.commit(head_));
  MERGEQ_TRY(std::string text, message(index, ""));
  MERGEQ_TRY(const Oid made,
             write_commit(store_, {.tree = *result.tree,
                                   .parents = {tip_},
                                   .author = git_commit_author(head.get()),
                                   .committer = committer_.get(),
                                   .encoding = git_commit_message_encoding(head.get()),
                                   .message = std::move(text)}));
  return Step(made);
}

/// The head's commits that neither the trunk nor the lower part of its stack has, oldest first,
/// without merges.
Result<std::vector<Oid>> MemberMerge::own_commits() {
  git_revwalk* made = nullptr;
  if (const int code = git_revwalk_new(&made, store_.repository()); code != 0) {
    return git_failure(code, "history could not be read");
  }
  const RevwalkHandle walk(made);
  git_revwalk_sorting(made, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE);
  int code = git_revwalk_push(made, &head_.raw);
  if (code == 0) code = git_revwalk_hide(made, &tip_.raw);
  for (const Oid& lower : heads_done_) {
    if (code == 0) code = git_revwalk_hide(made, &lower.raw);
  }
  if (code != 0) return git_failure(code, "history of " + head_.hex());
  std::vector<Oid> commits;
  Oid id;
  while ((code = git_revwalk_next(&id.raw, made)) == 0) {
    MERGEQ_TRY(const CommitHandle commit, store_.commit(id));
    if (git_commit_parentcount(commit.get()) <= 1) commits.push_back(id);
  }
  if (code != GIT_ITEROVER) return git_failure(code, "history of " + head_.hex());
  return commits;
}

Result<Step> MemberMerge::rebase() {
  MERGEQ_TRY(const std::vector<Oid> commits, own_commits());
  Oid tip = tip_;
  for (const Oid& id : commits) {
    MERGEQ_TRY(const CommitHandle commit, store_.commit(id));
    std::optional<Oid> before;
    if (git_commit_parentcount(commit.get()) == 1) {
      MERGEQ_TRY(before, tree_of_commit(store_, Oid{*git_commit_parent_id(commit.get(), 0)}));
    }
    MERGEQ_TRY(const Oid ours, tree_of_commit(store_, tip));
    const Oid theirs{*git_commit_tree_id(commit.get())};
    MERGEQ_TRY(const TreeMergeResult result,
               merge_trees(store_, {.base = before, .ours = ours, .theirs = theirs}));
    if (!result.conflicts.empty() || !result.tree) return Step(Conflicted{result.conflicts});
    if (*result.tree == ours) continue;  // the trunk has it already
    MERGEQ_TRY(tip, write_commit(store_, {.tree = *result.tree,
                                          .parents = {tip},
                                          .author = git_commit_author(commit.get()),
                                          .committer = committer_.get(),
                                          .encoding = git_commit_message_encoding(commit.get()),
                                          .message = git_commit_message_raw(commit.get())}));
  }
  return Step(tip);
}

Result<Step> MemberMerge::fast_forward() {
  MERGEQ_TRY(const bool ahead, descends(head_, tip_));
  if (!ahead) return Step(Conflicted{{"(its head does not descend from the trunk)"}});
  return Step(head_);
}

}  // namespace

Result<MergeOutcome> merge_members(ObjectStore& store, const MergeRequest& request) {
  return MemberMerge(store, request).run();
}

}  // namespace mergeq::vcs
