/// What the tests of vcs/ say over and over.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/vcs/test_repository.h"
#include "vcs/repository.h"

namespace mergeq::vcs {

using test::executable;
using test::Files;
using test::removed;
using test::submodule_at;
using test::symlink_to;
using test::TestRepository;

inline std::unique_ptr<Repository> opened(const TestRepository& repository) {
  auto result = open_repository(repository.path());
  REQUIRE_MESSAGE(result.has_value(), result.error().message);
  return std::move(*result);
}

inline MergeRequest merge_of(const TestRepository& repository,
                             const std::vector<std::string>& branches,
                             MergeMethod method = MergeMethod::merge) {
  MergeRequest request{.base = {*repository.tip("main")}, .method = method};
  request.committer = {"mergeq", "mergeq@example.invalid"};
  request.at = Instant(std::chrono::seconds(1'800'000'000));
  for (const std::string& branch : branches) {
    request.members.push_back({ChangeId{request.members.size() + 1}, 1, {*repository.tip(branch)}});
  }
  return request;
}
inline LandRequest landing_of(const MergeRequest& request, const Merged& merged) {
  return {.branch = "main",
          .expected = request.base,
          .merged = merged,
          .notes = std::vector<std::string>(merged.members.size(), "{\"certificate\":\"exact\"}"),
          .committer = request.committer,
          .at = request.at};
}
template <class T>
T value_of(Result<T> result) {
  REQUIRE_MESSAGE(result.has_value(), result.error().message);
  return std::move(*result);
}
/// What is merged is in memory; once a build was made of it the `git` program sees it too.
inline void put_on_disk(Repository& repository, const Merged& merged) {
  const std::string build = "of-" + merged.commit.hex;
  value_of(repository.make_build_ref(build, merged.commit, merged.tree, Instant()));
  REQUIRE(repository.drop_build_ref(build).has_value());
}
inline Merged merged_or_fail(Repository& repository, const MergeRequest& request) {
  MergeOutcome outcome = value_of(repository.merge(request));
  REQUIRE_MESSAGE(outcome.merged.has_value(), outcome.conflict->text);
  put_on_disk(repository, *outcome.merged);
  return *outcome.merged;
}

}  // namespace mergeq::vcs
