#include "sim/command.h"

#include <unistd.h>

#include <iostream>
#include <memory>

#include "cli/command.h"

namespace mergeq::cli {
namespace {

Exit simulate(const sim::SimulateOptions& options) {
  std::ostream* progress = isatty(STDERR_FILENO) != 0 ? &std::cerr : nullptr;
  const auto code = sim::run_simulate(options, std::cout, progress);
  if (code) return *code == 0 ? Exit::done : Exit::bad;
  complain(code.error().message);
  return Exit::usage;
}

}  // namespace

void add_simulate(CLI::App& app, Chosen& chosen) {
  CLI::App* command = add_command(
      app, "simulate",
      "Run a trace or a made-up workload through the scheduler itself (exit code 1: red landings)",
      "  mergeq simulate --workload sim/workloads/hot.toml --strategy value,submitqueue,oracle\n"
      "  mergeq simulate --trace trace.jsonl.gz --slots 50,100 --rate 100 --json\n"
      "  mergeq simulate --workload sim/workloads/hot.toml --seeds 8 --changes 1500");
  const auto options = std::make_shared<sim::SimulateOptions>();
  command->add_flag("--json", options->json, "Print JSON, for machines");
  command->add_option("--trace", options->traces, "A trace, plain or gzip")->type_name("FILE");
  command->add_option("--workload", options->workloads, "A workload in TOML")->type_name("FILE");
  command->add_option("--strategy", options->strategies, "Who decides; several by commas")
      ->delimiter(',')
      ->type_name("NAME[,NAME...]")
      ->capture_default_str();
  command->add_option("--slots", options->slots, "Default: what the workload says; traces: 100")
      ->delimiter(',')
      ->type_name("N[,N...]")
      ->check(CLI::Range(1, 4096));
  command->add_option("--rate", options->rates, "Changes an hour; default as for slots")
      ->delimiter(',')
      ->type_name("R[,R...]");
  auto* seed = command->add_option("--seed", options->seed, "Of the run")->capture_default_str();
  command->add_option("--seeds", options->seeds, "So many runs: seed, seed + 1, ...")
      ->check(CLI::Range(1, 10000))
      ->excludes(seed);
  command->add_option("--changes", options->changes, "The first so many changes only");
  command->callback([=, &chosen] { chosen = [=] { return simulate(*options); }; });
}

}  // namespace mergeq::cli
