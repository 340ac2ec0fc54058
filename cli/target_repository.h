/// What the commands need that look at targets: a queue of the configuration, its repository, and
/// its `targets_command`, if it has one.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/remote_access.h"
#include "service/target_program.h"

namespace mergeq::cli {

/// --queue beside --config and --json.
struct QueueOptions : CommonOptions {
  std::string queue;  // empty: the only one
};
void add_queue_options(CLI::App& command, QueueOptions& options);

struct TargetRepository {
  service::QueueConfig queue;
  ReadableRepository readable;                      // where the repository is, or a copy of it
  std::string work_directory;                       // of the program; goes with this object
  std::unique_ptr<service::TargetProgram> program;  // nothing: there is no targets_command
  std::unique_ptr<vcs::Repository> repository;

  ~TargetRepository();
};
/// Complains and gives nothing where the configuration is wrong or names no such queue.
std::unique_ptr<TargetRepository> open_targets(const QueueOptions& options);

/// The commit that a name means, or a complaint.
std::optional<CommitId> commit_or_complain(const vcs::Repository& repository,
                                           const std::string& name);

}  // namespace mergeq::cli
