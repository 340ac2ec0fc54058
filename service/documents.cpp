#include "service/documents.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <ranges>

namespace mergeq::service {
namespace {

using nlohmann::json;

json text_or_null(std::string_view text) {
  return text.empty() ? json(nullptr) : json(shown(text));
}

json time_or_null(const std::optional<Instant>& at) {
  return at ? json(to_rfc3339(*at)) : json(nullptr);
}

json dependency_documents(const std::string& queue, ChangeId id, const QueueState& state) {
  json list = json::array();
  if (!state.is_pending(id)) return list;
  for (ChangeId d : dependencies(state, id)) {
    const auto edge = state.graph.between(id, d);
    if (!edge) continue;
    list.push_back({{"change", change_name(queue, d)},
                    {"kind", to_name(edge->kind)},
                    {"probability", edge->probability},
                    {"needed", is_directed(edge->kind)}});
  }
  return list;
}

/// A check wrote one: it has started, here.
bool has_log(const QueueNames& names, const Build& build) {
  return names.keeps_logs && build.started_at.has_value();
}

json certificate_document(const std::string& queue, const Certificate& c) {
  json builds = json::array();
  for (BuildId id : c.builds) builds.push_back(build_name(queue, id));
  json targets = json::array();
  for (const TargetHash& t : c.targets) {
    targets.push_back({{"target", shown(t.target)}, {"hash", t.hash}});
  }
  return {{"kind", to_name(c.kind)},
          {"tree", c.tree.hex},
          {"checks", c.checks},
          {"builds", std::move(builds)},
          {"targets", std::move(targets)}};
}

json prediction_document(const Prediction& p) {
  return {{"success", p.success},
          {"build_time_s", p.build_time_s},
          {"build_time_spread", p.build_time_spread},
          {"flake", p.flake},
          {"conflict",
           {{"path", p.conflict_path},
            {"target", p.conflict_target},
            {"build_graph", p.conflict_build_graph},
            {"global", p.conflict_global}}}};
}

json change_summary(const std::string& queue, const Change& c) {
  const Proposal& p = c.proposal;
  return {{"id", change_name(queue, c.id)},
          {"queue", queue},
          {"number", text_or_null(p.number)},
          {"title", shown(p.title)},
          {"author", shown(p.author)},
          {"head", p.head.hex},
          {"revision", c.revision},
          {"state", to_name(c.state)},
          {"reason", c.reason == Reason::none ? json(nullptr) : json(to_name(c.reason))},
          {"reason_text", text_or_null(c.reason_text)},
          {"priority", to_name(p.priority)},
          {"position", nullptr},
          {"depends_on", json::array()},
          {"enqueued_at", to_rfc3339(c.enqueued_at)},
          {"finished_at", time_or_null(c.finished_at)},
          {"landed_commit", text_or_null(c.landed_commit.hex)},
          {"url", text_or_null(p.url)},
          {"odds", nullptr}};
}

json assumptions(const std::string& queue, const Build& build) {
  json list = json::array();
  for (const Member& m : build.members) {
    if (m.change == build.head()) continue;
    list.push_back({{"change", change_name(queue, m.change)}, {"lands", true}});
  }
  for (ChangeId id : build.assumed_not_landing) {
    list.push_back({{"change", change_name(queue, id)}, {"lands", false}});
  }
  return list;
}

json member_names(const std::string& queue, const Build& build) {
  json names = json::array();
  for (const Member& m : build.members) names.push_back(change_name(queue, m.change));
  return names;
}

json check_documents(const Build& build) {
  json list = json::array();
  for (const CheckRun& c : build.checks) {
    json targets = json::array();
    for (const TargetHash& t : c.targets) targets.push_back(shown(t.target));
    list.push_back({{"name", c.name},
                    {"scope", to_name(c.scope)},
                    {"targets", std::move(targets)},
                    {"verdict", c.verdict ? json(to_name(*c.verdict)) : json(nullptr)},
                    {"reused", c.reused}});
  }
  return list;
}

json slots_document(const QueueState& s) {
  return {{"total", s.policy.slots}, {"used", s.builds.size()}};
}

}  // namespace

std::string change_name(std::string_view queue, ChangeId id) {
  return std::string(queue) + "-" + std::to_string(id.value);
}

std::string build_name(std::string_view queue, BuildId id) {
  return std::string(queue) + "-b" + std::to_string(id.value);
}

ParsedName parse_name(std::string_view name) {
  ParsedName parsed;
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return parsed;
  std::string_view digits = name.substr(dash + 1);
  const bool build = digits.starts_with('b');
  if (build) digits.remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool plain =
      error == std::errc{} && end == digits.data() + digits.size() && !digits.starts_with('0');
  if (!plain) return parsed;
  parsed.queue = name.substr(0, dash);
  if (build) {
    parsed.build.value = number;
  } else {
    parsed.change.value = number;
  }
  return parsed;
}

std::string to_rfc3339(Instant at) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  const auto millis = (at - whole).count();
  const std::time_t time = whole.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[40];
  const int size =
      std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                    static_cast<int>(millis));
  return std::string(text, static_cast<std::size_t>(size));
}

std::string shown(std::string_view bytes) {
  // The library's own replacement, taken back out of the quotes and escapes that it is dumped in.
  const std::string dumped =
      json(std::string(bytes)).dump(-1, ' ', false, json::error_handler_t::replace);
  return json::parse(dumped).get<std::string>();
}

json change_document(const std::string& queue, const Change& change, const Queue* live) {
  json document = change_summary(queue, change);
  const Footprint& f = change.footprint;
  json targets = json::array();
  for (const std::string& t : f.targets) targets.push_back(shown(t));
  document["head_ref"] = text_or_null(change.proposal.head_ref);
  document["certificate"] =
      change.certificate ? certificate_document(queue, *change.certificate) : json(nullptr);
  document["prediction"] = change.analysis ? prediction_document(change.prediction) : json(nullptr);
  document["languages"] = f.languages;
  document["targets"] = std::move(targets);
  document["files"] = f.paths.size();
  document["lines_added"] = f.lines_added;
  document["lines_deleted"] = f.lines_deleted;
  if (live) refresh_change_document(document, queue, change.id, *live);
  return document;
}

void refresh_change_document(json& document, const std::string& queue, ChangeId id,
                             const Queue& live) {
  const QueueState& state = live.state();
  if (!state.is_pending(id)) return;
  const Change& change = state.change(id);
  document["state"] = to_name(change.state);
  document["position"] = change.position + 1;
  document["depends_on"] = dependency_documents(queue, id, state);
  document["odds"] = live.planner().lands(id);
}

json build_document(const QueueNames& names, const Build& build) {
  const bool over = build.finished_at.has_value();
  json duration = nullptr;
  if (over && build.started_at) duration = seconds(*build.finished_at - *build.started_at);
  const bool no_verdict = build.inconclusive != Inconclusive::none;
  const bool made = static_cast<bool>(build.commit);
  return {{"id", build_name(names.name, build.id)},
          {"queue", names.name},
          {"state", to_name(build.state)},
          {"tree", text_or_null(build.tree.hex)},
          {"base", build.base_commit.hex},
          {"head", build.members.back().head.hex},
          {"commit", text_or_null(build.commit.hex)},
          {"ref",
           made ? json("refs/mergeq/builds/" + build_name(names.name, build.id)) : json(nullptr)},
          {"change", change_name(names.name, build.head())},
          {"changes", member_names(names.name, build)},
          {"assumes", assumptions(names.name, build)},
          {"checks", check_documents(build)},
          {"attempt", build.attempt},
          {"requested_at", to_rfc3339(build.requested_at)},
          {"started_at", time_or_null(build.started_at)},
          {"finished_at", time_or_null(build.finished_at)},
          {"duration_s", duration},
          {"expected_s", seconds(build.expected)},
          {"inconclusive", no_verdict ? json(to_name(build.inconclusive)) : json(nullptr)},
          {"detail", text_or_null(build.detail)},
          {"url", text_or_null(build.url)},
          {"reporter", text_or_null(build.reporter)},
          {"has_log", has_log(names, build)}};
}

json build_summary(const QueueNames& names, const Build& build, Instant now) {
  json elapsed = nullptr;
  if (build.started_at) elapsed = seconds(std::max(Duration::zero(), now - *build.started_at));
  return {{"id", build_name(names.name, build.id)},
          {"queue", names.name},
          {"state", to_name(build.state)},
          {"change", change_name(names.name, build.head())},
          {"changes", member_names(names.name, build)},
          {"assumes", assumptions(names.name, build)},
          {"attempt", build.attempt},
          {"requested_at", to_rfc3339(build.requested_at)},
          {"started_at", time_or_null(build.started_at)},
          {"elapsed_s", elapsed},
          {"expected_s", seconds(build.expected)},
          {"url", text_or_null(build.url)},
          {"has_log", has_log(names, build)}};
}

json webhook_answer(std::string_view outcome, std::string text, json change, json build) {
  return {{"outcome", std::string(outcome)},
          {"text", std::move(text)},
          {"change", std::move(change)},
          {"build", std::move(build)}};
}

json timeline_document(const std::string& queue, Instant at, const effect::Happened& what,
                       const std::string& actor) {
  return {{"at", to_rfc3339(at)},
          {"kind", what.kind},
          {"text", shown(what.text)},
          {"build", what.build ? json(build_name(queue, what.build)) : json(nullptr)},
          {"actor", text_or_null(actor)}};
}

json queue_summary(const QueueNames& names, const Queue& queue) {
  const QueueState& s = queue.state();
  json counts{{"queued", 0}, {"pending", 0}, {"building", 0}, {"ready", 0}, {"landing", 0}};
  for (const Change& c : s.changes | std::views::values) {
    json& count = counts[std::string(to_name(c.state))];
    count = count.get<int>() + 1;
  }
  return {{"name", names.name},
          {"repository", shown(names.repository)},
          {"branch", shown(names.branch)},
          {"trunk", {{"commit", s.trunk.commit.hex}, {"tree", s.trunk.tree.hex}}},
          {"paused", s.paused},
          {"paused_reason", text_or_null(s.paused_why)},
          {"slots", slots_document(s)},
          {"counts", std::move(counts)}};
}

json queue_details(const QueueNames& names, const Queue& queue, Instant now) {
  const QueueState& s = queue.state();
  json checks = json::array();
  for (const CheckSpec& c : s.policy.checks) {
    checks.push_back({{"name", c.name}, {"scope", to_name(c.scope)}});
  }
  std::map<ChangeId, json> builds_of;
  json running = json::array();
  for (const Build& b : s.builds | std::views::values) {
    json summary = build_summary(names, b, now);
    auto& own = builds_of[b.head()];
    if (own.is_null()) own = json::array();
    own.push_back(summary);
    running.push_back(std::move(summary));
  }
  std::vector<ChangeId> ids = s.order;
  for (const auto& [id, c] : s.changes) {
    if (c.state == ChangeState::queued) ids.push_back(id);
  }
  json changes = json::array();
  for (ChangeId id : ids) {
    const Change& c = s.change(id);
    json document = change_summary(names.name, c);
    refresh_change_document(document, names.name, id, queue);
    document["summary"] = waiting_summary(names.name, c, queue, now);
    const auto own = builds_of.find(id);
    document["builds"] = own == builds_of.end() ? json::array() : own->second;
    changes.push_back(std::move(document));
  }
  return {{"policy",
           {{"guarantee", to_name(s.policy.guarantee)},
            {"order", to_name(s.policy.order)},
            {"every_commit_green", s.policy.every_commit_green},
            {"slot_minute_price", s.policy.slot_minute_price},
            {"merge_method", names.merge_method},
            {"checks", std::move(checks)}}},
          {"changes", std::move(changes)},
          {"running_builds", std::move(running)}};
}

json graph_document(const std::string& queue, const Queue& live) {
  const QueueState& s = live.state();
  json nodes = json::array();
  for (ChangeId id : s.order) {
    const Change& c = s.change(id);
    nodes.push_back({{"change", change_name(queue, id)},
                     {"position", c.position + 1},
                     {"state", to_name(c.state)},
                     {"number", text_or_null(c.proposal.number)},
                     {"title", shown(c.proposal.title)},
                     {"author", shown(c.proposal.author)},
                     {"odds", live.planner().lands(id)}});
  }
  json edges = json::array();
  for (const Edge& e : s.graph.edges()) {
    edges.push_back({{"a", change_name(queue, e.a)},
                     {"b", change_name(queue, e.b)},
                     {"kind", to_name(e.kind)},
                     {"probability", e.probability},
                     {"upper", e.upper ? json(change_name(queue, e.upper)) : json(nullptr)}});
  }
  return {{"queue", queue},
          {"at", to_rfc3339(s.now)},
          {"nodes", std::move(nodes)},
          {"edges", std::move(edges)}};
}

}  // namespace mergeq::service
