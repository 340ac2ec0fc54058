/// A configuration under test: text in, a configuration or all error lines out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config.h"

namespace mergeq::cli {

struct Configured {
  std::map<std::string, std::string> variables;
  std::function<Result<>(const std::string&, const std::string&)> repository;
  Surroundings::Secrets secrets = Surroundings::Secrets::required;

  tl::expected<Configuration, ConfigErrors> operator()(std::string_view text) const {
    Surroundings surroundings{
        .directory = "/srv/mergeq",
        .variable = [this](const std::string& name) -> std::optional<std::string> {
          const auto it = variables.find(name);
          if (it == variables.end()) return std::nullopt;
          return it->second;
        },
        .repository = repository,
        .secrets = secrets};
    return check_configuration(text, "mergeq.toml", surroundings);
  }
  /// One string, so that doctest shows the difference; empty: it is good.
  std::string errors(std::string_view text) const {
    const auto result = (*this)(text);
    std::string lines;
    if (!result) {
      for (const std::string& line : result.error()) lines += line + "\n";
    }
    return lines;
  }
};

/// Line 1 to 8; what a case adds begins at line 9.
inline std::string with_one_queue(std::string_view rest) {
  return "[[queue]]\n"
         "name = \"main\"\n"
         "repository = \"repo.git\"\n"
         "[[queue.check]]\n"
         "name = \"unit\"\n"
         "command = [\"make\", \"test\"]\n"
         "\n"
         "\n" +
         std::string(rest);
}

}  // namespace mergeq::cli
