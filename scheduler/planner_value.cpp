/// Sampled worlds vote for builds.
///
/// In each world every pending change has an outcome, in order: it lands if it is good there and
/// breaks with nothing that has landed or lands before it. A build of path (head | members) decides
/// the head in the worlds in which just those members land; where it passes, the members may land
/// with it. What a build is worth is the waiting that it saves: over its worlds and the changes
/// that it decides, the weighted time from its end to when they would be decided otherwise. That is
/// facility location, which is submodular, so the greedy choice by worth per slot minute is a good
/// one and can be made lazily (Minoux, "Accelerated greedy algorithms", 1978). What is decided
/// already is worth nothing more, so a portfolio becomes diverse by itself.
///
/// What lost, measured on the workload `hot`: ranking paths by P(needed) as a product of
/// independent guesses (SubmitQueue's rule), 4 to 9 times the P95 (docs/benchmarks.md).
#include <algorithm>
#include <array>
#include <bit>
#include <nlohmann/json.hpp>
#include <queue>
#include <ranges>
#include <set>

#include "scheduler/evidence.h"
#include "scheduler/planners.h"
#include "scheduler/worlds.h"

namespace mergeq {
namespace {

using Minutes = float;  // from the time of planning

constexpr std::size_t dependency_limit = 60;  // nearest ones ahead that paths are made for
constexpr std::size_t member_limit = 60;
constexpr std::size_t spare_paths = 8;  // wanted beyond the free slots: ranked for the page

double share(WorldSet worlds) { return std::popcount(worlds) / static_cast<double>(world_count); }

/// One planning: the outcomes in every world, and when each change is decided by what runs.
class Planning {
 public:
  Planning(const QueueState& state, const Worlds& worlds, const ValueOptions& options)
      : s_(state), worlds_(worlds), options_(options) {}

  Plan run();
  WorldSet lands(ChangeId id) const { return items_[s_.change(id).position].lands; }

 private:
  using Positions = std::vector<std::uint32_t>;  // ascending
  struct Path {
    Positions members;
    WorldSet decides = 0;
  };
  struct Item {
    const Change* change = nullptr;
    Positions ahead;  // its dependencies
    Positions needs;  // those among them that it cannot land without
    Positions base;   // these, and all that they need: no path of it has fewer members
    WorldSet alive = 0;
    WorldSet lands = 0;
    double weight = 1.0;
    Minutes build_time = 1.0f;
    std::array<Minutes, world_count> decided{};
  };
  struct Candidate {
    std::uint32_t head = 0;
    Path path;
    double density = 0.0;
    friend bool operator<(const Candidate& a, const Candidate& b) {
      return a.density != b.density ? a.density < b.density : a.head > b.head;
    }
  };

  void draw_outcomes();
  void outcome_of(Item& item);
  WorldSet decided_by(const Item& item, std::span<const std::uint32_t> members) const;
  WorldSet closed_in(std::span<const std::uint32_t> members, WorldSet worlds) const;
  double gain(std::uint32_t head, std::span<const std::uint32_t> members, WorldSet decides,
              Minutes end, bool take);
  bool still_wanted(const Build& build);
  void count_running(const Build& build);
  void add_candidates(std::uint32_t head);
  WorldSet bad_news(const Item& item) const;
  Positions with_needed(Positions members) const;
  std::vector<Path> groups_of(const Item& item) const;
  std::vector<Path> paths_of(const Item& item) const;
  bool is_open(const Item& item, const Positions& members) const;
  void choose(std::size_t paths);
  void propose_something();
  std::vector<ChangeId> ids(std::span<const std::uint32_t> positions) const;
  Positions positions(std::span<const ChangeId> members) const;
  double progress(const Build& build) const;
  Minutes end_of(const Build& build) const;

  const QueueState& s_;
  const Worlds& worlds_;
  const ValueOptions& options_;
  std::vector<Item> items_;
  std::set<std::pair<std::uint32_t, Positions>> running_;
  std::vector<Candidate> candidates_;
  Plan plan_;
};

Plan Planning::run() {
  draw_outcomes();
  std::vector<const Build*> running;
  for (const Build& build : s_.builds | std::views::values) {
    if (still_wanted(build)) {
      running.push_back(&build);
    } else {
      plan_.cancel.push_back(build.id);
    }
  }
  std::ranges::stable_sort(running, {}, [this](const Build* b) { return end_of(*b); });
  for (const Build* build : running) count_running(*build);
  if (running.size() < s_.policy.slots) {
    for (std::uint32_t head = 0; head < items_.size(); ++head) add_candidates(head);
    choose(s_.policy.slots - running.size() + spare_paths);
    if (running.empty() && plan_.start.empty()) propose_something();
  }
  return std::move(plan_);
}

void Planning::draw_outcomes() {
  items_.resize(s_.order.size());
  for (std::uint32_t p = 0; p < items_.size(); ++p) {
    Item& item = items_[p];
    item.change = &s_.change(s_.order[p]);
    for (const Neighbour& n : s_.graph.neighbours(item.change->id)) {
      const std::uint32_t other = s_.change(n.change).position;
      if (n.needed) item.needs.push_back(other);
      if (n.needed || (!is_directed(n.kind) && other < p)) item.ahead.push_back(other);
    }
    std::ranges::sort(item.ahead);
    std::ranges::sort(item.needs);
    item.base = with_needed(item.needs);
    outcome_of(item);
  }
}

void Planning::outcome_of(Item& item) {
  const Change& change = *item.change;
  item.alive = worlds_.alive(change);
  item.lands = item.alive;
  for (const std::uint32_t d : item.ahead) {
    item.lands &= ~(items_[d].lands & worlds_.clash(change.id, items_[d].change->id));
  }
  for (const std::uint32_t need : item.needs) item.lands &= items_[need].lands;
  const double waited = minutes(s_.now - change.enqueued_at);
  item.weight = 1.0 + waited / options_.age_weight_min;
  item.build_time = static_cast<Minutes>(std::max(1e-3, change.prediction.build_time_s / 60.0));
  item.decided.fill(static_cast<Minutes>(options_.horizon_builds) * item.build_time +
                    static_cast<Minutes>(options_.horizon_extra_min));
}

/// The worlds in which it is bad by itself: a verdict on no more than what it needs rejects it.
WorldSet Planning::bad_news(const Item& item) const {
  WorldSet worlds = ~item.alive;
  for (const std::uint32_t need : item.base) worlds &= items_[need].lands;
  return worlds;
}

/// The worlds in which just these members of its dependencies land, and bad news.
WorldSet Planning::decided_by(const Item& item, std::span<const std::uint32_t> members) const {
  WorldSet decides = all_worlds;
  for (const std::uint32_t d : item.ahead) {
    const bool in = std::ranges::binary_search(members, d);
    decides &= in ? items_[d].lands : ~items_[d].lands;
  }
  if (std::ranges::equal(members, item.base)) decides |= bad_news(item);
  return decides;
}

/// The worlds in which every dependency of a member is a member too, or does not land.
WorldSet Planning::closed_in(std::span<const std::uint32_t> members, WorldSet worlds) const {
  for (const std::uint32_t member : members) {
    for (const std::uint32_t d : items_[member].ahead) {
      if (!std::ranges::binary_search(members, d)) worlds &= ~items_[d].lands;
    }
  }
  return worlds;
}

double Planning::gain(std::uint32_t head, std::span<const std::uint32_t> members, WorldSet decides,
                      Minutes end, bool take) {
  double saved = 0.0;
  const auto count = [&](Item& item, WorldSet worlds) {
    double own = 0.0;
    for (; worlds != 0; worlds &= worlds - 1) {
      Minutes& decided = item.decided[static_cast<std::size_t>(std::countr_zero(worlds))];
      if (decided <= end) continue;
      own += static_cast<double>(decided - end);
      if (take) decided = end;
    }
    saved += own * item.weight;
  };
  count(items_[head], decides);
  if (!members.empty() && !s_.policy.every_commit_green) {
    const WorldSet together = closed_in(members, decides & items_[head].lands);
    for (const std::uint32_t member : members) count(items_[member], together);
  }
  return saved / world_count;
}

double Planning::progress(const Build& build) const {
  const double total = std::max(1e-3, seconds(build.expected));
  return seconds(s_.now - build.started_at.value_or(build.requested_at)) / total;
}

Minutes Planning::end_of(const Build& build) const {
  const Instant start = build.started_at.value_or(build.requested_at);
  const double left = minutes(start + build.expected - s_.now);
  return static_cast<Minutes>(std::max(left, 0.04 * minutes(build.expected)));
}

bool Planning::still_wanted(const Build& build) {
  const Change& head = s_.change(build.head());
  const Item& item = items_[head.position];
  const std::vector<ChangeId> before = before_head(build);
  const std::vector<ChangeId> pending = still_pending(s_, before);
  const double done = progress(build);
  if (untouched_since(head, build.base, before)) {
    if (decided_by(item, positions(pending)) != 0) return true;
    const bool tells = positions(pending) == item.base && !worlds_.is_known_good(head.id);
    return tells || done >= options_.keep_running_above;
  }
  // Something landed on it: it can no longer certify, but it can still reject.
  if (!pending.empty() || build.blames_nobody) return false;
  const WorldSet bad = ~worlds_.passes_on(head, build.base);
  return std::popcount(bad) >= world_count / 2 || (bad != 0 && done > 0.5);
}

void Planning::count_running(const Build& build) {
  const Change& head = s_.change(build.head());
  const std::vector<ChangeId> before = before_head(build);
  const Minutes end = end_of(build);
  if (!untouched_since(head, build.base, before)) {
    gain(head.position, {}, ~worlds_.passes_on(head, build.base), end, true);
    return;
  }
  const Positions members = positions(still_pending(s_, before));
  gain(head.position, members, decided_by(items_[head.position], members), end, true);
  running_.emplace(head.position, members);
}

/// With all that the members need, and what that needs: who builds on a member builds on its stack.
Planning::Positions Planning::with_needed(Positions members) const {
  const std::size_t asked = members.size();
  for (std::size_t i = 0; i < members.size(); ++i) {  // grows behind i
    for (const std::uint32_t need : items_[members[i]].needs) {
      if (std::ranges::find(members, need) == members.end()) members.push_back(need);
    }
  }
  if (members.size() != asked) std::ranges::sort(members);
  return members;
}

/// The worlds by which of its dependencies land in them: each group is a path, and its share of the
/// worlds is the odds that this very path decides the head, jointly and not as a product of
/// guesses.
std::vector<Planning::Path> Planning::groups_of(const Item& item) const {
  std::vector<Path> groups{{{}, all_worlds}};
  const std::size_t skip =
      item.ahead.size() > dependency_limit ? item.ahead.size() - dependency_limit : 0;
  for (std::size_t i = 0; i < item.ahead.size(); ++i) {
    const std::uint32_t d = item.ahead[i];
    const WorldSet lands = items_[d].lands;
    const bool need = std::ranges::binary_search(item.needs, d);
    if (need || i < skip) {  // no question of its own: with what is needed, else with the likelier
      const bool with = need || std::popcount(lands) > world_count / 2;
      for (Path& group : groups) {
        group.decides &= with ? lands : ~lands;
        if (with) group.members.push_back(d);
      }
      continue;
    }
    for (std::size_t g = groups.size(); g-- > 0;) {
      const WorldSet with = groups[g].decides & lands;
      const WorldSet without = groups[g].decides & ~lands;
      if (with != 0 && without != 0) {
        Path split = groups[g];
        split.members.push_back(d);
        split.decides = with;
        groups[g].decides = without;
        groups.push_back(std::move(split));
      } else if (with != 0) {
        groups[g].members.push_back(d);
      }
    }
  }
  for (Path& group : groups) group.members = with_needed(std::move(group.members));
  std::erase_if(groups, [](const Path& group) {
    return group.decides == 0 || group.members.size() > member_limit;
  });
  return groups;
}

/// Not running, not known, and nothing in it that the head does not merge with.
bool Planning::is_open(const Item& item, const Positions& members) const {
  if (running_.contains({item.change->position, members})) return false;
  const bool merges = std::ranges::none_of(members, [&](std::uint32_t member) {
    return worlds_.clash(item.change->id, items_[member].change->id) == all_worlds;
  });
  if (!merges) return false;
  return item.change->evidence.empty() ||
         !known_verdict(s_, *item.change, ids(members)).has_value();
}

/// All that could be built of it now. The path with only what it needs, which brings bad news, is
/// the last one where no group has it.
std::vector<Planning::Path> Planning::paths_of(const Item& item) const {
  std::vector<Path> paths = groups_of(item);
  const auto base = std::ranges::find(paths, item.base, &Path::members);
  if (base != paths.end()) {
    base->decides |= bad_news(item);
  } else {
    paths.push_back({item.base, bad_news(item)});
  }
  std::erase_if(paths, [&](const Path& path) { return !is_open(item, path.members); });
  return paths;
}

void Planning::add_candidates(std::uint32_t head) {
  const Item& item = items_[head];
  if (item.change->build_not_before > s_.now) return;
  for (Path& path : paths_of(item)) {
    const double worth = gain(head, path.members, path.decides, item.build_time, false);
    const double density = worth / static_cast<double>(item.build_time);
    if (density <= s_.policy.slot_minute_price) continue;
    candidates_.push_back({head, std::move(path), density});
  }
}

void Planning::choose(std::size_t paths) {
  std::priority_queue<Candidate> heap(std::less<Candidate>{}, std::move(candidates_));
  while (!heap.empty() && plan_.start.size() < paths) {
    Candidate best = heap.top();
    heap.pop();
    const auto& [members, decides] = best.path;
    const Minutes time = items_[best.head].build_time;
    const double density =
        gain(best.head, members, decides, time, false) / static_cast<double>(time);
    if (density <= s_.policy.slot_minute_price) continue;
    if (!heap.empty() && density < heap.top().density - 1e-9) {
      best.density = density;
      heap.push(std::move(best));
      continue;
    }
    gain(best.head, members, decides, time, true);
    plan_.start.push_back({.head = items_[best.head].change->id,
                           .members = ids(members),
                           .needed = share(decides),
                           .worth = density});
  }
}

/// Nothing runs and nothing is worth its price: the oldest change that can be built is, on its
/// likeliest path, or the queue would stop without a word.
void Planning::propose_something() {
  for (const Item& item : items_) {
    if (item.change->build_not_before > s_.now) continue;
    const std::vector<Path> paths = paths_of(item);
    if (paths.empty()) continue;
    const Path& likeliest = *std::ranges::max_element(
        paths, {}, [](const Path& path) { return std::popcount(path.decides); });
    plan_.start.push_back({.head = item.change->id,
                           .members = ids(likeliest.members),
                           .needed = share(likeliest.decides)});
    return;
  }
}

std::vector<ChangeId> Planning::ids(std::span<const std::uint32_t> positions) const {
  std::vector<ChangeId> found;
  found.reserve(positions.size());
  for (const std::uint32_t p : positions) found.push_back(s_.order[p]);
  return found;
}

Planning::Positions Planning::positions(std::span<const ChangeId> members) const {
  Positions found;
  found.reserve(members.size());
  for (ChangeId id : members) found.push_back(s_.change(id).position);
  std::ranges::sort(found);
  return found;
}

class ValuePlanner : public Planner {
 public:
  explicit ValuePlanner(ValueOptions options) : options_(options) {}

  std::string_view name() const override { return "value"; }
  LandingRule rule() const override { return {.overtake_below = options_.overtake_below}; }

  void added(const QueueState& state, ChangeId id, Rng& rng) override {
    worlds_.add(state, id, rng);
  }
  void removing(const QueueState&, ChangeId id, ChangeState as) override {
    worlds_.remove(id, as);
    lands_.erase(id);
  }
  void observed(const QueueState& state, const Build& build, bool passed, Rng& rng) override {
    if (build.state != BuildState::error) {
      worlds_.observe(state, build.members, build.base, passed, rng);
    } else if (build.members.size() == 2) {  // these two do not merge
      worlds_.forbid(build.head(), build.members.front().change);
    }
  }
  Plan plan(const QueueState& state, Rng& rng) override {
    worlds_.meet_foreign_pushes(state, rng);
    Planning planning(state, worlds_, options_);
    Plan plan = planning.run();
    lands_.clear();
    for (ChangeId id : state.order) lands_.emplace_hint(lands_.end(), id, 0.0);
    for (auto& [id, odds] : lands_) odds = share(planning.lands(id));
    return plan;
  }
  double lands(ChangeId id) const override {
    const auto it = lands_.find(id);
    return it == lands_.end() ? 1.0 : it->second;
  }

  nlohmann::json save() const override {
    nlohmann::json odds = nlohmann::json::array();
    for (const auto& [id, p] : lands_) odds.push_back({id.value, p});
    return {{"worlds", worlds_.save()}, {"lands", std::move(odds)}};
  }
  void load(const nlohmann::json& saved) override {
    worlds_.load(saved.at("worlds"));
    lands_.clear();
    for (const auto& row : saved.at("lands")) lands_[ChangeId{row.at(0)}] = row.at(1);
  }

 private:
  ValueOptions options_;
  Worlds worlds_;
  std::map<ChangeId, double> lands_;
};

}  // namespace

std::unique_ptr<Planner> make_value_planner(ValueOptions options) {
  return std::make_unique<ValuePlanner>(options);
}

}  // namespace mergeq
