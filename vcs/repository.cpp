#include "vcs/repository.h"

#include <algorithm>
#include <filesystem>

#include "vcs/commit_merge.h"
#include "vcs/history.h"
#include "vcs/local_repository.h"
#include "vcs/names.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t first_parents_max = 1'000'000;

Result<Oid> commit_of(const git_reference* reference, std::string_view name) {
  git_object* peeled = nullptr;
  if (git_reference_peel(&peeled, reference, GIT_OBJECT_COMMIT) != 0) {
    return fail(ErrorCode::not_found, shown(name) + " does not lead to a commit");
  }
  const ObjectHandle handle(peeled);
  return Oid{*git_object_id(peeled)};
}

}  // namespace

LocalRepository::LocalRepository(RepositoryHandle repository)
    : repository_(std::move(repository)),
      store_(repository_.get()),
      hasher_(store_),
      landed_heads_(store_) {}

Result<CommitId> LocalRepository::resolve(std::string_view name) const {
  MERGEQ_DO(validate_name(name));
  if (const std::optional<Oid> oid = parse_oid(name)) {
    const CommitId id{std::string(name)};
    if (has_commit(id)) return id;
    return fail(ErrorCode::not_found, "the repository has no commit " + id.hex);
  }
  const std::string ref =
      name.starts_with("refs/") ? std::string(name) : "refs/heads/" + std::string(name);
  git_reference* found = nullptr;
  const int code = git_reference_lookup(&found, git(), ref.c_str());
  if (code == GIT_ENOTFOUND) {
    const bool is_short_id = name.size() >= 4 && name.find_first_not_of("0123456789abcdefABCDEF") ==
                                                     std::string_view::npos;
    if (is_short_id) {
      return fail(ErrorCode::invalid, shown(name) +
                                          ": expected a commit id in full, 40 lower-case "
                                          "hexadecimal digits, or the name of a branch");
    }
    return fail(ErrorCode::not_found, "the repository has no ref " + shown(ref));
  }
  if (code != 0) return git_failure(code, "ref " + shown(ref));
  const ReferenceHandle reference(found);
  MERGEQ_TRY(const Oid commit, commit_of(found, ref));
  return CommitId{commit.hex()};
}

Result<std::optional<CommitId>> LocalRepository::branch_tip(std::string_view branch) const {
  MERGEQ_TRY(const std::string ref, branch_ref(branch));
  git_reference* found = nullptr;
  const int code = git_reference_lookup(&found, git(), ref.c_str());
  if (code == GIT_ENOTFOUND) return std::nullopt;
  if (code != 0) return git_failure(code, "branch " + shown(branch));
  const ReferenceHandle reference(found);
  MERGEQ_TRY(const Oid commit, commit_of(found, branch));
  return CommitId{commit.hex()};
}

Result<TreeId> LocalRepository::tree_of(const CommitId& id) const {
  MERGEQ_TRY(const CommitHandle commit, store_.commit(id));
  return TreeId{Oid{*git_commit_tree_id(commit.get())}.hex()};
}

bool LocalRepository::has_commit(const CommitId& commit) const {
  return store_.commit(commit).has_value();
}

Result<bool> LocalRepository::is_ancestor(const CommitId& ancestor,
                                          const CommitId& descendant) const {
  const std::optional<Oid> below = parse_oid(ancestor.hex);
  const std::optional<Oid> above = parse_oid(descendant.hex);
  if (!below || !above) {
    return fail(ErrorCode::invalid, "expected two commit ids of 40 hexadecimal digits");
  }
  return reaches(store_, *above, *below);
}

Result<std::vector<CommitId>> LocalRepository::own_commits(const CommitId& trunk,
                                                           const CommitId& head,
                                                           std::size_t most) const {
  MERGEQ_TRY(const CommitHandle base, store_.commit(trunk));
  MERGEQ_TRY(const CommitHandle top, store_.commit(head));
  MERGEQ_TRY(const std::vector<Oid> commits, commits_beyond(store_, Oid{*git_commit_id(base.get())},
                                                            Oid{*git_commit_id(top.get())}, most));
  std::vector<CommitId> ids;
  for (const Oid& commit : commits) ids.push_back(CommitId{commit.hex()});
  return ids;
}

Result<std::optional<CommitId>> LocalRepository::first_parent(const CommitId& id) const {
  MERGEQ_TRY(const CommitHandle commit, store_.commit(id));
  if (git_commit_parentcount(commit.get()) == 0) return std::nullopt;
  return commit_id(*git_commit_parent_id(commit.get(), 0));
}

Result<Repository::CommitSummary> LocalRepository::summary(const CommitId& id) const {
  MERGEQ_TRY(const CommitHandle commit, store_.commit(id));
  const char* message = git_commit_message(commit.get());
  const git_signature* author = git_commit_author(commit.get());
  CommitSummary summary;
  if (message != nullptr) {
    const std::string_view text = message;
    summary.title = text.substr(0, text.find_first_of("\r\n"));
  }
  if (author != nullptr) {
    summary.author = std::string(author->name) + " <" + author->email + ">";
  }
  return summary;
}

Result<std::vector<CommitId>> LocalRepository::first_parents(const CommitId& from,
                                                             const CommitId& to) const {
  std::vector<CommitId> line;
  CommitId at = to;
  while (at != from) {
    if (line.size() == first_parents_max) {
      return fail(ErrorCode::too_large, "more than 1,000,000 commits lie behind " + to.hex);
    }
    line.push_back(at);
    MERGEQ_TRY(const CommitHandle commit, store_.commit(at));
    if (git_commit_parentcount(commit.get()) == 0) {
      return fail(ErrorCode::conflict, from.hex + " is not on the first-parent line of " + to.hex);
    }
    at = commit_id(*git_commit_parent_id(commit.get(), 0));
  }
  std::ranges::reverse(line);
  return line;
}

Result<bool> LocalRepository::heads_conflict(const CommitId& a, const CommitId& b) const {
  store_.forget_old_objects();
  MERGEQ_TRY(const CommitHandle ours, store_.commit(a));
  MERGEQ_TRY(const CommitHandle theirs, store_.commit(b));
  MERGEQ_TRY(const TreeMergeResult merged, merge_commits(store_, Oid{*git_commit_id(ours.get())},
                                                         Oid{*git_commit_id(theirs.get())}));
  return !merged.conflicts.empty();
}

Result<std::unique_ptr<Repository>> open_repository(const std::string& location) {
  MERGEQ_TRY(const std::string path, local_path(location));
  return open_local_repository(path);
}

Result<std::unique_ptr<LocalRepository>> open_local_repository(const std::string& path) {
  start_libgit2();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return fail(ErrorCode::not_found, shown(path) + ": nothing there; expected a git repository");
  }
  git_repository* opened = nullptr;
  const int code =
      git_repository_open_ext(&opened, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (code == GIT_ENOTFOUND) {
    return fail(ErrorCode::invalid, shown(path) + " is not a git repository");
  }
  if (code != 0) {
    Error error = git_failure(code, shown(path) + " cannot be opened").value();
    error.code = ErrorCode::unsupported;  // a format or extension that libgit2 1.5 does not know
    return tl::unexpected<Error>(std::move(error));
  }
  RepositoryHandle handle(opened);
  if (git_repository_is_shallow(opened) == 1) {
    return fail(ErrorCode::unsupported, shown(path) +
                                            " is a shallow clone: merging needs the whole history "
                                            "(git fetch --unshallow)");
  }
  return std::make_unique<LocalRepository>(std::move(handle));
}

}  // namespace mergeq::vcs
