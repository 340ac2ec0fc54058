/// SHA-256 as this folder needs it.
#pragma once

#include <string>
#include <string_view>

namespace mergeq::forges {

std::string sha256_hex(std::string_view bytes);  // lower case

}  // namespace mergeq::forges
