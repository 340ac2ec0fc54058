/// The head of a request, checked before the HTTP library sees it: what the library would let
/// through, read in more than one way or spend memory on is refused here or taken out.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "api/http.h"

namespace mergeq::api {

inline constexpr std::size_t head_limit_bytes = 16 * 1024;
inline constexpr std::size_t target_limit_bytes = 4096;
inline constexpr std::size_t header_limit = 100;

struct RequestHead {
  Request request;   // without its body
  std::string text;  // the head as the library is to read it
  bool keep_alive = true;
  bool chunked = false;
};
struct HeadFault {
  int status = 400;
  std::string detail;
};

/// `bytes` ends with the empty line.
///
/// Refused: other than HTTP/1.0 and 1.1, folded lines, control characters, bytes that are not
/// UTF-8, Content-Length beside Transfer-Encoding or twice, other codings than `chunked`, encoded
/// bodies (which would be unpacked without limit). Taken out for the library: Range (it answers
/// overlapping ones from copies in memory), Accept-Encoding (it would compress at the dearest
/// level) and Connection. A body of no declared length has none.
tl::expected<RequestHead, HeadFault> parse_head(std::string_view bytes);

}  // namespace mergeq::api
