#include "tests/vcs/manifests/facts.h"

namespace mergeq::vcs {

TEST_SUITE("Cargo.toml") {
  TEST_CASE("a package needs its dependencies of all kinds and platforms") {
    CHECK(read("Cargo.toml", R"(
[package]
name = "app"
[dependencies]
a = "1"
b = { version = "1", package = "real-b" }
c.workspace = true
[dev-dependencies]
d = { path = "../d" }
[build-dependencies]
e = { path = "./tools//e/", version = "1" }
[target.'cfg(windows)'.dependencies]
f = "2"
[target.x86_64-unknown-linux-gnu.dev-dependencies]
g = "2"
)") == Lines{"own . as app needs: a c d e f g real-b dirs: ../d tools/e"});
  }
  TEST_CASE("a workspace's root counts for all below, and what it patches is needed by all") {
    CHECK(read("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n") == Lines{"root", "below ."});
    CHECK(read("Cargo.toml", R"(
[workspace]
[patch.crates-io]
x = { path = "patched/x" }
[replace]
"y:1.0.0" = { path = "patched/y" }
)") == Lines{"root", "below . dirs: patched/x patched/y"});
  }
  TEST_CASE("a crate that the workspace renames has both names") {
    CHECK(read("Cargo.toml", R"(
[workspace.dependencies]
short = { package = "long-name", path = "crates/long" }
same = { path = "crates/same" }
)") == Lines{"root", "below .", "own crates/long aka: short"});
  }
  TEST_CASE("sources and workspaces elsewhere are needed") {
    CHECK(read("x/Cargo.toml", R"(
package = { name = "x", workspace = "../ws", build = "../shared/build.rs" }
lib.path = "src/lib.rs"
bin = [{ name = "b", path = "../../other/main.rs" }]
)") == Lines{"own . as x dirs: ../../other ../shared ../ws"});
  }
  TEST_CASE("what is no sound manifest says what is wrong with it") {
    CHECK(read("Cargo.toml", "[package\n")[0].starts_with("unreadable: line 1: "));
    CHECK(read("Cargo.toml", "[package]\nversion = \"1\"\n") ==
          Lines{"unreadable: package.name: expected the name of the package"});
    CHECK(read("Cargo.toml", "") == Lines{"unreadable: expected [package] or [workspace]"});
    std::string key = "a";
    for (int i = 0; i < 100'000; ++i) key += ".a";
    CHECK(read("Cargo.toml", key + "=1") ==
          Lines{"unreadable: expected keys of at most 200 parts"});
  }
}

}  // namespace mergeq::vcs
