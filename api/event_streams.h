/// The event streams: one thread serves all of them, however many are open.
///
/// A reader that is slow gets its events late, and is cut when more than 256 KiB wait for it or
/// nothing went for 20 s; it comes back with Last-Event-ID and misses nothing. One that is gone is
/// noticed within a second, or at the next heartbeat (10 s).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "api/http_server.h"
#include "service/service.h"

namespace mergeq::api {

class Metrics;

class EventStreams {
 public:
  EventStreams(service::Service& service, Metrics& metrics, unsigned limit);
  ~EventStreams();

  /// False: as many are open as may be.
  bool has_room() const { return open_ < limit_; }
  unsigned open() const { return open_; }
  StreamOpening open_stream(const StreamStart& start);
  /// Ends all streams.
  void stop();

 private:
  struct Reader;
  void run();
  void adopt(std::unique_ptr<Reader> reader);
  void take_new();
  void give(Reader& reader, const std::vector<service::StreamEvent>& events);
  void catch_up(Reader& reader);
  void attend(Reader& reader);

  service::Service& service_;
  Metrics& metrics_;
  const unsigned limit_;
  std::atomic<unsigned> open_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<std::unique_ptr<Reader>> new_;      // under the mutex
  std::vector<std::unique_ptr<Reader>> readers_;  // the thread's own
  std::uint64_t position_ = 0;  // the thread's own: of the last event that was given out
  std::thread thread_;
};

}  // namespace mergeq::api
