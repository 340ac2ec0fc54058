#include "vcs/target_graph.h"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/strong_components.hpp>

namespace mergeq::vcs {
namespace {

void sort_unique(std::vector<std::uint32_t>& numbers) {
  std::ranges::sort(numbers);
  const auto rest = std::ranges::unique(numbers);
  numbers.erase(rest.begin(), rest.end());
}

}  // namespace

std::string directory_target(std::string_view directory) {
  return "dir:" + std::string(directory.empty() ? "." : directory);
}

void TargetGraph::seal() {
  for (NodeId id = 0; id < nodes.size(); ++id) {
    Node& node = nodes[id];
    std::erase(node.needs, id);
    sort_unique(node.needs);
    if (node.source.kind != Source::Kind::none) by_source[node.source.path].push_back(id);
    label_hashes.push_back(hash_of(node.label));
  }
  std::ranges::sort(targets, {}, &Target::name);
  target_of.assign(nodes.size(), no_target);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    target_of[targets[i].node] = i;
    if (nodes[targets[i].node].role == Role::package) places[targets[i].directory].push_back(i);
  }
  find_components();
  digest_structure();
}

void TargetGraph::find_components() {
  using Edges = std::vector<std::pair<NodeId, NodeId>>;
  Edges edges;
  for (NodeId id = 0; id < nodes.size(); ++id) {
    for (const NodeId needed : nodes[id].needs) edges.emplace_back(id, needed);
  }
  const boost::compressed_sparse_row_graph<boost::directedS> graph(
      boost::edges_are_sorted, edges.begin(), edges.end(), nodes.size());
  component_of.resize(nodes.size());
  // Tarjan's algorithm: a component gets its number after all that can be reached from it.
  const auto count = boost::strong_components(
      graph, boost::make_iterator_property_map(component_of.begin(),
                                               boost::get(boost::vertex_index, graph)));
  components.resize(count);
  for (NodeId id = 0; id < nodes.size(); ++id) {
    Component& component = components[component_of[id]];
    component.members.push_back(id);
    for (const NodeId needed : nodes[id].needs) {
      if (component_of[needed] != component_of[id]) component.needs.push_back(component_of[needed]);
    }
  }
  for (std::uint32_t number = 0; number < components.size(); ++number) {
    Component& component = components[number];
    std::ranges::sort(component.members, {},
                      [&](NodeId id) -> const std::string& { return nodes[id].label; });
    sort_unique(component.needs);
    for (const std::uint32_t needed : component.needs) components[needed].users.push_back(number);
  }
}

void TargetGraph::digest_structure() {
  const auto is_structure = [&](NodeId id) {
    const Role role = nodes[id].role;
    return role == Role::package || role == Role::rule || role == Role::outside ||
           role == Role::group;
  };
  std::vector<std::string> lines;
  for (NodeId id = 0; id < nodes.size(); ++id) {
    const Node& node = nodes[id];
    std::vector<std::string_view> needs;
    for (const NodeId needed : node.needs) {
      if (is_structure(needed)) needs.push_back(nodes[needed].label);
    }
    if (!is_structure(id) && needs.empty()) continue;
    std::ranges::sort(needs);
    std::string& line = lines.emplace_back();
    append_field(line, node.label);
    if (target_of[id] != no_target) append_field(line, targets[target_of[id]].name);
    for (const std::string_view needed : needs) append_field(line, needed);
  }
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) append_field(text, line);
  for (const auto& [place, owners] : places) append_field(text, place);
  structure = hash_of(text);
}

TargetGraph::NodeId TargetGraph::environment_of(std::string_view directory) const {
  while (true) {
    if (const auto found = environments.find(directory); found != environments.end()) {
      return found->second;
    }
    directory = directory_of(directory);  // ends at the root, which has one
  }
}

std::vector<std::size_t> TargetGraph::owners(std::string_view path) const {
  std::vector<std::size_t> found;
  for (const std::uint32_t pattern : layout.matching(path)) {
    if (pattern_owners[pattern]) found.push_back(target_of[*pattern_owners[pattern]]);
  }
  if (found.empty()) {
    const std::string* place = layout.nearest_place(directory_of(path));
    if (place != nullptr) return places.at(*place);
  }
  std::ranges::sort(found);
  const auto rest = std::ranges::unique(found);
  found.erase(rest.begin(), rest.end());
  return found;
}

}  // namespace mergeq::vcs
