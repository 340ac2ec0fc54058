#include "api/lists.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "api/cursor.h"
#include "api/problem.h"
#include "api/routes.h"
#include "api/text.h"

namespace mergeq::api {

tl::expected<std::optional<std::string>, Response> query_value(const Request& request,
                                                               std::string_view name) {
  std::optional<std::string> value;
  for (const auto& [key, given] : request.query) {
    if (key != name) continue;
    if (value) {
      return tl::unexpected(invalid_fields({{std::string(name), "expected once, got it twice"}}));
    }
    value = given;
  }
  return value;
}

tl::expected<storage::PageRequest, Response> page_request(const Request& request,
                                                          std::string_view list) {
  storage::PageRequest page;
  const auto limit = query_value(request, "limit");
  if (!limit) return tl::unexpected(limit.error());
  if (*limit) {
    const std::string& text = **limit;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), page.limit);
    const bool is_whole = error == std::errc{} && end == text.data() + text.size();
    if (!is_whole || page.limit < 1 || page.limit > 100) {
      return tl::unexpected(invalid_fields(
          {{"limit", "expected a whole number from 1 to 100, got " + in_quotes(text)}}));
    }
  }
  const auto cursor = query_value(request, "cursor");
  if (!cursor) return tl::unexpected(cursor.error());
  if (*cursor) {
    page.before = read_cursor(list, **cursor);
    if (!page.before) {
      return tl::unexpected(
          invalid_fields({{"cursor", "expected the next_cursor of a page of this very list"}}));
    }
  }
  return page;
}

Response page_answer(const service::Page& page, std::string_view list) {
  nlohmann::json document{{"items", page.items}, {"next_cursor", nullptr}};
  if (page.next_before) document["next_cursor"] = make_cursor(list, *page.next_before);
  return json_answer(200, document);
}

}  // namespace mergeq::api
