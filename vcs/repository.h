/// Git, as the rest of mergeq needs it: footprints, target hashes, merging, landing.
///
/// Works on bare and non-bare local repositories through libgit2's object database; the work tree
/// and the index of a non-bare one are never touched. A remote is worked on in a mirror (mirror.h).
///
/// Threads  A Repository belongs to one thread at a time; open one for each thread.
/// Bytes    Paths, names and messages are bytes, kept as git has them.
#pragma once

#include <cstdint>
#include <functional>
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
#include "vcs/manifests/manifest.h"

namespace mergeq::vcs {

/// A target by patterns: `[[queue.target]]` of the configuration, or one of a graph from outside.
struct TargetRule {
  std::string name;
  std::vector<std::string> paths;  // globs: `**` any depth, `*` within a segment, `?` one character
  std::vector<std::string> depends_on;  // names of any targets

  friend bool operator==(const TargetRule&, const TargetRule&) = default;
};
/// What the configuration says about targets, beside what is read from manifests.
struct TargetRules {
  std::vector<TargetRule> rules;
  std::vector<std::string> global_paths;  // globs: a change to one of them touches everything
  std::optional<std::vector<Ecosystem>> manifests;  // those that are read; nothing: all
  bool has_command = false;  // the graph comes from outside (use_outside_graphs)

  friend bool operator==(const TargetRules&, const TargetRules&) = default;
};

/// A target graph that a program of the installation has made (`targets_command`).
struct OutsideGraph {
  std::vector<TargetRule> targets;
  std::string failure;  // why there is none: then everything counts as touched; empty: there is
};
/// The graph of `tree`; nothing: not yet, ask again later. Trees with the same `manifests` (a
/// digest of all files that look like manifests) have the same graph.
using OutsideGraphs = std::function<std::shared_ptr<const OutsideGraph>(
    const TreeId& tree, const std::string& manifests)>;

/// Why a change affects a target.
struct AffectedTarget {
  enum class Reason {
    owns_path,     // subject: the first path of it that is touched
    uses_file,     // subject: a touched file that it shares with others
    needs_target,  // subject: a target that is affected, nearer to what was touched
    graph,         // it is new, gone, or has other files or needs than before; subject: which
  };
  std::string name;
  Reason reason = Reason::owns_path;
  std::string subject;
};
/// A footprint in full, for people.
struct FootprintReport {
  CommitId trunk, head;
  Footprint footprint;
  std::vector<AffectedTarget> targets;  // those of the footprint, with why
  std::string why_global;               // sentences; empty where it is not so
  std::string why_build_graph;
};

/// The target graph of a tree, for people.
struct TargetList {
  struct Target {
    std::string name;
    std::optional<Ecosystem> ecosystem;  // of those that are read from manifests
    std::string directory;               // of packages and directories; "" for the root and rules
    std::uint64_t files = 0;             // that it owns
    std::vector<std::string> needs;      // directly, ascending
    std::string hash;
  };
  struct Unreadable {
    std::string path, why;
  };
  TreeId tree;
  std::vector<Target> targets;  // ascending by name
  std::vector<Unreadable> unreadable;
  std::string outside_failure;  // why the program of `targets_command` gave no graph
};

enum class MergeMethod { merge, squash, rebase, fast_forward };

}  // namespace mergeq::vcs

template <>
struct mergeq::WireNames<mergeq::vcs::Ecosystem> {
  static constexpr std::array table{
      std::pair{mergeq::vcs::Ecosystem::bazel, std::string_view("bazel")},
      std::pair{mergeq::vcs::Ecosystem::cargo, std::string_view("cargo")},
      std::pair{mergeq::vcs::Ecosystem::cmake, std::string_view("cmake")},
      std::pair{mergeq::vcs::Ecosystem::go, std::string_view("go")},
      std::pair{mergeq::vcs::Ecosystem::gradle, std::string_view("gradle")},
      std::pair{mergeq::vcs::Ecosystem::maven, std::string_view("maven")},
      std::pair{mergeq::vcs::Ecosystem::npm, std::string_view("npm")},
      std::pair{mergeq::vcs::Ecosystem::python, std::string_view("python")},
      std::pair{mergeq::vcs::Ecosystem::swift, std::string_view("swift")},
  };
};
template <>
struct mergeq::WireNames<mergeq::vcs::AffectedTarget::Reason> {
  using Reason = mergeq::vcs::AffectedTarget::Reason;
  static constexpr std::array table{
      std::pair{Reason::owns_path, std::string_view("owns_path")},
      std::pair{Reason::uses_file, std::string_view("uses_file")},
      std::pair{Reason::needs_target, std::string_view("needs_target")},
      std::pair{Reason::graph, std::string_view("graph")},
  };
};
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
  std::string branch;  // short name of the trunk
  CommitId expected;   // compare
  Merged merged;       // swap
  /// For refs/notes/mergeq: one for each of merged.members. JSON objects whose member `heads` names
  /// the heads that land; merge() reads them.
  std::vector<std::string> notes;
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
  /// The commits that `head` would bring: reachable from it and not from `trunk`, children before
  /// parents; its own first, none if it is on the trunk. Commits whose dates are wrong may let some
  /// in that the trunk has too, but never leave one out. too_large: there are more than `most`. One
  /// walk, over these commits and those of the trunk since the two parted.
  virtual Result<std::vector<CommitId>> own_commits(const CommitId& trunk, const CommitId& head,
                                                    std::size_t most) const = 0;
  /// Nothing for a commit without parents.
  virtual Result<std::optional<CommitId>> first_parent(const CommitId& commit) const = 0;
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
  /// footprint() with its reasons.
  virtual Result<FootprintReport> footprint_report(const CommitId& trunk, const CommitId& head,
                                                   const TargetRules& rules) const = 0;
  /// From now on, rules with `has_command` take their graphs from here. The calls that look at
  /// targets give `unavailable` while one is not there yet.
  virtual void use_outside_graphs(OutsideGraphs graphs) = 0;
  /// Hashes of targets that `to` has and `from` does not have (same target and same hash), and with
  /// the hash of no file those that are gone; ascending.
  virtual Result<std::vector<TargetHash>> new_targets(const TreeId& from, const TreeId& to,
                                                      const TargetRules& rules) const = 0;
  /// All targets of a tree with their content hashes, ascending.
  virtual Result<std::vector<TargetHash>> targets(const TreeId& tree,
                                                  const TargetRules& rules) const = 0;
  virtual Result<TargetList> target_list(const TreeId& tree, const TargetRules& rules) const = 0;

  /// Three-way merges of the members onto the base, by the method that will land them. Moves no
  /// ref; what it makes is in memory, for a while, until make_build_ref() or land() need it on
  /// disk. A member that is stacked on a head which landed by squash or rebase brings what it adds
  /// to that head, although it still has the head's own commits: the notes of the base's history
  /// tell what landed, and what merges onto the base without changing it is taken as landed too
  /// (vcs/landed_heads.h).
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
