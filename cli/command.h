/// What the subcommands share: options that all have, exit codes, output.
///
/// Each subcommand is a file of its own with one function add_NAME(app, chosen): it adds itself to
/// the command line, and puts into `chosen` what is to be run if it is the one that was asked for.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "cli/config.h"

namespace mergeq::cli {

/// Exit codes, as docs/cli.md has them.
enum class Exit : int {
  done = 0,
  bad = 1,          // the thing asked about is bad: change rejected, audit failed
  usage = 2,        // wrong usage or configuration
  unreachable = 3,  // the server could not be reached, or refused
};

using Chosen = std::function<Exit()>;

/// --config and --json, on every subcommand.
struct CommonOptions {
  std::string config = "mergeq.toml";
  bool json = false;
};
void add_common(CLI::App& command, CommonOptions& options);

/// Adds a subcommand. `examples`: lines of shell that end its --help.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& summary,
                      const std::string& examples);

/// To standard output: one line of JSON, or text as it is.
void print_json(const nlohmann::json& document);
void print(std::string_view text);
/// To standard error: "mergeq: ...".
void complain(std::string_view text);

/// Loads the configuration or says all that is wrong with it.
std::optional<Configuration> configuration_or_complain(const std::string& path,
                                                       Surroundings::Secrets secrets);

void add_init(CLI::App& app, Chosen& chosen);
void add_check_config(CLI::App& app, Chosen& chosen);
void add_token(CLI::App& app, Chosen& chosen);
void add_serve(CLI::App& app, Chosen& chosen);
void add_enqueue(CLI::App& app, Chosen& chosen);
void add_status(CLI::App& app, Chosen& chosen);
void add_explain(CLI::App& app, Chosen& chosen);
void add_conflicts(CLI::App& app, Chosen& chosen);
void add_cancel(CLI::App& app, Chosen& chosen);
void add_footprint(CLI::App& app, Chosen& chosen);
void add_targets(CLI::App& app, Chosen& chosen);
void add_audit(CLI::App& app, Chosen& chosen);
void add_simulate(CLI::App& app, Chosen& chosen);

}  // namespace mergeq::cli
