#include "tests/vcs/manifests/facts.h"

namespace mergeq::vcs {

TEST_SUITE("package.json, pnpm-workspace.yaml and tsconfig.json manifests") {
  TEST_CASE("a package needs its dependencies of all kinds, and so does what lies below it") {
    CHECK(read("package.json", R"({
  "name": "@acme/app",
  "dependencies": {"a": "^1.0.0"},
  "devDependencies": {"b": "workspace:*"},
  "peerDependencies": {"c": ">=1"},
  "optionalDependencies": {"d": "catalog:"},
  "bundledDependencies": ["e"]
})") == Lines{"own . as @acme/app needs: a b c d e", "below . needs: a b c d e"});
  }
  TEST_CASE("versions that name a place or another package are followed") {
    CHECK(read("package.json", R"({"name": "x", "dependencies": {
      "a": "file:../a", "b": "link:./b", "c": "portal:../../c", "d": "../d",
      "e": "npm:@acme/real-e@1.0", "f": "npm:g@2", "h": "workspace:@acme/i@^",
      "j": "workspace:../j",
      "k": "git+ssh://host/x.git", "l": "file:/abs", "m": "file:../m.tgz"}})")[0] ==
          "own . as x needs: @acme/i @acme/real-e a b c d e f g h j k l m dirs: "
          "../../c ../a ../d ../j ../m.tgz b");
  }
  TEST_CASE("workspaces make a root, as a list or as an object") {
    CHECK(read("package.json", R"({"private": true, "workspaces": ["packages/*"]})") ==
          Lines{"root", "own .", "below ."});
    CHECK(read("package.json", R"({"workspaces": {"packages": ["packages/*"]}})") ==
          Lines{"root", "own .", "below ."});
  }
  TEST_CASE("what a root puts in the place of others is needed by all below") {
    CHECK(read("package.json", R"({"name": "r", "overrides": {"a": {"b": "file:forks/b"}},
      "resolutions": {"c": "portal:./c"}, "pnpm": {"overrides": {"d": "link:d"}}})") ==
          Lines{"own . as r", "below . dirs: c d forks/b"});
    CHECK(read("pnpm-workspace.yaml", R"(packages:
  - "packages/*"
  - "!**/test/**"
catalog: {react: ^18}
overrides:
  a: link:forks/a
  b: ^1
patchedDependencies:
  c@1: patches/c.patch
  d@1: tools/d.patch
)") == Lines{"root", "below . dirs: forks/a tools"});
    CHECK(read("pnpm-workspace.yaml", "# later\n") == Lines{"root", "below ."});
  }
  TEST_CASE("a package.json that only marks a directory is no package") {
    CHECK(read("a/esm/package.json", R"({"type": "module"})") == Lines{"nearest ."});
  }
  TEST_CASE("a tsconfig.json counts for what extends it, and its references for its package") {
    CHECK(read("a/tsconfig.json", R"(// with comments
{
  "extends": ["../tsconfig.base.json", "@acme/tsconfig/node.json"], /* several */
  "compilerOptions": {"baseUrl": ".", "rootDir": "..",
    "paths": {"@lib/*": ["../lib/src/*"], "@one": ["../one/index.ts"], "~": ["./src"]}},
  "references": [{"path": "../core"}, {"path": "./tsconfig.test.json"},],
  "include": ["src", "../shared/**/*.ts"],
}
)") == Lines{"nearest . dirs: .. ../core ../shared tsconfig.test.json",
             "below . needs: @acme/tsconfig dirs: .. ../lib/src ../one/index.ts src"});
  }
  TEST_CASE("what is no JSON object, no YAML map, or too deep is unreadable") {
    CHECK(read("package.json", "[]") == Lines{"unreadable: expected an object"});
    CHECK(read("package.json", "{\"a\": ")[0].starts_with("unreadable: "));
    CHECK(read("package.json", std::string(5000, '[')) ==
          Lines{"unreadable: expected values at most 200 deep"});
    CHECK(read("pnpm-workspace.yaml", "a: [")[0].starts_with("unreadable: "));
    CHECK(read("pnpm-workspace.yaml", "- a") == Lines{"unreadable: expected a map"});
    CHECK(read("pnpm-workspace.yaml", std::string(300'000, '\n')) ==
          Lines{"unreadable: expected at most 256 KiB of YAML"});
  }
}

}  // namespace mergeq::vcs
