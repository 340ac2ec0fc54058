#include "vcs/targets.h"

#include <algorithm>

#include "vcs/local_repository.h"
#include "vcs/target_assembly.h"
#include "vcs/tree_diff.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t graphs_max = 64;

Error too_deep() {
  return {ErrorCode::too_large, "directories are nested deeper than 1,000 levels"};
}

std::set<Ecosystem> chosen_by(const TargetRules& rules) {
  if (rules.manifests) return {rules.manifests->begin(), rules.manifests->end()};
  std::set<Ecosystem> all;
  for (const auto& [ecosystem, name] : WireNames<Ecosystem>::table) all.insert(ecosystem);
  return all;
}

/// The same files have the same owners, and everybody's surroundings are the same.
bool are_directories_comparable(const TreeHashes& a, const TreeHashes& b) {
  const auto& places = a.graph->environments;
  const auto& others = b.graph->environments;
  return a.graph->layout.digest() == b.graph->layout.digest() &&
         std::ranges::equal(places, others, [&](const auto& left, const auto& right) {
           return left.first == right.first && a.of(left.second) == b.of(right.second);
         });
}

/// What `to` has and `from` has not, with tombstones for what is gone. Both ascending.
void compare(const std::vector<TargetHash>& from, const std::vector<TargetHash>& to,
             std::set<TargetHash>& found) {
  auto before = from.begin();
  for (const TargetHash& target : to) {
    for (; before != from.end() && before->target < target.target; ++before) {
      found.insert({before->target, tombstone});
    }
    const bool is_known = before != from.end() && before->target == target.target;
    if (!is_known || before->hash != target.hash) found.insert(target);
    if (is_known) ++before;
  }
  for (; before != from.end(); ++before) found.insert({before->target, tombstone});
}

std::vector<TargetHash> all_targets(const TreeHashes& hashes) {
  std::vector<TargetHash> found;
  for (const TargetGraph::Target& target : hashes.graph->targets) {
    if (hashes.has(target)) found.push_back({target.name, hashes.of(target.node).hex()});
  }
  return found;
}

void compare_one(const TreeHashes& from, const TreeHashes& to, const TargetGraph::Target& target,
                 std::set<TargetHash>& found) {
  const bool was = from.has(target);
  const bool is = to.has(target);
  if (was && !is) found.insert({target.name, tombstone});
  if (is && (!was || from.of(target.node) != to.of(target.node))) {
    found.insert({target.name, to.of(target.node).hex()});
  }
}

}  // namespace

void TargetHasher::use(const TargetRules& rules) {
  if (has_rules_ && rules == rules_) return;
  has_rules_ = true;
  rules_ = rules;
  walk_.choose(chosen_by(rules));
  graphs_.clear();
}

Result<std::shared_ptr<const TargetGraph>> TargetHasher::graph_of(const std::optional<Oid>& tree) {
  MERGEQ_TRY(const auto manifests, walk_.walk(tree));
  if (!rules_.has_command) return graph_of(*manifests, tree, nullptr, "");
  const std::string files = manifests->files ? manifests->files->hex() : "none";
  std::shared_ptr<const OutsideGraph> outside = std::make_shared<const OutsideGraph>();
  if (tree) {
    if (!outside_graphs_) {
      return fail(ErrorCode::unsupported, "there is nobody here who runs `targets_command`");
    }
    MERGEQ_DO(store_.persist(*tree));  // for whoever checks it out
    outside = outside_graphs_(TreeId{tree->hex()}, files);
    if (!outside) {
      return fail(ErrorCode::unavailable,
                  "the target graph of tree " + tree->hex() + " is being made");
    }
  }
  return graph_of(*manifests, tree, outside.get(), files + outside->failure);
}

Result<std::shared_ptr<const TargetGraph>> TargetHasher::graph_of(const ManifestTree& manifests,
                                                                  const std::optional<Oid>& tree,
                                                                  const OutsideGraph* outside,
                                                                  const std::string& outside_key) {
  std::string facts = manifests.facts ? manifests.facts->hex() : "none";
  append_field(facts, outside_key);
  // The directories of a tree say which of the named ones are there; which ones are there says the
  // same for many trees.
  const Oid of_directories = hash_of(facts + " with " + manifests.directories.hex());
  if (const auto known = graphs_.find(of_directories); known != graphs_.end()) return known->second;
  const std::vector<const FoundManifest*> found = manifests_of(manifests);
  std::set<std::string> directories;
  for (const std::string& directory : named_directories(found)) {
    MERGEQ_TRY(const std::optional<TreeEntry> entry, store_.entry(tree, directory));
    if (!entry || !entry->is_tree()) continue;
    append_field(facts, directory);
    directories.insert(directory);
  }
  const Oid of_named = hash_of(facts);
  const auto known = graphs_.find(of_named);
  const std::shared_ptr<const TargetGraph> graph =
      known != graphs_.end()
          ? known->second
          : std::make_shared<const TargetGraph>(assemble({found, rules_, outside, directories}));
  if (graphs_.size() + 2 > graphs_max) graphs_.clear();
  graphs_[of_named] = graph;
  graphs_[of_directories] = graph;
  return graph;
}

Result<std::shared_ptr<const TreeHashes>> TargetHasher::hashes(const std::optional<Oid>& tree,
                                                               const TargetRules& rules) {
  use(rules);
  MERGEQ_TRY(const auto graph, graph_of(tree));
  return hashes_.hashes(graph, tree);
}

Result<std::optional<TargetHash>> TargetHasher::directory(const TreeHashes& hashes,
                                                          const std::string& path,
                                                          const std::optional<Oid>& tree) {
  if (!tree) return std::nullopt;
  MERGEQ_TRY(const DirectoryContents found, hashes_.contents_at(hashes.graph->layout, path, *tree));
  if (!found.own) return std::nullopt;
  const Oid environment = hashes.of(hashes.graph->environment_of(path));
  const Oid hash = hash_of("directory " + path + ' ' + found.own->hex() + environment.hex());
  return TargetHash{directory_target(path), hash.hex()};
}

Result<> TargetHasher::add_directories(const TreeHashes& hashes, const std::string& path,
                                       const std::optional<Oid>& tree, std::size_t depth,
                                       std::set<TargetHash>& found) {
  if (depth > depth_max) return tl::unexpected<Error>(too_deep());
  if (hashes.graph->layout.is_place(path)) return {};
  MERGEQ_TRY(std::optional<TargetHash> here, directory(hashes, path, tree));
  if (here) found.insert(std::move(*here));
  MERGEQ_TRY(const auto entries, store_.tree(tree));
  for (const TreeEntry& entry : *entries) {
    if (!entry.is_tree()) continue;
    MERGEQ_DO(add_directories(hashes, join_path(path, entry.name), entry.id, depth + 1, found));
  }
  return {};
}

/// Requires that are_directories_comparable().
Result<> TargetHasher::compare_directories(const TreeHashes& from, const TreeHashes& to,
                                           const std::string& path, const Pair& trees,
                                           std::size_t depth, std::set<TargetHash>& found) {
  if (trees.from == trees.to || to.graph->layout.is_place(path)) return {};
  if (depth > depth_max) return tl::unexpected<Error>(too_deep());
  MERGEQ_TRY(const std::optional<TargetHash> before, directory(from, path, trees.from));
  MERGEQ_TRY(std::optional<TargetHash> after, directory(to, path, trees.to));
  if (before && !after) found.insert({before->target, tombstone});
  if (after && before != after) found.insert(std::move(*after));
  MERGEQ_TRY(auto left, store_.tree(trees.from));
  MERGEQ_TRY(auto right, store_.tree(trees.to));
  for (const auto& [name, entries] : join_entries<2>({left, right})) {
    const Pair below{tree_part(entries[0]), tree_part(entries[1])};
    if (below.from == below.to) continue;
    MERGEQ_DO(compare_directories(from, to, join_path(path, name), below, depth + 1, found));
  }
  return {};
}

Result<> TargetHasher::new_directories(const TreeHashes& from, const TreeHashes& to,
                                       std::set<TargetHash>& found) {
  if (are_directories_comparable(from, to)) {
    return compare_directories(from, to, "", {from.tree, to.tree}, 0, found);
  }
  std::set<TargetHash> before;
  std::set<TargetHash> after;
  MERGEQ_DO(add_directories(from, "", from.tree, 0, before));
  MERGEQ_DO(add_directories(to, "", to.tree, 0, after));
  compare({before.begin(), before.end()}, {after.begin(), after.end()}, found);
  return {};
}

Result<std::vector<TargetHash>> TargetHasher::targets(const std::optional<Oid>& tree,
                                                      const TargetRules& rules) {
  MERGEQ_TRY(const auto hashes, this->hashes(tree, rules));
  const std::vector<TargetHash> of_graph = all_targets(*hashes);
  std::set<TargetHash> found(of_graph.begin(), of_graph.end());
  MERGEQ_DO(add_directories(*hashes, "", tree, 0, found));
  return std::vector<TargetHash>(found.begin(), found.end());
}

Result<std::vector<TargetHash>> TargetHasher::new_targets(const std::optional<Oid>& from,
                                                          const std::optional<Oid>& to,
                                                          const TargetRules& rules) {
  MERGEQ_TRY(const auto before, hashes(from, rules));
  MERGEQ_TRY(const auto after, hashes(to, rules));
  std::set<TargetHash> found;
  if (before->graph == after->graph) {
    for (const auto& target : after->graph->targets) compare_one(*before, *after, target, found);
  } else {
    compare(all_targets(*before), all_targets(*after), found);
  }
  MERGEQ_DO(new_directories(*before, *after, found));
  return std::vector<TargetHash>(found.begin(), found.end());
}

Result<std::vector<TargetHash>> LocalRepository::targets(const TreeId& tree,
                                                         const TargetRules& rules) const {
  const std::optional<Oid> id = parse_oid(tree.hex);
  if (!id) return fail(ErrorCode::invalid, "expected a tree id of 40 hexadecimal digits");
  return hasher_.targets(*id, rules);
}

Result<std::vector<TargetHash>> LocalRepository::new_targets(const TreeId& from, const TreeId& to,
                                                             const TargetRules& rules) const {
  const std::optional<Oid> before = parse_oid(from.hex);
  const std::optional<Oid> after = parse_oid(to.hex);
  if (!before || !after) {
    return fail(ErrorCode::invalid, "expected two tree ids of 40 hexadecimal digits");
  }
  return hasher_.new_targets(*before, *after, rules);
}

}  // namespace mergeq::vcs
