/// Merges and changed paths against git's and libgit2's, pair by pair in one run.
///
///     bench_vcs [--merges N] [REPOSITORY...]
///
/// Of each repository the newest N (1,000) merges of two parents in which both sides changed
/// something, newest last. Each is merged again by `vcs/` (as the service does: a process that
/// lives, what it makes stays in memory), by `git merge-tree --write-tree` as a process, and by
/// libgit2 (merge, then writing the tree, into memory too); then the paths that its second parent
/// changed are found by each. Where both are clean, tree ids are compared. Without a repository:
/// made ones of 1,000 to 100,000 files. Prints milliseconds and ratios.
#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>

#include "tests/vcs/test_repository.h"
#include "vcs/commit_merge.h"
#include "vcs/history.h"
#include "vcs/repository.h"
#include "vcs/tree_diff.h"

namespace mergeq::vcs {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_vcs: %s\n", why.c_str());
  std::exit(2);
}
template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message);
  return std::move(*result);
}

RepositoryHandle open_bare(const std::string& path) {
  git_repository* opened = nullptr;
  if (git_repository_open(&opened, path.c_str()) != 0) give_up(path + " is no repository");
  return RepositoryHandle(opened);
}

/// Milliseconds, one for each pair.
class Series {
 public:
  void measure(const std::function<void()>& work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    times_.push_back(took.count());
  }
  double quantile(double q) {
    std::ranges::sort(times_);
    return times_[static_cast<std::size_t>(q * static_cast<double>(times_.size() - 1))];
  }

 private:
  std::vector<double> times_;
};

/// The first line of what a program prints.
std::string first_line_of(const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe(ends) != 0) give_up("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ) != 0) {
    give_up("git cannot be started");
  }
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return text.substr(0, text.find('\n'));
}

struct Pair {
  Oid ours, theirs, base;
};

/// Newest merges last; only those of one merge base, none of whose three trees are equal.
std::vector<Pair> pairs_of(ObjectStore& store, std::size_t count) {
  git_revwalk* made = nullptr;
  if (git_revwalk_new(&made, store.repository()) != 0) give_up("no walk");
  const RevwalkHandle walk(made);
  git_revwalk_sorting(made, GIT_SORT_TIME);
  if (git_revwalk_push_head(made) != 0) give_up("HEAD leads to no commit");
  std::vector<Pair> pairs;
  for (Oid at; pairs.size() < count && git_revwalk_next(&at.raw, made) == 0;) {
    const auto links = must(store.links(at));
    if (links->parents.size() != 2) continue;
    const Pair pair{links->parents[0], links->parents[1], {}};
    const std::vector<Oid> bases = must(merge_bases(store, pair.ours, pair.theirs));
    if (bases.size() != 1) continue;
    const Oid base = must(tree_of_commit(store, bases[0]));
    const Oid ours = must(tree_of_commit(store, pair.ours));
    const Oid theirs = must(tree_of_commit(store, pair.theirs));
    if (base == ours || base == theirs || ours == theirs) continue;
    pairs.push_back({pair.ours, pair.theirs, bases[0]});
  }
  std::ranges::reverse(pairs);
  return pairs;
}

/// libgit2 alone, with an object database that writes to memory.
class Peer {
 public:
  explicit Peer(const std::string& path) : repository_(open_bare(path)) {
    git_odb* odb = nullptr;
    if (git_repository_odb(&odb, repository_.get()) != 0 || git_mempack_new(&memory_) != 0 ||
        git_odb_add_backend(odb, memory_, 999) != 0) {
      give_up("libgit2 takes no objects in memory");
    }
    git_odb_free(odb);
  }
  git_repository* get() const { return repository_.get(); }

  /// The tree's id, or nothing for a conflict.
  std::string merge(const Pair& pair) const {
    const CommitHandle ours = commit(pair.ours);
    const CommitHandle theirs = commit(pair.theirs);
    git_index* index = nullptr;
    git_merge_options options = GIT_MERGE_OPTIONS_INIT;
    if (git_merge_commits(&index, get(), ours.get(), theirs.get(), &options) != 0) return "failed";
    Oid tree;
    const bool is_clean = git_index_has_conflicts(index) == 0 &&
                          git_index_write_tree_to(&tree.raw, index, get()) == 0;
    git_index_free(index);
    git_mempack_reset(memory_);
    return is_clean ? tree.hex() : "";
  }
  std::size_t changed_paths(const Pair& pair) const {
    const TreeHandle before = tree(pair.base);
    const TreeHandle after = tree(pair.theirs);
    git_diff* diff = nullptr;
    if (git_diff_tree_to_tree(&diff, get(), before.get(), after.get(), nullptr) != 0) return 0;
    const std::size_t count = git_diff_num_deltas(diff);
    git_diff_free(diff);
    return count;
  }

 private:
  CommitHandle commit(const Oid& id) const {
    git_commit* found = nullptr;
    if (git_commit_lookup(&found, get(), &id.raw) != 0) give_up("a commit is missing");
    return CommitHandle(found);
  }
  TreeHandle tree(const Oid& of_commit) const {
    git_tree* found = nullptr;
    if (git_commit_tree(&found, commit(of_commit).get()) != 0) give_up("a tree is missing");
    return TreeHandle(found);
  }

  RepositoryHandle repository_;
  git_odb_backend* memory_ = nullptr;
};

void print_row(const char* what, std::map<std::string, Series>& series) {
  std::printf("  %s\n", what);
  for (auto& [name, times] : series) {
    std::printf("    %-28s P50 %9.3f  P95 %9.3f  P99 %9.3f ms", name.c_str(), times.quantile(0.5),
                times.quantile(0.95), times.quantile(0.99));
    if (name != series.begin()->first) {
      Series& ours = series.begin()->second;
      std::printf(
          "   mergeq is %.1f, %.1f, %.1f times faster", times.quantile(0.5) / ours.quantile(0.5),
          times.quantile(0.95) / ours.quantile(0.95), times.quantile(0.99) / ours.quantile(0.99));
    }
    std::printf("\n");
  }
}

std::size_t files_of(ObjectStore& store, const Oid& tree) {
  return must(diff_trees(store, std::nullopt, tree)).size();
}

void run(const std::string& path, std::size_t merges) {
  const RepositoryHandle repository = open_bare(path);
  ObjectStore store(repository.get());
  const Peer peer(path);
  const std::vector<Pair> pairs = pairs_of(store, merges);
  if (pairs.empty()) give_up(path + " has no merge of two parents that both changed something");
  const std::string git_dir = git_repository_path(repository.get());
  std::map<std::string, Series> merging;  // mergeq's sorts first: see the names
  std::map<std::string, Series> diffing;
  std::size_t clean = 0;
  std::size_t unlike_git = 0;
  std::size_t unlike_libgit2 = 0;
  for (const Pair& pair : pairs) {
    std::string ours, gits, libgit2s;
    merging["(mergeq)"].measure([&] {
      const auto merged = must(merge_commits(store, pair.ours, pair.theirs));
      ours = merged.conflicts.empty() ? merged.tree->hex() : "";
    });
    store.forget_old_objects();
    merging["git merge-tree (process)"].measure([&] {
      gits = first_line_of({"git", "--git-dir", git_dir, "merge-tree", "--write-tree",
                            "--no-messages", pair.ours.hex(), pair.theirs.hex()});
    });
    merging["libgit2, merge and tree"].measure([&] { libgit2s = peer.merge(pair); });
    clean += ours.empty() ? 0 : 1;
    unlike_git += !ours.empty() && ours != gits ? 1 : 0;
    unlike_libgit2 += ours != libgit2s ? 1 : 0;
    diffing["(mergeq)"].measure([&] {
      must(diff_trees(store, must(tree_of_commit(store, pair.base)),
                      must(tree_of_commit(store, pair.theirs))));
    });
    diffing["git diff --name-only (process)"].measure([&] {
      first_line_of({"git", "--git-dir", git_dir, "diff", "--name-only", "--no-renames",
                     pair.base.hex(), pair.theirs.hex()});
    });
    diffing["libgit2, tree diff"].measure([&] { peer.changed_paths(pair); });
  }
  std::printf(
      "%s: %zu files, %zu merges, %zu clean; trees unlike git's: %zu, unlike libgit2's: %zu\n",
      path.c_str(), files_of(store, must(tree_of_commit(store, pairs.back().ours))), pairs.size(),
      clean, unlike_git, unlike_libgit2);
  print_row("merge, verdict and tree id", merging);
  print_row("changed paths", diffing);
}

/// `files` files in directories of 100; changes of two files each, merged one by one.
void run_made(std::size_t files, std::size_t merges) {
  const auto name = [](std::size_t i) {
    return "area" + std::to_string(i / 10'000) + "/part" + std::to_string(i / 100) + "/file" +
           std::to_string(i);
  };
  test::TestRepository repository;
  test::Files all;
  for (std::size_t i = 0; i < files; ++i) all.emplace(name(i), "line\n" + std::to_string(i) + "\n");
  repository.commit("main", all);
  for (std::size_t i = 0; i < merges; ++i) {
    const std::string branch = "change" + std::to_string(i);
    const auto edit = [&](std::size_t at) {
      return std::pair<const std::string, test::FileState>(name(at * 7'919 % files), branch + "\n");
    };
    repository.commit(branch, {edit(2 * i), edit(2 * i + 1)});
    repository.commit("main", {edit(2 * i + files / 2)});
    repository.merge("main", branch);
  }
  run(repository.path(), merges);
}

}  // namespace
}  // namespace mergeq::vcs

int main(int argc, char** argv) {
  mergeq::vcs::start_libgit2();
  std::size_t merges = 1'000;
  std::vector<std::string> repositories;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--merges") == 0 && i + 1 < argc) {
      merges = std::strtoul(argv[++i], nullptr, 10);
    } else {
      repositories.emplace_back(argv[i]);
    }
  }
  for (const std::string& path : repositories) mergeq::vcs::run(path, merges);
  if (repositories.empty()) {
    for (const std::size_t files : {1'000, 10'000, 100'000}) mergeq::vcs::run_made(files, 50);
  }
}
