#include <fstream>

#include "world.h"

using namespace mergeq;
using namespace mergeq::service;
using namespace std::chrono_literals;

namespace {

/// A queue that lands only trees that were built, with f1 and f2 of 20 lines on the trunk.
struct Exact : World {
  Exact() {
    queue().policy.guarantee = Guarantee::exact;
    std::string lines;
    for (int i = 1; i <= 20; ++i) lines += "line " + std::to_string(i) + "\n";
    repository.commit("main", {{"f1", lines}, {"f2", lines}});
    text = lines;
  }
  std::string with_first(const std::string& line) const { return line + text.substr(6); }
  std::string with_last(const std::string& line) const { return text + line; }
  std::string text;
};

}  // namespace

TEST_SUITE("the trunk and others") {
  TEST_CASE(
      "O-04: somebody pushes between verdict and landing: the new tree is built, and only it "
      "lands") {
    Exact world;
    world.repository.commit("a", {{"f1", world.with_first("a\n")}});
    const std::string a = world.enqueue("a");
    const std::string first = world.await_build(a);
    const std::string hotfix = world.repository.commit("main", {{"f1", world.with_last("fix\n")}});
    (void)world.report(first, Verdict::passed);
    const std::string second = world.await_build(a);
    CHECK(second != first);
    CHECK(world.trunk() == hotfix);
    CHECK(world.service().build(second)->at("base") == hotfix);
    world.passes(a);
    REQUIRE(world.becomes(a, "landed"));
    CHECK(world.service().build(second)->at("tree") == world.repository.tree("main"));
    CHECK(world.repository.try_git("merge-base --is-ancestor " + hotfix + " main").code == 0);
  }

  TEST_CASE("O-04: what is pushed conflicts with the change: it is rejected for that") {
    Exact world;
    world.repository.commit("a", {{"f1", world.with_first("a\n")}});
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a);
    const std::string hotfix = world.repository.commit("main", {{"f1", world.with_first("fix\n")}});
    (void)world.report(build, Verdict::passed);
    REQUIRE(world.becomes(a, "rejected"));
    CHECK(world.reason(a) == "conflicts_with_landed");
    CHECK(world.trunk() == hotfix);
  }

  TEST_CASE(
      "O-04: the trunk is forced back: nothing is forced forward again, and the rest is built "
      "anew") {
    Exact world;
    const std::string back = world.trunk();
    world.repository.commit("main", {{"f2", world.with_first("gone\n")}});
    world.repository.commit("a", {{"f1", world.with_first("a\n")}});
    world.repository.branch("b", back);
    world.repository.commit("b", {{"f1", world.with_last("b\n")}});
    const std::string b = world.enqueue("b");
    const std::string first = world.await_build(b);
    world.repository.branch("main", back);
    (void)world.report(first, Verdict::passed);
    const std::string second = world.await_build(b);
    CHECK(second != first);
    CHECK(world.trunk() == back);
    world.passes(b);
    REQUIRE(world.becomes(b, "landed"));
    CHECK(world.repository.git("rev-parse main^1") == back);
  }

  TEST_CASE("O-04: the trunk is deleted: the queue pauses, says so, and does not make it anew") {
    Exact world;
    world.repository.commit("a", {{"f1", world.with_first("a\n")}});
    const std::string tip = world.trunk();
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a);
    world.repository.delete_branch("main");
    (void)world.report(build, Verdict::passed);
    REQUIRE(eventually([&] { return world.has_problem("trunk_missing"); }));
    CHECK(eventually([&] { return world.service().queue("main")->at("paused") == true; }));
    CHECK_FALSE(world.repository.tip("main").has_value());
    CHECK_FALSE(is_terminal(*from_name<ChangeState>(world.state(a))));
    world.repository.branch("main", tip);
    CHECK(world.service().resume("main", "tester").has_value());
    CHECK(world.becomes(a, "landed"));
    CHECK(eventually([&] { return !world.has_problem("trunk_missing"); }));
  }

  TEST_CASE(
      "O-02: a refused landing is no landing: it is told, retried with pauses, and succeeds "
      "later") {
    Exact world;
    world.repository.commit("a", {{"f1", world.with_first("a\n")}});
    const std::string before = world.trunk();
    const std::string lock = world.repository.path() + "/refs/heads/main.lock";
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a);
    std::ofstream(lock) << "";
    CHECK(world.report(build, Verdict::passed).has_value());
    REQUIRE(eventually([&] { return world.has_problem("landing_refused"); }));
    CHECK_FALSE(is_terminal(*from_name<ChangeState>(world.state(a))));
    CHECK(world.trunk() == before);
    CHECK(world.service().explanation(a)->dump().find("refused") != std::string::npos);
    CHECK(world.timeline(a).find("lock") != std::string::npos);
    CHECK(world.enqueue("a") == a);
    std::filesystem::remove(lock);
    world.pass_time(1min);
    REQUIRE(world.becomes(a, "landed"));
    CHECK(world.builds().size() == 1);
    CHECK_FALSE(world.has_problem("landing_refused"));
  }

  TEST_CASE("O-07: what is built and landed is the commit that was accepted, or a new revision's") {
    World world;
    for (int round = 0; round < 6; ++round) {
      const std::string branch = "x" + std::to_string(round);
      const std::string file = branch + ".txt";
      const std::string accepted = world.repository.commit(branch, {{file, "X\n"}});
      const std::string id = world.enqueue("refs/heads/" + branch);
      CHECK(world.change(id).at("head") == accepted);
      const std::string pushed = world.repository.commit(branch, {{file, "Y\n"}});
      const bool announced = round % 2 == 0;
      if (announced) CHECK(world.service().revise(id, pushed, "forge").has_value());
      REQUIRE(eventually([&] {
        const std::string build = world.open_build(id);
        if (!build.empty()) (void)world.report(build, Verdict::passed);
        return world.state(id) == "landed";
      }));
      const nlohmann::json change = world.change(id);
      CHECK(change.at("head") == (announced ? pushed : accepted));
      CHECK(world.repository.read("main", file) == (announced ? "Y\n" : "X\n"));
      const std::string landed = change.at("landed_commit");
      CHECK(change.at("certificate").at("tree") == world.repository.tree(landed));
    }
  }

  TEST_CASE("a push that touches nothing of a change costs it no build") {
    World world;
    world.repository.commit("main", {{"lib/x", "1\n"}, {"app/y", "1\n"}});
    world.repository.commit("a", {{"lib/x", "2\n"}});
    const std::string a = world.enqueue("a");
    const std::string build = world.await_build(a);
    const std::string pushed = world.repository.commit("main", {{"app/y", "2\n"}});
    REQUIRE(eventually(
        [&] { return world.service().queue("main")->at("trunk").at("commit") == pushed; }));
    CHECK(world.report(build, Verdict::passed).has_value());
    REQUIRE(world.becomes(a, "landed"));
    CHECK(world.builds().size() == 1);
    CHECK(world.change(a).at("certificate").at("kind") == "independent");
  }
}
