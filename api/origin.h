/// Which names a browser may use for this server: against pages of others that drive it (cross-site
/// requests) and names of others that point to it (DNS rebinding).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/http.h"

namespace mergeq::api {

struct Site {
  bool loopback_only = true;  // bound to a loopback address
  std::uint16_t port = 0;
  std::string public_url;  // empty: none
};

/// 421 for a Host that is not this server's: bound to loopback, only localhost, 127.0.0.1 and [::1]
/// with the port, and public_url's host. Bound to more, any single well-formed one.
std::optional<Response> refuse_host(const Site& site, const Request& request);

/// For writes: 403 for an Origin other than the Host that was asked and public_url. No Origin is
/// none of a browser.
std::optional<Response> refuse_origin(const Site& site, const Request& request);

}  // namespace mergeq::api
