/// What every source of vcs/ needs of libgit2: handles that free themselves, ids, errors.
///
/// Private to this folder: no libgit2 type goes through repository.h.
#pragma once

#include <git2.h>

#include <compare>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/id.h"
#include "scheduler/result.h"
#include "scheduler/time.h"

/// `MERGEQ_TRY(auto tree, store.tree(id));` leaves the function with the error, or gives the value.
/// The language has no `?` operator; without it every second line here would be an if.
#define MERGEQ_TRY(declaration, ...) \
  MERGEQ_TRY_NAMED(MERGEQ_TRY_JOIN(result_, __LINE__), declaration, __VA_ARGS__)
#define MERGEQ_TRY_NAMED(result, declaration, ...)                      \
  auto result = (__VA_ARGS__);                                          \
  if (!result) return tl::unexpected<Error>(std::move(result.error())); \
  declaration = std::move(*result)
#define MERGEQ_TRY_JOIN(a, b) MERGEQ_TRY_JOIN_NOW(a, b)
#define MERGEQ_TRY_JOIN_NOW(a, b) a##b
/// The same for what gives no value.
#define MERGEQ_DO(...)                                                                           \
  do {                                                                                           \
    if (auto done = (__VA_ARGS__); !done) return tl::unexpected<Error>(std::move(done.error())); \
  } while (false)

namespace mergeq::vcs {

struct Identity;

template <auto free>
struct Freeing {
  template <class T>
  void operator()(T* handle) const {
    free(handle);
  }
};
using RepositoryHandle = std::unique_ptr<git_repository, Freeing<git_repository_free>>;
using OdbHandle = std::unique_ptr<git_odb, Freeing<git_odb_free>>;
using OdbObjectHandle = std::unique_ptr<git_odb_object, Freeing<git_odb_object_free>>;
using ObjectHandle = std::unique_ptr<git_object, Freeing<git_object_free>>;
using CommitHandle = std::unique_ptr<git_commit, Freeing<git_commit_free>>;
using TreeHandle = std::unique_ptr<git_tree, Freeing<git_tree_free>>;
using ReferenceHandle = std::unique_ptr<git_reference, Freeing<git_reference_free>>;
using ReferenceIteratorHandle =
    std::unique_ptr<git_reference_iterator, Freeing<git_reference_iterator_free>>;
using SignatureHandle = std::unique_ptr<git_signature, Freeing<git_signature_free>>;
using NoteHandle = std::unique_ptr<git_note, Freeing<git_note_free>>;
using RevwalkHandle = std::unique_ptr<git_revwalk, Freeing<git_revwalk_free>>;
using PatchHandle = std::unique_ptr<git_patch, Freeing<git_patch_free>>;

/// The name of an object, with the comparisons that git_oid lacks.
struct Oid {
  git_oid raw{};

  std::string hex() const { return git_oid_tostr_s(&raw); }
  friend bool operator==(const Oid& a, const Oid& b) { return git_oid_equal(&a.raw, &b.raw) != 0; }
  friend std::strong_ordering operator<=>(const Oid& a, const Oid& b) {
    return git_oid_cmp(&a.raw, &b.raw) <=> 0;
  }
};
struct OidHash {
  std::size_t operator()(const Oid& oid) const {
    std::size_t first = 0;
    std::memcpy(&first, oid.raw.id, sizeof first);
    return first;
  }
};

/// 40 lower-case hexadecimal digits or nothing.
std::optional<Oid> parse_oid(std::string_view hex);
inline CommitId commit_id(const git_oid& oid) { return CommitId{Oid{oid}.hex()}; }

/// The error of a libgit2 call that returned `code`: "<what>: <libgit2's words>", credentials
/// removed.
tl::unexpected<Error> git_failure(int code, const std::string& what);
/// "https://user:secret@host/x" -> "https://host/x", wherever it stands in the text.
std::string without_credentials(std::string text);
/// Names without what git forbids in them ("mergeq" for an empty one), the time in UTC.
Result<SignatureHandle> signature_of(const Identity& identity, Instant at);
/// libgit2, once for the process: no configuration of the user or the system, files synced to disk.
void start_libgit2();

/// One entry of a tree. Modes are git's canonical ones.
struct TreeEntry {
  std::string name;
  std::uint32_t mode = 0;
  Oid id;

  bool is_tree() const { return mode == GIT_FILEMODE_TREE; }
  friend bool operator==(const TreeEntry&, const TreeEntry&) = default;
};
using TreeEntries = std::vector<TreeEntry>;  // ascending by name as bytes, unlike in git's objects

/// The entries, in any order, as git's tree object has them.
std::string tree_content(TreeEntries entries);

/// A file as a tree has it: regular, executable, symbolic link or submodule.
struct File {
  std::uint32_t mode = 0;
  Oid id;

  bool is_regular() const {
    return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
  }
  bool is_same_kind(const File& other) const { return mode >> 12U == other.mode >> 12U; }
  friend bool operator==(const File&, const File&) = default;
};

/// The first 8,000 bytes hold a NUL: git's own rule.
bool is_binary(std::string_view content);

std::string join_path(std::string_view directory, std::string_view name);
/// "" for a path at the root.
std::string_view directory_of(std::string_view path);
std::string_view file_name_of(std::string_view path);

}  // namespace mergeq::vcs
