/// Accepts connections and watches the idle ones, on one thread: whoever has something to read is
/// handed on, whoever stays silent too long is closed.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "api/socket_stream.h"

namespace mergeq::api {

class Poller {
 public:
  using Readable = std::function<void(std::shared_ptr<Connection>)>;
  /// Takes the listening socket. `readable` is called on the poller's thread and must not block.
  Poller(int listening, unsigned connection_limit, Readable readable);
  ~Poller();

  bool start();
  /// Any thread: watch this one again.
  void park(std::shared_ptr<Connection> connection);
  /// Stops accepting and closes what is idle.
  void stop();
  unsigned open_connections() const { return open_; }

 private:
  void run();
  void accept_all();
  void watch(std::shared_ptr<Connection> connection, std::chrono::seconds patience);
  void adopt_parked();
  void close_silent();

  const int listening_;
  const unsigned connection_limit_;
  const Readable readable_;
  int epoll_ = -1;
  int wake_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<unsigned> open_{0};
  std::mutex mutex_;
  std::vector<std::shared_ptr<Connection>> parked_;               // by workers, not yet watched
  std::unordered_map<int, std::shared_ptr<Connection>> watched_;  // the thread's own
  Clock::time_point next_sweep_{};
  std::thread thread_;
};

}  // namespace mergeq::api
