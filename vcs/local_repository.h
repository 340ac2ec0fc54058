/// The Repository of a path on this machine.
#pragma once

#include <memory>
#include <string>

#include "vcs/landed_heads.h"
#include "vcs/object_store.h"
#include "vcs/repository.h"
#include "vcs/targets.h"

namespace mergeq::vcs {

class LocalRepository final : public Repository {
 public:
  explicit LocalRepository(RepositoryHandle repository);

  Result<CommitId> resolve(std::string_view name) const override;
  Result<std::optional<CommitId>> branch_tip(std::string_view branch) const override;
  Result<TreeId> tree_of(const CommitId& commit) const override;
  bool has_commit(const CommitId& commit) const override;
  Result<bool> is_ancestor(const CommitId& ancestor, const CommitId& descendant) const override;
  Result<std::vector<CommitId>> own_commits(const CommitId& trunk, const CommitId& head,
                                            std::size_t most) const override;
  Result<std::optional<CommitId>> first_parent(const CommitId& commit) const override;
  Result<CommitSummary> summary(const CommitId& commit) const override;

  Result<Footprint> footprint(const CommitId& trunk, const CommitId& head,
                              const TargetRules& rules) const override;
  Result<Footprint> difference(const CommitId& from, const CommitId& to,
                               const TargetRules& rules) const override;
  Result<FootprintReport> footprint_report(const CommitId& trunk, const CommitId& head,
                                           const TargetRules& rules) const override;
  void use_outside_graphs(OutsideGraphs graphs) override;
  Result<std::vector<TargetHash>> new_targets(const TreeId& from, const TreeId& to,
                                              const TargetRules& rules) const override;
  Result<std::vector<TargetHash>> targets(const TreeId& tree,
                                          const TargetRules& rules) const override;
  Result<TargetList> target_list(const TreeId& tree, const TargetRules& rules) const override;

  Result<MergeOutcome> merge(const MergeRequest& request) override;
  Result<bool> heads_conflict(const CommitId& a, const CommitId& b) const override;

  Result<BuildCommit> make_build_ref(std::string_view build_name, const CommitId& parent,
                                     const TreeId& tree, Instant at) override;
  Result<> drop_build_ref(std::string_view build_name) override;
  Result<std::vector<std::string>> build_refs() const override;

  Result<> keep_landing(const CommitId& commit) override;
  LandOutcome land(const LandRequest& request) override;
  Result<std::optional<std::string>> note(const CommitId& commit) const override;
  Result<bool> clear_stale_locks(std::string_view branch, std::chrono::seconds age) override;
  Result<std::vector<CommitId>> first_parents(const CommitId& from,
                                              const CommitId& to) const override;

  // The steps of land(), for a landing that a remote decides on.
  /// `refused` where the request contradicts itself, else `unknown`: nothing was looked at.
  LandOutcome check_landing(const LandRequest& request) const;
  /// Reads the branch and says whether it is there already; `refused`, in these words, where it is
  /// still the expected one.
  LandOutcome outcome_after(const LandRequest& request, const std::string& refusal) const;
  Result<> write_notes(const LandRequest& request);
  /// Whatever the branch was before. For a mirror, whose trunk is decided elsewhere.
  Result<> set_branch(std::string_view branch, const CommitId& commit);
  Result<> drop_branch(std::string_view branch);

 private:
  git_repository* git() const { return repository_.get(); }
  Result<> set_ref(const std::string& ref, const CommitId& commit);

  RepositoryHandle repository_;
  mutable ObjectStore store_;  // reading fills its caches
  mutable TargetHasher hasher_;
  LandedHeads landed_heads_;
};

/// As open_repository(), for those who need more than its face.
Result<std::unique_ptr<LocalRepository>> open_local_repository(const std::string& path);

}  // namespace mergeq::vcs
