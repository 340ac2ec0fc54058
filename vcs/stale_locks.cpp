/// Lock files that a killed instance left behind.
#include <algorithm>
#include <filesystem>
#include <system_error>

#include "vcs/local_repository.h"
#include "vcs/names.h"

namespace mergeq::vcs {
namespace {

namespace fs = std::filesystem;

bool is_lock(const fs::path& path) { return path.extension() == ".lock"; }

/// Everything below mergeq's own refs: nobody else writes there.
void remove_own_locks(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (is_lock(it->path())) found.push_back(it->path());
  }
  for (const fs::path& lock : found) fs::remove(lock, error);
}

/// Whether the lock is gone, by itself or because nobody has touched it for so long.
Result<bool> remove_if_old(const fs::path& lock, std::chrono::seconds age) {
  std::error_code error;
  const fs::file_time_type touched = fs::last_write_time(lock, error);
  if (error) return true;  // there is none
  if (fs::file_time_type::clock::now() - touched < age) return false;
  if (!fs::remove(lock, error) && error) {
    return fail(ErrorCode::io, "stale lock " + lock.string() + ": " + error.message());
  }
  return true;
}

}  // namespace

Result<bool> LocalRepository::clear_stale_locks(std::string_view branch, std::chrono::seconds age) {
  MERGEQ_TRY(const std::string ref, branch_ref(branch));
  const fs::path common(git_repository_commondir(git()));
  remove_own_locks(common / "refs" / "mergeq");
  std::error_code error;
  fs::remove(common / "refs" / "notes" / "mergeq.lock", error);
  MERGEQ_TRY(const bool branch_is_free, remove_if_old(common / (ref + ".lock"), age));
  MERGEQ_TRY(const bool packed_are_free, remove_if_old(common / "packed-refs.lock", age));
  return branch_is_free && packed_are_free;
}

}  // namespace mergeq::vcs
