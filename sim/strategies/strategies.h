/// Strategies by name: the published ones as their sources describe them, and mergeq's own.
///
/// single      one change at a time, in order
/// optimistic  Zuul's gate: assume that all ahead succeed, within a window (20 at first, at least
/// 3,
///             one more for each pass, halved for each rejection)
/// submitqueue SubmitQueue (Ananthanarayanan et al., EuroSys 2019): the likeliest paths first
/// oracle      knows every outcome and lands in order: what no speculation in order can beat
/// value       mergeq's own (scheduler/planners.h)
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/planner.h"
#include "scheduler/result.h"

namespace mergeq::sim {

/// What an oracle may ask. Both outlive the planner.
struct Foresight {
  std::function<bool(ChangeId)> good;
  std::function<bool(ChangeId, ChangeId)> break_together;
};

struct Strategy {
  std::string name;
  std::function<std::unique_ptr<Planner>(const Foresight&)> make;
};

/// All of them, in the order above.
const std::vector<Strategy>& strategies();
/// invalid: there is none of that name; the message lists those that there are.
Result<Strategy> strategy_by_name(std::string_view name);

std::unique_ptr<Planner> make_single();
std::unique_ptr<Planner> make_optimistic();
std::unique_ptr<Planner> make_submitqueue();
std::unique_ptr<Planner> make_oracle(Foresight foresight);

}  // namespace mergeq::sim
