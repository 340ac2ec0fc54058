#include "tests/vcs/graph/graph_fixture.h"

namespace mergeq::vcs {
namespace {

/// Three crates, of which `app` needs `lib`, and a file that is nobody's.
const FlatTree crates{
    {"lib/cargo.pkg", "own\nname lib\n"},
    {"lib/src/f", "1"},
    {"app/cargo.pkg", "own\nname app\nneed lib\nneed serde\n"},
    {"app/f", "1"},
    {"tool_x/cargo.pkg", "own\nname x\n"},
    {"tool_x/f", "1"},
    {"docs/d", "1"},
};

}  // namespace

TEST_SUITE("target graph") {
  TEST_CASE("a target owns what is below its place, and what is nobody's is its directory's") {
    GraphWorld world;
    CHECK(world.names(world.tree(crates)) ==
          Names{"cargo:app", "cargo:lib", "cargo:x", "dir:docs"});
    CHECK(world.changed(crates, with(crates, {{"tool_x/a/b", "1"}})) == Names{"cargo:x"});
    CHECK(world.changed(crates, with(crates, {{"docs/d", "2"}})) == Names{"dir:docs"});
    CHECK(world.changed(crates, with(crates, {{"f", "1"}})) == Names{"dir:."});
  }
  TEST_CASE("who needs a target is affected with it") {
    GraphWorld world;
    CHECK(world.changed(crates, with(crates, {{"lib/src/f", "2"}})) ==
          Names{"cargo:app", "cargo:lib"});
    CHECK(world.changed(crates, with(crates, {{"app/f", "2"}})) == Names{"cargo:app"});
  }
  TEST_CASE("a name that two targets have means both, and both show their places") {
    GraphWorld world;
    const FlatTree two = with(crates, {{"fork/cargo.pkg", "own\nname lib\n"}});
    CHECK(world.names(world.tree(two)) ==
          Names{"cargo:app", "cargo:lib@fork", "cargo:lib@lib", "cargo:x", "dir:docs"});
    CHECK(world.changed(two, with(two, {{"fork/f", "1"}})) == Names{"cargo:app", "cargo:lib@fork"});
  }
  TEST_CASE("whoever needs a name that nobody has needs those whose names were not seen") {
    GraphWorld world;
    const FlatTree unseen = with(crates, {{"gen/cargo.pkg", "own\nname gen\nalias *\n"}});
    CHECK(world.changed(unseen, with(unseen, {{"gen/f", "1"}})) == Names{"cargo:app", "cargo:gen"});
  }
  TEST_CASE("needs by directory: at it, around it, below it, and the files where nobody is") {
    GraphWorld world;
    const FlatTree files =
        with(crates, {{"by/bazel.pkg", "own\nat ../at/x\nat //docs\nat ../all/**\n"},
                      {"at/bazel.pkg", "own\n"},
                      {"all/1/bazel.pkg", "own\n"},
                      {"all/2/3/bazel.pkg", "own\n"}});
    CHECK(world.changed(files, with(files, {{"at/x/f", "1"}})) == Names{"//at", "//by"});
    CHECK(world.changed(files, with(files, {{"docs/new", "1"}})) == Names{"//by", "dir:docs"});
    CHECK(world.changed(files, with(files, {{"all/2/3/f", "1"}})) == Names{"//all/2/3", "//by"});
    CHECK(world.changed(files, with(files, {{"all/4", "1"}})) == Names{"//by", "dir:all"});
    CHECK(world.changed(files, with(files, {{"lib/f", "2"}})) == Names{"cargo:app", "cargo:lib"});
  }
  TEST_CASE("labels begin at the nearest root, or at the one that they name") {
    GraphWorld world;
    const FlatTree files{{"ws/bazel.pkg", "root\nrootname other ../ext\n"},
                         {"ws/a/bazel.pkg", "own\nat //b\nat @other//c\nat @unknown//b\n"},
                         {"ws/b/bazel.pkg", "own\n"},
                         {"b/bazel.pkg", "own\n"},
                         {"ext/c/bazel.pkg", "own\n"}};
    CHECK(world.changed(files, with(files, {{"ws/b/f", "1"}})) == Names{"//a", "//b@ws/b"});
    CHECK(world.changed(files, with(files, {{"b/f", "1"}})) == Names{"//b@b"});
    CHECK(world.changed(files, with(files, {{"ext/c/f", "1"}})) == Names{"//a", "//ext/c"});
  }
  TEST_CASE("what could not be seen in full needs all under its root") {
    GraphWorld world;
    const FlatTree files = with(crates, {{"ws/cargo.pkg", "root\n"},
                                         {"ws/a/cargo.pkg", "own\nname a\nall\n"},
                                         {"ws/b/cargo.pkg", "own\nname b\n"}});
    CHECK(world.changed(files, with(files, {{"ws/b/f", "1"}})) == Names{"cargo:a", "cargo:b"});
    CHECK(world.changed(files, with(files, {{"lib/f", "1"}})) == Names{"cargo:app", "cargo:lib"});
  }
  TEST_CASE("circles are allowed: who is in one is affected by all of it") {
    GraphWorld world;
    const FlatTree ring{{"a/go.pkg", "own\nname a\nneed b\n"},
                        {"b/go.pkg", "own\nname b\nneed c\n"},
                        {"c/go.pkg", "own\nname c\nneed a\n"},
                        {"d/go.pkg", "own\nname d\nneed a\n"}};
    CHECK(world.changed(ring, with(ring, {{"b/f", "1"}})) == Names{"go:a", "go:b", "go:c", "go:d"});
    CHECK(world.changed(ring, with(ring, {{"d/f", "1"}})) == Names{"go:d"});
  }
  TEST_CASE("a package reads other ecosystems inside of it, not nested ones of its own") {
    GraphWorld world;
    const FlatTree files{{"p/python.pkg", "own\nname p\n"},
                         {"p/ext/cargo.pkg", "own\nname ext\n"},
                         {"p/sub/python.pkg", "own\nname sub\n"},
                         {"p/sub/in/cargo.pkg", "own\nname in\n"}};
    CHECK(world.changed(files, with(files, {{"p/ext/f", "1"}})) == Names{"cargo:ext", "python:p"});
    CHECK(world.changed(files, with(files, {{"p/sub/f", "1"}})) == Names{"python:sub"});
    CHECK(world.changed(files, with(files, {{"p/sub/in/f", "1"}})) ==
          Names{"cargo:in", "python:sub"});
    CHECK(world.changed(files, with(files, {{"p/f", "1"}})) == Names{"python:p"});
  }
  TEST_CASE("a lock file is used by its ecosystem below it, or by everything where there is none") {
    GraphWorld world;
    const FlatTree files = with(crates, {{"cargo.lock", "1"},
                                         {"web/npm.lock", "1"},
                                         {"web/ui/npm.pkg", "own\nname ui\n"},
                                         {"odd/go.lock", "1"},
                                         {"odd/x/f", "1"}});
    CHECK(world.changed(files, with(files, {{"cargo.lock", "2"}})) ==
          Names{"cargo:app", "cargo:lib", "cargo:x"});
    CHECK(world.changed(files, with(files, {{"web/npm.lock", "2"}})) == Names{"npm:ui"});
    CHECK(world.changed(files, with(files, {{"odd/go.lock", "2"}})) ==
          Names{"dir:odd", "dir:odd/x"});
    CHECK(world.changed(files, without(files, "cargo.lock")).size() == 3);
  }
  TEST_CASE("a tool chain is used by all at its place and below") {
    GraphWorld world;
    const FlatTree files = with(crates, {{"lib/tool", "1"}, {"sub/tool", "1"}, {"sub/x/f", "1"}});
    CHECK(world.changed(files, with(files, {{"lib/tool", "2"}})) ==
          Names{"cargo:app", "cargo:lib"});
    CHECK(world.changed(files, with(files, {{"sub/tool", "2"}})) == Names{"dir:sub", "dir:sub/x"});
    CHECK(world.changed(files, with(files, {{"tool", "2"}})) ==
          Names{"cargo:app", "cargo:lib", "cargo:x", "dir:.", "dir:docs", "dir:sub", "dir:sub/x"});
  }
  TEST_CASE("a root without a target owns nothing, and its manifest is used by all below") {
    GraphWorld world;
    const FlatTree files = with(crates, {{"cargo.pkg", "root\n"}, {"README", "1"}});
    CHECK(world.changed(files, with(files, {{"README", "2"}})) == Names{"dir:."});
    CHECK(world.changed(files, with(files, {{"cargo.pkg", "root\n\n"}})) ==
          Names{"cargo:app", "cargo:lib", "cargo:x"});
  }
  TEST_CASE("facts for all below, and facts for the nearest target") {
    GraphWorld world;
    const FlatTree files = with(crates, {{"cargo.pkg", "below\nneed x\n"},
                                         {"lib/deep/cargo.pkg", "nearest\nat ../../docs\n"}});
    CHECK(world.changed(files, with(files, {{"tool_x/f", "2"}})) ==
          Names{"cargo:app", "cargo:lib", "cargo:x"});
    CHECK(world.changed(files, with(files, {{"docs/d", "2"}})) ==
          Names{"cargo:app", "cargo:lib", "dir:docs"});
  }
  TEST_CASE(
      "manifests that speak of one directory are one target, and one that is not there none") {
    GraphWorld world;
    const FlatTree files{{"gradle.pkg", "root\nown a\nown gone\n"},
                         {"a/gradle.pkg", "own\nat ../b\n"},
                         {"b/gradle.pkg", "own\n"}};
    CHECK(world.names(world.tree(files)) == Names{"gradle::a", "gradle::b"});
    CHECK(world.changed(files, with(files, {{"b/f", "1"}})) == Names{"gradle::a", "gradle::b"});
    CHECK(world.names(world.tree(with(files, {{"gone/f", "1"}}))) ==
          Names{"gradle::a", "gradle::b", "gradle::gone"});
  }
  TEST_CASE("what is in a manifest that cannot be read is part of every target") {
    GraphWorld world;
    const FlatTree files = with(crates, {{"bad/npm.pkg", "broken\n"}, {"bad/in/f", "1"}});
    const std::size_t all = world.names(world.tree(files)).size();
    CHECK(world.changed(files, with(files, {{"bad/in/f", "2"}})).size() == all);
    CHECK(world.changed(files, with(files, {{"lib/f", "2"}})).size() == 2);
    CHECK(world.changed(crates, files).size() == all);
    CHECK(world.changed(files, with(files, {{"bad/npm.pkg", "own\n"}})).size() >= 5);
  }
  TEST_CASE("rules win for the files that they match, and may need any target") {
    GraphWorld world;
    world.rules.rules = {{"docs", {"**/*.md"}, {}}, {"all of lib", {"lib/**"}, {"cargo:x"}}};
    CHECK(world.changed(crates, with(crates, {{"app/a.md", "1"}})) == Names{"docs"});
    CHECK(world.changed(crates, with(crates, {{"lib/f", "1"}})) ==
          Names{"all of lib", "cargo:app", "cargo:lib"});
    CHECK(world.changed(crates, with(crates, {{"tool_x/f", "2"}})) ==
          Names{"all of lib", "cargo:app", "cargo:lib", "cargo:x"});
  }
  TEST_CASE("a target that is gone is named with the hash of nothing") {
    GraphWorld world;
    const Oid from = world.tree(crates);
    const Oid to = world.tree(without(without(crates, "tool_x/cargo.pkg"), "tool_x/f"));
    CHECK(value_of(world.hasher.new_targets(from, to, {})) ==
          std::vector<TargetHash>{{"cargo:x", tombstone}});
  }
  TEST_CASE("readers that are not chosen read nothing") {
    GraphWorld world;
    world.rules.manifests = std::vector{Ecosystem::go};
    const FlatTree files = with(crates, {{"g/go.pkg", "own\nname g\n"}});
    CHECK(world.names(world.tree(files)) ==
          Names{"dir:app", "dir:docs", "dir:lib", "dir:lib/src", "dir:tool_x", "go:g"});
    world.rules.manifests = std::vector<Ecosystem>{};
    CHECK(world.changed(files, with(files, {{"tool", "1"}})) == Names{"dir:."});
  }
}

}  // namespace mergeq::vcs
