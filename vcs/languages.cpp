#include "vcs/languages.h"

#include <algorithm>
#include <array>
#include <utility>

#include "vcs/git.h"

namespace mergeq::vcs {
namespace {

constexpr std::array languages = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"bash", "Shell"},    {"bzl", "Starlark"},   {"c", "C family"},     {"cc", "C family"},
    {"clj", "Clojure"},   {"cljc", "Clojure"},   {"cljs", "Clojure"},   {"cmake", "CMake"},
    {"cpp", "C family"},  {"cs", "C#"},          {"css", "CSS"},        {"cxx", "C family"},
    {"dart", "Dart"},     {"erl", "Erlang"},     {"ex", "Elixir"},      {"exs", "Elixir"},
    {"fs", "F#"},         {"go", "Go"},          {"gradle", "Groovy"},  {"graphql", "GraphQL"},
    {"groovy", "Groovy"}, {"h", "C family"},     {"hh", "C family"},    {"hpp", "C family"},
    {"hs", "Haskell"},    {"hxx", "C family"},   {"java", "Java"},      {"jl", "Julia"},
    {"js", "JavaScript"}, {"jsx", "JavaScript"}, {"kt", "Kotlin"},      {"kts", "Kotlin"},
    {"lua", "Lua"},       {"m", "C family"},     {"mjs", "JavaScript"}, {"ml", "OCaml"},
    {"mli", "OCaml"},     {"mm", "C family"},    {"nix", "Nix"},        {"php", "PHP"},
    {"pl", "Perl"},       {"pm", "Perl"},        {"proto", "Protobuf"}, {"ps1", "PowerShell"},
    {"py", "Python"},     {"pyi", "Python"},     {"pyx", "Cython"},     {"r", "R"},
    {"rb", "Ruby"},       {"rs", "Rust"},        {"scala", "Scala"},    {"scss", "CSS"},
    {"sh", "Shell"},      {"sol", "Solidity"},   {"sql", "SQL"},        {"svelte", "Svelte"},
    {"swift", "Swift"},   {"thrift", "Thrift"},  {"ts", "TypeScript"},  {"tsx", "TypeScript"},
    {"vue", "Vue"},       {"zig", "Zig"},
});

constexpr std::array manifests = std::to_array<std::string_view>({
    ".bazelrc",
    ".bazelversion",
    ".buckconfig",
    ".gitmodules",
    ".node-version",
    ".nvmrc",
    ".python-version",
    ".tool-versions",
    "BUCK",
    "BUILD",
    "BUILD.bazel",
    "CMakeLists.txt",
    "CMakePresets.json",
    "Cargo.lock",
    "Cargo.toml",
    "Gemfile",
    "Gemfile.lock",
    "MODULE.bazel",
    "MODULE.bazel.lock",
    "Makefile",
    "Package.resolved",
    "Package.swift",
    "Pipfile",
    "Pipfile.lock",
    "TARGETS",
    "WORKSPACE",
    "WORKSPACE.bazel",
    "build.xml",
    "build.zig",
    "bun.lockb",
    "composer.json",
    "composer.lock",
    "conanfile.py",
    "conanfile.txt",
    "go.mod",
    "go.sum",
    "go.work",
    "go.work.sum",
    "gradle.lockfile",
    "gradle.properties",
    "lerna.json",
    "libs.versions.toml",
    "maven_install.json",
    "meson.build",
    "mix.exs",
    "mix.lock",
    "nx.json",
    "package-lock.json",
    "package.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "poetry.lock",
    "pom.xml",
    "pubspec.lock",
    "pubspec.yaml",
    "pyproject.toml",
    "requirements.txt",
    "rust-toolchain",
    "rust-toolchain.toml",
    "settings.xml",
    "setup.cfg",
    "setup.py",
    "tsconfig.base.json",
    "tsconfig.json",
    "turbo.json",
    "uv.lock",
    "vcpkg.json",
    "yarn.lock",
});

}  // namespace

std::string language_of(std::string_view path) {
  const std::string_view name = file_name_of(path);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return name == "BUILD" ? "Starlark" : "";
  std::string extension(name.substr(dot + 1));
  std::ranges::transform(extension, extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto found = std::ranges::find(languages, extension,
                                       &std::pair<std::string_view, std::string_view>::first);
  return found == languages.end() ? "" : std::string(found->second);
}

bool is_manifest(std::string_view path) {
  const std::string_view name = file_name_of(path);
  return std::ranges::find(manifests, name) != manifests.end() || name.ends_with(".gradle") ||
         name.ends_with(".gradle.kts") || name.ends_with(".bzl") || name.ends_with(".cmake") ||
         name.ends_with(".csproj") || name.ends_with(".sln");
}

}  // namespace mergeq::vcs
