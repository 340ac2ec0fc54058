/// Targets of a tree and their content hashes: the graph (target_graph.h) of its manifests or from
/// outside, the rules on top, and for files that nobody owns the target of their directory
/// ("dir:<path>", "dir:." at the root).
///
/// A target's hash covers path, mode and blob of its files and of those of every target that it
/// needs (transitively), of what it shares with others, and of what everybody uses. Two trees give
/// a target the same hash only when all of that is the same; trees with the same graph, exactly
/// then.
///
/// A target that loses its last file, or is gone, has no hash any more; so that a change which only
/// deletes still has something to be judged, new_targets() then names it with `tombstone`.
///
/// Cost  The second tree costs what differs from the first, as long as manifests say the same; else
///       the graph is put together anew.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scheduler/footprint.h"
#include "vcs/manifest_walk.h"
#include "vcs/object_store.h"
#include "vcs/repository.h"
#include "vcs/target_graph.h"
#include "vcs/target_hashes.h"

namespace mergeq::vcs {

/// The hash of a target without files: that of git's empty blob.
constexpr const char* tombstone = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

class TargetHasher {
 public:
  explicit TargetHasher(ObjectStore& store, ManifestReaders readers = {})
      : store_(store), walk_(store, std::move(readers)), hashes_(store) {}

  void use_outside_graphs(OutsideGraphs graphs) { outside_graphs_ = std::move(graphs); }

  Result<std::vector<TargetHash>> targets(const std::optional<Oid>& tree, const TargetRules& rules);
  /// The hashes that `to` has and `from` has not, and tombstones; ascending.
  Result<std::vector<TargetHash>> new_targets(const std::optional<Oid>& from,
                                              const std::optional<Oid>& to,
                                              const TargetRules& rules);
  /// unavailable: the graph from outside is not there yet.
  Result<std::shared_ptr<const TreeHashes>> hashes(const std::optional<Oid>& tree,
                                                   const TargetRules& rules);
  /// A reader knows this file by name. Of the rules that were used last.
  bool is_read(std::string_view path) const { return walk_.is_read(path); }

 private:
  void use(const TargetRules& rules);
  Result<std::shared_ptr<const TargetGraph>> graph_of(const std::optional<Oid>& tree);
  Result<std::shared_ptr<const TargetGraph>> graph_of(const ManifestTree& manifests,
                                                      const std::optional<Oid>& tree,
                                                      const OutsideGraph* outside,
                                                      const std::string& outside_key);
  Result<> add_directories(const TreeHashes& hashes, const std::string& path,
                           const std::optional<Oid>& tree, std::size_t depth,
                           std::set<TargetHash>& found);
  Result<std::optional<TargetHash>> directory(const TreeHashes& hashes, const std::string& path,
                                              const std::optional<Oid>& tree);
  struct Pair {
    std::optional<Oid> from, to;
  };
  Result<> compare_directories(const TreeHashes& from, const TreeHashes& to,
                               const std::string& path, const Pair& trees, std::size_t depth,
                               std::set<TargetHash>& found);
  Result<> new_directories(const TreeHashes& from, const TreeHashes& to,
                           std::set<TargetHash>& found);

  ObjectStore& store_;
  ManifestWalk walk_;
  TargetHashes hashes_;
  OutsideGraphs outside_graphs_;
  TargetRules rules_;  // those that were used last
  bool has_rules_ = false;
  std::map<Oid, std::shared_ptr<const TargetGraph>> graphs_;  // emptied when it holds graphs_max
};

}  // namespace mergeq::vcs
