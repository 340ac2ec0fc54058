#include "world.h"

using namespace mergeq;
using namespace mergeq::service;
using namespace std::chrono_literals;

TEST_SUITE("checks run here") {
  TEST_CASE("good changes land, a bad one is rejected, and every landed tree passes the check") {
    World world;
    world.run_locally("test ! -e bad.txt");
    std::vector<std::string> good;
    for (const std::string name : {"a", "b", "c", "d"}) {
      world.repository.commit(name, {{name + ".txt", "1\n"}});
      good.push_back(world.enqueue(name));
    }
    world.repository.commit("e", {{"bad.txt", "1\n"}});
    const std::string bad = world.enqueue("e");
    for (const std::string& id : good) CHECK(world.becomes(id, "landed"));
    REQUIRE(world.becomes(bad, "rejected"));
    CHECK(world.reason(bad) == "build_failed");
    CHECK_FALSE(world.on_trunk("bad.txt"));
    CHECK(world.on_trunk("d.txt"));
  }

  TEST_CASE("of two that break only together, the first lands and the second is rejected") {
    World world;
    world.run_locally("! (test -e lib/x && test -e lib/y)");
    world.repository.commit("main", {{"lib/shared", "base\n"}});
    world.repository.commit("a", {{"lib/x", "1\n"}});
    world.repository.commit("b", {{"lib/y", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string b = world.enqueue("b");
    REQUIRE(eventually([&] { return world.state(a) == "landed" || world.state(b) == "landed"; }));
    REQUIRE(
        eventually([&] { return world.state(a) == "rejected" || world.state(b) == "rejected"; }));
    CHECK(world.on_trunk("lib/x") != world.on_trunk("lib/y"));
  }

  TEST_CASE("the log of a build can be found while there is one") {
    World world;
    world.run_locally("echo said by the check; test ! -e a.txt");
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    REQUIRE(world.becomes(a, "rejected"));
    const std::string build = world.builds()[0].at("id");
    CHECK(world.builds()[0].at("has_log") == true);
    const auto path = world.service().log_path(build);
    REQUIRE(path.has_value());
    std::ifstream file(*path);
    const std::string log(std::istreambuf_iterator<char>(file), {});
    CHECK(log.find("said by the check") != std::string::npos);
    CHECK(world.service().log_path("main-b99").error().code == ErrorCode::not_found);
    CHECK(world.service().log_path("../../etc/passwd").error().code == ErrorCode::not_found);
  }

  TEST_CASE("O-15: a check that hangs is ended by its time limit, and others go on") {
    World world;
    world.run_locally("test ! -e slow.txt || sleep 3600");
    world.queue().checks.front().timeout = 300ms;
    world.queue().policy.inconclusive_limit = 1;
    world.repository.commit("a", {{"slow.txt", "1\n"}});
    world.repository.commit("b", {{"b.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string b = world.enqueue("b");
    CHECK(world.becomes(b, "landed"));
    REQUIRE(world.becomes(a, "rejected"));
    CHECK(world.reason(a) == "build_timeout");
  }

  TEST_CASE("cancelling a change ends its build, and the slot is free again") {
    World world;
    world.run_locally("test ! -e slow.txt || sleep 3600");
    world.queue().policy.slots = 1;
    world.repository.commit("a", {{"slow.txt", "1\n"}});
    world.repository.commit("b", {{"b.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    REQUIRE(eventually([&] { return world.state(a) == "building"; }));
    const std::string b = world.enqueue("b");
    CHECK(world.service().cancel(a, Reason::withdrawn, "no", "tester")->at("state") == "cancelled");
    CHECK(world.becomes(b, "landed"));
    CHECK(world.state(a) == "cancelled");
  }

  TEST_CASE("slots that are added while it runs are used at once") {
    World world;
    // A build passes only beside another one that runs at the same time.
    const std::string marks = (world.repository.folder() / "marks").string();
    world.run_locally("mkdir -p " + marks + "; touch " + marks + "/$MERGEQ_BUILD; " +
                      "until test $(ls " + marks + " | wc -l) -ge 2; do sleep 0.02; done");
    world.queue().checks.front().timeout = 15s;
    world.queue().policy.slots = 1;
    world.repository.commit("a", {{"a/a.txt", "1\n"}});
    world.repository.commit("b", {{"b/b.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string b = world.enqueue("b");
    REQUIRE(eventually([&] { return world.state(a) == "building"; }));
    QueuePatch patch;
    patch.slots = 2;
    REQUIRE(world.service().patch("main", patch, "tester").has_value());
    CHECK(world.becomes(a, "landed"));
    CHECK(world.becomes(b, "landed"));
  }

  TEST_CASE("results by HTTP are refused where the queue runs its checks itself") {
    World world;
    world.run_locally("sleep 3600");
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a);
    CHECK(world.report(build, Verdict::passed).error().code == ErrorCode::conflict);
    CHECK(world.state(a) != "landed");
    CHECK(eventually([&] {
      return world.service().queue("main")->at("running_builds").at(0).at("has_log") == true;
    }));
  }
}
