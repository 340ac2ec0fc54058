/// Objects that merging makes, kept in memory until a build or a landing needs them on disk.
///
/// Most merges are questions (do these two heads conflict, does this still merge with the trunk),
/// and what they make is never looked at again: a file in the object database for each, synced,
/// would cost more than the merge and leave garbage behind. As a backend of libgit2's object
/// database the objects are seen by every call of the library, of this repository handle alone.
#pragma once

#include <git2/sys/odb_backend.h>

#include <string>
#include <string_view>
#include <unordered_map>

#include "vcs/git.h"

namespace mergeq::vcs {

class MemoryObjects final : public git_odb_backend {
 public:
  struct Object {
    git_object_t type = GIT_OBJECT_INVALID;
    std::string content;
  };

  /// A new one in front of the backends that `odb` has; it lives as long as `odb`.
  static Result<MemoryObjects*> add_to(git_odb* odb);

  /// Gives the object's id. No disk is asked whether it has the object already.
  Result<Oid> add(git_object_t type, std::string content);
  /// Nothing if it is not here (any more); valid until the next add() or forget_old().
  const Object* find(const git_oid& id) const;
  /// Writes `root` and what it reaches to `disk`, children first, as far as it is only here.
  Result<> persist(const Oid& root, git_odb* disk);
  /// To be called between two questions: when much has gathered, drops what was made before the
  /// time when it last dropped something. What was just made is always kept.
  void forget_old();

 private:
  using Objects = std::unordered_map<Oid, Object, OidHash>;

  MemoryObjects();
  static const Object* find(const git_odb_backend* backend, const git_oid& id);
  static int read(void** data, std::size_t* size, git_object_t* type, git_odb_backend* backend,
                  const git_oid* id);
  static int read_header(std::size_t* size, git_object_t* type, git_odb_backend* backend,
                         const git_oid* id);
  static int exists(git_odb_backend* backend, const git_oid* id);
  static int write(git_odb_backend* backend, const git_oid* id, const void* data, std::size_t size,
                   git_object_t type);

  Objects young_;
  Objects old_;
  std::size_t young_bytes_ = 0;
};

}  // namespace mergeq::vcs
