// What a change touches: paths with renames and line ranges, then the targets behind them.
#include "scheduler/footprint.h"

#include <algorithm>
#include <map>
#include <set>

#include "vcs/commit_merge.h"
#include "vcs/languages.h"
#include "vcs/local_repository.h"
#include "vcs/renames.h"

namespace mergeq::vcs {
namespace {

// Beyond these a path has no line ranges and counts no lines: it stands for the whole file.
constexpr std::size_t line_file_bytes_max = 4U << 20U;
constexpr std::size_t line_total_bytes_max = 64U << 20U;

class Reader {
 public:
  explicit Reader(ObjectStore& store) : store_(store) {}

  Result<std::vector<TouchedPath>> read(const std::vector<FileChange>& changes) {
    MERGEQ_TRY(const auto renames, find_renames(store_, changes, nullptr, diff_pairs_max));
    std::map<std::string, std::string> from_of;
    std::set<std::string> gone;
    for (const Rename& rename : renames) {
      from_of[rename.to] = rename.from;
      gone.insert(rename.from);
    }
    std::map<std::string, const FileChange*> by_path;
    for (const FileChange& change : changes) by_path[change.path] = &change;
    std::vector<TouchedPath> touched;
    for (const FileChange& change : changes) {
      if (gone.contains(change.path)) continue;
      FileChange sides = change;
      TouchedPath path{
          .path = change.path, .renamed_from = {}, .language = language_of(change.path)};
      if (const auto from = from_of.find(change.path); from != from_of.end()) {
        path.renamed_from = from->second;
        sides.before = by_path.at(from->second)->before;
      }
      MERGEQ_DO(add_lines(sides, path));
      touched.push_back(std::move(path));
    }
    return touched;
  }

 private:
  Result<std::optional<std::string>> text_of(const std::optional<File>& file) {
    if (!file) return std::string();
    if (!file->is_regular()) return std::nullopt;
    MERGEQ_TRY(const std::size_t size, store_.blob_size(file->id));
    if (size > line_file_bytes_max || bytes_read_ + size > line_total_bytes_max) {
      return std::nullopt;
    }
    bytes_read_ += size;
    MERGEQ_TRY(std::string text, store_.blob(file->id));
    if (is_binary(text)) return std::nullopt;
    return text;
  }

  Result<> add_lines(const FileChange& change, TouchedPath& path) {
    if (change.before && change.after && change.before->id == change.after->id) return {};
    MERGEQ_TRY(const auto before, text_of(change.before));
    if (!before) return {};
    MERGEQ_TRY(const auto after, text_of(change.after));
    if (!after) return {};
    git_diff_options options = GIT_DIFF_OPTIONS_INIT;
    options.context_lines = 0;
    options.flags = GIT_DIFF_FORCE_TEXT;
    git_patch* made = nullptr;  // from buffers, so that no attributes of a work tree come in
    const int code = git_patch_from_buffers(&made, before->data(), before->size(), nullptr,
                                            after->data(), after->size(), nullptr, &options);
    if (code != 0) return git_failure(code, "the two sides of a file could not be compared");
    const PatchHandle patch(made);
    for (std::size_t i = 0; i < git_patch_num_hunks(made); ++i) {
      const git_diff_hunk* hunk = nullptr;
      git_patch_get_hunk(&hunk, nullptr, made, i);
      path.base_lines.push_back(range(hunk->old_start, hunk->old_lines));
      path.head_lines.push_back(range(hunk->new_start, hunk->new_lines));
      path.lines_deleted += static_cast<std::uint32_t>(hunk->old_lines);
      path.lines_added += static_cast<std::uint32_t>(hunk->new_lines);
    }
    return {};
  }
  static LineRange range(int first, int count) {
    return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(count)};
  }

  ObjectStore& store_;
  std::size_t bytes_read_ = 0;
};

Result<Footprint> footprint_of(ObjectStore& store, TargetHasher& hasher,
                               const std::vector<FileChange>& changes, const TargetRules& rules) {
  Footprint footprint;
  MERGEQ_TRY(footprint.paths, Reader(store).read(changes));
  std::set<std::string> languages;
  for (const TouchedPath& path : footprint.paths) {
    footprint.lines_added += path.lines_added;
    footprint.lines_deleted += path.lines_deleted;
    if (!path.language.empty()) languages.insert(path.language);
  }
  footprint.languages.assign(languages.begin(), languages.end());
  footprint.alters_build_graph =
      std::ranges::any_of(changes, [](const FileChange& c) { return is_manifest(c.path); });
  TargetHasher::Affected affected = hasher.affected(changes, rules);
  footprint.targets = std::move(affected.targets);
  footprint.global = affected.is_global;
  return footprint;
}

}  // namespace

Result<Footprint> LocalRepository::footprint(const CommitId& trunk, const CommitId& head,
                                             const TargetRules& rules) const {
  MERGEQ_TRY(const CommitHandle trunk_commit, store_.commit(trunk));
  MERGEQ_TRY(const CommitHandle head_commit, store_.commit(head));
  MERGEQ_TRY(const std::optional<Oid> base,
             base_tree(store_, Oid{*git_commit_id(trunk_commit.get())},
                       Oid{*git_commit_id(head_commit.get())}));
  MERGEQ_TRY(const auto changes,
             diff_trees(store_, base, Oid{*git_commit_tree_id(head_commit.get())}));
  return footprint_of(store_, hasher_, changes, rules);
}

Result<Footprint> LocalRepository::difference(const CommitId& from, const CommitId& to,
                                              const TargetRules& rules) const {
  MERGEQ_TRY(const CommitHandle before, store_.commit(from));
  MERGEQ_TRY(const CommitHandle after, store_.commit(to));
  MERGEQ_TRY(const auto changes, diff_trees(store_, Oid{*git_commit_tree_id(before.get())},
                                            Oid{*git_commit_tree_id(after.get())}));
  return footprint_of(store_, hasher_, changes, rules);
}

}  // namespace mergeq::vcs
