#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include "cli/command.h"
#include "cli/version.h"

namespace mergeq::cli {
namespace {

constexpr const char* about =
    "mergeq, a merge queue: it takes changes, builds them in the combinations that matter, and "
    "moves\n"
    "the trunk only to states that are known to be green.\n\n"
    "First steps:\n"
    "  mergeq init                 write mergeq.toml for the repository at hand\n"
    "  mergeq serve                start the queue and its dashboard\n"
    "  mergeq enqueue my-branch    hand it a change\n"
    "  mergeq status               see what is happening";

int run(int argc, char** argv) {
  CLI::App app{about, "mergeq"};
  app.set_version_flag("--version", fmt::format("mergeq {}", version));
  app.require_subcommand(1);
  Chosen chosen;
  for (const auto add :
       {add_init, add_check_config, add_serve, add_token, add_enqueue, add_status, add_explain,
        add_conflicts, add_cancel, add_footprint, add_targets, add_audit, add_simulate})
    add(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version come this way too, with success.
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  return static_cast<int>(chosen());
}

}  // namespace
}  // namespace mergeq::cli

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a client that went away is no reason to die
  try {
    return mergeq::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mergeq: a mistake of this program: %s\n", error.what());
    return static_cast<int>(mergeq::cli::Exit::usage);
  }
}
