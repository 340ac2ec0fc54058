/// package.json, pnpm-workspace.yaml and tsconfig*.json of npm, pnpm, Yarn and Bun
/// (https://docs.npmjs.com/cli/configuring-npm/package-json, https://pnpm.io/pnpm-workspace_yaml,
/// https://www.typescriptlang.org/tsconfig/).
///
/// Node looks for packages upwards: what a package.json depends on can be imported by everything
/// below it, whether that says so or not.
#include <yaml-cpp/yaml.h>

#include <exception>

#include "vcs/git.h"
#include "vcs/manifests/json_text.h"
#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

using Json = nlohmann::json;

constexpr std::size_t yaml_bytes_max = std::size_t{256} << 10U;

/// "@scope/name/file.json" -> "@scope/name", "name@^1" -> "name".
std::string package_of(std::string_view text) {
  const bool is_scoped = text.starts_with('@');
  std::size_t end = text.find('/');
  if (is_scoped && end != std::string_view::npos) end = text.find('/', end + 1);
  text = text.substr(0, end);
  const std::size_t version = text.find('@', 1);
  return std::string(text.substr(0, version));
}

bool is_relative(std::string_view text) {
  return text == "." || text == ".." || text.starts_with("./") || text.starts_with("../");
}

/// What a dependency's version says of where it comes from, beside its name.
void add_source(std::string_view version, ManifestTarget& target) {
  for (const std::string_view protocol : {"file:", "link:", "portal:", "workspace:"}) {
    if (!version.starts_with(protocol)) continue;
    const std::string_view place = version.substr(protocol.size());
    if (protocol != "workspace:" || is_relative(place)) {
      add_directory(target.needs_directories, place);
    } else if (place.find('@', 1) != std::string_view::npos) {  // an alias: "workspace:name@^1"
      target.needs.push_back(package_of(place));
    }
    return;
  }
  if (version.starts_with("npm:")) target.needs.push_back(package_of(version.substr(4)));
  if (is_relative(version)) add_directory(target.needs_directories, version);
}

void add_dependencies(const Json& manifest, ManifestTarget& target) {
  for (const char* kind :
       {"dependencies", "devDependencies", "peerDependencies", "optionalDependencies"}) {
    const Json& dependencies = member(manifest, kind);
    if (!dependencies.is_object()) continue;
    for (const auto& [name, version] : dependencies.items()) {
      target.needs.push_back(name);
      add_source(string_of(version), target);
    }
  }
  for (const char* kind : {"bundledDependencies", "bundleDependencies"}) {
    for_each_string(member(manifest, kind),
                    [&](const std::string& name) { target.needs.push_back(name); });
  }
}

/// Versions within versions: {"a": {"b": "file:../b"}}. As deep as parse_json_object allows.
void add_overrides(const Json& overrides, ManifestTarget& target) {
  if (overrides.is_string()) add_source(string_of(overrides), target);
  if (!overrides.is_object()) return;
  for (const Json& value : overrides) add_overrides(value, target);
}

/// A package.json may only say {"type": "module"} for a directory of the package around it.
bool is_package(const Json& manifest) {
  for (const char* key : {"name", "workspaces", "scripts", "dependencies", "devDependencies",
                          "peerDependencies", "optionalDependencies"}) {
    if (manifest.contains(key)) return true;
  }
  return false;
}

ManifestFacts read_package(std::string_view content) {
  const auto parsed = parse_json_object(content);
  if (!parsed) return unreadable(parsed.error());
  const Json& manifest = *parsed;
  const Json& workspaces = member(manifest, "workspaces");
  ManifestFacts facts{.is_root = workspaces.is_array() || workspaces.is_object()};
  ManifestTarget target{.name = string_of(member(manifest, "name"))};
  if (!is_package(manifest)) {
    target.scope = Scope::nearest;
    facts.targets.push_back(target);
    return facts;
  }
  add_dependencies(manifest, target);
  facts.targets.push_back(target);
  target.scope = Scope::below;
  target.name.clear();
  for (const char* key : {"overrides", "resolutions"}) {
    add_overrides(member(manifest, key), target);
    add_overrides(member(member(manifest, "pnpm"), key), target);
  }
  facts.targets.push_back(target);
  return facts;
}

/// "../lib/src/*" -> "../lib/src"; a file is given as its directory would be: the nearest target
/// around it is meant.
std::string_view before_glob(std::string_view path) {
  const std::size_t star = path.find('*');
  return star == std::string_view::npos ? path : directory_of(path.substr(0, star));
}

/// Imports by path mapping need no dependency in any package.json.
void add_path_mappings(const Json& options, ManifestTarget& below) {
  const std::string base = string_of(member(options, "baseUrl"));
  const Json& paths = member(options, "paths");
  if (!paths.is_object()) return;
  for (const Json& places : paths) {
    for_each_string(places, [&](const std::string& place) {
      add_directory(below.needs_directories, before_glob(place), base);
    });
  }
}

void add_extended(const std::string& extended, ManifestTarget& below) {
  if (is_relative(extended)) {
    add_directory(below.needs_directories, directory_of(extended));
  } else if (normalised_path(extended)) {
    below.needs.push_back(package_of(extended));
  }
}

ManifestFacts read_tsconfig(std::string_view content) {
  const auto parsed = parse_json_object(content);
  if (!parsed) return unreadable(parsed.error());
  const Json& manifest = *parsed;
  ManifestTarget nearest{.scope = Scope::nearest};
  ManifestTarget below{.scope = Scope::below};
  const Json& extends = member(manifest, "extends");
  if (extends.is_string()) add_extended(string_of(extends), below);
  for_each_string(extends, [&](const std::string& text) { add_extended(text, below); });
  const Json& options = member(manifest, "compilerOptions");
  add_path_mappings(options, below);
  const Json& references = member(manifest, "references");
  if (references.is_array()) {
    for (const Json& reference : references) {
      add_directory(nearest.needs_directories, string_of(member(reference, "path")));
    }
  }
  const auto add_outside = [&](const std::string& path) {
    if (path.starts_with("..")) add_directory(nearest.needs_directories, before_glob(path));
  };
  for (const char* key : {"include", "files"}) for_each_string(member(manifest, key), add_outside);
  for (const char* key : {"rootDirs", "typeRoots"})
    for_each_string(member(options, key), add_outside);
  add_outside(string_of(member(options, "rootDir")));
  return {.targets = {nearest, below}};
}

ManifestFacts read_pnpm_workspace(std::string_view content) {
  if (content.size() > yaml_bytes_max) return unreadable("expected at most 256 KiB of YAML");
  ManifestTarget below{.scope = Scope::below};
  try {
    const YAML::Node manifest = YAML::Load(std::string(content));
    if (manifest.IsNull()) return {.targets = {below}, .is_root = true};
    if (!manifest.IsMap()) return unreadable("expected a map");
    if (const YAML::Node overrides = manifest["overrides"]; overrides && overrides.IsMap()) {
      for (const auto& entry : overrides) {
        if (entry.second.IsScalar()) add_source(entry.second.Scalar(), below);
      }
    }
    if (const YAML::Node patches = manifest["patchedDependencies"]; patches && patches.IsMap()) {
      for (const auto& entry : patches) {
        if (!entry.second.IsScalar()) continue;
        const std::string_view directory = directory_of(entry.second.Scalar());
        if (file_name_of(directory) != "patches") add_directory(below.needs_directories, directory);
      }
    }
  } catch (const std::exception& error) {
    return unreadable(error.what());
  }
  return {.targets = {below}, .is_root = true};
}

}  // namespace

ManifestFacts read_npm(std::string_view path, std::string_view content) {
  const std::string_view name = file_name_of(path);
  if (name == "package.json") return read_package(content);
  if (name == "pnpm-workspace.yaml") return read_pnpm_workspace(content);
  return read_tsconfig(content);
}

}  // namespace mergeq::vcs
