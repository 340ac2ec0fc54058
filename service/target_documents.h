/// Footprints and target graphs as JSON, the same for the API and the command line.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "vcs/repository.h"

namespace mergeq::service {

/// The schema `Footprint` of api/openapi.yaml. At most `listed_max` paths and targets are listed;
/// their numbers are there.
nlohmann::json footprint_document(const vcs::FootprintReport& report, std::size_t listed_max);
/// Of one target, in words: "needs cargo:lib".
std::string reason_in_words(const vcs::AffectedTarget& target);
nlohmann::json targets_document(const vcs::TargetList& list);

}  // namespace mergeq::service
