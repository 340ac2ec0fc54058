#include "scheduler/conflict_graph.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>

#include "scheduler/invariant.h"

namespace mergeq {

namespace {

/// Whose footprints name a key, ascending. Only ever asked for one key: its order reaches nobody.
using Index = std::unordered_map<std::string, std::vector<ChangeId>>;

struct Node {
  ChangeId id;
  Prediction prediction;
  bool stands = false;                    // has a path or a target
  std::vector<Index::value_type*> paths;  // its places in the indexes (their nodes never move)
  std::vector<Index::value_type*> targets;
  std::vector<Neighbour> neighbours;  // ascending by id: the edges, seen from here
};

// Edges in sets, so that between() costs a logarithm; vertices in a list, so that they never move.
// Both are ordered by address: nothing may be read off by walking them.
using Graph = boost::adjacency_list<boost::setS, boost::listS, boost::undirectedS, Node, Edge>;
using Vertex = boost::graph_traits<Graph>::vertex_descriptor;
using Kinds = std::map<ChangeId, EdgeKind>;

bool stands(const Footprint& footprint) {
  return !footprint.paths.empty() || !footprint.targets.empty();
}

/// The paths that a footprint touches, rename sources too, ascending, none twice.
std::vector<std::string> touched_paths(const Footprint& footprint) {
  std::vector<std::string> paths;
  paths.reserve(footprint.paths.size());
  for (const TouchedPath& touched : footprint.paths) {
    paths.push_back(touched.path);
    if (!touched.renamed_from.empty()) paths.push_back(touched.renamed_from);
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

/// Of two changes that have nothing in common: what a shared target would make of it, times this.
constexpr double order_share = 0.1;

/// The larger of the two: the edge is then the same whoever was analysed first, and an estimate
/// that is too high costs a build where one that is too low costs a red one.
double probability(EdgeKind kind, const Prediction& a, const Prediction& b) {
  switch (kind) {
    case EdgeKind::order:
      return order_share * std::max(a.conflict_target, b.conflict_target);
    case EdgeKind::global:
      return std::max(a.conflict_global, b.conflict_global);
    case EdgeKind::build_graph:
      return std::max(a.conflict_build_graph, b.conflict_build_graph);
    case EdgeKind::target:
      return std::max(a.conflict_target, b.conflict_target);
    case EdgeKind::path:
      return std::max(a.conflict_path, b.conflict_path);
    case EdgeKind::textual:
      return 1.0;
    case EdgeKind::declared:
    case EdgeKind::stack:
      return 0.0;
  }
  return 0.0;
}

void raise(Kinds& kinds, ChangeId id, EdgeKind kind) {
  const auto [it, fresh] = kinds.try_emplace(id, kind);
  if (!fresh) it->second = std::max(it->second, kind);
}

void insert_sorted(std::vector<Neighbour>& list, const Neighbour& neighbour) {
  const auto place =
      std::lower_bound(list.begin(), list.end(), neighbour.change,
                       [](const Neighbour& each, ChangeId id) { return each.change < id; });
  list.insert(place, neighbour);
}

void erase_sorted(std::vector<Neighbour>& list, ChangeId id) {
  const auto place =
      std::lower_bound(list.begin(), list.end(), id,
                       [](const Neighbour& each, ChangeId wanted) { return each.change < wanted; });
  if (place != list.end() && place->change == id) list.erase(place);
}

void insert_sorted(std::vector<ChangeId>& list, ChangeId id) {
  list.insert(std::lower_bound(list.begin(), list.end(), id), id);
}

}  // namespace

struct ConflictGraph::Impl {
  bool complete = false;
  Graph graph;
  std::map<ChangeId, Vertex> vertices;
  Index by_path, by_target;
  std::set<ChangeId> standing, altering, global;  // alterers of the build graph; globals

  /// The kinds that follow from footprints alone.
  Kinds met_by(const Footprint& footprint) const {
    Kinds kinds;
    const auto all = [&](const auto& ids, EdgeKind kind) {
      for (const ChangeId id : ids) raise(kinds, id, kind);
    };
    for (const std::string& path : touched_paths(footprint)) {
      if (const auto it = by_path.find(path); it != by_path.end()) all(it->second, EdgeKind::path);
    }
    for (const std::string& target : footprint.targets) {
      const auto it = by_target.find(target);
      if (it != by_target.end()) all(it->second, EdgeKind::target);
    }
    if (stands(footprint)) all(altering, EdgeKind::build_graph);
    if (footprint.alters_build_graph) all(standing, EdgeKind::build_graph);
    all(global, EdgeKind::global);
    if (complete || footprint.global) {
      const EdgeKind kind = footprint.global ? EdgeKind::global : EdgeKind::order;
      for (const auto& [id, vertex] : vertices) raise(kinds, id, kind);
    }
    return kinds;
  }

  void connect(Vertex a, Vertex b, EdgeKind kind, ChangeId upper) {
    if (graph[b].id < graph[a].id) std::swap(a, b);
    const Edge edge{.a = graph[a].id,
                    .b = graph[b].id,
                    .kind = kind,
                    .probability = probability(kind, graph[a].prediction, graph[b].prediction),
                    .upper = upper};
    boost::add_edge(a, b, edge, graph);
    const auto seen_from = [&](ChangeId self, ChangeId other) {
      return Neighbour{.change = other,
                       .kind = kind,
                       .probability = edge.probability,
                       .needed = is_directed(kind) && upper == self};
    };
    insert_sorted(graph[a].neighbours, seen_from(edge.a, edge.b));
    insert_sorted(graph[b].neighbours, seen_from(edge.b, edge.a));
  }

  static void enter(Index& index, const std::string& key, ChangeId id,
                    std::vector<Index::value_type*>& places) {
    const auto it = index.try_emplace(key).first;
    insert_sorted(it->second, id);
    places.push_back(&*it);
  }

  static void leave(Index& index, std::span<Index::value_type* const> places, ChangeId id) {
    for (Index::value_type* place : places) {
      std::vector<ChangeId>& ids = place->second;
      ids.erase(std::lower_bound(ids.begin(), ids.end(), id));
      if (ids.empty()) index.erase(index.find(place->first));
    }
  }
};

ConflictGraph::ConflictGraph(bool complete) : impl_(std::make_unique<Impl>()) {
  impl_->complete = complete;
}
ConflictGraph::~ConflictGraph() = default;
ConflictGraph::ConflictGraph(ConflictGraph&&) noexcept = default;
ConflictGraph& ConflictGraph::operator=(ConflictGraph&&) noexcept = default;

void ConflictGraph::add(const Addition& addition) {
  MERGEQ_INVARIANT(!contains(addition.id), "a change is in the conflict graph at most once");
  Kinds kinds = impl_->met_by(addition.footprint);
  std::map<ChangeId, std::pair<EdgeKind, ChangeId>> directed;  // the other one -> kind, upper
  const auto name = [&](std::span<const ChangeId> ids, EdgeKind kind, bool other_is_upper) {
    for (const ChangeId other : ids) {
      if (other == addition.id || !contains(other)) continue;
      raise(kinds, other, kind);
      if (!is_directed(kind)) continue;
      const ChangeId upper = other_is_upper ? other : addition.id;
      const auto [it, fresh] = directed.try_emplace(other, kind, upper);
      if (!fresh && it->second.first < kind) it->second = {kind, upper};
    }
  };
  name(addition.textual, EdgeKind::textual, false);
  name(addition.declares, EdgeKind::declared, false);
  name(addition.needs, EdgeKind::stack, false);
  name(addition.needed_by, EdgeKind::stack, true);

  const Vertex vertex = boost::add_vertex(impl_->graph);
  Node& node = impl_->graph[vertex];
  node.id = addition.id;
  node.prediction = addition.prediction;
  node.stands = stands(addition.footprint);
  for (const std::string& path : touched_paths(addition.footprint)) {
    Impl::enter(impl_->by_path, path, addition.id, node.paths);
  }
  for (const std::string& target : addition.footprint.targets) {
    Impl::enter(impl_->by_target, target, addition.id, node.targets);
  }
  if (node.stands) impl_->standing.insert(addition.id);
  if (addition.footprint.alters_build_graph) impl_->altering.insert(addition.id);
  if (addition.footprint.global) impl_->global.insert(addition.id);
  for (const auto& [other, kind] : kinds) {
    const auto it = directed.find(other);
    impl_->connect(vertex, impl_->vertices.at(other), kind,
                   it == directed.end() ? ChangeId{} : it->second.second);
  }
  impl_->vertices.emplace(addition.id, vertex);
}

void ConflictGraph::remove(ChangeId id) {
  const auto it = impl_->vertices.find(id);
  if (it == impl_->vertices.end()) return;
  const Vertex vertex = it->second;
  const Node& node = impl_->graph[vertex];
  Impl::leave(impl_->by_path, node.paths, id);
  Impl::leave(impl_->by_target, node.targets, id);
  impl_->standing.erase(id);
  impl_->altering.erase(id);
  impl_->global.erase(id);
  for (const Neighbour& neighbour : node.neighbours) {
    erase_sorted(impl_->graph[impl_->vertices.at(neighbour.change)].neighbours, id);
  }
  boost::clear_vertex(vertex, impl_->graph);
  boost::remove_vertex(vertex, impl_->graph);
  impl_->vertices.erase(it);
}

bool ConflictGraph::contains(ChangeId id) const { return impl_->vertices.contains(id); }

std::size_t ConflictGraph::size() const { return impl_->vertices.size(); }

std::span<const Neighbour> ConflictGraph::neighbours(ChangeId id) const {
  const auto it = impl_->vertices.find(id);
  if (it == impl_->vertices.end()) return {};
  return impl_->graph[it->second].neighbours;
}

std::optional<Edge> ConflictGraph::between(ChangeId a, ChangeId b) const {
  const auto from = impl_->vertices.find(a);
  const auto to = impl_->vertices.find(b);
  if (from == impl_->vertices.end() || to == impl_->vertices.end()) return std::nullopt;
  const auto [edge, found] = boost::edge(from->second, to->second, impl_->graph);
  if (!found) return std::nullopt;
  return impl_->graph[edge];
}

std::vector<Edge> ConflictGraph::edges() const {
  std::vector<Edge> edges;
  edges.reserve(boost::num_edges(impl_->graph));
  for (const auto& [id, vertex] : impl_->vertices) {
    for (const Neighbour& neighbour : impl_->graph[vertex].neighbours) {
      if (neighbour.change < id) continue;
      edges.push_back(*between(id, neighbour.change));
    }
  }
  return edges;
}

std::vector<ChangeId> ConflictGraph::sharing_path(const Footprint& footprint) const {
  std::set<ChangeId> ids;
  for (const std::string& path : touched_paths(footprint)) {
    const auto it = impl_->by_path.find(path);
    if (it != impl_->by_path.end()) ids.insert(it->second.begin(), it->second.end());
  }
  return {ids.begin(), ids.end()};
}

std::vector<ChangeId> ConflictGraph::meeting(const Footprint& footprint) const {
  std::vector<ChangeId> ids;
  for (const auto& [id, kind] : impl_->met_by(footprint)) ids.push_back(id);
  return ids;
}

}  // namespace mergeq
