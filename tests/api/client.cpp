#include "tests/api/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace mergeq::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds patience{20};

bool is_same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string find(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (is_same(key, name)) return value;
  }
  return {};
}

}  // namespace

std::string Answer::header(std::string_view name) const { return find(headers, name); }
nlohmann::json Answer::json() const { return nlohmann::json::parse(body, nullptr, false); }

Connection::Connection(std::uint16_t port) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ended_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
}
Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}
Connection::Connection(Connection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), unread_(std::move(other.unread_)), ended_(other.ended_) {}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Connection::receive(milliseconds limit) {
  pollfd entry{.fd = fd_, .events = POLLIN, .revents = 0};
  if (ended_ || ::poll(&entry, 1, static_cast<int>(limit.count())) <= 0) return false;
  std::array<char, 65536> bytes;
  const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
  ended_ = got <= 0;
  if (!ended_) unread_.append(bytes.data(), static_cast<std::size_t>(got));
  return !ended_;
}

std::string Connection::read_until(std::string_view until, milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (unread_.find(until) == std::string::npos) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !receive(left)) break;
  }
  return unread_;
}

bool Connection::peer_closed_within(milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!ended_ && std::chrono::steady_clock::now() < end) receive(milliseconds{50});
  return ended_;
}

Answer Connection::read_answer(bool head_only) {
  Answer answer;
  read_until("\r\n\r\n", patience);
  const std::size_t end = unread_.find("\r\n\r\n");
  if (end == std::string::npos || !unread_.starts_with("HTTP/1.1 ")) return answer;
  const std::string head = unread_.substr(0, end + 2);
  unread_.erase(0, end + 4);
  for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
    const std::size_t line_end = head.find("\r\n", at);
    const std::size_t colon = head.find(": ", at);
    if (colon < line_end) {
      answer.headers.emplace_back(head.substr(at, colon - at),
                                  head.substr(colon + 2, line_end - colon - 2));
    }
    at = line_end + 2;
  }
  const std::string length = answer.header("Content-Length");
  const std::size_t size =
      length.empty() ? std::string::npos : std::strtoull(length.c_str(), nullptr, 10);
  if (!head_only && answer.header("Content-Type") != "text/event-stream") {
    while (unread_.size() < size && receive(patience)) {
    }
    // Cut short: no answer.
    if (size != std::string::npos && unread_.size() < size) return answer;
    answer.body = unread_.substr(0, size);
    unread_.erase(0, answer.body.size());
  }
  answer.status = std::atoi(head.c_str() + 9);
  return answer;
}

void Connection::reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(std::exchange(fd_, -1));
  ended_ = true;
}

void Connection::end_sending() { ::shutdown(fd_, SHUT_WR); }

std::string request_text(const Sent& sent, std::uint16_t port) {
  std::string text = sent.method + " " + sent.target + " HTTP/1.1\r\n";
  Headers headers = sent.headers;
  const auto add = [&](const char* name, std::string value) {
    if (find(headers, name).empty()) headers.emplace_back(name, std::move(value));
  };
  add("Host", "127.0.0.1:" + std::to_string(port));
  if (!sent.body.empty() && find(headers, "Transfer-Encoding").empty()) {
    add("Content-Length", std::to_string(sent.body.size()));
  }
  add("Connection", "close");
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  return text + "\r\n" + sent.body;
}

Answer exchange(const Sent& sent, std::uint16_t port) {
  Connection connection(port);
  connection.send(request_text(sent, port));
  return connection.read_answer(sent.method == "HEAD");
}

void wait_a_moment() { ::poll(nullptr, 0, 5); }

}  // namespace mergeq::test
