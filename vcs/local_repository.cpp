/// A repository on this machine, bare or not, behind the face of the folder.
#include <algorithm>
#include <filesystem>

#include "vcs/commit_merge.h"
#include "vcs/footprint.h"
#include "vcs/landing.h"
#include "vcs/methods.h"
#include "vcs/repository.h"
#include "vcs/targets.h"

namespace mergeq::vcs {
namespace {

constexpr std::string_view builds_prefix = "refs/mergeq/builds/";

class LocalRepository : public Repository {
 public:
  explicit LocalRepository(RepositoryHandle handle)
      : handle_(std::move(handle)), store_(handle_.get()), targets_(store_) {}

  Result<CommitId> resolve(std::string_view name) const override {
    MERGEQ_DO(validate_name(name));
    Oid id;
    if (const auto oid = parse_oid(name)) {
      id = *oid;
    } else {
      const std::string ref = (name.starts_with("refs/") ? "" : "refs/heads/") + std::string(name);
      const int code = git_reference_name_to_id(&id.raw, handle_.get(), ref.c_str());
      if (code == GIT_ENOTFOUND) return fail(ErrorCode::not_found, "the repository has no " + ref);
      if (code != 0) return git_failure(code, ref);
    }
    git_object* found = nullptr;
    int code = git_object_lookup(&found, handle_.get(), &id.raw, GIT_OBJECT_ANY);
    const ObjectHandle object(found);
    if (code == GIT_ENOTFOUND) {
      return fail(ErrorCode::not_found, "the repository has no commit " + id.hex());
    }
    if (code != 0) return git_failure(code, id.hex());
    git_object* peeled = nullptr;
    code = git_object_peel(&peeled, found, GIT_OBJECT_COMMIT);
    const ObjectHandle commit(peeled);
    if (code != 0) return fail(ErrorCode::not_found, std::string(name) + " names no commit");
    return commit_id(*git_object_id(peeled));
  }

  Result<std::optional<CommitId>> branch_tip(std::string_view branch) const override {
    return read_branch(handle_.get(), branch);
  }

  Result<TreeId> tree_of(const CommitId& commit) const override {
    MERGEQ_TRY(const Oid id, oid_of(commit));
    MERGEQ_TRY(const Oid tree, tree_of_commit(store_, id));
    return TreeId{tree.hex()};
  }

  bool has_commit(const CommitId& commit) const override {
    return store_.commit(commit).has_value();
  }

  Result<bool> is_ancestor(const CommitId& ancestor, const CommitId& descendant) const override {
    if (ancestor == descendant) return true;
    MERGEQ_TRY(const Oid lower, oid_of(ancestor));
    MERGEQ_TRY(const Oid upper, oid_of(descendant));
    const int code = git_graph_descendant_of(handle_.get(), &upper.raw, &lower.raw);
    if (code < 0) return git_failure(code, "history of " + descendant.hex);
    return code == 1;
  }

  Result<CommitSummary> summary(const CommitId& id) const override {
    MERGEQ_TRY(const CommitHandle commit, store_.commit(id));
    const std::string message = git_commit_message(commit.get());
    return CommitSummary{message.substr(0, message.find('\n')),
                         git_commit_author(commit.get())->name};
  }

  Result<Footprint> footprint(const CommitId& trunk, const CommitId& head,
                              const TargetRules& rules) const override {
    MERGEQ_TRY(const Oid ours, oid_of(trunk));
    MERGEQ_TRY(const Oid theirs, oid_of(head));
    MERGEQ_TRY(const std::optional<Oid> base, base_tree(store_, ours, theirs));
    MERGEQ_TRY(const Oid tree, tree_of_commit(store_, theirs));
    return footprint_between(store_, targets_, base, tree, rules);
  }

  Result<Footprint> difference(const CommitId& from, const CommitId& to,
                               const TargetRules& rules) const override {
    MERGEQ_TRY(const Oid old_commit, oid_of(from));
    MERGEQ_TRY(const Oid new_commit, oid_of(to));
    MERGEQ_TRY(const Oid before, tree_of_commit(store_, old_commit));
    MERGEQ_TRY(const Oid after, tree_of_commit(store_, new_commit));
    return footprint_between(store_, targets_, before, after, rules);
  }

  Result<std::vector<TargetHash>> new_targets(const TreeId& from, const TreeId& to,
                                              const TargetRules& rules) const override {
    return targets_.changed(parse_oid(from.hex), parse_oid(to.hex), rules);
  }

  Result<std::vector<TargetHash>> targets(const TreeId& tree,
                                          const TargetRules& rules) const override {
    MERGEQ_TRY(const auto all, targets_.targets(parse_oid(tree.hex), rules));
    return *all;
  }

  Result<MergeOutcome> merge(const MergeRequest& request) override {
    return merge_members(store_, request);
  }

  Result<bool> heads_conflict(const CommitId& a, const CommitId& b) const override {
    MERGEQ_TRY(const Oid ours, oid_of(a));
    MERGEQ_TRY(const Oid theirs, oid_of(b));
    MERGEQ_TRY(const TreeMergeResult merged, merge_commits(store_, ours, theirs));
    return !merged.conflicts.empty() || !merged.tree;
  }

  Result<BuildCommit> make_build_ref(std::string_view build_name, const CommitId& parent,
                                     const TreeId& tree, Instant at) override {
    MERGEQ_TRY(const Oid below, oid_of(parent));
    const auto content = parse_oid(tree.hex);
    if (!content) return fail(ErrorCode::invalid, "expected a tree, got \"" + tree.hex + "\"");
    MERGEQ_TRY(const SignatureHandle who, signature_of({"mergeq", "mergeq@localhost"}, at));
    MERGEQ_TRY(const Oid commit,
               write_commit(store_, {.tree = *content,
                                     .parents = {below},
                                     .author = who.get(),
                                     .committer = who.get(),
                                     .message = "mergeq build " + std::string(build_name) + "\n"}));
    const std::string name = std::string(builds_prefix) + std::string(build_name);
    git_reference* made = nullptr;
    const int code = git_reference_create(&made, handle_.get(), name.c_str(), &commit.raw, 1,
                                          "mergeq: request a build");
    const ReferenceHandle reference(made);
    if (code != 0) return git_failure(code, name + " could not be written");
    return BuildCommit{CommitId{commit.hex()}, name};
  }

  Result<> drop_build_ref(std::string_view build_name) override {
    const std::string name = std::string(builds_prefix) + std::string(build_name);
    const int code = git_reference_remove(handle_.get(), name.c_str());
    if (code != 0 && code != GIT_ENOTFOUND)
      return git_failure(code, name + " could not be removed");
    return {};
  }

  Result<std::vector<std::string>> build_refs() const override {
    git_reference_iterator* made = nullptr;
    const std::string glob = std::string(builds_prefix) + "*";
    int code = git_reference_iterator_glob_new(&made, handle_.get(), glob.c_str());
    if (code != 0) return git_failure(code, glob);
    const ReferenceIteratorHandle iterator(made);
    std::vector<std::string> names;
    const char* name = nullptr;
    while ((code = git_reference_next_name(&name, made)) == 0) {
      names.push_back(std::string(name).substr(builds_prefix.size()));
    }
    if (code != GIT_ITEROVER) return git_failure(code, glob);
    std::ranges::sort(names);
    return names;
  }

  LandOutcome land(const LandRequest& request) override { return vcs::land(store_, request); }

  Result<std::optional<std::string>> note(const CommitId& commit) const override {
    return read_note(store_, commit);
  }

  Result<std::vector<CommitId>> first_parents(const CommitId& from,
                                              const CommitId& to) const override {
    std::vector<CommitId> line;
    MERGEQ_TRY(Oid at, oid_of(to));
    while (at.hex() != from.hex) {
      line.push_back(CommitId{at.hex()});
      MERGEQ_TRY(const CommitHandle commit, store_.commit(at));
      if (git_commit_parentcount(commit.get()) == 0) {
        return fail(ErrorCode::not_found,
                    from.hex + " is not on the first-parent line of " + to.hex);
      }
      at = Oid{*git_commit_parent_id(commit.get(), 0)};
    }
    std::ranges::reverse(line);
    return line;
  }

 private:
  static Result<Oid> oid_of(const CommitId& commit) {
    if (const auto id = parse_oid(commit.hex)) return *id;
    return fail(ErrorCode::invalid, "expected a commit id, got \"" + commit.hex + "\"");
  }

  RepositoryHandle handle_;
  mutable ObjectStore store_;
  mutable TargetIndex targets_;
};

}  // namespace

Result<std::unique_ptr<Repository>> open_repository(const std::string& location) {
  start_libgit2();
  std::string path = location;
  if (path.starts_with("file://")) path = path.substr(7);
  if (path.find("://") != std::string::npos) {
    return fail(ErrorCode::unsupported, "repository: expected a path on this machine, got " +
                                            without_credentials(location));
  }
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return fail(ErrorCode::not_found, "repository: there is nothing at " + path);
  }
  git_repository* made = nullptr;
  const int code =
      git_repository_open_ext(&made, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (code == GIT_ENOTFOUND) {
    return fail(ErrorCode::invalid, "repository: " + path + " is not a git repository");
  }
  if (code != 0) return git_failure(code, "repository " + path);
  return std::make_unique<LocalRepository>(RepositoryHandle(made));
}

}  // namespace mergeq::vcs
