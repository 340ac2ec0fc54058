#include "service/stream_hub.h"

#include <algorithm>

namespace mergeq::service {

StreamHub::StreamHub(storage::Store& store) : store_(store) {
  if (const auto bounds = store.stream_bounds()) newest_ = bounds->newest;
}

void StreamHub::publish(std::vector<StreamEvent> events) {
  if (events.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (StreamEvent& e : events) {
      const std::uint64_t id = e.id;
      early_.emplace(id, std::move(e));
    }
    while (!early_.empty() && early_.begin()->first <= newest_ + 1) {
      newest_ = std::max(newest_, early_.begin()->first);
      events_.push_back(std::move(early_.begin()->second));
      early_.erase(early_.begin());
    }
    while (events_.size() > kept_in_memory) events_.pop_front();
  }
  changed_.notify_all();
}

void StreamHub::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

Service::StreamChunk StreamHub::after(std::optional<std::uint64_t> id,
                                      std::chrono::milliseconds wait) const {
  std::unique_lock lock(mutex_);
  if (!id) return {.newest = newest_};
  if (*id > newest_) return {.reset = true, .newest = newest_};
  if (*id == newest_) {
    changed_.wait_for(lock, wait, [&] { return closed_ || newest_ > *id; });
    if (newest_ == *id) return {.newest = newest_};
  }
  if (!events_.empty() && events_.front().id <= *id + 1) return from_memory(*id);
  const std::uint64_t newest = newest_;
  lock.unlock();
  return from_store(*id, newest);
}

Service::StreamChunk StreamHub::from_memory(std::uint64_t id) const {
  Service::StreamChunk chunk{.newest = newest_};
  auto it = std::ranges::upper_bound(events_, id, {}, &StreamEvent::id);
  for (; it != events_.end() && chunk.events.size() < chunk_limit; ++it)
    chunk.events.push_back(*it);
  return chunk;
}

Service::StreamChunk StreamHub::from_store(std::uint64_t id, std::uint64_t newest) const {
  Service::StreamChunk chunk;
  const auto bounds = store_.stream_bounds();
  auto rows = store_.stream_after(id, chunk_limit);
  if (!bounds || !rows || id + 1 < bounds->oldest) {
    chunk.reset = true;
    chunk.newest = newest;
    return chunk;
  }
  chunk.newest = newest;
  for (storage::StreamRow& row : *rows) {
    if (row.id > newest) break;  // written, and not yet published
    chunk.events.push_back(
        {row.id, std::move(row.queue), std::move(row.type), std::move(row.document)});
  }
  return chunk;
}

}  // namespace mergeq::service
