/// Start: the last snapshot, the journal behind it, then reconciliation with the world.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>

#include "scheduler/journal_format.h"
#include "scheduler/planners.h"
#include "service/queue_thread.h"

namespace mergeq::service {
namespace {

constexpr std::size_t replay_chunk = 5'000;
constexpr std::uint64_t seed = 1;  // of the queue's random numbers, from its first event on

std::string policy_fingerprint(const Policy& policy) {
  return event_to_json({Instant{}, event::PolicyChanged{policy}}).dump();
}

}  // namespace

Result<std::unique_ptr<QueueThread>> QueueThread::start(const QueueConfig& config,
                                                        const Options& options,
                                                        storage::Store& store, StreamHub& hub) {
  std::unique_ptr<QueueThread> queue(new QueueThread(config, options, store, hub));
  queue->repository_path_ = config.repository;
  if (config.remote) {
    if (auto ok = queue->open_remote(); !ok) return tl::unexpected(ok.error());
  }
  auto repository = vcs::open_repository(queue->repository_path_);
  if (!repository) return tl::unexpected(repository.error());
  queue->repository_ = std::move(*repository);
  if (config.runner == RunnerKind::local) {
    const std::filesystem::path data(options.data_directory);
    runners::LocalRunnerOptions local{.repository = queue->repository_path_,
                                      .work_directory = (data / "work" / config.name).string(),
                                      .log_directory = (data / "logs").string(),
                                      .slots = config.policy.slots,
                                      .log_limit_bytes = config.log_limit_bytes,
                                      .pass_environment = config.pass_environment};
    auto runner = runners::make_local_runner(local, [q = queue.get()](const runners::Report& r) {
      const auto report = [q, r](Round& round) {
        if (r.kind == runners::Report::Kind::started) {
          q->apply(round, event::BuildStarted{r.build});
        } else {
          q->apply(round, event::BuildFinished{.build = r.build,
                                               .verdict = r.verdict,
                                               .inconclusive = r.inconclusive,
                                               .check = r.check,
                                               .detail = r.detail,
                                               .reporter = "local runner"});
        }
      };
      q->post(report, Admission::always);
    });
    if (!runner) return tl::unexpected(runner.error());
    queue->runner_ = std::move(*runner);
  } else {
    queue->runner_ = runners::make_external_runner();
  }
  if (auto ok = queue->start_target_program(); !ok) return tl::unexpected(ok.error());
  if (auto ok = queue->recover(); !ok) return tl::unexpected(ok.error());
  queue->start_remote();
  queue->thread_ = std::thread([q = queue.get()] { q->run(); });
  return queue;
}

Result<> QueueThread::recover() {
  if (auto ok = replay(); !ok) return ok;
  if (auto ok = load_recent(); !ok) return ok;
  Round round{.now = now()};
  if (auto ok = adopt_configuration(round); !ok) return ok;
  auto settled = settle_landing();
  if (!settled) return tl::unexpected(settled.error());
  for (auto& what : *settled) apply(round, std::move(what));
  if (auto ok = reconcile(round); !ok) return ok;
  finish(round);
  for (const auto& tell : round.after_durable) tell();
  // The thread carries out what is unanswered, and looks at the trunk, in its first rounds.
  post([effects = queue_->unanswered()](Round& first) {
    first.todo.insert(first.todo.end(), effects.begin(), effects.end());
  });
  return {};
}

Result<> QueueThread::replay() {
  auto snapshot = store_.latest_snapshot(config_.name);
  if (!snapshot) return tl::unexpected(snapshot.error());
  predictor_ = make_prior_predictor();
  if (*snapshot) {
    try {
      const nlohmann::json payload = nlohmann::json::parse((*snapshot)->payload);
      auto restored = Queue::restore(payload.at("queue"), make_value_planner());
      if (!restored) return tl::unexpected(restored.error());
      queue_ = std::make_unique<Queue>(std::move(*restored));
      predictor_->load(payload.at("predictor"));
    } catch (const nlohmann::json::exception& e) {
      return fail(ErrorCode::corrupt, "snapshot of queue " + config_.name + ": " + e.what());
    }
    sequence_ = (*snapshot)->sequence;
  } else {
    const auto tip = repository_->branch_tip(config_.branch);
    if (!tip) return tl::unexpected(tip.error());
    if (!*tip) {
      return fail(ErrorCode::not_found, "queue " + config_.name + ": branch \"" + config_.branch +
                                            "\" does not exist in " + config_.repository);
    }
    const auto tree = repository_->tree_of(**tip);
    if (!tree) return tl::unexpected(tree.error());
    queue_ =
        std::make_unique<Queue>(config_.policy, Trunk{**tip, *tree}, make_value_planner(), seed);
    // Where everything began, and with what: the first snapshot, so that a replay needs nothing
    // else.
    storage::Batch batch;
    add_snapshot(batch);
    batch.answers.push_back(
        {"configuration", config_.name, "", policy_fingerprint(config_.policy), now()});
    auto written = store_.write(std::move(batch)).get();
    if (!written) return tl::unexpected(written.error());
  }
  snapshot_at_ = sequence_;
  for (;;) {
    auto records = store_.journal_after(config_.name, sequence_, replay_chunk);
    if (!records) return tl::unexpected(records.error());
    if (records->empty()) break;
    for (const storage::JournalRecord& record : *records) {
      const auto parsed = nlohmann::json::parse(record.payload, nullptr, false);
      auto event = event_from_json(parsed);
      if (!event) {
        return fail(ErrorCode::corrupt, "queue " + config_.name + ", record " +
                                            std::to_string(record.sequence) + ": " +
                                            event.error().message);
      }
      Round ignored{.now = event->at};
      gather(ignored, queue_->apply(*event));
      sequence_ = record.sequence;
    }
  }
  if (sequence_ > snapshot_at_) {
    spdlog::info("queue {}: replayed {} records", config_.name, sequence_ - snapshot_at_);
  }
  return {};
}

Result<> QueueThread::load_recent() {
  storage::ChangeFilter filter{.queue = config_.name};
  for (const ChangeState s : {ChangeState::landed, ChangeState::rejected, ChangeState::cancelled,
                              ChangeState::superseded}) {
    filter.states.emplace_back(to_name(s));
  }
  auto rows = store_.changes(filter, {.before = std::nullopt, .limit = recent_limit});
  if (!rows) return tl::unexpected(rows.error());
  for (const storage::ChangeRow& row : *rows) {
    recent_.push_back(nlohmann::json::parse(row.document, nullptr, false));
  }
  std::ranges::stable_sort(recent_, std::greater<>{}, [](const nlohmann::json& document) {
    return document.value("finished_at", std::string());
  });
  return {};
}

/// A policy that was changed while running stays; one that was changed in the configuration counts.
Result<> QueueThread::adopt_configuration(Round& round) {
  const std::string wanted = policy_fingerprint(config_.policy);
  const auto known = store_.answer("configuration", config_.name);
  if (!known) return tl::unexpected(known.error());
  if (*known && (*known)->answer == wanted) return {};
  round.batch.answers.push_back({"configuration", config_.name, "", wanted, round.now});
  if (queue_->state().policy != config_.policy) {
    apply(round, event::PolicyChanged{config_.policy});
  }
  return {};
}

/// A landing that was under way when we ended: the same merge gives the same commit, so the trunk
/// tells whether it happened.
Result<QueueThread::Events> QueueThread::settle_landing() {
  Events events;
  const auto& landing = queue_->state().landing;
  if (!landing || !landing->certificate) return events;
  if (remote_) return events;  // which is asked when the landing is carried out again
  auto outcome = merge(landing->expected_trunk.commit, landing->members, landing->decided_at);
  if (!outcome) return tl::unexpected(outcome.error());
  const auto tip = repository_->branch_tip(config_.branch);
  if (!tip) return tl::unexpected(tip.error());
  if (!outcome->merged || !*tip) return events;
  const auto landed = repository_->is_ancestor(outcome->merged->commit, **tip);
  if (landed && *landed) {
    spdlog::info("queue {}: landing {} had happened", config_.name, landing->id.value);
    events.push_back(event::LandingDone{landing->id, outcome->merged->members,
                                        Trunk{outcome->merged->commit, outcome->merged->tree}});
  }
  return events;
}

Result<> QueueThread::reconcile(Round& round) {
  if (!queue_->state().landing) {
    if (auto event = trunk_event()) apply(round, std::move(*event));
  }
  const auto refs = repository_->build_refs();
  if (!refs) return tl::unexpected(refs.error());
  for (const std::string& name : *refs) {
    const ParsedName parsed = parse_name(name);
    if (parsed.queue != config_.name || queue_->state().builds.contains(parsed.build)) continue;
    if (const auto dropped = repository_->drop_build_ref(name); !dropped) {
      spdlog::warn("queue {}: {}", config_.name, dropped.error().message);
    }
  }
  return {};
}

}  // namespace mergeq::service
