/// The notes of one landing against what the journal and the builds say (docs/certificate.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scheduler/event.h"
#include "storage/journal.h"
#include "vcs/repository.h"

namespace mergeq::cli {

class NoteCheck {
 public:
  /// What is wrong is added to `findings`, which must outlive this.
  NoteCheck(const std::string& queue, storage::Store& store, vcs::Repository& repository,
            std::vector<std::string>& findings)
      : queue_(queue), store_(store), repository_(repository), findings_(findings) {}

  /// `members` of one landing in their order; `tree` is that of the last one's commit, `before` the
  /// trunk's commit until then, if that is known. A member of which nothing was left has no commit
  /// of its own, and no note.
  void check(std::span<const event::LandedMember> members, const TreeId& tree,
             const std::optional<CommitId>& before);

 private:
  void check_one(const event::LandedMember& member, const nlohmann::json& note,
                 const std::string& last);
  void check_certificate(const CommitId& commit, const nlohmann::json& note, const TreeId& tree);
  void check_builds(const CommitId& commit, const nlohmann::json& note);
  std::string change_name(ChangeId change) const;

  const std::string& queue_;
  storage::Store& store_;
  vcs::Repository& repository_;
  std::vector<std::string>& findings_;
};

}  // namespace mergeq::cli
