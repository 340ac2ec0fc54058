#include "vcs/directory_renames.h"

namespace mergeq::vcs {
namespace {

/// By old place: how many files went to each new place.
using Votes = std::map<std::string, std::map<std::string, std::size_t>, std::less<>>;

void vote(const Rename& rename, const RemovedDirectories& removed, Votes& votes) {
  std::string_view from = directory_of(rename.from);
  std::string_view to = directory_of(rename.to);
  while (removed.contain(from)) {
    if (removed.with_additions.contains(from)) ++votes[std::string(from)][std::string(to)];
    if (from.empty() || to.empty() || file_name_of(from) != file_name_of(to)) return;
    from = directory_of(from);
    to = directory_of(to);
  }
}

}  // namespace

bool RemovedDirectories::contain(std::string_view path) const {
  if (roots.empty()) return false;
  for (std::string_view at = path; !at.empty(); at = directory_of(at)) {
    if (roots.contains(at)) return true;
  }
  return false;
}

DirectoryRenames find_directory_renames(const std::vector<Rename>& renames,
                                        const RemovedDirectories& removed) {
  Votes votes;
  for (const Rename& rename : renames) vote(rename, removed, votes);
  DirectoryRenames found;
  for (const auto& [from, places] : votes) {
    const std::string* best = nullptr;
    std::size_t most = 0;
    bool is_unclear = false;
    for (const auto& [to, count] : places) {
      is_unclear = count == most || (is_unclear && count < most);
      if (count <= most) continue;
      most = count;
      best = &to;
    }
    if (is_unclear) {
      found.unclear.push_back(from);
    } else {
      found.moved.emplace(from, *best);
    }
  }
  return found;
}

std::optional<std::string> moved_with_directory(std::string_view path,
                                                const DirectoryRenames& renames,
                                                const DirectoryRenames& own) {
  for (std::string_view at = directory_of(path); !at.empty(); at = directory_of(at)) {
    const auto found = renames.moved.find(at);
    if (found == renames.moved.end()) continue;
    if (own.moved.contains(found->second)) return std::nullopt;
    return join_path(found->second, path.substr(at.size() + 1));
  }
  return std::nullopt;
}

}  // namespace mergeq::vcs
