/// Cargo.toml: packages, workspaces and their dependencies
/// (https://doc.rust-lang.org/cargo/reference/manifest.html).
///
/// Members of a workspace are not looked up: each has its own manifest. The root's manifest counts
/// for all below, since profiles, lints, [workspace.dependencies] and [patch] are there.
#include "vcs/git.h"
#include "vcs/manifests/reading.h"
#include "vcs/manifests/toml_text.h"

namespace mergeq::vcs {
namespace {

using Node = toml::node_view<const toml::node>;

/// A dependency's key is the package's name, unless `package` says another.
void add_dependencies(Node dependencies, ManifestTarget& target) {
  const toml::table* table = dependencies.as_table();
  if (table == nullptr) return;
  for (const auto& [key, value] : *table) {
    const Node dependency(&value);
    const std::string renamed = string_at(dependency["package"]);
    target.needs.push_back(renamed.empty() ? std::string(key.str()) : renamed);
    if (const auto path = dependency["path"].value<std::string>()) {
      add_directory(target.needs_directories, *path);
    }
  }
}

void add_all_dependencies(Node table, ManifestTarget& target) {
  for (const char* kind : {"dependencies", "dev-dependencies", "dev_dependencies",
                           "build-dependencies", "build_dependencies"}) {
    add_dependencies(table[kind], target);
  }
}

/// A source outside of the package's directory belongs to somebody else.
void add_outside_source(Node path, ManifestTarget& target) {
  const auto text = path.value<std::string>();
  if (!text) return;
  const std::optional<std::string> file = normalised_path(*text);
  if (file && file->starts_with("..")) add_directory(target.needs_directories, directory_of(*file));
}

void add_sources(const toml::table& manifest, Node package, ManifestTarget& target) {
  add_outside_source(package["build"], target);
  add_outside_source(manifest["lib"]["path"], target);
  for (const char* kind : {"bin", "example", "test", "bench"}) {
    const toml::array* products = manifest[kind].as_array();
    if (products == nullptr) continue;
    for (const toml::node& product : *products) {
      add_outside_source(Node(&product)["path"], target);
    }
  }
}

ManifestTarget package_target(const toml::table& manifest, Node package) {
  ManifestTarget target{.name = string_at(package["name"])};
  const Node root(&manifest);
  add_all_dependencies(root, target);
  for_each_table(root["target"], [&](std::string_view, const toml::table& platform) {
    add_all_dependencies(Node(&platform), target);
  });
  add_sources(manifest, package, target);
  if (const auto workspace = package["workspace"].value<std::string>()) {
    add_directory(target.needs_directories, *workspace);
  }
  return target;
}

/// What stands in for packages of others, for all of the workspace.
void add_patches(Node manifest, ManifestTarget& below) {
  const auto add = [&](std::string_view, const toml::table& patch) {
    if (const auto path = patch["path"].value<std::string>()) {
      add_directory(below.needs_directories, *path);
    }
  };
  for_each_table(manifest["patch"], [&](std::string_view, const toml::table& source) {
    for_each_table(Node(&source), add);
  });
  for_each_table(manifest["replace"], add);
}

/// Members say `key.workspace = true`; where key is another name for the package at a path, the
/// package there gets it as an alias.
void add_renamed(Node dependencies, ManifestFacts& facts) {
  for_each_table(dependencies, [&](std::string_view key, const toml::table& dependency) {
    const std::string package = string_at(Node(&dependency)["package"]);
    const auto path = normalised_path(string_at(Node(&dependency)["path"]));
    if (package.empty() || !path || path->empty()) return;
    facts.targets.push_back({.directory = *path, .aliases = {std::string(key)}});
  });
}

}  // namespace

ManifestFacts read_cargo(std::string_view /*path*/, std::string_view content) {
  const auto manifest = parse_toml(content);
  if (!manifest) return unreadable(manifest.error());
  const toml::table& table = *manifest;
  const Node root(&table);
  ManifestFacts facts{.is_root = root["workspace"].is_table()};
  const Node package = root["package"] ? root["package"] : root["project"];
  if (package) {
    if (string_at(package["name"]).empty()) {
      return unreadable("package.name: expected the name of the package");
    }
    facts.targets.push_back(package_target(table, package));
  }
  if (!package && !facts.is_root) return unreadable("expected [package] or [workspace]");
  ManifestTarget below{.scope = Scope::below};
  add_patches(root, below);
  if (facts.is_root || !below.needs_directories.empty()) facts.targets.push_back(below);
  add_renamed(root["workspace"]["dependencies"], facts);
  return facts;
}

}  // namespace mergeq::vcs
