#include "api/poller.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace mergeq::api {
namespace {

constexpr std::chrono::seconds first_request_limit{10};
constexpr std::chrono::seconds idle_limit{30};
constexpr int sweep_every_ms = 500;

bool add_to(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP;
  event.data.fd = fd;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Poller::Poller(int listening, unsigned connection_limit, Readable readable)
    : listening_(listening), connection_limit_(connection_limit), readable_(std::move(readable)) {}

Poller::~Poller() {
  stop();
  ::close(listening_);
  if (epoll_ >= 0) ::close(epoll_);
  if (wake_ >= 0) ::close(wake_);
}

bool Poller::start() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || wake_ < 0 || !add_to(epoll_, listening_) || !add_to(epoll_, wake_))
    return false;
  thread_ = std::thread([this] { run(); });
  return true;
}

void Poller::park(std::shared_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    parked_.push_back(std::move(connection));
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

void Poller::stop() {
  if (stopping_.exchange(true)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
  if (thread_.joinable()) thread_.join();
  ::shutdown(listening_, SHUT_RDWR);
  watched_.clear();
  const std::lock_guard lock(mutex_);
  parked_.clear();
}

void Poller::watch(std::shared_ptr<Connection> connection, std::chrono::seconds patience) {
  connection->parked_until = Clock::now() + patience;
  const int fd = connection->fd;
  if (add_to(epoll_, fd)) watched_.emplace(fd, std::move(connection));
}

void Poller::accept_all() {
  for (int i = 0; i < 64; ++i) {
    const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        // Level-triggered: without a pause this would spin. Silent connections make room.
        spdlog::warn("api: cannot accept: {}", std::strerror(errno));
        if (!watched_.empty()) {
          watched_.erase(watched_.begin());
        } else {
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
      }
      return;
    }
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    auto connection = std::make_shared<Connection>(fd, open_);
    if (open_ > connection_limit_) {
      static constexpr std::string_view busy =
          "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\n"
          "Connection: close\r\n\r\n";
      [[maybe_unused]] const ssize_t sent =
          ::send(fd, busy.data(), busy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      continue;
    }
    watch(std::move(connection), first_request_limit);
  }
}

void Poller::adopt_parked() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(wake_, &count, sizeof count);
  std::vector<std::shared_ptr<Connection>> parked;
  {
    const std::lock_guard lock(mutex_);
    parked.swap(parked_);
  }
  for (auto& connection : parked) watch(std::move(connection), idle_limit);
}

void Poller::close_silent() {
  const auto now = Clock::now();
  if (now < next_sweep_) return;
  next_sweep_ = now + std::chrono::milliseconds(sweep_every_ms);
  std::erase_if(watched_, [&](const auto& entry) { return entry.second->parked_until < now; });
}

void Poller::run() {
  std::array<epoll_event, 128> events{};
  while (!stopping_) {
    const int count =
        ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), sweep_every_ms);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listening_) {
        accept_all();
      } else if (fd == wake_) {
        adopt_parked();
      } else if (const auto it = watched_.find(fd); it != watched_.end()) {
        std::shared_ptr<Connection> connection = std::move(it->second);
        watched_.erase(it);
        ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
        readable_(std::move(connection));
      }
    }
    close_silent();
  }
}

}  // namespace mergeq::api
