#include "storage/owner_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

namespace mergeq::storage {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown-host";
  return name.data();
}

std::string holder_line() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> since{};
  std::strftime(since.data(), since.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return std::to_string(getpid()) + " " + host_name() + " " + since.data() + "\n";
}

std::string holder_in(int descriptor) {
  std::array<char, 400> text{};
  const ssize_t length = pread(descriptor, text.data(), text.size() - 1, 0);
  std::string line(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  line = line.substr(0, line.find('\n'));
  const auto first = line.find(' ');
  const auto second = line.find(' ', first == std::string::npos ? first : first + 1);
  if (second == std::string::npos) return "another process";
  return "process " + line.substr(0, first) + " on host " +
         line.substr(first + 1, second - first - 1) + " since " + line.substr(second + 1);
}

}  // namespace

Result<OwnerLock> OwnerLock::take(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return fail(ErrorCode::io, path + ": the lock file cannot be opened for writing: " +
                                   std::generic_category().message(errno));
  }
  OwnerLock lock(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail(ErrorCode::conflict, path + ": the database is owned by " +
                                           holder_in(descriptor) +
                                           "; stop it first, or use a database of your own");
    }
    return fail(ErrorCode::io, path + ": the file system gives no lock: " +
                                   std::generic_category().message(errno));
  }
  const std::string line = holder_line();
  if (ftruncate(descriptor, 0) != 0 ||
      pwrite(descriptor, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size())) {
    return fail(ErrorCode::io, path + ": the owner cannot be written into the lock file: " +
                                   std::generic_category().message(errno));
  }
  return lock;
}

OwnerLock::OwnerLock(OwnerLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

OwnerLock& OwnerLock::operator=(OwnerLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

OwnerLock::~OwnerLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace mergeq::storage
