#include "fixture.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace mergeq::runners {
namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "mergeq-runners-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

std::string run(const std::string& shell_command) {
  FILE* pipe = popen(shell_command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t length = fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), length);
  }
  CHECK_MESSAGE(pclose(pipe) == 0, shell_command);
  if (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

bool soon(const std::function<bool()>& condition, Duration patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // Through the stream and not its buffer: a process may be gone by now, and the buffer would
  // throw.
  std::string text;
  char chunk[4096];
  while (file.read(chunk, sizeof chunk) || file.gcount() > 0) {
    text.append(chunk, static_cast<std::size_t>(file.gcount()));
  }
  return text;
}

std::vector<int> processes_with(const std::string& text) {
  std::vector<int> result;
  std::error_code error;
  for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (contents(it->path() / "cmdline").find(text) != std::string::npos)
      result.push_back(std::stoi(name));
  }
  return result;
}

TestRepository::TestRepository(const std::string& path) : path_(path) {
  run("git init -q --bare '" + path + "'");
}

std::string TestRepository::git(const std::string& arguments) const {
  return run("GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git --git-dir='" + path_ +
             "' -c user.name=test -c user.email=test@example.invalid " + arguments);
}

TreeId TestRepository::tree(const std::map<std::string, std::string>& files) {
  TemporaryFolder staging;
  for (const auto& [name, text] : files) {
    const fs::path file = staging / ("tree/" + name);
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    if (text.starts_with("#!")) fs::permissions(file, fs::perms::owner_all, fs::perm_options::add);
  }
  fs::create_directories(staging / "tree");
  const std::string index = "GIT_INDEX_FILE='" + (staging / "index") + "' git --git-dir='" + path_ +
                            "' --work-tree='" + (staging / "tree") + "' ";
  run(index + "add -A . 2>/dev/null");
  return TreeId{run(index + "write-tree")};
}

CommitId TestRepository::commit(const TreeId& tree) {
  return CommitId{git("commit-tree -m commit " + tree.hex)};
}

LocalRunnerFixture::LocalRunnerFixture(const std::function<void(LocalRunnerOptions&)>& adjust)
    : repository(folder / "repository.git") {
  options.repository = repository.path();
  options.work_directory = folder / "work";
  options.log_directory = folder / "logs";
  options.kill_grace = std::chrono::milliseconds{300};
  if (adjust) adjust(options);
  restart();
}

LocalRunnerFixture::~LocalRunnerFixture() { runner.reset(); }

void LocalRunnerFixture::restart() {
  runner.reset();
  auto made = make_local_runner(options, [this](Report report) {
    const std::lock_guard lock(mutex_);
    if (report.kind == Report::Kind::started) {
      ++started_[report.build];
    } else {
      CHECK_MESSAGE(!finished_.contains(report.build), "a build was reported twice");
      finished_[report.build] = std::move(report);
    }
    changed_.notify_all();
  });
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  runner = std::move(*made);
}

BuildRequest LocalRunnerFixture::request(std::vector<std::vector<std::string>> commands,
                                         const std::map<std::string, std::string>& files) {
  BuildRequest result;
  result.id = BuildId{next_build_++};
  result.name = "main-" + std::to_string(result.id.value);
  result.tree = repository.tree(files);
  result.commit = repository.commit(result.tree);
  for (std::vector<std::string>& command : commands) {
    result.checks.push_back({.name = "check-" + std::to_string(result.checks.size() + 1),
                             .command = std::move(command),
                             .targets = {}});
  }
  return result;
}

BuildId LocalRunnerFixture::build(const BuildRequest& request) {
  runner->start(request);
  return request.id;
}

Report LocalRunnerFixture::result(BuildId id, Duration patience) {
  std::unique_lock lock(mutex_);
  REQUIRE(changed_.wait_for(lock, patience, [&] { return finished_.contains(id); }));
  CHECK(started_[id] == 1);
  return finished_[id];
}

std::optional<Report> LocalRunnerFixture::result_so_far(BuildId id) {
  const std::lock_guard lock(mutex_);
  const auto found = finished_.find(id);
  return found == finished_.end() ? std::nullopt : std::optional(found->second);
}

bool LocalRunnerFixture::has_started(BuildId id) {
  const std::lock_guard lock(mutex_);
  return started_.contains(id);
}

std::string LocalRunnerFixture::log_path(BuildId id) const {
  return options.log_directory + "/main-" + std::to_string(id.value) + ".log";
}
std::string LocalRunnerFixture::log(BuildId id) const { return contents(log_path(id)); }
std::string LocalRunnerFixture::workspace(unsigned slot) const {
  return options.work_directory + "/slot-" + std::to_string(slot) + "/tree";
}

}  // namespace mergeq::runners
