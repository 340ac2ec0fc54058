/// Bytes from strangers: UTF-8, comparing, base64url.
#pragma once

#include <string>
#include <string_view>

namespace mergeq::api {

/// Well-formed UTF-8 by the Unicode standard, table 3-7: no surrogates, no overlong forms.
bool is_utf8(std::string_view bytes);

/// Takes the same time wherever two texts of one length differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

std::string base64url(std::string_view bytes);
/// Empty for what is not base64url without padding.
std::string base64url_decoded(std::string_view text);

/// For messages: at most 80 bytes, cut at a character, control characters shown as '?', in quotes.
std::string in_quotes(std::string_view text);

}  // namespace mergeq::api
