#include "vcs/manifest_walk.h"

#include <algorithm>

#include "vcs/languages.h"
#include "vcs/target_layout.h"
#include "vcs/tree_diff.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t known_max = 200'000;

void append_names(std::string& text, const std::vector<std::string>& names) {
  text += std::to_string(names.size()) + ';';
  for (const std::string& name : names) append_field(text, name);
}

void append_facts(std::string& text, const ManifestFacts& facts) {
  text += facts.is_root ? "root " : "";
  append_field(text, facts.unreadable);
  for (const RootName& root : facts.root_names) {
    append_field(text, root.name);
    append_field(text, root.directory);
  }
  for (const ManifestTarget& target : facts.targets) {
    text += '#' + std::to_string(static_cast<int>(target.scope)) + (target.needs_all ? "a" : "");
    append_field(text, target.directory);
    append_field(text, target.name);
    append_names(text, target.aliases);
    append_names(text, target.needs);
    append_names(text, target.needs_directories);
  }
}

Oid facts_digest(const FoundManifest& found) {
  std::string text =
      std::to_string(static_cast<int>(found.kind.role)) + ' ' +
      (found.kind.ecosystem ? std::to_string(static_cast<int>(*found.kind.ecosystem)) : "none") +
      ' ';
  append_field(text, found.kind.directory);
  if (found.facts) append_facts(text, *found.facts);
  return hash_of(text);
}

}  // namespace

void ManifestWalk::choose(std::set<Ecosystem> chosen) {
  if (chosen == chosen_) return;
  chosen_ = std::move(chosen);
  directories_.clear();
}

std::optional<ManifestKind> ManifestWalk::kind_of(std::string_view path) const {
  if (chosen_.empty()) return std::nullopt;
  std::optional<ManifestKind> kind = readers_.kind(path);
  if (kind && kind->ecosystem && !chosen_.contains(*kind->ecosystem)) return std::nullopt;
  return kind;
}

Result<std::shared_ptr<const ManifestTree>> ManifestWalk::walk(const std::optional<Oid>& tree) {
  if (!tree) return std::make_shared<const ManifestTree>();
  return directory("", *tree, 0);
}

Result<std::shared_ptr<const ManifestFacts>> ManifestWalk::facts_of(const std::string& path,
                                                                    const File& file) {
  const Place place(path, file.id);
  if (!file.is_regular()) {
    return std::make_shared<const ManifestFacts>(
        ManifestFacts{.targets = {},
                      .root_names = {},
                      .unreadable = "expected a regular file, got a symbolic link or a submodule"});
  }
  if (const auto known = facts_.find(place); known != facts_.end()) return known->second;
  MERGEQ_TRY(const std::string content, store_.blob(file.id));
  auto facts = std::make_shared<const ManifestFacts>(readers_.read(path, content));
  if (facts_.size() >= known_max) facts_.clear();
  facts_[place] = facts;
  return facts;
}

Result<std::shared_ptr<const ManifestTree>> ManifestWalk::directory(const std::string& path,
                                                                    const Oid& tree,
                                                                    std::size_t depth) {
  if (depth > depth_max) {
    return fail(ErrorCode::too_large, "directories are nested deeper than 1,000 levels");
  }
  const Place place(path, tree);
  if (const auto known = directories_.find(place); known != directories_.end()) {
    return known->second;
  }
  MERGEQ_TRY(const auto entries, store_.tree(tree));
  auto result = std::make_shared<ManifestTree>();
  std::string facts;
  std::string files;
  std::string directories;
  for (const TreeEntry& entry : *entries) {
    std::string child_path = join_path(path, entry.name);
    if (entry.is_tree()) {
      MERGEQ_TRY(auto child, directory(child_path, entry.id, depth + 1));
      append_field(directories, entry.name);
      directories += child->directories.hex();
      if (child->files) append_field(files, entry.name + '/' + child->files->hex());
      if (!child->facts) continue;
      append_field(facts, entry.name + '/' + child->facts->hex());
      result->below.push_back(std::move(child));
      continue;
    }
    const std::optional<ManifestKind> kind = kind_of(child_path);
    if (kind || is_manifest(child_path)) append_field(files, entry.name + ':' + entry.id.hex());
    if (!kind) continue;
    FoundManifest found{std::move(child_path), *kind, {entry.mode, entry.id}, nullptr};
    if (kind->role == ManifestKind::Role::manifest) {
      MERGEQ_TRY(found.facts, facts_of(found.path, found.file));
    }
    append_field(facts, entry.name + ':' + facts_digest(found).hex());
    result->here.push_back(std::move(found));
  }
  if (!facts.empty()) result->facts = hash_of(facts);
  if (!files.empty()) result->files = hash_of(files);
  result->directories = hash_of(directories);
  if (directories_.size() >= known_max) directories_.clear();
  directories_[place] = result;
  return result;
}

std::vector<const FoundManifest*> manifests_of(const ManifestTree& tree) {
  std::vector<const FoundManifest*> found;
  std::vector<const ManifestTree*> open{&tree};
  while (!open.empty()) {
    const ManifestTree* next = open.back();
    open.pop_back();
    for (const FoundManifest& manifest : next->here) found.push_back(&manifest);
    for (const auto& child : next->below) open.push_back(child.get());
  }
  std::ranges::sort(found, {},
                    [](const FoundManifest* m) -> const std::string& { return m->path; });
  return found;
}

}  // namespace mergeq::vcs
