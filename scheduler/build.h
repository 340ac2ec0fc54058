/// A build: one run of checks on one tree, for one path.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/change.h"

namespace mergeq {

/// Only the exact word for success certifies. Inconclusive: infrastructure error, time limit,
/// cancelled.
enum class Verdict { passed, failed, inconclusive };
template <>
struct WireNames<Verdict> {
  static constexpr std::array table{
      std::pair{Verdict::passed, std::string_view("passed")},
      std::pair{Verdict::failed, std::string_view("failed")},
      std::pair{Verdict::inconclusive, std::string_view("inconclusive")},
  };
};

/// Why a verdict is inconclusive; `none` for the other two.
enum class Inconclusive { none, error, timeout, cancelled };
template <>
struct WireNames<Inconclusive> {
  static constexpr std::array table{
      std::pair{Inconclusive::none, std::string_view("none")},
      std::pair{Inconclusive::error, std::string_view("error")},
      std::pair{Inconclusive::timeout, std::string_view("timeout")},
      std::pair{Inconclusive::cancelled, std::string_view("cancelled")},
  };
};

/// merging: its tree is being made; requested: handed to the runner; the rest as in the API.
enum class BuildState { merging, requested, running, passed, failed, error, cancelled };
template <>
struct WireNames<BuildState> {
  static constexpr std::array table{
      std::pair{BuildState::merging, std::string_view("merging")},
      std::pair{BuildState::requested, std::string_view("requested")},
      std::pair{BuildState::running, std::string_view("running")},
      std::pair{BuildState::passed, std::string_view("passed")},
      std::pair{BuildState::failed, std::string_view("failed")},
      std::pair{BuildState::error, std::string_view("error")},
      std::pair{BuildState::cancelled, std::string_view("cancelled")},
  };
};
constexpr bool is_terminal(BuildState state) { return state >= BuildState::passed; }

enum class CheckScope { tree, target };
template <>
struct WireNames<CheckScope> {
  static constexpr std::array table{
      std::pair{CheckScope::tree, std::string_view("tree")},
      std::pair{CheckScope::target, std::string_view("target")},
  };
};

/// A named thing that must pass. How it is run (command, job) is the runner's business.
struct CheckSpec {
  std::string name;
  CheckScope scope = CheckScope::tree;
  std::uint32_t retries = 0;  // runs more after a failed one, before the failure counts

  friend bool operator==(const CheckSpec&, const CheckSpec&) = default;
};

/// What one check has to judge in one build, and how that went.
struct CheckRun {
  std::string name;
  CheckScope scope = CheckScope::tree;
  std::vector<TargetHash> targets;  // scope target: those whose key has no verdict yet
  std::optional<Verdict> verdict;   // known at once when its key had one (`reused`)
  bool reused = false;

  friend bool operator==(const CheckRun&, const CheckRun&) = default;
};

/// A change in one of its revisions: what a path is made of.
struct Member {
  ChangeId change;
  std::uint32_t revision = 1;
  CommitId head;

  friend bool operator==(const Member&, const Member&) = default;
};

struct Build {
  BuildId id;
  std::vector<Member> members;  // in landing order, the head last
  std::vector<ChangeId>
      assumed_not_landing;  // pending dependencies of the head left out of the path
  std::uint64_t base = 0;   // landed_count when it was made
  CommitId base_commit;
  std::uint32_t attempt = 1;  // of the same path on the same tree, for retries
  BuildState state = BuildState::merging;
  TreeId tree;                          // from PathMerged on
  CommitId commit;                      // what the runner checks out
  std::vector<TargetHash> new_targets;  // hashes in `tree` that the base's tree does not have
  std::vector<CheckRun> checks;
  Duration expected{};  // predicted time
  Instant requested_at{};
  std::optional<Instant> started_at;
  std::optional<Instant> finished_at;
  Inconclusive inconclusive = Inconclusive::none;
  std::string detail;  // a sentence: why it failed, was cancelled, ...
  std::string url;
  std::string reporter;  // who reported the verdict
  bool blames_nobody =
      false;  // a member landed on top of what it conflicts with: a failure says nothing

  ChangeId head() const { return members.back().change; }
  friend bool operator==(const Build&, const Build&) = default;
};

}  // namespace mergeq
