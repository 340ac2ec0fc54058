#include "scheduler/conflict_graph.h"

#include <algorithm>
#include <boost/graph/vector_as_graph.hpp>
#include <map>
#include <string>
#include <unordered_map>

#include "scheduler/invariant.h"
#include "scheduler/key_index.h"
#include "scheduler/path_keys.h"
#include "scheduler/queue_list.h"

namespace mergeq {

namespace {

struct PathLists {
  Posting claimed, under;
  bool empty() const { return claimed.empty() && under.empty(); }
};
using Paths = KeyIndex<PathLists>;
using Targets = KeyIndex<Posting>;

struct Node {
  ChangeId id;                      // 0: the slot is free
  QueueList<Neighbour> neighbours;  // ascending by id: the edges, seen from here
  Prediction prediction;
  std::vector<Paths::Entry*> claimed, under;  // its places in the indexes
  std::vector<Targets::Entry*> targets;
};

// The slots behind each node's neighbours, in their order. A graph for Boost.Graph as it is; its
// adjacency_list asks for memory twice for an edge, also for one without properties
// (docs/decisions/0092).
using Links = std::vector<QueueList<Slot>>;

bool stands(const Footprint& footprint) {
  return !footprint.paths.empty() || !footprint.targets.empty();
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

/// The strongest kind that was found for each slot.
class Kinds {
 public:
  void raise(Slot slot, EdgeKind kind) {
    if (slot >= by_slot_.size()) by_slot_.resize(slot + 1, 0);
    const auto rank = static_cast<std::uint8_t>(static_cast<int>(kind) + 1);
    if (by_slot_[slot] == 0) slots_.push_back(slot);
    by_slot_[slot] = std::max(by_slot_[slot], rank);
  }
  void raise(const Posting& slots, EdgeKind kind) {
    slots.for_each([&](Slot slot) { raise(slot, kind); });
  }
  const std::vector<Slot>& slots() const { return slots_; }  // in any order
  EdgeKind of(Slot slot) const { return static_cast<EdgeKind>(by_slot_[slot] - 1); }
  void clear() {
    for (const Slot slot : slots_) by_slot_[slot] = 0;
    slots_.clear();
  }

 private:
  std::vector<std::uint8_t> by_slot_;  // 0: none, else the kind + 1
  std::vector<Slot> slots_;
};

/// Directed kinds that a change was given by name: the other one, and who needs whom.
struct Named {
  EdgeKind kind;
  ChangeId upper;
};
using NamedKinds = std::map<ChangeId, Named>;

/// The edge from `a` to a neighbour with a larger id.
Edge edge_from(ChangeId a, const Neighbour& to) {
  return {.a = a,
          .b = to.change,
          .kind = to.kind,
          .probability = to.probability,
          .upper = !is_directed(to.kind) ? ChangeId{}
                   : to.needed           ? a
                                         : to.change};
}

/// Where `id` stands in the list, or would. Mostly at an end: the newest comes, the oldest goes.
std::ptrdiff_t place_of(std::span<const Neighbour> list, ChangeId id) {
  if (list.empty() || list.back().change < id) return std::ssize(list);
  if (!(list.front().change < id)) return 0;
  const auto place = std::ranges::lower_bound(list, id, {}, &Neighbour::change);
  return place - list.begin();
}

}  // namespace

struct ConflictGraph::Impl {
  bool complete = false;
  std::vector<Node> nodes;  // by slot
  Links links;              // by slot
  std::vector<Slot> free;
  std::unordered_map<std::uint64_t, Slot> slots;  // by id
  Paths paths;
  Targets targets;
  Posting all, standing, altering, global;  // everybody; alterers of the build graph; globals

  // Of the change that is being added; here so that their memory is used again.
  PathKeys keys;
  Kinds kinds;
  std::vector<std::pair<ChangeId, Slot>> others;

  std::optional<Slot> slot_of(ChangeId id) const {
    const auto it = slots.find(id.value);
    return it == slots.end() ? std::nullopt : std::optional(it->second);
  }

  void sharing_path(const PathKeys& asked, Kinds& found) const {
    for (const std::string_view key : asked.claimed) {
      if (const PathLists* lists = paths.find(key)) {
        found.raise(lists->claimed, EdgeKind::path);
        found.raise(lists->under, EdgeKind::path);
      }
    }
    for (const std::string_view key : asked.under) {
      if (const PathLists* lists = paths.find(key)) found.raise(lists->claimed, EdgeKind::path);
    }
  }

  /// The kinds that follow from footprints alone.
  void meeting(const Footprint& footprint, const PathKeys& asked, Kinds& found) const {
    sharing_path(asked, found);
    for (const std::string& target : footprint.targets) {
      if (const Posting* posting = targets.find(target)) found.raise(*posting, EdgeKind::target);
    }
    if (stands(footprint)) found.raise(altering, EdgeKind::build_graph);
    if (footprint.alters_build_graph) found.raise(standing, EdgeKind::build_graph);
    found.raise(global, EdgeKind::global);
    if (footprint.global) found.raise(all, EdgeKind::global);
    if (complete) found.raise(all, EdgeKind::order);
  }

  std::vector<ChangeId> ids_of(const Kinds& found) const {
    std::vector<ChangeId> ids;
    ids.reserve(found.slots().size());
    for (const Slot slot : found.slots()) ids.push_back(nodes[slot].id);
    std::ranges::sort(ids);
    return ids;
  }

  NamedKinds raise_named(const Addition& addition) {
    NamedKinds named;
    const auto raise = [&](std::span<const ChangeId> ids, EdgeKind kind, bool other_is_upper) {
      for (const ChangeId other : ids) {
        const auto slot = slot_of(other);
        if (!slot) continue;
        kinds.raise(*slot, kind);
        if (!is_directed(kind)) continue;
        const Named now{kind, other_is_upper ? other : addition.id};
        const auto [it, fresh] = named.try_emplace(other, now);
        if (!fresh && it->second.kind < kind) it->second = now;
      }
    };
    raise(addition.textual, EdgeKind::textual, false);
    raise(addition.declares, EdgeKind::declared, false);
    raise(addition.needs, EdgeKind::stack, false);
    raise(addition.needed_by, EdgeKind::stack, true);
    return named;
  }

  Slot take_slot() {
    if (free.empty()) {
      nodes.emplace_back();
      links.emplace_back();
      return static_cast<Slot>(nodes.size() - 1);
    }
    const Slot slot = free.back();
    free.pop_back();
    return slot;
  }

  void enter(Slot slot, const Addition& addition) {
    Node& node = nodes[slot];
    node.id = addition.id;
    node.prediction = addition.prediction;
    for (const std::string_view key : keys.claimed) {
      node.claimed.push_back(&paths.entry(key));
      node.claimed.back()->second.claimed.insert(slot);
    }
    for (const std::string_view key : keys.under) {
      node.under.push_back(&paths.entry(key));
      node.under.back()->second.under.insert(slot);
    }
    for (const std::string& target : addition.footprint.targets) {
      node.targets.push_back(&targets.entry(target));
      node.targets.back()->second.insert(slot);
    }
    all.insert(slot);
    if (stands(addition.footprint)) standing.insert(slot);
    if (addition.footprint.alters_build_graph) altering.insert(slot);
    if (addition.footprint.global) global.insert(slot);
    slots.emplace(addition.id.value, slot);
  }

  void leave(Slot slot) {
    Node& node = nodes[slot];
    for (Paths::Entry* entry : node.claimed) {
      entry->second.claimed.erase(slot);
      paths.tidy(*entry);
    }
    for (Paths::Entry* entry : node.under) {
      entry->second.under.erase(slot);
      paths.tidy(*entry);
    }
    for (Targets::Entry* entry : node.targets) {
      entry->second.erase(slot);
      targets.tidy(*entry);
    }
    all.erase(slot);
    standing.erase(slot);
    altering.erase(slot);
    global.erase(slot);
    slots.erase(node.id.value);
  }

  /// Edges from a node that has none to those in `kinds`.
  void connect(Slot slot, const NamedKinds& named) {
    others.clear();
    for (const Slot other : kinds.slots()) others.emplace_back(nodes[other].id, other);
    std::ranges::sort(others);
    Node& node = nodes[slot];
    for (const auto& [id, other] : others) {
      const EdgeKind kind = kinds.of(other);
      const auto by_name = named.find(id);
      const ChangeId upper = by_name == named.end() ? ChangeId{} : by_name->second.upper;
      Node& far = nodes[other];
      Neighbour seen{.change = id,
                     .kind = kind,
                     .probability = probability(kind, node.prediction, far.prediction),
                     .needed = is_directed(kind) && upper == node.id};
      node.neighbours.push_back(seen);
      links[slot].push_back(other);
      seen.change = node.id;
      seen.needed = is_directed(kind) && upper == id;
      const std::ptrdiff_t place = place_of(far.neighbours.view(), node.id);
      far.neighbours.insert(place, seen);
      links[other].insert(place, slot);
    }
  }

  void disconnect(Slot slot) {
    const auto [first, last] = boost::adjacent_vertices(slot, links);
    for (auto other = first; other != last; ++other) {
      QueueList<Neighbour>& seen = nodes[*other].neighbours;
      const std::ptrdiff_t place = place_of(seen.view(), nodes[slot].id);
      seen.erase(place);
      links[*other].erase(place);
    }
  }

  /// Empty again, with a bounded part of its memory.
  void release(Slot slot) {
    constexpr std::size_t kept_max = 256;
    Node& node = nodes[slot];
    const auto empty = [](auto& list) {
      list.clear();
      if (list.capacity() > kept_max) list.shrink_to_fit();
    };
    empty(node.claimed);
    empty(node.under);
    empty(node.targets);
    node.neighbours.clear(kept_max);
    links[slot].clear(kept_max);
    node.id = ChangeId{};
    free.push_back(slot);
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
  Impl& in = *impl_;
  in.keys.take(addition.footprint);
  in.kinds.clear();
  in.meeting(addition.footprint, in.keys, in.kinds);
  const NamedKinds named = in.raise_named(addition);
  const Slot slot = in.take_slot();
  in.enter(slot, addition);
  in.connect(slot, named);
}

void ConflictGraph::remove(ChangeId id) {
  const auto slot = impl_->slot_of(id);
  if (!slot) return;
  impl_->disconnect(*slot);
  impl_->leave(*slot);
  impl_->release(*slot);
}

bool ConflictGraph::contains(ChangeId id) const { return impl_->slots.contains(id.value); }

std::size_t ConflictGraph::size() const { return impl_->slots.size(); }

std::span<const Neighbour> ConflictGraph::neighbours(ChangeId id) const {
  const auto slot = impl_->slot_of(id);
  if (!slot) return {};
  return impl_->nodes[*slot].neighbours.view();
}

std::optional<Edge> ConflictGraph::between(ChangeId a, ChangeId b) const {
  if (b < a) std::swap(a, b);
  const std::span<const Neighbour> seen = neighbours(a);
  const auto at = std::ranges::lower_bound(seen, b, {}, &Neighbour::change);
  if (at == seen.end() || at->change != b) return std::nullopt;
  return edge_from(a, *at);
}

std::vector<Edge> ConflictGraph::edges() const {
  std::vector<ChangeId> ids;
  impl_->all.for_each([&](Slot slot) { ids.push_back(impl_->nodes[slot].id); });
  std::ranges::sort(ids);
  std::vector<Edge> edges;
  for (const ChangeId id : ids) {
    for (const Neighbour& neighbour : neighbours(id)) {
      if (id < neighbour.change) edges.push_back(edge_from(id, neighbour));
    }
  }
  return edges;
}

std::vector<ChangeId> ConflictGraph::sharing_path(const Footprint& footprint) const {
  PathKeys keys;
  keys.take(footprint);
  Kinds found;
  impl_->sharing_path(keys, found);
  return impl_->ids_of(found);
}

std::vector<ChangeId> ConflictGraph::meeting(const Footprint& footprint) const {
  PathKeys keys;
  keys.take(footprint);
  Kinds found;
  impl_->meeting(footprint, keys, found);
  return impl_->ids_of(found);
}

}  // namespace mergeq
