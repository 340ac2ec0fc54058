/// The objects of one repository: read from disk or memory, made in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "vcs/git.h"
#include "vcs/memory_objects.h"

namespace mergeq::vcs {

/// Trees that were read lately are kept. What is written stays in memory (memory_objects.h) until
/// persist().
class ObjectStore {
 public:
  explicit ObjectStore(git_repository* repository) : repository_(repository) {}

  git_repository* repository() const { return repository_; }
  Result<std::shared_ptr<const TreeEntries>> tree(const Oid& id);
  /// An absent tree has no entries.
  Result<std::shared_ptr<const TreeEntries>> tree(const std::optional<Oid>& id);
  /// The entry at a path below a tree, or nothing.
  Result<std::optional<TreeEntry>> entry(const std::optional<Oid>& tree, std::string_view path);
  Result<std::string> blob(const Oid& id);
  Result<std::size_t> blob_size(const Oid& id);
  Result<CommitHandle> commit(const CommitId& id);
  Result<CommitHandle> commit(const Oid& id);
  /// What a walk needs of a commit; kept, so that the second walk inflates nothing.
  struct CommitLinks {
    std::int64_t time = 0;  // of the committer, in seconds
    Oid tree;
    std::vector<Oid> parents;
  };
  Result<std::shared_ptr<const CommitLinks>> links(const Oid& commit);

  Result<Oid> write_blob(std::string content) { return write(GIT_OBJECT_BLOB, std::move(content)); }
  /// The entries in any order; none of them empty.
  Result<Oid> write_tree(TreeEntries entries);
  /// The commit's text, as git stores it.
  Result<Oid> write_commit(std::string text) { return write(GIT_OBJECT_COMMIT, std::move(text)); }

  /// The object and all that it reaches are on disk from here on, synced.
  Result<> persist(const Oid& id);
  /// Between two questions to the repository: objects in memory that nobody persisted for long go.
  void forget_old_objects();

 private:
  Result<> open();
  Result<OdbObjectHandle> read(const Oid& id, git_object_t type, const char* kind);
  Result<Oid> write(git_object_t type, std::string content);

  git_repository* repository_;
  OdbHandle odb_;  // with memory_ in front
  OdbHandle disk_;
  MemoryObjects* memory_ = nullptr;  // odb_ owns it
  std::unordered_map<Oid, std::shared_ptr<const TreeEntries>, OidHash>
      trees_;  // emptied when it holds trees_max
  std::unordered_map<Oid, std::shared_ptr<const CommitLinks>, OidHash>
      links_;  // emptied when it holds links_max
};

}  // namespace mergeq::vcs
