/// What the generated source build/web/assets_table.cpp gives to assets.cpp.
#pragma once

#include <span>
#include <string_view>

#include "web/assets.h"

namespace mergeq::web {

struct Embedded {
  std::string_view path;
  Asset asset;
};

std::span<const Embedded> embedded();

}  // namespace mergeq::web
