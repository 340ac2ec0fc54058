// Landing on a remote. The remote's trunk is looked at first and, whatever a push answers, again
// after it: an error says nothing about what happened. Notes and trunk move as one where the remote
// can do that, else the notes go first (docs/decisions/0012-notes-before-the-branch.md).
#include "vcs/mirror.h"
#include "vcs/names.h"

namespace mergeq::vcs {
namespace {

using Kind = PushAnswer::Kind;

}  // namespace

LandOutcome Mirror::land(const LandRequest& request, Sent& sent) {
  if (const LandOutcome wrong = repository_->check_landing(request);
      wrong.result != LandResult::unknown) {
    return wrong;
  }
  if (const Result<> seen = fetch_trunk_and_notes(request.branch, true); !seen) {
    return {sent == Sent::maybe ? LandResult::unknown : LandResult::refused, seen.error().message};
  }
  const LandOutcome before = repository_->outcome_after(request, "");
  if (before.result != LandResult::refused) return before;
  if (const Result<> noted = repository_->write_notes(request); !noted) {
    return {sent == Sent::maybe ? LandResult::unknown : LandResult::refused, noted.error().message};
  }
  const PushAnswer answer = push_landing(request);
  if (answer.kind == Kind::done) {
    // The remote has said so; should this fail, the next look at the trunk tells.
    (void)repository_->set_branch(request.branch, request.merged.commit);
    return {LandResult::landed, ""};
  }
  if (answer.kind == Kind::unknown) sent = Sent::maybe;
  if (const Result<> seen = fetch_trunk_and_notes(request.branch, true); !seen) {
    const bool is_over = sent == Sent::no && answer.kind == Kind::not_sent;
    return {is_over ? LandResult::refused : LandResult::unknown,
            answer.words + "; and reading it again: " + seen.error().message};
  }
  LandOutcome after = repository_->outcome_after(request, answer.words);
  if (after.result != LandResult::refused) return after;
  // Where it was. An attempt without an answer may still be under way on the remote: then only the
  // same commit may be tried again, never another one.
  if (answer.kind == Kind::refused) sent = Sent::no;
  if (sent == Sent::maybe) after.result = LandResult::unknown;
  return after;
}

/// Where the mirror, which has just asked the remote, has the ref; empty: nowhere.
Result<std::string> Mirror::ref_now(const std::string& ref) const {
  const Result<CommitId> at = repository_->resolve(ref);
  if (at) return at->hex;
  if (at.error().code == ErrorCode::not_found) return std::string();
  return tl::unexpected(at.error());
}

PushAnswer Mirror::push_landing(const LandRequest& request) {
  const Result<std::string> branch = branch_ref(request.branch);
  const Result<std::string> notes = ref_now(notes_ref);
  if (!branch || !notes) {
    return {.kind = Kind::not_sent,
            .words = !branch ? branch.error().message : notes.error().message};
  }
  const RefUpdate trunk{
      .ref = *branch, .to = request.merged.commit.hex, .expected = request.expected.hex};
  if (*notes == remote_notes_) return transport_.push({trunk});
  const RefUpdate noted{.ref = notes_ref, .to = *notes, .expected = remote_notes_};
  PushAnswer answer = transport_.push({noted, trunk});
  if (!answer.no_atomic) return answer;
  answer = transport_.push({noted});
  return answer.kind == Kind::done ? transport_.push({trunk}) : answer;
}

}  // namespace mergeq::vcs
