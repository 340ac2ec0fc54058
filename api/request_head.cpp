#include "api/request_head.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "api/text.h"

namespace mergeq::api {
namespace {

tl::unexpected<HeadFault> fault(int status, std::string detail) {
  return tl::unexpected<HeadFault>(HeadFault{status, std::move(detail)});
}

bool is_same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<HeadFault> read_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return HeadFault{400, "The request line is not \"METHOD TARGET HTTP/1.1\"."};
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return HeadFault{505, "HTTP/1.1 was expected."};
  }
  static constexpr std::array<std::string_view, 7> methods{"GET",   "HEAD",   "POST",   "PUT",
                                                           "PATCH", "DELETE", "OPTIONS"};
  if (std::find(methods.begin(), methods.end(), method) == methods.end()) {
    return HeadFault{501, "The method " + in_quotes(method) + " is not known here."};
  }
  if (target.size() > target_limit_bytes) {
    return HeadFault{
        414, "The request target is longer than " + std::to_string(target_limit_bytes) + " bytes."};
  }
  if (target.find(' ') != std::string_view::npos || has_control_character(target) ||
      !parse_target(target, head.request)) {
    return HeadFault{400, "The request target is not a path and query in percent-encoded UTF-8."};
  }
  head.request.method = method;
  head.keep_alive = version == "HTTP/1.1";
  head.text = line;
  head.text += "\r\n";
  return std::nullopt;
}

std::optional<HeadFault> read_header(std::string_view line, RequestHead& head) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return HeadFault{400, "A header line is not \"Name: value\"."};
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (has_control_character(value) || !is_utf8(value)) {
    return HeadFault{400, "The header " + in_quotes(name) +
                              " holds a control character or bytes that are not UTF-8."};
  }
  head.request.headers.emplace_back(name, value);
  if (head.request.headers.size() > header_limit) {
    return HeadFault{431, "More than " + std::to_string(header_limit) + " headers."};
  }
  if (is_same(name, "Connection")) {
    if (is_same(value, "close")) head.keep_alive = false;
    if (is_same(value, "keep-alive")) head.keep_alive = true;
    return std::nullopt;
  }
  for (const std::string_view taken_out : {"Range", "If-Range", "Accept-Encoding"}) {
    if (is_same(name, taken_out)) return std::nullopt;
  }
  head.text += name;
  head.text += ": ";
  head.text += value;
  head.text += "\r\n";
  return std::nullopt;
}

std::optional<HeadFault> read_body_headers(RequestHead& head) {
  Request& request = head.request;
  const std::size_t lengths = request.header_count("Content-Length");
  const std::size_t codings = request.header_count("Transfer-Encoding");
  if (lengths > 1 || codings > 1 || (lengths > 0 && codings > 0)) {
    return HeadFault{400, "The length of the body is given more than once."};
  }
  if (codings == 1) {
    if (!is_same(request.header("Transfer-Encoding"), "chunked")) {
      return HeadFault{501, "No other Transfer-Encoding than chunked is known here."};
    }
    head.chunked = true;
    request.has_body = true;
  } else if (lengths == 1) {
    const std::string_view text = request.header("Content-Length");
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), request.content_length);
    if (error != std::errc{} || end != text.data() + text.size()) {
      return HeadFault{400, "Content-Length is not a whole number."};
    }
    request.has_body = request.content_length > 0;
  } else {
    head.text += "Content-Length: 0\r\n";
  }
  const std::string_view encoding = request.header("Content-Encoding");
  if (!encoding.empty() && !is_same(encoding, "identity")) {
    return HeadFault{415, "An encoded body is not taken; send it as it is."};
  }
  return std::nullopt;
}

}  // namespace

tl::expected<RequestHead, HeadFault> parse_head(std::string_view bytes) {
  RequestHead head;
  bool first = true;
  while (true) {
    const std::size_t end = bytes.find("\r\n");
    if (end == std::string_view::npos)
      return fault(400, "The head does not end with an empty line.");
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    if (line.empty()) break;
    const auto wrong = first ? read_request_line(line, head) : read_header(line, head);
    if (wrong) return tl::unexpected<HeadFault>(*wrong);
    first = false;
  }
  if (first) return fault(400, "The request is empty.");
  if (const auto wrong = read_body_headers(head)) return tl::unexpected<HeadFault>(*wrong);
  head.text += "\r\n";
  return head;
}

}  // namespace mergeq::api
