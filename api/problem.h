/// Problem details (RFC 9457): what every error is told as.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "scheduler/result.h"

namespace mergeq::api {

struct FieldError {
  std::string field;    // "head", "checks[2]", "limit"
  std::string message;  // what was wrong and what was expected

  friend bool operator==(const FieldError&, const FieldError&) = default;
};

/// `detail` is one sentence; bytes that are not UTF-8 are replaced.
Response problem(int status, std::string_view detail);
/// 422, naming each field. Requires errors.
Response invalid_fields(const std::vector<FieldError>& errors);
/// What an error of the service means to a client. Those of the server itself (io, corrupt) are
/// told without their message, which goes to the log.
Response problem(const Error& error);

}  // namespace mergeq::api
