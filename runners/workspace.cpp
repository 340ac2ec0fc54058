#include "runners/workspace.h"

#include <filesystem>
#include <fstream>
#include <vector>

namespace mergeq::runners {
namespace {

namespace fs = std::filesystem;

/// Removes whatever is there without following links, also below directories that nobody may enter.
Result<> remove_all(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) return {};
  const auto options = fs::directory_options::skip_permission_denied;
  std::error_code walk_error;
  fs::permissions(path, fs::perms::owner_all, fs::perm_options::add | fs::perm_options::nofollow,
                  walk_error);
  for (fs::recursive_directory_iterator it(path, options, walk_error), end;
       !walk_error && it != end; it.increment(walk_error)) {
    std::error_code one;
    if (it->symlink_status(one).type() == fs::file_type::directory) {
      fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, one);
    }
  }
  fs::remove_all(path, error);
  if (error) return fail(ErrorCode::io, path + ": cannot be removed: " + error.message());
  return {};
}

/// A directory of its own, not a link to somewhere else that a build put in its place.
Result<> make_directory(const std::string& path) {
  std::error_code error;
  if (fs::symlink_status(path, error).type() != fs::file_type::directory) {
    if (auto removed = remove_all(path); !removed) return removed;
    fs::create_directories(path, error);
    if (error) return fail(ErrorCode::io, path + ": cannot be made: " + error.message());
  }
  return {};
}

Result<> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return fail(ErrorCode::io, path + ": cannot be written");
  return {};
}

}  // namespace

Result<std::string> objects_directory(const std::string& repository, const RunGit& git) {
  std::error_code error;
  if (!fs::is_directory(repository, error)) {
    return fail(ErrorCode::not_found,
                repository + ": no such directory, expected a git repository");
  }
  auto answer = vcs::run_git(
      {.arguments = {"rev-parse", "--git-path", "objects"}, .directory = repository}, git);
  if (!answer) return tl::unexpected(answer.error());
  while (!answer->empty() && answer->back() == '\n') answer->pop_back();
  const fs::path path = fs::canonical(fs::path(repository) / *answer, error);
  if (error) return fail(ErrorCode::io, repository + "/" + *answer + ": " + error.message());
  if (path.string().find('\n') != std::string::npos) {
    return fail(ErrorCode::invalid, repository + ": expected a path without line breaks");
  }
  return path.string();
}

Workspace::Workspace(std::string directory, std::string objects)
    : directory_(std::move(directory)),
      objects_(std::move(objects)),
      places_{.tree = directory_ + "/tree",
              .home = directory_ + "/home",
              .temporary = directory_ + "/tmp"} {}

/// Everything but the index is made anew, so that no build can leave a setting for the next.
Result<> Workspace::lay_out(const CommitId& commit) const {
  // The upper ones first: below a link that a build left in their place, everything is somebody
  // else's.
  for (const std::string& path : {directory_, places_.tree}) {
    if (auto made = make_directory(path); !made) return made;
  }
  const std::string git_directory = places_.tree + "/.git";
  for (const std::string& path : {places_.home, places_.temporary, git_directory}) {
    if (auto removed = remove_all(path); !removed) return removed;
  }
  for (const std::string& path : {places_.home, places_.temporary, git_directory + "/refs",
                                  git_directory + "/objects/info"}) {
    if (auto made = make_directory(path); !made) return made;
  }
  return write_file(git_directory + "/objects/info/alternates", objects_ + "\n")
      .and_then([&] {
        return write_file(git_directory + "/config",
                          "[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
      })
      .and_then([&] {
        return write_file(git_directory + "/HEAD",
                          commit ? commit.hex + "\n" : "ref: refs/heads/none\n");
      });
}

Result<> Workspace::checkout_once(const TreeId& tree, const CommitId& commit,
                                  const RunGit& git) const {
  if (auto laid_out = lay_out(commit); !laid_out) return laid_out;
  std::vector<std::string> environment = vcs::git_environment();
  environment.push_back("GIT_DIR=" + places_.tree + "/.git");
  environment.push_back("GIT_WORK_TREE=" + places_.tree);
  environment.push_back("GIT_INDEX_FILE=" + directory_ + "/index");
  std::error_code error;
  fs::remove(directory_ + "/index.lock", error);  // of a git that was killed
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"read-tree", "-u", "--reset", tree.hex},
        std::vector<std::string>{"clean", "-ffdxq"}}) {
    vcs::GitCall call{
        .arguments = arguments, .environment = environment, .directory = places_.tree};
    if (auto done = vcs::run_git(call, git); !done) {
      return tl::unexpected(done.error());
    }
  }
  fs::copy_file(directory_ + "/index", places_.tree + "/.git/index", error);
  if (error)
    return fail(ErrorCode::io, directory_ + "/index: cannot be copied: " + error.message());
  return {};
}

Result<> Workspace::checkout(const TreeId& tree, const CommitId& commit, const RunGit& git) const {
  auto done = checkout_once(tree, commit, git);
  if (done || done.error().code == ErrorCode::unavailable) return done;
  if (auto removed = remove_all(directory_); !removed) return removed;
  return checkout_once(tree, commit, git);
}

}  // namespace mergeq::runners
