#include "api/http.h"

#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "api/text.h"
#include "web/assets.h"

namespace mergeq::api {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { is_space, is_plus };

/// Nothing for broken escapes, NUL, control characters and what is not UTF-8.
std::optional<std::string> percent_decoded(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus == Plus::is_space) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    decoded += c;
  }
  if (!is_utf8(decoded)) return std::nullopt;
  return decoded;
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return {};
}

std::size_t Request::header_count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(), [&](const auto& h) { return same_name(h.first, name); }));
}

bool parse_target(std::string_view target, Request& request) {
  if (target.empty() || target.front() != '/') return false;
  const std::size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);
  request.path = path;
  request.segments.clear();
  for (std::string_view rest = path.substr(1); !rest.empty();) {
    const std::size_t slash = rest.find('/');
    auto segment = percent_decoded(rest.substr(0, slash), Plus::is_plus);
    if (!segment) return false;
    request.segments.push_back(std::move(*segment));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  request.query.clear();
  if (question == std::string_view::npos) return true;
  for (std::string_view rest = target.substr(question + 1); !rest.empty();) {
    const std::size_t ampersand = rest.find('&');
    const std::string_view part = rest.substr(0, ampersand);
    const std::size_t equals = part.find('=');
    auto key = percent_decoded(part.substr(0, equals), Plus::is_space);
    auto value = equals == std::string_view::npos
                     ? std::optional<std::string>("")
                     : percent_decoded(part.substr(equals + 1), Plus::is_space);
    if (!key || !value) return false;
    if (!part.empty()) request.query.emplace_back(std::move(*key), std::move(*value));
    if (ampersand == std::string_view::npos) break;
    rest.remove_prefix(ampersand + 1);
  }
  return true;
}

OpenFile::~OpenFile() { ::close(fd_); }

const Pairs& security_headers() {
  static const Pairs headers{
      {"Content-Security-Policy", std::string(web::content_security_policy)},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
  };
  return headers;
}

std::string_view status_text(int status) {
  struct Text {
    int status;
    std::string_view text;
  };
  static constexpr std::array texts{Text{200, "OK"},
                                    Text{201, "Created"},
                                    Text{204, "No Content"},
                                    Text{304, "Not Modified"},
                                    Text{400, "Bad Request"},
                                    Text{401, "Unauthorized"},
                                    Text{403, "Forbidden"},
                                    Text{404, "Not Found"},
                                    Text{405, "Method Not Allowed"},
                                    Text{408, "Request Timeout"},
                                    Text{409, "Conflict"},
                                    Text{411, "Length Required"},
                                    Text{413, "Content Too Large"},
                                    Text{414, "URI Too Long"},
                                    Text{415, "Unsupported Media Type"},
                                    Text{416, "Range Not Satisfiable"},
                                    Text{417, "Expectation Failed"},
                                    Text{421, "Misdirected Request"},
                                    Text{422, "Unprocessable Content"},
                                    Text{431, "Request Header Fields Too Large"},
                                    Text{500, "Internal Server Error"},
                                    Text{501, "Not Implemented"},
                                    Text{503, "Service Unavailable"},
                                    Text{505, "HTTP Version Not Supported"}};
  const auto* found =
      std::find_if(texts.begin(), texts.end(), [&](const Text& t) { return t.status == status; });
  return found == texts.end() ? std::string_view("Error") : found->text;
}

}  // namespace mergeq::api
