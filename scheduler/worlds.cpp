#include "scheduler/worlds.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace mergeq {
namespace {

constexpr std::uint64_t sweep_every = 256;                 // additions
constexpr std::uint64_t foreign = std::uint64_t{1} << 63;  // stands for a push by somebody else

double odds_of(double probability) {
  const double p = std::clamp(probability, 0.001, 0.999);
  return p / (1.0 - p);
}

}  // namespace

Worlds::Key Worlds::pair(ChangeId a, ChangeId b) {
  return a < b ? Key{a.value, b.value} : Key{b.value, a.value};
}

Worlds::Key Worlds::with_landed(const Change& change, const LandedNeighbour& landed) {
  if (landed.change) return pair(change.id, landed.change);
  return {change.id.value, foreign | landed.at};
}

void Worlds::draw(Key key, double probability, Rng& rng) {
  const auto [it, fresh] = doubts_.try_emplace(key);
  if (!fresh) return;
  it->second.odds = odds_of(probability);
  it->second.bad = rng.word(probability);
}

void Worlds::add(const QueueState& state, ChangeId id, Rng& rng) {
  if (until_sweep_ == 0) {
    sweep(state);
    until_sweep_ = sweep_every;
  }
  --until_sweep_;
  draw(own(id), 1.0 - state.change(id).prediction.success, rng);
  for (const Neighbour& n : state.graph.neighbours(id)) {
    if (is_directed(n.kind)) continue;
    draw(pair(id, n.change), n.probability, rng);
    if (n.kind == EdgeKind::textual) forbid(id, n.change);
  }
}

void Worlds::meet_foreign_pushes(const QueueState& state, Rng& rng) {
  for (ChangeId id : state.order) {
    const Change& change = state.change(id);
    for (const LandedNeighbour& landed : change.landed_neighbours) {
      if (landed.change) continue;
      draw(with_landed(change, landed), change.prediction.conflict_target, rng);
    }
  }
}

void Worlds::forbid(ChangeId head, ChangeId other) { doubts_[pair(head, other)].bad = all_worlds; }

void Worlds::remove(ChangeId id, ChangeState as) {
  const auto it = doubts_.find(own(id));
  if (it == doubts_.end()) return;
  if (as == ChangeState::landed) {
    it->second.bad = 0;
    it->second.settled = true;
    return;
  }
  if (as == ChangeState::rejected) {
    it->second.bad = all_worlds;  // its failures are explained
    return;
  }
  for (const std::uint64_t f : std::vector(it->second.failures)) forget(f);
  std::erase_if(doubts_, [id](const auto& item) {
    return item.first.a == id.value || item.first.b == id.value;
  });
}

WorldSet Worlds::passes_on(const Change& change, std::uint64_t base) const {
  WorldSet bad = 0;
  if (const auto it = doubts_.find(own(change.id)); it != doubts_.end()) bad = it->second.bad;
  for (const LandedNeighbour& landed : change.landed_neighbours) {
    if (landed.at >= base) break;
    if (const auto it = doubts_.find(with_landed(change, landed)); it != doubts_.end()) {
      bad |= it->second.bad;
    }
  }
  return ~bad;
}

WorldSet Worlds::clash(ChangeId a, ChangeId b) const {
  const auto it = doubts_.find(pair(a, b));
  return it == doubts_.end() ? 0 : it->second.bad;
}

bool Worlds::is_known_good(ChangeId id) const {
  const auto it = doubts_.find(own(id));
  return it != doubts_.end() && it->second.settled;
}

/// Everything that could make this set fail: each member alone, each with what had landed on it
/// before the base, and each pair.
std::vector<Worlds::Key> Worlds::doubts_of(const QueueState& state, std::span<const Member> members,
                                           std::uint64_t base) const {
  std::vector<Key> keys;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const ChangeId id = members[i].change;
    if (doubts_.contains(own(id))) keys.push_back(own(id));
    if (const auto it = state.changes.find(id); it != state.changes.end()) {
      for (const LandedNeighbour& landed : it->second.landed_neighbours) {
        if (landed.at >= base) break;
        const Key key = with_landed(it->second, landed);
        if (doubts_.contains(key)) keys.push_back(key);
      }
    }
    for (std::size_t j = 0; j < i; ++j) {
      const Key key = pair(id, members[j].change);
      if (doubts_.contains(key)) keys.push_back(key);
    }
  }
  return keys;
}

void Worlds::observe(const QueueState& state, std::span<const Member> members, std::uint64_t base,
                     bool passed, Rng& rng) {
  std::vector<Key> keys = doubts_of(state, members, base);
  if (passed) {
    std::set<std::uint64_t> again;
    for (const Key& key : keys) {
      Doubt& doubt = doubts_.at(key);
      if (!doubt.settled) again.insert(doubt.failures.begin(), doubt.failures.end());
      doubt.settled = true;
      doubt.bad = 0;
    }
    for (const std::uint64_t f : again) blame(failures_.at(f), rng);
    return;
  }
  std::erase_if(keys, [this](const Key& key) { return doubts_.at(key).settled; });
  if (keys.empty()) return;  // a flake, or something that nobody foresaw
  const std::uint64_t number = next_failure_++;
  Failure failure{keys, {}};
  for (const Member& m : members) failure.members.push_back(m.change);
  for (const Key& key : keys) doubts_.at(key).failures.push_back(number);
  blame(failure, rng);
  failures_.emplace(number, std::move(failure));
}

/// In each world in which the set would have passed, one of its unsettled doubts becomes true.
void Worlds::blame(const Failure& failure, Rng& rng) {
  WorldSet passing = all_worlds;
  std::vector<Doubt*> suspects;
  double total = 0.0;
  for (const Key& key : failure.doubts) {
    Doubt& doubt = doubts_.at(key);
    passing &= ~doubt.bad;
    if (doubt.settled) continue;
    suspects.push_back(&doubt);
    total += doubt.odds;
  }
  if (suspects.empty()) return;
  for (; passing != 0; passing &= passing - 1) {
    const WorldSet world = passing & -passing;
    double dice = rng.uniform() * total;
    std::size_t chosen = 0;
    while (chosen + 1 < suspects.size() && dice > suspects[chosen]->odds) {
      dice -= suspects[chosen]->odds;
      ++chosen;
    }
    suspects[chosen]->bad |= world;
  }
}

void Worlds::forget(std::uint64_t failure) {
  const auto it = failures_.find(failure);
  if (it == failures_.end()) return;
  for (const Key& key : it->second.doubts) {
    if (const auto d = doubts_.find(key); d != doubts_.end())
      std::erase(d->second.failures, failure);
  }
  failures_.erase(it);
}

/// Drops what nobody needs any more: failures without a pending member, then doubts that are about
/// no pending change and in no failure.
void Worlds::sweep(const QueueState& state) {
  std::vector<std::uint64_t> over;
  for (const auto& [number, failure] : failures_) {
    const bool needed =
        std::ranges::any_of(failure.members, [&](ChangeId id) { return state.is_pending(id); });
    if (!needed) over.push_back(number);
  }
  for (const std::uint64_t number : over) forget(number);
  std::erase_if(doubts_, [&](const auto& item) {
    const auto& [key, doubt] = item;
    const bool pending = state.is_pending(ChangeId{key.a}) ||
                         (key.b && !(key.b & foreign) && state.is_pending(ChangeId{key.b}));
    return !pending && doubt.failures.empty();
  });
}

nlohmann::json Worlds::save() const {
  std::vector<Key> keys;
  for (const auto& [key, doubt] : doubts_) keys.push_back(key);
  std::ranges::sort(keys);
  nlohmann::json doubts = nlohmann::json::array();
  for (const Key& key : keys) {
    const Doubt& d = doubts_.at(key);
    doubts.push_back({key.a, key.b, d.bad, d.odds, d.settled, d.failures});
  }
  nlohmann::json failures = nlohmann::json::array();
  for (const auto& [number, failure] : failures_) {
    nlohmann::json of = nlohmann::json::array();
    for (const Key& key : failure.doubts) of.push_back({key.a, key.b});
    nlohmann::json members = nlohmann::json::array();
    for (ChangeId id : failure.members) members.push_back(id.value);
    failures.push_back({number, std::move(of), std::move(members)});
  }
  return {{"doubts", std::move(doubts)},
          {"failures", std::move(failures)},
          {"next_failure", next_failure_},
          {"until_sweep", until_sweep_}};
}

void Worlds::load(const nlohmann::json& saved) {
  *this = Worlds{};
  for (const auto& row : saved.at("doubts")) {
    Doubt doubt{row.at(2), row.at(3), row.at(4), row.at(5)};
    doubts_.emplace(Key{row.at(0), row.at(1)}, std::move(doubt));
  }
  for (const auto& row : saved.at("failures")) {
    Failure failure;
    for (const auto& key : row.at(1)) failure.doubts.push_back({key.at(0), key.at(1)});
    for (const auto& id : row.at(2)) failure.members.push_back(ChangeId{id});
    failures_.emplace(row.at(0).get<std::uint64_t>(), std::move(failure));
  }
  saved.at("next_failure").get_to(next_failure_);
  saved.at("until_sweep").get_to(until_sweep_);
}

}  // namespace mergeq
