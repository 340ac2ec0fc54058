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
  static std::set<std::string> claims(const Footprint& footprint) {
    std::set<std::string> claims = paths(footprint);
    claims.insert(footprint.gone_directories.begin(), footprint.gone_directories.end());
    return claims;
  }
  /// One of the first is a directory around one of the second.
  static bool encloses(const std::set<std::string>& a, const std::set<std::string>& b) {
    return std::any_of(a.begin(), a.end(), [&](const std::string& directory) {
      return std::any_of(b.begin(), b.end(), [&](const std::string& path) {
        return path.starts_with(directory + '/');
      });
    });
  }
  static bool share_path(const Footprint& a, const Footprint& b) {
    return meet(claims(a), claims(b)) || encloses(claims(a), claims(b)) ||
           encloses(claims(b), claims(a));
  }
  std::optional<EdgeKind> kind(const Footprint& a, const Footprint& b) const {
    const auto anything = [](const Footprint& f) { return !f.paths.empty() || !f.targets.empty(); };
    if (share_path(a, b)) return EdgeKind::path;
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

/// Few names at three depths, so that a path of one is often a directory of another.
std::string some_path() {
  std::string path = "p" + std::to_string(*rc::gen::inRange(0, 8));
  const int depth = *rc::gen::weightedElement<int>({{4, 1}, {2, 2}, {1, 3}});
  for (int i = 1; i < depth; ++i) path += "/q" + std::to_string(*rc::gen::inRange(0, 4));
  return path;
}
std::vector<std::string> some_paths(int at_most) {
  std::set<std::string> paths;
  const int count = *rc::gen::inRange(0, at_most + 1);
  for (int i = 0; i < count; ++i) paths.insert(some_path());
  return {paths.begin(), paths.end()};
}

Footprint some_footprint() {
  Footprint footprint = touches(some_paths(3), some_of("t", 20, 3));
  if (!footprint.paths.empty()) footprint.gone_directories = some_paths(1);
  for (TouchedPath& path : footprint.paths) {
    if (*rc::gen::weightedElement<bool>({{5, false}, {1, true}})) {
      path.renamed_from = some_path();
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
    if (NaiveGraph::share_path(entry.footprint, asked)) {
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

  TEST_CASE("who takes a directory away meets who adds to it, at any depth") {
    ConflictGraph graph;
    Footprint moved = touches({"new/x"});
    moved.paths[0].renamed_from = "old/x";
    moved.gone_directories = {"old"};
    graph.add({{1}, moved, {}, {}, {}, {}, {}});
    CHECK(graph.sharing_path(touches({"old/deep/er/y"})) == Ids{{1}});
    CHECK(graph.sharing_path(touches({"older/y"})).empty());
    CHECK(graph.sharing_path(touches({"new/y"})).empty());
  }

  TEST_CASE("a file meets what is in a directory of its name") {
    ConflictGraph graph;
    graph.add({{1}, touches({"a/b"}), {}, {}, {}, {}, {}});
    graph.add({{2}, touches({"a/b/c/d"}), {}, {}, {}, {}, {}});
    graph.add({{3}, touches({"a/c"}), {}, {}, {}, {}, {}});
    CHECK(graph.between({1}, {2})->kind == EdgeKind::path);
    CHECK_FALSE(graph.between({1}, {3}));
    CHECK_FALSE(graph.between({2}, {3}));
  }

  TEST_CASE("a change of 50,000 files is kept by directories and meets all that it would meet") {
    ConflictGraph graph;
    std::vector<std::string> many;
    for (int i = 0; i < 50'000; ++i) {
      many.push_back("d" + std::to_string(i % 50) + "/e" + std::to_string(i % 5'000) + "/" +
                     std::to_string(i));
    }
    std::ranges::sort(many);
    const Footprint large = touches(many);
    const auto add = [&](std::uint64_t id, const Footprint& footprint) {
      graph.add({{id}, footprint, {}, {}, {}, {}, {}});
    };
    add(1, touches({"d7/e57/57"}));     // one of its files
    add(2, touches({"d7/e57/other"}));  // beside one: met, since directories stand for their files
    add(3, touches({"d7/other/57"}));   // in none of its directories
    add(4, touches({"d7"}));            // a file where it has a directory
    add(5, touches({"elsewhere"}));
    CHECK(graph.sharing_path(large) == Ids{{1}, {2}, {4}});
    add(6, large);
    add(7, large);
    CHECK(graph.sharing_path(touches({"d7/e57/57"})) == Ids{{1}, {4}, {6}, {7}});
    CHECK(graph.between({6}, {7})->kind == EdgeKind::path);
    CHECK(graph.neighbours({6}).size() == 4);
    graph.remove({6});
    CHECK(graph.neighbours({7}).size() == 3);
    CHECK_FALSE(graph.between({3}, {7}));
  }

  TEST_CASE("50,000 files without directories stand for everything") {
    ConflictGraph graph;
    std::vector<std::string> many;
    for (int i = 0; i < 50'000; ++i) many.push_back("f" + std::to_string(i));
    std::ranges::sort(many);
    graph.add({{1}, touches(many), {}, {}, {}, {}, {}});
    graph.add({{2}, touches({"d/elsewhere"}), {}, {}, {}, {}, {}});
    CHECK(graph.between({1}, {2})->kind == EdgeKind::path);
    CHECK(graph.sharing_path(Footprint{}).empty());
  }

  TEST_CASE("a global change among 5,000 meets all of them, and leaves nothing behind") {
    ConflictGraph graph;
    for (std::uint64_t id = 1; id <= 5'000; ++id) {
      graph.add({{id}, touches({"f" + std::to_string(id)}), {}, {}, {}, {}, {}});
    }
    Footprint toolchain = touches({"toolchain"});
    toolchain.global = true;
    graph.add({{6'000}, toolchain, {}, {}, {}, {}, {}});
    CHECK(graph.neighbours({6'000}).size() == 5'000);
    CHECK(graph.edges().size() == 5'000);
    graph.remove({6'000});
    CHECK(graph.edges().empty());
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
