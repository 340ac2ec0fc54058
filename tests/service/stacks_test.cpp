// Stacks through the whole service: order, what falls with what, and that each change brings its
// own content and nothing else.
#include <algorithm>
#include <set>
#include <sstream>

#include "tests/service/world.h"

namespace mergeq::service {
namespace {

constexpr std::array squashing{vcs::MergeMethod::squash, vcs::MergeMethod::rebase};
constexpr std::array all_methods{vcs::MergeMethod::merge, vcs::MergeMethod::squash,
                                 vcs::MergeMethod::rebase};

/// Lets every build pass until all of these have landed.
bool all_land(World& world, const std::vector<std::string>& ids) {
  const bool did = eventually([&] {
    for (const auto& build : world.builds()) {
      const std::string state = build.at("state");
      if (state == "requested" || state == "running") {
        (void)world.report(build.at("id"), Verdict::passed);
      }
    }
    return std::ranges::all_of(ids, [&](const auto& id) { return world.state(id) == "landed"; });
  });
  for (const std::string& id : ids) {
    if (!did) MESSAGE(world.change(id).dump(), "\n", world.timeline(id));
  }
  return did;
}

std::set<std::string> words(const std::string& text) {
  std::stringstream stream(text);
  std::set<std::string> found;
  for (std::string word; stream >> word;) found.insert(word);
  return found;
}

/// Each landed change altered what its own diff (from `lower`, or where it left the trunk) alters,
/// and nothing else.
void check_own_content(World& world, const std::string& start,
                       const std::map<std::string, std::string>& branch_of,
                       const std::map<std::string, std::string>& lower_of = {}) {
  std::map<std::string, std::string> id_of;  // by landed commit
  for (const auto& [id, branch] : branch_of) {
    id_of[world.change(id).at("landed_commit").get<std::string>()] = id;
  }
  std::string before = start;
  std::stringstream line(
      world.repository.git("rev-list --reverse --first-parent " + start + "..main"));
  for (std::string commit; line >> commit;) {
    const auto landed = id_of.find(commit);
    if (landed == id_of.end()) continue;  // an earlier commit of a change that was rebased
    const std::string& branch = branch_of.at(landed->second);
    const auto lower = lower_of.find(branch);
    const std::string from = lower == lower_of.end()
                                 ? world.repository.git("merge-base " + start + " " + branch)
                                 : *world.repository.tip(lower->second);
    const auto own = words(world.repository.git("diff --name-only " + from + " " + branch));
    for (const std::string& path :
         words(world.repository.git("diff --name-only " + before + " " + commit))) {
      CHECK_MESSAGE(own.contains(path), branch, " altered ", path);
    }
    before = commit;
  }
  CHECK(before == world.trunk());
}

}  // namespace

TEST_SUITE("stacks in the service") {
  TEST_CASE("a landed change takes nothing back that landed before it, alone or in a batch") {
    for (const vcs::MergeMethod method : all_methods) {
      for (const bool at_once : {false, true}) {
        World world;
        world.queue().merge_method = method;
        const std::string early = world.trunk();
        world.repository.commit("main", {{"f1", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"}, {"f2", "old\n"}});
        const std::string old = world.trunk();
        for (int i = 0; i < 5; ++i) {
          world.repository.commit("main", {{"later", std::to_string(i) + "\n"}});
        }
        const std::string start = world.trunk();
        world.repository.commit("a", {{"f1", "one\n2\n3\n4\n5\n6\n7\n8\n9\n"}});
        world.repository.branch("b", old);
        world.repository.commit("b", {{"f2", "half\n"}});
        world.repository.commit("b", {{"f2", "new\n"}}, " ");
        world.repository.commit("c", {{"f1", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n"}});
        std::map<std::string, std::string> branch_of;
        std::vector<std::string> ids;
        for (const char* branch : {"a", "b", "c"}) {
          ids.push_back(world.enqueue(branch));
          branch_of[ids.back()] = branch;
          if (!at_once) REQUIRE(all_land(world, ids));
        }
        REQUIRE(all_land(world, ids));
        check_own_content(world, start, branch_of);
        CHECK(world.repository.read("main", "f1") == "one\n2\n3\n4\n5\n6\n7\n8\nnine\n");
        CHECK(world.repository.read("main", "f2") == "new\n");
        CHECK(world.repository.read("main", "later") == "4\n");
        const auto last = world.change(ids.back());
        CHECK(world.repository.tree(last.at("landed_commit")) == last.at("certificate").at("tree"));
      }
    }
  }

  TEST_CASE("three levels enqueued upside down land from below, by any method") {
    for (const vcs::MergeMethod method : all_methods) {
      World world;
      world.queue().merge_method = method;
      world.repository.commit("main", {{"f", "base\n"}});
      const std::string start = world.trunk();
      world.repository.commit("lower", {{"f", "lower\n"}, {"lower", "1\n"}});
      world.repository.branch("middle", "lower");
      world.repository.commit("middle", {{"f", "middle\n"}});
      world.repository.commit("middle", {{"middle", "1\n"}});
      world.repository.branch("upper", "middle");
      world.repository.commit("upper", {{"f", "upper\n"}});
      std::map<std::string, std::string> branch_of;
      std::vector<std::string> ids;
      for (const char* branch : {"upper", "lower", "middle"}) {
        ids.push_back(world.enqueue(branch));
        branch_of[ids.back()] = branch;
        REQUIRE(eventually([&] { return world.state(ids.back()) != "queued"; }));
      }
      REQUIRE(eventually([&] { return world.change(ids[0]).at("depends_on").size() == 2; }));
      REQUIRE(all_land(world, ids));
      CHECK(world.repository.read("main", "f") == "upper\n");
      check_own_content(world, start, branch_of, {{"upper", "middle"}, {"middle", "lower"}});
      if (method == vcs::MergeMethod::rebase) {
        CHECK(world.repository.git("rev-list --count " + start + "..main") == "4");
      }
    }
  }

  TEST_CASE("an upper part that comes after its lower part was squashed brings its own content") {
    for (const vcs::MergeMethod method : squashing) {
      World world;
      world.queue().merge_method = method;
      world.repository.commit("main", {{"f", "base\n"}});
      const std::string start = world.trunk();
      world.repository.commit("lower", {{"f", "lower\n"}}, "lower 1");
      world.repository.commit("lower", {{"lower", "1\n"}}, "lower 2");
      world.repository.branch("upper", "lower");
      world.repository.commit("upper", {{"f", "upper\n"}}, "upper 1");
      const std::string lower = world.enqueue("lower");
      REQUIRE(all_land(world, {lower}));
      world.restart();
      const std::string upper = world.enqueue("upper");
      REQUIRE(all_land(world, {upper}));
      check_own_content(world, start, {{lower, "lower"}, {upper, "upper"}}, {{"upper", "lower"}});
      const std::string commits = method == vcs::MergeMethod::rebase ? "3" : "2";
      CHECK(world.repository.git("rev-list --count " + start + "..main") == commits);
    }
  }

  TEST_CASE("a stack survives a restart between the landings of its parts") {
    World world;
    world.queue().merge_method = vcs::MergeMethod::squash;
    world.repository.commit("main", {{"f", "base\n"}});
    world.repository.commit("lower", {{"f", "lower\n"}});
    world.repository.branch("upper", "lower");
    world.repository.commit("upper", {{"f", "upper\n"}});
    const std::string lower = world.enqueue("lower"), upper = world.enqueue("upper");
    world.passes(lower, 1);
    REQUIRE(world.becomes(lower, "landed"));
    world.restart();
    REQUIRE(all_land(world, {upper}));
    CHECK(world.repository.read("main", "f") == "upper\n");
  }

  TEST_CASE("two upper parts of one lower part both need it, and it falls with both") {
    World world;
    world.repository.commit("lower", {{"f", "lower\n"}});
    for (const char* branch : {"left", "right"}) {
      world.repository.branch(branch, "lower");
      world.repository.commit(branch, {{branch, "1\n"}});
    }
    const std::string left = world.enqueue("left"), lower = world.enqueue("lower"),
                      right = world.enqueue("right");
    for (const std::string& upper : {left, right}) {
      REQUIRE(eventually([&] { return !world.change(upper).at("depends_on").empty(); }));
    }
    world.fails(lower, 1);
    CHECK(world.becomes(left, "rejected"));
    CHECK(world.becomes(right, "rejected"));
    CHECK(world.reason(left) == "dependency_rejected");
    CHECK(world.reason(right) == "dependency_rejected");
  }

  TEST_CASE("an upper part that contains two lower ones waits for both") {
    World world;
    world.repository.commit("left", {{"l", "1\n"}});
    world.repository.commit("right", {{"r", "1\n"}});
    world.repository.branch("upper", "left");
    world.repository.merge("upper", "right");
    world.repository.commit("upper", {{"u", "1\n"}});
    const std::string upper = world.enqueue("upper"), right = world.enqueue("right"),
                      left = world.enqueue("left");
    REQUIRE(eventually([&] { return world.change(upper).at("depends_on").size() == 2; }));
    REQUIRE(all_land(world, {left, right, upper}));
  }

  TEST_CASE("a lower part that is revised makes the upper one stale, whichever comes first") {
    World world;
    world.repository.commit("lower", {{"f", "lower\n"}});
    world.repository.branch("upper", "lower");
    world.repository.commit("upper", {{"g", "upper\n"}});
    const std::string lower = world.enqueue("lower"), early = world.enqueue("upper");
    REQUIRE(eventually([&] { return world.state(early) != "queued"; }));
    world.repository.commit("reviewed", {{"f", "reviewed\n"}});
    REQUIRE(world.service().revise(lower, "reviewed", "tester"));
    CHECK(world.becomes(early, "rejected"));
    CHECK(world.reason(early) == "stale_base");
    // The same head again, or another one on the old lower part: known from the earlier revision.
    world.repository.commit("upper", {{"g", "upper 2\n"}});
    const std::string late = world.enqueue("upper");
    CHECK(world.becomes(late, "rejected"));
    CHECK(world.reason(late) == "stale_base");
    CHECK(world.change(late).at("reason_text").get<std::string>().find(lower) != std::string::npos);
    // On the present revision it may come.
    world.repository.branch("again", "reviewed");
    world.repository.commit("again", {{"g", "upper 3\n"}});
    const std::string again = world.enqueue("again");
    REQUIRE(all_land(world, {lower, again}));
    CHECK(world.repository.read("main", "f") == "reviewed\n");
  }

  TEST_CASE("a lower part that somebody else pushed lets the upper one land") {
    for (const vcs::MergeMethod method : all_methods) {
      World world;
      world.queue().merge_method = method;
      world.repository.commit("main", {{"f", "base\n"}});
      world.repository.commit("lower", {{"f", "lower\n"}});
      world.repository.branch("upper", "lower");
      world.repository.commit("upper", {{"f", "upper\n"}});
      const std::string lower = world.enqueue("lower"), upper = world.enqueue("upper");
      REQUIRE(eventually([&] { return world.state(upper) != "queued"; }));
      world.repository.branch("main", "lower");
      world.pass_time(std::chrono::seconds{5});
      REQUIRE(all_land(world, {upper}));
      CHECK(world.repository.read("main", "f") == "upper\n");
      CHECK(world.becomes(lower, "rejected"));
      CHECK(world.change(lower).at("reason_text") ==
            "everything that it changes is on the trunk already");
    }
  }

  TEST_CASE("by fast-forward a stack lands as it is") {
    World world;
    world.queue().merge_method = vcs::MergeMethod::fast_forward;
    world.repository.commit("lower", {{"f", "lower\n"}});
    world.repository.branch("upper", "lower");
    world.repository.commit("upper", {{"f", "upper\n"}});
    const std::string upper = world.enqueue("upper"), lower = world.enqueue("lower");
    REQUIRE(all_land(world, {lower, upper}));
    CHECK(world.trunk() == *world.repository.tip("upper"));
  }
}

}  // namespace mergeq::service
