#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/client.h"
#include "cli/target_repository.h"
#include "service/target_documents.h"

namespace mergeq::cli {
namespace {

constexpr std::size_t width = 10'000;  // of a line
constexpr std::size_t needs_shown = 8;

struct TargetsOptions : QueueOptions {
  std::string tree;
};

void print_list(const vcs::TargetList& list) {
  for (const vcs::TargetList::Target& target : list.targets) {
    std::string line = fmt::format("{}  {}  {} {}", target.hash.substr(0, 12), target.name,
                                   target.files, target.files == 1 ? "file" : "files");
    if (target.ecosystem && !target.directory.empty()) line += "  in " + target.directory;
    for (std::size_t i = 0; i < std::min(needs_shown, target.needs.size()); ++i) {
      line += (i == 0 ? "  needs " : ", ") + target.needs[i];
    }
    if (target.needs.size() > needs_shown)
      line += fmt::format(" and {} more", target.needs.size() - needs_shown);
    print(for_terminal(line, width) + "\n");
  }
  for (const auto& one : list.unreadable) {
    print(for_terminal(fmt::format("cannot be read: {}: {}", one.path, one.why), width) + "\n");
  }
  if (!list.outside_failure.empty())
    print(for_terminal("no target graph: " + list.outside_failure, width) + "\n");
  print(fmt::format("{} targets in tree {}\n", list.targets.size(), list.tree.hex));
}

/// A tree's id stands for itself; everything else for a commit's tree.
std::optional<TreeId> tree_or_complain(const TargetRepository& targets, const std::string& name) {
  const bool is_id =
      name.size() == 40 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (is_id && !targets.repository->has_commit(CommitId{name})) return TreeId{name};
  const auto commit = commit_or_complain(*targets.repository, name);
  if (!commit) return std::nullopt;
  const auto tree = targets.repository->tree_of(*commit);
  if (tree) return *tree;
  complain(tree.error().message);
  return std::nullopt;
}

Exit targets(const TargetsOptions& options) {
  const auto opened = open_targets(options);
  if (!opened) return Exit::usage;
  const auto tree =
      tree_or_complain(*opened, options.tree.empty() ? opened->queue.branch : options.tree);
  if (!tree) return Exit::usage;
  const auto list = opened->repository->target_list(*tree, opened->queue.targets);
  if (!list) {
    complain(list.error().message);
    return Exit::usage;
  }
  if (options.json) {
    print_json(service::targets_document(*list));
  } else {
    print_list(*list);
  }
  return Exit::done;
}

}  // namespace

void add_targets(CLI::App& app, Chosen& chosen) {
  CLI::App* command = add_command(
      app, "targets", "List the targets of a tree, what they need, and their hashes",
      "  mergeq targets\n"
      "  mergeq targets my-branch --json | jq '.targets[] | select(.files > 100).name'");
  const auto options = std::make_shared<TargetsOptions>();
  add_queue_options(*command, *options);
  command->add_option("tree", options->tree,
                      "A branch, commit or tree id; the queue's branch otherwise");
  command->callback([=, &chosen] { chosen = [=] { return targets(*options); }; });
}

}  // namespace mergeq::cli
