#include "tests/vcs/vcs_fixture.h"

namespace mergeq::vcs {
namespace {

constexpr std::array all_methods{MergeMethod::merge, MergeMethod::squash, MergeMethod::rebase};

}  // namespace

TEST_SUITE("merge methods") {
  TEST_CASE("a landed change takes nothing back that landed before it, by any method") {
    for (const MergeMethod method : all_methods) {
      TestRepository repository;
      repository.commit("main", {{"f1", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"}, {"f2", "old\n"}});
      const std::string early = *repository.tip("main");
      repository.commit("main", {{"later", "1\n"}});
      repository.commit("a", {{"f1", "one\n2\n3\n4\n5\n6\n7\n8\n9\n"}});
      repository.branch("b", early);
      repository.commit("b", {{"f2", "half\n"}});
      repository.commit("b", {{"f2", "new\n"}}, " ");
      repository.commit("c", {{"f1", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n"}});
      const auto vcs = opened(repository);
      const MergeRequest request = merge_of(repository, {"a", "b", "c"}, method);
      const Merged merged = merged_or_fail(*vcs, request);
      REQUIRE(vcs->land(landing_of(request, merged)).result == LandResult::landed);
      CHECK(repository.read("main", "f1") == "one\n2\n3\n4\n5\n6\n7\n8\nnine\n");
      CHECK(repository.read("main", "f2") == "new\n");
      CHECK(repository.read("main", "later") == "1\n");
      CHECK(repository.tree("main") == merged.tree.hex);
      CHECK(merged_or_fail(*vcs, request).commit ==
            merged.commit);  // the same request, the same commits
      const std::string base = request.base.hex;
      CHECK(repository.git("diff --name-only " + base + " " + merged.members[0].commit.hex) ==
            "f1");
      CHECK(repository.git("diff --name-only " + merged.members[0].commit.hex + " " +
                           merged.members[1].commit.hex) == "f2");
    }
  }
  TEST_CASE("a stack lands by any method, also where the upper one edits the lower one's lines") {
    for (const MergeMethod method : all_methods) {
      TestRepository repository;
      repository.commit("main", {{"f", "base\n"}});
      repository.commit("lower", {{"f", "lower\n"}});
      repository.branch("upper", "lower");
      repository.commit("upper", {{"f", "upper\n"}});
      repository.commit("between", {{"g", "between\n"}});
      const auto vcs = opened(repository);
      const Merged merged =
          merged_or_fail(*vcs, merge_of(repository, {"lower", "between", "upper"}, method));
      CHECK(repository.git("cat-file blob " + merged.tree.hex + ":f") == "upper");
      CHECK(repository.git("cat-file blob " + merged.tree.hex + ":g") == "between");
    }
  }
  TEST_CASE("a member that is on the trunk already gets no commit") {
    for (const MergeMethod method : all_methods) {
      TestRepository repository;
      repository.commit("a", {{"f", "a\n"}});
      repository.branch("main", "a");
      const Merged merged =
          merged_or_fail(*opened(repository), merge_of(repository, {"a"}, method));
      CHECK(merged.commit.hex == *repository.tip("main"));
      CHECK(merged.members[0].commit == merged.commit);
    }
  }
  TEST_CASE("a rebase keeps authors and messages as bytes, and drops what is empty") {
    TestRepository repository;
    const std::string message = "caf\xe9\n\nbody\n";
    repository.commit("a", {{"\xff\xfe", "1\n"}}, message);
    repository.commit("a", {}, "nothing");
    repository.commit("a", {{"g", "2\n"}}, "second\n");
    repository.commit("main", {{"h", "3\n"}});
    const auto vcs = opened(repository);
    const Merged merged = merged_or_fail(*vcs, merge_of(repository, {"a"}, MergeMethod::rebase));
    const auto line = value_of(vcs->first_parents({*repository.tip("main")}, merged.commit));
    REQUIRE(line.size() == 2);
    CHECK(value_of(vcs->summary(line[0])).title == "caf\xe9");
    CHECK(value_of(vcs->summary(line[0])).author == "A Tester <tester@example.invalid>");
    CHECK(value_of(vcs->summary(line[1])).title == "second");
  }
  TEST_CASE("a rebase refuses a merge that does more than merging, instead of losing it") {
    TestRepository repository;
    repository.commit("main", {{"f", "base\n"}});
    repository.commit("a", {{"g", "a\n"}});
    repository.commit("main", {{"h", "main\n"}});
    const std::string ours = *repository.tip("a");
    repository.merge("a", "main");
    repository.commit("evil", {});
    repository.branch("evil", "a");
    repository.commit("evil", {{"f", "changed in the merge\n"}});
    repository.commit_of_tree("a", repository.tree("evil"), {ours, *repository.tip("main")});
    const auto vcs = opened(repository);
    const MergeOutcome outcome =
        value_of(vcs->merge(merge_of(repository, {"a"}, MergeMethod::rebase)));
    REQUIRE(outcome.conflict);
    CHECK(outcome.conflict->paths == std::vector<std::string>{"f"});
  }
  TEST_CASE("a fast-forward takes only what descends from the trunk") {
    TestRepository repository;
    repository.commit("behind", {{"f", "1\n"}});
    repository.commit("main", {{"g", "1\n"}});
    repository.commit("ahead", {{"h", "1\n"}});
    const auto vcs = opened(repository);
    CHECK(merged_or_fail(*vcs, merge_of(repository, {"ahead"}, MergeMethod::fast_forward))
              .commit.hex == *repository.tip("ahead"));
    const MergeOutcome outcome =
        value_of(vcs->merge(merge_of(repository, {"behind"}, MergeMethod::fast_forward)));
    REQUIRE(outcome.conflict);
    CHECK(outcome.conflict->text.find("does not descend") != std::string::npos);
  }
  TEST_CASE("the culprit of a conflict is the member that does not merge") {
    for (const MergeMethod method : all_methods) {
      TestRepository repository;
      repository.commit("main", {{"f", "base\n"}});
      repository.commit("a", {{"f", "a\n"}});
      repository.commit("b", {{"f", "b\n"}});
      const MergeOutcome outcome =
          value_of(opened(repository)->merge(merge_of(repository, {"a", "b"}, method)));
      REQUIRE(outcome.conflict);
      CHECK(outcome.conflict->culprit == ChangeId{2});
      CHECK(outcome.conflict->paths == std::vector<std::string>{"f"});
    }
  }
}

}  // namespace mergeq::vcs
