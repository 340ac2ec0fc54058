/// What a forge's webhooks ask of a queue.
#include <algorithm>
#include <ranges>

#include "scheduler/text.h"
#include "service/limits.h"
#include "service/queue_thread.h"

namespace mergeq::service {
namespace {

/// What a stranger wrote, cut to the limits that a request would have been refused for.
Proposal proposal_of(const forges::PullRequest& pull) {
  const bool is_link = pull.url.starts_with("https://") || pull.url.starts_with("http://");
  return {.head = pull.head,
          .head_ref = cut(pull.head_ref, limit::head_ref),
          .title = cut(pull.title, limit::title),
          .author = cut(pull.author, limit::author),
          .url = is_link && pull.url.size() <= limit::url ? pull.url : "",
          .number = pull.number.size() <= limit::number ? pull.number : ""};
}

bool wants_in(const QueueConfig& config, const forges::PullRequest& pull) {
  if (!pull.open || pull.draft || pull.base_ref != config.branch) return false;
  return config.label.empty() || std::ranges::find(pull.labels, config.label) != pull.labels.end();
}

}  // namespace

std::optional<ChangeId> QueueThread::live_with_number(const std::string& number) const {
  if (number.empty()) return std::nullopt;
  for (const auto& [id, change] : queue_->state().changes | std::views::reverse) {
    if (change.proposal.number == number) return id;
  }
  return std::nullopt;
}

/// Brings the change of a pull request in line with what the pull request is now.
Result<nlohmann::json> QueueThread::pull_request(Round& round, const forges::PullRequestEvent& e) {
  const forges::PullRequest& pull = e.pull;
  const auto alive = live_with_number(pull.number);
  if (alive) {
    const Change& change = queue_->state().change(*alive);
    const std::string name = change_name(config_.name, *alive);
    if (change.state == ChangeState::landing) {
      return webhook_answer("unchanged", "it is landing", name);
    }
    if (!wants_in(config_, pull)) {
      const bool moved = pull.base_ref != config_.branch;
      const Reason reason = moved       ? Reason::retargeted
                            : pull.open ? Reason::withdrawn
                                        : Reason::closed;
      const std::string why = moved       ? "the pull request was switched to " + pull.base_ref
                              : pull.open ? "the pull request left the queue"
                                          : "the pull request was closed";
      apply(round, event::ChangeCancelled{*alive, reason, why});
      return webhook_answer("cancelled", why, name);
    }
    if (change.proposal.head != pull.head) {
      apply(round, event::ChangeRevised{*alive, pull.head, cut(pull.title, limit::title)});
      return webhook_answer("revised", "a new head was pushed", name);
    }
    return webhook_answer("unchanged", "it is in the queue as it is", name);
  }
  if (!wants_in(config_, pull) || e.previous_base_ref) {  // who switches branches asks anew
    return webhook_answer("ignored", "the pull request does not ask for the queue", nullptr);
  }
  if (const auto twin = live_with_head(pull.head)) {
    return webhook_answer("unchanged", "its head is in the queue already",
                          change_name(config_.name, *twin));
  }
  if (queue_->state().changes.size() >= queue_->state().policy.max_pending) {
    return fail(ErrorCode::unavailable,
                "queue " + config_.name + ": it is full; deliver again later");
  }
  const ChangeId id = queue_->next_change();
  apply(round, event::ChangeEnqueued{proposal_of(pull)});
  return webhook_answer("enqueued", "accepted into the queue", change_name(config_.name, id));
}

/// The running build of this commit that asks for this check. Commits of builds are the queue's
/// own, so a result for one can only be of a build that it requested.
BuildId QueueThread::build_of(const CommitId& commit, const std::string& check) const {
  for (const auto& [id, build] : queue_->state().builds) {
    if (build.commit != commit || build.state == BuildState::merging) continue;
    const bool asked =
        std::ranges::find(build.checks, check, &CheckRun::name) != build.checks.end();
    if (asked) return id;
  }
  return BuildId{};
}

Result<nlohmann::json> QueueThread::check(Round& round, const forges::CheckEvent& e) {
  const BuildId id = build_of(e.commit, e.check);
  if (!id || config_.runner != RunnerKind::external) {
    return webhook_answer("ignored", "no running build of this queue has this commit and check",
                          nullptr);
  }
  nlohmann::json answer = webhook_answer("reported", "taken as a result", nullptr);
  answer["build"] = build_name(config_.name, id);
  if (!e.verdict) {
    if (auto started = build_started(round, id); !started) return tl::unexpected(started.error());
    answer["text"] = "the build has started";
    return answer;
  }
  const auto reported = report(round, id,
                               {.verdict = *e.verdict,
                                .inconclusive = e.inconclusive,
                                .check = e.check,
                                .url = e.url,
                                .reporter = e.reporter});
  if (!reported) {
    if (reported.error().code != ErrorCode::conflict) return tl::unexpected(reported.error());
    answer["outcome"] = "unchanged";
    answer["text"] = reported.error().message;
  }
  return answer;
}

Result<nlohmann::json> QueueThread::once(Round& round, const std::string& delivery,
                                         const std::string& content_key,
                                         const std::function<Result<nlohmann::json>()>& act) {
  std::vector<std::string> unknown;
  std::optional<std::string> first;
  const auto look_up = [&](const char* kind, const std::string& value) -> Result<> {
    if (value.empty()) return {};
    std::string key = config_.name + "\n" + kind + "\n" + value;
    const auto known = remembered("delivery", key);
    if (!known) return tl::unexpected(known.error());
    if (!*known) {
      unknown.push_back(std::move(key));
    } else if (!first) {
      first = (*known)->answer;
    }
    return {};
  };
  if (auto ok = look_up("delivery", delivery); !ok) return tl::unexpected(ok.error());
  if (auto ok = look_up("content", content_key); !ok) return tl::unexpected(ok.error());
  Result<nlohmann::json> answer = first ? nlohmann::json::parse(*first) : act();
  if (!answer || answer->at("outcome") == "ignored") return answer;
  for (std::string& key : unknown) {
    remember(round, {"delivery", std::move(key), "", answer->dump(), round.now});
  }
  return answer;
}

}  // namespace mergeq::service
