/// The conflict graph: pending changes, and an edge for each pair that may not both be good.
///
/// Kept up incrementally: inverted indexes from paths, directories and targets to changes find the
/// neighbours of a change, so that adding or removing one costs what its own footprint and degree
/// cost, however many are pending.
///
/// Between two changes stands at most one edge, of the strongest kind that applies (the order of
/// EdgeKind). Directed kinds say who needs whom. `target`: both affect one target. `build_graph`:
/// one alters the build graph and the other has any path or target. `global`: one of them is
/// global.
///
/// `path`: the two can clash as text. They touch the same path (both sides of a rename count), or
/// one touches a path at which the other has a directory (a file against a directory), or one takes
/// a directory away (moves, deletes or replaces it) in or below which the other touches something:
/// a file that is added to a directory that was renamed is a conflict for git although no path is
/// the same. No other pair of changes from one base can fail to merge.
///
/// The probability of an edge is the larger of what the two predictions say for its kind (a tenth
/// of conflict_target for `order`), 1 for `textual` and 0 for directed kinds: who needs another is
/// never built without it, so that nothing of the pair is open.
///
/// Order   Everything that comes out is ascending; nothing depends on addresses or hashes.
/// Cost    add() and remove() of the own footprint and degree (a new edge enters the other's sorted
///         list: at its end, when ids come in order); neighbours() constant, between() a logarithm.
///         A change that is global has an edge to every other one, and costs so many.
/// Bounds  A footprint counts with at most 20,000 paths and directories: one that has more is kept
///         by directories, as deep ones as fit, and has a `path` edge with whoever touches anything
///         below them (scheduler/path_keys.h). Targets are not cut: they are the repository's.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "scheduler/change.h"

namespace mergeq {

/// From weakest to strongest. `order`: every pair, in a queue whose guarantee is `exact` or whose
/// planner looks at no footprint.
enum class EdgeKind { order, global, build_graph, target, path, textual, declared, stack };
template <>
struct WireNames<EdgeKind> {
  static constexpr std::array table{
      std::pair{EdgeKind::order, std::string_view("order")},
      std::pair{EdgeKind::global, std::string_view("global")},
      std::pair{EdgeKind::build_graph, std::string_view("build_graph")},
      std::pair{EdgeKind::target, std::string_view("target")},
      std::pair{EdgeKind::path, std::string_view("path")},
      std::pair{EdgeKind::textual, std::string_view("textual")},
      std::pair{EdgeKind::declared, std::string_view("declared")},
      std::pair{EdgeKind::stack, std::string_view("stack")},
  };
};
constexpr bool is_directed(EdgeKind kind) { return kind >= EdgeKind::declared; }

struct Neighbour {
  ChangeId change;
  EdgeKind kind = EdgeKind::path;
  double probability = 0.0;  // that the two break together; 1 for textual; 0 for directed kinds
  bool needed =
      false;  // directed kinds: this neighbour is needed by the change that was asked about

  friend bool operator==(const Neighbour&, const Neighbour&) = default;
};

struct Edge {
  ChangeId a, b;  // a < b
  EdgeKind kind = EdgeKind::path;
  double probability = 0.0;
  ChangeId upper;  // directed kinds: the one that needs the other

  friend bool operator==(const Edge&, const Edge&) = default;
};

class ConflictGraph {
 public:
  /// With `complete`, every pair has an edge (kind `order` where there is no stronger one).
  explicit ConflictGraph(bool complete = false);
  ~ConflictGraph();
  ConflictGraph(ConflictGraph&&) noexcept;
  ConflictGraph& operator=(ConflictGraph&&) noexcept;

  struct Addition {
    ChangeId id;
    const Footprint& footprint;
    const Prediction& prediction;
    std::span<const ChangeId> textual;    // those whose head does not merge with this one's
    std::span<const ChangeId> needs;      // those that it needs: lower parts of its stack
    std::span<const ChangeId> needed_by;  // upper parts of a stack that came earlier
    std::span<const ChangeId> declares;   // depends_on
  };
  /// Requires that `id` is not in the graph. Names of changes that are not in it are passed over.
  void add(const Addition& addition);
  /// No effect if it is not in the graph.
  void remove(ChangeId id);
  bool contains(ChangeId id) const;
  std::size_t size() const;

  /// Ascending by id; valid until the next add or remove. Empty if `id` is not in the graph.
  std::span<const Neighbour> neighbours(ChangeId id) const;
  std::optional<Edge> between(ChangeId a, ChangeId b) const;
  /// Every edge once, ascending by (a, b).
  std::vector<Edge> edges() const;

  /// The changes with which it would have a `path` edge, ascending: the only ones whose heads can
  /// fail to merge with it as text. Cost as of add().
  std::vector<ChangeId> sharing_path(const Footprint& footprint) const;
  /// The changes that would get an edge with this footprint (no textual, stack or declared edges):
  /// whom a foreign push meets. Ascending.
  std::vector<ChangeId> meeting(const Footprint& footprint) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mergeq
