/// Checks of our own mistakes, on in every build.
#pragma once

#include <string_view>

namespace mergeq {

/// Ends the process with `rule` on standard error. `rule` begins with the number of the rule in
/// docs/invariants.md where there is one.
[[noreturn]] void invariant_broken(std::string_view rule, const char* file, int line);

}  // namespace mergeq

/// Never for input: only for what cannot be so unless this program is wrong.
#define MERGEQ_INVARIANT(condition, rule)                                     \
  do {                                                                        \
    if (!(condition)) ::mergeq::invariant_broken((rule), __FILE__, __LINE__); \
  } while (false)
