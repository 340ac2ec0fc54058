#include "runners/build_log.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "fixture.h"

namespace mergeq::runners {

TEST_SUITE("build log") {
  TEST_CASE("whatever comes in whatever pieces, the log holds the first bytes up to its limit") {
    const TemporaryFolder folder;
    const std::string path = folder / "log";
    CHECK(rc::check([&] {
      const auto pieces = *rc::gen::arbitrary<std::vector<std::string>>();
      const auto limit = *rc::gen::inRange<std::uint64_t>(0, 200);
      std::string all;
      {
        auto log = BuildLog::open(path, limit);
        RC_ASSERT(log.has_value());
        for (const std::string& piece : pieces) {
          log->write(piece);
          all += piece;
        }
        RC_ASSERT(log->trouble().empty());
      }
      const std::string written = contents(path);
      RC_ASSERT(written.substr(0, std::min<std::size_t>(limit, all.size())) ==
                all.substr(0, limit));
      RC_ASSERT((written == all) == (all.size() <= limit));
      RC_ASSERT(written.size() <= limit + 200);
    }));
  }

  TEST_CASE("a note stands on a line by itself, also after the cut") {
    const TemporaryFolder folder;
    {
      auto log = BuildLog::open(folder / "log", 4);
      log->note("check a: sh");
      log->write("abcdefgh");
      log->write("never seen");
      log->note("check a: passed");
    }
    CHECK(contents(folder / "log") ==
          "== check a: sh\nabcd\n== the log is cut here: over its limit of 4 bytes\n== check a: "
          "passed\n");
  }

  TEST_CASE("a full disk loses log but is named") {
    auto log = BuildLog::open("/dev/full", 1000);
    REQUIRE(log.has_value());
    log->write("text");
    CHECK(log->trouble() == "the log lost output: No space left on device");
  }

  TEST_CASE("a link in place of the log is not followed") {
    const TemporaryFolder folder;
    std::filesystem::create_symlink(folder / "victim", folder / "log");
    CHECK(BuildLog::open(folder / "log", 1000).error().code == ErrorCode::io);
    CHECK_FALSE(std::filesystem::exists(folder / "victim"));
  }
}

}  // namespace mergeq::runners
