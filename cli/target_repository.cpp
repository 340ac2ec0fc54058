#include "cli/target_repository.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace mergeq::cli {
namespace {

namespace fs = std::filesystem;

std::optional<service::QueueConfig> chosen_queue(const QueueOptions& options,
                                                 std::vector<service::QueueConfig>& queues) {
  if (options.queue.empty() && queues.size() == 1) return std::move(queues.front());
  std::string names;
  for (auto& queue : queues) {
    if (queue.name == options.queue) return std::move(queue);
    names += (names.empty() ? "" : ", ") + queue.name;
  }
  complain(fmt::format("--queue: expected one of {}{}", names,
                       options.queue.empty() ? "" : ", got \"" + options.queue + "\""));
  return std::nullopt;
}

/// The program runs here and not where a running server runs it.
Result<> start_program(TargetRepository& targets) {
  std::string directory = (fs::temp_directory_path() / "mergeq-targets-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) {
    return fail(ErrorCode::io, directory + ": " + std::strerror(errno));
  }
  targets.work_directory = directory;
  auto program = service::TargetProgram::make({.command = targets.queue.targets_command,
                                               .time_limit = targets.queue.targets_timeout,
                                               .repository = targets.readable.path,
                                               .work_directory = directory,
                                               .pass_environment = targets.queue.pass_environment,
                                               .ready = {}});
  if (!program) return tl::unexpected(program.error());
  targets.program = std::move(*program);
  targets.repository->use_outside_graphs(
      [program = targets.program.get()](const TreeId& tree, const std::string& manifests) {
        return program->await(tree, manifests);
      });
  return {};
}

}  // namespace

TargetRepository::~TargetRepository() {
  program.reset();
  std::error_code ignored;
  if (!work_directory.empty()) fs::remove_all(work_directory, ignored);
}

void add_queue_options(CLI::App& command, QueueOptions& options) {
  add_common(command, options);
  command.add_option("--queue", options.queue, "The queue, where there are several")
      ->type_name("NAME");
}

std::unique_ptr<TargetRepository> open_targets(const QueueOptions& options) {
  auto configuration = configuration_or_complain(options.config, Surroundings::Secrets::skipped);
  if (!configuration) return nullptr;
  auto queue = chosen_queue(options, configuration->service.queues);
  if (!queue) return nullptr;
  auto readable = readable_repository(*queue, configuration->service.data_directory);
  if (!readable) {
    complain(readable.error().message);
    return nullptr;
  }
  if (!readable->notice.empty()) complain(readable->notice);
  auto repository = vcs::open_repository(readable->path);
  if (!repository) {
    complain(repository.error().message);
    return nullptr;
  }
  auto targets = std::make_unique<TargetRepository>();
  targets->queue = std::move(*queue);
  targets->readable = std::move(*readable);
  targets->repository = std::move(*repository);
  if (targets->queue.targets_command.empty()) return targets;
  if (const auto started = start_program(*targets); !started) {
    complain(started.error().message);
    return nullptr;
  }
  return targets;
}

std::optional<CommitId> commit_or_complain(const vcs::Repository& repository,
                                           const std::string& name) {
  auto commit = repository.resolve(name);
  if (commit) return std::move(*commit);
  complain(commit.error().message);
  return std::nullopt;
}

}  // namespace mergeq::cli
