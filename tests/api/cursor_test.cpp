#include "api/cursor.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace mergeq::api;

TEST_SUITE("cursor") {
  TEST_CASE("a cursor gives back its number in its own list, and nothing in another") {
    CHECK(rc::check([](std::uint64_t before, const std::string& list, const std::string& other) {
      const std::string cursor = make_cursor(list, before);
      RC_ASSERT(read_cursor(list, cursor) == before);
      RC_ASSERT((list == other) == read_cursor(other, cursor).has_value());
    }));
  }
  TEST_CASE("a cursor that was altered or cut off anywhere is none") {
    CHECK(rc::check([](std::uint64_t before) {
      const std::string cursor = make_cursor("changes\nmain", before);
      const auto at = *rc::gen::inRange<std::size_t>(0, cursor.size());
      RC_ASSERT(!read_cursor("changes\nmain", cursor.substr(0, at)));
      std::string altered = cursor;
      altered[at] = *rc::gen::distinctFrom(rc::gen::inRange('0', 'z'), altered[at]);
      RC_ASSERT(!read_cursor("changes\nmain", altered));
      RC_ASSERT(!read_cursor("changes\nmain", cursor + "A"));
    }));
  }
  TEST_CASE("no bytes of a stranger are a cursor") {
    CHECK(rc::check([](const std::string& bytes) { RC_ASSERT(!read_cursor("", bytes)); }));
  }
}
