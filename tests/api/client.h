/// A plain HTTP client on a socket: it sends what it is told, byte for byte, and hides nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mergeq::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  int status = 0;  // 0: none came
  Headers headers;
  std::string body;

  std::string header(std::string_view name) const;  // empty if there is none
  nlohmann::json json() const;                      // discarded if it is none
};

/// One connection to the loopback address.
class Connection {
 public:
  explicit Connection(std::uint16_t port);
  ~Connection();
  Connection(Connection&& other) noexcept;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// False: the peer closed.
  bool send(std::string_view bytes);
  /// The next answer; `head_only` for those without a body.
  Answer read_answer(bool head_only = false);
  /// What has come within the time, until `until` is in it or the peer closes.
  std::string read_until(std::string_view until, std::chrono::milliseconds limit);
  bool peer_closed_within(std::chrono::milliseconds limit);
  /// Breaks off hard: the peer gets a reset.
  void reset();
  void end_sending();  // the peer sees that no more comes

 private:
  bool receive(std::chrono::milliseconds limit);

  int fd_ = -1;
  std::string unread_;
  bool ended_ = false;
};

struct Sent {
  std::string method = "GET";
  std::string target = "/";
  Headers headers = {};
  std::string body = {};
};
/// The request as bytes, with Host, Content-Length and Connection: close where they are not given.
std::string request_text(const Sent& sent, std::uint16_t port);
/// On a connection of its own.
Answer exchange(const Sent& sent, std::uint16_t port);

/// True as soon as `holds` gives true; false if it does not within the limit.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds limit = std::chrono::seconds{20});
void wait_a_moment();  // 5 ms

template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (true) {
    if (holds()) return true;
    if (std::chrono::steady_clock::now() > end) return false;
    wait_a_moment();
  }
}

}  // namespace mergeq::test
