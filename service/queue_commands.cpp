/// What people and CI ask of a queue. Everything here is checked against the queue as it is, since
/// it runs on the queue's thread.
#include <algorithm>
#include <ranges>

#include "scheduler/text.h"
#include "service/limits.h"
#include "service/queue_thread.h"

namespace mergeq::service {
namespace {

Result<> check_length(const char* field, const std::string& text, std::size_t most) {
  if (text.size() <= most) return {};
  return fail(ErrorCode::invalid, std::string(field) + ": expected at most " +
                                      std::to_string(most) + " bytes, got " +
                                      std::to_string(text.size()));
}

Result<> check_url(const std::string& url) {
  if (url.empty() || url.starts_with("https://") || url.starts_with("http://")) {
    return check_length("url", url, limit::url);
  }
  return fail(ErrorCode::invalid, "url: expected one that begins with https:// or http://");
}

}  // namespace

Result<> QueueThread::check_request(const EnqueueRequest& r) const {
  if (auto ok = vcs::validate_name(r.head); !ok) {
    return fail(ErrorCode::invalid, "head: " + ok.error().message);
  }
  if (auto ok = check_length("title", r.title, limit::title); !ok) return ok;
  if (auto ok = check_length("author", r.author, limit::author); !ok) return ok;
  if (auto ok = check_length("Idempotency-Key", r.idempotency_key, limit::key); !ok) return ok;
  if (auto ok = check_url(r.url); !ok) return ok;
  if (r.depends_on.size() > limit::depends_on) {
    return fail(ErrorCode::invalid,
                "depends_on: expected at most " + std::to_string(limit::depends_on) + " changes");
  }
  const bool digits = std::ranges::all_of(r.number, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || r.number.size() > limit::number) {
    return fail(ErrorCode::invalid, "number: expected at most 20 digits");
  }
  return {};
}

Result<std::optional<EnqueueAnswer>> QueueThread::answered(Round& round,
                                                           const EnqueueRequest& request) {
  if (auto ok = check_request(request); !ok) return tl::unexpected(ok.error());
  if (request.idempotency_key.empty()) return std::nullopt;
  const auto known = remembered("idempotency", config_.name + "\n" + request.idempotency_key);
  if (!known) return tl::unexpected(known.error());
  if (!*known) return std::nullopt;
  if ((*known)->fingerprint != request.fingerprint) {
    return fail(ErrorCode::conflict, "Idempotency-Key: it came before with another request");
  }
  return EnqueueAnswer{change_now(round, parse_name((*known)->answer).change), false};
}

Result<EnqueueAnswer> QueueThread::enqueue(Round& round, const EnqueueRequest& request) {
  const auto before = answered(round, request);
  if (!before) return tl::unexpected(before.error());
  if (*before) return **before;
  const auto head =
      request.fetched ? Result<CommitId>(*request.fetched) : repository_->resolve(request.head);
  if (!head) {
    const bool unknown = head.error().code == ErrorCode::not_found;
    return fail(unknown ? ErrorCode::invalid : head.error().code, "head: " + head.error().message);
  }
  auto depends_on = resolve_dependencies(round, request.depends_on);
  if (!depends_on) return tl::unexpected(depends_on.error());
  ChangeId id{};
  bool created = false;
  if (const auto alive = live_with_head(*head)) {
    id = *alive;
  } else if (queue_->state().changes.size() >= queue_->state().policy.max_pending) {
    return fail(ErrorCode::unavailable, "queue " + config_.name + ": it holds its limit of " +
                                            std::to_string(queue_->state().policy.max_pending) +
                                            " changes; try again later");
  } else {
    Proposal proposal{.head = *head,
                      .head_ref = request.head == head->hex ? "" : request.head,
                      .title = request.title,
                      .author = request.author,
                      .url = request.url,
                      .number = request.number,
                      .priority = request.priority,
                      .depends_on = std::move(*depends_on)};
    if (const auto summary = repository_->summary(*head)) {
      if (proposal.title.empty()) proposal.title = cut(summary->title, limit::title);
      if (proposal.author.empty()) proposal.author = cut(summary->author, limit::author);
    }
    id = queue_->next_change();
    created = true;
    apply(round, event::ChangeEnqueued{std::move(proposal)});
  }
  if (!request.idempotency_key.empty()) {
    remember(round, {"idempotency", config_.name + "\n" + request.idempotency_key,
                     request.fingerprint, change_name(config_.name, id), round.now});
  }
  return EnqueueAnswer{change_now(round, id), created};
}

Result<std::optional<storage::RememberedAnswer>> QueueThread::remembered(
    const std::string& scope, const std::string& key) const {
  const auto it = round_answers_.find(scope + "\n" + key);
  if (it != round_answers_.end()) return it->second;
  return store_.answer(scope, key);
}

void QueueThread::remember(Round& round, storage::RememberedAnswer answer) {
  round_answers_[answer.scope + "\n" + answer.key] = answer;
  round.batch.answers.push_back(std::move(answer));
}

/// Live ones as ids; landed ones are met already and left out; anything else is an error.
Result<std::vector<ChangeId>> QueueThread::resolve_dependencies(
    const Round& round, const std::vector<std::string>& names) const {
  std::vector<ChangeId> ids;
  for (const std::string& name : names) {
    const ParsedName parsed = parse_name(name);
    const auto unknown = [&](const char* what) {
      return fail(ErrorCode::invalid, "depends_on: expected changes of queue " + config_.name +
                                          " that live or have landed, got \"" + shown(name) + "\"" +
                                          what);
    };
    if (parsed.queue != config_.name || !parsed.change) return unknown("");
    if (queue_->state().changes.contains(parsed.change)) {
      if (std::ranges::find(ids, parsed.change) == ids.end()) ids.push_back(parsed.change);
      continue;
    }
    std::string state;
    if (const auto it = round.closed.find(parsed.change); it != round.closed.end()) {
      state = to_name(it->second.state);
    } else {
      const auto row = store_.change(name);
      if (!row) return tl::unexpected(row.error());
      if (!*row) return unknown(", which does not exist");
      state = (*row)->state;
    }
    if (state != to_name(ChangeState::landed)) return unknown((", which is " + state).c_str());
  }
  return ids;
}

std::optional<ChangeId> QueueThread::live_with_head(const CommitId& head) const {
  for (const auto& [id, change] : queue_->state().changes) {
    if (change.proposal.head == head) return id;
  }
  return std::nullopt;
}

Result<nlohmann::json> QueueThread::revise(Round& round, ChangeId id, const std::string& head) {
  const auto it = queue_->state().changes.find(id);
  if (it == queue_->state().changes.end()) {
    return fail(ErrorCode::conflict,
                change_name(config_.name, id) + ": it is no longer in the queue");
  }
  if (it->second.state == ChangeState::landing) {
    return fail(ErrorCode::conflict, change_name(config_.name, id) + ": it is landing");
  }
  const auto commit = repository_->resolve(head);
  if (!commit) {
    const bool unknown = commit.error().code == ErrorCode::not_found;
    return fail(unknown ? ErrorCode::invalid : commit.error().code,
                "head: " + commit.error().message);
  }
  if (it->second.proposal.head != *commit) {
    apply(round, event::ChangeRevised{id, *commit, std::nullopt});
  }
  return change_now(round, id);
}

Result<nlohmann::json> QueueThread::cancel(Round& round, ChangeId id, Reason reason,
                                           const std::string& text) {
  const auto it = queue_->state().changes.find(id);
  if (it != queue_->state().changes.end() && it->second.state != ChangeState::landing) {
    apply(round, event::ChangeCancelled{id, reason, text});
  }
  return change_now(round, id);
}

Result<nlohmann::json> QueueThread::pause(Round& round, const std::string& why) {
  if (!queue_->state().paused) apply(round, event::Paused{cut(why, limit::title)});
  return queue_summary(names(), *queue_);
}

Result<nlohmann::json> QueueThread::resume(Round& round) {
  if (queue_->state().paused) apply(round, event::Resumed{});
  return queue_summary(names(), *queue_);
}

Result<nlohmann::json> QueueThread::patch(Round& round, const QueuePatch& patch) {
  Policy policy = queue_->state().policy;
  if (patch.slots) policy.slots = *patch.slots;
  if (patch.slot_minute_price) policy.slot_minute_price = *patch.slot_minute_price;
  if (patch.order) policy.order = *patch.order;
  if (patch.guarantee) policy.guarantee = *patch.guarantee;
  if (policy.slots < 1 || policy.slots > 4096) {
    return fail(ErrorCode::invalid, "slots: expected a whole number from 1 to 4096");
  }
  if (!(policy.slot_minute_price >= 0.0 && policy.slot_minute_price <= 1e6)) {
    return fail(ErrorCode::invalid, "slot_minute_price: expected a number from 0 to 1000000");
  }
  if (patch.checks) {
    policy.checks.clear();
    for (const std::string& name : *patch.checks) {
      const auto known =
          std::ranges::find(config_.checks, name, [](const CheckConfig& c) { return c.spec.name; });
      if (known == config_.checks.end()) {
        return fail(ErrorCode::invalid,
                    "checks: expected names of configured checks, got \"" + shown(name) + "\"");
      }
      if (std::ranges::find(policy.checks, name, &CheckSpec::name) == policy.checks.end()) {
        policy.checks.push_back(known->spec);
      }
    }
    if (policy.checks.empty()) {
      return fail(ErrorCode::invalid,
                  "checks: expected at least one; without any, nothing is tested");
    }
  }
  if (policy != queue_->state().policy) apply(round, event::PolicyChanged{policy});
  return queue_summary(names(), *queue_);
}

Result<nlohmann::json> QueueThread::build_started(Round& round, BuildId id) {
  const auto it = queue_->state().builds.find(id);
  if (it == queue_->state().builds.end()) {
    const auto row = store_.build(build_name(config_.name, id));
    if (!row) return tl::unexpected(row.error());
    if (!*row) return fail(ErrorCode::not_found, "no such build");
    return fail(ErrorCode::conflict,
                build_name(config_.name, id) + ": it is over (" + (*row)->state + ")");
  }
  if (config_.runner != RunnerKind::external) {
    return fail(ErrorCode::conflict,
                "builds of queue " + config_.name + " are run by its own runner");
  }
  if (it->second.state == BuildState::merging) {
    return fail(ErrorCode::conflict,
                build_name(config_.name, id) + ": its tree is still being made");
  }
  if (it->second.state == BuildState::requested) apply(round, event::BuildStarted{id});
  return build_now(round, id);
}

Result<ReportAnswer> QueueThread::report(Round& round, BuildId id, const BuildReport& r) {
  const std::string name = build_name(config_.name, id);
  if (config_.runner != RunnerKind::external) {
    return fail(ErrorCode::conflict,
                "builds of queue " + config_.name + " are run by its own runner");
  }
  if (auto ok = check_url(r.url); !ok) return tl::unexpected(ok.error());
  for (const auto& ok : {check_length("detail", r.detail, limit::detail),
                         check_length("reporter", r.reporter, limit::reporter)}) {
    if (!ok) return tl::unexpected(ok.error());
  }
  const auto it = queue_->state().builds.find(id);
  if (it != queue_->state().builds.end()) {
    const Build& build = it->second;
    if (build.state == BuildState::merging) {
      return fail(ErrorCode::conflict, name + ": its tree is still being made");
    }
    if (!r.check) {
      apply(round, event::BuildFinished{.build = id,
                                        .verdict = r.verdict,
                                        .inconclusive = r.inconclusive,
                                        .detail = r.detail,
                                        .url = r.url,
                                        .reporter = r.reporter});
      return ReportAnswer::accepted;
    }
    const auto check = std::ranges::find(build.checks, *r.check, &CheckRun::name);
    if (check == build.checks.end()) {
      return fail(ErrorCode::invalid,
                  "check: " + name + " has no check \"" + shown(*r.check) + "\"");
    }
    if (check->verdict) {
      if (*check->verdict == r.verdict) return ReportAnswer::repeated;
      return fail(ErrorCode::conflict, name + ": check " + check->name + " has " +
                                           std::string(to_name(*check->verdict)) + " already");
    }
    apply(round, event::CheckReported{.build = id,
                                      .check = *r.check,
                                      .verdict = r.verdict,
                                      .inconclusive = r.inconclusive,
                                      .detail = r.detail,
                                      .url = r.url,
                                      .reporter = r.reporter});
    return ReportAnswer::accepted;
  }
  std::string state;
  if (const auto over = round.builds.find(id); over != round.builds.end()) {
    state = to_name(over->second.state);
  } else {
    const auto row = store_.build(name);
    if (!row) return tl::unexpected(row.error());
    if (!*row) return fail(ErrorCode::not_found, "no such build");
    state = (*row)->state;
  }
  const std::string_view same = r.verdict == Verdict::inconclusive ? "error" : to_name(r.verdict);
  if (state == same) return ReportAnswer::repeated;
  return fail(ErrorCode::conflict, name + ": it is over (" + state + ")");
}

nlohmann::json QueueThread::change_now(const Round& round, ChangeId id) const {
  const auto it = queue_->state().changes.find(id);
  if (it != queue_->state().changes.end()) {
    return change_document(config_.name, it->second, queue_.get());
  }
  if (const auto closed = round.closed.find(id); closed != round.closed.end()) {
    return change_document(config_.name, closed->second, nullptr);
  }
  const auto row = store_.change(change_name(config_.name, id));
  return row && *row ? nlohmann::json::parse((*row)->document) : nlohmann::json(nullptr);
}

nlohmann::json QueueThread::build_now(const Round& round, BuildId id) const {
  if (const auto it = round.builds.find(id); it != round.builds.end()) {
    return build_document(names(), it->second);
  }
  const Build& build = queue_->state().builds.at(id);
  return build_document(names(), build);
}

}  // namespace mergeq::service
