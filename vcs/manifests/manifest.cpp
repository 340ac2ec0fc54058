/// Which files are manifests, in tables, and who reads them.
#include "vcs/manifests/manifest.h"

#include <algorithm>
#include <array>

#include "vcs/git.h"
#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

using enum Ecosystem;
using enum ManifestKind::Role;

struct NamedKind {
  std::string_view name;  // of the file; one "*" stands for any characters
  ManifestKind::Role role;
  std::optional<Ecosystem> ecosystem;
};

constexpr std::array named_kinds = std::to_array<NamedKind>({
    {"BUCK", manifest, bazel},
    {"BUILD", manifest, bazel},
    {"BUILD.bazel", manifest, bazel},
    {"MODULE.bazel", manifest, bazel},
    {"TARGETS", manifest, bazel},
    {"WORKSPACE", manifest, bazel},
    {"WORKSPACE.bazel", manifest, bazel},
    {"WORKSPACE.bzlmod", manifest, bazel},
    {"*.MODULE.bazel", manifest, bazel},
    {"*.bzl", manifest, bazel},
    {".bazelignore", shared, bazel},
    {"*.bazelrc", shared, bazel},
    {".bazelversion", shared, bazel},
    {".buckconfig", shared, bazel},
    {"MODULE.bazel.lock", shared, bazel},
    {"REPO.bazel", shared, bazel},
    {"*maven_install.json", shared, bazel},

    {"Cargo.toml", manifest, cargo},
    {"Cargo.lock", shared, cargo},
    {"rust-toolchain", shared, cargo},
    {"rust-toolchain.toml", shared, cargo},
    {"clippy.toml", shared, cargo},
    {".clippy.toml", shared, cargo},
    {"rustfmt.toml", shared, cargo},
    {".rustfmt.toml", shared, cargo},

    {"CMakeLists.txt", manifest, cmake},
    {"*.cmake", manifest, cmake},
    {"CMakePresets.json", shared, cmake},
    {"CMakeUserPresets.json", shared, cmake},
    {"conanfile.py", shared, cmake},
    {"conanfile.txt", shared, cmake},
    {"vcpkg.json", shared, cmake},
    {"vcpkg-configuration.json", shared, cmake},

    {"go.mod", manifest, go},
    {"go.work", manifest, go},
    {"go.sum", shared, go},
    {"go.work.sum", shared, go},

    {"*.gradle", manifest, gradle},
    {"*.gradle.kts", manifest, gradle},
    {"gradle.properties", shared, gradle},
    {"*gradle.lockfile", shared, gradle},
    {"gradlew", shared, gradle},
    {"gradlew.bat", shared, gradle},
    {"*.versions.toml", shared, gradle},

    {"pom.xml", manifest, maven},
    {"mvnw", shared, maven},
    {"mvnw.cmd", shared, maven},

    {"package.json", manifest, npm},
    {"pnpm-workspace.yaml", manifest, npm},
    {"tsconfig*.json", manifest, npm},
    {"jsconfig.json", manifest, npm},
    {".babelrc*", shared, npm},
    {".eslintrc*", shared, npm},
    {".npmrc", shared, npm},
    {".pnpmfile.cjs", shared, npm},
    {".swcrc", shared, npm},
    {".yarnrc*", shared, npm},
    {"babel.config.*", shared, npm},
    {"bun.lock*", shared, npm},
    {"bunfig.toml", shared, npm},
    {"eslint.config.*", shared, npm},
    {"jest.config.*", shared, npm},
    {"jest.preset.*", shared, npm},
    {"lerna.json", shared, npm},
    {"npm-shrinkwrap.json", shared, npm},
    {"nx.json", shared, npm},
    {"package-lock.json", shared, npm},
    {"pnpm-lock.yaml", shared, npm},
    {"rush.json", shared, npm},
    {"turbo.json", shared, npm},
    {"vitest.config.*", shared, npm},
    {"vitest.workspace.*", shared, npm},
    {"yarn.lock", shared, npm},

    {"pyproject.toml", manifest, python},
    {"setup.cfg", manifest, python},
    {"setup.py", manifest, python},
    {"Pipfile", manifest, python},
    {"*requirements*.txt", manifest, python},
    {"*constraints*.txt", manifest, python},
    {"Pipfile.lock", shared, python},
    {"conftest.py", shared, python},
    {"mypy.ini", shared, python},
    {"noxfile.py", shared, python},
    {"pdm.lock", shared, python},
    {"poetry.lock", shared, python},
    {"poetry.toml", shared, python},
    {"pylock*.toml", shared, python},
    {"pytest.ini", shared, python},
    {"tox.ini", shared, python},
    {"uv.lock", shared, python},
    {"uv.toml", shared, python},

    {"Package.swift", manifest, swift},
    {"Package@swift-*.swift", manifest, swift},
    {"Package.resolved", shared, swift},
    {".swift-version", shared, swift},

    {".java-version", toolchain, {}},
    {".mise.toml", toolchain, {}},
    {".node-version", toolchain, {}},
    {".nvmrc", toolchain, {}},
    {".python-version", toolchain, {}},
    {".ruby-version", toolchain, {}},
    {".sdkmanrc", toolchain, {}},
    {".tool-versions", toolchain, {}},
    {"devbox.json", toolchain, {}},
    {"devbox.lock", toolchain, {}},
    {"flake.lock", toolchain, {}},
    {"flake.nix", toolchain, {}},
    {"mise.toml", toolchain, {}},
    {"shell.nix", toolchain, {}},
});

enum class Reach { children, all_below };

/// Files of a directory that count for the directory which holds it.
struct PlacedKind {
  std::string_view directory;
  Reach reach;
  std::string_view name;  // as above
  ManifestKind::Role role;
  std::optional<Ecosystem> ecosystem;
};

constexpr std::array placed_kinds = std::to_array<PlacedKind>({
    {"build-logic", Reach::all_below, "*.gradle", manifest, gradle},
    {"build-logic", Reach::all_below, "*.gradle.kts", manifest, gradle},
    {"build-logic", Reach::all_below, "*.groovy", manifest, gradle},
    {"build-logic", Reach::all_below, "*.java", manifest, gradle},
    {"build-logic", Reach::all_below, "*.kt", manifest, gradle},
    {"buildSrc", Reach::all_below, "*.gradle", manifest, gradle},
    {"buildSrc", Reach::all_below, "*.gradle.kts", manifest, gradle},
    {"buildSrc", Reach::all_below, "*.groovy", manifest, gradle},
    {"buildSrc", Reach::all_below, "*.java", manifest, gradle},
    {"buildSrc", Reach::all_below, "*.kt", manifest, gradle},
    {"buildSrc", Reach::all_below, "*", shared, gradle},
    {"build-logic", Reach::all_below, "*", shared, gradle},
    {"gradle/wrapper", Reach::children, "*", shared, gradle},
    {"gradle", Reach::children, "*.toml", shared, gradle},
    {"gradle", Reach::children, "*.properties", shared, gradle},
    {"gradle", Reach::children, "*.xml", shared, gradle},
    {"gradle", Reach::children, "*.lockfile", shared, gradle},
    {"gradle", Reach::children, "*.keys", shared, gradle},
    {".cargo", Reach::children, "config", shared, cargo},
    {".cargo", Reach::children, "config.toml", shared, cargo},
    {".mvn", Reach::all_below, "*", shared, maven},
    {".yarn", Reach::all_below, "*", shared, npm},
    {"patches", Reach::children, "*.patch", shared, npm},
    {"requirements", Reach::children, "*.txt", manifest, python},
    {"vendor", Reach::children, "modules.txt", shared, go},
    {".devcontainer", Reach::all_below, "*Dockerfile*", toolchain, {}},
    {".devcontainer", Reach::all_below, "devcontainer.json", toolchain, {}},
});

bool matches(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  const std::string_view end = pattern.substr(star + 1);
  if (const std::size_t second = end.find('*'); second != std::string_view::npos) {
    return star == 0 && name.find(end.substr(0, second)) != std::string_view::npos &&
           name.ends_with(end.substr(second + 1));
  }
  return name.size() + 1 >= pattern.size() && name.starts_with(pattern.substr(0, star)) &&
         name.ends_with(end);
}

/// Where the directory's name begins in `place`, as whole names of the path; the first one for
/// `all_below`, the end for `children`.
std::optional<std::size_t> found_in(std::string_view place, const PlacedKind& kind) {
  const auto is_whole = [&](std::size_t at) {
    const std::size_t end = at + kind.directory.size();
    return (at == 0 || place[at - 1] == '/') && (end == place.size() || place[end] == '/');
  };
  if (kind.reach == Reach::children) {
    if (!place.ends_with(kind.directory)) return std::nullopt;
    const std::size_t at = place.size() - kind.directory.size();
    return is_whole(at) ? std::optional(at) : std::nullopt;
  }
  for (std::size_t at = place.find(kind.directory); at != std::string_view::npos;
       at = place.find(kind.directory, at + 1)) {
    if (is_whole(at)) return at;
  }
  return std::nullopt;
}

std::optional<ManifestKind> placed_kind(std::string_view place, std::string_view name) {
  for (const PlacedKind& kind : placed_kinds) {
    if (!matches(kind.name, name)) continue;
    if (const std::optional<std::size_t> at = found_in(place, kind)) {
      const std::string_view holder = place.substr(0, *at == 0 ? 0 : *at - 1);
      return ManifestKind{kind.role, kind.ecosystem, std::string(holder)};
    }
  }
  return std::nullopt;
}

ManifestFacts read_by(Ecosystem ecosystem, std::string_view path, std::string_view content) {
  switch (ecosystem) {
    case cargo:
      return read_cargo(path, content);
    case go:
      return read_go(path, content);
    case npm:
      return read_npm(path, content);
    case bazel:
      return read_bazel(path, content);
    case maven:
      return read_maven(path, content);
    case gradle:
      return read_gradle(path, content);
    case python:
      return read_python(path, content);
    case cmake:
      return read_cmake(path, content);
    case swift:
      return read_swift(path, content);
  }
  return unreadable("expected a build system that is known");
}

void sort_unique(std::vector<std::string>& names) {
  std::ranges::sort(names);
  const auto rest = std::ranges::unique(names);
  names.erase(rest.begin(), rest.end());
}

}  // namespace

std::optional<ManifestKind> manifest_kind(std::string_view path) {
  const std::string_view place = directory_of(path);
  const std::string_view name = file_name_of(path);
  if (auto placed = placed_kind(place, name)) return placed;
  const auto found = std::ranges::find_if(
      named_kinds, [&](const NamedKind& kind) { return matches(kind.name, name); });
  if (found == named_kinds.end()) return std::nullopt;
  return ManifestKind{found->role, found->ecosystem, std::string(place)};
}

ManifestFacts read_manifest(std::string_view path, std::string_view content) {
  const std::optional<ManifestKind> kind = manifest_kind(path);
  if (!kind || kind->role != manifest || !kind->ecosystem) {
    return unreadable("expected the name of a manifest");
  }
  if (content.size() > manifest_bytes_max) return unreadable("expected at most 4 MiB");
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (content.starts_with(byte_order_mark)) content.remove_prefix(byte_order_mark.size());
  ManifestFacts facts = read_by(*kind->ecosystem, path, content);
  if (!facts.unreadable.empty()) return unreadable(std::move(facts.unreadable));
  for (ManifestTarget& target : facts.targets) {
    sort_unique(target.aliases);
    sort_unique(target.needs);
    sort_unique(target.needs_directories);
  }
  return facts;
}

}  // namespace mergeq::vcs
