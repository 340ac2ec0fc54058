/// One round of a queue's thread: events that are applied together, become durable together, and
/// only then are acknowledged and carried out.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "scheduler/effect.h"
#include "storage/journal.h"

namespace mergeq::service {

struct Round {
  struct Line {  // of a timeline
    effect::Happened what;
    std::string actor;
  };

  Instant now{};
  std::string actor;  // of the command at hand; empty: the queue itself
  storage::Batch batch;
  std::set<ChangeId> changed;
  std::map<ChangeId, Change> closed;
  std::map<BuildId, Build> builds;  // changed ones, as they are now
  std::vector<Line> lines;
  bool queue_changed = false;
  std::vector<Effect> todo;  // to be carried out
  std::vector<std::function<void()>> after_durable;
};

}  // namespace mergeq::service
