/// The planners that a running queue can use. The simulator has more (sim/strategies.h).
#pragma once

#include <memory>

#include "scheduler/planner.h"

namespace mergeq {

/// mergeq's own: sampled worlds vote for builds (planner_value.cpp).
struct ValueOptions {
  double horizon_builds =
      2.0;  // an unsettled change counts as settled after this many own durations
  double horizon_extra_min = 30.0;   // ... and this much more
  double age_weight_min = 60.0;      // a change that waited so long weighs double
  double keep_running_above = 0.65;  // a build that no world needs is kept when this far
  double overtake_below = 0.1;       // soft order
};
std::unique_ptr<Planner> make_value_planner(ValueOptions options = {});

}  // namespace mergeq
