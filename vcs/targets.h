/// Targets of a tree and their content hashes.
///
/// A rule owns the files that its globs match (a file may have several owners); a file that no rule
/// matches belongs to the target of its directory, "dir:<path>" ("dir:." at the root). A target's
/// hash covers path, mode and blob of its files, those of every target that it depends on
/// (transitively; a cycle is one set, so it ends), and all files under `global_paths`.
///
/// Hashes are made like git's trees, directory by directory, and kept by (path, tree id): the
/// second tree costs what differs from the first. Directories below which no glob can match are
/// looked at only where two trees differ.
///
/// A target that loses its last file has no hash any more; so that a change which only deletes
/// still has something to be judged, new_targets() then names it with `tombstone`.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scheduler/footprint.h"
#include "vcs/git.h"
#include "vcs/glob.h"
#include "vcs/repository.h"
#include "vcs/tree_diff.h"

namespace mergeq::vcs {

/// The hash of a target without files: that of git's empty blob.
constexpr const char* tombstone = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

std::string directory_target(std::string_view directory);

class TargetHasher {
 public:
  explicit TargetHasher(ObjectStore& store) : store_(store) {}

  Result<std::vector<TargetHash>> targets(const Oid& tree, const TargetRules& rules);
  Result<std::vector<TargetHash>> new_targets(const Oid& from, const Oid& to,
                                              const TargetRules& rules);

  struct Affected {
    std::vector<std::string> targets;  // with those that depend on them, ascending
    bool is_global = false;            // one of the paths is under global_paths
  };
  Affected affected(const std::vector<FileChange>& changes, const TargetRules& rules);

 private:
  using States = std::vector<Glob::State>;  // of all globs, in the order of globs_
  struct Directory {
    std::optional<Oid> own;  // of the files that no rule owns
    std::map<std::size_t, Oid>
        by_rule;  // of the files here and below; rule number, or global_owner
  };
  struct RuleHashes {
    std::vector<std::optional<Oid>> own;  // by rule
    std::vector<std::string> full;        // by rule, with what it depends on
    Oid global;
  };

  void use(const TargetRules& rules);
  States start() const;
  States advance(const States& states, std::string_view name) const;
  std::vector<std::size_t> owners(const States& states) const;
  Result<Directory> directory(const std::string& path, const Oid& tree, const States& states,
                              std::size_t depth);
  Result<std::optional<Oid>> own_hash_of(const Oid& root, const std::string& target);
  Result<RuleHashes> rule_hashes(const Oid& tree);
  Result<> add_directories(const std::string& path, const Oid& tree, const States& states,
                           const Oid& global, std::size_t depth, std::set<TargetHash>& found);
  struct Pair {
    std::optional<Oid> from;
    std::optional<Oid> to;
  };
  Result<> compare_directories(const std::string& path, const Pair& trees, const States& states,
                               const Oid& global, std::size_t depth, std::set<TargetHash>& found);
  /// Everything that `target` depends on and itself, ascending.
  std::set<std::string> closure(const std::string& target) const;

  struct OwnedGlob {
    std::size_t owner;
    Glob glob;
  };
  ObjectStore& store_;
  std::string rules_in_use_;  // as text, to see whether they changed
  std::vector<TargetRule> rules_;
  std::map<std::string, std::size_t, std::less<>> rule_numbers_;
  std::vector<OwnedGlob> globs_;
  std::map<std::pair<std::string, Oid>, Directory> known_;  // emptied when it holds known_max
};

}  // namespace mergeq::vcs
