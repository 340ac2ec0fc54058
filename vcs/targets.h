/// Targets of a tree and their content hashes.
///
/// A rule's target owns the files that its globs match; every file that no rule matches belongs to
/// the target of its directory, "dir:<path>" ("dir:." at the root). A hash covers the target's own
/// files (paths, modes, contents), those of everything it depends on, and the files that touch
/// everything.
///
/// What a directory gives to each target is kept by (directory, path), as a Merkle tree of its own
/// for each target: of a new tree only the directories that are new are looked at.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vcs/git.h"
#include "vcs/repository.h"

namespace mergeq::vcs {

class TargetIndex {
 public:
  explicit TargetIndex(ObjectStore& store) : store_(store) {}

  /// Every target with its hash, ascending. `tree`: nothing for the empty one.
  Result<std::shared_ptr<const std::vector<TargetHash>>> targets(const std::optional<Oid>& tree,
                                                                 const TargetRules& rules);
  /// Those of `to` that `from` has not; a target that is gone counts with the hash "gone".
  Result<std::vector<TargetHash>> changed(const std::optional<Oid>& from,
                                          const std::optional<Oid>& to, const TargetRules& rules);

 private:
  using Shares = std::map<std::string, std::string>;    // target -> hash of what is in here of it
  using Contents = std::map<std::string, std::string>;  // target -> what its hash is made of

  Result<std::shared_ptr<const Shares>> shares(const Oid& tree, const std::string& path,
                                               std::size_t depth);
  void add_file(Contents& contents, const TreeEntry& entry, const std::string& path) const;
  Result<std::string> digest(const std::string& content) const;
  Result<std::vector<TargetHash>> whole(const Shares& own) const;
  std::vector<std::string> reach(const std::string& target) const;
  void use(const TargetRules& rules);

  ObjectStore& store_;
  TargetRules rules_;
  std::string fingerprint_;
  std::map<std::pair<Oid, std::string>, std::shared_ptr<const Shares>> shares_;
  std::map<Oid, std::shared_ptr<const std::vector<TargetHash>>> wholes_;
};

}  // namespace mergeq::vcs
