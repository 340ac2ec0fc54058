// The four ways in which members come onto the base.
#include <algorithm>
#include <map>
#include <utility>

#include "vcs/commit_merge.h"
#include "vcs/history.h"
#include "vcs/landed_heads.h"
#include "vcs/local_repository.h"
#include "vcs/tree_diff.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t rebased_commits_max = 10'000;  // of one member
constexpr std::size_t tried_commits_max = 100;       // for being on the trunk by their content

std::string title_of(const char* message) {
  const std::string_view text = message != nullptr ? message : "";
  return std::string(text.substr(0, text.find_first_of("\r\n")));
}

class Methods {
 public:
  Methods(ObjectStore& store, LandedHeads& landed_heads, const MergeRequest& request,
          const git_signature* committer)
      : store_(store), landed_heads_(landed_heads), request_(request), committer_(committer) {}

  Result<MergeOutcome> run() {
    MERGEQ_TRY(const CommitHandle base, store_.commit(request_.base));
    tip_ = Oid{*git_commit_id(base.get())};
    tip_tree_ = Oid{*git_commit_tree_id(base.get())};
    Merged merged;
    for (std::size_t i = 0; i < request_.members.size(); ++i) {
      const Member& member = request_.members[i];
      MERGEQ_TRY(const CommitHandle head, store_.commit(member.head));
      MERGEQ_DO(add(head.get(), i < request_.messages.size() ? request_.messages[i] : ""));
      if (conflict_) {
        conflict_->culprit = member.change;
        return MergeOutcome{.merged = {}, .conflict = std::move(conflict_)};
      }
      merged.members.push_back({member.change, CommitId{tip_.hex()}});
      integrated_.push_back(Oid{*git_commit_id(head.get())});
    }
    merged.tree = TreeId{tip_tree_.hex()};
    merged.commit = CommitId{tip_.hex()};
    return MergeOutcome{.merged = std::move(merged), .conflict = {}};
  }

 private:
  Result<> add(const git_commit* head, const std::string& message) {
    const Oid id{*git_commit_id(head)};
    MERGEQ_TRY(const bool is_in_already, reaches(store_, tip_, id));
    if (is_in_already) return {};
    for (const Oid& other : integrated_) {  // below a change that was squashed before it
      MERGEQ_TRY(const bool is_below, reaches(store_, other, id));
      if (is_below) return {};
    }
    switch (request_.method) {
      case MergeMethod::merge:
        return add_merge(head, message);
      case MergeMethod::squash:
        return add_squashed(head, message);
      case MergeMethod::rebase:
        return add_rebased(head);
      case MergeMethod::fast_forward:
        return add_fast_forward(head);
    }
    return {};
  }

  void conflict(std::vector<std::string> paths, std::string text) {
    conflict_ = MergeConflict{.culprit = {}, .paths = std::move(paths), .text = std::move(text)};
  }

  Result<> add_merge(const git_commit* head, const std::string& message) {
    const Oid id{*git_commit_id(head)};
    MERGEQ_TRY(const TreeMergeResult merged, merge_commits(store_, tip_, id));
    if (!merged.conflicts.empty()) {
      conflict(merged.conflicts, "the merge has conflicts");
      return {};
    }
    const std::string title = "Merge change " + title_of(git_commit_message(head)) + "\n";
    return advance({.tree = *merged.tree,
                    .parents = {tip_, id},
                    .author = committer_,
                    .committer = committer_,
                    .encoding = message.empty() ? git_commit_message_encoding(head) : nullptr,
                    .message = message.empty() ? title : message});
  }

  /// Heads that are in the tip without their commits (squashed, rebased), and below `head` or of
  /// this request: a change that is stacked on one of them is merged from there on.
  Result<std::vector<Oid>> taken_in(const Oid& head) {
    MERGEQ_TRY(std::vector<Oid> heads,
               landed_heads_.below(Oid{*parse_oid(request_.base.hex)}, head));
    heads.insert(heads.end(), integrated_.begin(), integrated_.end());
    return heads;
  }

  /// The tip, but with these heads as parents too.
  Result<Oid> tip_with(const std::vector<Oid>& heads) {
    std::vector<Oid> parents{tip_};
    for (const Oid& head : heads) {
      if (std::ranges::find(parents, head) == parents.end()) parents.push_back(head);
    }
    if (parents.size() == 1) return tip_;
    return write_stand_in(store_, tip_tree_, parents);
  }

  struct Merge {
    Oid ours;  // the tip, or what stands for it
    TreeMergeResult result;
  };
  Result<Merge> merge_from(const std::vector<Oid>& taken_in, const Oid& head) {
    Merge merge;
    MERGEQ_TRY(merge.ours, tip_with(taken_in));
    MERGEQ_TRY(merge.result, merge_commits(store_, merge.ours, head));
    return merge;
  }

  /// Onto the tip, from those of its own commits on that are there already. Notes tell of what
  /// mergeq landed. What came otherwise (squashed by hand, or without a commit since nothing was
  /// left of it) is only looked for where the merge would fail.
  Result<Merge> merge_onto_tip(const Oid& head) {
    MERGEQ_TRY(std::vector<Oid> heads, taken_in(head));
    MERGEQ_TRY(Merge merge, merge_from(heads, head));
    if (merge.result.conflicts.empty()) return merge;
    MERGEQ_TRY(const std::optional<Oid> there, own_commit_that_is_there(merge.ours, head));
    if (!there) return merge;
    heads.push_back(*there);
    MERGEQ_TRY(Merge again, merge_from(heads, head));
    return again.result.conflicts.empty() ? again : merge;
  }

  /// The newest commit below `head` whose merge onto the tip changes nothing.
  Result<std::optional<Oid>> own_commit_that_is_there(const Oid& ours, const Oid& head) {
    const auto own = commits_beyond(store_, ours, head, rebased_commits_max);
    if (!own && own.error().code == ErrorCode::too_large) return std::nullopt;
    if (!own) return tl::unexpected(own.error());
    for (std::size_t i = 0; i < own->size() && i < tried_commits_max; ++i) {
      if ((*own)[i] == head) continue;
      MERGEQ_TRY(const TreeMergeResult merged, merge_commits(store_, ours, (*own)[i]));
      if (merged.conflicts.empty() && *merged.tree == tip_tree_) return (*own)[i];
    }
    return std::nullopt;
  }

  Result<> add_squashed(const git_commit* head, const std::string& message) {
    MERGEQ_TRY(const Merge merge, merge_onto_tip(Oid{*git_commit_id(head)}));
    if (!merge.result.conflicts.empty()) {
      conflict(merge.result.conflicts, "the merge has conflicts");
      return {};
    }
    if (*merge.result.tree == tip_tree_) return {};  // all of it is there already
    return advance_as(head, *merge.result.tree, message);
  }

  Result<> advance_as(const git_commit* original, const Oid& tree, const std::string& message) {
    const char* own = git_commit_message_raw(original);
    return advance({.tree = tree,
                    .parents = {tip_},
                    .author = git_commit_author(original),
                    .committer = committer_,
                    .encoding = message.empty() ? git_commit_message_encoding(original) : nullptr,
                    .message = message.empty() ? (own != nullptr ? own : "") : message});
  }

  Result<> add_rebased(const git_commit* head) {
    const Oid id{*git_commit_id(head)};
    MERGEQ_TRY(const Merge at_once, merge_onto_tip(id));
    MERGEQ_TRY(std::vector<Oid> commits,
               commits_beyond(store_, at_once.ours, id, rebased_commits_max));
    std::ranges::reverse(commits);  // parents first
    bool has_merges = false;
    for (const Oid& commit : commits) {
      MERGEQ_TRY(const CommitHandle handle, store_.commit(commit));
      if (git_commit_parentcount(handle.get()) > 1) {
        has_merges = true;
        continue;
      }
      MERGEQ_DO(pick(handle.get()));
      if (conflict_) return {};
    }
    // What was resolved inside of a merge is in no commit that was picked.
    const std::optional<Oid>& whole = at_once.result.tree;
    if (has_merges && whole && *whole != tip_tree_) {
      MERGEQ_TRY(const auto lost, diff_trees(store_, tip_tree_, whole));
      std::vector<std::string> paths;
      for (const FileChange& change : lost) paths.push_back(change.path);
      conflict(
          std::move(paths),
          "the change holds merges that do more than merging and cannot be rebased: rebase it by "
          "hand, or use another method");
    }
    return {};
  }

  Result<> pick(const git_commit* commit) {
    std::optional<Oid> before;
    if (git_commit_parentcount(commit) > 0) {
      MERGEQ_TRY(before, tree_of_commit(store_, Oid{*git_commit_parent_id(commit, 0)}));
    }
    MERGEQ_TRY(const TreeMergeResult merged,
               merge_trees(store_, {.base = before,
                                    .ours = tip_tree_,
                                    .theirs = Oid{*git_commit_tree_id(commit)}}));
    if (!merged.conflicts.empty()) {
      conflict(merged.conflicts,
               "commit " + Oid{*git_commit_id(commit)}.hex() + " cannot be rebased: conflicts");
      return {};
    }
    if (*merged.tree == tip_tree_) return {};  // empty here
    return advance_as(commit, *merged.tree, "");
  }

  Result<> add_fast_forward(const git_commit* head) {
    const Oid id{*git_commit_id(head)};
    MERGEQ_TRY(const bool is_ahead, reaches(store_, id, tip_));
    if (!is_ahead) {
      conflict({"(its head does not descend from the trunk)"},
               "the head " + id.hex() + " does not descend from " + tip_.hex() +
                   ": fast-forward cannot land it; rebase it onto the trunk");
      return {};
    }
    tip_ = id;
    tip_tree_ = Oid{*git_commit_tree_id(head)};
    return {};
  }

  Result<> advance(const CommitContent& content) {
    MERGEQ_TRY(tip_, write_commit(store_, content));
    tip_tree_ = content.tree;
    return {};
  }

  ObjectStore& store_;
  LandedHeads& landed_heads_;
  const MergeRequest& request_;
  const git_signature* committer_;
  Oid tip_;
  Oid tip_tree_;
  std::vector<Oid> integrated_;
  std::optional<MergeConflict> conflict_;
};

}  // namespace

Result<MergeOutcome> LocalRepository::merge(const MergeRequest& request) {
  store_.forget_old_objects();
  MERGEQ_TRY(const SignatureHandle committer, signature_of(request.committer, request.at));
  return Methods(store_, landed_heads_, request, committer.get()).run();
}

}  // namespace mergeq::vcs
