#include "cli/units.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

namespace mergeq::cli {
namespace {

template <std::size_t N>
std::optional<std::uint64_t> parse_quantity(
    std::string_view text, const std::array<std::pair<std::string_view, std::uint64_t>, N>& units) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [unit, factor] : units) {
    if (suffix != unit) continue;
    // Half of the range: what comes out also fits a signed number.
    if (count > std::numeric_limits<std::uint64_t>::max() / 2 / factor) return std::nullopt;
    return count * factor;
  }
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> time_units{{
    {"ms", 1},
    {"s", 1000},
    {"m", 60'000},
    {"h", 3'600'000},
    {"d", 86'400'000},
}};
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> size_units{{
    {"B", 1},
    {"KiB", 1u << 10},
    {"MiB", 1u << 20},
    {"GiB", 1u << 30},
}};

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const auto ms = parse_quantity(text, time_units);
  if (!ms) return std::nullopt;
  return Duration{static_cast<Duration::rep>(*ms)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, size_units);
}

std::optional<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.front() == '[') {
    if (host.back() != ']' || host.size() < 4) return std::nullopt;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;  // an IPv6 address needs its brackets: else its end and the port are one
  }
  if (std::ranges::any_of(host, [](unsigned char c) { return c <= ' ' || c == '/' || c == '@'; }))
    return std::nullopt;
  Address address{.host = host};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return address;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  const std::string text(host);
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return inet_pton(AF_INET6, text.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

}  // namespace mergeq::cli
