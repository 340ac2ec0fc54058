#include <nlohmann/json.hpp>
#include <ranges>

#include "scheduler/json_types.h"
#include "scheduler/queue_step.h"

namespace mergeq {
namespace {

constexpr int snapshot_version = 1;

}  // namespace

nlohmann::json Queue::snapshot() const {
  nlohmann::json changes = nlohmann::json::array();
  for (const Change& change : state_.changes | std::views::values) changes.push_back(change);
  nlohmann::json builds = nlohmann::json::array();
  for (const Build& build : state_.builds | std::views::values) builds.push_back(build);
  nlohmann::json wanted = nlohmann::json::array();
  for (const WantedPath& w : wanted_) {
    wanted.push_back(
        {{"head", w.head}, {"members", w.members}, {"needed", w.needed}, {"worth", w.worth}});
  }
  nlohmann::json json{
      {"version", snapshot_version},
      {"planner", planner_->name()},
      {"now", state_.now},
      {"policy", state_.policy},
      {"trunk", state_.trunk},
      {"landed_count", state_.landed_count},
      {"paused", state_.paused},
      {"paused_why", state_.paused_why},
      {"builds_held", state_.builds_held},
      {"changes", std::move(changes)},
      {"order", state_.order},
      {"builds", std::move(builds)},
      {"landing", state_.landing},
      {"rng", rng_.state()},
      {"wanted", std::move(wanted)},
      {"next_change", next_change_},
      {"next_build", next_build_},
      {"next_landing", next_landing_},
      {"analyses", analyses_},
      {"verdicts", verdicts_.save()},
      {"planner_state", planner_->save()},
  };
  escape_bytes(json);
  return json;
}

Result<Queue> Queue::restore(const nlohmann::json& snapshot, std::unique_ptr<Planner> planner) {
  try {
    nlohmann::json json = snapshot;
    restore_bytes(json);
    const int version = json.at("version");
    if (version != snapshot_version) {
      return fail(ErrorCode::unsupported, "snapshot: expected version " +
                                              std::to_string(snapshot_version) + ", got " +
                                              std::to_string(version));
    }
    if (json.at("planner").get<std::string>() != planner->name()) {
      return fail(ErrorCode::invalid, "snapshot: expected one of planner " +
                                          std::string(planner->name()) + ", got " +
                                          json.at("planner").get<std::string>());
    }
    Queue queue(json.at("policy").get<Policy>(), json.at("trunk").get<Trunk>(), std::move(planner),
                1);
    QueueState& state = queue.state_;
    json.at("now").get_to(state.now);
    json.at("landed_count").get_to(state.landed_count);
    json.at("paused").get_to(state.paused);
    json.at("paused_why").get_to(state.paused_why);
    state.builds_held = json.value("builds_held", "");  // older snapshots know no such thing
    for (const auto& item : json.at("changes")) {
      Change change = item.get<Change>();
      state.changes.emplace(change.id, std::move(change));
    }
    json.at("order").get_to(state.order);
    for (const auto& item : json.at("builds")) {
      Build build = item.get<Build>();
      state.builds.emplace(build.id, std::move(build));
    }
    state.landing = json.at("landing").get<std::optional<Landing>>();
    queue.rng_.restore(json.at("rng").get<Rng::State>());
    for (const auto& w : json.at("wanted")) {
      queue.wanted_.push_back({w.at("head").get<ChangeId>(),
                               w.at("members").get<std::vector<ChangeId>>(), w.at("needed"),
                               w.at("worth")});
    }
    json.at("next_change").get_to(queue.next_change_);
    json.at("next_build").get_to(queue.next_build_);
    json.at("next_landing").get_to(queue.next_landing_);
    json.at("analyses").get_to(queue.analyses_);
    queue.verdicts_.load(json.at("verdicts"));
    build_graph(state, queue.planner_->rule());
    queue.planner_->load(json.at("planner_state"));
    return queue;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::corrupt, std::string("snapshot: ") + e.what());
  }
}

}  // namespace mergeq
