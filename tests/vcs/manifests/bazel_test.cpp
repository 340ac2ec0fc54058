#include "tests/vcs/manifests/facts.h"

namespace mergeq::vcs {

TEST_SUITE("BUILD, .bzl and WORKSPACE manifests") {
  TEST_CASE("a package needs the packages of all its labels") {
    CHECK(read("app/BUILD", R"(
load("//tools:defs.bzl", "app_binary")  # a macro
load("@rules_cc//cc:defs.bzl", "cc_library")

cc_library(
    name = "app",
    srcs = glob(["*.cc"]) + ["//data:sub/table.txt"],
    deps = [
        ":own",
        "//lib",
        "//lib/net:http",
        "@//base:log",
        "@absl//absl/strings",
        "@protobuf",
    ] + select({
        "//conditions:default": [],
        "//config:linux": ["//lib/linux"],
    }),
    copts = ["-I https://example.org/x", "//not a label"],
)
)") == Lines{"own . dirs: //base //config //data //data/sub //lib //lib/linux //lib/net //tools "
             "@absl//absl/strings @protobuf// @rules_cc//cc"});
  }
  TEST_CASE("who may see a target is not needed by it") {
    CHECK(read("BUILD.bazel", R"(
package(default_visibility = ["//visibility:public", "//a:__subpackages__"])
package_group(name = "friends", packages = ["//b/..."], includes = ["//c:friends"])
x(name = "y", visibility = ["//d:friends"], licenses = "//e:__pkg__", deps = ["//f"])
)") == Lines{"own . dirs: //f"});
  }
  TEST_CASE("Buck's cells are the repository's own") {
    CHECK(read("TARGETS", R"(java_library(name = "a", deps = ["fbsource//b:c", "cell//d"]))") ==
          Lines{"own . dirs: //b //d"});
  }
  TEST_CASE("patterns mean whole trees") {
    CHECK(read("BUILD", R"(test_suite(name = "t", tests = ["//a/...", "//..."]))") ==
          Lines{"own . dirs: //** //a/**"});
  }
  TEST_CASE("labels that are computed need all that they may be") {
    CHECK(read("BUILD", R"(x(deps = ["//a/b/" + n for n in NAMES]))") ==
          Lines{"own . dirs: //a/b/**"});
    CHECK(read("BUILD", R"(x(deps = ["//a/b" + n]))") == Lines{"own . dirs: //a/**"});
    CHECK(read("BUILD", R"(x(deps = ["//a/b%s:lib" % n]))") == Lines{"own . dirs: //a/**"});
    CHECK(read("BUILD", R"(x(deps = ["@r//b" + n]))") == Lines{"own . dirs: @r//**"});
    CHECK(read("BUILD", R"(x(deps = ["//a{}".format(n)]))") == Lines{"own . all"});
    CHECK(read("BUILD", R"(x(deps = ["//" + n]))") == Lines{"own . all"});
    CHECK(read("BUILD", R"(x(deps = ["@{}//a".format(n)]))") == Lines{"own . all"});
    CHECK(read("BUILD", R"(x(deps = [ROOT + "/lib:x"]))") == Lines{"own . all"});
    CHECK(read("BUILD", R"(x(deps = [ROOT + "/lib"]))") == Lines{"own . all"});
    CHECK(read("BUILD", R"(x(deps = ["{}:x".format(ROOT)]))") == Lines{"own . all"});
    CHECK(read("defs.bzl", R"(p = dir + "/" + name + "/lib")") == Lines{"nearest ."});
    CHECK(read("BUILD", R"(x(deps = ["//a:%s" % n, "//b:" + n, ":" + n]))") ==
          Lines{"own . dirs: //a //b"});
    CHECK(read("BUILD", R"(x(deps = ["//a"] + ["//b"], copts = ["-D" + n, n + "/*.h"]))") ==
          Lines{"own . dirs: //a //b"});
  }
  TEST_CASE("labels within a .bzl file are those of the package around it") {
    CHECK(read("tools/defs.bzl", R"PY(
"""Macros. See //docs for more."""
load("//tools/impl:x.bzl", "x")
def macro(name, deps = []):
    x(name = name, deps = deps + ["//runtime:core"])
    y(label = "//" + native.package_name() + ":" + name)
    y(label = "//%s:%s" % (native.package_name(), name))
    y(label = "//{}:{}".format(native.package_name(), name))
    fail("expected //a/%s" % name)
)PY") == Lines{"nearest . dirs: //runtime //tools/impl"});
  }
  TEST_CASE("a WORKSPACE or MODULE.bazel is a root, and names others") {
    CHECK(read("WORKSPACE", R"(
workspace(name = "acme")
local_repository(name = "near", path = "third_party/near")
http_archive(name = "far", build_file = "//third_party:far.BUILD", urls = ["https://x//y"])
)") == Lines{"root", "@acme ", "@near third_party/near", "below . dirs: //third_party"});
    CHECK(read("MODULE.bazel", R"(
module(name = "acme", repo_name = "me")
bazel_dep(name = "near", version = "1", repo_name = "n")
local_path_override(module_name = "near", path = "./near")
include("//:go.MODULE.bazel")
)") == Lines{"root", "@acme ", "@me ", "@near near", "@n near", "below . dirs: //"});
    CHECK(read("go.MODULE.bazel", "x()") == Lines{"below ."});
  }
  TEST_CASE("what is cut or too deep says in which line") {
    CHECK(read("BUILD", "\nx(name = \"a") == Lines{"unreadable: line 2: expected a closing quote"});
    CHECK(read("BUILD", "x(\n[") == Lines{"unreadable: line 2: expected a closing bracket"});
    CHECK(read("BUILD", "x(]") == Lines{"unreadable: line 1: expected no \"]\" here"});
    CHECK(read("BUILD", std::string(1000, '[')) ==
          Lines{"unreadable: line 1: expected brackets at most 200 deep"});
  }
}

}  // namespace mergeq::vcs
