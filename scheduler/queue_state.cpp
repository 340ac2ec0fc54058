#include "scheduler/queue_state.h"

#include <algorithm>

namespace mergeq {

std::vector<ChangeId> dependencies(const QueueState& state, ChangeId id) {
  const std::uint32_t own = state.change(id).position;
  std::vector<ChangeId> found;
  for (const Neighbour& n : state.graph.neighbours(id)) {
    const bool ahead = !is_directed(n.kind) && state.change(n.change).position < own;
    if (n.needed || ahead) found.push_back(n.change);
  }
  std::ranges::sort(found, {}, [&](ChangeId c) { return state.change(c).position; });
  return found;
}

}  // namespace mergeq
