#include "scheduler/overlap.h"

#include <doctest/doctest.h>

namespace mergeq {
namespace {

Footprint touches(std::vector<TouchedPath> paths, std::vector<std::string> targets = {}) {
  return {.paths = std::move(paths), .targets = std::move(targets)};
}

}  // namespace

TEST_SUITE("overlap") {
  TEST_CASE("a file that both touch comes with the lines of either") {
    const Footprint a = touches({{.path = "f", .base_lines = {{3, 2}}}, {.path = "x"}}, {"t", "u"});
    const Footprint b = touches({{.path = "f", .base_lines = {{9, 0}}}, {.path = "y"}}, {"s", "t"});
    const Overlap common = overlap(a, b);
    CHECK(common.paths == std::vector<SharedPath>{{"f", {{3, 2}}, {{9, 0}}}});
    CHECK(common.targets == std::vector<std::string>{"t"});
    CHECK(common.directories.empty());
  }
  TEST_CASE("a file that one renames is shared by its old name with who edits it") {
    const Footprint a = touches({{.path = "new", .renamed_from = "old", .base_lines = {{1, 1}}}});
    const Footprint b = touches({{.path = "old", .base_lines = {{5, 1}}}});
    CHECK(overlap(a, b).paths == std::vector<SharedPath>{{"old", {{1, 1}}, {{5, 1}}}});
  }
  TEST_CASE("a directory that one takes away is shared with who adds to it") {
    Footprint a = touches({{.path = "new/x", .renamed_from = "old/x"}});
    a.gone_directories = {"old"};
    const Footprint b = touches({{.path = "older"}, {.path = "old/y/z"}});
    CHECK(overlap(a, b).directories == std::vector<SharedDirectory>{{"old", Side::a, "old/y/z"}});
    CHECK(overlap(b, a).directories == std::vector<SharedDirectory>{{"old", Side::b, "old/y/z"}});
    CHECK(overlap(a, b).paths.empty());
  }
  TEST_CASE("a file meets what the other has in a directory of its name") {
    const Footprint a = touches({{.path = "d"}}), b = touches({{.path = "d/e"}, {.path = "d/f"}});
    CHECK(overlap(a, b).directories == std::vector<SharedDirectory>{{"d", Side::a, "d/e"}});
  }
  TEST_CASE("changes that have nothing in common have an empty overlap") {
    const Footprint a = touches({{.path = "a"}}, {"t"}), b = touches({{.path = "b"}}, {"u"});
    CHECK(overlap(a, b) == Overlap{});
  }
}

}  // namespace mergeq
