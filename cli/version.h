/// The version of this program, as CMakeLists.txt in the root has it.
#pragma once

#include <string_view>

namespace mergeq::cli {

constexpr std::string_view version = MERGEQ_VERSION;

}  // namespace mergeq::cli
