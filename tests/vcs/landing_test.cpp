#include <fstream>

#include "tests/vcs/vcs_fixture.h"

namespace mergeq::vcs {
namespace {

struct Ready {
  Ready() {
    repository.commit("a", {{"f", "a\n"}});
    vcs = opened(repository);
    request =
        landing_of(merge_of(repository, {"a"}), merged_or_fail(*vcs, merge_of(repository, {"a"})));
  }
  TestRepository repository;
  std::unique_ptr<Repository> vcs;
  LandRequest request;
};

}  // namespace

TEST_SUITE("landing") {
  TEST_CASE("landing again changes nothing and says landed, also when others pushed on top") {
    Ready ready;
    CHECK(ready.vcs->land(ready.request).result == LandResult::landed);
    CHECK(ready.vcs->land(ready.request).result == LandResult::landed);
    const std::string on_top = ready.repository.commit("main", {{"g", "1\n"}});
    CHECK(ready.vcs->land(ready.request).result == LandResult::landed);
    CHECK(ready.repository.tip("main") == on_top);
    CHECK(ready.repository.git("rev-list --count refs/notes/mergeq") == "1");
  }
  TEST_CASE("a trunk that somebody moved or deleted stays as they left it") {
    Ready ready;
    const std::string pushed = ready.repository.commit("main", {{"hotfix", "1\n"}});
    CHECK(ready.vcs->land(ready.request).result == LandResult::moved);
    CHECK(ready.repository.tip("main") == pushed);
    ready.repository.delete_branch("main");
    CHECK(ready.vcs->land(ready.request).result == LandResult::moved);
    CHECK(!ready.repository.tip("main"));
  }
  TEST_CASE("a lock that somebody holds refuses the landing and moves nothing") {
    Ready ready;
    std::ofstream(ready.repository.path() + "/refs/heads/main.lock");
    const LandOutcome outcome = ready.vcs->land(ready.request);
    CHECK(outcome.result == LandResult::refused);
    CHECK(!outcome.text.empty());
    CHECK(ready.repository.tip("main") == ready.request.expected.hex);
  }
  TEST_CASE("a branch is never moved back, nor to another tree than the certified one") {
    Ready ready;
    LandRequest wrong_tree = ready.request;
    wrong_tree.merged.tree = {std::string(40, 'a')};
    CHECK(ready.vcs->land(wrong_tree).result == LandResult::refused);
    REQUIRE(ready.vcs->land(ready.request).result == LandResult::landed);
    LandRequest back = ready.request;
    std::swap(back.expected, back.merged.commit);
    back.merged.tree = value_of(ready.vcs->tree_of(back.merged.commit));
    CHECK(ready.vcs->land(back).result != LandResult::moved);
    CHECK(ready.repository.tip("main") == ready.request.merged.commit.hex);
  }
  TEST_CASE("a note is there for each landed commit, beside those that git wrote") {
    Ready ready;
    ready.repository.git("-c user.name=t -c user.email=t@t notes --ref=mergeq add -m own main");
    const std::string before = *ready.repository.tip("main");
    REQUIRE(ready.vcs->land(ready.request).result == LandResult::landed);
    CHECK(value_of(ready.vcs->note(ready.request.merged.commit)) == ready.request.notes[0]);
    CHECK(value_of(ready.vcs->note({before})) == "own\n");
    CHECK(value_of(ready.vcs->note({*ready.repository.tip("a")})) == std::nullopt);
    CHECK(ready.repository.git("notes --ref=mergeq show main") == ready.request.notes[0]);
  }
  TEST_CASE("the work tree of a checked-out branch stays as it was") {
    TestRepository repository(TestRepository::Kind::with_work_tree);
    repository.commit("a", {{"f", "a\n"}});
    const auto vcs = opened(repository);
    const MergeRequest request = merge_of(repository, {"a"});
    const Merged merged = merged_or_fail(*vcs, request);
    REQUIRE(vcs->land(landing_of(request, merged)).result == LandResult::landed);
    CHECK(repository.tip("main") == merged.commit.hex);
    CHECK(!std::filesystem::exists(repository.path() + "/f"));
  }
}

TEST_SUITE("build refs") {
  TEST_CASE("a build's commit survives git gc, is its own, and goes with its ref") {
    Ready ready;
    const CommitId parent = ready.request.expected;
    const TreeId tree = ready.request.merged.tree;
    const auto first = value_of(ready.vcs->make_build_ref("q-b1", parent, tree, Instant{}));
    const auto second = value_of(ready.vcs->make_build_ref("q-b2", parent, tree, Instant{}));
    CHECK(first.commit != second.commit);
    CHECK(first.ref == "refs/mergeq/builds/q-b1");
    CHECK(value_of(ready.vcs->make_build_ref("q-b1", parent, tree, Instant{})).commit ==
          first.commit);
    ready.repository.git("gc -q --prune=now");
    CHECK(ready.repository.git("rev-parse refs/mergeq/builds/q-b1^{tree}") == tree.hex);
    CHECK(value_of(ready.vcs->build_refs()) == std::vector<std::string>{"q-b1", "q-b2"});
    const auto other =
        ready.vcs->make_build_ref("q-b1", parent, value_of(ready.vcs->tree_of(parent)), Instant{});
    REQUIRE(!other);
    CHECK(other.error().code == ErrorCode::conflict);
    CHECK(ready.vcs->drop_build_ref("q-b1").has_value());
    CHECK(ready.vcs->drop_build_ref("q-b1").has_value());
    CHECK(value_of(ready.vcs->build_refs()) == std::vector<std::string>{"q-b2"});
  }
}

}  // namespace mergeq::vcs
