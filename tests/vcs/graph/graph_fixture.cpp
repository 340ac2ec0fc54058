#include "tests/vcs/graph/graph_fixture.h"

#include <algorithm>
#include <sstream>

namespace mergeq::vcs {

std::optional<ManifestKind> simple_kind(std::string_view path) {
  const std::string name(file_name_of(path));
  const std::string place(directory_of(path));
  using Role = ManifestKind::Role;
  if (name == "tool") return ManifestKind{Role::toolchain, std::nullopt, place};
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto ecosystem = from_name<Ecosystem>(name.substr(0, dot));
  if (!ecosystem) return std::nullopt;
  if (name.ends_with(".pkg")) return ManifestKind{Role::manifest, ecosystem, place};
  if (name.ends_with(".lock")) return ManifestKind{Role::shared, ecosystem, place};
  return std::nullopt;
}

ManifestFacts simple_facts(std::string_view, std::string_view content) {
  ManifestFacts facts;
  std::istringstream lines{std::string(content)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, value, directory;
    words >> word >> value >> directory;
    if (word == "root") facts.is_root = true;
    if (word == "rootname") facts.root_names.push_back({value, directory});
    if (word == "broken") return {.targets = {}, .root_names = {}, .unreadable = "line 1: broken"};
    if (word == "own") facts.targets.push_back({.scope = Scope::own, .directory = value});
    if (word == "nearest") facts.targets.push_back({.scope = Scope::nearest, .directory = value});
    if (word == "below") facts.targets.push_back({.scope = Scope::below, .directory = value});
    if (facts.targets.empty()) continue;
    ManifestTarget& target = facts.targets.back();
    if (word == "name") target.name = value;
    if (word == "alias") target.aliases.push_back(value);
    if (word == "need") target.needs.push_back(value);
    if (word == "at") target.needs_directories.push_back(value);
    if (word == "all") target.needs_all = true;
  }
  return facts;
}

ManifestReaders simple_readers() { return {simple_kind, simple_facts}; }

namespace {

RepositoryHandle opened_by_libgit2(const std::string& path) {
  start_libgit2();
  git_repository* found = nullptr;
  REQUIRE(git_repository_open(&found, path.c_str()) == 0);
  return RepositoryHandle(found);
}

Oid written(ObjectStore& store, const FlatTree& files) {
  TreeEntries entries;
  std::map<std::string, FlatTree> below;
  for (const auto& [path, content] : files) {
    const std::size_t slash = path.find('/');
    if (slash != std::string::npos) {
      below[path.substr(0, slash)][path.substr(slash + 1)] = content;
    } else {
      entries.push_back({path, GIT_FILEMODE_BLOB, value_of(store.write_blob(content))});
    }
  }
  for (const auto& [name, inner] : below) {
    entries.push_back({name, GIT_FILEMODE_TREE, written(store, inner)});
  }
  return value_of(store.write_tree(std::move(entries)));
}

}  // namespace

GraphWorld::GraphWorld()
    : handle_(opened_by_libgit2(repository_.path())),
      store(handle_.get()),
      hasher(store, simple_readers()) {}

Oid GraphWorld::tree(const FlatTree& files) { return written(store, files); }

std::map<std::string, std::string> GraphWorld::hashes(const Oid& tree) {
  std::map<std::string, std::string> found;
  for (const TargetHash& target : value_of(hasher.targets(tree, rules))) {
    found[target.target] = target.hash;
  }
  return found;
}

Names GraphWorld::names(const Oid& tree) {
  Names names;
  for (const auto& [name, hash] : hashes(tree)) names.push_back(name);
  return names;
}

Names GraphWorld::changed(const Oid& from, const Oid& to) {
  Names names;
  for (const TargetHash& target : value_of(hasher.new_targets(from, to, rules))) {
    names.push_back(target.target);
  }
  return names;
}

}  // namespace mergeq::vcs
