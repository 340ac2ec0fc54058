/// The dashboard's files, built from web/src and embedded in the executable.
///
/// Threads  Any; everything here is constant.
#pragma once

#include <optional>
#include <string_view>

namespace mergeq::web {

/// All views are valid as long as the process lives.
struct Asset {
  std::string_view bytes;
  std::string_view gzip;  // the same, compressed; empty where that does not pay
  std::string_view content_type;
  std::string_view etag;   // with its quotes, as the header wants it
  bool immutable = false;  // its name holds its hash: may be kept for ever
};

/// The file at an absolute path without query, "/" being "/index.html". Nothing else is resolved.
std::optional<Asset> find(std::string_view path);

/// What every page must be served with: nothing but this server's own files, no inline script or
/// style.
inline constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

}  // namespace mergeq::web
