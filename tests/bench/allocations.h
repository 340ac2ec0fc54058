/// How often this program has asked for memory so far: through operator new, or as C libraries do.
/// malloc and realloc are replaced in allocations.cpp.
#pragma once

#include <cstdint>

namespace mergeq::bench {

std::uint64_t allocations();

}  // namespace mergeq::bench
