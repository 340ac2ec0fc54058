#include "storage/owner_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <sstream>
#include <system_error>
#include <thread>
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

struct Holder {
  std::string text = "another process";
  bool is_gone = false;  // it ran on this host and has ended
};

Holder holder_in(int descriptor) {
  std::array<char, 400> text{};
  const ssize_t length = pread(descriptor, text.data(), text.size() - 1, 0);
  std::istringstream line(
      std::string(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0));
  pid_t process = 0;
  std::string host, since;
  if (!(line >> process >> host >> since)) return {};
  return {"process " + std::to_string(process) + " on host " + host + " since " + since,
          host == host_name() && kill(process, 0) != 0 && errno == ESRCH};
}

/// A process that was killed while it started a child leaves the lock to that child for the moment
/// until it runs its own program: who is gone is waited for, who lives is not.
int lock_when_free(int descriptor) {
  constexpr auto patience = std::chrono::seconds{5};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return errno;
    const bool is_late = std::chrono::steady_clock::now() > deadline;
    if (is_late || !holder_in(descriptor).is_gone) return EWOULDBLOCK;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return 0;
}

}  // namespace

Result<OwnerLock> OwnerLock::take(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return fail(ErrorCode::io, path + ": the lock file cannot be opened for writing: " +
                                   std::generic_category().message(errno));
  }
  OwnerLock lock(descriptor);
  const int refusal = lock_when_free(descriptor);
  if (refusal == EWOULDBLOCK) {
    return fail(ErrorCode::conflict, path + ": the database is owned by " +
                                         holder_in(descriptor).text +
                                         "; stop it first, or use a database of your own");
  }
  if (refusal != 0) {
    return fail(ErrorCode::io, path + ": the file system gives no lock: " +
                                   std::generic_category().message(refusal));
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
