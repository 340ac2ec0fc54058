/// A real repository in a temporary folder, made by the `git` program without the user's
/// configuration. For the tests of every folder: no libgit2 in here.
///
///     TestRepository repository;                            // bare, trunk "main", one commit
///     repository.commit("a", {{"lib/x.txt", "new\n"}});     // branch "a" off main, and its commit
///     repository.commit("a", {{"gone.txt", removed}});      // one more on top of it
#pragma once

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mergeq::test {

struct FileState {
  FileState(const char* text) : content(text) {}             // NOLINT: meant to be written as text
  FileState(std::string text) : content(std::move(text)) {}  // NOLINT
  FileState(std::string text, std::string git_mode)
      : content(std::move(text)), mode(std::move(git_mode)) {}

  std::string content;          // of a symbolic link its target, of a submodule its commit id
  std::string mode = "100644";  // as git writes it: 100755, 120000, 160000; "0": the path goes
};
inline const FileState removed("", "0");
inline FileState executable(std::string content) { return {std::move(content), "100755"}; }
inline FileState symlink_to(std::string target) { return {std::move(target), "120000"}; }
inline FileState submodule_at(std::string commit) { return {std::move(commit), "160000"}; }

using Files = std::map<std::string, FileState>;

class TestRepository {
 public:
  enum class Kind { bare, with_work_tree };

  explicit TestRepository(Kind kind = Kind::bare) {
    std::string folder = (temporary_place() / "mergeq-test-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    path_ = folder_ / "repository";
    run("git init -q -b main " + std::string(kind == Kind::bare ? "--bare " : "") + quoted(path_));
    git_dir_ = kind == Kind::bare ? path_ : path_ / ".git";
    commit("main", {{"README.md", "a repository for tests\n"}});
    if (kind == Kind::with_work_tree) {
      run("git -C " + quoted(path_) + " reset -q --hard main");
    }
  }
  /// Takes all branches of a bundle, over those of the same name.
  void import_bundle(const std::filesystem::path& bundle) {
    git("fetch -q --update-head-ok " + quoted(bundle) + " '+refs/heads/*:refs/heads/*'");
  }
  TestRepository(const TestRepository&) = delete;
  TestRepository& operator=(const TestRepository&) = delete;
  ~TestRepository() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string path() const { return path_.string(); }
  std::filesystem::path folder() const { return folder_; }  // for more files of the test

  /// A commit on top of `branch` (made off main if it is new), with these files changed. Gives its
  /// id.
  std::string commit(const std::string& branch, const Files& files,
                     const std::string& message = "") {
    const std::string text = message.empty() ? branch : message;
    const std::optional<std::string> own = tip(branch);
    const std::optional<std::string> parent = own ? own : tip("main");
    std::string stream = "commit refs/heads/" + branch + "\nmark :1\ncommitter A Tester " +
                         "<tester@example.invalid> " + next_date() + "\ndata " +
                         std::to_string(text.size()) + "\n" + text + "\n";
    if (parent) stream += "from " + *parent + "\n";
    for (const auto& [path, file] : files) {
      if (file.mode == "0") {
        stream += "D " + path + "\n";
      } else if (file.mode == "160000") {
        stream += "M 160000 " + file.content + " " + path + "\n";
      } else {
        stream += "M " + file.mode + " inline " + path + "\ndata " +
                  std::to_string(file.content.size()) + "\n" + file.content + "\n";
      }
    }
    return git("-c fastimport.unpackLimit=1 fast-import --quiet --force < " +
               quoted(write_file(stream + "\nget-mark :1\n")));
  }
  /// Points `branch` at a commit or branch, made if it is new.
  void branch(const std::string& branch, const std::string& at) {
    git("update-ref " + quoted("refs/heads/" + branch) + " " +
        git("rev-parse --verify " + quoted(at + "^{commit}")));
  }
  void delete_branch(const std::string& branch) {
    git("update-ref -d " + quoted("refs/heads/" + branch));
  }
  /// Merges `other` into `branch`; the merge must be clean. Gives the merge's id.
  std::string merge(const std::string& branch, const std::string& other) {
    const std::string tree = git("merge-tree --write-tree " + quoted(branch) + " " + quoted(other));
    return commit_of_tree(branch, tree, {*tip(branch), git("rev-parse " + quoted(other))});
  }
  /// A commit on `branch` with any tree and any parents.
  std::string commit_of_tree(const std::string& branch, const std::string& tree,
                             const std::vector<std::string>& parents) {
    const std::string id = commit_tree(tree, parents, branch);
    git("update-ref " + quoted("refs/heads/" + branch) + " " + id);
    return id;
  }

  std::optional<std::string> tip(const std::string& branch) const {
    const auto [code, text] = try_git("rev-parse -q --verify " + quoted("refs/heads/" + branch));
    return code == 0 ? std::optional(text) : std::nullopt;
  }
  std::string tree(const std::string& revision) const {
    return git("rev-parse " + quoted(revision + "^{tree}"));
  }
  std::optional<std::string> read(const std::string& revision, const std::string& path) const {
    const std::string name = quoted(revision + ":" + path);
    if (try_git("cat-file -e " + name).code != 0) return std::nullopt;
    return run_for_output(command("cat-file blob " + name)).text;
  }

  struct Output {
    int code = 0;
    std::string text;
  };
  /// `git <arguments>` in the repository, as a shell takes it; without the last newline.
  Output try_git(const std::string& arguments) const {
    Output output = run_for_output(command(arguments) + " 2>/dev/null");
    while (output.text.ends_with('\n')) output.text.pop_back();
    return output;
  }
  /// The same where it must succeed; ends the test program if it does not.
  std::string git(const std::string& arguments) const {
    Output output = run_for_output(command(arguments));
    if (output.code != 0) {
      std::fprintf(stderr, "git %s: exit code %d\n%s\n", arguments.c_str(), output.code,
                   output.text.c_str());
      std::abort();
    }
    while (output.text.ends_with('\n')) output.text.pop_back();
    return output.text;
  }

  static std::string quoted(const std::string& argument) {
    std::string text = "'";
    for (const char c : argument) c == '\'' ? text.append("'\\''") : text.append(1, c);
    return text + "'";
  }
  /// What stands before a command so that nothing of the user's git reaches it.
  static std::string hermetic_environment() {
    return "env -u GIT_DIR -u GIT_WORK_TREE -u GIT_INDEX_FILE GIT_CONFIG_NOSYSTEM=1 "
           "GIT_CONFIG_GLOBAL=/dev/null HOME=/nonexistent XDG_CONFIG_HOME=/nonexistent "
           "GIT_TERMINAL_PROMPT=0 LC_ALL=C TZ=UTC ";
  }

 private:
  /// In memory where there is room, since git and mergeq sync each object to disk.
  static std::filesystem::path temporary_place() {
    const std::filesystem::path memory = "/dev/shm";
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(memory, error);
    const bool is_roomy =
        !error && space.available > (512U << 20U) && access("/dev/shm", W_OK) == 0;
    return is_roomy && std::getenv("TMPDIR") == nullptr ? memory
                                                        : std::filesystem::temp_directory_path();
  }
  std::string command(const std::string& arguments) const {
    return hermetic_environment() + "git --git-dir=" + quoted(git_dir_) + " " + arguments;
  }
  static void run(const std::string& arguments) {
    if (run_for_output(hermetic_environment() + arguments).code != 0) std::abort();
  }
  static Output run_for_output(const std::string& command) {
    Output output;
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) std::abort();
    std::array<char, 4096> buffer{};
    std::size_t size = 0;
    while ((size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
      output.text.append(buffer.data(), size);
    }
    output.code = pclose(pipe);
    return output;
  }

  std::string write_file(const std::string& content) const {
    const std::filesystem::path file = folder_ / "content";
    std::ofstream(file, std::ios::binary) << content;
    return file.string();
  }
  std::string next_date() { return std::to_string(1'700'000'000 + 60 * ++commits_) + " +0000"; }
  /// Each commit is a minute younger than the one before it.
  std::string commit_tree(const std::string& tree, const std::vector<std::string>& parents,
                          const std::string& message) {
    const std::string date = next_date();
    std::string arguments = "commit-tree " + tree;
    for (const std::string& parent : parents) arguments += " -p " + parent;
    const std::string file = write_file(message);
    const Output output =
        run_for_output(hermetic_environment() +
                       "GIT_AUTHOR_NAME='A Tester' GIT_AUTHOR_EMAIL=tester@example.invalid " +
                       "GIT_COMMITTER_NAME='A Tester' GIT_COMMITTER_EMAIL=tester@example.invalid "
                       "GIT_AUTHOR_DATE=" +
                       quoted(date) + " GIT_COMMITTER_DATE=" + quoted(date) + " git --git-dir=" +
                       quoted(git_dir_) + " " + arguments + " -F " + quoted(file));
    if (output.code != 0) std::abort();
    return output.text.substr(0, 40);
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
  std::filesystem::path git_dir_;
  int commits_ = 0;
};

}  // namespace mergeq::test
