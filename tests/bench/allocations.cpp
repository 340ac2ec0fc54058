#include "tests/bench/allocations.h"

#include <cstdlib>

namespace {

std::uint64_t count = 0;  // the benchmarks that read it have one thread

}  // namespace

// Names of glibc for what is replaced here.
extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_realloc(void* old, std::size_t size);

extern "C" void* malloc(std::size_t size) noexcept {
  ++count;
  return __libc_malloc(size);
}
extern "C" void* realloc(void* old, std::size_t size) noexcept {
  ++count;
  return __libc_realloc(old, size);
}

namespace mergeq::bench {

std::uint64_t allocations() { return count; }

}  // namespace mergeq::bench
