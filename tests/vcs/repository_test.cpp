#include <fstream>

#include "tests/vcs/vcs_fixture.h"
#include "vcs/git.h"

namespace mergeq::vcs {
namespace {

ErrorCode code_of(const std::string& location) {
  const auto result = open_repository(location);
  REQUIRE(!result);
  return result.error().code;
}

}  // namespace

TEST_SUITE("repository") {
  TEST_CASE("names that are no plain ref or commit id are invalid") {
    for (const std::string& name :
         {std::string("--upload-pack=touch /tmp/pwn"), std::string("-c=core.sshCommand=x"),
          std::string("a b"), std::string("a;id"), std::string("$(id)"), std::string("../../x"),
          std::string("a\0b", 3), std::string("main..a"), std::string("main@{1}"),
          std::string(":/fix"), std::string(10'000, 'x'), std::string(), std::string("main~1"),
          std::string("a^{tree}"), std::string("x.lock"), std::string("a\nb")}) {
      const auto result = validate_name(name);
      REQUIRE_MESSAGE(!result, name);
      CHECK(result.error().code == ErrorCode::invalid);
    }
    for (const char* name :
         {"main", "refs/heads/--x", "feature/a-b", "caf\xe9", "refs/pull/1/head"}) {
      CHECK_MESSAGE(validate_name(name).has_value(), name);
    }
  }
  TEST_CASE("branches, full refs and whole commit ids resolve, short ids do not") {
    TestRepository repository;
    const std::string id = repository.commit("--x", {{"f", "1\n"}});
    const auto vcs = opened(repository);
    CHECK(value_of(vcs->resolve("refs/heads/--x")).hex == id);
    CHECK(value_of(vcs->resolve(id)).hex == id);
    CHECK(value_of(vcs->resolve("main")).hex == *repository.tip("main"));
    CHECK(vcs->resolve(id.substr(0, 12)).error().code == ErrorCode::invalid);
    CHECK(vcs->resolve("nowhere").error().code == ErrorCode::not_found);
    CHECK(vcs->resolve(std::string(40, '1')).error().code == ErrorCode::not_found);
    CHECK(value_of(vcs->branch_tip("nowhere")) == std::nullopt);
    CHECK(value_of(vcs->is_ancestor({*repository.tip("main")}, {id})));
    CHECK(!value_of(vcs->is_ancestor({id}, {*repository.tip("main")})));
  }
  TEST_CASE("what cannot be opened says why, and shows no credentials") {
    TestRepository repository;
    const std::string folder = repository.folder().string();
    std::filesystem::create_directory(folder + "/plain");
    CHECK(code_of(folder + "/nothing") == ErrorCode::not_found);
    CHECK(code_of(folder + "/plain") == ErrorCode::invalid);
    CHECK(code_of("ssh://host/x.git") == ErrorCode::unsupported);
    CHECK(code_of("git@host:x.git") == ErrorCode::unsupported);
    const auto remote = open_repository("https://user:secret@host/x.git");
    REQUIRE(!remote);
    CHECK(remote.error().message.find("secret") == std::string::npos);
    CHECK_FALSE(open_repository("file://" + repository.path()).has_value());
  }
  TEST_CASE("credentials go out of a text wherever they stand") {
    CHECK(without_credentials("at https://u:p@h/x and ssh://u@h:22/y") ==
          "at https://h/x and ssh://h:22/y");
    CHECK(without_credentials("mail a@b, https://h/x@y") == "mail a@b, https://h/x@y");
  }
}

}  // namespace mergeq::vcs
