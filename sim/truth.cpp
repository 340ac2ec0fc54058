#include "sim/truth.h"

#include <algorithm>

#include "scheduler/invariant.h"
#include "sim/mixing.h"

namespace mergeq::sim {

namespace {

/// Both ascending.
bool meet(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) return true;
    if (a[i] < b[j]) {
      ++i;
    } else {
      ++j;
    }
  }
  return false;
}

}  // namespace

Truth::Truth(const Scenario& scenario)
    : scenario_(scenario),
      present_(scenario.names->targets.size()),
      enemies_(scenario.changes.size()) {}

double Truth::conflict_rate(ChangeId a, ChangeId b) const {
  const Touched& x = scenario_.change(a).touched;
  const Touched& y = scenario_.change(b).touched;
  return meet(x.paths, y.paths) ? scenario_.conflict.real_path : scenario_.conflict.real_target;
}

void Truth::came(ChangeId id) {
  std::vector<ChangeId> met;
  for (const std::uint32_t target : scenario_.change(id).touched.targets) {
    met.insert(met.end(), present_[target].begin(), present_[target].end());
    present_[target].push_back(id);
  }
  std::sort(met.begin(), met.end());
  met.erase(std::unique(met.begin(), met.end()), met.end());
  for (const ChangeId other : met) {
    const auto [low, high] = std::minmax(id.value, other.value);
    const std::uint64_t hash = mixed(mixed(scenario_.seed, low), high);
    if (static_cast<double>(hash >> 11) * 0x1.0p-53 >= conflict_rate(id, other)) continue;
    enemies_[id.value - 1].push_back(other);
    enemies_[other.value - 1].push_back(id);
  }
}

void Truth::left(ChangeId id) {
  for (const std::uint32_t target : scenario_.change(id).touched.targets) {
    std::vector<ChangeId>& there = present_[target];
    const auto it = std::find(there.begin(), there.end(), id);
    MERGEQ_INVARIANT(it != there.end(), "simulator: a change leaves once, after it came");
    *it = there.back();
    there.pop_back();
  }
}

bool Truth::break_together(ChangeId a, ChangeId b) const {
  const auto& enemies = enemies_[a.value - 1];
  return std::find(enemies.begin(), enemies.end(), b) != enemies.end();
}

}  // namespace mergeq::sim
