#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/client.h"
#include "cli/target_repository.h"
#include "service/target_documents.h"

namespace mergeq::cli {
namespace {

constexpr std::size_t width = 10'000;  // of a line

struct FootprintOptions : QueueOptions {
  std::string head;
  std::string base;
};

std::string lines_of(const std::vector<LineRange>& ranges) {
  std::string text;
  for (const LineRange& range : ranges) {
    text += text.empty() ? "" : ",";
    text += range.count == 0   ? fmt::format("behind {}", range.first)
            : range.count == 1 ? fmt::format("{}", range.first)
                               : fmt::format("{}-{}", range.first, range.first + range.count - 1);
  }
  return text;
}

void print_path(const TouchedPath& path) {
  std::string line = "  " + path.path;
  if (!path.renamed_from.empty()) line += " (was " + path.renamed_from + ")";
  line += fmt::format("  +{} -{}", path.lines_added, path.lines_deleted);
  if (!path.language.empty()) line += "  " + path.language;
  if (!path.base_lines.empty() || !path.head_lines.empty())
    line += fmt::format("  lines {} -> {}", lines_of(path.base_lines), lines_of(path.head_lines));
  print(for_terminal(line, width) + "\n");
}

void print_report(const vcs::FootprintReport& report) {
  const Footprint& f = report.footprint;
  print(fmt::format("{} paths, +{} -{} lines\n", f.paths.size(), f.lines_added, f.lines_deleted));
  for (const TouchedPath& path : f.paths) print_path(path);
  print(fmt::format("{} targets{}\n", report.targets.size(),
                    f.global ? " own what is touched" : " are affected"));
  for (const vcs::AffectedTarget& target : report.targets) {
    print(for_terminal(fmt::format("  {}: {}", target.name, service::reason_in_words(target)),
                       width) +
          "\n");
  }
  const auto say = [](bool is_so, const char* what, const std::string& why) {
    if (is_so) print(for_terminal(fmt::format("{}: {}", what, why), width) + "\n");
  };
  say(f.global, "It touches everything", report.why_global);
  say(f.alters_build_graph, "It alters the build graph", report.why_build_graph);
}

Exit footprint(const FootprintOptions& options) {
  const auto targets = open_targets(options);
  if (!targets) return Exit::usage;
  const auto base = commit_or_complain(*targets->repository,
                                       options.base.empty() ? targets->queue.branch : options.base);
  const auto head = commit_or_complain(*targets->repository, options.head);
  if (!base || !head) return Exit::usage;
  const auto report = targets->repository->footprint_report(*base, *head, targets->queue.targets);
  if (!report) {
    complain(report.error().message);
    return Exit::usage;
  }
  if (options.json) {
    print_json(service::footprint_document(*report, static_cast<std::size_t>(-1)));
  } else {
    print_report(*report);
  }
  return Exit::done;
}

}  // namespace

void add_footprint(CLI::App& app, Chosen& chosen) {
  CLI::App* command =
      add_command(app, "footprint", "Say what a head touches, which targets that affects, and why",
                  "  mergeq footprint my-branch\n"
                  "  mergeq footprint my-branch --base release --json | jq '.targets[].name'");
  const auto options = std::make_shared<FootprintOptions>();
  add_queue_options(*command, *options);
  command->add_option("head", options->head, "A branch or commit id")->required();
  command
      ->add_option("--base", options->base,
                   "Since its merge base with this one; the queue's branch otherwise")
      ->type_name("COMMIT");
  command->callback([=, &chosen] { chosen = [=] { return footprint(*options); }; });
}

}  // namespace mergeq::cli
