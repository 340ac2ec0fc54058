#include "vcs/landing.h"

namespace mergeq::vcs {
namespace {

constexpr const char* notes_ref = "refs/notes/mergeq";

using TransactionHandle = std::unique_ptr<git_transaction, Freeing<git_transaction_free>>;

std::string full_name(std::string_view branch) {
  return branch.starts_with("refs/") ? std::string(branch) : "refs/heads/" + std::string(branch);
}

Result<> write_notes(ObjectStore& store, const LandRequest& request, const git_signature* who) {
  for (std::size_t i = 0; i < request.notes.size() && i < request.merged.members.size(); ++i) {
    const auto commit = parse_oid(request.merged.members[i].commit.hex);
    if (!commit) return fail(ErrorCode::invalid, "a landed member without a commit");
    git_oid made{};
    const int code = git_note_create(&made, store.repository(), notes_ref, who, who, &commit->raw,
                                     request.notes[i].c_str(), 1);
    if (code != 0) return git_failure(code, std::string(notes_ref) + " could not be written");
  }
  return {};
}

/// Locks the ref, looks again, sets it. Nothing between looking and setting can come in between.
Result<> swap(ObjectStore& store, const LandRequest& request, const git_signature* who) {
  const std::string name = full_name(request.branch);
  git_transaction* made = nullptr;
  int code = git_transaction_new(&made, store.repository());
  if (code != 0) return git_failure(code, name);
  const TransactionHandle transaction(made);
  code = git_transaction_lock_ref(made, name.c_str());
  if (code != 0) return git_failure(code, name + " could not be locked");
  MERGEQ_TRY(const std::optional<CommitId> now, read_branch(store.repository(), request.branch));
  if (!now || *now != request.expected) {
    return fail(ErrorCode::conflict, name + " is not where it was expected");
  }
  const auto target = parse_oid(request.merged.commit.hex);
  if (!target) return fail(ErrorCode::invalid, "nothing to land");
  const std::string log = "mergeq: land " + std::to_string(request.merged.members.size()) +
                          (request.merged.members.size() == 1 ? " change" : " changes");
  code = git_transaction_set_target(made, name.c_str(), &target->raw, who, log.c_str());
  if (code == 0) code = git_transaction_commit(made);
  if (code != 0) return git_failure(code, name + " could not be moved");
  return {};
}

}  // namespace

Result<std::optional<CommitId>> read_branch(git_repository* repository, std::string_view branch) {
  Oid id;
  const std::string name = full_name(branch);
  const int code = git_reference_name_to_id(&id.raw, repository, name.c_str());
  if (code == GIT_ENOTFOUND) return std::optional<CommitId>();
  if (code != 0) return git_failure(code, name);
  return std::optional<CommitId>(CommitId{id.hex()});
}

LandOutcome land(ObjectStore& store, const LandRequest& request) {
  std::string text;
  if (auto who = signature_of(request.committer, request.at); !who) {
    text = who.error().message;
  } else if (auto noted = write_notes(store, request, who->get()); !noted) {
    text = noted.error().message;
  } else if (auto swapped = swap(store, request, who->get()); !swapped) {
    text = swapped.error().message;
  }
  // Whatever was returned: the branch itself says what happened.
  const auto now = read_branch(store.repository(), request.branch);
  if (!now) return {LandResult::unknown, now.error().message};
  if (!*now) return {LandResult::moved, "the branch is gone"};
  if (**now == request.merged.commit) return {LandResult::landed, ""};
  if (**now != request.expected) return {LandResult::moved, "somebody else moved the branch"};
  return {LandResult::refused, text.empty() ? "the branch did not move" : text};
}

Result<std::optional<std::string>> read_note(ObjectStore& store, const CommitId& commit) {
  const auto id = parse_oid(commit.hex);
  if (!id) return std::optional<std::string>();
  git_note* made = nullptr;
  const int code = git_note_read(&made, store.repository(), notes_ref, &id->raw);
  if (code == GIT_ENOTFOUND) return std::optional<std::string>();
  if (code != 0) return git_failure(code, std::string(notes_ref) + " could not be read");
  const NoteHandle note(made);
  return std::optional<std::string>(git_note_message(made));
}

}  // namespace mergeq::vcs
