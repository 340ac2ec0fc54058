#include "api/cursor.h"

#include <charconv>

#include "api/text.h"
#include "forges/hash.h"

namespace mergeq::api {
namespace {

constexpr std::size_t check_length = 16;  // hexadecimal digits

std::string check_of(std::string_view list, std::string_view number) {
  std::string sealed("mergeq cursor 1\n");
  sealed += number;
  sealed += '\n';
  sealed += list;
  return forges::sha256_hex(sealed).substr(0, check_length);
}

}  // namespace

std::string make_cursor(std::string_view list, std::uint64_t before) {
  const std::string number = std::to_string(before);
  return base64url(check_of(list, number) + number);
}

std::optional<std::uint64_t> read_cursor(std::string_view list, std::string_view cursor) {
  const std::string plain = base64url_decoded(cursor);
  // The second comparison refuses what only decodes to the same: stray bits at the end.
  if (plain.size() <= check_length || base64url(plain) != cursor) return std::nullopt;
  const std::string_view number = std::string_view(plain).substr(check_length);
  std::uint64_t before = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), before);
  if (error != std::errc{} || end != number.data() + number.size()) return std::nullopt;
  if (make_cursor(list, before) != cursor) return std::nullopt;
  return before;
}

}  // namespace mergeq::api
