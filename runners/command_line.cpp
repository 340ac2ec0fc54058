#include "runners/command_line.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <utility>

namespace mergeq::runners {
namespace {

std::string expand_argument(std::string_view argument, const BuildRequest& request) {
  const std::array<std::pair<std::string_view, std::string_view>, 3> placeholders{{
      {"{tree}", request.tree.hex},
      {"{commit}", request.commit.hex},
      {"{build}", request.name},
  }};
  std::string result;
  while (!argument.empty()) {
    const auto found = std::find_if(placeholders.begin(), placeholders.end(),
                                    [&](const auto& p) { return argument.starts_with(p.first); });
    if (found != placeholders.end()) {
      result += found->second;
      argument.remove_prefix(found->first.size());
    } else {
      result += argument.front();
      argument.remove_prefix(1);
    }
  }
  return result;
}

}  // namespace

std::vector<std::string> expand_command(const CheckCommand& check, const BuildRequest& request) {
  std::vector<std::string> result;
  for (const std::string& argument : check.command) {
    if (argument == "{targets}") {
      result.insert(result.end(), check.targets.begin(), check.targets.end());
    } else {
      result.push_back(expand_argument(argument, request));
    }
  }
  return result;
}

std::vector<std::string> check_environment(const std::vector<std::string>& pass,
                                           const BuildRequest& request, const CheckCommand& check,
                                           const BuildPlaces& places) {
  std::map<std::string, std::string> variables = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                                  {"HOME", places.home}};
  for (const std::string& name : pass) {
    if (const char* value = std::getenv(name.c_str())) variables[name] = value;
  }
  variables["TMPDIR"] = places.temporary;
  variables["MERGEQ_BUILD"] = request.name;
  variables["MERGEQ_TREE"] = request.tree.hex;
  variables["MERGEQ_COMMIT"] = request.commit.hex;
  variables["MERGEQ_CHECK"] = check.name;
  variables["MERGEQ_WORKSPACE"] = places.tree;

  std::vector<std::string> result;
  for (const auto& [name, value] : variables) result.push_back(name + "=" + value);
  return result;
}

}  // namespace mergeq::runners
