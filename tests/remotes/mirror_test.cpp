#include "vcs/mirror.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "runners/process_runner.h"
#include "tests/vcs/test_repository.h"
#include "vcs/remote_url.h"

using namespace mergeq;
using namespace mergeq::vcs;

namespace {

/// A remote by file://, its mirror, and another LocalRepository on the mirror, as a queue has them.
struct World {
  World() { open(); }

  void open() {
    mirror.reset();
    runner = std::move(*runners::ProcessRunner::make(folder() + "/bin"));
    auto opened =
        Mirror::open(folder() + "/mirror", {.url = *parse_remote("file://" + remote.path())},
                     runner->callable());
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    mirror = std::move(*opened);
    const auto fetched = mirror->fetch_trunk("main");
    REQUIRE_MESSAGE(fetched.has_value(), fetched.error().message);
    local = std::move(*open_repository(Mirror::path_in(folder() + "/mirror")));
  }
  std::string folder() const { return remote.folder().string(); }

  CommitId trunk() const { return CommitId{*remote.tip("main")}; }
  CommitId fetch(const std::string& name) {
    const auto head = mirror->fetch_head(name);
    REQUIRE_MESSAGE(head.has_value(), head.error().message);
    return *head;
  }
  LandRequest landing(const std::string& head) {
    const CommitId base = *local->branch_tip("main").value();
    MergeRequest request{.base = base,
                         .members = {{ChangeId{1}, 1, fetch(head)}},
                         .committer = {"mergeq", "mergeq@localhost"},
                         .messages = {"land " + head}};
    auto outcome = local->merge(request);
    REQUIRE(outcome.has_value());
    REQUIRE(outcome->merged.has_value());
    REQUIRE(local->keep_landing(outcome->merged->commit).has_value());
    return {.branch = "main", .expected = base, .merged = *outcome->merged, .notes = {"note\n"}};
  }
  LandOutcome land(const LandRequest& request) { return mirror->land(request, sent); }
  void hook(const std::string& name, const std::string& script) {
    const std::string path = remote.path() + "/hooks/" + name;
    std::filesystem::create_directories(remote.path() + "/hooks");
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  void unhook(const std::string& name) {
    std::filesystem::remove(remote.path() + "/hooks/" + name);
  }

  test::TestRepository remote;
  std::unique_ptr<runners::ProcessRunner> runner;
  std::unique_ptr<Mirror> mirror;
  std::unique_ptr<Repository> local;
  Sent sent = Sent::no;
};

}  // namespace

TEST_SUITE("mirror of a remote") {
  TEST_CASE("it has the trunk with its whole history, and follows it wherever it goes") {
    World world;
    const CommitId first = world.trunk();
    CHECK(world.local->branch_tip("main").value() == first);
    const std::string second = world.remote.commit("main", {{"a", "1\n"}});
    REQUIRE(world.mirror->fetch_trunk("main").has_value());
    CHECK(world.local->branch_tip("main").value() == CommitId{second});
    world.remote.branch("main", first.hex);
    REQUIRE(world.mirror->fetch_trunk("main").has_value());
    CHECK(world.local->branch_tip("main").value() == first);
    world.remote.delete_branch("main");
    REQUIRE(world.mirror->fetch_trunk("main").has_value());
    CHECK_FALSE(world.local->branch_tip("main").value().has_value());
  }

  TEST_CASE("a head is a branch, a full ref or a commit, as the remote has it now") {
    World world;
    const std::string a = world.remote.commit("a", {{"a", "1\n"}});
    CHECK(world.fetch("a").hex == a);
    const std::string pushed = world.remote.commit("a", {{"a", "2\n"}});
    CHECK(world.fetch("refs/heads/a").hex == pushed);
    world.remote.git("update-ref refs/pull/12/head " + a);
    CHECK(world.fetch("refs/pull/12/head").hex == a);
    const std::string b = world.remote.commit("b", {{"b", "1\n"}});
    CHECK(world.fetch(b).hex == b);
    CHECK(world.local->has_commit(CommitId{b}));
    const auto none = world.mirror->fetch_head("none");
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == ErrorCode::not_found);
    const auto unknown = world.mirror->fetch_head(std::string(40, 'a'));
    REQUIRE_FALSE(unknown.has_value());
    CHECK(unknown.error().code == ErrorCode::not_found);
    CHECK(world.mirror->fetch_head("--upload-pack=touch /tmp/x").error().code ==
          ErrorCode::invalid);
  }

  TEST_CASE("a landing moves the trunk and its note together") {
    World world;
    world.remote.commit("a", {{"a", "1\n"}});
    const LandRequest request = world.landing("a");
    const LandOutcome outcome = world.land(request);
    CHECK_MESSAGE(outcome.result == LandResult::landed, outcome.text);
    CHECK(world.trunk() == request.merged.commit);
    CHECK(world.remote.git("notes --ref=mergeq show main") == "note");
    CHECK(world.local->branch_tip("main").value() == request.merged.commit);
    CHECK(world.land(request).result == LandResult::landed);
    CHECK(world.remote.git("rev-list --count refs/notes/mergeq") == "1");
  }

  TEST_CASE("notes that others have written on the remote stay") {
    World world;
    world.remote.commit("a", {{"a", "1\n"}});
    const LandRequest request = world.landing("a");
    world.remote.git(
        "-c user.name=t -c user.email=t@example.invalid notes --ref=mergeq add -m theirs main");
    const LandOutcome outcome = world.land(request);
    CHECK_MESSAGE(outcome.result == LandResult::landed, outcome.text);
    CHECK(world.remote.git("notes --ref=mergeq show main^") == "theirs");
    CHECK(world.remote.git("notes --ref=mergeq show main") == "note");
  }

  TEST_CASE("O-02: a hook that refuses is quoted; nothing has moved, and later it lands") {
    World world;
    world.remote.commit("a", {{"a", "1\n"}});
    const LandRequest request = world.landing("a");
    const CommitId before = world.trunk();
    world.hook("pre-receive", "echo 'no landing on a Friday'; exit 1");
    const LandOutcome refused = world.land(request);
    CHECK(refused.result == LandResult::refused);
    CHECK_MESSAGE(refused.text.find("no landing on a Friday") != std::string::npos, refused.text);
    CHECK(world.trunk() == before);
    CHECK_FALSE(world.remote.try_git("rev-parse --verify -q refs/notes/mergeq").code == 0);
    world.unhook("pre-receive");
    CHECK(world.land(request).result == LandResult::landed);
  }

  TEST_CASE("O-03: one ref refused of two is no landing, whatever the exit code says") {
    World world;
    world.remote.commit("a", {{"a", "1\n"}});
    const LandRequest request = world.landing("a");
    world.hook("update", "case $1 in refs/notes/*) echo no notes here; exit 1;; esac");
    const LandOutcome outcome = world.land(request);
    CHECK(outcome.result == LandResult::refused);
    CHECK(outcome.text.find("no notes here") != std::string::npos);
    CHECK(world.trunk() == request.expected);
  }

  TEST_CASE("a remote without atomic pushes gets the notes first") {
    World world;
    world.remote.git("config receive.advertiseAtomic false");
    world.remote.commit("a", {{"a", "1\n"}});
    const LandRequest request = world.landing("a");
    const LandOutcome outcome = world.land(request);
    CHECK_MESSAGE(outcome.result == LandResult::landed, outcome.text);
    CHECK(world.remote.git("notes --ref=mergeq show main") == "note");
  }

  TEST_CASE(
      "O-04: a trunk that was pushed, forced back or deleted is neither forced nor made anew") {
    World world;
    const std::string back = world.trunk().hex;
    world.remote.commit("main", {{"m", "1\n"}});
    REQUIRE(world.mirror->fetch_trunk("main").has_value());
    world.remote.commit("a", {{"a", "1\n"}});
    const LandRequest request = world.landing("a");
    SUBCASE("pushed") {
      const std::string hotfix = world.remote.commit("main", {{"fix", "1\n"}});
      CHECK(world.land(request).result == LandResult::moved);
      CHECK(world.trunk().hex == hotfix);
    }
    SUBCASE("forced back") {
      world.remote.branch("main", back);
      CHECK(world.land(request).result == LandResult::moved);
      CHECK(world.trunk().hex == back);
    }
    SUBCASE("deleted") {
      world.remote.delete_branch("main");
      CHECK(world.land(request).result == LandResult::moved);
      CHECK_FALSE(world.remote.tip("main").has_value());
    }
    SUBCASE("pushed in the moment between the look and the push") {
      world.hook("pre-receive", "git update-ref refs/heads/main " + back +
                                    "; unset GIT_QUARANTINE_PATH; git update-ref refs/heads/main " +
                                    back);
      const LandOutcome outcome = world.land(request);
      CHECK_MESSAGE(outcome.result == LandResult::moved, outcome.text);
      CHECK(world.trunk().hex == back);
    }
  }

  TEST_CASE("refs of builds go there before they are needed, and away in one go") {
    World world;
    const std::string a = world.remote.commit("a", {{"a", "1\n"}});
    const CommitId head = world.fetch("a");
    const auto pushed = world.mirror->push_builds(
        {{"main-b1", head}, {"main-b2", head}, {"main-b3", head}, {"other-b1", head}});
    CHECK(pushed.kind == PushAnswer::Kind::done);
    CHECK(world.mirror->push_builds({{"main-b1", head}}).kind == PushAnswer::Kind::done);
    CHECK(world.remote.git("rev-parse refs/mergeq/builds/main-b1") == a);
    CHECK(world.mirror->builds("main-").value() ==
          std::vector<std::string>{"main-b1", "main-b2", "main-b3"});
    CHECK(world.mirror->drop_builds({"main-b1", "main-b3", "main-b9"}).has_value());
    CHECK(world.mirror->builds("").value() == std::vector<std::string>{"main-b2", "other-b1"});
    CHECK(world.mirror->push_builds({{"main-b2", world.trunk()}}).kind ==
          PushAnswer::Kind::refused);
  }

  TEST_CASE("O-03: a hidden namespace refuses the ref of a build, in words that name it") {
    World world;
    world.remote.git("config transfer.hideRefs refs/mergeq");
    const PushAnswer answer = world.mirror->push_builds({{"main-b1", world.trunk()}});
    CHECK(answer.kind == PushAnswer::Kind::refused);
    CHECK_MESSAGE(answer.words.find("refs/mergeq/builds/main-b1") != std::string::npos,
                  answer.words);
    CHECK_MESSAGE(answer.words.find("hidden") != std::string::npos, answer.words);
  }

  TEST_CASE("a remote that is gone is unavailable, and the mirror stays what it was") {
    World world;
    const CommitId before = world.trunk();
    std::filesystem::rename(world.remote.path(), world.remote.path() + ".away");
    const auto fetched = world.mirror->fetch_trunk("main");
    REQUIRE_FALSE(fetched.has_value());
    CHECK(fetched.error().code == ErrorCode::unavailable);
    CHECK(world.local->branch_tip("main").value() == before);
    CHECK_FALSE(world.mirror->builds("").has_value());
    std::filesystem::rename(world.remote.path() + ".away", world.remote.path());
    CHECK(world.mirror->fetch_trunk("main").has_value());
  }

  TEST_CASE("two processes cannot transfer by one mirror") {
    World world;
    const auto second =
        Mirror::open(world.folder() + "/mirror", world.mirror->options(), world.runner->callable());
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == ErrorCode::unavailable);
  }

  TEST_CASE("a copy for reading borrows what the mirror has and leaves it alone") {
    World world;
    const CommitId before = world.trunk();
    const std::string second = world.remote.commit("main", {{"a", "1\n"}});
    const std::string copy = world.folder() + "/copy.git";
    REQUIRE(copy_for_reading(copy, Mirror::path_in(world.folder() + "/mirror"),
                             world.mirror->options(), "main", world.runner->callable())
                .has_value());
    CHECK(open_repository(copy).value()->branch_tip("main").value() == CommitId{second});
    CHECK(world.local->branch_tip("main").value() == before);
  }
}
