#include "api/problem.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "api/json_text.h"

namespace mergeq::api {
namespace {

using nlohmann::json;

Response render(int status, std::string_view detail, json errors) {
  std::string code;
  for (const char c : status_text(status)) {
    code += c == ' ' ? '_' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  json document{{"type", "urn:mergeq:problem:" + code},
                {"title", std::string(status_text(status))},
                {"status", status},
                {"detail", std::string(detail)}};
  if (!errors.empty()) document["errors"] = std::move(errors);
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = json_text(document);
  response.headers.emplace_back("Cache-Control", "no-store");
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 503) response.headers.emplace_back("Retry-After", "2");
  return response;
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
    case ErrorCode::unsupported:
      return 422;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::corrupt:
    case ErrorCode::io:
      return 500;
  }
  return 500;
}

}  // namespace

Response problem(int status, std::string_view detail) {
  return render(status, detail, json::array());
}

Response invalid_fields(const std::vector<FieldError>& errors) {
  json list = json::array();
  for (const FieldError& e : errors) list.push_back({{"field", e.field}, {"message", e.message}});
  return render(422, errors.front().field + ": " + errors.front().message, std::move(list));
}

Response problem(const Error& error) {
  const int status = status_of(error.code);
  if (status == 500) {
    spdlog::error("api: {}", error.message);
    return problem(500, "The server failed to do it; its log says why.");
  }
  return problem(status, error.message);
}

}  // namespace mergeq::api
