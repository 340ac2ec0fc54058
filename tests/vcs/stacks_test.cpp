// Stacks: who brings which commits, and what lands when the trunk took a lower part in as another
// commit.
#include <algorithm>
#include <set>
#include <sstream>

#include "scheduler/rng.h"
#include "tests/vcs/vcs_fixture.h"

namespace mergeq::vcs {
namespace {

constexpr std::array squashing{MergeMethod::squash, MergeMethod::rebase};
constexpr std::array all_methods{MergeMethod::merge, MergeMethod::squash, MergeMethod::rebase};

/// Lands branches together, as a queue does; gives the commits before and after.
struct Landed {
  std::string before, after;
  Merged merged;
};
Landed land(TestRepository& repository, const std::vector<std::string>& branches,
            MergeMethod method) {
  const auto vcs = opened(repository);
  const MergeRequest request = merge_of(repository, branches, method);
  const Merged merged = merged_or_fail(*vcs, request);
  std::string heads;
  for (const Member& member : request.members) {
    heads += (heads.empty() ? "\"" : ",\"") + member.head.hex + "\"";
  }
  LandRequest landing = landing_of(request, merged);
  landing.notes.assign(merged.members.size(), "{\"heads\":[" + heads + "]}\n");
  const LandOutcome outcome = vcs->land(landing);
  REQUIRE_MESSAGE(outcome.result == LandResult::landed, outcome.text);
  CHECK(repository.tree("main") == merged.tree.hex);
  return {request.base.hex, merged.commit.hex, merged};
}
std::string changed_paths(const TestRepository& repository, const Landed& landed) {
  return repository.git("diff --name-only " + landed.before + " " + landed.after);
}
std::string titles(const TestRepository& repository, const Landed& landed) {
  return repository.git("log --reverse --format=%s " + landed.before + ".." + landed.after);
}

std::vector<std::string> own(const TestRepository& repository, const std::string& trunk,
                             const std::string& head) {
  std::vector<std::string> ids;
  for (const CommitId& id :
       value_of(opened(repository)
                    ->own_commits({*repository.tip(trunk)}, {*repository.tip(head)}, 100))) {
    ids.push_back(id.hex);
  }
  return ids;
}
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_SUITE("own commits") {
  TEST_CASE("they are those that git names, for a head in any position") {
    TestRepository repository;
    const std::string start = *repository.tip("main");
    repository.commit("a", {{"a", "1\n"}});
    repository.commit("a", {{"a", "2\n"}});
    repository.branch("b", "a");
    repository.commit("b", {{"b", "1\n"}});
    repository.commit("main", {{"m", "1\n"}});
    repository.merge("b", "main");
    repository.branch("behind", start);
    repository.commit_of_tree("unrelated", repository.tree("a"), {});
    for (const std::string head : {"a", "b", "behind", "unrelated", "main"}) {
      auto expected = lines_of(repository.git("rev-list main.." + head));
      auto found = own(repository, "main", head);
      if (!found.empty()) CHECK(found.front() == *repository.tip(head));
      std::ranges::sort(expected);
      std::ranges::sort(found);
      CHECK_MESSAGE(found == expected, head);
    }
  }
  TEST_CASE("none is left out where commits carry wrong dates") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      Rng rng(seed);
      TestRepository repository;
      std::string stream;
      constexpr int commits = 40;
      for (int i = 1; i <= commits; ++i) {
        const std::string date = std::to_string(1'000'000'000 + rng.below(1'000'000'000));
        stream += "commit refs/heads/c" + std::to_string(i) + "\nmark :" + std::to_string(i) +
                  "\ncommitter T <t@example.invalid> " + date + " +0000\ndata 1\nm\n";
        if (i > 1) {
          const auto parent = 1 + rng.below(static_cast<std::uint64_t>(i - 1));
          const auto other = 1 + rng.below(static_cast<std::uint64_t>(i - 1));
          stream += "from :" + std::to_string(parent) + "\n";
          if (other != parent && rng.chance(0.3))
            stream += "merge :" + std::to_string(other) + "\n";
        }
        stream += "M 644 inline f\ndata 1\nx\n\n";
      }
      const std::string file = (repository.folder() / "stream").string();
      std::ofstream(file, std::ios::binary) << stream;
      repository.git("fast-import --quiet < " + TestRepository::quoted(file));
      for (int round = 0; round < 6; ++round) {
        const std::string trunk = "c" + std::to_string(1 + rng.below(commits));
        const std::string head = "c" + std::to_string(1 + rng.below(commits));
        const auto found = own(repository, trunk, head);
        // Whole histories, whose walk goes by no date.
        std::set<std::string> on_trunk;
        for (const std::string& id : lines_of(repository.git("rev-list " + trunk))) {
          on_trunk.insert(id);
        }
        for (const std::string& id : lines_of(repository.git("rev-list " + head))) {
          if (on_trunk.contains(id)) continue;
          CHECK_MESSAGE(std::ranges::count(found, id) == 1, "seed ", seed);
        }
      }
    }
  }
  TEST_CASE("more than asked for is an error and no shorter list") {
    TestRepository repository;
    for (const char* text : {"1", "2", "3"}) repository.commit("a", {{"a", text}});
    const auto vcs = opened(repository);
    const CommitId main{*repository.tip("main")}, head{*repository.tip("a")};
    CHECK(value_of(vcs->own_commits(main, head, 3)).size() == 3);
    const auto fewer = vcs->own_commits(main, head, 2);
    REQUIRE_FALSE(fewer);
    CHECK(fewer.error().code == ErrorCode::too_large);
  }
}

TEST_SUITE("stacks") {
  TEST_CASE(
      "an upper part whose lower part was squashed or rebased before brings its own content only") {
    for (const MergeMethod method : squashing) {
      TestRepository repository;
      repository.commit("main", {{"f", "1\n2\n3\n"}, {"g", "g\n"}});
      repository.commit("lower", {{"f", "one\n2\n3\n"}}, "lower 1");
      repository.commit("lower", {{"lower", "1\n"}}, "lower 2");
      repository.branch("upper", "lower");
      repository.commit("upper", {{"f", "uno\n2\n3\n"}}, "upper 1");
      repository.commit("upper", {{"upper", "1\n"}}, "upper 2");
      repository.branch("top", "upper");
      repository.commit("top", {{"f", "un\n2\n3\n"}}, "top 1");
      repository.commit("between", {{"g", "other\n"}});
      land(repository, {"lower"}, method);
      land(repository, {"between"}, method);
      const Landed upper = land(repository, {"upper"}, method);
      CHECK(changed_paths(repository, upper) == "f\nupper");
      const std::string expected = method == MergeMethod::rebase ? "upper 1\nupper 2" : "upper 2";
      CHECK(titles(repository, upper) == expected);
      const Landed top = land(repository, {"top"}, method);
      CHECK(changed_paths(repository, top) == "f");
      CHECK(titles(repository, top) == "top 1");
      CHECK(repository.read("main", "f") == "un\n2\n3\n");
      CHECK(repository.read("main", "g") == "other\n");
    }
  }
  TEST_CASE("what was taken back on the trunk does not come back with an upper part") {
    for (const MergeMethod method : squashing) {
      TestRepository repository;
      repository.commit("lower", {{"bad", "1\n"}});
      repository.branch("upper", "lower");
      repository.commit("upper", {{"good", "1\n"}});
      land(repository, {"lower"}, method);
      repository.commit("revert", {{"bad", removed}});
      land(repository, {"revert"}, method);
      const Landed upper = land(repository, {"upper"}, method);
      CHECK(changed_paths(repository, upper) == "good");
      CHECK_FALSE(repository.read("main", "bad"));
    }
  }
  TEST_CASE(
      "later edits on the trunk beside those of the lower part are no conflict for the upper") {
    for (const MergeMethod method : squashing) {
      TestRepository repository;
      repository.commit("main", {{"f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"}});
      repository.commit("lower", {{"f", "one\n2\n3\n4\n5\n6\n7\n8\n9\n"}});
      repository.branch("upper", "lower");
      repository.commit("upper", {{"f", "one\n2\n3\n4\n5\n6\n7\n8\nnine\n"}});
      land(repository, {"lower"}, method);
      repository.commit("later", {{"f", "uno\n2\n3\n4\n5\n6\n7\n8\n9\n"}});
      land(repository, {"later"}, method);
      land(repository, {"upper"}, method);
      CHECK(repository.read("main", "f") == "uno\n2\n3\n4\n5\n6\n7\n8\nnine\n");
    }
  }
  TEST_CASE("an upper part of two lower ones is merged from both") {
    for (const MergeMethod method : squashing) {
      TestRepository repository;
      repository.commit("main", {{"f", "f\n"}, {"g", "g\n"}});
      repository.commit("left", {{"f", "left\n"}});
      repository.commit("right", {{"g", "right\n"}});
      repository.branch("upper", "left");
      repository.merge("upper", "right");
      repository.commit("upper", {{"f", "left and up\n"}, {"g", "right and up\n"}}, "up");
      land(repository, {"right"}, method);
      land(repository, {"left"}, method);
      const Landed upper = land(repository, {"upper"}, method);
      CHECK(titles(repository, upper) == "up");
      CHECK(repository.read("main", "f") == "left and up\n");
      CHECK(repository.read("main", "g") == "right and up\n");
    }
  }
  TEST_CASE("two upper parts of one lower part land one after the other") {
    for (const MergeMethod method : squashing) {
      TestRepository repository;
      repository.commit("main", {{"f", "base\n"}});
      repository.commit("lower", {{"f", "lower\n"}});
      repository.branch("first", "lower");
      repository.commit("first", {{"f", "first\n"}});
      repository.branch("second", "lower");
      repository.commit("second", {{"other", "second\n"}});
      land(repository, {"lower"}, method);
      land(repository, {"first"}, method);
      CHECK(changed_paths(repository, land(repository, {"second"}, method)) == "other");
      CHECK(repository.read("main", "f") == "first\n");
    }
  }
  TEST_CASE("a lower part that was squashed by hand is known by its content") {
    for (const MergeMethod method : squashing) {
      TestRepository repository;
      repository.commit("main", {{"f", "base\n"}});
      repository.commit("lower", {{"f", "lower\n"}});
      repository.branch("upper", "lower");
      repository.commit("upper", {{"f", "upper\n"}}, "upper");
      repository.commit("main", {{"f", "lower\n"}}, "squashed by hand");
      repository.commit("main", {{"g", "later\n"}});
      const Landed upper = land(repository, {"upper"}, method);
      CHECK(titles(repository, upper) == "upper");
      CHECK(repository.read("main", "f") == "upper\n");
    }
  }
  TEST_CASE("a lower part of which nothing is left lands as nothing, and its upper part on top") {
    for (const MergeMethod method : squashing) {
      TestRepository repository;
      repository.commit("main", {{"f", "base\n"}});
      repository.commit("lower", {{"f", "lower\n"}});
      repository.branch("upper", "lower");
      repository.commit("upper", {{"f", "upper\n"}}, "upper");
      repository.commit("same", {{"f", "lower\n"}});
      land(repository, {"same"}, method);
      const Landed lower = land(repository, {"lower"}, method);
      CHECK(lower.before == lower.after);
      CHECK(titles(repository, land(repository, {"upper"}, method)) == "upper");
      CHECK(repository.read("main", "f") == "upper\n");
    }
  }
  TEST_CASE("an upper part of an earlier revision meets the later one as any other change would") {
    for (const MergeMethod method : squashing) {
      TestRepository repository;
      repository.commit("main", {{"f", "base\n"}});
      repository.commit("first", {{"f", "first\n"}});
      repository.branch("upper", "first");
      repository.commit("upper", {{"f", "upper\n"}});
      repository.commit("reviewed", {{"f", "reviewed\n"}});
      land(repository, {"reviewed"}, method);
      const MergeOutcome outcome =
          value_of(opened(repository)->merge(merge_of(repository, {"upper"}, method)));
      REQUIRE(outcome.conflict);
      CHECK(repository.read("main", "f") == "reviewed\n");
    }
  }
  TEST_CASE("a stack with merges of the trunk inside lands without them") {
    for (const MergeMethod method : squashing) {
      TestRepository repository;
      repository.commit("main", {{"f", "base\n"}});
      repository.commit("lower", {{"f", "lower\n"}}, "lower");
      repository.commit("main", {{"g", "trunk\n"}});
      repository.branch("upper", "lower");
      repository.merge("upper", "main");
      repository.commit("upper", {{"f", "upper\n"}}, "upper");
      land(repository, {"lower"}, method);
      const Landed upper = land(repository, {"upper"}, method);
      CHECK(titles(repository, upper) == "upper");
      CHECK(changed_paths(repository, upper) == "f");
    }
  }
  TEST_CASE("by fast-forward a stack lands from below as it is") {
    TestRepository repository;
    repository.commit("lower", {{"f", "lower\n"}});
    repository.branch("upper", "lower");
    repository.commit("upper", {{"f", "upper\n"}});
    land(repository, {"lower"}, MergeMethod::fast_forward);
    land(repository, {"upper"}, MergeMethod::fast_forward);
    CHECK(*repository.tip("main") == *repository.tip("upper"));
  }
  TEST_CASE("a head that landed by squash may come again after it was taken back") {
    TestRepository repository;
    repository.commit("a", {{"a", "1\n"}});
    repository.commit("a", {{"a", "2\n"}});
    land(repository, {"a"}, MergeMethod::squash);
    repository.commit("revert", {{"a", removed}});
    land(repository, {"revert"}, MergeMethod::squash);
    land(repository, {"a"}, MergeMethod::squash);
    CHECK(repository.read("main", "a") == "2\n");
  }
  TEST_CASE(
      "a random stack lands in parts and together with the same trees, and only its own content") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      Rng rng(seed);
      const MergeMethod method = all_methods[rng.below(all_methods.size())];
      TestRepository apart;
      const auto edit = [&rng](std::string text) {
        text.insert(text.find('\n', 2 * rng.below(8)) + 1, std::to_string(rng.below(90)) + "\n");
        return text;
      };
      std::map<std::string, std::string> files{{"f0", "a\nb\nc\nd\ne\nf\ng\nh\n"},
                                               {"f1", "a\nb\nc\nd\ne\nf\ng\nh\n"}};
      apart.commit("main", {{"f0", files["f0"]}, {"f1", files["f1"]}});
      std::vector<std::string> branches;
      std::map<std::string, std::string> expected = files;
      for (int level = 0; level < 4; ++level) {
        const std::string name = "s" + std::to_string(level);
        apart.branch(name, level == 0 ? "main" : branches.back());
        for (std::uint64_t i = 0; i <= rng.below(3); ++i) {
          const std::string file = "f" + std::to_string(rng.below(2));
          expected[file] = edit(expected[file]);
          apart.commit(name, {{file, expected[file]}, {name, std::to_string(i)}});
        }
        branches.push_back(name);
      }
      const Merged together = merged_or_fail(*opened(apart), merge_of(apart, branches, method));
      for (std::size_t i = 0; i < branches.size(); ++i) {
        const std::string below = i == 0 ? *apart.tip("main") : *apart.tip(branches[i - 1]);
        const std::string wanted = apart.git("diff --name-only " + below + " " + branches[i]);
        const Landed landed = land(apart, {branches[i]}, method);
        CHECK_MESSAGE(changed_paths(apart, landed) == wanted, "seed ", seed);
      }
      CHECK_MESSAGE(apart.tree("main") == together.tree.hex, "seed ", seed);
      CHECK(apart.read("main", "f0") == expected["f0"]);
      CHECK(apart.read("main", "f1") == expected["f1"]);
    }
  }
}

}  // namespace mergeq::vcs
