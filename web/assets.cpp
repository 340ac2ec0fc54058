#include "web/assets.h"

#include "web/embedded.h"

namespace mergeq::web {

std::optional<Asset> find(std::string_view path) {
  if (path == "/") path = "/index.html";
  for (const Embedded& file : embedded()) {
    if (file.path == path) return file.asset;
  }
  return std::nullopt;
}

}  // namespace mergeq::web
