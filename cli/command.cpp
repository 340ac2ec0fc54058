#include "cli/command.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace mergeq::cli {

void add_common(CLI::App& command, CommonOptions& options) {
  command.add_option("--config", options.config, "The configuration file")
      ->type_name("FILE")
      ->capture_default_str();
  command.add_flag("--json", options.json, "Print JSON, for machines");
}

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& summary,
                      const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->footer(
      "Examples:\n" + examples +
      "\n\nExit codes: 0 done, 1 the thing asked about is bad, 2 usage or configuration,"
      "\n3 the server could not be reached or refused.");
  return command;
}

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_json(const nlohmann::json& document) {
  // Titles come from strangers and may be no UTF-8.
  print(document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void complain(std::string_view text) {
  std::fflush(stdout);
  const std::string line = fmt::format("mergeq: {}\n", text);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

std::optional<Configuration> configuration_or_complain(const std::string& path,
                                                       Surroundings::Secrets secrets) {
  auto loaded = load_configuration(path, secrets);
  if (loaded) return std::move(*loaded);
  for (const std::string& line : loaded.error()) complain(line);
  complain(fmt::format("{} {} in the configuration; nothing was started", loaded.error().size(),
                       loaded.error().size() == 1 ? "error" : "errors"));
  return std::nullopt;
}

}  // namespace mergeq::cli
