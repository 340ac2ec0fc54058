#include "tests/vcs/manifests/facts.h"

namespace mergeq::vcs {
namespace {

/// "shared gradle at a", "toolchain", "manifest npm at ."; "none".
std::string kind(std::string_view path) {
  const auto found = manifest_kind(path);
  if (!found) return "none";
  std::string text = found->role == ManifestKind::Role::manifest ? "manifest"
                     : found->role == ManifestKind::Role::shared ? "shared"
                                                                 : "toolchain";
  constexpr const char* names[] = {"bazel", "cargo", "cmake",  "go",   "gradle",
                                   "maven", "npm",   "python", "swift"};
  if (found->ecosystem) text += std::string(" ") + names[static_cast<int>(*found->ecosystem)];
  return text + " at " + (found->directory.empty() ? "." : found->directory);
}

}  // namespace

TEST_SUITE("kinds of manifests") {
  TEST_CASE("a manifest is known by its name") {
    CHECK(kind("a/b/Cargo.toml") == "manifest cargo at a/b");
    CHECK(kind("BUILD") == "manifest bazel at .");
    CHECK(kind("rules/defs.bzl") == "manifest bazel at rules");
    CHECK(kind("core/core.gradle.kts") == "manifest gradle at core");
    CHECK(kind("Package@swift-5.9.swift") == "manifest swift at .");
    CHECK(kind("tsconfig.lib.json") == "manifest npm at .");
    CHECK(kind("requirements-dev.txt") == "manifest python at .");
  }
  TEST_CASE("lock files and settings are shared at their place") {
    CHECK(kind("a/Cargo.lock") == "shared cargo at a");
    CHECK(kind("bun.lockb") == "shared npm at .");
    CHECK(kind("web/.eslintrc.cjs") == "shared npm at web");
    CHECK(kind(".bazelrc") == "shared bazel at .");
  }
  TEST_CASE("what lies in a special directory counts for the one that holds it") {
    CHECK(kind("a/gradle/libs.versions.toml") == "shared gradle at a");
    CHECK(kind("gradle/wrapper/gradle-wrapper.jar") == "shared gradle at .");
    CHECK(kind("a/buildSrc/src/main/kotlin/x/Plugin.kt") == "manifest gradle at a");
    CHECK(kind("a/buildSrc/src/main/resources/x.properties") == "shared gradle at a");
    CHECK(kind(".cargo/config.toml") == "shared cargo at .");
    CHECK(kind("x/.mvn/wrapper/maven-wrapper.properties") == "shared maven at x");
    CHECK(kind("vendor/modules.txt") == "shared go at .");
    CHECK(kind("py/requirements/dev.txt") == "manifest python at py");
    CHECK(kind(".devcontainer/go/Dockerfile") == "toolchain at .");
  }
  TEST_CASE("versions of tools count for every ecosystem") {
    CHECK(kind(".tool-versions") == "toolchain at .");
    CHECK(kind("web/.nvmrc") == "toolchain at web");
  }
  TEST_CASE("names that only look alike are no manifests") {
    for (const char* path :
         {"src/main.rs", "Cargo.toml.orig", "docs/BUILD.md", "xBUILD", "Dockerfile",
          "mygradle/wrapper/x", "gradle/Foo.java", "modules.txt", "", "/"}) {
      CHECK_MESSAGE(kind(path) == "none", path);
    }
  }
  TEST_CASE("what is no manifest, or larger than 4 MiB, is unreadable") {
    CHECK(read_manifest("main.rs", "").unreadable == "expected the name of a manifest");
    CHECK(read_manifest("Cargo.lock", "").unreadable == "expected the name of a manifest");
    const std::string large((std::size_t{4} << 20U) + 1, ' ');
    CHECK(read_manifest("Cargo.toml", large).unreadable == "expected at most 4 MiB");
  }
}

}  // namespace mergeq::vcs
