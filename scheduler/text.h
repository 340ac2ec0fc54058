/// Text from outside.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mergeq {

/// The first `limit` bytes at most, cut between two characters of UTF-8. Text that is none is cut
/// at the limit.
inline std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  const auto begins_character = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
  };
  for (std::size_t end = limit; end + 4 > limit; --end) {  // a character has at most four bytes
    if (begins_character(end)) return std::string(text.substr(0, end));
    if (end == 0) break;
  }
  return std::string(text.substr(0, limit));
}

}  // namespace mergeq
