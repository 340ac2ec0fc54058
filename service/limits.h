/// How much of each text is taken from outside, in bytes.
#pragma once

#include <cstddef>

namespace mergeq::service::limit {

constexpr std::size_t title = 1'000;
constexpr std::size_t author = 256;
constexpr std::size_t url = 2'048;
constexpr std::size_t number = 20;
constexpr std::size_t key = 256;
constexpr std::size_t head_ref = 1'024;
constexpr std::size_t detail = 4'096;
constexpr std::size_t reporter = 256;
constexpr std::size_t depends_on = 100;  // changes

}  // namespace mergeq::service::limit
