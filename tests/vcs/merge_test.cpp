#include "tests/vcs/vcs_fixture.h"

namespace mergeq::vcs {

TEST_SUITE("merge") {
  TEST_CASE("two changes of different lines of a file merge, and land") {
    TestRepository repository;
    repository.commit("main", {{"f", "1\n2\n3\n4\n5\n6\n7\n8\n"}});
    repository.commit("a", {{"f", "one\n2\n3\n4\n5\n6\n7\n8\n"}});
    repository.commit("b", {{"f", "1\n2\n3\n4\n5\n6\n7\neight\n"}});
    const auto vcs = opened(repository);
    const MergeRequest request = merge_of(repository, {"a", "b"});
    const Merged merged = merged_or_fail(*vcs, request);
    CHECK(vcs->land(landing_of(request, merged)).result == LandResult::landed);
    CHECK(repository.tip("main") == merged.commit.hex);
    CHECK(repository.read("main", "f") == "one\n2\n3\n4\n5\n6\n7\neight\n");
    CHECK(repository.git("notes --ref=mergeq show main") == "{\"certificate\":\"exact\"}");
    CHECK(repository.git("fsck --strict 2>&1 | grep -v dangling || true") == "");
  }
}

}  // namespace mergeq::vcs
