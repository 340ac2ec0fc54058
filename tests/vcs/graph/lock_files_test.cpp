// A change of a lock file, of settings, or of what cannot be read affects those who use it
// (public report O-37), at the level of footprints, with the real readers.
#include <algorithm>
#include <map>

#include "scheduler/conflict_graph.h"
#include "tests/vcs/vcs_fixture.h"

namespace mergeq::vcs {
namespace {

struct Case {
  const char* what;
  Files trunk;
  Files lock;  // the change that nobody used to be affected by
  Files use;   // the one that it may break
  bool is_global = false;
};

const std::vector<Case> cases{
    {"npm's lock file",
     {{"package.json", R"({"private": true, "workspaces": ["packages/*"]})"},
      {"package-lock.json", "lodash 4.17.20\n"},
      {"packages/x/package.json", R"({"name": "@acme/x"})"},
      {"packages/x/index.js", "1\n"},
      {"packages/y/package.json", R"({"name": "@acme/y"})"}},
     {{"package-lock.json", "lodash 4.17.21\n"}},
     {{"packages/x/index.js", "2\n"}}},
    {"pnpm's lock file",
     {{"package.json", R"({"private": true})"},
      {"pnpm-workspace.yaml", "packages:\n  - 'packages/*'\n"},
      {"pnpm-lock.yaml", "lodash 4.17.20\n"},
      {"packages/x/package.json", R"({"name": "@acme/x"})"},
      {"packages/x/index.js", "1\n"}},
     {{"pnpm-lock.yaml", "lodash 4.17.21\n"}},
     {{"packages/x/index.js", "2\n"}}},
    {"the root's package.json",
     {{"package.json", R"({"private": true, "workspaces": ["packages/*"]})"},
      {"packages/x/package.json", R"({"name": "@acme/x"})"},
      {"packages/x/index.js", "1\n"}},
     {{"package.json", R"({"private": true, "workspaces": ["packages/*"], "type": "module"})"}},
     {{"packages/x/index.js", "2\n"}}},
    {"a shared tsconfig",
     {{"package.json", R"({"private": true, "workspaces": ["packages/*"]})"},
      {"tsconfig.base.json", "{}"},
      {"packages/x/package.json", R"({"name": "@acme/x"})"},
      {"packages/x/index.ts", "1\n"}},
     {{"tsconfig.base.json", R"({"compilerOptions": {"strict": true}})"}},
     {{"packages/x/index.ts", "2\n"}}},
    {"Cargo.lock",
     {{"Cargo.toml", "[workspace]\nmembers = [\"x\"]\n"},
      {"Cargo.lock", "1\n"},
      {"x/Cargo.toml", "[package]\nname = \"x\"\n"},
      {"x/src/lib.rs", "1\n"}},
     {{"Cargo.lock", "2\n"}},
     {{"x/src/lib.rs", "2\n"}}},
    {"go.sum",
     {{"go.mod", "module example.com/m\n"}, {"go.sum", "1\n"}, {"x/x.go", "package x\n"}},
     {{"go.sum", "2\n"}},
     {{"x/x.go", "package x // 2\n"}}},
    {"Bazel's version",
     {{"MODULE.bazel", ""},
      {".bazelversion", "7.0.0\n"},
      {"x/BUILD.bazel", "cc_library(name = \"x\", srcs = [\"x.cc\"])\n"},
      {"x/x.cc", "1\n"}},
     {{".bazelversion", "7.1.0\n"}},
     {{"x/x.cc", "2\n"}}},
    {"a tool chain",
     {{".nvmrc", "20\n"}, {"x/f", "1\n"}},
     {{".nvmrc", "22\n"}},
     {{"x/f", "2\n"}},
     true},
    {"a lock file whose build system has no target",
     {{"package-lock.json", "1\n"}, {"x/f", "1\n"}},
     {{"package-lock.json", "2\n"}},
     {{"x/f", "2\n"}},
     true},
    {"a manifest that can no longer be read",
     {{"x/Cargo.toml", "[package]\nname = \"x\"\n"}, {"y/f", "1\n"}},
     {{"x/Cargo.toml", "[package\n"}},
     {{"y/f", "2\n"}},
     true},
};

}  // namespace

TEST_SUITE("lock files") {
  TEST_CASE("a change of what others use meets them, and gives them new hashes (report O-37)") {
    for (const Case& one : cases) {
      INFO(std::string(one.what));
      TestRepository repository;
      repository.commit("main", one.trunk);
      repository.commit("a", one.lock);
      repository.commit("b", one.use);
      const auto vcs = opened(repository);
      const CommitId trunk{*repository.tip("main")};
      const Footprint a = value_of(vcs->footprint(trunk, {*repository.tip("a")}, {}));
      const Footprint b = value_of(vcs->footprint(trunk, {*repository.tip("b")}, {}));
      CHECK(a.global == one.is_global);
      CHECK(!b.global);

      ConflictGraph graph;
      graph.add({ChangeId{1}, a, {}, {}, {}, {}, {}});
      graph.add({ChangeId{2}, b, {}, {}, {}, {}, {}});
      CHECK(graph.between(ChangeId{1}, ChangeId{2}).has_value());

      // After a has landed, what b was built for has other hashes: nothing of it certifies b.
      repository.merge("a", "b");
      const auto built =
          value_of(vcs->new_targets({repository.tree("main")}, {repository.tree("b")}, {}));
      const auto needed =
          value_of(vcs->new_targets({repository.tree("main")}, {repository.tree("a")}, {}));
      for (const TargetHash& target : built) {
        CHECK(std::ranges::count(needed, target) == 0);
      }
    }
  }
  TEST_CASE("a lock file or a version alone does not alter the build graph, a dependency does") {
    const Case& cargo = cases[4];
    TestRepository repository;
    repository.commit("main", cargo.trunk);
    repository.commit("lock", cargo.lock);
    repository.commit("version",
                      {{"x/Cargo.toml", "[package]\nname = \"x\"\nversion = \"2.0.0\"\n"}});
    repository.commit("new", {{"y/Cargo.toml", "[package]\nname = \"y\"\n"}});
    repository.commit("other", {{"Gemfile", "gem 'rails'\n"}});
    const auto vcs = opened(repository);
    const auto alters = [&](const char* branch) {
      return value_of(vcs->footprint({*repository.tip("main")}, {*repository.tip(branch)}, {}))
          .alters_build_graph;
    };
    CHECK(!alters("lock"));
    CHECK(!alters("version"));
    CHECK(alters("new"));
    CHECK(alters("other"));
  }
  TEST_CASE("a report says of each target why it is affected") {
    TestRepository repository;
    repository.commit(
        "main",
        {{"Cargo.toml", "[workspace]\n"},
         {"Cargo.lock", "1\n"},
         {"a/Cargo.toml", "[package]\nname = \"a\"\n"},
         {"b/Cargo.toml", "[package]\nname = \"b\"\n[dependencies]\na = {path = \"../a\"}\n"},
         {"c/Cargo.toml", "[package]\nname = \"c\"\n[dependencies]\nb = {path = \"../b\"}\n"}});
    repository.commit("source", {{"a/src/lib.rs", "1\n"}});
    repository.commit("lock", {{"Cargo.lock", "2\n"}});
    const auto vcs = opened(repository);
    const auto reasons = [&](const char* branch) {
      std::map<std::string, std::string> found;
      const auto report =
          value_of(vcs->footprint_report({*repository.tip("main")}, {*repository.tip(branch)}, {}));
      for (const AffectedTarget& target : report.targets) {
        found[target.name] = std::string(to_name(target.reason)) + " " + target.subject;
      }
      return found;
    };
    using Reasons = std::map<std::string, std::string>;
    CHECK(reasons("source") == Reasons{{"cargo:a", "owns_path a/src/lib.rs"},
                                       {"cargo:b", "needs_target cargo:a"},
                                       {"cargo:c", "needs_target cargo:b"}});
    CHECK(reasons("lock") == Reasons{{"cargo:a", "uses_file Cargo.lock"},
                                     {"cargo:b", "uses_file Cargo.lock"},
                                     {"cargo:c", "uses_file Cargo.lock"}});
  }
}

}  // namespace mergeq::vcs
