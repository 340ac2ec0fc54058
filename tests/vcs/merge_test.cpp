#include "tests/vcs/vcs_fixture.h"

namespace mergeq::vcs {
namespace {

const std::string lines = "1\n2\n3\n4\n5\n6\n7\n8\n";

/// Whether `git merge-tree` merges the two branches without a conflict.
bool git_merges(const TestRepository& repository, const std::string& a, const std::string& b) {
  return repository.try_git("merge-tree --write-tree " + a + " " + b).code == 0;
}

/// The merge of a and b has git's verdict, also from the other side, and git's tree.
void check_against_git(const TestRepository& repository, Repository& vcs) {
  const bool is_clean = git_merges(repository, "a", "b");
  CHECK(value_of(vcs.heads_conflict({*repository.tip("a")}, {*repository.tip("b")})) == !is_clean);
  CHECK(value_of(vcs.heads_conflict({*repository.tip("b")}, {*repository.tip("a")})) == !is_clean);
  MergeRequest request = merge_of(repository, {"b"});
  request.base = {*repository.tip("a")};
  const MergeOutcome outcome = value_of(vcs.merge(request));
  CHECK(outcome.merged.has_value() == is_clean);
  if (outcome.merged) {
    CHECK(outcome.merged->tree.hex == repository.git("merge-tree --write-tree a b"));
  } else {
    CHECK(!outcome.conflict->paths.empty());
  }
}

}  // namespace

TEST_SUITE("merge") {
  TEST_CASE("two changes of different lines of a file merge, and land") {
    TestRepository repository;
    repository.commit("main", {{"f", lines}});
    repository.commit("a", {{"f", "one\n2\n3\n4\n5\n6\n7\n8\n"}});
    repository.commit("b", {{"f", "1\n2\n3\n4\n5\n6\n7\neight\n"}});
    const auto vcs = opened(repository);
    const MergeRequest request = merge_of(repository, {"a", "b"});
    const Merged merged = merged_or_fail(*vcs, request);
    CHECK(vcs->land(landing_of(request, merged)).result == LandResult::landed);
    CHECK(repository.tip("main") == merged.commit.hex);
    CHECK(repository.read("main", "f") == "one\n2\n3\n4\n5\n6\n7\neight\n");
    CHECK(repository.git("notes --ref=mergeq show main") == "{\"certificate\":\"exact\"}");
    CHECK(repository.git("fsck --strict 2>&1 | grep -v dangling || true").empty());
  }
  TEST_CASE("empty files are no rename, so that text never goes from one into another") {
    TestRepository repository;
    repository.commit("main", {{"foo", "text\n"}, {"bar", ""}});
    repository.commit("a", {{"bar", removed}, {"boo", ""}});
    repository.commit("b", {{"foo", "text, edited\n"}, {"bar", "new text\n"}});
    check_against_git(repository, *opened(repository));
    CHECK(!git_merges(repository, "a", "b"));
  }
  TEST_CASE("attributes decide nothing, with a work tree or without one") {
    for (const auto kind : {TestRepository::Kind::bare, TestRepository::Kind::with_work_tree}) {
      TestRepository repository(kind);
      repository.commit("main", {{".gitattributes", "CHANGES merge=union\n*.txt -merge\n"},
                                 {"CHANGES", "first\n"},
                                 {"f.txt", lines}});
      if (kind == TestRepository::Kind::with_work_tree) {
        repository.git("--work-tree=" + repository.path() + " reset -q --hard main");
      }
      repository.commit("a", {{"CHANGES", "a\nfirst\n"}});
      repository.commit("b", {{"CHANGES", "b\nfirst\n"}});
      repository.commit("c", {{"f.txt", "one" + lines.substr(1)}});
      repository.commit("d", {{"f.txt", lines + "9\n"}});
      const auto vcs = opened(repository);
      CHECK(value_of(vcs->heads_conflict({*repository.tip("a")}, {*repository.tip("b")})));
      CHECK(!value_of(vcs->heads_conflict({*repository.tip("c")}, {*repository.tip("d")})));
    }
  }
  TEST_CASE("a directory that becomes a link and one that moves, as git merges them") {
    TestRepository repository;
    repository.commit("main", {{"old/a", "a\n"}, {"old/b", "b\n"}, {"other/o", "o\n"}});
    repository.commit("a", {{"old/a", removed}, {"old/b", removed}, {"old", symlink_to("other")}});
    repository.commit("b",
                      {{"old/a", removed}, {"old/b", removed}, {"new/a", "a\n"}, {"new/b", "b\n"}});
    check_against_git(repository, *opened(repository));
  }
  TEST_CASE("kinds and modes of files merge as git merges them") {
    const std::string one(40, '1'), two(40, '2'), three(40, '3');
    struct Case {
      Files base, a, b;
    };
    const std::vector<Case> cases{
        {{{"v/lib", submodule_at(one)}},
         {{"v/lib", submodule_at(two)}},
         {{"v/lib", submodule_at(three)}}},
        {{}, {{"v/lib", submodule_at(one)}}, {{"v/lib/file", "text\n"}}},
        {{}, {{"x", "file\n"}}, {{"x/below", "file\n"}}},
        {{}, {{"x", "file\n"}}, {{"x", symlink_to("file")}}},
        {{{"run", lines}}, {{"run", executable(lines)}}, {{"run", lines + "9\n"}}},
        {{{"d/f", lines}}, {{"d/f", removed}}, {{"d/f", lines + "9\n"}}},
        {{{"d/f", lines}}, {{"d/f", removed}, {"e/f", lines}}, {{"d/f", lines + "9\n"}}},
        {{{"d/f", lines}}, {{"d/f", removed}, {"e/f", lines}}, {{"d/new", "new\n"}}},
        {{{"d/f", lines}}, {{"d/f", removed}, {"e/f", lines}}, {{"d/f", symlink_to("e")}}},
        {{{"d/f", lines}}, {{"d/f", removed}, {"e", lines}}, {{"d/f", removed}, {"g", lines}}},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
      INFO("case ", i);
      TestRepository repository;
      if (!cases[i].base.empty()) repository.commit("main", cases[i].base);
      repository.commit("a", cases[i].a);
      repository.commit("b", cases[i].b);
      check_against_git(repository, *opened(repository));
    }
  }
  TEST_CASE("a criss-cross merge takes all merge bases into account") {
    TestRepository repository;
    repository.commit("main", {{"f", lines}, {"g", lines}});
    repository.commit("a", {{"f", "a" + lines}});
    repository.commit("b", {{"g", "b" + lines}});
    const std::string before = *repository.tip("a");
    repository.merge("a", "b");
    repository.commit_of_tree("b", repository.tree("a"), {*repository.tip("b"), before});
    repository.commit("a", {{"f", "a" + lines + "a\n"}});
    repository.commit("b", {{"g", "b" + lines + "b\n"}});
    REQUIRE(repository.git("merge-base --all a b").size() == 81);
    check_against_git(repository, *opened(repository));
  }
}

}  // namespace mergeq::vcs
