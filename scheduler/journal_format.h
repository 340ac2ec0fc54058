/// Events as JSON, as the journal keeps them. Grammar and examples: docs/journal.md.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "scheduler/event.h"
#include "scheduler/result.h"

namespace mergeq {

/// {"type": "change_enqueued", "at": <ms since 1970>, ...}. Text that is not UTF-8 is carried as it
/// is in a form that from_json gives back byte for byte.
nlohmann::json event_to_json(const Event& event);
/// corrupt: an unknown type, or a member that is missing or of the wrong kind (the message names
/// it).
Result<Event> event_from_json(const nlohmann::json& json);

}  // namespace mergeq
