/// Threads for calls. A call that waits for its peer (a slow body, a slow reader) lends its place
/// to another thread meanwhile, so that slow peers cannot starve the others.
///
/// Invariants  Never more threads than `workers` and, beside them, one for each call that is away;
/// one that
///             stood in goes when the call that it stood in for is back and it has nothing to do.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace mergeq::api {

class WorkerPool {
 public:
  struct Limits {
    unsigned workers = 16;
    unsigned away = 128;      // calls that may wait for their peers beside them
    unsigned waiting = 4096;  // jobs that may wait for a thread
  };
  explicit WorkerPool(Limits limits);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False, and the job is dropped: too many wait, or the pool is stopped. A job must not throw.
  bool submit(std::function<void()> job);

  /// Around waiting for a peer, in a job. With `granted()` false too many wait already: give up.
  class Away {
   public:
    explicit Away(WorkerPool& pool);
    ~Away();
    Away(const Away&) = delete;
    Away& operator=(const Away&) = delete;
    bool granted() const { return granted_; }

   private:
    WorkerPool& pool_;
    bool granted_;
  };

  /// Drops what waits, lets what runs finish, joins. Jobs that are dropped are destroyed.
  void stop();

 private:
  void work(std::list<std::thread>::iterator self);
  void start_thread_if_needed();  // with the lock held

  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::list<std::thread> threads_;
  std::list<std::thread> finished_;  // to be joined
  unsigned idle_ = 0;
  unsigned away_ = 0;
  bool stopped_ = false;
};

}  // namespace mergeq::api
