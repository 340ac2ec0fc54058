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
