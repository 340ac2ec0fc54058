#include "runners/command_line.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>

namespace mergeq::runners {
namespace {

BuildRequest some_request() {
  BuildRequest request;
  request.name = "main-7";
  request.tree.hex = "1111";
  request.commit.hex = "2222";
  return request;
}

CheckCommand check_with(std::vector<std::string> command, std::vector<std::string> targets = {}) {
  return {.name = "unit", .command = std::move(command), .targets = std::move(targets)};
}

}  // namespace

TEST_SUITE("command line") {
  TEST_CASE("each target becomes one whole argument, whatever bytes it has") {
    CHECK(rc::check([] {
      const auto targets = *rc::gen::arbitrary<std::vector<std::string>>();
      std::vector<std::string> expected = {"ci/unit"};
      expected.insert(expected.end(), targets.begin(), targets.end());
      expected.push_back("--end");
      RC_ASSERT(expand_command(check_with({"ci/unit", "{targets}", "--end"}, targets),
                               some_request()) == expected);
    }));
  }

  TEST_CASE("tree, commit and build are replaced inside an argument, other braces stay") {
    const auto check =
        check_with({"x{tree}y", "--at={commit}:{build}", "{other}", "{tree", "a{targets}"});
    CHECK(expand_command(check, some_request()) ==
          std::vector<std::string>{"x1111y", "--at=2222:main-7", "{other}", "{tree", "a{targets}"});
  }

  TEST_CASE("what was put in for a placeholder is not looked at again") {
    BuildRequest request = some_request();
    request.name = "{tree}";
    CHECK(expand_command(check_with({"{build}", "{targets}"}, {"{commit}"}), request) ==
          std::vector<std::string>{"{tree}", "{commit}"});
  }

  TEST_CASE("a check sees the variables that are passed, mergeq's own, and nothing else") {
    setenv("RUNNERS_TEST_PASSED", "yes", 1);
    setenv("RUNNERS_TEST_SECRET", "s3cr3t", 1);
    setenv("MERGEQ_WEBHOOK_SECRET", "s3cr3t", 1);
    const BuildPlaces places{.tree = "/w/tree", .home = "/w/home", .temporary = "/w/tmp"};
    const auto environment =
        check_environment({"RUNNERS_TEST_PASSED", "RUNNERS_TEST_UNSET", "MERGEQ_TREE"},
                          some_request(), check_with({"true"}), places);
    CHECK(environment == std::vector<std::string>{"HOME=/w/home", "MERGEQ_BUILD=main-7",
                                                  "MERGEQ_CHECK=unit", "MERGEQ_COMMIT=2222",
                                                  "MERGEQ_TREE=1111", "MERGEQ_WORKSPACE=/w/tree",
                                                  "PATH=/usr/local/bin:/usr/bin:/bin",
                                                  "RUNNERS_TEST_PASSED=yes", "TMPDIR=/w/tmp"});
    unsetenv("RUNNERS_TEST_PASSED");
    unsetenv("RUNNERS_TEST_SECRET");
    unsetenv("MERGEQ_WEBHOOK_SECRET");
  }
}

}  // namespace mergeq::runners
