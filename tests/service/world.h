/// A service at work on a real repository and a real database, in a folder that goes away with it.
///
///     World world;                                   // queue "main", checks by outside CI
///     world.repository.commit("a", {{"a.txt", "1\n"}});
///     const std::string a = world.enqueue("a");
///     world.passes(a);                               // waits for its build, reports it
///     CHECK(world.becomes(a, "landed"));
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "service/service.h"
#include "tests/vcs/test_repository.h"

namespace mergeq::service {

/// Waits for a condition, at most 20 s.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

class World {
 public:
  /// By outside CI, with one check, "unit".
  World() { options.queues.push_back(queue_config()); }
  ~World() { stop(); }

  QueueConfig& queue() { return options.queues.front(); }
  /// Checks run here: `script` is given to sh in a checkout of the tree.
  void run_locally(const std::string& script) {
    queue().runner = RunnerKind::local;
    queue().checks.front().command = {"sh", "-c", script};
  }

  /// The running service; started when it is first asked for.
  Service& service() {
    if (!service_) start();
    return *service_;
  }
  void start() {
    auto store = storage::open_store("sqlite:" + (repository.folder() / "mergeq.db").string());
    REQUIRE_MESSAGE(store.has_value(), store.error().message);
    auto started = Service::start(options, std::move(*store));
    REQUIRE_MESSAGE(started.has_value(), started.error().message);
    service_ = std::move(*started);
  }
  void stop() { service_.reset(); }
  void restart() {
    stop();
    start();
  }
  /// Time jumps ahead for the service.
  void pass_time(Duration by) {
    offset_ms_ += by.count();
    (void)service().build_started("main-b999999", "");  // wakes the queue's thread
  }

  Result<EnqueueAnswer> try_enqueue(const EnqueueRequest& request) {
    return service().enqueue("main", request, "tester");
  }
  std::string enqueue(const std::string& head) {
    EnqueueRequest request;
    request.head = head;
    const auto answer = try_enqueue(request);
    REQUIRE_MESSAGE(answer.has_value(), answer.error().message);
    return answer->change.at("id");
  }
  nlohmann::json change(const std::string& id) {
    auto document = service().change(id);
    REQUIRE_MESSAGE(document.has_value(), document.error().message);
    return *document;
  }
  std::string state(const std::string& id) { return change(id).at("state"); }
  std::string reason(const std::string& id) {
    const nlohmann::json document = change(id);
    return document.at("reason").is_null() ? "" : document.at("reason").get<std::string>();
  }
  bool becomes(const std::string& id, const std::string& wanted) {
    const bool did = eventually([&] { return state(id) == wanted; });
    if (!did)
      MESSAGE(id << " is " << change(id).dump() << "; " << service().explanation(id)->dump());
    return did;
  }

  nlohmann::json builds() {
    nlohmann::json all = nlohmann::json::array();
    const auto page = service().builds("main", "", {std::nullopt, 100});
    REQUIRE(page.has_value());
    for (const auto& build : page->items) all.push_back(build);
    return all;
  }
  /// A build that waits for a report, of this change as head and with `members` changes; "" if
  /// none.
  std::string open_build(const std::string& change, std::size_t members = 0) {
    for (const auto& build : builds()) {
      const bool waits = build.at("state") == "requested" || build.at("state") == "running";
      const bool fits = members == 0 || build.at("changes").size() == members;
      if (waits && fits && build.at("change") == change) return build.at("id");
    }
    return "";
  }
  std::string await_build(const std::string& change, std::size_t members = 0) {
    std::string found;
    const bool came = eventually([&] { return !(found = open_build(change, members)).empty(); });
    REQUIRE_MESSAGE(came,
                    "no build of " << change << ": " << service().explanation(change)->dump());
    return found;
  }
  Result<ReportAnswer> report(const std::string& build, Verdict verdict) {
    return service().report(
        build, {.verdict = verdict,
                .inconclusive =
                    verdict == Verdict::inconclusive ? Inconclusive::error : Inconclusive::none,
                .check = std::nullopt,
                .url = "",
                .detail = "",
                .reporter = "ci"});
  }
  void passes(const std::string& change, std::size_t members = 0) {
    const auto answer = report(await_build(change, members), Verdict::passed);
    REQUIRE_MESSAGE(answer.has_value(), answer.error().message);
  }
  void fails(const std::string& change, std::size_t members = 0) {
    const auto answer = report(await_build(change, members), Verdict::failed);
    REQUIRE_MESSAGE(answer.has_value(), answer.error().message);
  }

  std::string trunk() const { return *repository.tip("main"); }
  bool on_trunk(const std::string& path) const { return repository.read("main", path).has_value(); }
  std::size_t merges_since(const std::string& commit) const {
    return std::stoul(repository.git("rev-list --count --merges " + commit + "..main"));
  }
  bool has_problem(const std::string& kind) {
    for (const Problem& problem : service().problems()) {
      if (problem.kind == kind) return true;
    }
    return false;
  }
  std::string timeline(const std::string& id) { return service().timeline(id)->dump(); }

  test::TestRepository repository;
  Options options;

 private:
  QueueConfig queue_config() {
    QueueConfig config;
    config.name = "main";
    config.repository = repository.path();
    config.branch = "main";
    config.policy.slots = 4;
    config.policy.checks = {{.name = "unit", .scope = CheckScope::tree, .retries = 0}};
    config.checks = {{.spec = config.policy.checks.front(), .command = {}}};
    options.data_directory = (repository.folder() / "data").string();
    options.clock = [this] {
      return std::chrono::floor<Duration>(std::chrono::system_clock::now()) +
             Duration{offset_ms_.load()};
    };
    return config;
  }

  std::atomic<Duration::rep> offset_ms_ = 0;
  std::unique_ptr<Service> service_;
};

}  // namespace mergeq::service
