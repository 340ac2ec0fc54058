#include "cli/units.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

namespace mergeq::cli {
namespace {

TEST_SUITE("units") {
  TEST_CASE("a time is a whole number and its unit") {
    CHECK(rc::check([] {
      const auto count = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
      using std::chrono::milliseconds, std::chrono::seconds, std::chrono::minutes,
          std::chrono::hours;
      RC_ASSERT(parse_duration(fmt::format("{}ms", count)) == Duration{milliseconds{count}});
      RC_ASSERT(parse_duration(fmt::format("{}s", count)) == Duration{seconds{count}});
      RC_ASSERT(parse_duration(fmt::format("{}m", count)) == Duration{minutes{count}});
      RC_ASSERT(parse_duration(fmt::format("{}h", count)) == Duration{hours{count}});
    }));
  }

  TEST_CASE("what is no time is none, above all a number without its unit") {
    for (const char* text : {"", "30", "s", "-1s", "+1s", " 1s", "1 s", "1s ", "1.5h", "1S",
                             "1h30m", "0x1s", "99999999999999999999s", "9223372036854775807h"}) {
      INFO(text);
      CHECK(!parse_duration(text));
    }
  }

  TEST_CASE("a size has a unit of powers of two") {
    CHECK(parse_size("16MiB") == 16u << 20);
    CHECK(parse_size("7B") == 7);
    for (const char* text : {"16", "16MB", "16M", "mib", "-1KiB"}) CHECK(!parse_size(text));
  }

  TEST_CASE("an address has a host and a port; IPv6 wears brackets") {
    const auto v6 = parse_address("[::1]:8080");
    REQUIRE(v6);
    CHECK(v6->host == "::1");
    CHECK(v6->port == 8080);
    CHECK(parse_address("localhost:0")->port == 0);
    for (const char* text : {"", "8080", ":8080", "host:", "::1:80", "host:65536", "host:-1",
                             "host:8o", "[]:1", "a b:1", "http://x:1", "[::1:1"}) {
      INFO(text);
      CHECK(!parse_address(text));
    }
  }

  TEST_CASE("loopback is what only this machine reaches, by number and not by a name's look") {
    for (const char* host : {"127.0.0.1", "127.255.0.9", "::1", "localhost"}) {
      INFO(host);
      CHECK(is_loopback(host));
    }
    for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example", "localhost.example",
                             "128.0.0.1", "", "127.1"}) {
      INFO(host);
      CHECK(!is_loopback(host));
    }
  }
}

}  // namespace
}  // namespace mergeq::cli
