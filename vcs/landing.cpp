// The only place that moves a trunk. Notes first, then the compare-and-swap of the ref: a crash in
// between leaves notes on commits that nobody reaches (git notes prune), never a landing without
// one.
#include <set>

#include "vcs/commit_merge.h"
#include "vcs/landed_heads.h"
#include "vcs/local_repository.h"
#include "vcs/names.h"
#include "vcs/tree_edit.h"

namespace mergeq::vcs {
namespace {

constexpr int note_attempts_max = 20;  // when other queues of the repository write notes as well

/// The tip of the notes, or nothing when there is none yet.
Result<std::optional<Oid>> notes_tip(git_repository* git) {
  Oid tip;
  const int code = git_reference_name_to_id(&tip.raw, git, notes_ref);
  if (code == GIT_ENOTFOUND) return std::nullopt;
  if (code != 0) return git_failure(code, "refs/notes/mergeq");
  return tip;
}

/// `from` is where the ref must be: nothing, or that commit. EMODIFIED, EEXISTS or ENOTFOUND when
/// it is not, ELOCKED when somebody else writes it.
int swap_ref(git_repository* git, const char* ref, const std::optional<Oid>& from, const Oid& to,
             const std::string& log) {
  git_reference* made = nullptr;
  const int code =
      from ? git_reference_create_matching(&made, git, ref, &to.raw, 1, &from->raw, log.c_str())
           : git_reference_create(&made, git, ref, &to.raw, 0, log.c_str());
  git_reference_free(made);
  return code;
}

Result<TreeEdits> note_edits(ObjectStore& store, const LandRequest& request) {
  const std::vector<event::LandedMember>& members = request.merged.members;
  if (request.notes.size() != members.size()) {
    return fail(ErrorCode::invalid, "expected a note for each of " +
                                        std::to_string(members.size()) + " members, got " +
                                        std::to_string(request.notes.size()));
  }
  TreeEdits edits;
  std::set<std::string> noted{request.expected.hex};  // what was there before has its own note
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string& hex = members[i].commit.hex;
    if (!noted.insert(hex).second) continue;  // a member without a commit of its own
    MERGEQ_TRY(const Oid blob, store.write_blob(request.notes[i]));
    edits.set_file(hex, std::nullopt);  // git may have laid them out otherwise
    edits.set_file(hex.substr(0, 2) + '/' + hex.substr(2, 2) + '/' + hex.substr(4), std::nullopt);
    edits.set_file(hex.substr(0, 2) + '/' + hex.substr(2), File{GIT_FILEMODE_BLOB, blob});
  }
  return edits;
}

}  // namespace

Result<> LocalRepository::write_notes(const LandRequest& request) {
  MERGEQ_TRY(const SignatureHandle committer, signature_of(request.committer, request.at));
  MERGEQ_TRY(const TreeEdits edits, note_edits(store_, request));
  for (int attempt = 0; attempt < note_attempts_max; ++attempt) {
    MERGEQ_TRY(const std::optional<Oid> tip, notes_tip(git()));
    std::optional<Oid> before;
    CommitContent content{.author = committer.get(), .committer = committer.get()};
    content.message = "mergeq: certificates\n";
    if (tip) {
      MERGEQ_TRY(before, tree_of_commit(store_, *tip));
      content.parents = {*tip};
    }
    MERGEQ_TRY(const TreeEdits::Written written, edits.apply(store_, before));
    if (before == written.tree) return {};
    content.tree = written.tree;
    MERGEQ_TRY(const Oid commit, write_commit(store_, content));
    MERGEQ_DO(store_.persist(commit));
    const int code = swap_ref(git(), notes_ref, tip, commit, "mergeq: certificates");
    if (code == 0) return {};
    const bool was_overtaken = code == GIT_EMODIFIED || code == GIT_EEXISTS ||
                               code == GIT_ENOTFOUND || code == GIT_ELOCKED;
    if (!was_overtaken) return git_failure(code, "refs/notes/mergeq could not be written");
  }
  return fail(ErrorCode::unavailable,
              "refs/notes/mergeq could not be written: it is locked or moves all the time");
}

LandOutcome LocalRepository::outcome_after(const LandRequest& request,
                                           const std::string& refusal) const {
  const Result<std::optional<CommitId>> tip = branch_tip(request.branch);
  if (!tip)
    return {LandResult::unknown, refusal + "; and reading it again: " + tip.error().message};
  if (!*tip) return {LandResult::moved, "branch " + shown(request.branch) + " does not exist"};
  const Result<bool> is_in = is_ancestor(request.merged.commit, **tip);
  if (!is_in) return {LandResult::unknown, refusal + "; and then: " + is_in.error().message};
  if (*is_in) return {LandResult::landed, ""};
  if (**tip != request.expected) {
    return {LandResult::moved, "branch " + shown(request.branch) + " is at " + (*tip)->hex +
                                   ", expected " + request.expected.hex};
  }
  return {LandResult::refused, refusal};
}

LandOutcome LocalRepository::check_landing(const LandRequest& request) const {
  const Result<std::string> ref = branch_ref(request.branch);
  if (!ref) return {LandResult::refused, ref.error().message};
  const Result<TreeId> tree = tree_of(request.merged.commit);
  if (!tree) return {LandResult::refused, tree.error().message};
  if (*tree != request.merged.tree) {
    return {LandResult::refused, "commit " + request.merged.commit.hex + " has the tree " +
                                     tree->hex + ", expected " + request.merged.tree.hex};
  }
  const Result<bool> is_forward = is_ancestor(request.expected, request.merged.commit);
  if (!is_forward) return {LandResult::refused, is_forward.error().message};
  if (!*is_forward) {
    return {LandResult::refused, "commit " + request.merged.commit.hex + " does not descend from " +
                                     request.expected.hex + ": a branch is never moved back"};
  }
  return {};
}

Result<> LocalRepository::keep_landing(const CommitId& commit) {
  return set_ref("refs/mergeq/landing", commit);
}

Result<> LocalRepository::set_branch(std::string_view branch, const CommitId& commit) {
  MERGEQ_TRY(const std::string ref, branch_ref(branch));
  return set_ref(ref, commit);
}

Result<> LocalRepository::set_ref(const std::string& ref, const CommitId& commit) {
  const std::optional<Oid> id = parse_oid(commit.hex);
  if (!id) return fail(ErrorCode::invalid, "expected a commit id of 40 hexadecimal digits");
  MERGEQ_DO(store_.persist(*id));
  git_reference* made = nullptr;
  const int code = git_reference_create(&made, git(), ref.c_str(), &id->raw, 1, "mergeq: set");
  git_reference_free(made);
  if (code != 0) return git_failure(code, "ref " + shown(ref) + " could not be set");
  return {};
}

Result<> LocalRepository::drop_branch(std::string_view branch) {
  MERGEQ_TRY(const std::string ref, branch_ref(branch));
  const int code = git_reference_remove(git(), ref.c_str());
  if (code != 0 && code != GIT_ENOTFOUND) {
    return git_failure(code, "ref " + shown(ref) + " could not be removed");
  }
  return {};
}

LandOutcome LocalRepository::land(const LandRequest& request) {
  if (const LandOutcome wrong = check_landing(request); wrong.result != LandResult::unknown) {
    return wrong;
  }
  const LandOutcome before = outcome_after(request, "");
  if (before.result == LandResult::moved || before.result == LandResult::unknown) return before;
  if (const Result<> kept = store_.persist(*parse_oid(request.merged.commit.hex)); !kept) {
    return {LandResult::refused, kept.error().message};
  }
  if (const Result<> noted = write_notes(request); !noted) {
    if (before.result == LandResult::landed) return {LandResult::landed, noted.error().message};
    return {LandResult::refused, noted.error().message};
  }
  if (before.result == LandResult::landed) return before;

  const Identity& committer = request.committer;
  git_repository_set_ident(git(), committer.name.empty() ? "mergeq" : committer.name.c_str(),
                           committer.email.empty() ? "mergeq@localhost" : committer.email.c_str());
  std::string log = "mergeq: land";
  for (const event::LandedMember& member : request.merged.members) {
    log += " " + std::to_string(member.change.value);
  }
  const std::string ref = "refs/heads/" + request.branch;
  const int code = swap_ref(git(), ref.c_str(), parse_oid(request.expected.hex),
                            *parse_oid(request.merged.commit.hex), log);
  if (code == 0) return {LandResult::landed, ""};
  return outcome_after(
      request,
      git_failure(code, "branch " + shown(request.branch) + " could not be moved").value().message);
}

Result<std::optional<std::string>> LocalRepository::note(const CommitId& commit) const {
  const std::optional<Oid> id = parse_oid(commit.hex);
  if (!id) return fail(ErrorCode::invalid, "expected a commit id of 40 hexadecimal digits");
  git_note* found = nullptr;
  const int code = git_note_read(&found, git(), notes_ref, &id->raw);
  if (code == GIT_ENOTFOUND) return std::nullopt;
  if (code != 0) return git_failure(code, "the note of " + commit.hex);
  const NoteHandle handle(found);
  return std::string(git_note_message(found));
}

}  // namespace mergeq::vcs
