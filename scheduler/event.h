/// What happens to a queue. Everything that the core learns comes in as one of these, with its
/// time; the journal holds them, and replaying them gives the same state bit for bit.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "scheduler/queue_state.h"

namespace mergeq {

namespace event {

/// A proposal was accepted; the queue gives it the next ChangeId and asks for its analysis.
struct ChangeEnqueued {
  Proposal proposal;
  friend bool operator==(const ChangeEnqueued&, const ChangeEnqueued&) = default;
};
struct ChangeAnalysed {
  ChangeId change;
  std::uint32_t revision = 1;
  Footprint footprint;
  Prediction prediction;
  std::vector<ChangeId> textual;    // pending changes whose heads do not merge with it
  std::vector<ChangeId> needs;      // pending changes whose commits its head contains
  std::vector<ChangeId> needed_by;  // pending changes whose heads contain its commits
  friend bool operator==(const ChangeAnalysed&, const ChangeAnalysed&) = default;
};
/// Its analysis says that it can never land.
struct ChangeRefused {
  ChangeId change;
  std::uint32_t revision = 1;
  Reason reason = Reason::merge_conflict;
  std::string text;
  friend bool operator==(const ChangeRefused&, const ChangeRefused&) = default;
};
/// A new push: a new revision, at the same place; verdicts of the old one no longer count.
struct ChangeRevised {
  ChangeId change;
  CommitId head;
  std::optional<std::string> title;
  friend bool operator==(const ChangeRevised&, const ChangeRevised&) = default;
};
/// Withdrawn, by whom and why. No effect once it is landing or terminal.
struct ChangeCancelled {
  ChangeId change;
  Reason reason = Reason::withdrawn;
  std::string text;
  friend bool operator==(const ChangeCancelled&, const ChangeCancelled&) = default;
};
/// The tree of a build was made (effect MergePath).
struct PathMerged {
  BuildId build;
  TreeId tree;
  CommitId commit;
  std::vector<TargetHash> new_targets;  // that the base's tree does not have, ascending
  friend bool operator==(const PathMerged&, const PathMerged&) = default;
};
/// The members of a build do not merge on its base; without a culprit its tree could not be made
/// for another reason, which `paths` then says.
struct PathConflicted {
  BuildId build;
  ChangeId culprit;  // the member that could not be merged onto those before it
  std::vector<std::string> paths;
  friend bool operator==(const PathConflicted&, const PathConflicted&) = default;
};
struct BuildStarted {
  BuildId build;
  friend bool operator==(const BuildStarted&, const BuildStarted&) = default;
};
/// One check of a build was reported; the build ends when all have passed or one has not.
struct CheckReported {
  BuildId build;
  std::string check;
  Verdict verdict = Verdict::inconclusive;
  Inconclusive inconclusive = Inconclusive::none;
  std::string detail, url, reporter;
  friend bool operator==(const CheckReported&, const CheckReported&) = default;
};
/// The whole build was reported. `passed` counts for every check that was asked for.
struct BuildFinished {
  BuildId build;
  Verdict verdict = Verdict::inconclusive;
  Inconclusive inconclusive = Inconclusive::none;
  std::string check;  // failed: the one that did; empty if unknown
  std::string detail, url, reporter;
  friend bool operator==(const BuildFinished&, const BuildFinished&) = default;
};
/// What would land, and which of its target hashes the trunk does not have (effect PrepareLanding).
struct LandingPrepared {
  LandingId landing;
  TreeId tree;
  std::vector<TargetHash> new_targets;
  friend bool operator==(const LandingPrepared&, const LandingPrepared&) = default;
};
struct LandedMember {
  ChangeId change;
  CommitId commit;
  friend bool operator==(const LandedMember&, const LandedMember&) = default;
};
struct LandingDone {
  LandingId landing;
  std::vector<LandedMember> members;  // in landing order
  Trunk trunk;
  friend bool operator==(const LandingDone&, const LandingDone&) = default;
};
enum class Refusal {
  moved,     // the trunk is not where it was expected: TrunkMoved follows
  conflict,  // the members do not merge on the trunk
  mismatch,  // the merged tree is not the certified one
  refused,   // the repository or remote said no; try again later
};
struct LandingRefused {
  LandingId landing;
  Refusal refusal = Refusal::refused;
  std::string text;
  friend bool operator==(const LandingRefused&, const LandingRefused&) = default;
};
/// A pending change does not merge with the present trunk (effect CheckMerge); clean ones are
/// silent.
struct MergeBroken {
  ChangeId change;
  std::uint32_t revision = 1;
  CommitId trunk;
  std::vector<std::string> paths;
  friend bool operator==(const MergeBroken&, const MergeBroken&) = default;
};
/// Somebody else moved the trunk.
struct TrunkMoved {
  Trunk trunk;
  Footprint footprint;       // of the diff from the old trunk to the new
  bool fast_forward = true;  // false: history was rewritten, and nothing known about bases holds
  friend bool operator==(const TrunkMoved&, const TrunkMoved&) = default;
};
struct PolicyChanged {
  Policy policy;
  friend bool operator==(const PolicyChanged&, const PolicyChanged&) = default;
};
struct Paused {
  std::string why;
  friend bool operator==(const Paused&, const Paused&) = default;
};
struct Resumed {
  friend bool operator==(const Resumed&, const Resumed&) = default;
};
/// No build may start until BuildsReleased: the commit of this one could not be put where the
/// runner finds it, and the next would fare no better. It gives back its slot, and blames nobody.
struct BuildsHeld {
  BuildId build;
  std::string why;
  friend bool operator==(const BuildsHeld&, const BuildsHeld&) = default;
};
struct BuildsReleased {
  friend bool operator==(const BuildsReleased&, const BuildsReleased&) = default;
};
/// Time passed. Everything that depends on the clock alone happens here.
struct Tick {
  friend bool operator==(const Tick&, const Tick&) = default;
};

}  // namespace event

template <>
struct WireNames<event::Refusal> {
  static constexpr std::array table{
      std::pair{event::Refusal::moved, std::string_view("moved")},
      std::pair{event::Refusal::conflict, std::string_view("conflict")},
      std::pair{event::Refusal::mismatch, std::string_view("mismatch")},
      std::pair{event::Refusal::refused, std::string_view("refused")},
  };
};

struct Event {
  Instant at{};
  std::variant<event::ChangeEnqueued, event::ChangeAnalysed, event::ChangeRefused,
               event::ChangeRevised, event::ChangeCancelled, event::PathMerged,
               event::PathConflicted, event::BuildStarted, event::CheckReported,
               event::BuildFinished, event::LandingPrepared, event::LandingDone,
               event::LandingRefused, event::MergeBroken, event::TrunkMoved, event::PolicyChanged,
               event::Paused, event::Resumed, event::BuildsHeld, event::BuildsReleased, event::Tick>
      what;
  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace mergeq
