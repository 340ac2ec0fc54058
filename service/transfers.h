/// A thread for what lasts as long as a network does: jobs one after the other, in the order of
/// their times, those of one time in the order in which they came.
///
/// Threads  post() may be called from any, jobs too.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace mergeq::service {

class Transfers {
 public:
  using Clock = std::chrono::steady_clock;
  using Job = std::function<void()>;

  Transfers() : thread_([this] { run(); }) {}
  ~Transfers() { stop(); }

  /// Without effect after stop().
  void post(Job job, Clock::duration delay = {}) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      jobs_.emplace(Clock::now() + delay, std::move(job));
    }
    changed_.notify_one();
  }
  /// Waits for the job that runs; drops the others.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      jobs_.clear();
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (jobs_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const auto first = jobs_.begin();
      if (first->first > Clock::now()) {
        changed_.wait_until(lock, Clock::time_point(first->first));
        continue;
      }
      const Job job = std::move(first->second);
      jobs_.erase(first);
      lock.unlock();
      job();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mergeq::service
