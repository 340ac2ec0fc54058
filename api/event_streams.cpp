#include "api/event_streams.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>

#include "api/metrics.h"

namespace mergeq::api {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds turn{500};
constexpr seconds heartbeat{10};
constexpr seconds stall_limit{20};
constexpr std::size_t pending_limit_bytes = 256 * 1024;

std::string event_text(std::string_view type, std::uint64_t id, std::string_view document) {
  std::string text = "id: " + std::to_string(id) + "\nevent: ";
  text += type;
  text += "\ndata: ";
  // Documents are one line; should one not be, its lines are lines of data.
  for (const char c : document) {
    if (c == '\n') {
      text += "\ndata: ";
    } else if (c != '\r') {
      text += c;
    }
  }
  return text + "\n\n";
}

std::string reset_text(std::uint64_t newest) {
  return event_text("reset", newest, "{\"newest\":\"" + std::to_string(newest) + "\"}");
}

std::optional<std::uint64_t> event_id(const std::string& text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

}  // namespace

struct EventStreams::Reader {
  int fd = -1;
  std::vector<std::string> queues;  // empty: all
  std::uint64_t position = 0;       // of the last event that it was given
  std::string pending;              // not yet taken by the socket
  Clock::time_point last_write = Clock::now();
  bool gone = false;

  bool wants(const std::string& queue) const {
    return queues.empty() || std::find(queues.begin(), queues.end(), queue) != queues.end();
  }
  ~Reader() {
    if (fd >= 0) ::close(fd);
  }
};

EventStreams::EventStreams(service::Service& service, Metrics& metrics, unsigned limit)
    : service_(service), metrics_(metrics), limit_(limit) {
  position_ = service_.stream_after(std::nullopt, milliseconds{0}).newest;
  thread_ = std::thread([this] { run(); });
}

EventStreams::~EventStreams() { stop(); }

void EventStreams::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

StreamOpening EventStreams::open_stream(const StreamStart& start) {
  auto reader = std::make_shared<std::unique_ptr<Reader>>(std::make_unique<Reader>());
  Reader& r = **reader;
  r.queues = start.queues;
  std::string bytes = "retry: 2000\n\n";
  const auto asked = start.last_event_id ? event_id(*start.last_event_id) : std::nullopt;
  const auto chunk = service_.stream_after(asked, milliseconds{0});
  if (chunk.reset || (start.last_event_id && !asked)) {
    bytes += reset_text(chunk.newest);
    r.position = chunk.newest;
  } else if (asked) {
    r.position = *asked;
    for (const service::StreamEvent& e : chunk.events) {
      if (r.wants(e.queue)) bytes += event_text(e.type, e.id, e.document);
      r.position = e.id;
    }
  } else {
    // An id without data: where to go on from, should the stream break before the first event.
    r.position = chunk.newest;
    bytes += "id: " + std::to_string(chunk.newest) + "\n\n";
  }
  return {std::move(bytes), [this, reader](int fd) {
            (*reader)->fd = fd;
            adopt(std::move(*reader));
          }};
}

void EventStreams::adopt(std::unique_ptr<Reader> reader) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  ++open_;
  new_.push_back(std::move(reader));
}

void EventStreams::take_new() {
  const std::lock_guard lock(mutex_);
  for (auto& reader : new_) readers_.push_back(std::move(reader));
  new_.clear();
}

void EventStreams::give(Reader& reader, const std::vector<service::StreamEvent>& events) {
  for (const service::StreamEvent& e : events) {
    if (e.id <= reader.position) continue;
    reader.position = e.id;
    if (reader.wants(e.queue)) reader.pending += event_text(e.type, e.id, e.document);
  }
}

/// For one that opened between two turns and so is behind the others.
void EventStreams::catch_up(Reader& reader) {
  while (reader.position < position_ && reader.pending.size() <= pending_limit_bytes) {
    const auto chunk = service_.stream_after(reader.position, milliseconds{0});
    if (chunk.reset) {
      reader.pending += reset_text(chunk.newest);
      reader.position = chunk.newest;
    } else if (chunk.events.empty()) {
      return;
    }
    give(reader, chunk.events);
  }
}

/// Sends what waits, a heartbeat if it is time, and sees whether the peer is still there.
void EventStreams::attend(Reader& reader) {
  const auto now = Clock::now();
  pollfd entry{.fd = reader.fd, .events = POLLRDHUP, .revents = 0};
  if (::poll(&entry, 1, 0) > 0) {
    reader.gone = true;
    return;
  }
  if (reader.pending.empty() && now - reader.last_write >= heartbeat)
    reader.pending = ": still here\n\n";
  while (!reader.pending.empty()) {
    const ssize_t sent = ::send(reader.fd, reader.pending.data(), reader.pending.size(),
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      const bool full = errno == EAGAIN || errno == EWOULDBLOCK;
      if (!full || now - reader.last_write > stall_limit) reader.gone = true;
      break;
    }
    reader.pending.erase(0, static_cast<std::size_t>(sent));
    reader.last_write = now;
  }
  if (reader.pending.size() > pending_limit_bytes) reader.gone = true;
}

void EventStreams::run() {
  while (true) {
    const auto chunk = service_.stream_after(position_, turn);
    for (const service::StreamEvent& e : chunk.events) metrics_.happened(e);
    const std::uint64_t before = position_;
    if (chunk.reset) position_ = chunk.newest;
    if (!chunk.events.empty()) position_ = chunk.events.back().id;
    take_new();
    for (const auto& reader : readers_) {
      if (reader->position >= before) give(*reader, chunk.events);
      catch_up(*reader);
      attend(*reader);
    }
    open_ -= static_cast<unsigned>(
        std::erase_if(readers_, [](const auto& reader) { return reader->gone; }));
    std::unique_lock lock(mutex_);
    if (stopping_) break;
    // A service that closed its streams answers at once.
    if (chunk.events.empty() && !chunk.reset) wake_.wait_for(lock, milliseconds{20});
    if (stopping_) break;
  }
  readers_.clear();
}

}  // namespace mergeq::api
