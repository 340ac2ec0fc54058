#include "tests/vcs/manifests/samples.h"

namespace mergeq::vcs {

namespace {

const std::vector<Sample> samples = {
    {"Cargo.toml", R"([workspace]
members = ["crates/*", "tools/xtask"]
exclude = ["fuzz"]

[workspace.dependencies]
util = { path = "crates/util", version = "0.3" }
short = { package = "a-long-name", path = "crates/long" }

[package]
name = "front"
version.workspace = true

[[bin]]
name = "front"
path = "../shared/main.rs"

[dependencies]
util.workspace = true
serde = { version = "1", features = ["derive"] }
wire = { package = "front-wire", path = "crates/wire" }

[target.'cfg(unix)'.dev-dependencies]
posix = { path = "../posix" }

[patch.crates-io]
serde = { path = "vendor/serde" }
)"},
    {"package.json", R"({
  "name": "@acme/monorepo",
  "private": true,
  "workspaces": {"packages": ["packages/*"]},
  "scripts": {"build": "turbo run build \"--filter=a\""},
  "dependencies": {"a": "workspace:^", "b": "file:../b", "c": "npm:@x/c@1"},
  "devDependencies": {"typescript": "~5.4.0"},
  "bundledDependencies": ["a"],
  "overrides": {"a": {"b": "link:./forks/b"}}
}
)"},
    {"pnpm-workspace.yaml", R"(packages:
  - 'packages/*'   # all of them
  - "!**/test/**"
catalogs:
  react18: {react: ^18.2.0}
overrides:
  "a@1>b": link:forks/b
patchedDependencies:
  c@1.0.0: tools/c.patch
)"},
    {"lib/tsconfig.json", R"({
  // What others extend.
  "extends": ["../tsconfig.base.json", "@acme/tsconfig"],
  "compilerOptions": {"paths": {"@lib/*": ["../lib/src/*"]}, "typeRoots": ["../types"]},
  "references": [{"path": "../core"},], /* trailing */
}
)"},
    {"go.mod", R"(module example.org/a // path

go 1.22

require (
	example.org/b v1.2.3 // indirect
	"golang.org/x/sync" v0.1.0
)

replace example.org/b v1.2.3 => ../b
)"},
    {"go.work", R"(go 1.22

use (
	./a
	./b
)

replace example.org/x => ./x
)"},
    {"app/BUILD.bazel", R"(load("//tools:defs.bzl", "binary")  # ours

package(default_visibility = ["//app:__subpackages__"])

binary(
    name = 'app',
    srcs = glob(["**/*.cc"], exclude = ["x"]),
    deps = [":own", "//lib:a", "@repo//b"] + ["//c/%s" % n for n in NAMES] + select({
        "//conditions:default": ["""//d"""],
    }),
)
)"},
    {"tools/defs.bzl", R"PY("""Macros."""

def binary(name, **kwargs):
    native.cc_binary(name = name, deps = [Label("//runtime:core")], x = r"\d", **kwargs)
)PY"},
    {"MODULE.bazel", R"(module(name = "acme", repo_name = "me")
bazel_dep(name = "near", version = "1.0")
local_path_override(module_name = "near", path = "third_party/near")
register_toolchains("//toolchains/...")
)"},
    {"core/pom.xml", R"(<?xml version="1.0" encoding="UTF-8"?>
<project>
  <parent>
    <groupId>org.acme</groupId>
    <artifactId>parent</artifactId>
    <relativePath>../pom.xml</relativePath>
  </parent>
  <artifactId>core${suffix}</artifactId>
  <properties><suffix>_2.13</suffix></properties>
  <modules><module>a</module></modules>
  <dependencies>
    <!-- the api -->
    <dependency><groupId>${project.groupId}</groupId><artifactId>api</artifactId></dependency>
    <dependency><groupId>${g}</groupId><artifactId><![CDATA[util]]></artifactId></dependency>
  </dependencies>
  <build><plugins><plugin><artifactId>x</artifactId></plugin></plugins></build>
</project>
)"},
    {"app/build.gradle", R"(plugins { id 'java' }
apply from: "$rootDir/config/style.gradle"
def pattern = ~/a'b/ // a comment
dependencies {
    implementation project(':core')
    api project(path: ":lib:net")
    api projects.fooBar
    api "org.acme:x:${versions["x"]}"
}
subprojects { dependencies { test project(":testing") } }
)"},
    {"settings.gradle.kts", R"(pluginManagement { includeBuild("build-logic") }
rootProject.name = "acme"
include(":core", ":lib:net")
listOf("a", "b").forEach { include(":gen:$it") }
project(":core").projectDir = file("modules/core") /* /* nested */ */
)"},
    {"buildSrc/src/main/java/P.java", R"(class P { String a = ":a:b"; char c = '"'; }
)"},
    {"pyproject.toml", R"([build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "Acme_Core"
dependencies = ["foo[bar]>=1; python_version < '3.9'", "near @ file:../near"]

[project.optional-dependencies]
fast = ["quick"]

[tool.poetry.group.dev.dependencies]
lib = [{ path = "../lib" }]

[tool.uv.workspace]
members = ["packages/*"]
)"},
    {"setup.cfg", R"([metadata]
name = acme-app

[options]
install_requires =
    requests>=2; python_version > "3"  # a comment
    file: ../requirements.txt
)"},
    {"setup.py", R"(#!/usr/bin/env python
"""Acme's app."""
from setuptools import setup

NAME = 'acme-app'
setup(name=NAME, install_requires=["a>=1", "b"], extras_require={"x": ["c"]}, version=f"{v}")
)"},
    {"requirements.txt", R"(-r base.txt
-e ../lib[extra]  # ours
foo==1.0 \
    --hash=sha256:abc
near @ file:../near
)"},
    {"Pipfile", R"([packages]
requests = "*"
lib = {path = "../lib", editable = true}
)"},
    {"net/CMakeLists.txt", R"(cmake_minimum_required(VERSION 3.20)
project(net)
set(LIBS core) #[[ a
comment ]]
list(APPEND LIBS "acme::log")
add_library(${PROJECT_NAME} STATIC http.cpp)
add_library(acme::${PROJECT_NAME} ALIAS net)
target_link_libraries(net PUBLIC ${LIBS} $<$<CONFIG:Debug>:dbg> ${UNKNOWN})
function(acme_library name)
  add_library(${name} ${ARGN})
endfunction()
acme_library(NAME x DEPS y)
foreach(t IN ITEMS a b)
  add_executable(test_${t} [=[main.cpp]=])
endforeach()
include(cmake/warnings.cmake)
)"},
    {"cmake/warnings.cmake", R"(function(strict target)
  target_link_libraries(${target} PRIVATE warnings)
endfunction()
)"},
    {"Package.swift", R"SWIFT(// swift-tools-version:5.9
import PackageDescription

let log: Target.Dependency = .product(name: "Log", package: "core")
let package = Package(
    name: "acme",
    products: [.library(name: "Acme", targets: ["App", "Net"])],
    dependencies: [.package(path: "../core")],
    targets: [
        .target(name: "App", dependencies: ["Net", log], plugins: [.plugin(name: "Gen")]),
        .target(name: "Net", path: "Net/Code", swiftSettings: [.define("A\(x)")]),
        .testTarget(name: "AppTests", dependencies: [.target(name: "App")]),
        .plugin(name: "Gen", capability: .buildTool()),
    ]
)
#if os(Linux)
for target in package.targets { target.dependencies.append("X") }
#endif
)SWIFT"},
};

}  // namespace

const std::vector<Sample>& manifest_samples() { return samples; }

}  // namespace mergeq::vcs
