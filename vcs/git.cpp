#include "vcs/git.h"

#include <algorithm>
#include <mutex>

#include "vcs/repository.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t cached_blob_bytes_max = 256U << 10U;  // of libgit2's cache of 256 MB
constexpr std::size_t binary_prefix_bytes = 8'000;

ErrorCode error_code_of(int code) {
  switch (code) {
    case GIT_ENOTFOUND:
      return ErrorCode::not_found;
    case GIT_EEXISTS:
    case GIT_EMODIFIED:
    case GIT_ECONFLICT:
      return ErrorCode::conflict;
    case GIT_EINVALIDSPEC:
    case GIT_EAMBIGUOUS:
      return ErrorCode::invalid;
    case GIT_ELOCKED:
      return ErrorCode::unavailable;
    case GIT_EMISMATCH:
      return ErrorCode::corrupt;
    default:
      return ErrorCode::io;
  }
}

}  // namespace

std::optional<Oid> parse_oid(std::string_view hex) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  Oid oid;
  if (hex.size() != GIT_OID_HEXSZ || !std::all_of(hex.begin(), hex.end(), is_digit) ||
      git_oid_fromstrn(&oid.raw, hex.data(), hex.size()) != 0) {
    return std::nullopt;
  }
  return oid;
}

std::string without_credentials(std::string text) {
  for (std::size_t scheme = text.find("://"); scheme != std::string::npos;
       scheme = text.find("://", scheme + 3)) {
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(text.find_first_of("/ \t\n'\"", begin), text.size());
    const std::size_t at = text.rfind('@', end);
    if (at != std::string::npos && at >= begin && at < end) text.erase(begin, at + 1 - begin);
  }
  return text;
}

tl::unexpected<Error> git_failure(int code, const std::string& what) {
  const git_error* error = git_error_last();
  std::string words = error != nullptr && error->message != nullptr ? error->message : "no reason";
  return fail(error_code_of(code), without_credentials(what + ": " + words));
}

Result<SignatureHandle> signature_of(const Identity& identity, Instant at) {
  const auto cleaned = [](std::string text, const char* otherwise) {
    std::erase_if(text, [](char c) { return c == '<' || c == '>' || c == '\n' || c == '\0'; });
    return text.find_first_not_of(" .,:;\"\\'") == std::string::npos ? otherwise : text;
  };
  const auto at_s = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  git_signature* made = nullptr;
  const int code = git_signature_new(&made, cleaned(identity.name, "mergeq").c_str(),
                                     cleaned(identity.email, "mergeq@localhost").c_str(), at_s, 0);
  if (code != 0) return git_failure(code, "the committer's name or address");
  return SignatureHandle(made);
}

void start_libgit2() {
  static std::once_flag once;
  std::call_once(once, [] {
    git_libgit2_init();
    for (const int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                            GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
      git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    }
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    // As git does, trust an object's own checksums (zlib's, the pack's) instead of hashing it anew
    // each time that it is read: that took half of a merge's time.
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_BLOB, cached_blob_bytes_max);
    // The operator named the repository in the configuration, and neither hooks nor programs of its
    // configuration are ever run: whose files they are does not matter.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    const char* extensions[] = {"worktreeconfig"};
    git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, std::size_t{1});
  });
}

bool is_binary(std::string_view content) {
  return content.substr(0, binary_prefix_bytes).find('\0') != std::string_view::npos;
}

<<<<<<< HEAD
Result<git_odb*> ObjectStore::odb() {
  if (!odb_) {
    git_odb* odb = nullptr;
    if (const int code = git_repository_odb(&odb, repository_); code != 0) {
      return git_failure(code, "the object database cannot be opened");
    }
    odb_.reset(odb);
  }
  return odb_.get();
}

Result<std::shared_ptr<const TreeEntries>> ObjectStore::tree(const Oid& id) {
  if (const auto known = trees_.find(id); known != trees_.end()) return known->second;
  git_tree* found = nullptr;
  if (const int code = git_tree_lookup(&found, repository_, &id.raw); code != 0) {
    return git_failure(code, "tree " + id.hex());
  }
  const TreeHandle handle(found);
  auto entries = std::make_shared<TreeEntries>();
  const std::size_t count = git_tree_entrycount(found);
  entries->reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(found, i);
    entries->push_back({.name = git_tree_entry_name(entry),
                        .mode = static_cast<std::uint32_t>(git_tree_entry_filemode(entry)),
                        .id = Oid{*git_tree_entry_id(entry)}});
  }
  std::ranges::sort(*entries, {}, &TreeEntry::name);
  if (trees_.size() >= trees_max) trees_.clear();
  trees_[id] = entries;
  return entries;
}

Result<std::shared_ptr<const TreeEntries>> ObjectStore::tree(const std::optional<Oid>& id) {
  if (id) return tree(*id);
  return std::make_shared<const TreeEntries>();
}

Result<std::optional<TreeEntry>> ObjectStore::entry(const std::optional<Oid>& root,
                                                    std::string_view path) {
  std::optional<Oid> directory = root;
  while (true) {
    MERGEQ_TRY(const auto entries, tree(directory));
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    const auto found = std::ranges::lower_bound(
        *entries, name, {}, [](const TreeEntry& entry) { return std::string_view(entry.name); });
    if (found == entries->end() || found->name != name) return std::nullopt;
    if (slash == std::string_view::npos) return *found;
    if (!found->is_tree()) return std::nullopt;
    directory = found->id;
    path.remove_prefix(slash + 1);
  }
}

Result<std::string> ObjectStore::blob(const Oid& id) {
  MERGEQ_TRY(git_odb * objects, odb());
  git_odb_object* found = nullptr;
  if (const int code = git_odb_read(&found, objects, &id.raw); code != 0) {
    return git_failure(code, "blob " + id.hex());
  }
  const OdbObjectHandle handle(found);
  return std::string(static_cast<const char*>(git_odb_object_data(found)),
                     git_odb_object_size(found));
}

Result<std::size_t> ObjectStore::blob_size(const Oid& id) {
  MERGEQ_TRY(git_odb * objects, odb());
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  if (const int code = git_odb_read_header(&size, &type, objects, &id.raw); code != 0) {
    return git_failure(code, "blob " + id.hex());
  }
  return size;
}

Result<Oid> ObjectStore::write_blob(std::string_view content) {
  MERGEQ_TRY(git_odb * objects, odb());
  Oid id;
  if (const int code =
          git_odb_write(&id.raw, objects, content.data(), content.size(), GIT_OBJECT_BLOB);
      code != 0) {
    return git_failure(code, "a file could not be written to the object database");
  }
  return id;
}

std::string tree_content(TreeEntries entries) {
  // Git sorts a directory as if its name ended in a slash.
  std::ranges::sort(entries, {}, [](const TreeEntry& entry) {
    return entry.is_tree() ? entry.name + '/' : entry.name;
  });
  std::string content;
  for (const TreeEntry& entry : entries) {
    char mode[16];
    std::snprintf(mode, sizeof mode, "%o ", entry.mode);
    content.append(mode).append(entry.name).push_back('\0');
    content.append(reinterpret_cast<const char*>(entry.id.raw.id), GIT_OID_RAWSZ);
  }
  return content;
}

Result<Oid> ObjectStore::write_tree(TreeEntries entries) {
  const std::string content = tree_content(std::move(entries));
  MERGEQ_TRY(git_odb * objects, odb());
  Oid id;
  if (const int code =
          git_odb_write(&id.raw, objects, content.data(), content.size(), GIT_OBJECT_TREE);
      code != 0) {
    return git_failure(code, "a tree could not be written to the object database");
  }
  return id;
}

Result<CommitHandle> ObjectStore::commit(const Oid& id) {
  git_commit* found = nullptr;
  if (const int code = git_commit_lookup(&found, repository_, &id.raw); code != 0) {
    return git_failure(code, "commit " + id.hex());
  }
  return CommitHandle(found);
}

Result<CommitHandle> ObjectStore::commit(const CommitId& id) {
  const std::optional<Oid> oid = parse_oid(id.hex);
  if (!oid) return fail(ErrorCode::invalid, "expected a commit id of 40 hexadecimal digits");
  return commit(*oid);
}

=======
>>>>>>> baeafa1 (vcs: merged objects stay in memory until a build or a landing needs them; our own merge of lines)
std::string join_path(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty()) path += '/';
  return path.append(name);
}

std::string_view directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view file_name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace mergeq::vcs
