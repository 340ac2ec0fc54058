#include "vcs/landed_heads.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "vcs/commit_merge.h"
#include "vcs/history.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t own_commits_max = 10'000;
constexpr std::size_t trunk_commits_max = 10'000;
constexpr std::size_t kept_max = 100'000;
constexpr std::size_t note_bytes_max = 16U << 20U;

/// The history of `from` without that of `hidden`.
Result<RevwalkHandle> walk_from(ObjectStore& store, const Oid& from, const Oid& hidden) {
  git_revwalk* made = nullptr;
  if (const int code = git_revwalk_new(&made, store.repository()); code != 0) {
    return git_failure(code, "the history cannot be walked");
  }
  RevwalkHandle walk(made);
  int code = git_revwalk_push(made, &from.raw);
  if (code == 0) code = git_revwalk_hide(made, &hidden.raw);
  if (code != 0) return git_failure(code, "the history of " + from.hex());
  return walk;
}

/// All its parents are on the trunk, as with most changes.
Result<bool> is_alone(ObjectStore& store, const Oid& trunk, const Oid& head) {
  MERGEQ_TRY(const CommitHandle commit, store.commit(head));
  const unsigned parents = git_commit_parentcount(commit.get());
  for (unsigned i = 0; i < parents; ++i) {
    MERGEQ_TRY(const bool on_trunk,
               reaches(store, trunk, Oid{*git_commit_parent_id(commit.get(), i)}));
    if (!on_trunk) return false;
  }
  return true;
}

std::vector<Oid> heads_in(const std::string& note) {
  std::vector<Oid> heads;
  const auto document = nlohmann::json::parse(note, nullptr, false);
  if (!document.is_object()) return heads;
  const auto named = document.find("heads");
  if (named == document.end() || !named->is_array()) return heads;
  for (const auto& each : *named) {
    if (!each.is_string()) continue;
    if (const auto id = parse_oid(each.get_ref<const std::string&>())) heads.push_back(*id);
  }
  return heads;
}

}  // namespace

Result<std::vector<Oid>> commits_beyond(ObjectStore& store, const Oid& base, const Oid& head,
                                        std::size_t most) {
  MERGEQ_TRY(const RevwalkHandle walk, walk_from(store, head, base));
  git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL);
  std::vector<Oid> commits;
  Oid next;
  int code = 0;
  while ((code = git_revwalk_next(&next.raw, walk.get())) == 0) {
    if (commits.size() == most) {
      return fail(ErrorCode::too_large,
                  "the change has more than " + std::to_string(most) + " commits");
    }
    commits.push_back(next);
  }
  if (code != GIT_ITEROVER) return git_failure(code, "the history of " + head.hex());
  return commits;
}

Result<std::vector<Oid>> LandedHeads::below(const Oid& trunk, const Oid& head) {
  MERGEQ_TRY(const bool alone, is_alone(store_, trunk, head));
  if (alone) return std::vector<Oid>();
  const auto own = commits_beyond(store_, trunk, head, own_commits_max);
  if (!own && own.error().code == ErrorCode::too_large) return std::vector<Oid>();
  if (!own) return tl::unexpected(own.error());
  const std::set<Oid> below(own->begin(), own->end());

  Oid tip;
  const int code = git_reference_name_to_id(&tip.raw, store_.repository(), notes_ref);
  if (code == GIT_ENOTFOUND) return std::vector<Oid>();
  if (code != 0) return git_failure(code, notes_ref);
  MERGEQ_TRY(notes_, tree_of_commit(store_, tip));

  MERGEQ_TRY(const RevwalkHandle walk, walk_from(store_, trunk, head));
  git_revwalk_simplify_first_parent(walk.get());
  std::vector<Oid> found;
  Oid next;
  for (std::size_t i = 0; i < trunk_commits_max && git_revwalk_next(&next.raw, walk.get()) == 0;
       ++i) {
    MERGEQ_TRY(const std::vector<Oid>* landed, landed_with(next));
    for (const Oid& each : *landed) {
      if (each != head && below.contains(each)) found.push_back(each);
    }
  }
  return without_those_below_others(std::move(found));
}

Result<std::vector<Oid>> LandedHeads::without_those_below_others(std::vector<Oid> heads) {
  std::ranges::sort(heads);
  heads.erase(std::ranges::unique(heads).begin(), heads.end());
  std::vector<Oid> kept;
  for (const Oid& head : heads) {
    bool is_below = false;
    for (const Oid& other : heads) {
      if (other == head) continue;
      MERGEQ_TRY(const bool reached, reaches(store_, other, head));
      is_below = is_below || reached;
    }
    if (!is_below) kept.push_back(head);
  }
  return kept;
}

Result<const std::vector<Oid>*> LandedHeads::landed_with(const Oid& commit) {
  if (const auto it = landed_with_.find(commit); it != landed_with_.end()) return &it->second;
  std::vector<Oid> heads;
  MERGEQ_TRY(const std::optional<TreeEntry> note, note_of(commit));
  if (note && !note->is_tree()) {
    MERGEQ_TRY(const std::size_t size, store_.blob_size(note->id));
    if (size <= note_bytes_max) {
      MERGEQ_TRY(const std::string text, store_.blob(note->id));
      heads = heads_in(text);
    }
  }
  if (landed_with_.size() >= kept_max) landed_with_.clear();
  return &landed_with_.emplace(commit, std::move(heads)).first->second;
}

/// Git spreads notes over directories when there are many of them, in one of these ways.
Result<std::optional<TreeEntry>> LandedHeads::note_of(const Oid& commit) {
  const std::string hex = commit.hex();
  for (const std::string& path :
       {hex.substr(0, 2) + '/' + hex.substr(2), hex,
        hex.substr(0, 2) + '/' + hex.substr(2, 2) + '/' + hex.substr(4)}) {
    MERGEQ_TRY(std::optional<TreeEntry> entry, store_.entry(notes_, path));
    if (entry) return entry;
  }
  return std::nullopt;
}

}  // namespace mergeq::vcs
