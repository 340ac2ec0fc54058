/// Content hashes of all nodes of a target graph in one tree.
///
/// A node's own files are hashed as the git tree that holds them and nothing else. Where a subtree
/// is all of one owner, that is its id, and it is not looked into. A component's hash (nodes
/// that need each other; one alone in most cases) covers its members' own files and the hashes of
/// the components that it needs: a Merkle tree over the graph.
///
/// The hashes of a tree are made from those of another tree with the same graph, by looking where
/// the two trees differ and going on where a hash differs.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vcs/object_store.h"
#include "vcs/target_graph.h"

namespace mergeq::vcs {

struct TreeHashes {
  std::shared_ptr<const TargetGraph> graph;
  std::optional<Oid> tree;
  std::vector<std::optional<Oid>> own;  // by node; nothing: it has no files of its own
  std::vector<Oid> components;          // by component

  Oid of(TargetGraph::NodeId node) const;
  /// A package always is there; a rule or a target from outside when it has files.
  bool has(const TargetGraph::Target& target) const;
};

/// What a directory holds for each owner.
struct DirectoryContents {
  std::optional<Oid> own;     // files directly here that nobody owns; only outside of places
  std::optional<Oid> region;  // files here and below that belong to the place around
  std::map<std::uint32_t, Oid> by_pattern;  // files here and below; patterns that began above too
};

class TargetHashes {
 public:
  explicit TargetHashes(ObjectStore& store) : store_(store) {}

  Result<std::shared_ptr<const TreeHashes>> hashes(const std::shared_ptr<const TargetGraph>& graph,
                                                   const std::optional<Oid>& tree);
  Result<DirectoryContents> contents_at(const TargetLayout& layout, const std::string& path,
                                        const Oid& tree);

 private:
  using NodeId = TargetGraph::NodeId;
  struct Directory {
    const TargetLayout& layout;
    const std::string& path;
    const TargetLayout::States& states;
    std::size_t depth;
    bool is_placed;  // it is a place or inside of one
  };
  struct Gathered;
  void add_file(const Directory& at, const TreeEntry& file, Gathered& gathered);
  Result<> add_directory(const Directory& at, const TreeEntry& entry, Gathered& gathered);
  Result<DirectoryContents> contents(const Directory& at, const Oid& tree);
  Result<std::optional<Oid>> own(const TargetGraph& graph, NodeId node,
                                 const std::optional<Oid>& tree);
  Result<> find_changed(const TargetGraph& graph, const std::string& path,
                        const std::optional<Oid>& before, const std::optional<Oid>& after,
                        const std::string* place, std::size_t depth, std::vector<NodeId>& changed);
  Result<std::shared_ptr<TreeHashes>> from_nothing(const std::shared_ptr<const TargetGraph>& graph,
                                                   const std::optional<Oid>& tree);
  Result<std::shared_ptr<TreeHashes>> from(const TreeHashes& near, const std::optional<Oid>& tree);

  ObjectStore& store_;
  Oid layout_;  // of what is in contents_
  std::map<std::pair<std::string, Oid>, DirectoryContents> contents_;
  std::deque<std::shared_ptr<const TreeHashes>> recent_;  // newest first
};

}  // namespace mergeq::vcs
