#include <filesystem>

#include "service/target_program.h"
#include "tests/service/world.h"

namespace mergeq::service {
namespace {

const test::Files workspace{{"Cargo.toml", "[workspace]\nmembers = [\"x\", \"y\"]\n"},
                            {"Cargo.lock", "lodash 4.17.20\n"},
                            {"x/Cargo.toml", "[package]\nname = \"x\"\n"},
                            {"x/src/lib.rs", "1\n"},
                            {"y/Cargo.toml", "[package]\nname = \"y\"\n"},
                            {"y/src/lib.rs", "1\n"}};

/// A program that prints two targets, "x" with what is below x and "y" that needs it.
constexpr const char* two_targets =
    R"(echo ignored >&2; echo '{"targets": [{"name": "x", "paths": ["x/**"]},
       {"name": "y", "paths": ["y/**"], "depends_on": ["x"]}]}')";

std::vector<std::string> names(const nlohmann::json& footprint) {
  std::vector<std::string> found;
  for (const auto& target : footprint.at("targets")) found.push_back(target.at("name"));
  return found;
}
using Names = std::vector<std::string>;

}  // namespace

TEST_SUITE("targets") {
  TEST_CASE("nothing lands on an old verdict across a lock file (public report O-37)") {
    World world;
    world.repository.commit("main", workspace);
    world.repository.commit("a", {{"Cargo.lock", "lodash 4.17.21\n"}});
    world.repository.commit("b", {{"x/src/lib.rs", "2\n"}});
    const std::string a = world.enqueue("a");
    const std::string b = world.enqueue("b");
    CHECK(eventually([&] { return world.service().graph("main")->at("edges").size() == 1; }));
    world.passes(b, 1);  // b alone, on a trunk that a has not landed on
    world.passes(a, 1);
    REQUIRE(world.becomes(a, "landed"));
    if (world.state(b) != "landed") {  // else it had landed before a did
      CHECK(world.state(b) != "rejected");
      world.passes(b);
    }
    CHECK(world.becomes(b, "landed"));
  }
  TEST_CASE("a change's footprint is there while it lives and after it has landed") {
    World world;
    world.repository.commit("main", workspace);
    world.repository.commit("a", {{"x/src/lib.rs", "2\n"}});
    const std::string a = world.enqueue("a");
    const nlohmann::json live = *world.service().footprint(a);
    CHECK(names(live) == Names{"cargo:x"});
    CHECK(live.at("paths").at(0).at("path") == "x/src/lib.rs");
    world.passes(a);
    REQUIRE(world.becomes(a, "landed"));
    CHECK(names(*world.service().footprint(a)) == Names{"cargo:x"});
    CHECK(world.service().footprint("main-99").error().code == ErrorCode::not_found);
  }
  TEST_CASE("a program gives the target graph, once for trees with the same manifests") {
    World world;
    const std::string runs = (world.repository.folder() / "runs").string();
    world.queue().targets_command = {"sh", "-c",
                                     "echo run >>" + runs + "; " + std::string(two_targets)};
    world.queue().targets.has_command = true;
    world.repository.commit("main", {{"x/f", "1\n"}, {"y/f", "1\n"}, {"BUILD", "1\n"}});
    world.repository.commit("a", {{"x/f", "2\n"}});
    const std::string a = world.enqueue("a");
    world.passes(a);
    REQUIRE(world.becomes(a, "landed"));
    CHECK(names(*world.service().footprint(a)) == Names{"x", "y"});
    CHECK(std::filesystem::file_size(runs) == 4);  // "run\n"
    world.repository.commit("b", {{"BUILD", "2\n"}});
    world.repository.commit("b", {{"y/f", "2\n"}});
    const std::string b = world.enqueue("b");
    world.passes(b);
    REQUIRE(world.becomes(b, "landed"));
    CHECK(std::filesystem::file_size(runs) == 8);
  }
  TEST_CASE("a program that fails makes every change global, and shows as a problem") {
    for (const char* program : {"echo broken >&2; exit 3", "echo '{\"targets\": [{}]}'"}) {
      World world;
      world.queue().targets_command = {"sh", "-c", program};
      world.queue().targets.has_command = true;
      world.repository.commit("a", {{"x/f", "2\n"}});
      const std::string a = world.enqueue("a");
      world.await_build(a);
      CHECK(world.has_problem("targets_command"));
      const nlohmann::json footprint = *world.service().footprint(a);
      CHECK(footprint.at("global") == true);
      CHECK(footprint.at("why_global").get<std::string>().find("targets_command") !=
            std::string::npos);
    }
  }
  TEST_CASE("what a program printed is refused with what was expected") {
    CHECK(read_target_graph("[").error().message == "expected JSON on standard output");
    CHECK(read_target_graph("{}").error().message ==
          "expected an object with an array \"targets\"");
    CHECK(read_target_graph(R"({"targets": [{"name": ""}]})").error().message ==
          "targets[0].name: expected a text, not empty");
    CHECK(read_target_graph(R"({"targets": [{"name": "a"}, {"name": "b", "paths": "x"}]})")
              .error()
              .message == "targets[1].paths: expected an array of texts, none of them empty");
  }
}

}  // namespace mergeq::service
