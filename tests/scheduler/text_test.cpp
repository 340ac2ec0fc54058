#include "scheduler/text.h"

#include <doctest/doctest.h>

using mergeq::cut;

TEST_SUITE("text") {
  TEST_CASE("it is cut to its limit, but never within a character") {
    const std::string text = "a\u00e7\u20ac\U0001F600z";  // 1, 2, 3, 4 and 1 bytes
    const std::size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (std::size_t limit = 0; limit <= text.size() + 1; ++limit) {
      CAPTURE(limit);
      CHECK(cut(text, limit) == text.substr(0, ends[limit]));
    }
  }
  TEST_CASE("bytes that are no text are cut at the limit") {
    CHECK(cut(std::string(20, '\x80'), 10) == std::string(10, '\x80'));
    CHECK(cut(std::string(20, '\x80'), 2) == std::string(2, '\x80'));
  }
}
