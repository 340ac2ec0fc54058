#include "service/stack_index.h"

#include <algorithm>
#include <ranges>

namespace mergeq::service {

Result<StackIndex::Place> StackIndex::place(const vcs::Repository& repository,
                                            const QueueState& state, ChangeId id,
                                            const CommitId& head) {
  if (auto ok = catch_up(repository, state); !ok) return tl::unexpected(ok.error());
  if (auto ok = keep(repository, state.trunk.commit, id, head); !ok) {
    return tl::unexpected(ok.error());
  }
  const Question question{repository, state, id, head};
  Place place;
  for (const ChangeId other : state.order) {
    if (other == id) continue;
    const auto below = brings(question, state.change(other).proposal.head);
    if (!below) return tl::unexpected(below.error());
    if (*below) place.needs.push_back(other);
  }
  std::ranges::sort(place.needs);
  if (auto ok = find_those_above(question, place); !ok) return tl::unexpected(ok.error());
  auto stale = stale_on(question, place);
  if (!stale) return tl::unexpected(stale.error());
  place.stale_on = *stale;
  return place;
}

/// Keeps what is pending and nothing else, with its present head.
Result<> StackIndex::catch_up(const vcs::Repository& repository, const QueueState& state) {
  const CommitId& trunk = state.trunk.commit;
  if (trunk_ != trunk) {
    // A trunk that only moved on leaves own commits as they were, or fewer.
    const auto forward = trunk_.hex.empty() ? true : repository.is_ancestor(trunk_, trunk);
    if (!forward || !*forward) {
      kept_.clear();
      bringing_.clear();
      total_ = 0;
    }
    trunk_ = trunk;
  }
  std::vector<ChangeId> gone;
  for (const ChangeId id : kept_ | std::views::keys) {
    if (!state.is_pending(id)) gone.push_back(id);
  }
  for (const ChangeId id : gone) forget(id);
  for (const ChangeId id : state.order) {
    if (auto ok = keep(repository, trunk, id, state.change(id).proposal.head); !ok) return ok;
  }
  return {};
}

Result<> StackIndex::keep(const vcs::Repository& repository, const CommitId& trunk, ChangeId id,
                          const CommitId& head) {
  const auto known = kept_.find(id);
  if (known != kept_.end() && known->second.head == head) return {};
  forget(id);
  auto commits = repository.own_commits(trunk, head, commits_max);
  if (!commits && commits.error().code != ErrorCode::too_large) {
    return tl::unexpected(commits.error());
  }
  Kept kept{.head = head};
  if (commits && total_ + commits->size() <= total_max) {
    kept.commits = std::move(*commits);
    kept.is_whole = true;
  }
  total_ += kept.commits.size();
  for (const CommitId& commit : kept.commits) bringing_[commit.hex].push_back(id);
  kept_.emplace(id, std::move(kept));
  return {};
}

void StackIndex::forget(ChangeId id) {
  const auto known = kept_.find(id);
  if (known == kept_.end()) return;
  for (const CommitId& commit : known->second.commits) {
    const auto it = bringing_.find(commit.hex);
    std::erase(it->second, id);
    if (it->second.empty()) bringing_.erase(it);
  }
  total_ -= known->second.commits.size();
  kept_.erase(known);
}

bool StackIndex::is_brought_by(const std::vector<ChangeId>& changes, const CommitId& commit) const {
  const auto it = bringing_.find(commit.hex);
  return it != bringing_.end() && std::ranges::any_of(it->second, [&](ChangeId id) {
           return std::ranges::binary_search(changes, id);
         });
}

Result<bool> StackIndex::brings(const Question& question, const CommitId& commit) const {
  if (kept_.at(question.id).is_whole) return is_brought_by({question.id}, commit);
  if (!question.repository.has_commit(commit)) return false;
  return question.repository.is_ancestor(commit, question.head);
}

Result<> StackIndex::find_those_above(const Question& question, Place& place) const {
  const auto is_above = [&](ChangeId id) {
    return id != question.id && question.state.is_pending(id) &&
           !std::ranges::binary_search(place.needs, id);
  };
  const auto it = bringing_.find(question.head.hex);
  if (it != bringing_.end()) {
    std::ranges::copy_if(it->second, std::back_inserter(place.needed_by), is_above);
  }
  for (const auto& [id, kept] : kept_) {
    if (kept.is_whole || !is_above(id)) continue;
    const auto above = question.repository.is_ancestor(question.head, kept.head);
    if (!above) return tl::unexpected(above.error());
    if (*above) place.needed_by.push_back(id);
  }
  std::ranges::sort(place.needed_by);
  return {};
}

/// An earlier revision that a lower part of its stack contains as well is that one's affair.
Result<ChangeId> StackIndex::stale_on(const Question& question, const Place& place) const {
  for (const auto& [other, change] : question.state.changes) {
    if (other == question.id || change.earlier_heads.empty()) continue;
    const auto up_to_date = brings(question, change.proposal.head);
    if (!up_to_date) return tl::unexpected(up_to_date.error());
    if (*up_to_date) continue;
    for (const CommitId& earlier : change.earlier_heads) {
      const auto stale = brings(question, earlier);
      if (!stale) return tl::unexpected(stale.error());
      if (*stale && !is_brought_by(place.needs, earlier)) return other;
    }
  }
  return ChangeId{};
}

}  // namespace mergeq::service
