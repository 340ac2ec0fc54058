/// A temporary folder with a real repository, and a local runner on it whose reports can be
/// awaited.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runners/runner.h"

namespace mergeq::runners {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Runs a command to its end and gives its output without the last line break. Fails the test if
/// the command does.
std::string run(const std::string& shell_command);

/// True as soon as `condition` holds; false if it does not within `patience`.
bool soon(const std::function<bool()>& condition, Duration patience = std::chrono::seconds{10});

/// Living processes (no zombies) whose command line holds `text`.
std::vector<int> processes_with(const std::string& text);
std::string contents(const std::string& path);

/// A bare repository with trees that are made of files.
class TestRepository {
 public:
  explicit TestRepository(const std::string& path);
  const std::string& path() const { return path_; }
  TreeId tree(const std::map<std::string, std::string>& files);
  CommitId commit(const TreeId& tree);

 private:
  std::string git(const std::string& arguments) const;
  std::string path_;
};

class LocalRunnerFixture {
 public:
  explicit LocalRunnerFixture(const std::function<void(LocalRunnerOptions&)>& adjust = {});
  ~LocalRunnerFixture();

  BuildRequest request(std::vector<std::vector<std::string>> commands,
                       const std::map<std::string, std::string>& files = {{"a", "a\n"}});
  /// Starts it and gives its id.
  BuildId build(const BuildRequest& request);
  BuildId build(std::vector<std::vector<std::string>> commands) {
    return build(request(std::move(commands)));
  }
  BuildId shell(const std::string& script) { return build({{"sh", "-c", script}}); }
  /// Waits for the final report.
  Report result(BuildId id, Duration patience = std::chrono::seconds{20});
  std::optional<Report> result_so_far(BuildId id);
  bool has_started(BuildId id);
  std::string log(BuildId id) const;
  std::string log_path(BuildId id) const;
  std::string workspace(unsigned slot) const;
  /// As after a restart of the service.
  void restart();

  TemporaryFolder folder;
  TestRepository repository;
  LocalRunnerOptions options;
  std::unique_ptr<Runner> runner;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<BuildId, Report> finished_;
  std::map<BuildId, int> started_;
  std::uint64_t next_build_ = 1;
};

}  // namespace mergeq::runners
