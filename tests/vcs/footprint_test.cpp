#include <algorithm>

#include "tests/vcs/vcs_fixture.h"
#include "vcs/glob.h"
#include "vcs/targets.h"

namespace mergeq::vcs {
namespace {

const TargetRules rules{.rules = {{"lib", {"lib/**"}, {}},
                                  {"app", {"app/**/*.kt"}, {"lib", "dir:tools"}},
                                  {"ring1", {"ring/1"}, {"ring2"}},
                                  {"ring2", {"ring/2"}, {"ring1"}}},
                        .global_paths = {".ci/**"}};

struct Targets {
  Targets() {
    repository.commit("main", {{"lib/a/x", "1\n"},
                               {"app/m/a.kt", "1\n"},
                               {"app/m/a.txt", "1\n"},
                               {"tools/t", "1\n"},
                               {"ring/1", "1\n"},
                               {"ring/2", "2\n"},
                               {"docs/deep/d.md", "1\n"},
                               {".ci/run", "1\n"}});
    vcs = opened(repository);
  }
  /// The targets that a change gives a new hash, and whether the footprint names the same ones.
  std::vector<std::string> changed_by(const Files& files) {
    const std::string branch = "change" + std::to_string(++changes);
    repository.commit(branch, files);
    const TreeId from{repository.tree("main")};
    const TreeId to{repository.tree(branch)};
    const auto fresh = value_of(vcs->new_targets(from, to, rules));
    const auto before = value_of(vcs->targets(from, rules));
    const auto after = value_of(opened(repository)->targets(to, rules));
    std::vector<TargetHash> expected;
    std::ranges::set_difference(after, before, std::back_inserter(expected));
    std::vector<std::string> names;
    for (const TargetHash& target : fresh) {
      if (target.hash != tombstone) {
        CHECK(std::ranges::find(expected, target) != expected.end());
      }
      names.push_back(target.target);
    }
    CHECK(names.size() >= expected.size());
    const Footprint footprint =
        value_of(vcs->footprint({*repository.tip("main")}, {*repository.tip(branch)}, rules));
    if (!footprint.global) CHECK(footprint.targets == names);
    return names;
  }
  using Names = std::vector<std::string>;
  TestRepository repository;
  std::unique_ptr<Repository> vcs;
  int changes = 0;
};

}  // namespace

TEST_SUITE("targets") {
  TEST_CASE(
      "a change gives new hashes to the targets that it touches and to those that need them") {
    Targets t;
    CHECK(t.changed_by({{"lib/a/x", "2\n"}}) == Targets::Names{"app", "lib"});
    CHECK(t.changed_by({{"tools/t", "2\n"}}) == Targets::Names{"app", "dir:tools"});
    CHECK(t.changed_by({{"app/m/a.txt", "2\n"}}) == Targets::Names{"dir:app/m"});
    CHECK(t.changed_by({{"README.md", "2\n"}}) == Targets::Names{"dir:."});
    CHECK(t.changed_by({{"ring/1", "2\n"}}) == Targets::Names{"ring1", "ring2"});
    CHECK(t.changed_by({{"lib/a/x", executable("1\n")}}) == Targets::Names{"app", "lib"});
    CHECK(t.changed_by({{"new/dir/f", "1\n"}}) == Targets::Names{"dir:new/dir"});
  }
  TEST_CASE("a change that only deletes still has something to be judged") {
    Targets t;
    CHECK(t.changed_by({{"docs/deep/d.md", removed}}) == Targets::Names{"dir:docs/deep"});
    CHECK(t.changed_by({{"lib/a/x", removed}}) == Targets::Names{"app", "lib"});
  }
  TEST_CASE("a global path gives every target a new hash") {
    Targets t;
    const auto all = value_of(t.vcs->targets({t.repository.tree("main")}, rules));
    CHECK(t.changed_by({{".ci/run", "2\n"}}).size() == all.size());
  }
  TEST_CASE("globs match whole names, at any depth where they say so") {
    CHECK(Glob("**/x").matches("x"));
    CHECK(Glob("**/x").matches("a/b/x"));
    CHECK(Glob("a/**/x").matches("a/x"));
    CHECK(Glob("a/**").matches("a/b/c"));
    CHECK(!Glob("a/**").matches("a"));
    CHECK(!Glob("a/*").matches("a/b/c"));
    CHECK(Glob("a/").matches("a/b/c"));
    CHECK(Glob("*.k?").matches("a.kt"));
    CHECK(!Glob("*.kt").matches("d/a.kt"));
    CHECK(!Glob("a/b").matches("a"));
    CHECK(Glob(std::string(5'000, '*') + "b").matches(std::string(1'000, 'a') + "b"));
  }
}

TEST_SUITE("footprint") {
  TEST_CASE("it has paths, lines on both sides, languages and renames") {
    TestRepository repository;
    std::string text;
    for (int i = 1; i <= 30; ++i) text += "line " + std::to_string(i) + "\n";
    repository.commit("main",
                      {{"a.py", text}, {"b.txt", "1\n2\n3\n"}, {"gone", "x\n"}, {"empty", ""}});
    repository.commit("c", {{"a.py", removed},
                            {"m/a.py", text + "more\n"},
                            {"b.txt", "1\nnew\n3\n"},
                            {"gone", removed},
                            {"empty", removed},
                            {"other-empty", ""},
                            {"package.json", "{\"name\": \"x\"}\n"}});
    repository.commit("main", {{"elsewhere", "1\n"}});
    const Footprint f = value_of(
        opened(repository)->footprint({*repository.tip("main")}, {*repository.tip("c")}, {}));
    REQUIRE(f.paths.size() == 6);
    CHECK(f.paths[0].path == "b.txt");
    CHECK(f.paths[0].base_lines == std::vector<LineRange>{{2, 1}});
    CHECK(f.paths[0].head_lines == std::vector<LineRange>{{2, 1}});
    CHECK(f.paths[1].path == "empty");
    CHECK(f.paths[2].path == "gone");
    CHECK(f.paths[3].path == "m/a.py");
    CHECK(f.paths[3].renamed_from == "a.py");
    CHECK(f.paths[3].base_lines == std::vector<LineRange>{{30, 0}});
    CHECK(f.paths[3].head_lines == std::vector<LineRange>{{31, 1}});
    CHECK(f.paths[4].path == "other-empty");
    CHECK(f.paths[4].renamed_from.empty());
    CHECK(f.alters_build_graph);
    CHECK(!f.global);
    CHECK(f.languages == std::vector<std::string>{"Python"});
    CHECK(f.lines_added == 3);
    CHECK(f.lines_deleted == 2);
  }
}

}  // namespace mergeq::vcs
