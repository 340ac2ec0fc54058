#include "api/origin.h"

#include <algorithm>
#include <array>

#include "api/problem.h"
#include "api/text.h"

namespace mergeq::api {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

/// "https://queue.example/x" -> scheme "https", authority "queue.example".
struct Origin {
  std::string scheme;
  std::string authority;
};
Origin origin_of(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return {};
  const std::string_view rest = url.substr(colon + 3);
  return {lower(url.substr(0, colon)), lower(rest.substr(0, rest.find_first_of("/?#")))};
}

/// Without the port that the scheme has by itself.
std::string without_default_port(const Origin& origin) {
  const std::string_view port = origin.scheme == "https" ? ":443" : ":80";
  if (origin.authority.ends_with(port)) {
    return origin.authority.substr(0, origin.authority.size() - port.size());
  }
  return origin.authority;
}

bool is_own_host(const Site& site, std::string_view host) {
  for (const std::string_view name : {"localhost", "127.0.0.1", "[::1]"}) {
    if (host == std::string(name) + ":" + std::to_string(site.port)) return true;
    if (site.port == 80 && host == name) return true;
  }
  const Origin published = origin_of(site.public_url);
  if (published.authority.empty()) return false;
  return host == published.authority || host == without_default_port(published);
}

bool is_well_formed(std::string_view host) {
  return !host.empty() && host.size() <= 255 &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") ==
             std::string_view::npos;
}

}  // namespace

std::optional<Response> refuse_host(const Site& site, const Request& request) {
  const std::string host = lower(request.header("Host"));
  if (request.header_count("Host") != 1 || !is_well_formed(host)) {
    return problem(400, "Exactly one Host header with a host name was expected.");
  }
  if (!site.loopback_only || is_own_host(site, host)) return std::nullopt;
  return problem(421,
                 "This server does not answer to the name " + in_quotes(host) +
                     "; it listens on loopback only, and public_url says what else it is called.");
}

std::optional<Response> refuse_origin(const Site& site, const Request& request) {
  const std::size_t sent = request.header_count("Origin");
  const std::string_view fetch_site = request.header("Sec-Fetch-Site");
  const bool same_site = fetch_site.empty() || fetch_site == "same-origin" || fetch_site == "none";
  if (sent == 0 && same_site) return std::nullopt;
  const Origin origin = origin_of(request.header("Origin"));
  const Origin published = origin_of(site.public_url);
  const std::string host = lower(request.header("Host"));
  const bool asked = !origin.authority.empty() &&
                     (origin.authority == host || without_default_port(origin) == host);
  const bool known = !published.authority.empty() && origin.scheme == published.scheme &&
                     without_default_port(origin) == without_default_port(published);
  if (sent == 1 && (asked || known)) return std::nullopt;
  return problem(
      403, "Pages of " + in_quotes(request.header("Origin")) + " may not write to this server.");
}

}  // namespace mergeq::api
