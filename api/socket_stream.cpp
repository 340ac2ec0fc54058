#include "api/socket_stream.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace mergeq::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds stall_limit{10};
constexpr seconds request_limit{30};
constexpr seconds answer_limit{120};
constexpr milliseconds slice{100};   // how soon a stop is seen
constexpr milliseconds patience{5};  // waits that are not worth lending the place
constexpr std::size_t skip_limit_bytes = 256 * 1024;

bool is_ready(int fd, short events, milliseconds wait) {
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(wait.count())) > 0;
}

}  // namespace

Connection::Connection(int descriptor, std::atomic<unsigned>& open) : fd(descriptor), open_(open) {
  ++open_;
}
Connection::~Connection() {
  if (fd >= 0) ::close(fd);
  --open_;
}
int Connection::release() { return std::exchange(fd, -1); }

SocketStream::SocketStream(Connection& connection, WorkerPool& pool,
                           const std::atomic<bool>& stopping, std::size_t body_limit_bytes)
    : connection_(connection),
      pool_(pool),
      stopping_(stopping),
      body_limit_bytes_(body_limit_bytes) {}

bool SocketStream::wait(Direction direction, Clock::time_point until) {
  const short events = direction == Direction::in ? POLLIN : POLLOUT;
  if (is_ready(connection_.fd, events, patience)) return true;
  const WorkerPool::Away away(pool_);
  if (!away.granted()) return false;
  while (!stopping_ && Clock::now() < until) {
    if (is_ready(connection_.fd, events, slice)) return true;
  }
  return false;
}

bool SocketStream::fill() {
  std::array<char, 16 * 1024> bytes;
  while (true) {
    const ssize_t got = ::recv(connection_.fd, bytes.data(), bytes.size(), 0);
    if (got > 0) {
      connection_.unread.append(bytes.data(), static_cast<std::size_t>(got));
      return true;
    }
    if (got == 0) return false;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
    const auto until = std::min(read_until_, Clock::now() + stall_limit);
    if (!wait(Direction::in, until)) return false;
  }
}

SocketStream::HeadRead SocketStream::read_head(std::string& bytes) {
  std::string& unread = connection_.unread;
  read_until_ = Clock::now() + stall_limit;
  std::size_t searched = 0;
  while (true) {
    // Empty lines before a request are passed over, as RFC 9112 says.
    while (searched == 0 && unread.starts_with("\r\n")) unread.erase(0, 2);
    const std::size_t end = unread.find("\r\n\r\n", searched > 3 ? searched - 3 : 0);
    if (end != std::string::npos && end + 4 <= head_limit_bytes) {
      bytes = unread.substr(0, end + 4);
      unread.erase(0, end + 4);
      return HeadRead::complete;
    }
    if (unread.size() > head_limit_bytes) return HeadRead::too_large;
    searched = unread.size();
    if (!fill()) return unread.empty() || stopping_ ? HeadRead::closed : HeadRead::timed_out;
  }
}

void SocketStream::begin(const RequestHead& head) {
  head_ = head.text;
  head_read_ = 0;
  chunked_ = head.chunked;
  body_length_ = head.request.content_length;
  body_read_ = 0;
  overflowed_ = false;
  muted_ = false;
  read_until_ = Clock::now() + request_limit;
  write_until_ = Clock::time_point{};
}

std::size_t SocketStream::body_left() const {
  // Chunks of one byte cost six; more than that is nobody's body.
  const std::uint64_t end = chunked_ ? body_limit_bytes_ * 6 + 64 * 1024 : body_length_;
  return static_cast<std::size_t>(end - std::min(end, body_read_));
}

ssize_t SocketStream::read(char* to, size_t size) {
  if (head_read_ < head_.size()) {
    const std::size_t count = std::min(size, head_.size() - head_read_);
    std::memcpy(to, head_.data() + head_read_, count);
    head_read_ += count;
    return static_cast<ssize_t>(count);
  }
  const std::size_t left = body_left();
  if (left == 0) {
    overflowed_ = chunked_;
    return chunked_ ? -1 : 0;
  }
  std::string& unread = connection_.unread;
  if (unread.empty() && !fill()) return -1;
  const std::size_t count = std::min({size, left, unread.size()});
  std::memcpy(to, unread.data(), count);
  unread.erase(0, count);
  body_read_ += count;
  return static_cast<ssize_t>(count);
}

bool SocketStream::skip_body() {
  if (chunked_)
    return body_read_ > 0 && !overflowed_;  // read to its end by the library, or not at all
  if (body_left() > skip_limit_bytes) return false;
  std::array<char, 4096> bytes;
  while (body_left() > 0) {
    if (read(bytes.data(), bytes.size()) <= 0) return false;
  }
  return true;
}

ssize_t SocketStream::write(const char* from, size_t size) {
  if (muted_) return static_cast<ssize_t>(size);
  if (write_until_ == Clock::time_point{}) write_until_ = Clock::now() + answer_limit;
  std::size_t sent = 0;
  while (sent < size) {
    const ssize_t count =
        ::send(connection_.fd, from + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
    if (!wait(Direction::out, std::min(write_until_, Clock::now() + stall_limit))) return -1;
  }
  return static_cast<ssize_t>(size);
}

void SocketStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}
void SocketStream::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace mergeq::api
