/// The target graph of a tree: which targets there are, what each one needs, whose a file is.
///
/// It follows from what the manifests say and where they are, the rules, and a graph from outside;
/// content plays no part, so that trees with the same manifests share one graph. Made by
/// target_assembly.h, turned into hashes by target_hashes.h.
///
/// Beside the targets it has nodes that stand for files that several use (a lock file, a tool
/// chain), and for sets of targets ("all of Cargo below x"), so that a thousand targets that each
/// need all others cost a thousand edges and not a million. Cycles are allowed: those in one need
/// each other and hash together.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "vcs/manifests/manifest.h"
#include "vcs/target_layout.h"

namespace mergeq::vcs {

/// The name of the target of a directory's files that nobody else owns: "dir:a/b", "dir:.".
std::string directory_target(std::string_view directory);

class TargetGraph {
 public:
  using NodeId = std::uint32_t;
  enum class Role : std::uint8_t {
    package,      // a target that a manifest tells of
    rule,         // a target of the configuration
    outside,      // a target of a graph from outside
    directory,    // files of a directory that nobody owns
    group,        // a set of targets
    shared,       // files that all targets of one ecosystem below a place use
    environment,  // files that all targets below a place use
    content,      // files
  };
  /// Where a node's own files are.
  struct Source {
    enum class Kind : std::uint8_t {
      none,
      region,     // of the place `path`: there and below, as far as no other place is nearer
      directory,  // directly in `path`, that nobody owns
      entry,      // whatever is at `path`
      pattern,    // that the pattern matches
    };
    Kind kind = Kind::none;
    std::string path;  // of a pattern its anchor
    std::uint32_t pattern = 0;
  };
  struct Node {
    Role role = Role::group;
    std::string label;  // unlike that of any other node
    Source source;
    std::vector<NodeId> needs;  // ascending, none twice, not itself
  };
  struct Target {
    std::string name;  // as users see it
    NodeId node = 0;
    std::optional<Ecosystem> ecosystem;
    std::string directory;  // of packages
  };
  struct Unreadable {
    std::string path;
    std::string why;
  };
  /// Nodes that need one another; one alone in most cases.
  struct Component {
    std::vector<NodeId> members;              // ascending by label
    std::vector<std::uint32_t> needs, users;  // components; those needed have lower numbers
  };

  TargetLayout layout;
  std::vector<Node> nodes;
  std::vector<Target> targets;  // ascending by name
  std::vector<Unreadable> unreadable;
  std::string outside_failure;                              // why there is no graph from outside
  std::map<std::string, NodeId, std::less<>> environments;  // by place; the root has one
  std::map<std::string, std::vector<std::size_t>> places;   // to targets
  std::vector<std::optional<NodeId>> pattern_owners;        // by pattern: a rule or an outside one
  std::vector<std::size_t> target_of;                       // by node; no_target
  static constexpr std::size_t no_target = static_cast<std::size_t>(-1);

  // Made by seal().
  std::vector<Component> components;
  std::vector<std::uint32_t> component_of;                         // by node
  std::vector<Oid> label_hashes;                                   // by node
  std::unordered_map<std::string, std::vector<NodeId>> by_source;  // by path: whose files are there
  Oid structure;  // of targets, needs and ownership: what "alters the build graph" means

  /// To be called once, when all nodes are there.
  void seal();

  NodeId environment_of(std::string_view directory) const;
  /// Who owns a file, as indices of targets, ascending; empty: its directory, or those who share
  /// it.
  std::vector<std::size_t> owners(std::string_view path) const;

 private:
  void find_components();
  void digest_structure();
};

}  // namespace mergeq::vcs
