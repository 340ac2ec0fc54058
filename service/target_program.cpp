#include "service/target_program.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runners/command_line.h"
#include "runners/workspace.h"

namespace mergeq::service {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr std::size_t known_max = 100;
constexpr auto failure_age = std::chrono::minutes{5};
constexpr std::uintmax_t output_bytes_max = 64u << 20;
constexpr std::size_t targets_max = 200'000;
constexpr std::size_t texts_max = 2'000'000;  // names and patterns, all together
constexpr std::size_t words_kept = 500;       // bytes of what a failed run said

/// Reads a member that is an array of texts.
Result<std::vector<std::string>> texts(const nlohmann::json& target, const std::string& where,
                                       const char* key, std::size_t& left) {
  const std::string expected =
      where + "." + key + ": expected an array of texts, none of them empty";
  std::vector<std::string> found;
  if (!target.contains(key)) return found;
  if (!target[key].is_array()) return fail(ErrorCode::invalid, expected);
  for (const nlohmann::json& one : target[key]) {
    if (!one.is_string() || one.get_ref<const std::string&>().empty()) {
      return fail(ErrorCode::invalid, expected);
    }
    if (left-- == 0) return fail(ErrorCode::too_large, "expected at most 2,000,000 texts");
    found.push_back(one.get<std::string>());
  }
  return found;
}

std::string end_in_words(const vcs::ProcessEnd& end, Duration limit) {
  using Kind = vcs::ProcessEnd::Kind;
  switch (end.kind) {
    case Kind::exited:
      return "exit code " + std::to_string(end.code);
    case Kind::signalled:
      return "ended by signal " + std::to_string(end.code);
    case Kind::timed_out:
      return "over its time limit of " + std::to_string(limit.count() / 1000) + " s";
    case Kind::cancelled:
      return "cancelled";
    case Kind::not_started:
      return std::string("cannot be started: ") + std::strerror(end.code);
    case Kind::lost:
      break;
  }
  return "its supervisor was killed from outside";
}

/// Standard output goes to a file, since messages go to standard error and both come as one.
std::vector<std::string> into_file(const std::vector<std::string>& command,
                                   const std::string& file) {
  std::vector<std::string> whole{"/bin/sh", "-c", "exec \"$@\" >\"$0\"", file};
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

Result<vcs::OutsideGraph> read_output(const std::string& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) return fail(ErrorCode::io, "its output cannot be read: " + error.message());
  if (size > output_bytes_max)
    return fail(ErrorCode::too_large, "expected at most 64 MiB of output");
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return read_target_graph(text.str());
}

}  // namespace

Result<vcs::OutsideGraph> read_target_graph(std::string_view text) {
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_discarded()) return fail(ErrorCode::invalid, "expected JSON on standard output");
  if (!document.is_object() || !document.contains("targets") || !document["targets"].is_array()) {
    return fail(ErrorCode::invalid, "expected an object with an array \"targets\"");
  }
  if (document["targets"].size() > targets_max) {
    return fail(ErrorCode::too_large, "expected at most 200,000 targets");
  }
  vcs::OutsideGraph graph;
  std::size_t left = texts_max;
  for (const nlohmann::json& target : document["targets"]) {
    const std::string where = "targets[" + std::to_string(graph.targets.size()) + "]";
    const bool has_name = target.is_object() && target.contains("name") &&
                          target["name"].is_string() &&
                          !target["name"].get_ref<const std::string&>().empty();
    if (!has_name) return fail(ErrorCode::invalid, where + ".name: expected a text, not empty");
    auto paths = texts(target, where, "paths", left);
    if (!paths) return tl::unexpected(paths.error());
    auto depends_on = texts(target, where, "depends_on", left);
    if (!depends_on) return tl::unexpected(depends_on.error());
    graph.targets.push_back(
        {target["name"].get<std::string>(), std::move(*paths), std::move(*depends_on)});
  }
  return graph;
}

TargetProgram::TargetProgram(Options options, std::unique_ptr<runners::ProcessRunner> runner,
                             std::string objects)
    : options_(std::move(options)), runner_(std::move(runner)), objects_(std::move(objects)) {
  thread_ = std::thread([this] { work(); });
}

Result<std::unique_ptr<TargetProgram>> TargetProgram::make(Options options) {
  std::error_code error;
  fs::create_directories(options.work_directory, error);
  if (!error) options.work_directory = fs::canonical(options.work_directory, error).string();
  if (error) return fail(ErrorCode::io, options.work_directory + ": " + error.message());
  auto runner = runners::ProcessRunner::make(options.work_directory + "/bin");
  if (!runner) return tl::unexpected(runner.error());
  auto objects = runners::objects_directory(options.repository, (*runner)->callable());
  if (!objects) return tl::unexpected(objects.error());
  return std::unique_ptr<TargetProgram>(
      new TargetProgram(std::move(options), std::move(*runner), std::move(*objects)));
}

TargetProgram::~TargetProgram() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  runner_->end();
  changed_.notify_all();
  thread_.join();
}

TargetProgram::Graph TargetProgram::known_or_ordered(const TreeId& tree,
                                                     const std::string& manifests) {
  const auto known = known_.find(manifests);
  const bool is_stale = known != known_.end() && !known->second.graph->failure.empty() &&
                        steady_clock::now() - known->second.made > failure_age;
  if (known != known_.end() && !is_stale) return known->second.graph;
  if (is_stale) known_.erase(known);
  const bool is_ordered = std::ranges::any_of(
      orders_, [&](const Order& order) { return order.manifests == manifests; });
  if (!is_ordered) orders_.push_back({tree, manifests});
  changed_.notify_all();
  return nullptr;
}

TargetProgram::Graph TargetProgram::graph(const TreeId& tree, const std::string& manifests) {
  const std::lock_guard lock(mutex_);
  return known_or_ordered(tree, manifests);
}

TargetProgram::Graph TargetProgram::await(const TreeId& tree, const std::string& manifests) {
  std::unique_lock lock(mutex_);
  Graph found;
  changed_.wait(lock, [&] { return stopping_ || (found = known_or_ordered(tree, manifests)); });
  return found;
}

void TargetProgram::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !orders_.empty(); });
    if (stopping_) return;
    const Order order = orders_.front();
    lock.unlock();
    auto made = std::make_shared<const vcs::OutsideGraph>(run(order.tree));
    lock.lock();
    if (stopping_) return;
    const std::string failure = made->failure;
    if (known_.size() >= known_max) known_.clear();
    known_[order.manifests] = {std::move(made), steady_clock::now()};
    orders_.pop_front();
    changed_.notify_all();
    lock.unlock();
    if (options_.ready) options_.ready(failure);
    lock.lock();
  }
}

vcs::OutsideGraph TargetProgram::run(const TreeId& tree) {
  const auto failed = [&](const std::string& why) {
    return vcs::OutsideGraph{{}, "targets_command: " + why};
  };
  const runners::Workspace workspace(options_.work_directory + "/slot", objects_);
  const auto checked_out = workspace.checkout(tree, CommitId{}, runner_->callable());
  if (!checked_out)
    return failed("checkout of tree " + tree.hex + ": " + checked_out.error().message);
  const std::string file = options_.work_directory + "/output.json";
  const runners::BuildRequest request{
      .id = {}, .name = "targets", .tree = tree, .commit = {}, .ref = {}, .checks = {}};
  const vcs::ProcessSpec spec{
      .command = into_file(options_.command, file),
      .environment = runners::check_environment(options_.pass_environment, request,
                                                {.name = "targets"}, workspace.places()),
      .directory = workspace.places().tree,
      .time_limit = options_.time_limit};
  std::string words;
  const vcs::ProcessEnd end = runner_->run(spec, words);
  if (end.kind != vcs::ProcessEnd::Kind::exited || end.code != 0) {
    if (words.size() > words_kept) words.erase(0, words.size() - words_kept);
    return failed(end_in_words(end, options_.time_limit) + (words.empty() ? "" : ": " + words));
  }
  auto graph = read_output(file);
  return graph ? std::move(*graph) : failed(graph.error().message);
}

}  // namespace mergeq::service
