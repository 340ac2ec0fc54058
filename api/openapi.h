/// The description of the HTTP interface, api/openapi.yaml, as it was when this was built.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "scheduler/result.h"

namespace mergeq::api {

extern const std::string_view openapi_yaml;

/// YAML as JSON, by the core schema: plain scalars are null, booleans and numbers where they look
/// like it, quoted ones are strings. corrupt: it is no YAML.
Result<nlohmann::json> json_of_yaml(std::string_view yaml);

}  // namespace mergeq::api
