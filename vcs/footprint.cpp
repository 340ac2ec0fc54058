// What a change touches: paths with renames and line ranges, then the targets behind them.
#include "scheduler/footprint.h"

#include <algorithm>
#include <map>
#include <set>

#include "vcs/affected.h"
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
    MERGEQ_TRY(const auto renames,
               find_renames(store_, {.changes = changes, .pairs_max = diff_pairs_max}));
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

/// Directories around deleted files that are none any more after the change, outermost only.
Result<std::vector<std::string>> gone_directories(ObjectStore& store,
                                                  const std::vector<FileChange>& changes,
                                                  const std::optional<Oid>& after) {
  std::set<std::string> gone;
  std::string_view last_directory = "/";  // those of neighbours in the list are mostly the same
  for (const FileChange& change : changes) {
    if (change.after) continue;
    const std::string_view path = change.path;
    if (directory_of(path) == last_directory) continue;
    last_directory = directory_of(path);
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
      const std::string directory(path.substr(0, slash));
      if (gone.contains(directory)) break;
      MERGEQ_TRY(const std::optional<TreeEntry> entry, store.entry(after, directory));
      if (entry && entry->is_tree()) continue;
      gone.insert(directory);
      break;
    }
  }
  return std::vector<std::string>(gone.begin(), gone.end());
}

/// What was found between two trees.
struct Found {
  Footprint footprint;
  Affected affected;
  std::vector<FileChange> changes;
  std::shared_ptr<const TreeHashes> before, after;
};

Result<Found> find(ObjectStore& store, TargetHasher& hasher, const std::optional<Oid>& base,
                   const Oid& head, const TargetRules& rules) {
  Found found;
  MERGEQ_TRY(found.changes, diff_trees(store, base, head));
  Footprint& footprint = found.footprint;
  MERGEQ_TRY(footprint.gone_directories, gone_directories(store, found.changes, head));
  MERGEQ_TRY(footprint.paths, Reader(store).read(found.changes));
  std::set<std::string> languages;
  for (const TouchedPath& path : footprint.paths) {
    footprint.lines_added += path.lines_added;
    footprint.lines_deleted += path.lines_deleted;
    if (!path.language.empty()) languages.insert(path.language);
  }
  footprint.languages.assign(languages.begin(), languages.end());
  MERGEQ_TRY(found.before, hasher.hashes(base, rules));
  MERGEQ_TRY(found.after, hasher.hashes(head, rules));
  MERGEQ_TRY(found.affected, affected(hasher, {found.before, found.after, found.changes, rules}));
  footprint.targets = found.affected.targets;
  footprint.global = !found.affected.why_global.empty();
  footprint.alters_build_graph = !found.affected.why_build_graph.empty();
  return found;
}

/// Of a head, since its merge base with the trunk.
Result<Found> find_since(ObjectStore& store, TargetHasher& hasher, const CommitId& trunk,
                         const CommitId& head, const TargetRules& rules) {
  MERGEQ_TRY(const CommitHandle trunk_commit, store.commit(trunk));
  MERGEQ_TRY(const CommitHandle head_commit, store.commit(head));
  MERGEQ_TRY(const std::optional<Oid> base,
             base_tree(store, Oid{*git_commit_id(trunk_commit.get())},
                       Oid{*git_commit_id(head_commit.get())}));
  return find(store, hasher, base, Oid{*git_commit_tree_id(head_commit.get())}, rules);
}

}  // namespace

Result<Footprint> LocalRepository::footprint(const CommitId& trunk, const CommitId& head,
                                             const TargetRules& rules) const {
  MERGEQ_TRY(Found found, find_since(store_, hasher_, trunk, head, rules));
  return std::move(found.footprint);
}

Result<Footprint> LocalRepository::difference(const CommitId& from, const CommitId& to,
                                              const TargetRules& rules) const {
  MERGEQ_TRY(const CommitHandle before, store_.commit(from));
  MERGEQ_TRY(const CommitHandle after, store_.commit(to));
  MERGEQ_TRY(Found found, find(store_, hasher_, Oid{*git_commit_tree_id(before.get())},
                               Oid{*git_commit_tree_id(after.get())}, rules));
  return std::move(found.footprint);
}

Result<FootprintReport> LocalRepository::footprint_report(const CommitId& trunk,
                                                          const CommitId& head,
                                                          const TargetRules& rules) const {
  MERGEQ_TRY(Found found, find_since(store_, hasher_, trunk, head, rules));
  FootprintReport report{.trunk = trunk,
                         .head = head,
                         .footprint = std::move(found.footprint),
                         .targets = {},
                         .why_global = std::move(found.affected.why_global),
                         .why_build_graph = std::move(found.affected.why_build_graph)};
  report.targets =
      reasons({found.before, found.after, found.changes, rules}, report.footprint.targets);
  return report;
}

}  // namespace mergeq::vcs
