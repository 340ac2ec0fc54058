/// What a queue with a remote repository does otherwise: it works on the mirror, asks for
/// transfers, and takes their answers as events.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>

#include "scheduler/text.h"
#include "service/limits.h"
#include "service/queue_thread.h"

namespace mergeq::service {
namespace {

using namespace std::chrono_literals;
constexpr auto head_wait = 20s;         // of somebody who enqueues
constexpr unsigned head_waits_max = 8;  // each holds a thread of the server
constexpr Duration in_flight = 24h;     // its answer sets the time anew
constexpr Duration longest_fetch_pause = 30s;

}  // namespace

Result<> QueueThread::open_remote() {
  const std::filesystem::path data(options_.data_directory);
  auto opened = Remote::open({.queue = config_.name,
                              .branch = config_.branch,
                              .options = *config_.remote,
                              .directory = (data / "mirrors" / config_.name).string(),
                              .tell = [this](const std::string& kind, const std::string& text) {
                                if (text.empty()) return forget_problem(kind);
                                remember_problem(kind, text);
                              }});
  if (!opened) return tl::unexpected(opened.error());
  remote_ = std::move(*opened);
  repository_path_ = remote_->mirror_path();
  suspects_locks_ = false;  // opening the mirror has removed them
  return {};
}

void QueueThread::start_remote() {
  if (!remote_) return;
  const auto& landing = queue_->state().landing;
  if (landing && landing->certificate) recovered_landing_ = landing->id;
  remote_->on_released([this] {
    post([this](Round& round) { apply(round, event::BuildsReleased{}); }, Admission::always);
  });
  if (const std::string& why = queue_->state().builds_held; !why.empty()) {
    remote_->hold_builds(why);
  }
  if (pushes_builds()) {
    remote_->list_builds([this](const std::vector<std::string>& names) {
      post([this, names](Round&) { reconcile_remote_builds(names); }, Admission::always);
    });
  }
  remote_->start();
}

bool QueueThread::pushes_builds() const {
  return remote_ && config_.runner == RunnerKind::external;
}

void QueueThread::reconcile_remote_builds(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const BuildId build = parse_name(name).build;
    if (!build || !queue_->state().builds.contains(build)) remote_->drop_build(name);
  }
  for (const auto& [id, build] : queue_->state().builds) {
    const std::string name = build_name(config_.name, id);
    const bool is_there = std::ranges::find(names, name) != names.end();
    if (is_there || build.state == BuildState::merging) continue;
    spdlog::warn("queue {}: the remote had lost the ref of {}: pushed again", config_.name, name);
    remote_->push_build(name, build.commit, [](const Result<>&) {});
  }
}

void QueueThread::look_at_trunk() {
  if (remote_) remote_->look_at_trunk();
}

Result<std::optional<CommitId>> QueueThread::fetched(const std::string& head) const {
  if (!remote_) return std::nullopt;
  if (auto valid = vcs::validate_name(head); !valid) {
    return fail(ErrorCode::invalid, "head: " + valid.error().message);
  }
  if (remote_->waiting_heads() >= head_waits_max) {
    return fail(ErrorCode::unavailable, "head: the remote does not answer; try again later");
  }
  auto promise = std::make_shared<std::promise<Result<CommitId>>>();
  std::future<Result<CommitId>> answer = promise->get_future();
  remote_->fetch_head(
      head, {}, [promise](Result<CommitId> commit) { promise->set_value(std::move(commit)); });
  if (answer.wait_for(head_wait) != std::future_status::ready) {
    return fail(ErrorCode::unavailable, "head: the remote has not answered within 20 s; try again");
  }
  try {
    const Result<CommitId> commit = answer.get();
    if (commit) return *commit;
    const bool unknown = commit.error().code == ErrorCode::not_found;
    return fail(unknown ? ErrorCode::invalid : commit.error().code,
                "head: " + commit.error().message);
  } catch (const std::future_error&) {  // dropped: the service is going down
    return fail(ErrorCode::unavailable, "queue " + config_.name + ": the service is going down");
  }
}

/// The head of a change, which a webhook or an earlier mirror brought, is fetched; then the
/// analysis goes on.
void QueueThread::fetch_for(const effect::Analyse& e) {
  std::vector<std::string> elsewhere;
  const Proposal& proposal = queue_->state().change(e.change).proposal;
  if (proposal.head_ref.starts_with("refs/")) elsewhere.push_back(proposal.head_ref);
  if (!proposal.number.empty()) {
    elsewhere.push_back("refs/pull/" + proposal.number + "/head");
    elsewhere.push_back("refs/merge-requests/" + proposal.number + "/head");
  }
  retry_analysis(e, "its head " + e.head.hex + " is fetched");
  retries_.at(e.change).next = now() + in_flight;
  remote_->fetch_head(e.head.hex, elsewhere, [this, e](const Result<CommitId>& head) {
    post([this, e, head](Round& round) { take_head(round, e, head); }, Admission::always);
  });
}

void QueueThread::take_head(Round& round, const effect::Analyse& e, const Result<CommitId>& head) {
  const auto retry = retries_.find(e.change);
  if (retry == retries_.end() || retry->second.analyse != e) return;
  if (head) {
    round.todo.push_back(e);
    return;
  }
  // Only a remote that was asked can say that it never had it.
  if (head.error().code != ErrorCode::not_found) retry->second.first = now();
  const Duration pause = 1s * (1 << std::min(retry->second.times, 5u));
  retry->second.next = now() + std::min<Duration>(longest_fetch_pause, pause);
}

void QueueThread::publish_build(const event::PathMerged& merged) {
  const std::string name = build_name(config_.name, merged.build);
  remote_->push_build(name, merged.commit, [this, merged](const Result<>& pushed) {
    const std::string why = pushed ? "" : cut(pushed.error().message, limit::detail);
    post(
        [this, merged, why](Round& round) {
          if (why.empty()) {
            apply(round, merged);
          } else {
            apply(round, event::BuildsHeld{merged.build, why});
          }
        },
        Admission::always);
  });
}

void QueueThread::land_on_remote(const vcs::LandRequest& request, LandingId landing) {
  if (const auto kept = repository_->keep_landing(request.merged.commit); !kept) {
    const std::string why = kept.error().message;
    post(
        [this, landing, why](Round& round) {
          apply(round, event::LandingRefused{landing, event::Refusal::refused, why});
        },
        Admission::always);
    return;
  }
  const auto sent = recovered_landing_ == landing ? vcs::Sent::maybe : vcs::Sent::no;
  remote_->land(request, sent, [this, landing, merged = request.merged](vcs::LandOutcome outcome) {
    post(
        [this, landing, merged, outcome = std::move(outcome)](Round& round) {
          for (auto& what : answers_to(outcome, landing, merged)) apply(round, std::move(what));
        },
        Admission::always);
  });
}

/// A landing that waits for the remote says so where one asks for the change.
void QueueThread::add_remote_waits(nlohmann::json& explanation, ChangeState state) const {
  if (!remote_ || (state != ChangeState::landing && state != ChangeState::queued)) return;
  const std::lock_guard lock(problems_mutex_);
  for (const char* kind : {"landing_unknown", "remote"}) {
    const auto it = problems_.find(kind);
    if (it == problems_.end()) continue;
    if (state == ChangeState::queued && it->first == "landing_unknown") continue;
    explanation["waits_for"].push_back({{"kind", "refused"},
                                        {"text", shown(it->second.text)},
                                        {"since", to_rfc3339(it->second.since)}});
  }
}

}  // namespace mergeq::service
