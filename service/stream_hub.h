/// The newest stream events in memory, and those who wait for the next.
///
/// Threads  Safe for all; publish() comes from the queues' threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "service/service.h"

namespace mergeq::service {

class StreamHub {
 public:
  static constexpr std::size_t kept_in_memory = 4096;
  static constexpr std::size_t chunk_limit = 256;

  explicit StreamHub(storage::Store& store);

  /// Events that are durable by now. Two queues may publish in another order than their batches
  /// were written in: what comes early waits for those before it, so that nobody who follows misses
  /// one. Ids have no holes.
  void publish(std::vector<StreamEvent> events);
  Service::StreamChunk after(std::optional<std::uint64_t> id, std::chrono::milliseconds wait) const;
  /// Everyone who waits returns, now and from here on.
  void close();

 private:
  Service::StreamChunk from_memory(std::uint64_t id) const;
  Service::StreamChunk from_store(std::uint64_t id, std::uint64_t newest) const;

  storage::Store& store_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<StreamEvent> events_;
  std::map<std::uint64_t, StreamEvent> early_;
  std::uint64_t newest_ = 0;  // all up to here are published
  bool closed_ = false;
};

}  // namespace mergeq::service
