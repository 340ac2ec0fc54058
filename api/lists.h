/// Pages of lists: limit and cursor in, items and next_cursor out.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "api/http.h"
#include "service/service.h"

namespace mergeq::api {

/// The one value of a query parameter, nothing if absent; more than one is 422.
tl::expected<std::optional<std::string>, Response> query_value(const Request& request,
                                                               std::string_view name);

/// From `limit` (1 to 100, 50 if absent) and `cursor`, which has to be of this list. 422 otherwise.
tl::expected<storage::PageRequest, Response> page_request(const Request& request,
                                                          std::string_view list);

/// `{"items", "next_cursor"}`.
Response page_answer(const service::Page& page, std::string_view list);

}  // namespace mergeq::api
