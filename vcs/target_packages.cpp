#include "vcs/target_packages.h"

#include <algorithm>

#include "vcs/repository.h"
#include "vcs/target_assembly.h"

namespace mergeq::vcs {
namespace {

std::string directory_of_target(const Statement& statement) {
  const auto directory =
      path_from(directory_of(statement.manifest->path), statement.facts->directory);
  return directory.value_or(std::string());
}

/// Calls `see` with the key's place and those around it, from the inside out, until it says stop.
template <class See>
void walk_out(std::string_view directory, See see) {
  while (!see(std::string(directory)) && !directory.empty()) directory = directory_of(directory);
}

}  // namespace

std::optional<std::string> path_from(std::string_view base, std::string_view path) {
  std::string result(base);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      result = join_path(result, name);
    } else if (result.empty()) {
      return std::nullopt;
    } else {
      result = std::string(directory_of(result));
    }
  }
  return result;
}

std::set<std::string> named_directories(const std::vector<const FoundManifest*>& manifests) {
  std::set<std::string> named;
  for (const FoundManifest* manifest : manifests) {
    if (!manifest->facts) continue;
    for (const ManifestTarget& target : manifest->facts->targets) {
      if (target.scope != Scope::own || target.directory.empty()) continue;
      auto directory = path_from(directory_of(manifest->path), target.directory);
      if (directory) named.insert(std::move(*directory));
    }
  }
  return named;
}

Packages::Packages(const std::vector<const FoundManifest*>& manifests,
                   const std::set<std::string>& directories) {
  std::vector<Statement> nearest;
  for (const FoundManifest* manifest : manifests) {
    if (!manifest->facts || !manifest->facts->unreadable.empty()) continue;
    add_roots(*manifest);
    for (const ManifestTarget& target : manifest->facts->targets) {
      const Statement statement{manifest, &target};
      if (!path_from(directory_of(manifest->path), target.directory)) continue;  // elsewhere
      if (target.scope == Scope::own) add_own(statement, directories);
      if (target.scope == Scope::nearest) nearest.push_back(statement);
      if (target.scope == Scope::below) below_.push_back(statement);
    }
  }
  for (const Statement& statement : nearest) add_nearest(statement);
  for (std::size_t i = 0; i < all_.size(); ++i) {
    for (const std::string& name : all_[i].names) {
      by_name_[{all_[i].ecosystem, name}].push_back(i);
    }
  }
}

void Packages::add_roots(const FoundManifest& manifest) {
  const std::string directory(directory_of(manifest.path));
  if (manifest.facts->is_root) roots_.emplace(*manifest.kind.ecosystem, directory);
  for (const RootName& root : manifest.facts->root_names) {
    auto place = path_from(directory, root.directory);
    if (place) named_roots_[{*manifest.kind.ecosystem, root.name}].insert(std::move(*place));
  }
}

void Packages::add_own(const Statement& statement, const std::set<std::string>& directories) {
  std::string directory = directory_of_target(statement);
  const bool is_there =
      statement.facts->directory.empty() || directory.empty() || directories.contains(directory);
  if (!is_there) return;
  const Ecosystem ecosystem = *statement.manifest->kind.ecosystem;
  const auto [place, is_new] = by_place_.try_emplace({ecosystem, directory}, all_.size());
  if (is_new) {
    all_.push_back({.ecosystem = ecosystem,
                    .directory = std::move(directory),
                    .name = {},
                    .names = {},
                    .statements = {}});
  }
  Package& package = all_[place->second];
  if (package.name.empty()) package.name = statement.facts->name;
  if (!statement.facts->name.empty()) package.names.insert(statement.facts->name);
  package.names.insert(statement.facts->aliases.begin(), statement.facts->aliases.end());
  package.statements.push_back(statement);
}

void Packages::add_nearest(const Statement& statement) {
  const auto found = nearest(*statement.manifest->kind.ecosystem, directory_of_target(statement));
  if (!found) return;
  Package& package = all_[*found];
  if (!statement.facts->name.empty()) package.names.insert(statement.facts->name);
  package.names.insert(statement.facts->aliases.begin(), statement.facts->aliases.end());
  package.statements.push_back(statement);
}

std::vector<std::size_t> Packages::within(Ecosystem ecosystem, const std::string& directory) const {
  std::vector<std::size_t> found;
  const auto at = by_place_.find({ecosystem, directory});
  if (at != by_place_.end()) found.push_back(at->second);
  const std::string prefix = directory.empty() ? "" : directory + '/';
  for (auto it = by_place_.lower_bound({ecosystem, prefix}); it != by_place_.end(); ++it) {
    if (it->first.first != ecosystem || !it->first.second.starts_with(prefix)) break;
    if (it != at) found.push_back(it->second);
  }
  return found;
}

bool Packages::any_within(Ecosystem ecosystem, const std::string& directory) const {
  if (by_place_.contains({ecosystem, directory})) return true;
  const std::string prefix = directory.empty() ? "" : directory + '/';
  const auto it = by_place_.lower_bound({ecosystem, prefix});
  return it != by_place_.end() && it->first.first == ecosystem &&
         it->first.second.starts_with(prefix);
}

std::optional<std::size_t> Packages::nearest(Ecosystem ecosystem,
                                             std::string_view directory) const {
  std::optional<std::size_t> found;
  walk_out(directory, [&](std::string place) {
    const auto it = by_place_.find({ecosystem, std::move(place)});
    if (it != by_place_.end()) found = it->second;
    return found.has_value();
  });
  return found;
}

const std::vector<std::size_t>& Packages::named(Ecosystem ecosystem,
                                                const std::string& name) const {
  static const std::vector<std::size_t> none;
  const auto found = by_name_.find({ecosystem, name});
  return found == by_name_.end() ? none : found->second;
}

std::string Packages::root_of(Ecosystem ecosystem, std::string_view directory) const {
  std::string found;
  walk_out(directory, [&](const std::string& place) {
    const bool is_root = roots_.contains({ecosystem, place});
    if (is_root) found = place;
    return is_root;
  });
  return found;
}

std::vector<Packages::Place> Packages::places(const Statement& statement,
                                              std::string_view need) const {
  const Ecosystem ecosystem = *statement.manifest->kind.ecosystem;
  const std::string base(directory_of(statement.manifest->path));
  const bool and_below = need == "**" || need.ends_with("/**");
  if (and_below) need.remove_suffix(std::min<std::size_t>(need.size(), need == "**" ? 2 : 3));
  std::vector<std::string> bases{base};
  if (need.starts_with('@')) {
    const std::size_t slash = std::min(need.find('/'), need.size());
    const auto roots = named_roots_.find({ecosystem, std::string(need.substr(1, slash - 1))});
    bases.clear();
    if (roots != named_roots_.end()) bases.assign(roots->second.begin(), roots->second.end());
    need.remove_prefix(slash);
  } else if (need.starts_with("//") || (and_below && need == "/")) {  // "//**" has lost a slash
    bases = {root_of(ecosystem, base)};
  }
  std::vector<Place> places;
  for (const std::string& from : bases) {
    if (auto place = path_from(from, need)) places.push_back({std::move(*place), and_below});
  }
  return places;
}

std::string Packages::display_name(const Package& package) const {
  const std::string prefix = std::string(to_name(package.ecosystem)) + ":";
  const std::string root = root_of(package.ecosystem, package.directory);
  std::string from_root = package.directory.substr(
      std::min(package.directory.size(), root.empty() ? 0 : root.size() + 1));
  switch (package.ecosystem) {
    case Ecosystem::bazel:
      return "//" + from_root;
    case Ecosystem::gradle:
      if (package.name.starts_with(':')) return prefix + package.name;
      std::ranges::replace(from_root, '/', ':');
      return prefix + ":" + from_root;
    case Ecosystem::cmake:
      break;
    case Ecosystem::cargo:
    case Ecosystem::go:
    case Ecosystem::maven:
    case Ecosystem::npm:
    case Ecosystem::python:
    case Ecosystem::swift:
      if (!package.name.empty()) return prefix + package.name;
      break;
  }
  return prefix + (package.directory.empty() ? "." : package.directory);
}

}  // namespace mergeq::vcs
