/// Why a change waits, for what, and when it will land: in words and as data.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ranges>

#include "scheduler/evidence.h"
#include "service/documents.h"

namespace mergeq::service {
namespace {

using nlohmann::json;

struct Wait {
  std::string kind;
  std::string text;
  ChangeId change{};
  BuildId build{};
  std::optional<Instant> since{};
};

std::string in_words(Duration d) {
  const auto s = static_cast<long>(std::lround(std::max(0.0, seconds(d))));
  char text[48];
  if (s < 60) {
    std::snprintf(text, sizeof text, "%ld s", s);
  } else if (s < 3600) {
    std::snprintf(text, sizeof text, "%ld min %02ld s", s / 60, s % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld h %02ld min", s / 3600, s / 60 % 60);
  }
  return text;
}

std::string percent(double p) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f %%", p * 100);
  return text;
}

std::string called(const std::string& queue, ChangeId id, const QueueState& state) {
  const auto it = state.changes.find(id);
  std::string name = change_name(queue, id);
  if (it == state.changes.end() || it->second.proposal.title.empty()) return name;
  return name + " (" + shown(it->second.proposal.title) + ")";
}

std::string names_of(const std::string& queue, const std::vector<ChangeId>& ids) {
  std::string text;
  for (std::size_t i = 0; i < ids.size() && i < 3; ++i) {
    text += (i ? ", " : "") + change_name(queue, ids[i]);
  }
  if (ids.size() > 3) text += " and " + std::to_string(ids.size() - 3) + " more";
  return text;
}

Wait wait_for_build(const std::string& queue, const Build& build, Instant now) {
  const std::vector<ChangeId> with = before_head(build);
  const std::string path = with.empty() ? "on the trunk" : "together with " + names_of(queue, with);
  Wait wait{"build", "", {}, build.id, build.requested_at};
  if (build.state == BuildState::merging) {
    wait.kind = "merge";
    wait.text = "its tree is being made, " + path;
  } else if (!build.started_at) {
    wait.text = "its build, " + path + ", is requested and has not been started by the runner";
  } else {
    wait.since = build.started_at;
    wait.text = "its build, " + path + ", runs for " + in_words(now - *build.started_at) +
                " (expected " + in_words(build.expected) + ")";
  }
  return wait;
}

const char* in_plain(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::order:
      return "everything is judged in order here";
    case EdgeKind::global:
      return "one of the two touches everything";
    case EdgeKind::build_graph:
      return "one of the two alters the build graph";
    case EdgeKind::target:
      return "both affect a target";
    case EdgeKind::path:
      return "both touch a file";
    case EdgeKind::textual:
      return "their texts do not merge";
    case EdgeKind::declared:
      return "it was declared to depend on it";
    case EdgeKind::stack:
      return "it is stacked on it";
  }
  return "";
}

void add_dependencies(std::vector<Wait>& waits, const std::string& queue, const Change& change,
                      const Queue& live) {
  const QueueState& s = live.state();
  for (ChangeId id : change.proposal.depends_on) {
    if (!s.changes.contains(id) || s.is_pending(id)) continue;
    waits.push_back(
        {"dependency", called(queue, id, s) + " is needed and still being analysed", id});
  }
  for (ChangeId id : dependencies(s, change.id)) {
    const auto edge = s.graph.between(change.id, id);
    if (!edge) continue;
    std::string text = called(queue, id, s) + " is ahead and " +
                       std::string(to_name(s.change(id).state)) + ": " + in_plain(edge->kind);
    if (!is_directed(edge->kind) && edge->kind != EdgeKind::textual) {
      text += "; it lands with a chance of " + percent(live.planner().lands(id));
    }
    waits.push_back({"dependency", std::move(text), id});
  }
}

bool has_verdict(const Change& change) {
  return std::ranges::any_of(change.evidence, [&](const Evidence& e) {
    return e.passed && untouched_since(change, e.base, e.members);
  });
}

std::vector<Wait> waits_of(const std::string& queue, const Change& change, const Queue& live,
                           Instant now) {
  const QueueState& s = live.state();
  std::vector<Wait> waits;
  if (s.paused) waits.push_back({"paused", "the queue is paused: " + shown(s.paused_why)});
  if (!s.builds_held.empty()) {
    waits.push_back({"refused", "no build can be requested: " + shown(s.builds_held)});
  }
  if (change.state == ChangeState::queued) {
    waits.push_back({"analysis", "what it touches is being found out", {}, {}, change.enqueued_at});
    return waits;
  }
  if (change.state == ChangeState::landing) {
    waits.push_back({"landing", "the trunk is being moved to it"});
    if (!change.landing_refusal.empty()) {
      waits.push_back({"refused", "tried again; the repository refused the landing: " +
                                      shown(change.landing_refusal)});
    }
    return waits;
  }
  if (!change.landing_refusal.empty()) {
    waits.push_back(
        {"refused", "the repository refused the landing: " + shown(change.landing_refusal) +
                        "; tried again in " + in_words(change.landing_not_before - now)});
  }
  std::size_t builds = 0;
  for (const Build& build : s.builds | std::views::values) {
    if (build.head() != change.id) continue;
    waits.push_back(wait_for_build(queue, build, now));
    ++builds;
  }
  add_dependencies(waits, queue, change, live);
  if (builds == 0 && change.build_not_before > now) {
    waits.push_back({"retry", "its last build came to no verdict; the next one is due in " +
                                  in_words(change.build_not_before - now)});
  } else if (builds == 0 && !has_verdict(change)) {
    const bool full = s.builds.size() >= s.policy.slots;
    waits.push_back({"slot", full ? "a slot: all " + std::to_string(s.policy.slots) +
                                        " are taken by builds that are worth more"
                                  : "a build of it is not worth a slot until more is known about "
                                    "those ahead"});
  }
  return waits;
}

json wait_document(const std::string& queue, const Wait& wait) {
  json document{{"kind", wait.kind}, {"text", wait.text}};
  if (wait.change) document["change"] = change_name(queue, wait.change);
  if (wait.build) document["build"] = build_name(queue, wait.build);
  if (wait.since) document["since"] = to_rfc3339(*wait.since);
  return document;
}

std::string summary_of(const std::vector<Wait>& waits, const Change& change) {
  if (waits.empty()) return "Nothing is in its way.";
  std::string text = waits.front().text;
  if (change.state == ChangeState::ready) text = "it has passed, and waits: " + text;
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  if (waits.size() > 1) text += " (and " + std::to_string(waits.size() - 1) + " more)";
  return text + ".";
}

/// When it lands if it lands: the end of its best running build, or of one that starts as soon as
/// the earliest slot is free; P90 by the spread of the predicted time. None while nothing is known.
json eta_document(const Change& change, const Queue& live, Instant now) {
  const QueueState& s = live.state();
  if (change.state == ChangeState::queued || s.paused) return nullptr;
  if (has_verdict(change)) return {{"p50", to_rfc3339(now)}, {"p90", to_rfc3339(now)}};
  const Duration own = from_seconds(change.prediction.build_time_s);
  std::optional<Instant> start;
  for (const Build& build : s.builds | std::views::values) {
    const Instant began = build.started_at.value_or(now);
    if (build.head() == change.id && (!start || began < *start)) start = began;
  }
  if (!start) {
    Instant free = now;
    if (s.builds.size() >= s.policy.slots) {
      free = Instant::max();
      for (const Build& build : s.builds | std::views::values) {
        free = std::min(free, build.started_at.value_or(now) + build.expected);
      }
    }
    start = std::max(now, free);
  }
  const double tail = std::exp(1.2816 * change.prediction.build_time_spread);
  const Instant p50 = std::max(now, *start + own);
  const Instant p90 = std::max(p50, *start + from_seconds(seconds(own) * tail));
  return {{"p50", to_rfc3339(p50)}, {"p90", to_rfc3339(p90)}};
}

json path_document(const std::string& queue, const WantedPath& path, const Build* build,
                   const QueueState& s) {
  json members = json::array();
  for (ChangeId id : path.members) members.push_back(change_name(queue, id));
  json without = json::array();
  if (s.is_pending(path.head)) {
    for (ChangeId d : dependencies(s, path.head)) {
      if (std::ranges::find(path.members, d) == path.members.end()) {
        without.push_back(change_name(queue, d));
      }
    }
  }
  const std::string bet = path.members.empty()
                              ? "that none of those ahead lands before it"
                              : "that " + names_of(queue, path.members) + " land before it";
  const std::string why = without.empty() && path.members.empty()
                              ? "nothing ahead of it is undecided: this build decides it"
                              : "a bet " + bet + (build ? "" : ", at " + percent(path.needed));
  return {{"change", change_name(queue, path.head)},
          {"members", std::move(members)},
          {"without", std::move(without)},
          {"needed", path.needed},
          {"worth", path.worth},
          {"funded", build != nullptr},
          {"build", build ? json(build_name(queue, build->id)) : json(nullptr)},
          {"why", why}};
}

/// Running builds first, then the plan's paths; of one head, or of all (0).
json path_documents(const std::string& queue, const Queue& live, ChangeId head) {
  const QueueState& s = live.state();
  json paths = json::array();
  for (const Build& build : s.builds | std::views::values) {
    if (head && build.head() != head) continue;
    const WantedPath path{build.head(), still_pending(s, before_head(build)), 1.0, 0.0};
    paths.push_back(path_document(queue, path, &build, s));
  }
  for (const WantedPath& path : live.wanted()) {
    if ((head && path.head != head) || !s.is_pending(path.head)) continue;
    const bool runs = std::ranges::any_of(s.builds | std::views::values, [&](const Build& b) {
      return b.head() == path.head && still_pending(s, before_head(b)) == path.members;
    });
    if (!runs) paths.push_back(path_document(queue, path, nullptr, s));
  }
  return paths;
}

}  // namespace

std::string waiting_summary(const std::string& queue, const Change& change, const Queue& live,
                            Instant now) {
  return summary_of(waits_of(queue, change, live, now), change);
}

json explanation_document(const std::string& queue, ChangeId id, const Queue& live, Instant now) {
  const Change& change = live.state().change(id);
  const std::vector<Wait> waits = waits_of(queue, change, live, now);
  json list = json::array();
  for (const Wait& wait : waits) list.push_back(wait_document(queue, wait));
  const bool pending = live.state().is_pending(id);
  return {{"change", change_name(queue, id)},
          {"queue", queue},
          {"state", to_name(change.state)},
          {"summary", summary_of(waits, change)},
          {"waits_for", std::move(list)},
          {"odds", pending ? json(live.planner().lands(id)) : json(nullptr)},
          {"eta", eta_document(change, live, now)},
          {"paths", pending ? path_documents(queue, live, id) : json::array()}};
}

json terminal_explanation(const json& change) {
  const std::string state = change.at("state");
  std::string summary = "It is " + state;
  if (change.at("reason_text").is_string()) {
    summary += ": " + change.at("reason_text").get<std::string>();
  }
  return {{"change", change.at("id")},
          {"queue", change.at("queue")},
          {"state", state},
          {"summary", summary + "."},
          {"waits_for", json::array()},
          {"odds", nullptr},
          {"eta", nullptr},
          {"paths", json::array()}};
}

json plan_document(const std::string& queue, const Queue& live) {
  const QueueState& s = live.state();
  return {{"queue", queue},
          {"at", to_rfc3339(s.now)},
          {"strategy", live.planner().name()},
          {"slots", {{"total", s.policy.slots}, {"used", s.builds.size()}}},
          {"paths", path_documents(queue, live, ChangeId{})}};
}

}  // namespace mergeq::service
