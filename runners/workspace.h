/// A slot's place on disk, reused from build to build.
///
///     slot-N/tree    the checked out tree, a git work tree of its own (HEAD is the build's commit)
///     slot-N/index   git's index of it, out of reach of commands that a check runs by accident
///     slot-N/home    HOME of the checks, emptied before each build
///     slot-N/tmp     their TMPDIR, emptied before each build
///
/// The repository is only read, through `objects/info/alternates`: its refs, index, work tree,
/// hooks and configuration are neither touched nor obeyed, nor is any configuration of the user.
#pragma once

#include <string>

#include "runners/command_line.h"
#include "scheduler/id.h"
#include "scheduler/result.h"
#include "vcs/git_program.h"

namespace mergeq::runners {

/// Runs a git command for the workspace; the caller decides under which supervisor, and may cancel.
using RunGit = vcs::RunProcess;

/// Absolute path of the object database of `repository` (bare, not bare, or a linked work tree).
Result<std::string> objects_directory(const std::string& repository, const RunGit& git);

class Workspace {
 public:
  /// `directory`: of the slot, absolute. `objects`: of the repository.
  Workspace(std::string directory, std::string objects);

  /// Makes the work tree exactly this tree: what builds changed, added or left is gone. Writes only
  /// what differs from the tree that was there. If that fails, once again from nothing.
  Result<> checkout(const TreeId& tree, const CommitId& commit, const RunGit& git) const;
  const BuildPlaces& places() const { return places_; }

 private:
  Result<> lay_out(const CommitId& commit) const;
  Result<> checkout_once(const TreeId& tree, const CommitId& commit, const RunGit& git) const;

  std::string directory_;
  std::string objects_;
  BuildPlaces places_;
};

}  // namespace mergeq::runners
