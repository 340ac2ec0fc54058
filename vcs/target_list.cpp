// The targets of a tree for people: with the number of their files and what they need.
#include <algorithm>
#include <set>
#include <unordered_map>

#include "vcs/local_repository.h"
#include "vcs/tree_diff.h"

namespace mergeq::vcs {
namespace {

using NodeId = TargetGraph::NodeId;

/// Counts every file of a tree for those who own it.
class FileCount {
 public:
  FileCount(ObjectStore& store, const TargetGraph& graph) : store_(store), graph_(graph) {}

  Result<> count(const std::string& path, const std::optional<Oid>& tree, std::size_t depth) {
    if (depth > depth_max) {
      return fail(ErrorCode::too_large, "directories are nested deeper than 1,000 levels");
    }
    MERGEQ_TRY(const auto entries, store_.tree(tree));
    for (const TreeEntry& entry : *entries) {
      const std::string child = join_path(path, entry.name);
      if (entry.is_tree()) {
        MERGEQ_DO(count(child, entry.id, depth + 1));
        continue;
      }
      const std::vector<std::size_t> owners = graph_.owners(child);
      for (const std::size_t owner : owners) ++files_[graph_.targets[owner].name];
      if (owners.empty() && !graph_.layout.is_shared(child)) ++files_[directory_target(path)];
    }
    return {};
  }
  std::uint64_t of(const std::string& target) const {
    const auto found = files_.find(target);
    return found == files_.end() ? 0 : found->second;
  }

 private:
  ObjectStore& store_;
  const TargetGraph& graph_;
  std::unordered_map<std::string, std::uint64_t> files_;
};

/// The targets that a node needs, seen through sets and shared files.
std::vector<std::string> needs_of(const TargetGraph& graph, NodeId self) {
  std::set<std::string> names;
  std::set<NodeId> seen{self};
  std::vector<NodeId> open{self};
  while (!open.empty()) {
    const NodeId node = open.back();
    open.pop_back();
    for (const NodeId needed : graph.nodes[node].needs) {
      if (!seen.insert(needed).second) continue;
      const std::size_t target = graph.target_of[needed];
      if (target != TargetGraph::no_target) {
        names.insert(graph.targets[target].name);
      } else if (graph.nodes[needed].role == TargetGraph::Role::directory) {
        names.insert(directory_target(graph.nodes[needed].source.path));
      } else {
        open.push_back(needed);
      }
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace

Result<TargetList> LocalRepository::target_list(const TreeId& tree,
                                                const TargetRules& rules) const {
  const std::optional<Oid> id = parse_oid(tree.hex);
  if (!id) return fail(ErrorCode::invalid, "expected a tree id of 40 hexadecimal digits");
  MERGEQ_TRY(const auto hashes, hasher_.targets(*id, rules));
  MERGEQ_TRY(const auto tree_hashes, hasher_.hashes(*id, rules));
  const TargetGraph& graph = *tree_hashes->graph;
  FileCount files(store_, graph);
  MERGEQ_DO(files.count("", *id, 0));
  TargetList list{
      .tree = tree, .targets = {}, .unreadable = {}, .outside_failure = graph.outside_failure};
  for (const TargetHash& target : hashes) {
    TargetList::Target row{.name = target.target,
                           .ecosystem = {},
                           .directory = {},
                           .files = files.of(target.target),
                           .needs = {},
                           .hash = target.hash};
    const auto known =
        std::ranges::lower_bound(graph.targets, target.target, {}, &TargetGraph::Target::name);
    if (known != graph.targets.end() && known->name == target.target) {
      row.ecosystem = known->ecosystem;
      row.directory = known->directory;
      row.needs = needs_of(graph, known->node);
    } else {
      row.directory = row.name == "dir:." ? "" : row.name.substr(4);
    }
    list.targets.push_back(std::move(row));
  }
  for (const auto& one : graph.unreadable) list.unreadable.push_back({one.path, one.why});
  return list;
}

void LocalRepository::use_outside_graphs(OutsideGraphs graphs) {
  hasher_.use_outside_graphs(std::move(graphs));
}

}  // namespace mergeq::vcs
