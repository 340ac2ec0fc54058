#include "scheduler/planner.h"

#include <nlohmann/json.hpp>

namespace mergeq {

nlohmann::json Planner::save() const { return nullptr; }

}  // namespace mergeq
