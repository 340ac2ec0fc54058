/// A manifest of each kind with most of what its reader knows, for properties over all readers.
#pragma once

#include <string>
#include <vector>

namespace mergeq::vcs {

struct Sample {
  std::string path;
  std::string content;
};

const std::vector<Sample>& manifest_samples();

}  // namespace mergeq::vcs
