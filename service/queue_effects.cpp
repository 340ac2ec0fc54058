/// Effects carried out, and the events that answer them. Everything here may be done again after a
/// crash: merges give the same objects, refs are set to the same commits, landings compare before
/// they swap.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "service/queue_thread.h"

namespace mergeq::service {
namespace {

constexpr Duration commit_wait = std::chrono::minutes{10};  // for a commit that a webhook announced
constexpr Duration first_retry = std::chrono::seconds{1};
constexpr Duration longest_retry = std::chrono::seconds{30};
constexpr std::size_t path_limit = 50;  // paths of a conflict that are kept

const vcs::Identity committer{"mergeq", "mergeq@localhost"};

std::vector<std::string> first_paths(std::vector<std::string> paths) {
  if (paths.size() > path_limit) paths.resize(path_limit);
  return paths;
}

}  // namespace

QueueThread::Events QueueThread::carry_out(const std::vector<Effect>& effects) {
  Events answers;
  runner_->set_slots(queue_->state().policy.slots);
  for (const Effect& effect : effects) {
    std::visit([&](const auto& e) { on(e, answers); }, effect);
  }
  return answers;
}

std::string QueueThread::message_for(const Change& change) const {
  const Proposal& p = change.proposal;
  const std::string name = change_name(config_.name, change.id);
  std::string subject = p.title.empty() ? name : p.title;
  if (config_.merge_method == vcs::MergeMethod::merge) subject = "Merge " + name + ": " + subject;
  if (!p.number.empty()) subject += " (#" + p.number + ")";
  return subject + "\n\n" + (p.url.empty() ? "" : p.url + "\n") + "Mergeq-Change: " + name + "\n";
}

Result<vcs::MergeOutcome> QueueThread::merge(const CommitId& base,
                                             const std::vector<Member>& members, Instant at) {
  vcs::MergeRequest request{.base = base,
                            .members = members,
                            .method = config_.merge_method,
                            .committer = committer,
                            .at = at};
  for (const Member& m : members) {
    const auto it = queue_->state().changes.find(m.change);
    request.messages.push_back(it == queue_->state().changes.end() ? "" : message_for(it->second));
  }
  return repository_->merge(request);
}

void QueueThread::on(const effect::Analyse& e, Events& answers) {
  const auto it = queue_->state().changes.find(e.change);
  if (it == queue_->state().changes.end() || it->second.revision != e.revision) return;
  const auto refuse = [&](Reason reason, std::string text) {
    retries_.erase(e.change);
    answers.push_back(event::ChangeRefused{e.change, e.revision, reason, std::move(text)});
  };
  if (!repository_->has_commit(e.head)) {
    const auto retry = retries_.find(e.change);
    const bool given_up = retry != retries_.end() && now() - retry->second.first > commit_wait;
    if (given_up) {
      refuse(Reason::commit_unavailable, "the repository never had commit " + e.head.hex);
    } else if (remote_) {
      fetch_for(e);
    } else {
      retry_analysis(e, "the repository does not have commit " + e.head.hex + " yet");
    }
    return;
  }
  const CommitId trunk = queue_->state().trunk.commit;
  const auto contained = repository_->is_ancestor(e.head, trunk);
  if (contained && *contained) {
    refuse(Reason::policy, "its head is on the trunk already");
    return;
  }
  const auto merged = merge(trunk, {{e.change, e.revision, e.head}}, it->second.enqueued_at);
  if (!merged) {
    retry_analysis(e, merged.error().message);
    return;
  }
  if (merged->conflict) {
    std::string text = "does not merge with the trunk";
    for (std::size_t i = 0; i < merged->conflict->paths.size() && i < 5; ++i) {
      text += (i ? ", " : ": ") + merged->conflict->paths[i];
    }
    refuse(Reason::merge_conflict, std::move(text));
    return;
  }
  auto stack = stacks_.place(*repository_, queue_->state(), e.change, e.head);
  if (!stack) {
    retry_analysis(e, stack.error().message);
    return;
  }
  if (stack->stale_on) {
    refuse(Reason::stale_base, "it is stacked on an earlier revision of change " +
                                   change_name(config_.name, stack->stale_on) +
                                   "; put it onto the present one and push it again");
    return;
  }
  auto found = analyse(e, std::move(*stack));
  if (!found && waits_for_graph(found.error(), e)) return;
  if (!found) {
    retry_analysis(e, found.error().message);
    return;
  }
  retries_.erase(e.change);
  answers.push_back(std::move(*found));
}

Result<event::ChangeAnalysed> QueueThread::analyse(const effect::Analyse& e,
                                                   StackIndex::Place stack) {
  const Change& change = queue_->state().change(e.change);
  auto footprint = repository_->footprint(queue_->state().trunk.commit, e.head, config_.targets);
  if (!footprint) return tl::unexpected(footprint.error());
  event::ChangeAnalysed found{.change = e.change,
                              .revision = e.revision,
                              .needs = std::move(stack.needs),
                              .needed_by = std::move(stack.needed_by)};
  found.footprint = std::move(*footprint);
  found.prediction =
      predictor_->predict({.author = change.proposal.author, .footprint = found.footprint});
  if (auto ok = compare(e, found); !ok) return tl::unexpected(ok.error());
  return found;
}

void QueueThread::retry_analysis(const effect::Analyse& e, const std::string& why) {
  auto [it, fresh] = retries_.try_emplace(e.change, Retry{e, now(), {}, 0});
  Retry& retry = it->second;
  retry.analyse = e;
  const Duration pause = std::min(longest_retry, first_retry * (1 << std::min(retry.times, 5u)));
  ++retry.times;
  retry.next = now() + pause;
  if (fresh) spdlog::warn("queue {}: change {}: {}", config_.name, e.change.value, why);
}

void QueueThread::on(const effect::MergePath& e, Events& answers) {
  const auto it = queue_->state().builds.find(e.build);
  if (it == queue_->state().builds.end()) return;  // cancelled meanwhile
  const auto broken = [&](const std::string& why) {
    spdlog::error("queue {}: build {}: {}", config_.name, e.build.value, why);
    answers.push_back(event::PathConflicted{e.build, ChangeId{}, {why}});
  };
  const Instant at = it->second.requested_at;
  const auto outcome = merge(e.base, e.members, at);
  if (!outcome) return broken(outcome.error().message);
  if (outcome->conflict) {
    answers.push_back(event::PathConflicted{e.build, outcome->conflict->culprit,
                                            first_paths(outcome->conflict->paths)});
    return;
  }
  const TreeId& tree = outcome->merged->tree;
  const auto base_tree = repository_->tree_of(e.base);
  if (!base_tree) return broken(base_tree.error().message);
  auto targets = repository_->new_targets(*base_tree, tree, config_.targets);
  if (!targets && waits_for_graph(targets.error(), e)) return;
  if (!targets) return broken(targets.error().message);
  const auto built =
      repository_->make_build_ref(build_name(config_.name, e.build), e.base, tree, at);
  if (!built) return broken(built.error().message);
  event::PathMerged merged{e.build, tree, built->commit, std::move(*targets)};
  if (pushes_builds()) return publish_build(merged);
  answers.push_back(std::move(merged));
}

void QueueThread::on(const effect::StartBuild& e, Events&) {
  const auto it = queue_->state().builds.find(e.build);
  if (it == queue_->state().builds.end()) return;
  const std::string name = build_name(config_.name, e.build);
  runners::BuildRequest request{.id = e.build,
                                .name = name,
                                .tree = e.tree,
                                .commit = e.commit,
                                .ref = "refs/mergeq/builds/" + name};
  for (const CheckRun& run : e.checks) {
    const auto known = std::ranges::find(config_.checks, run.name,
                                         [](const CheckConfig& c) { return c.spec.name; });
    if (known == config_.checks.end()) continue;
    runners::CheckCommand command{
        .name = run.name, .scope = run.scope, .command = known->command, .timeout = known->timeout};
    for (const TargetHash& t : run.targets) command.targets.push_back(t.target);
    request.checks.push_back(std::move(command));
  }
  runner_->start(request);
}

void QueueThread::on(const effect::CancelBuild& e, Events&) { runner_->cancel(e.build); }

void QueueThread::on(const effect::ForgetBuild& e, Events&) {
  const auto dropped = repository_->drop_build_ref(build_name(config_.name, e.build));
  if (!dropped) spdlog::warn("queue {}: {}", config_.name, dropped.error().message);
  if (pushes_builds()) remote_->drop_build(build_name(config_.name, e.build));
}

void QueueThread::on(const effect::PrepareLanding& e, Events& answers) {
  const auto& landing = queue_->state().landing;
  if (!landing || landing->id != e.landing) return;
  const auto refuse = [&](event::Refusal refusal, std::string text) {
    answers.push_back(event::LandingRefused{e.landing, refusal, std::move(text)});
  };
  if (auto moved = trunk_event()) {
    answers.push_back(std::move(*moved));
    return refuse(event::Refusal::moved, "somebody else moved the trunk");
  }
  auto outcome = merge(e.expected_trunk.commit, e.members, landing->decided_at);
  if (!outcome) return refuse(event::Refusal::refused, outcome.error().message);
  if (outcome->conflict) {
    return refuse(event::Refusal::conflict, "does not merge with the trunk");
  }
  auto targets =
      repository_->new_targets(e.expected_trunk.tree, outcome->merged->tree, config_.targets);
  if (!targets && waits_for_graph(targets.error(), e)) return;
  if (!targets) return refuse(event::Refusal::refused, targets.error().message);
  answers.push_back(event::LandingPrepared{e.landing, outcome->merged->tree, std::move(*targets)});
  prepared_.clear();
  prepared_.emplace(e.landing, std::move(*outcome->merged));
}

std::vector<std::string> QueueThread::notes_for(const Landing& landing) const {
  const Certificate& c = *landing.certificate;
  std::vector<std::string> builds;
  for (BuildId id : c.builds) builds.push_back(build_name(config_.name, id));
  nlohmann::json targets = nlohmann::json::array();
  for (const TargetHash& t : c.targets) {
    targets.push_back({{"target", shown(t.target)}, {"hash", t.hash}});
  }
  std::vector<std::string> heads;
  for (const Member& m : landing.members) heads.push_back(m.head.hex);
  const std::string last = change_name(config_.name, landing.members.back().change);
  std::vector<std::string> notes;
  for (const Member& m : landing.members) {
    const std::string name = change_name(config_.name, m.change);
    nlohmann::json note{{"version", 1},       {"queue", config_.name},
                        {"change", name},     {"kind", to_name(c.kind)},
                        {"tree", c.tree.hex}, {"checks", c.checks},
                        {"builds", builds},   {"targets", targets},
                        {"heads", heads}};
    if (name != last) note["within"] = last;
    notes.push_back(note.dump() + "\n");
  }
  return notes;
}

void QueueThread::on(const effect::Land& e, Events& answers) {
  const auto& landing = queue_->state().landing;
  if (!landing || landing->id != e.landing || !landing->certificate) return;
  const auto refuse = [&](event::Refusal refusal, std::string text) {
    answers.push_back(event::LandingRefused{e.landing, refusal, std::move(text)});
  };
  if (!prepared_.contains(e.landing)) {
    auto outcome = merge(e.expected_trunk.commit, e.members, landing->decided_at);
    if (!outcome) return refuse(event::Refusal::refused, outcome.error().message);
    if (outcome->conflict) {
      return refuse(event::Refusal::conflict, "does not merge with the trunk");
    }
    prepared_.emplace(e.landing, std::move(*outcome->merged));
  }
  const vcs::Merged merged = prepared_.extract(e.landing).mapped();
  if (merged.tree != e.certificate.tree) {
    return refuse(event::Refusal::mismatch, "what would land is not what was certified");
  }
  const vcs::LandRequest request{.branch = config_.branch,
                                 .expected = e.expected_trunk.commit,
                                 .merged = merged,
                                 .notes = notes_for(*landing),
                                 .committer = committer,
                                 .at = landing->decided_at};
  if (remote_) return land_on_remote(request, e.landing);
  for (auto& what : answers_to(repository_->land(request), e.landing, merged)) {
    answers.push_back(std::move(what));
  }
}

QueueThread::Events QueueThread::answers_to(const vcs::LandOutcome& outcome, LandingId landing,
                                            const vcs::Merged& merged) {
  Events answers;
  if (outcome.result == vcs::LandResult::landed) {
    answers.push_back(
        event::LandingDone{landing, merged.members, Trunk{merged.commit, merged.tree}});
    return answers;
  }
  if (outcome.result == vcs::LandResult::moved) {
    if (auto moved = trunk_event()) answers.push_back(std::move(*moved));
    answers.push_back(event::LandingRefused{landing, event::Refusal::moved, outcome.text});
    return answers;
  }
  spdlog::warn("queue {}: landing {} refused: {}", config_.name, landing.value, outcome.text);
  answers.push_back(event::LandingRefused{landing, event::Refusal::refused, outcome.text});
  return answers;
}

void QueueThread::on(const effect::CheckMerge& e, Events& answers) {
  for (const Member& m : e.changes) {
    const auto it = queue_->state().changes.find(m.change);
    if (it == queue_->state().changes.end() || it->second.revision != m.revision) continue;
    const auto outcome = merge(e.trunk, {m}, it->second.enqueued_at);
    if (!outcome || !outcome->conflict) continue;  // a build of it will say what is wrong
    answers.push_back(
        event::MergeBroken{m.change, m.revision, e.trunk, first_paths(outcome->conflict->paths)});
  }
}

}  // namespace mergeq::service
