/// One connection, and reading and writing on it with limits.
#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "api/request_head.h"
#include "api/worker_pool.h"

namespace mergeq::api {

using Clock = std::chrono::steady_clock;

/// An open socket, not blocking. Belongs to one thread at a time: the poller's or a worker.
struct Connection {
  Connection(int descriptor, std::atomic<unsigned>& open);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  /// Gives the socket away.
  int release();

  int fd;
  std::string unread;   // came in with what was read before
  unsigned served = 0;  // requests
  Clock::time_point parked_until{};

 private:
  std::atomic<unsigned>& open_;
};

/// What the HTTP library reads a request from and writes its answer to.
///
/// Waiting for the peer lends the thread's place to another call; a peer that takes too long (10 s
/// without a byte, 30 s for a request, 120 s for an answer) and a server that stops end it.
class SocketStream final : public httplib::Stream {
 public:
  SocketStream(Connection& connection, WorkerPool& pool, const std::atomic<bool>& stopping,
               std::size_t body_limit_bytes);

  /// Reads up to the empty line. Nothing: the peer closed or took too long (`timed_out`), or the
  /// head is over its limit (`too_large`).
  enum class HeadRead { complete, closed, timed_out, too_large };
  HeadRead read_head(std::string& bytes);
  /// From here on read() gives the head's text, then the body.
  void begin(const RequestHead& head);
  /// Reads away what is left of the body; false if that is too much, or the peer too slow.
  bool skip_body();

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  /// The library refuses what its select() could not wait for; ours polls.
  socket_t socket() const override { return 0; }

  /// What the library writes from now on is dropped: the answer is written by somebody else.
  void mute() { muted_ = true; }
  void unmute() { muted_ = false; }
  bool body_overflowed() const { return overflowed_; }

 private:
  enum class Direction { in, out };
  bool wait(Direction direction, Clock::time_point until);
  bool fill();
  std::size_t body_left() const;

  Connection& connection_;
  WorkerPool& pool_;
  const std::atomic<bool>& stopping_;
  const std::size_t body_limit_bytes_;
  std::string head_;
  std::size_t head_read_ = 0;
  bool chunked_ = false;
  std::uint64_t body_length_ = 0;
  std::uint64_t body_read_ = 0;
  bool overflowed_ = false;
  bool muted_ = false;
  Clock::time_point read_until_{};
  Clock::time_point write_until_{};
};

}  // namespace mergeq::api
