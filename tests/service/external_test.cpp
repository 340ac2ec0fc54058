#include <set>

#include "world.h"

using namespace mergeq;
using namespace mergeq::service;
using namespace std::chrono_literals;

TEST_SUITE("checks by an outside CI") {
  TEST_CASE("a change whose build passes lands as it was built, with the reason noted") {
    World world;
    const std::string before = world.trunk();
    const std::string head = world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a);
    const nlohmann::json document = *world.service().build(build);
    const std::string ref = document.at("ref");
    CHECK(document.at("commit") == world.repository.git("rev-parse " + ref));
    world.passes(a);
    REQUIRE(world.becomes(a, "landed"));
    CHECK(world.change(a).at("landed_commit") == world.trunk());
    CHECK(document.at("tree") == world.repository.tree("main"));
    CHECK(world.repository.git("rev-parse main^2") == head);
    CHECK(world.merges_since(before) == 1);
    const auto note =
        nlohmann::json::parse(world.repository.git("notes --ref=mergeq show " + world.trunk()));
    CHECK(note.at("change") == a);
    CHECK(note.at("tree") == document.at("tree"));
    CHECK(note.at("builds") == nlohmann::json::array({build}));
    CHECK(
        eventually([&] { return world.repository.git("for-each-ref refs/mergeq/builds") == ""; }));
  }

  TEST_CASE("a change that fails alone is rejected, and the trunk stays where it is") {
    World world;
    const std::string before = world.trunk();
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    world.fails(a);
    REQUIRE(world.becomes(a, "rejected"));
    CHECK(world.reason(a) == "build_failed");
    CHECK(world.trunk() == before);
  }

  TEST_CASE("a change that does not merge with the trunk is rejected without a build") {
    World world;
    world.repository.commit("main", {{"f", "base\n"}});
    world.repository.commit("a", {{"f", "a\n"}});
    world.repository.commit("main", {{"f", "main\n"}});
    const std::string a = world.enqueue("a");
    REQUIRE(world.becomes(a, "rejected"));
    CHECK(world.reason(a) == "merge_conflict");
    CHECK(world.change(a).at("reason_text").get<std::string>().find("f") != std::string::npos);
    CHECK(world.builds().empty());
  }

  TEST_CASE("a head that is on the trunk already is refused by policy") {
    World world;
    world.repository.branch("a", "main");
    const std::string a = world.enqueue("a");
    REQUIRE(world.becomes(a, "rejected"));
    CHECK(world.reason(a) == "policy");
  }

  TEST_CASE("O-05: a change waits for the one it conflicts with, and is not rejected for it") {
    World world;
    world.repository.commit("main", {{"f", "base\n"}});
    world.repository.commit("a", {{"f", "a\n"}});
    world.repository.commit("b", {{"f", "b\n"}});
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a, 1);
    const std::string b = world.enqueue("b");
    REQUIRE(eventually([&] { return world.change(b).at("depends_on").size() == 1; }));
    CHECK(world.change(b).at("depends_on")[0].at("change") == a);
    CHECK(world.change(b).at("depends_on")[0].at("kind") == "textual");
    SUBCASE("the first fails: the second lands") {
      CHECK(world.report(build, Verdict::failed).has_value());
      REQUIRE(world.becomes(a, "rejected"));
      world.passes(b, 1);
      CHECK(world.becomes(b, "landed"));
    }
    SUBCASE("the first lands: the second conflicts with what has landed") {
      CHECK(world.report(build, Verdict::passed).has_value());
      REQUIRE(world.becomes(a, "landed"));
      REQUIRE(world.becomes(b, "rejected"));
      CHECK(world.reason(b) == "conflicts_with_landed");
    }
  }

  TEST_CASE("O-06: reports that come late or again change nothing that is finished") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    world.repository.commit("b", {{"b.txt", "1\n"}});
    world.repository.commit("c", {{"c.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string built = world.await_build(a);
    CHECK(world.report(built, Verdict::passed) == ReportAnswer::accepted);
    REQUIRE(world.becomes(a, "landed"));
    CHECK(world.report(built, Verdict::passed) == ReportAnswer::repeated);
    CHECK(world.report(built, Verdict::failed).error().code == ErrorCode::conflict);
    CHECK(world.state(a) == "landed");

    const std::string b = world.enqueue("b");
    const std::string of_b = world.await_build(b);
    CHECK(world.service().cancel(b, Reason::withdrawn, "no longer wanted", "tester").has_value());
    CHECK(world.report(of_b, Verdict::passed).error().code == ErrorCode::conflict);
    CHECK(world.state(b) == "cancelled");
    CHECK_FALSE(world.on_trunk("b.txt"));

    const std::string c = world.enqueue("c");
    const std::string of_c = world.await_build(c);
    world.repository.commit("c", {{"c.txt", "2\n"}});
    CHECK(world.service().revise(c, "c", "tester").has_value());
    CHECK(world.report(of_c, Verdict::passed).error().code == ErrorCode::conflict);
    const std::string again = world.await_build(c);
    CHECK(again != of_c);
    CHECK(world.change(c).at("revision") == 2);
    CHECK(world.state(c) != "landed");
    world.passes(c);
    REQUIRE(world.becomes(c, "landed"));
    CHECK(world.repository.read("main", "c.txt") == "2\n");
  }

  TEST_CASE("a report for a build that was never requested is not found") {
    World world;
    CHECK(world.report("main-b77", Verdict::passed).error().code == ErrorCode::not_found);
    CHECK(world.report("other-b1", Verdict::passed).error().code == ErrorCode::not_found);
    CHECK(world.report("nonsense", Verdict::passed).error().code == ErrorCode::not_found);
  }

  TEST_CASE(
      "O-14: a report without optional fields counts, an ill-formed one leaves the build open") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a);
    BuildReport bad{.verdict = Verdict::passed, .url = "javascript:alert(1)", .reporter = "ci"};
    CHECK(world.service().report(build, bad).error().code == ErrorCode::invalid);
    bad.url = "https://ci.example/" + std::string(1u << 20, 'x');
    CHECK(world.service().report(build, bad).error().code == ErrorCode::invalid);
    bad.url = "";
    bad.detail = std::string(1u << 20, 'x');
    CHECK(world.service().report(build, bad).error().code == ErrorCode::invalid);
    CHECK(world.service().report(build, {.verdict = Verdict::passed}) == ReportAnswer::accepted);
    CHECK(world.becomes(a, "landed"));
  }

  TEST_CASE("O-15: a build that never reports is ended, retried within the limit, and then named") {
    World world;
    world.queue().policy.slots = 1;
    world.queue().policy.inconclusive_limit = 1;
    world.queue().checks.front().timeout = 30s;
    world.repository.commit("a", {{"one/a.txt", "1\n"}});
    world.repository.commit("b", {{"two/b.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string silent = world.await_build(a);
    const std::string b = world.enqueue("b");
    world.pass_time(31s);
    REQUIRE(eventually([&] { return world.service().build(silent)->at("state") == "error"; }));
    CHECK(world.report(silent, Verdict::passed).error().code == ErrorCode::conflict);
    // Whoever of the two builds first: only a's build stays silent.
    const bool both = eventually([&] {
      if (!world.open_build(b).empty()) world.passes(b);
      if (!world.open_build(a).empty()) world.pass_time(31s);
      return world.state(a) == "rejected" && world.state(b) == "landed";
    });
    INFO(world.change(a).dump() << world.change(b).dump() << world.builds().dump());
    REQUIRE(both);
    CHECK(world.reason(a) == "build_timeout");
    CHECK(world.change(a).at("reason_text").get<std::string>().find("timeout") !=
          std::string::npos);
  }

  TEST_CASE(
      "O-10: a verdict counts for the checks that were asked, not for those that came later") {
    World world;
    world.queue().checks.push_back({.spec = {.name = "integration"}, .command = {}});
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a);
    QueuePatch patch;
    patch.checks = {"unit", "integration"};
    CHECK(world.service().patch("main", patch, "tester").has_value());
    (void)world.report(build, Verdict::passed);
    const std::string second = world.await_build(a);
    CHECK(second != build);
    CHECK(world.state(a) != "landed");
    world.passes(a);
    REQUIRE(world.becomes(a, "landed"));
    CHECK(world.change(a).at("certificate").at("checks").size() == 2);
  }

  TEST_CASE("a check at a time: the build ends when all have passed, or one has not") {
    World world;
    world.queue().checks.push_back({.spec = {.name = "lint"}, .command = {}});
    world.queue().policy.checks.push_back({.name = "lint"});
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a);
    BuildReport report{.verdict = Verdict::passed, .check = "unit", .reporter = "ci"};
    CHECK(world.service().report(build, report) == ReportAnswer::accepted);
    CHECK(world.service().report(build, report) == ReportAnswer::repeated);
    report.verdict = Verdict::failed;
    CHECK(world.service().report(build, report).error().code == ErrorCode::conflict);
    report.check = "nothing";
    CHECK(world.service().report(build, report).error().code == ErrorCode::invalid);
    CHECK(world.state(a) == "building");
    report = {.verdict = Verdict::passed, .check = "lint", .reporter = "ci"};
    CHECK(world.service().report(build, report) == ReportAnswer::accepted);
    CHECK(world.becomes(a, "landed"));
  }

  TEST_CASE("a paused queue keeps verdicts and lands nothing before it is resumed") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    const std::string before = world.trunk();
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a);
    CHECK(world.service().pause("main", "a freeze", "tester").has_value());
    CHECK(world.report(build, Verdict::passed) == ReportAnswer::accepted);
    CHECK(world.has_problem("paused"));
    world.pass_time(20s);
    CHECK(world.state(a) == "ready");
    CHECK(world.trunk() == before);
    CHECK(world.service().resume("main", "tester").has_value());
    CHECK(world.becomes(a, "landed"));
    CHECK(world.builds().size() == 1);
  }

  TEST_CASE("a stack lands from its foot, and its upper part falls with the lower") {
    World world;
    world.repository.commit("a", {{"a.txt", "1\n"}});
    world.repository.branch("b", "a");
    world.repository.commit("b", {{"b.txt", "1\n"}});
    const std::string a = world.enqueue("a");
    REQUIRE(eventually([&] { return world.state(a) != "queued"; }));
    const std::string b = world.enqueue("b");
    REQUIRE(eventually([&] { return !world.change(b).at("depends_on").empty(); }));
    CHECK(world.change(b).at("depends_on")[0].at("kind") == "stack");
    CHECK(world.change(b).at("depends_on")[0].at("needed") == true);
    world.fails(a, 1);
    REQUIRE(world.becomes(b, "rejected"));
    CHECK(world.reason(b) == "dependency_rejected");
  }
}
