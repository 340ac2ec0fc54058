// refs/mergeq/builds/<name>: a commit for each build, which keeps its tree alive while it runs.
#include <algorithm>

#include "vcs/commit_merge.h"
#include "vcs/local_repository.h"
#include "vcs/names.h"

namespace mergeq::vcs {

Result<Repository::BuildCommit> LocalRepository::make_build_ref(std::string_view build_name,
                                                                const CommitId& parent,
                                                                const TreeId& tree, Instant at) {
  MERGEQ_TRY(const std::string ref, build_ref(build_name));
  MERGEQ_TRY(const CommitHandle parent_commit, store_.commit(parent));
  const std::optional<Oid> tree_id = parse_oid(tree.hex);
  if (!tree_id) return fail(ErrorCode::invalid, "expected a tree id of 40 hexadecimal digits");
  MERGEQ_DO(store_.tree(*tree_id));
  MERGEQ_TRY(const SignatureHandle builder, signature_of({"mergeq", "mergeq@localhost"}, at));
  MERGEQ_TRY(const Oid commit,
             write_commit(store_, {.tree = *tree_id,
                                   .parents = {Oid{*git_commit_id(parent_commit.get())}},
                                   .author = builder.get(),
                                   .committer = builder.get(),
                                   .message = "mergeq build " + std::string(build_name) + "\n"}));
  MERGEQ_DO(store_.persist(commit));
  git_reference* made = nullptr;
  const int code =
      git_reference_create(&made, git(), ref.c_str(), &commit.raw, 0, "mergeq: build requested");
  const ReferenceHandle handle(made);
  if (code == GIT_EEXISTS) {
    Oid there;
    const int read = git_reference_name_to_id(&there.raw, git(), ref.c_str());
    if (read != 0) return git_failure(read, "ref " + shown(ref));
    if (there != commit) {
      return fail(ErrorCode::conflict, "ref " + shown(ref) + " is another build's: it is at " +
                                           there.hex() + ", expected " + commit.hex());
    }
  } else if (code != 0) {
    return git_failure(code, "ref " + shown(ref) + " could not be made");
  }
  return BuildCommit{CommitId{commit.hex()}, ref};
}

Result<> LocalRepository::drop_build_ref(std::string_view build_name) {
  MERGEQ_TRY(const std::string ref, build_ref(build_name));
  const int code = git_reference_remove(git(), ref.c_str());
  if (code != 0 && code != GIT_ENOTFOUND) {
    return git_failure(code, "ref " + shown(ref) + " could not be removed");
  }
  return {};
}

Result<std::vector<std::string>> LocalRepository::build_refs() const {
  git_reference_iterator* made = nullptr;
  static constexpr std::string_view prefix = "refs/mergeq/builds/";
  if (const int code = git_reference_iterator_glob_new(&made, git(), "refs/mergeq/builds/*");
      code != 0) {
    return git_failure(code, "the refs of the builds cannot be listed");
  }
  const ReferenceIteratorHandle iterator(made);
  std::vector<std::string> names;
  const char* name = nullptr;
  int code = 0;
  while ((code = git_reference_next_name(&name, made)) == 0) {
    names.emplace_back(std::string_view(name).substr(prefix.size()));
  }
  if (code != GIT_ITEROVER) return git_failure(code, "the refs of the builds cannot be listed");
  std::ranges::sort(names);
  return names;
}

}  // namespace mergeq::vcs
