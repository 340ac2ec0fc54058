/// Footprints that are asked for, and the target graph from outside.
#include <spdlog/spdlog.h>

#include <filesystem>

#include "service/queue_thread.h"
#include "service/target_documents.h"

namespace mergeq::service {
namespace {

constexpr std::size_t listed_max = 1'000;  // paths and targets of a footprint in an answer

}  // namespace

Result<> QueueThread::start_target_program() {
  if (config_.targets_command.empty()) return {};
  const std::filesystem::path data(options_.data_directory);
  auto program = TargetProgram::make(
      {.command = config_.targets_command,
       .time_limit = config_.targets_timeout,
       .repository = repository_path_,
       .work_directory = (data / "work" / (config_.name + ".targets")).string(),
       .pass_environment = config_.pass_environment,
       .ready = [this](const std::string& failure) {
         if (failure.empty()) {
           forget_problem("targets_command");
         } else {
           remember_problem("targets_command", failure + "; every change counts as global");
         }
         post(
             [this](Round& round) {
               for (Effect& effect : std::exchange(wait_for_graph_, {})) {
                 round.todo.push_back(std::move(effect));
               }
             },
             Admission::always);
       }});
  if (!program) return tl::unexpected(program.error());
  target_program_ = std::move(*program);
  repository_->use_outside_graphs(
      [program = target_program_.get()](const TreeId& tree, const std::string& manifests) {
        return program->graph(tree, manifests);
      });
  return {};
}

bool QueueThread::waits_for_graph(const Error& error, const Effect& effect) {
  if (!target_program_ || error.code != ErrorCode::unavailable) return false;
  wait_for_graph_.push_back(effect);
  return true;
}

Result<nlohmann::json> QueueThread::footprint(const nlohmann::json& change) const {
  CommitId trunk;
  {
    const std::shared_lock lock(state_mutex_);
    trunk = queue_->state().trunk.commit;
  }
  const CommitId head{change.at("head").get<std::string>()};
  const std::lock_guard lock(reading_mutex_);
  if (!reading_) {
    auto opened = vcs::open_repository(repository_path_);
    if (!opened) return tl::unexpected(opened.error());
    reading_ = std::move(*opened);
    if (target_program_) {
      reading_->use_outside_graphs(
          [program = target_program_.get()](const TreeId& tree, const std::string& manifests) {
            return program->graph(tree, manifests);
          });
    }
  }
  if (!reading_->has_commit(head)) {
    return fail(ErrorCode::not_found, "the repository does not have commit " + head.hex);
  }
  if (change.at("landed_commit").is_string()) {
    const CommitId landed{change.at("landed_commit").get<std::string>()};
    const auto before = reading_->first_parent(landed);
    if (!before) return tl::unexpected(before.error());
    if (*before) trunk = **before;
  }
  auto report = reading_->footprint_report(trunk, head, config_.targets);
  if (!report) return tl::unexpected(report.error());
  return footprint_document(*report, listed_max);
}

}  // namespace mergeq::service
