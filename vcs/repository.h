/// Git, as the rest of mergeq needs it: footprints, target hashes, merging, landing.
///
/// Works on bare and non-bare local repositories through libgit2's object database; the work tree
/// and the index of a non-bare one are never touched. A remote is worked on in a mirror (mirror.h).
///
/// Threads  A Repository belongs to one thread at a time; open one for each thread.
/// Bytes    Paths, names and messages are bytes, kept as git has them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/event.h"
#include "scheduler/footprint.h"
#include "scheduler/id.h"
#include "scheduler/result.h"
#include "scheduler/time.h"
#include "scheduler/wire_names.h"

namespace mergeq::vcs {

/// Beside what is read from directories: `[[queue.target]]` and `global_paths` of the
/// configuration.
struct TargetRule {
  std::string name;
  std::vector<std::string> paths;  // globs: `**` any depth, `*` within a segment, `?` one character
  std::vector<std::string> depends_on;  // names of rules or of directory targets
};
struct TargetRules {
  std::vector<TargetRule> rules;
  std::vector<std::string> global_paths;  // globs: a change to one of them touches everything
};

enum class MergeMethod { merge, squash, rebase, fast_forward };

}  // namespace mergeq::vcs

template <>
struct mergeq::WireNames<mergeq::vcs::MergeMethod> {
  static constexpr std::array table{
      std::pair{mergeq::vcs::MergeMethod::merge, std::string_view("merge")},
      std::pair{mergeq::vcs::MergeMethod::squash, std::string_view("squash")},
      std::pair{mergeq::vcs::MergeMethod::rebase, std::string_view("rebase")},
      std::pair{mergeq::vcs::MergeMethod::fast_forward, std::string_view("fast-forward")},
  };
};

namespace mergeq::vcs {

/// A name that a stranger gave: a full or short ref, or a commit id. Anything else (options,
/// ranges,
/// `@{1}`, `:/`, spaces, control characters, over 1,024 bytes) is `invalid`.
Result<> validate_name(std::string_view name);

struct Identity {
  std::string name;
  std::string email;
};

struct MergeRequest {
  CommitId base;
  std::vector<Member> members;  // merged one after the other, in this order
  MergeMethod method = MergeMethod::merge;
  Identity committer;
  Instant at{};  // the commits' time: the same request gives the same commit ids
  std::vector<std::string> messages;  // of each member's landing commit; empty: made from its head
};
struct Merged {
  TreeId tree;
  CommitId commit;                           // what the trunk would become
  std::vector<event::LandedMember> members;  // each one's own commit on the way there
};
struct MergeConflict {
  ChangeId culprit;
  std::vector<std::string> paths;  // ascending; "(why)" where it is none
  std::string text;                // a sentence: why
};
struct MergeOutcome {  // exactly one of the two
  std::optional<Merged> merged;
  std::optional<MergeConflict> conflict;
};

struct LandRequest {
  std::string branch;              // short name of the trunk
  CommitId expected;               // compare
  Merged merged;                   // swap
  std::vector<std::string> notes;  // for refs/notes/mergeq: one for each of merged.members
  Identity committer;
  Instant at{};
};
enum class LandResult { landed, moved, refused, unknown };
struct LandOutcome {
  LandResult result = LandResult::unknown;
  std::string text;  // why not, in the words of whoever refused
};

class Repository {
 public:
  virtual ~Repository() = default;

  /// A full ref ("refs/heads/x"), a branch name, or a commit id of 40 digits (shorter ones:
  /// invalid). not_found: the repository has no such commit.
  virtual Result<CommitId> resolve(std::string_view name) const = 0;
  virtual Result<std::optional<CommitId>> branch_tip(std::string_view branch) const = 0;
  virtual Result<TreeId> tree_of(const CommitId& commit) const = 0;
  virtual bool has_commit(const CommitId& commit) const = 0;
  /// `ancestor` is reachable from `descendant` (a commit is its own ancestor).
  virtual Result<bool> is_ancestor(const CommitId& ancestor, const CommitId& descendant) const = 0;
  /// First line and author of a commit, as bytes.
  struct CommitSummary {
    std::string title, author;
  };
  virtual Result<CommitSummary> summary(const CommitId& commit) const = 0;

  /// What `head` changes since its merge base with `trunk`.
  virtual Result<Footprint> footprint(const CommitId& trunk, const CommitId& head,
                                      const TargetRules& rules) const = 0;
  /// What differs between two commits, for foreign pushes.
  virtual Result<Footprint> difference(const CommitId& from, const CommitId& to,
                                       const TargetRules& rules) const = 0;
  /// Hashes of targets that `to` has and `from` does not have (same target and same hash),
  /// ascending.
  virtual Result<std::vector<TargetHash>> new_targets(const TreeId& from, const TreeId& to,
                                                      const TargetRules& rules) const = 0;
  /// All targets of a tree with their content hashes, ascending.
  virtual Result<std::vector<TargetHash>> targets(const TreeId& tree,
                                                  const TargetRules& rules) const = 0;

  /// Three-way merges of the members onto the base, by the method that will land them. Writes
  /// objects, moves no ref.
  virtual Result<MergeOutcome> merge(const MergeRequest& request) = 0;
  /// The two heads do not merge with one another as text.
  virtual Result<bool> heads_conflict(const CommitId& a, const CommitId& b) const = 0;

  /// A commit of its own for a build (unique to it even where its tree is not), kept alive by
  /// refs/mergeq/builds/<name>. Doing it again gives the same commit.
  struct BuildCommit {
    CommitId commit;
    std::string ref;
  };
  virtual Result<BuildCommit> make_build_ref(std::string_view build_name, const CommitId& parent,
                                             const TreeId& tree, Instant at) = 0;
  /// No error if it is gone already.
  virtual Result<> drop_build_ref(std::string_view build_name) = 0;
  virtual Result<std::vector<std::string>> build_refs() const = 0;  // names, ascending

  /// Keeps a commit that is about to land, by refs/mergeq/landing: from here on other processes see
  /// it with all its objects.
  virtual Result<> keep_landing(const CommitId& commit) = 0;
  /// Writes the notes, then compares and swaps the branch: no commit is ever on the trunk without
  /// its note. Whatever goes wrong, the branch is read again: `landed` and `moved` are what it
  /// says, not what a call returned. Doing it again is harmless.
  virtual LandOutcome land(const LandRequest& request) = 0;
  /// The note in refs/notes/mergeq for this commit, if there is one.
  virtual Result<std::optional<std::string>> note(const CommitId& commit) const = 0;
  /// Removes lock files that a killed instance left behind: those of mergeq's own refs at once,
  /// that of the branch and of the packed refs when nobody has touched them for `age` (git holds
  /// them for moments). Whether none is left. For an owner that has just started.
  virtual Result<bool> clear_stale_locks(std::string_view branch, std::chrono::seconds age) = 0;
  /// Commits on the first-parent line from `from` (exclusive) to `to` (inclusive), oldest first.
  virtual Result<std::vector<CommitId>> first_parents(const CommitId& from,
                                                      const CommitId& to) const = 0;
};

/// `location`: a path to a local repository, bare or not. not_found: nothing there; invalid: not a
/// git repository; unsupported: a remote.
Result<std::unique_ptr<Repository>> open_repository(const std::string& location);

}  // namespace mergeq::vcs
