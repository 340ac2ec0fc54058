/// From a check's configuration to the arguments and the environment of its process.
#pragma once

#include <string>
#include <vector>

#include "runners/runner.h"

namespace mergeq::runners {

/// The argument vector with its placeholders replaced. `{targets}` as a whole argument becomes one
/// argument for each target (none, if there is none); `{tree}`, `{commit}` and `{build}` are
/// replaced inside an argument. Replaced text is not looked at again, and no shell sees any of it:
/// a name with spaces, quotes or a leading dash stays one argument.
std::vector<std::string> expand_command(const CheckCommand& check, const BuildRequest& request);

struct BuildPlaces {
  std::string tree;  // the checked out tree
  std::string home;
  std::string temporary;
};

/// All that a check sees of the environment, as "NAME=value" in ascending order: the variables
/// named by `pass` that this process has, and what mergeq says (docs: runners/README.md), which
/// wins over the former, except that HOME is the service's own where `pass` names it.
std::vector<std::string> check_environment(const std::vector<std::string>& pass,
                                           const BuildRequest& request, const CheckCommand& check,
                                           const BuildPlaces& places);

}  // namespace mergeq::runners
