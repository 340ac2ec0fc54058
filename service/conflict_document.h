/// Why two changes are in conflict, or are not: in words and as data, in the shape of
/// api/openapi.yaml (`Conflict`).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/conflict_graph.h"
#include "scheduler/overlap.h"

namespace mergeq::service {

/// One of the two: what it is called, and what it touches.
struct ConflictSide {
  std::string name;
  const Footprint& footprint;
};
/// What there is between the two.
struct Conflict {
  std::optional<EdgeKind> kind;            // nothing: no edge
  std::optional<double> probability;       // nothing: it is not known
  std::optional<Side> needs_other;         // directed kinds: the upper one
  std::vector<std::string> textual_paths;  // on which a merge of the two heads fails
};
/// Lists are cut at 200 entries; `paths_total` and `targets_total` say how many there are.
nlohmann::json conflict_document(const std::string& queue, const ConflictSide& a,
                                 const ConflictSide& b, const Conflict& conflict);

/// The strongest kind that follows from two footprints alone (not `order`).
std::optional<EdgeKind> kind_between(const Footprint& a, const Footprint& b);

}  // namespace mergeq::service
