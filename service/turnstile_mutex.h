/// A shared mutex at which whoever wants it alone is next: readers that come after it wait.
///
/// The system's own (glibc's read-write lock behind std::shared_mutex) lets readers in while others
/// read; with eight that never rest, a queue's thread was measured to wait for ever.
#pragma once

#include <mutex>
#include <shared_mutex>

namespace mergeq::service {

class TurnstileMutex {
 public:
  void lock() {
    const std::lock_guard turn(turnstile_);
    mutex_.lock();
  }
  void unlock() { mutex_.unlock(); }
  void lock_shared() {
    const std::lock_guard turn(turnstile_);
    mutex_.lock_shared();
  }
  void unlock_shared() { mutex_.unlock_shared(); }

 private:
  std::mutex turnstile_;
  std::shared_mutex mutex_;
};

}  // namespace mergeq::service
