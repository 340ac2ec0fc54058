#include "sim/referee.h"

#include <algorithm>

#include "scheduler/invariant.h"

namespace mergeq::sim {

bool passes_in_truth(const Truth& truth, const SyntheticRepository& repository, std::size_t landed,
                     std::span<const Member> members) {
  const auto is_member = [&](ChangeId id) {
    return std::any_of(members.begin(), members.end(),
                       [&](const Member& member) { return member.change == id; });
  };
  for (const Member& member : members) {
    if (!truth.good(member.change)) return false;
    for (const ChangeId enemy : truth.enemies(member.change)) {
      const auto number = repository.landing_number(enemy);
      if ((number && *number < landed) || is_member(enemy)) return false;
    }
  }
  return true;
}

Referee::Referee(const Truth& truth, const SyntheticRepository& repository, std::uint32_t slots)
    : truth_(truth), repository_(repository), slots_(slots) {}

bool Referee::breaks_with_landed(ChangeId id) const {
  const auto enemies = truth_.enemies(id);
  return std::any_of(enemies.begin(), enemies.end(),
                     [&](ChangeId enemy) { return repository_.landing_number(enemy).has_value(); });
}

void Referee::landing(std::span<const Member> members) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    const ChangeId id = members[i].change;
    MERGEQ_INVARIANT(!repository_.landing_number(id), "5: a change lands at most once");
    const bool breaks_with_member =
        std::any_of(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const Member& m) { return truth_.break_together(id, m.change); });
    if (!truth_.good(id) || breaks_with_landed(id) || breaks_with_member) ++red_landings_;
  }
}

void Referee::finished(const Change& change) {
  if (change.id.value > ends_.size()) ends_.resize(change.id.value, ChangeState::queued);
  ChangeState& end = ends_[change.id.value - 1];
  MERGEQ_INVARIANT(is_terminal(change.state), "simulator: finished() is for terminal changes");
  if (end != ChangeState::queued) {
    MERGEQ_INVARIANT(end == change.state, "6: terminal states never change");
    return;
  }
  end = change.state;
  MERGEQ_INVARIANT(change.finished_at.has_value(), "simulator: a terminal change says since when");
  turnarounds_min_.push_back(minutes(*change.finished_at - change.enqueued_at));
  if (change.state == ChangeState::landed) {
    MERGEQ_INVARIANT(repository_.landing_number(change.id).has_value(),
                     "6: what is reported as landed is on the trunk");
    ++landed_;
    return;
  }
  MERGEQ_INVARIANT(!repository_.landing_number(change.id),
                   "6: what is on the trunk is reported as landed");
  ++rejected_;
  if (truth_.good(change.id) && !breaks_with_landed(change.id)) ++wrongful_rejections_;
}

void Referee::slots_used(std::size_t running) const {
  MERGEQ_INVARIANT(running <= slots_, "7: never more running builds than slots");
}

void Referee::final_whistle() const {
  MERGEQ_INVARIANT(repository_.landed().size() == landed_,
                   "4: every change on the trunk was reported as landed");
}

}  // namespace mergeq::sim
