#include "vcs/footprint.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "vcs/glob.h"
#include "vcs/renames.h"
#include "vcs/tree_diff.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t text_max = 4u << 20;  // larger files are not compared line by line

constexpr std::array<std::pair<std::string_view, std::string_view>, 42> languages{{
    {".java", "Java"},
    {".kt", "Kotlin"},
    {".kts", "Kotlin"},
    {".swift", "Swift"},
    {".py", "Python"},
    {".pyi", "Python"},
    {".go", "Go"},
    {".rs", "Rust"},
    {".c", "C"},
    {".h", "C"},
    {".cc", "C++"},
    {".cpp", "C++"},
    {".cxx", "C++"},
    {".hpp", "C++"},
    {".hh", "C++"},
    {".m", "Objective-C"},
    {".mm", "Objective-C"},
    {".js", "JavaScript"},
    {".mjs", "JavaScript"},
    {".jsx", "JavaScript"},
    {".ts", "TypeScript"},
    {".tsx", "TypeScript"},
    {".rb", "Ruby"},
    {".php", "PHP"},
    {".cs", "C#"},
    {".scala", "Scala"},
    {".groovy", "Groovy"},
    {".gradle", "Groovy"},
    {".sh", "Shell"},
    {".bash", "Shell"},
    {".sql", "SQL"},
    {".proto", "Protobuf"},
    {".bzl", "Starlark"},
    {".dart", "Dart"},
    {".ex", "Elixir"},
    {".exs", "Elixir"},
    {".hs", "Haskell"},
    {".lua", "Lua"},
    {".pl", "Perl"},
    {".r", "R"},
    {".clj", "Clojure"},
    {".cmake", "CMake"},
}};

/// Files that say what is built of what: whoever touches one alters the build graph.
const std::set<std::string_view> manifests{
    "BUILD",
    "BUILD.bazel",
    "WORKSPACE",
    "WORKSPACE.bazel",
    "MODULE.bazel",
    "MODULE.bazel.lock",
    ".bazelversion",
    ".bazelrc",
    "BUCK",
    "TARGETS",
    ".buckconfig",
    "build.gradle",
    "build.gradle.kts",
    "settings.gradle",
    "settings.gradle.kts",
    "gradle.properties",
    "libs.versions.toml",
    "gradle.lockfile",
    "pom.xml",
    "Package.swift",
    "Package.resolved",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain",
    "rust-toolchain.toml",
    "go.mod",
    "go.sum",
    "go.work",
    "go.work.sum",
    "package.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "yarn.lock",
    "lerna.json",
    "nx.json",
    "turbo.json",
    "tsconfig.base.json",
    "tsconfig.json",
    ".nvmrc",
    ".node-version",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "poetry.lock",
    "uv.lock",
    "Pipfile",
    "Pipfile.lock",
    ".python-version",
    "Gemfile",
    "Gemfile.lock",
    "CMakeLists.txt",
    "CMakePresets.json",
    "conanfile.txt",
    "conanfile.py",
    "vcpkg.json",
    "Makefile",
    "meson.build",
    "composer.json",
    "composer.lock",
    "mix.exs",
    "mix.lock",
    ".tool-versions",
    ".gitmodules",
    ".gitattributes",
};

std::string language_of(std::string_view path) {
  const std::string_view name = file_name_of(path);
  if (name == "CMakeLists.txt") return "CMake";
  if (name == "BUILD" || name == "BUILD.bazel" || name == "BUCK") return "Starlark";
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return "";
  const auto known =
      std::ranges::find(languages, name.substr(dot), [](const auto& row) { return row.first; });
  return known == languages.end() ? "" : std::string(known->second);
}

/// The text of a file, or nothing where lines mean nothing.
Result<std::optional<std::string>> text_of(ObjectStore& store, const std::optional<File>& file) {
  if (!file) return std::optional<std::string>("");
  if (!file->is_regular()) return std::optional<std::string>();
  MERGEQ_TRY(const std::size_t size, store.blob_size(file->id));
  if (size > text_max) return std::optional<std::string>();
  MERGEQ_TRY(std::string text, store.blob(file->id));
  if (is_binary(text)) return std::optional<std::string>();
  return std::optional<std::string>(std::move(text));
}

LineRange range(int start, int lines) {
  return {static_cast<std::uint32_t>(std::max(0, start)),
          static_cast<std::uint32_t>(std::max(0, lines))};
}

Result<> add_lines(TouchedPath& touched, const std::string& before, const std::string& after) {
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.context_lines = 0;
  git_patch* made = nullptr;
  const int code = git_patch_from_buffers(&made, before.data(), before.size(), nullptr,
                                          after.data(), after.size(), nullptr, &options);
  if (code != 0) return git_failure(code, touched.path + " could not be compared");
  const PatchHandle patch(made);
  for (std::size_t i = 0; i < git_patch_num_hunks(made); ++i) {
    const git_diff_hunk* hunk = nullptr;
    std::size_t lines = 0;
    if (git_patch_get_hunk(&hunk, &lines, made, i) != 0) continue;
    touched.base_lines.push_back(range(hunk->old_start, hunk->old_lines));
    touched.head_lines.push_back(range(hunk->new_start, hunk->new_lines));
    touched.lines_deleted += static_cast<std::uint32_t>(hunk->old_lines);
    touched.lines_added += static_cast<std::uint32_t>(hunk->new_lines);
  }
  return {};
}

Result<TouchedPath> touch(ObjectStore& store, std::string path, const std::optional<File>& before,
                          const std::optional<File>& after) {
  TouchedPath touched{.path = std::move(path)};
  touched.language = language_of(touched.path);
  MERGEQ_TRY(const std::optional<std::string> old_text, text_of(store, before));
  MERGEQ_TRY(const std::optional<std::string> new_text, text_of(store, after));
  if (old_text && new_text) MERGEQ_DO(add_lines(touched, *old_text, *new_text));
  return touched;
}

void sum_up(Footprint& f, const TargetRules& rules) {
  std::ranges::sort(f.paths, {}, &TouchedPath::path);
  std::set<std::string> seen;
  for (const TouchedPath& t : f.paths) {
    f.lines_added += t.lines_added;
    f.lines_deleted += t.lines_deleted;
    if (!t.language.empty()) seen.insert(t.language);
    for (const std::string& path : {t.path, t.renamed_from}) {
      if (path.empty()) continue;
      if (manifests.contains(file_name_of(path))) f.alters_build_graph = true;
      for (const std::string& glob : rules.global_paths) {
        if (glob_matches(glob, path)) f.global = true;
      }
    }
  }
  f.languages.assign(seen.begin(), seen.end());
}

}  // namespace

Result<Footprint> footprint_between(ObjectStore& store, TargetIndex& targets,
                                    const std::optional<Oid>& before,
                                    const std::optional<Oid>& after, const TargetRules& rules) {
  MERGEQ_TRY(const std::vector<FileChange> changes, diff_trees(store, before, after));
  MERGEQ_TRY(const std::vector<Rename> renames,
             find_renames(store, changes, nullptr, diff_pairs_max));
  std::map<std::string, std::string> came_from;
  std::set<std::string> moved_away;
  for (const Rename& r : renames) {
    came_from[r.to] = r.from;
    moved_away.insert(r.from);
  }
  std::map<std::string, const FileChange*> by_path;
  for (const FileChange& c : changes) by_path[c.path] = &c;

  Footprint footprint;
  for (const FileChange& c : changes) {
    if (!c.after && moved_away.contains(c.path)) continue;  // told with where it went
    const auto from = came_from.find(c.path);
    const bool renamed = from != came_from.end();
    const std::optional<File>& old = renamed ? by_path.at(from->second)->before : c.before;
    MERGEQ_TRY(TouchedPath touched, touch(store, c.path, old, c.after));
    if (renamed) touched.renamed_from = from->second;
    footprint.paths.push_back(std::move(touched));
  }
  sum_up(footprint, rules);
  MERGEQ_TRY(const std::vector<TargetHash> changed, targets.changed(before, after, rules));
  for (const TargetHash& t : changed) {
    if (footprint.targets.empty() || footprint.targets.back() != t.target) {
      footprint.targets.push_back(t.target);
    }
  }
  return footprint;
}

}  // namespace mergeq::vcs
