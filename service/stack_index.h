/// Who stands on whom among the pending changes, without walking history for each pair.
///
/// One walk finds the commits that a change brings (its own: not yet on the trunk). Whose head is
/// among them is below it; whose own commits hold its head is above it. The own commits of each
/// pending change are kept. They are derived: what is not kept (after a start, a rewritten trunk, a
/// new revision) is walked when it is next asked for.
///
/// Memory  At most 2,000 commits of one change and 200,000 of all are kept, about 150 bytes each.
///         Changes beyond that are asked for one by one, as a walk each.
/// Cost    One walk over the change's own commits and those of the trunk since the two parted, and
///         a look at each live change (no walk).
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "scheduler/queue_state.h"
#include "vcs/repository.h"

namespace mergeq::service {

class StackIndex {
 public:
  static constexpr std::size_t commits_max = 2'000;  // of one change
  static constexpr std::size_t total_max = 200'000;

  struct Place {
    std::vector<ChangeId> needs;      // pending changes whose heads `head` contains, ascending
    std::vector<ChangeId> needed_by;  // pending changes that contain `head`, ascending
    ChangeId stale_on;  // a live change of which it contains an earlier revision only; 0: none
  };
  /// Of the head of `id`, which is not on the trunk, among the changes in the graph. Keeps its
  /// commits. Of two changes with the same head, the one that is asked about needs the other.
  Result<Place> place(const vcs::Repository& repository, const QueueState& state, ChangeId id,
                      const CommitId& head);
  std::size_t kept_commits() const { return total_; }

 private:
  struct Kept {
    CommitId head;
    std::vector<CommitId> commits;
    bool is_whole = false;  // false: too many to keep
  };
  struct Question {
    const vcs::Repository& repository;
    const QueueState& state;
    ChangeId id;
    const CommitId& head;
  };
  Result<> catch_up(const vcs::Repository& repository, const QueueState& state);
  Result<> keep(const vcs::Repository& repository, const CommitId& trunk, ChangeId id,
                const CommitId& head);
  void forget(ChangeId id);
  Result<bool> brings(const Question& question, const CommitId& commit) const;
  bool is_brought_by(const std::vector<ChangeId>& changes, const CommitId& commit) const;
  Result<> find_those_above(const Question& question, Place& place) const;
  Result<ChangeId> stale_on(const Question& question, const Place& place) const;

  std::map<ChangeId, Kept> kept_;
  std::unordered_map<std::string, std::vector<ChangeId>> bringing_;  // by commit, in any order
  std::size_t total_ = 0;
  CommitId trunk_;  // when it was last caught up with
};

}  // namespace mergeq::service
