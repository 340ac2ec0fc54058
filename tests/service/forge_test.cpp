#include "world.h"

using namespace mergeq;
using namespace mergeq::service;
using namespace std::chrono_literals;
using forges::PullRequestEvent;

namespace {

struct Forge : World {
  Forge() {
    queue().forge_kind = "github";
    queue().project = "acme/monorepo";
    queue().label = "merge";
  }
  PullRequestEvent pull(const std::string& action, const std::string& number,
                        const std::string& head) {
    return {.action = action,
            .pull = {.project = "acme/monorepo",
                     .number = number,
                     .head = {head},
                     .head_ref = "topic",
                     .base_ref = "main",
                     .title = "A change",
                     .author = "ann",
                     .url = "https://forge.example/pull/" + number,
                     .labels = {"merge"}},
            .previous_base_ref = std::nullopt};
  }
  nlohmann::json deliver(const forges::ForgeEvent& event) {
    const std::string id = std::to_string(++deliveries_);
    auto answer = service().forge_event(event, "delivery-" + id, "content-" + id);
    REQUIRE_MESSAGE(answer.has_value(), answer.error().message);
    return *answer;
  }

 private:
  int deliveries_ = 0;
};

}  // namespace

TEST_SUITE("forge events") {
  TEST_CASE("from the opened pull request to landed by events alone") {
    Forge world;
    const std::string head = world.repository.commit("topic", {{"a.txt", "1\n"}});
    const auto answer = world.deliver(world.pull("opened", "7", head));
    CHECK(answer.at("outcome") == "enqueued");
    const std::string id = answer.at("change");
    const std::string build = world.await_build(id);
    forges::CheckEvent check{.project = "acme/monorepo",
                             .commit = {world.service().build(build)->at("commit")},
                             .check = "unit",
                             .verdict = std::nullopt,
                             .url = "https://ci.example/1",
                             .reporter = "ci-app"};
    CHECK(world.deliver(check).at("build") == build);
    CHECK(world.service().build(build)->at("state") == "running");
    check.verdict = Verdict::passed;
    CHECK(world.deliver(check).at("outcome") == "reported");
    REQUIRE(world.becomes(id, "landed"));
    CHECK(world.service().build(build)->at("reporter") == "ci-app");
    auto closed = world.pull("closed", "7", head);
    closed.pull.open = false;
    closed.pull.merged = true;
    CHECK(world.deliver(closed).at("outcome") == "ignored");
    CHECK(world.state(id) == "landed");
  }

  TEST_CASE("a pull request without the label, closed or a draft does not get in, and leaves") {
    Forge world;
    const std::string head = world.repository.commit("topic", {{"a.txt", "1\n"}});
    for (const int what : {0, 1, 2}) {
      PullRequestEvent event = world.pull("edited", std::to_string(what + 1), head);
      if (what == 0) event.pull.labels = {"other"};
      if (what == 1) event.pull.draft = true;
      if (what == 2) event.pull.open = false;
      CHECK(world.deliver(event).at("outcome") == "ignored");
      PullRequestEvent good = event;
      good.pull.labels = {"merge"};
      good.pull.draft = false;
      good.pull.open = true;
      const auto enqueued = world.deliver(good);
      REQUIRE(enqueued.at("outcome") == "enqueued");
      CHECK(world.deliver(event).at("outcome") == "cancelled");
      const std::string id = enqueued.at("change");
      CHECK(world.state(id) == "cancelled");
      CHECK(world.reason(id) == (what == 2 ? "closed" : "withdrawn"));
    }
  }

  TEST_CASE("a push makes a new revision, and the old one's build does not count") {
    Forge world;
    const std::string first = world.repository.commit("topic", {{"a.txt", "1\n"}});
    const std::string id = world.deliver(world.pull("opened", "7", first)).at("change");
    const std::string build = world.await_build(id);
    const std::string second = world.repository.commit("topic", {{"a.txt", "2\n"}});
    CHECK(world.deliver(world.pull("synchronize", "7", second)).at("outcome") == "revised");
    CHECK(world.report(build, Verdict::passed).error().code == ErrorCode::conflict);
    world.passes(id);
    REQUIRE(world.becomes(id, "landed"));
    CHECK(world.repository.read("main", "a.txt") == "2\n");
  }

  TEST_CASE("O-08: a pull request switched to another branch leaves, and enters none by itself") {
    Forge world;
    QueueConfig release = world.queue();
    release.name = "release";
    release.branch = "release";
    world.repository.branch("release", "main");
    world.options.queues.push_back(release);
    const std::string head = world.repository.commit("topic", {{"a.txt", "1\n"}});
    const std::string id = world.deliver(world.pull("opened", "7", head)).at("change");
    const std::string build = world.await_build(id);
    PullRequestEvent switched = world.pull("edited", "7", head);
    switched.pull.base_ref = "release";
    switched.previous_base_ref = "main";
    CHECK(world.deliver(switched).at("outcome") == "cancelled");
    CHECK(world.reason(id) == "retargeted");
    CHECK(world.report(build, Verdict::passed).error().code == ErrorCode::conflict);
    CHECK_FALSE(world.on_trunk("a.txt"));
    CHECK(world.service().queue("release")->at("changes").empty());
  }

  TEST_CASE("O-21: one event under two delivery ids, at once and later, makes one change") {
    Forge world;
    const std::string head = world.repository.commit("topic", {{"a.txt", "1\n"}});
    const PullRequestEvent event = world.pull("opened", "7", head);
    world.service();
    std::vector<std::string> changes(10);
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < changes.size(); ++i) {
        threads.emplace_back([&, i] {
          const auto answer = world.service().forge_event(event, "d" + std::to_string(i), "same");
          if (answer) changes[i] = answer->at("change");
        });
      }
    }
    for (const std::string& change : changes) CHECK(change == "main-1");
    world.service().cancel("main-1", Reason::withdrawn, "", "tester").value();
    world.restart();
    // Delivered again when the change is gone: the first answer, and no second change.
    CHECK(world.service().forge_event(event, "late", "same")->at("change") == "main-1");
    CHECK(world.service().forge_event(event, "d3", "other")->at("change") == "main-1");
    CHECK(world.service().queue("main")->at("changes").empty());
  }

  TEST_CASE(
      "O-22: a commit that comes after its event is waited for, and never replaced by another") {
    Forge world;
    const std::string before = world.repository.commit("topic", {{"a.txt", "1\n"}});
    const std::string late = world.repository.commit("topic", {{"a.txt", "2\n"}});
    const std::string keep = (world.repository.folder() / "late.bundle").string();
    world.repository.git("bundle create -q " + keep + " topic");
    world.repository.branch("topic", before);
    world.repository.git("reflog expire --expire=now --all");
    world.repository.git("gc --quiet --prune=now");
    REQUIRE(world.repository.try_git("cat-file -e " + late).code != 0);
    const std::string id = world.deliver(world.pull("opened", "7", late)).at("change");
    world.pass_time(3s);
    CHECK(world.state(id) == "queued");
    SUBCASE("it comes") {
      world.repository.git("fetch -q " + keep + " topic:topic");
      world.pass_time(10s);
      world.passes(id);
      REQUIRE(world.becomes(id, "landed"));
      CHECK(world.repository.read("main", "a.txt") == "2\n");
    }
    SUBCASE("it never comes, not even across a restart") {
      world.pass_time(2min);
      CHECK(world.has_problem("analysis"));
      world.restart();
      world.pass_time(9min);
      REQUIRE(eventually([&] {
        world.pass_time(31s);
        return world.state(id) == "rejected";
      }));
      CHECK(world.reason(id) == "commit_unavailable");
    }
  }

  TEST_CASE("O-11: a result for another commit or another check certifies nothing") {
    Forge world;
    const std::string head = world.repository.commit("topic", {{"a.txt", "1\n"}});
    const std::string id = world.deliver(world.pull("opened", "7", head)).at("change");
    const std::string build = world.await_build(id);
    forges::CheckEvent check{.project = "acme/monorepo",
                             .commit = {head},
                             .check = "unit",
                             .verdict = Verdict::passed,
                             .url = "",
                             .reporter = "ci-app"};
    CHECK(world.deliver(check).at("outcome") == "ignored");
    check.commit = {world.service().build(build)->at("commit")};
    check.check = "pr-quick";
    CHECK(world.deliver(check).at("outcome") == "ignored");
    check.check = "unit";
    check.project = "other/project";
    CHECK(world.deliver(check).at("outcome") == "ignored");
    CHECK(world.open_build(id) == build);
    world.fails(id);
    CHECK(world.becomes(id, "rejected"));
  }

  TEST_CASE("what a pull request says is cut to the limits, and no link but http is kept") {
    Forge world;
    const std::string head = world.repository.commit("topic", {{"a.txt", "1\n"}});
    PullRequestEvent event = world.pull("opened", "9007199254740993", head);
    event.pull.title = std::string(5'000, 't');
    event.pull.author = std::string(5'000, 'a');
    event.pull.url = "javascript:alert(1)";
    const std::string id = world.deliver(event).at("change");
    const nlohmann::json change = world.change(id);
    CHECK(change.at("number") == "9007199254740993");
    CHECK(change.at("title").get<std::string>().size() <= 1'000);
    CHECK(change.at("author").get<std::string>().size() <= 256);
    CHECK(change.at("url").is_null());
  }
}
