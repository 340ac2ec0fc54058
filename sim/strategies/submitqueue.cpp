/// SubmitQueue (Ananthanarayanan et al., "Keeping Master Green at Scale", EuroSys 2019), in a
/// strong reading.
///
/// A node is a head with the set of conflicting predecessors that are assumed to land. P(needed) of
/// a node is the product of P(land) and 1 - P(land) over these assumptions, P(land) about P(pass)
/// less the chance of a conflict with each predecessor. On each event the most needed nodes for all
/// slots are wanted: the missing are started, others aborted. A head lands when all ahead of it are
/// decided and the node that came true has passed.
///
/// Strong: the odds of passing follow every verdict and what has landed on a change since it came.
/// Read naively, with the odds of the beginning, turnaround on `hot` was 1.5 to 2 times as long.
///
/// Members are the predecessors in conflict with the head and not theirs in turn. With the latter
/// (`with_their_own`, from P(land) 0.5 to 0.98 on) a path dies with whoever of them does not land:
/// P50 / P95 on `hot` were 337 to 387 / 864 to 978 min instead of 341 / 849.
///
/// Nodes of one head come best first (flip the cheapest assumptions), as in the service's own
/// generator; the heap over all heads asks only for as many as there are slots.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <queue>

#include "scheduler/evidence.h"
#include "sim/strategies/paths.h"
#include "sim/strategies/strategies.h"

namespace mergeq::sim {

namespace {

constexpr std::size_t flips_max = 40;  // assumptions of one head that are ever turned round
constexpr double needed_least = 1e-4;  // nodes that are less needed are not looked at
constexpr double keep_when_remaining =
    0.35;  // share of a build's time; for builds nobody wants any more

using Aheads = std::vector<std::vector<Places::Ahead>>;  // by place

struct Node {
  std::size_t head = 0;
  std::uint64_t flips = 0;  // bit k: the assumption about the k-th change ahead is turned round
  std::size_t next = 0;     // the first assumption that a child may turn round
  double needed = 1.0;
};

/// The most needed first; among equals the one made first.
struct LessNeeded {
  bool operator()(const std::pair<double, std::size_t>& a,
                  const std::pair<double, std::size_t>& b) const {
    return a.first != b.first ? a.first < b.first : a.second > b.second;
  }
};

bool has_passed(const Change& change) {
  return std::any_of(change.evidence.begin(), change.evidence.end(),
                     [](const Evidence& e) { return e.passed; });
}

/// Whether the build judged the head alone on a trunk on which nothing had landed on it.
bool judged_alone(const Change& change, const Evidence& e) {
  return e.members.empty() &&
         (change.landed_neighbours.empty() || change.landed_neighbours.front().at >= e.base);
}

/// How many changes have landed on this one that no passing build of it had in it.
std::size_t landed_unseen(const Change& change) {
  std::size_t unseen = 0;
  for (const LandedNeighbour& landed : change.landed_neighbours) {
    const bool seen =
        std::any_of(change.evidence.begin(), change.evidence.end(), [&](const Evidence& e) {
          return e.passed && (landed.at < e.base || std::find(e.members.begin(), e.members.end(),
                                                              landed.change) != e.members.end());
        });
    if (!seen) ++unseen;
  }
  return unseen;
}

class SubmitQueue final : public Planner {
 public:
  std::string_view name() const override { return "submitqueue"; }
  LandingRule rule() const override {
    return {.uses_footprints = true,
            .together = false,
            .early_rejection = false,
            .overtake_below = 0.0};
  }

  Plan plan(const QueueState& state, Rng&) override {
    const Places places(state);
    lands_.assign(state.order.size(), 1.0);
    order_ = state.order;
    Aheads ahead;
    ahead.reserve(state.order.size());
    for (std::size_t i = 0; i < state.order.size(); ++i) {
      const ChangeId id = state.order[i];
      ahead.push_back(places.ahead(state, id));
      double p = passes(state, state.change(id));
      for (const auto& below : ahead.back()) p *= 1.0 - lands_[below.place] * below.conflict;
      lands_[i] = p;
    }
    std::vector<WantedPath> wanted = most_needed(state, ahead);
    const bool slots_to_spare = wanted.size() < state.policy.slots;
    return plan_for(state, std::move(wanted), [&](const Build& build) {
      return slots_to_spare || nearly_done(state, build);
    });
  }

  double lands(ChangeId id) const override {
    const auto it = std::find(order_.begin(), order_.end(), id);
    return it == order_.end() ? 1.0 : lands_[static_cast<std::size_t>(it - order_.begin())];
  }
  nlohmann::json save() const override {
    nlohmann::json saved = nlohmann::json::array();
    for (std::size_t i = 0; i < order_.size(); ++i) saved.push_back({order_[i].value, lands_[i]});
    return saved;
  }
  void load(const nlohmann::json& saved) override {
    order_.clear();
    lands_.clear();
    for (const auto& entry : saved) {
      order_.push_back({entry.at(0).get<std::uint64_t>()});
      lands_.push_back(entry.at(1).get<double>());
    }
  }

 private:
  static double passes(const QueueState& state, const Change& change);
  static bool nearly_done(const QueueState& state, const Build& build);
  std::vector<WantedPath> most_needed(const QueueState& state, const Aheads& ahead) const;
  WantedPath path_of(const QueueState& state, const Aheads& ahead, const Node& node) const;
  bool probably(const Places::Ahead& ahead) const { return lands_[ahead.place] >= 0.5; }

  std::vector<ChangeId> order_;  // of the last plan
  std::vector<double> lands_;    // P(it lands), by place in that order
};

/// P(it passes), by what was predicted and every verdict since.
double SubmitQueue::passes(const QueueState& state, const Change& change) {
  double pass = change.prediction.success;
  if (const auto known = known_verdict(state, change, {})) pass = *known ? 0.995 : 0.02;
  for (const Evidence& e : change.evidence) {
    if (e.passed) {
      pass = std::max(pass, 0.97);
    } else if (judged_alone(change, e)) {
      pass = std::min(pass, 0.03);
    }
  }
  for (const Evidence& e : change.evidence) {
    if (e.passed || judged_alone(change, e)) continue;
    double all_good = pass;
    for (const ChangeId member : e.members) {
      if (!state.is_pending(member)) continue;
      const Change& other = state.change(member);
      all_good *= has_passed(other) ? 0.99 : other.prediction.success;
    }
    const double blame = (1.0 - pass) / std::max(1e-3, 1.0 - all_good);
    pass = std::min(pass, std::max(0.03, 1.0 - blame));
  }
  return pass * std::pow(1.0 - change.prediction.conflict_target,
                         static_cast<double>(landed_unseen(change)));
}

bool SubmitQueue::nearly_done(const QueueState& state, const Build& build) {
  if (!build.started_at) return false;
  const Duration remaining = *build.started_at + build.expected - state.now;
  return seconds(remaining) < keep_when_remaining * seconds(build.expected);
}

WantedPath SubmitQueue::path_of(const QueueState& state, const Aheads& ahead,
                                const Node& node) const {
  WantedPath path{
      .head = state.order[node.head], .members = {}, .needed = node.needed, .worth = node.needed};
  const std::vector<Places::Ahead>& below = ahead[node.head];
  for (std::size_t k = 0; k < below.size(); ++k) {
    const bool flipped = k < flips_max && ((node.flips >> k) & 1) != 0;
    if (probably(below[k]) != flipped) path.members.push_back(below[k].change);
  }
  return path;
}

std::vector<WantedPath> SubmitQueue::most_needed(const QueueState& state,
                                                 const Aheads& ahead) const {
  std::vector<Node> nodes;
  std::priority_queue<std::pair<double, std::size_t>, std::vector<std::pair<double, std::size_t>>,
                      LessNeeded>
      best;
  const auto push = [&](Node node) {
    best.emplace(node.needed, nodes.size());
    nodes.push_back(node);
  };
  nodes.reserve(ahead.size() * 2);
  for (std::size_t i = 0; i < ahead.size(); ++i) {
    double needed = 1.0;
    for (const auto& below : ahead[i]) {
      needed *= std::max(lands_[below.place], 1.0 - lands_[below.place]);
    }
    push({.head = i, .flips = 0, .next = 0, .needed = needed});
  }
  std::vector<WantedPath> wanted;
  while (!best.empty() && wanted.size() < state.policy.slots) {
    const Node node = nodes[best.top().second];
    best.pop();
    const auto& below = ahead[node.head];
    WantedPath path = path_of(state, ahead, node);
    if (!known_verdict(state, state.change(path.head), path.members)) {
      wanted.push_back(std::move(path));
    }
    for (std::size_t k = node.next; k < std::min(below.size(), flips_max); ++k) {
      const double lands = lands_[below[k].place];
      const double likely = std::max(lands, 1.0 - lands);
      const double needed = node.needed * (1.0 - likely) / likely;
      if (needed < needed_least) continue;
      push({.head = node.head,
            .flips = node.flips | (std::uint64_t{1} << k),
            .next = k + 1,
            .needed = needed});
    }
  }
  return wanted;
}

}  // namespace

std::unique_ptr<Planner> make_submitqueue() { return std::make_unique<SubmitQueue>(); }

}  // namespace mergeq::sim
