/// What a queue wants done. The shell carries effects out after the event that caused them is
/// durable; each outcome comes back as an event. Ids make repeating harmless.
#pragma once

#include <variant>

#include "scheduler/queue_state.h"

namespace mergeq {

namespace effect {

/// Find out what the change touches, predict it, compare it with its neighbours: ChangeAnalysed or
/// ChangeRefused.
struct Analyse {
  ChangeId change;
  std::uint32_t revision = 1;
  CommitId head;
  friend bool operator==(const Analyse&, const Analyse&) = default;
};
/// Merge the members in their order onto the base: PathMerged or PathConflicted.
struct MergePath {
  BuildId build;
  CommitId base;
  std::vector<Member> members;
  friend bool operator==(const MergePath&, const MergePath&) = default;
};
/// Run the checks that have no verdict yet: BuildStarted, then CheckReported or BuildFinished.
struct StartBuild {
  BuildId build;
  TreeId tree;
  CommitId commit;
  std::vector<CheckRun> checks;  // only those to be run
  friend bool operator==(const StartBuild&, const StartBuild&) = default;
};
/// Stop it; whatever it still reports no longer counts. Its ref may go.
struct CancelBuild {
  BuildId build;
  friend bool operator==(const CancelBuild&, const CancelBuild&) = default;
};
/// The build is over: its ref may go.
struct ForgetBuild {
  BuildId build;
  friend bool operator==(const ForgetBuild&, const ForgetBuild&) = default;
};
/// Merge the members onto the expected trunk, tell tree and new hashes: LandingPrepared or
/// LandingRefused.
struct PrepareLanding {
  LandingId landing;
  Trunk expected_trunk;
  std::vector<Member> members;
  friend bool operator==(const PrepareLanding&, const PrepareLanding&) = default;
};
/// Move the trunk by compare-and-swap from the expected commit to the members merged onto it, if
/// the resulting tree is the certified one; write the note: LandingDone or LandingRefused. An error
/// means "unknown": the ref is read again before anything is reported.
struct Land {
  LandingId landing;
  Trunk expected_trunk;
  std::vector<Member> members;
  Certificate certificate;
  friend bool operator==(const Land&, const Land&) = default;
};
/// See whether these pending changes still merge with the trunk: MergeBroken for each that does
/// not.
struct CheckMerge {
  CommitId trunk;
  std::vector<Member> changes;
  friend bool operator==(const CheckMerge&, const CheckMerge&) = default;
};
/// A change is not what it was (or is new): read model and stream want to know.
struct ChangeUpdated {
  ChangeId change;
  friend bool operator==(const ChangeUpdated&, const ChangeUpdated&) = default;
};
/// A build is not what it was. The value is handed over whole, since the queue forgets finished
/// builds.
struct BuildUpdated {
  Build build;
  friend bool operator==(const BuildUpdated&, const BuildUpdated&) = default;
};
/// Trunk, slots, policy or pause changed.
struct QueueUpdated {
  friend bool operator==(const QueueUpdated&, const QueueUpdated&) = default;
};
/// A line in a change's timeline.
struct Happened {
  ChangeId change;
  std::string kind;  // "enqueued", "pending", "build_requested", "build_passed", "landed", ...
  std::string text;  // a sentence for people
  BuildId build;     // 0: none
  friend bool operator==(const Happened&, const Happened&) = default;
};
/// The change is terminal and about to be forgotten by the core: its last, whole value.
struct ChangeClosed {
  Change change;
  friend bool operator==(const ChangeClosed&, const ChangeClosed&) = default;
};

}  // namespace effect

using Effect =
    std::variant<effect::Analyse, effect::MergePath, effect::StartBuild, effect::CancelBuild,
                 effect::ForgetBuild, effect::PrepareLanding, effect::Land, effect::CheckMerge,
                 effect::ChangeUpdated, effect::BuildUpdated, effect::QueueUpdated,
                 effect::Happened, effect::ChangeClosed>;

}  // namespace mergeq
