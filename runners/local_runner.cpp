/// Builds as processes of this machine: a worker thread and a workspace for each slot in use.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "runners/build_log.h"
#include "runners/command_line.h"
#include "runners/leftovers.h"
#include "runners/runner.h"
#include "runners/supervised_process.h"
#include "runners/workspace.h"

namespace mergeq::runners {
namespace {

namespace fs = std::filesystem;
constexpr Duration leftovers_patience = std::chrono::seconds{10};
constexpr Duration lock_patience = std::chrono::seconds{1};
constexpr std::size_t name_limit_bytes = 200;

/// What one check or a whole build came to.
struct Outcome {
  Verdict verdict = Verdict::passed;
  Inconclusive inconclusive = Inconclusive::none;
  std::string detail;
  std::string check;  // the one that did not pass
};

Outcome broken(std::string detail) {
  return {Verdict::inconclusive, Inconclusive::error, std::move(detail), ""};
}

/// A descriptor of our own, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// What of a request becomes a file name or an argument of git is checked, whoever made it.
std::string problem_of(const BuildRequest& request) {
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  };
  const auto is_object_id = [](const std::string& hex) {
    return (hex.size() == 40 || hex.size() == 64) &&
           hex.find_first_not_of("0123456789abcdef") == std::string::npos;
  };
  if (request.name.empty() || request.name.size() > name_limit_bytes || request.name[0] == '.' ||
      !std::all_of(request.name.begin(), request.name.end(), is_plain)) {
    return "build name: expected 1 to 200 letters, digits, '-', '_' or '.', got \"" + request.name +
           "\"";
  }
  if (!is_object_id(request.tree.hex))
    return "tree: expected an object id, got \"" + request.tree.hex + "\"";
  if (!is_object_id(request.commit.hex)) {
    return "commit: expected an object id, got \"" + request.commit.hex + "\"";
  }
  if (request.checks.empty()) return "checks: expected at least one, got none";
  for (const CheckCommand& check : request.checks) {
    if (check.command.empty()) return "check " + check.name + ": expected a command, got none";
  }
  return "";
}

/// In the words of the change's author.
Outcome judge(const CheckCommand& check, const ProcessEnd& end) {
  const std::string name = "check " + check.name + ": ";
  using Kind = ProcessEnd::Kind;
  switch (end.kind) {
    case Kind::exited:
      if (end.code == 0) return {};
      return {Verdict::failed, Inconclusive::none, name + "exit code " + std::to_string(end.code)};
    case Kind::signalled:
      // Nobody but the system kills like that (memory), and it says nothing about the change.
      if (end.code == SIGKILL)
        return broken(name + "killed from outside (signal 9), perhaps for lack of memory");
      return {
          Verdict::failed, Inconclusive::none,
          name + "ended by signal " + std::to_string(end.code) + " (" + strsignal(end.code) + ")"};
    case Kind::timed_out: {
      std::string limit = std::to_string(seconds(check.timeout));
      limit.erase(limit.find_last_not_of('0') + 1);
      if (limit.back() == '.') limit.pop_back();
      std::string detail = name + "over its time limit of " + limit + " s";
      if (end.code != 0) detail += "; a process of it could not be ended";
      return {Verdict::inconclusive, Inconclusive::timeout, std::move(detail)};
    }
    case Kind::cancelled:
      return {Verdict::inconclusive, Inconclusive::cancelled, name + "cancelled"};
    case Kind::not_started:
      return broken(name + "\"" + check.command.front() +
                    "\" cannot be started: " + std::strerror(end.code));
    case Kind::lost:
      break;
  }
  return broken(name + "its supervisor was killed from outside");
}

class LocalRunner final : public Runner {
 public:
  LocalRunner(LocalRunnerOptions options, Reporter reporter, Descriptor lock,
              std::string supervisor)
      : options_(std::move(options)),
        reporter_(std::move(reporter)),
        lock_(std::move(lock)),
        supervisor_(std::move(supervisor)),
        registry_(options_.work_directory + "/running"),
        slots_(options_.slots) {}
  ~LocalRunner() override { stop(); }

  /// Ends what an earlier instance left, and finds the repository's objects.
  Result<> prepare();

  void start(const BuildRequest& request) override;
  void cancel(BuildId id) override;
  void set_slots(unsigned slots) override;
  bool survives_restart() const override { return false; }
  void stop() override;

 private:
  struct Job {
    BuildRequest request;
    bool cancelled = false;
    const SupervisedProcess* process = nullptr;  // while one runs
    std::thread::id reporting{};                 // while its report is being delivered
  };

  void work(unsigned slot);
  void call_workers();
  void report(Job& job, Report report);
  void end_job(std::unique_lock<std::mutex>& lock, Job& job);
  Outcome run_build(Job& job, unsigned slot);
  Outcome run_check(Job& job, const CheckCommand& check, const BuildPlaces& places, BuildLog& log);
  ProcessEnd run_process(Job& job, const ProcessSpec& spec,
                         const std::function<void(std::string_view)>& output);
  RunGit git_for(Job& job);
  std::string slot_directory(unsigned slot) const {
    return options_.work_directory + "/slot-" + std::to_string(slot);
  }

  const LocalRunnerOptions options_;
  const Reporter reporter_;
  const Descriptor lock_;
  const std::string supervisor_;
  const Registry registry_;
  std::string objects_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<BuildId, std::shared_ptr<Job>> jobs_;
  std::deque<std::shared_ptr<Job>> waiting_;
  std::vector<std::thread> workers_;
  unsigned slots_;
  unsigned busy_ = 0;
  bool stopping_ = false;
};

Result<> LocalRunner::prepare() {
  return registry_.end_all(leftovers_patience)
      .and_then([&] { return end_workers_of(options_.work_directory, leftovers_patience); })
      .and_then([&]() -> Result<> {
        Job nobody;
        auto objects = objects_directory(options_.repository, git_for(nobody));
        if (!objects) return tl::unexpected(objects.error());
        objects_ = *objects;
        return {};
      });
}

void LocalRunner::start(const BuildRequest& request) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || jobs_.contains(request.id)) return;
  auto job = std::make_shared<Job>();
  job->request = request;
  jobs_.emplace(request.id, job);
  waiting_.push_back(std::move(job));
  call_workers();
}

void LocalRunner::set_slots(unsigned slots) {
  const std::lock_guard lock(mutex_);
  slots_ = std::max(1U, slots);
  if (!stopping_) call_workers();
}

/// Requires the lock.
void LocalRunner::call_workers() {
  const std::size_t wanted = std::min<std::size_t>(slots_, busy_ + waiting_.size());
  while (workers_.size() < wanted) {
    const unsigned slot = static_cast<unsigned>(workers_.size()) + 1;
    workers_.emplace_back([this, slot] { work(slot); });
  }
  changed_.notify_all();
}

/// Requires the lock; it is let go while a report that is on its way is waited for.
void LocalRunner::end_job(std::unique_lock<std::mutex>& lock, Job& job) {
  job.cancelled = true;
  if (job.process != nullptr) job.process->end();
  changed_.wait(lock, [&] {
    return job.reporting == std::thread::id{} || job.reporting == std::this_thread::get_id();
  });
}

void LocalRunner::cancel(BuildId id) {
  std::unique_lock lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  const std::shared_ptr<Job> job = found->second;
  if (std::erase(waiting_, job) > 0) jobs_.erase(found);
  end_job(lock, *job);
}

void LocalRunner::stop() {
  std::vector<std::thread> workers;
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    for (const auto& job : waiting_) jobs_.erase(job->request.id);
    waiting_.clear();
    std::vector<std::shared_ptr<Job>> running;
    for (const auto& [id, job] : jobs_) running.push_back(job);
    for (const auto& job : running) {
      job->cancelled = true;
      if (job->process != nullptr) job->process->end();
    }
    workers.swap(workers_);
  }
  changed_.notify_all();
  for (std::thread& worker : workers) worker.join();
}

void LocalRunner::work(unsigned slot) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || (!waiting_.empty() && busy_ < slots_); });
    if (waiting_.empty()) return;
    ++busy_;
    const std::shared_ptr<Job> job = waiting_.front();
    waiting_.pop_front();
    lock.unlock();

    report(*job, {.build = job->request.id, .kind = Report::Kind::started});
    Outcome outcome = run_build(*job, slot);
    report(*job, {.build = job->request.id,
                  .kind = Report::Kind::finished,
                  .verdict = outcome.verdict,
                  .inconclusive = outcome.inconclusive,
                  .check = std::move(outcome.check),
                  .detail = std::move(outcome.detail)});
    lock.lock();
    jobs_.erase(job->request.id);
    --busy_;
    changed_.notify_all();  // with fewer slots than workers, another one may be due
  }
}

void LocalRunner::report(Job& job, Report report) {
  {
    const std::lock_guard lock(mutex_);
    if (job.cancelled) return;
    job.reporting = std::this_thread::get_id();
  }
  reporter_(std::move(report));
  const std::lock_guard lock(mutex_);
  job.reporting = {};
  changed_.notify_all();
}

ProcessEnd LocalRunner::run_process(Job& job, const ProcessSpec& spec,
                                    const std::function<void(std::string_view)>& output) {
  auto process = SupervisedProcess::start(supervisor_, spec);
  if (!process) {
    output(process.error().message);
    return {};
  }
  const pid_t pid = process->pid();
  registry_.add(pid);
  {
    const std::lock_guard lock(mutex_);
    job.process = &*process;
    if (job.cancelled) process->end();
  }
  const ProcessEnd end = process->wait(output);
  {
    const std::lock_guard lock(mutex_);
    job.process = nullptr;
  }
  registry_.remove(pid);
  return end;
}

RunGit LocalRunner::git_for(Job& job) {
  return [this, &job](const ProcessSpec& spec, std::string& text) {
    constexpr std::size_t text_limit_bytes = 4096;
    return run_process(job, spec, [&](std::string_view output) {
      text += output.substr(0, text_limit_bytes - std::min(text.size(), text_limit_bytes));
    });
  };
}

Outcome LocalRunner::run_build(Job& job, unsigned slot) {
  const BuildRequest& request = job.request;
  if (std::string problem = problem_of(request); !problem.empty())
    return broken(std::move(problem));
  auto log = BuildLog::open(options_.log_directory + "/" + request.name + ".log",
                            options_.log_limit_bytes);
  if (!log) return broken(log.error().message);

  const Workspace workspace(slot_directory(slot), objects_);
  if (auto done = workspace.checkout(request.tree, request.commit, git_for(job)); !done) {
    log->note("checkout failed: " + done.error().message);
    return broken("checkout of tree " + request.tree.hex + ": " + done.error().message);
  }
  Outcome outcome;
  for (const CheckCommand& check : request.checks) {
    outcome = run_check(job, check, workspace.places(), *log);
    if (outcome.verdict == Verdict::passed) continue;
    outcome.check = check.name;
    break;
  }
  if (!log->trouble().empty()) {
    outcome.detail += (outcome.detail.empty() ? "" : "; ") + log->trouble();
  }
  return outcome;
}

Outcome LocalRunner::run_check(Job& job, const CheckCommand& check, const BuildPlaces& places,
                               BuildLog& log) {
  const ProcessSpec spec{
      .command = expand_command(check, job.request),
      .environment = check_environment(options_.pass_environment, job.request, check, places),
      .directory = places.tree,
      .time_limit = check.timeout,
      .kill_grace = options_.kill_grace};
  std::string line;
  for (const std::string& argument : spec.command) line += " " + argument;
  log.note("check " + check.name + ":" + line);

  const auto began = std::chrono::steady_clock::now();
  const ProcessEnd end =
      run_process(job, spec, [&](std::string_view output) { log.write(output); });
  const double took_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (end.kind == ProcessEnd::Kind::lost) {
    if (auto ended = end_workers_of(fs::path(places.tree).parent_path(), leftovers_patience);
        !ended) {
      log.note(ended.error().message);
    }
  }
  Outcome outcome = judge(check, end);
  std::string took = std::to_string(took_s);
  took.resize(took.find('.') + 2);
  log.note((outcome.detail.empty() ? "check " + check.name + ": passed" : outcome.detail) +
           ", after " + took + " s");
  return outcome;
}

/// One instance for each work directory: two would build in the same workspaces.
Result<Descriptor> lock_directory(const std::string& directory) {
  const std::string path = directory + "/lock";
  Descriptor lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.get() < 0) return fail(ErrorCode::io, path + ": " + std::strerror(errno));
  const auto deadline = std::chrono::steady_clock::now() + lock_patience;
  while (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return fail(ErrorCode::io, path + ": " + std::strerror(errno));
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::conflict,
                  directory + ": another running instance of mergeq works here");
    }
    std::this_thread::sleep_for(Duration{20});
  }
  return lock;
}

}  // namespace

Result<std::unique_ptr<Runner>> make_local_runner(const LocalRunnerOptions& options,
                                                  Reporter reporter) {
  LocalRunnerOptions absolute = options;
  absolute.slots = std::max(1U, options.slots);
  for (std::string* directory : {&absolute.work_directory, &absolute.log_directory}) {
    std::error_code error;
    fs::create_directories(*directory, error);
    if (!error) *directory = fs::canonical(*directory, error).string();
    if (error) return fail(ErrorCode::io, *directory + ": cannot be made: " + error.message());
  }
  auto lock = lock_directory(absolute.work_directory);
  if (!lock) return tl::unexpected(lock.error());
  auto supervisor = install_supervisor(absolute.work_directory + "/bin");
  if (!supervisor) return tl::unexpected(supervisor.error());
  auto runner = std::make_unique<LocalRunner>(std::move(absolute), std::move(reporter),
                                              std::move(*lock), std::move(*supervisor));
  if (auto prepared = runner->prepare(); !prepared) return tl::unexpected(prepared.error());
  return runner;
}

}  // namespace mergeq::runners
