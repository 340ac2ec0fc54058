#include "api/worker_pool.h"

#include <spdlog/spdlog.h>

#include <system_error>
#include <utility>

namespace mergeq::api {

WorkerPool::WorkerPool(Limits limits) : limits_(limits) {}

WorkerPool::~WorkerPool() { stop(); }

void WorkerPool::start_thread_if_needed() {
  for (std::thread& t : finished_) t.join();
  finished_.clear();
  if (jobs_.size() <= idle_ || threads_.size() >= limits_.workers + away_) return;
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = std::thread([this, self] { work(self); });
  } catch (const std::system_error& e) {
    spdlog::error("api: no thread for a call: {}", e.what());
    threads_.erase(self);  // the job waits for one of those that there are
  }
}

bool WorkerPool::submit(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (stopped_ || jobs_.size() >= limits_.waiting) return false;
  jobs_.push_back(std::move(job));
  start_thread_if_needed();
  wake_.notify_one();
  return true;
}

void WorkerPool::work(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    // One that stood in for a call that was away goes when that call is back.
    if (threads_.size() > limits_.workers + away_) {
      if (!jobs_.empty()) wake_.notify_one();  // the wake-up was meant for whoever takes the job
      break;
    }
    if (jobs_.empty()) {
      ++idle_;
      wake_.wait(lock);
      --idle_;
      continue;
    }
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
  if (!stopped_) finished_.splice(finished_.end(), threads_, self);
}

WorkerPool::Away::Away(WorkerPool& pool) : pool_(pool) {
  const std::lock_guard lock(pool_.mutex_);
  granted_ = pool_.away_ < pool_.limits_.away;
  if (!granted_) return;
  ++pool_.away_;
  if (!pool_.stopped_) pool_.start_thread_if_needed();
}

WorkerPool::Away::~Away() {
  if (!granted_) return;
  const std::lock_guard lock(pool_.mutex_);
  --pool_.away_;
  // An idle surplus thread has to look again.
  if (pool_.idle_ > 0) pool_.wake_.notify_one();
}

void WorkerPool::stop() {
  std::deque<std::function<void()>> dropped;
  std::list<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(jobs_);
    threads.splice(threads.end(), threads_);
    threads.splice(threads.end(), finished_);
  }
  wake_.notify_all();
  for (std::thread& t : threads) t.join();
}

}  // namespace mergeq::api
