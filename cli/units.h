/// Times and sizes as people write them in the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "scheduler/time.h"

namespace mergeq::cli {

/// "500ms", "30s", "10m", "2h", "7d": a whole number and its unit, nothing between. Nothing for all
/// else, a number without unit above all.
std::optional<Duration> parse_duration(std::string_view text);

/// "512B", "64KiB", "16MiB", "1GiB", in the same manner; in bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);

struct Address {
  std::string_view host;  // without the brackets of an IPv6 address
  std::uint16_t port = 0;
};
/// "127.0.0.1:8080", "[::1]:8080", "localhost:0".
std::optional<Address> parse_address(std::string_view text);

/// Only this machine can reach it. A name other than "localhost" is not taken for it.
bool is_loopback(std::string_view host);

}  // namespace mergeq::cli
