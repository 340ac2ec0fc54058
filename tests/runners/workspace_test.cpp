#include "runners/workspace.h"

#include <doctest/doctest.h>

#include <map>

#include "fixture.h"
#include "runners/supervised_process.h"
#include "scheduler/rng.h"

namespace mergeq::runners {
namespace {

namespace fs = std::filesystem;

/// git, run under a supervisor of this test's own.
class Git {
 public:
  explicit Git(const std::string& directory) : supervisor_(*install_supervisor(directory)) {}
  ProcessEnd operator()(const ProcessSpec& spec, std::string& output) const {
    auto process = SupervisedProcess::start(supervisor_, spec);
    REQUIRE(process.has_value());
    return process->wait([&](std::string_view text) { output += text; });
  }

 private:
  std::string supervisor_;
};

struct Slot {
  TemporaryFolder folder;
  TestRepository repository{folder / "repository.git"};
  Git git{folder / "bin"};
  Workspace workspace{folder / "slot-1", folder / "repository.git/objects"};

  void check_out(const TreeId& tree) {
    auto done = workspace.checkout(tree, repository.commit(tree), std::cref(git));
    REQUIRE_MESSAGE(done.has_value(), done.error().message);
  }
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> result;
    const fs::path root = workspace.places().tree;
    for (auto it = fs::recursive_directory_iterator(root); it != fs::end(it); ++it) {
      if (it->path() == root / ".git") {
        it.disable_recursion_pending();
      } else if (!it->is_directory()) {
        result[fs::relative(it->path(), root).string()] = contents(it->path().string());
      }
    }
    return result;
  }
  void in_tree(const std::string& script) const {
    run("cd '" + workspace.places().tree + "' && { " + script + "; }");
  }
};

}  // namespace

TEST_SUITE("workspace") {
  TEST_CASE("after a checkout the tree holds exactly the files of the tree, whatever was there") {
    // 30 random trees one after the other: each costs five processes of git, so fewer than
    // rapidcheck's hundred, whose smaller counterexamples would cost hundreds more.
    Slot slot;
    Rng rng(1);
    const std::vector<std::string> names = {"a", "b", "d", "d/x", "d/y", "d/e/z"};
    const std::vector<std::string> texts = {"", "1\n", "2\n", "\r\n", "\xff"};
    for (int i = 0; i < 30; ++i) {
      std::map<std::string, std::string> files;
      for (const std::string& name : names) {
        if (rng.chance(0.5)) files[name] = texts[rng.below(texts.size())];
      }
      if (files.contains("d")) {
        std::erase_if(files, [](const auto& file) { return file.first.starts_with("d/"); });
      }
      CAPTURE(i);
      slot.check_out(slot.repository.tree(files));
      CHECK(slot.files() == files);
    }
  }

  TEST_CASE("what a build changed, deleted, added or ignored is gone at the next checkout") {
    Slot slot;
    const std::map<std::string, std::string> files = {
        {"a", "a\n"}, {"b", "b\n"}, {"d/c", "c\n"}, {".gitignore", "*.o\n"}};
    const TreeId tree = slot.repository.tree(files);
    slot.check_out(tree);
    slot.in_tree(
        "echo other > a; rm b; echo x > new; echo o > x.o; rm -r d; echo d > d; git init -q sub; "
        "mkdir empty");
    slot.in_tree(
        "chmod 0 new; mkdir -p locked/deep; echo x > locked/deep/x; chmod 500 locked/deep locked");
    slot.check_out(tree);
    CHECK(slot.files() == files);
    CHECK_FALSE(fs::exists(slot.workspace.places().tree + "/empty"));
  }

  TEST_CASE("a build that swaps its workspace for a link makes no checkout follow it") {
    Slot slot;
    const TreeId tree = slot.repository.tree({{"a", "a\n"}});
    slot.check_out(tree);
    run("mkdir -p '" + (slot.folder / "victim/.git") + "' && echo keep > '" +
        (slot.folder / "victim/keep") + "'");
    slot.in_tree("cd .. && rm -rf tree home && ln -s ../victim tree && ln -s ../victim home");
    slot.check_out(tree);
    CHECK(slot.files() == std::map<std::string, std::string>{{"a", "a\n"}});
    CHECK(contents(slot.folder / "victim/keep") == "keep\n");
    CHECK(fs::exists(slot.folder / "victim/.git"));
  }

  TEST_CASE("settings, hooks and filters that a build leaves behind do not outlive it") {
    Slot slot;
    const std::string witness = slot.folder / "witness";
    const TreeId first =
        slot.repository.tree({{"a", "a\n"}, {".gitattributes", "* filter=evil\n"}});
    const TreeId second =
        slot.repository.tree({{"a", "b\n"}, {".gitattributes", "* filter=evil\n"}});
    slot.check_out(first);
    slot.in_tree("git config filter.evil.smudge 'touch " + witness +
                 "; cat'; git config core.fsmonitor 'touch " + witness +
                 "'; mkdir -p .git/hooks; printf '#!/bin/sh\\ntouch " + witness +
                 "\\n' > .git/hooks/post-index-change; chmod +x .git/hooks/post-index-change");
    slot.check_out(second);
    CHECK(contents(slot.workspace.places().tree + "/a") == "b\n");
    CHECK_FALSE(fs::exists(witness));
  }

  TEST_CASE("git works inside the workspace and sees no difference after a checkout") {
    Slot slot;
    const TreeId tree = slot.repository.tree({{"a", "a\n"}});
    slot.check_out(tree);
    slot.in_tree("git diff --exit-code && test -z \"$(git status --porcelain)\"");
    slot.in_tree("test \"$(git rev-parse 'HEAD^{tree}')\" = " + tree.hex);
  }

  TEST_CASE("the repository's refs, index and configuration stay byte for byte as they were") {
    Slot slot;
    const std::string work = slot.folder / "work";
    run("git init -q '" + work + "' && cd '" + work +
        "' && echo a > a && git add a && git -c user.name=t -c user.email=t@example.invalid commit "
        "-qm a"
        " && echo staged > s && git add s && echo dirty > a");
    const auto fingerprint = [&] {
      return run("cd '" + work +
                 "' && find . -type f -not -path './.git/objects/*' | sort | xargs sha1sum");
    };
    const std::string before = fingerprint();
    const auto objects = objects_directory(work, std::cref(slot.git));
    REQUIRE(objects.has_value());
    const Workspace workspace(slot.folder / "slot-2", *objects);
    const CommitId head{run("git -C '" + work + "' rev-parse HEAD")};
    const TreeId tree{run("git -C '" + work + "' rev-parse 'HEAD^{tree}'")};
    REQUIRE(workspace.checkout(tree, head, std::cref(slot.git)).has_value());
    CHECK(contents(workspace.places().tree + "/a") == "a\n");
    CHECK(fingerprint() == before);
  }

  TEST_CASE("a tree that the repository does not have is an error that says so") {
    Slot slot;
    const auto done = slot.workspace.checkout(TreeId{std::string(40, '1')},
                                              CommitId{std::string(40, '2')}, std::cref(slot.git));
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().message.find("git read-tree: exit code 128") != std::string::npos);
  }
}

}  // namespace mergeq::runners
