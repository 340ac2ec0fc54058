#include "scheduler/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace mergeq {

void invariant_broken(std::string_view rule, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: invariant broken: %.*s\n", file, line, static_cast<int>(rule.size()),
               rule.data());
  std::abort();
}

}  // namespace mergeq
