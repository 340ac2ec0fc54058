#include "scheduler/conflict_graph.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

namespace mergeq {
namespace {

using Ids = std::vector<ChangeId>;

Footprint touches(std::vector<std::string> paths, std::vector<std::string> targets = {}) {
  Footprint footprint;
  for (std::string& path : paths) footprint.paths.emplace_back().path = std::move(path);
  footprint.targets = std::move(targets);
  return footprint;
}

/// The same contract by looking at all pairs.
class NaiveGraph {
 public:
  explicit NaiveGraph(bool complete) : complete_(complete) {}

  struct Entry {
    Footprint footprint;
    Prediction prediction;
  };

  void add(ChangeId id, const Entry& entry, const Ids& textual, const Ids& needs,
           const Ids& needed_by, const Ids& declares) {
    for (const ChangeId other : declares) name(id, other, {EdgeKind::declared, id});
    for (const ChangeId other : needs) name(id, other, {EdgeKind::stack, id});
    for (const ChangeId other : needed_by) name(id, other, {EdgeKind::stack, other});
    for (const ChangeId other : textual) name(id, other, {EdgeKind::textual, {}});
    entries_[id] = entry;
  }
  void remove(ChangeId id) {
    entries_.erase(id);
    std::erase_if(named_, [&](const auto& each) {
      return each.first.first == id || each.first.second == id;
    });
  }
  bool contains(ChangeId id) const { return entries_.contains(id); }
  const std::map<ChangeId, Entry>& entries() const { return entries_; }

  std::vector<Edge> edges() const {
    std::vector<Edge> edges;
    for (auto a = entries_.begin(); a != entries_.end(); ++a) {
      for (auto b = std::next(a); b != entries_.end(); ++b) {
        if (const auto edge = between(a->first, b->first)) edges.push_back(*edge);
      }
    }
    return edges;
  }

  static std::set<std::string> paths(const Footprint& footprint) {
    std::set<std::string> paths;
    for (const TouchedPath& path : footprint.paths) {
      paths.insert(path.path);
      if (!path.renamed_from.empty()) paths.insert(path.renamed_from);
    }
    return paths;
  }
  static bool meet(const auto& a, const auto& b) {
    return std::any_of(a.begin(), a.end(), [&](const std::string& each) {
      return std::find(b.begin(), b.end(), each) != b.end();
    });
  }
  std::optional<EdgeKind> kind(const Footprint& a, const Footprint& b) const {
    const auto anything = [](const Footprint& f) { return !f.paths.empty() || !f.targets.empty(); };
    if (meet(paths(a), paths(b))) return EdgeKind::path;
    if (meet(a.targets, b.targets)) return EdgeKind::target;
    if ((a.alters_build_graph && anything(b)) || (b.alters_build_graph && anything(a))) {
      return EdgeKind::build_graph;
    }
    if (a.global || b.global) return EdgeKind::global;
    if (complete_) return EdgeKind::order;
    return std::nullopt;
  }

 private:
  struct Named {
    EdgeKind kind;
    ChangeId upper;
  };
  void name(ChangeId id, ChangeId other, Named named) {
    if (id == other || !contains(other)) return;
    Named& known =
        named_.try_emplace({std::min(id, other), std::max(id, other)}, named).first->second;
    if (known.kind < named.kind) known = named;
  }
  std::optional<Edge> between(ChangeId a, ChangeId b) const {
    const Entry& x = entries_.at(a);
    const Entry& y = entries_.at(b);
    if (const auto it = named_.find({a, b}); it != named_.end()) {
      const bool textual = it->second.kind == EdgeKind::textual;
      return Edge{a, b, it->second.kind, textual ? 1.0 : 0.0, it->second.upper};
    }
    const auto found = kind(x.footprint, y.footprint);
    if (!found) return std::nullopt;
    const auto larger = [&](double Prediction::*field) {
      return std::max(x.prediction.*field, y.prediction.*field);
    };
    const double probability =
        *found == EdgeKind::order         ? 0.1 * larger(&Prediction::conflict_target)
        : *found == EdgeKind::path        ? larger(&Prediction::conflict_path)
        : *found == EdgeKind::global      ? larger(&Prediction::conflict_global)
        : *found == EdgeKind::build_graph ? larger(&Prediction::conflict_build_graph)
                                          : larger(&Prediction::conflict_target);
    return Edge{a, b, *found, probability, {}};
  }

  bool complete_;
  std::map<ChangeId, Entry> entries_;
  std::map<std::pair<ChangeId, ChangeId>, Named> named_;
};

std::vector<std::string> some_of(const std::string& prefix, int below, int at_most) {
  std::set<std::string> names;
  const int count = *rc::gen::inRange(0, at_most + 1);
  for (int i = 0; i < count; ++i) {
    names.insert(prefix + std::to_string(*rc::gen::inRange(0, below)));
  }
  return {names.begin(), names.end()};
}

Footprint some_footprint() {
  Footprint footprint = touches(some_of("p", 30, 4), some_of("t", 20, 3));
  for (TouchedPath& path : footprint.paths) {
    if (*rc::gen::weightedElement<bool>({{5, false}, {1, true}})) {
      path.renamed_from = "p" + std::to_string(*rc::gen::inRange(0, 30));
    }
  }
  footprint.alters_build_graph = *rc::gen::weightedElement<bool>({{12, false}, {1, true}});
  footprint.global = *rc::gen::weightedElement<bool>({{15, false}, {1, true}});
  return footprint;
}

Prediction some_prediction() {
  const auto odds = [] { return *rc::gen::inRange(1, 100) / 100.0; };
  return {.conflict_path = odds(),
          .conflict_target = odds(),
          .conflict_build_graph = odds(),
          .conflict_global = odds()};
}

Ids some_ids(int at_most) {
  Ids ids;
  const int count = *rc::gen::inRange(0, at_most + 1);
  for (int i = 0; i < count; ++i) ids.push_back({*rc::gen::inRange<std::uint64_t>(1, 25)});
  return ids;
}

void check_same(const ConflictGraph& graph, const NaiveGraph& naive) {
  RC_ASSERT(graph.size() == naive.entries().size());
  const std::vector<Edge> edges = naive.edges();
  RC_ASSERT(graph.edges() == edges);
  std::map<ChangeId, std::vector<Neighbour>> neighbours;
  for (const Edge& edge : edges) {
    neighbours[edge.a].push_back({edge.b, edge.kind, edge.probability, edge.upper == edge.a});
    neighbours[edge.b].push_back({edge.a, edge.kind, edge.probability, edge.upper == edge.b});
    RC_ASSERT(graph.between(edge.b, edge.a) == edge);
  }
  for (const auto& [id, entry] : naive.entries()) {
    auto& expected = neighbours[id];
    std::sort(expected.begin(), expected.end(),
              [](const Neighbour& a, const Neighbour& b) { return a.change < b.change; });
    const auto found = graph.neighbours(id);
    RC_ASSERT(std::equal(found.begin(), found.end(), expected.begin(), expected.end()));
  }
}

void check_lookups(const ConflictGraph& graph, const NaiveGraph& naive, const Footprint& asked) {
  Ids sharing, meeting;
  for (const auto& [id, entry] : naive.entries()) {
    if (NaiveGraph::meet(NaiveGraph::paths(entry.footprint), NaiveGraph::paths(asked))) {
      sharing.push_back(id);
    }
    if (naive.kind(entry.footprint, asked)) meeting.push_back(id);
  }
  RC_ASSERT(graph.sharing_path(asked) == sharing);
  RC_ASSERT(graph.meeting(asked) == meeting);
}

TEST_SUITE("conflict graph") {
  TEST_CASE("it has the edges that looking at all pairs finds, whatever comes and goes") {
    CHECK(rc::check([] {
      const bool complete = *rc::gen::arbitrary<bool>();
      ConflictGraph graph(complete);
      NaiveGraph naive(complete);
      const int steps = *rc::gen::inRange(0, 40);
      for (int step = 0; step < steps; ++step) {
        const ChangeId id{*rc::gen::inRange<std::uint64_t>(1, 25)};
        if (naive.contains(id) || *rc::gen::inRange(0, 5) == 0) {
          graph.remove(id);
          naive.remove(id);
        } else {
          const NaiveGraph::Entry entry{some_footprint(), some_prediction()};
          const Ids textual = some_ids(2), needs = some_ids(2), needed_by = some_ids(1),
                    declares = some_ids(1);
          graph.add({id, entry.footprint, entry.prediction, textual, needs, needed_by, declares});
          naive.add(id, entry, textual, needs, needed_by, declares);
        }
        RC_ASSERT(graph.contains(id) == naive.contains(id));
      }
      check_same(graph, naive);
      check_lookups(graph, naive, some_footprint());
    }));
  }

  TEST_CASE("a file that was renamed away is still shared with who edits it") {
    ConflictGraph graph;
    Footprint renamed = touches({"new.cc"});
    renamed.paths[0].renamed_from = "old.cc";
    const Prediction prediction{.conflict_path = 0.25};
    graph.add({{1}, renamed, prediction, {}, {}, {}, {}});
    const Footprint edited = touches({"old.cc"});
    CHECK(graph.sharing_path(edited) == Ids{{1}});
    graph.add({{2}, edited, {.conflict_path = 0.5}, {}, {}, {}, {}});
    CHECK(graph.between({1}, {2}) == Edge{{1}, {2}, EdgeKind::path, 0.5, {}});
  }

  TEST_CASE("the upper part of a stack needs the lower, and its other kinds give way") {
    ConflictGraph graph;
    const Footprint both = touches({"a.cc"}, {"//a"});
    const Ids first{{1}};
    graph.add({{1}, both, {}, {}, {}, {}, {}});
    graph.add({{2}, both, {}, first, first, {}, first});
    CHECK(graph.between({1}, {2}) == Edge{{1}, {2}, EdgeKind::stack, 0.0, {2}});
    REQUIRE(graph.neighbours({2}).size() == 1);
    CHECK(graph.neighbours({2})[0].needed);
    CHECK_FALSE(graph.neighbours({1})[0].needed);
  }

  TEST_CASE("a change without paths and targets meets only what is global") {
    ConflictGraph graph;
    Footprint manifest = touches({"BUILD"});
    manifest.alters_build_graph = true;
    graph.add({{1}, manifest, {}, {}, {}, {}, {}});
    CHECK(graph.meeting(Footprint{}).empty());
    Footprint toolchain = touches({"toolchain"});
    toolchain.global = true;
    graph.add({{2}, toolchain, {}, {}, {}, {}, {}});
    CHECK(graph.meeting(Footprint{}) == Ids{{2}});
    CHECK(graph.between({1}, {2})->kind == EdgeKind::build_graph);
  }
}

}  // namespace
}  // namespace mergeq
