#include "runners/leftovers.h"

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

namespace mergeq::runners {
namespace {

namespace fs = std::filesystem;
constexpr Duration look_again_after{10};

std::string read_file(const fs::path& path) {
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

std::optional<pid_t> pid_of(const fs::path& path) {
  const std::string name = path.filename().string();
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || end != name.data() + name.size() || pid <= 0) return std::nullopt;
  return pid;
}

/// Paths in a directory; empty if it cannot be read.
std::vector<fs::path> entries(const fs::path& directory) {
  std::vector<fs::path> result;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    result.push_back(it->path());
  }
  return result;
}

/// It has ended and only waits to be reaped by its parent.
bool is_zombie(const std::string& stat) {
  const std::size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.substr(name_end, 3) == ") Z";
}

std::vector<pid_t> workers_of(const std::string& directory) {
  std::vector<pid_t> result;
  for (const fs::path& path : entries("/proc")) {
    const auto pid = pid_of(path);
    if (!pid || *pid == getpid()) continue;
    const std::string environment = '\0' + read_file(path / "environ");
    const std::string mark = std::string(1, '\0') + "MERGEQ_WORKSPACE=" + directory;
    const std::size_t at = environment.find(mark);
    if (at == std::string::npos) continue;
    const char next = environment.c_str()[at + mark.size()];  // '\0' at the end of the string
    if (next == '\0' || next == '/') result.push_back(*pid);
  }
  return result;
}

}  // namespace

std::optional<std::string> start_time(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  if (stat.empty() || is_zombie(stat)) return std::nullopt;
  // Field 22; the name (field 2) may hold spaces and parentheses, so count from its end.
  std::size_t at = stat.rfind(')');
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return std::nullopt;
  return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

void Registry::add(pid_t pid) const {
  std::error_code error;
  fs::create_directories(directory_, error);
  std::ofstream(fs::path(directory_) / std::to_string(pid)) << start_time(pid).value_or("gone");
}

void Registry::remove(pid_t pid) const {
  std::error_code error;
  fs::remove(fs::path(directory_) / std::to_string(pid), error);
}

Result<> Registry::end_all(Duration patience) const {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (const fs::path& entry : entries(directory_)) {
    const auto pid = pid_of(entry);
    const std::string started = read_file(entry);
    const auto is_alive = [&] { return pid && start_time(*pid) == started; };
    while (is_alive() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(look_again_after);
    }
    if (is_alive()) kill(*pid, SIGKILL);
    for (int attempt = 0; is_alive() && attempt < 100; ++attempt) {
      std::this_thread::sleep_for(look_again_after);
    }
    if (is_alive()) {
      return fail(ErrorCode::io, "process " + std::to_string(*pid) + " of an earlier instance (" +
                                     entry.string() + ") could not be ended");
    }
    std::error_code error;
    fs::remove(entry, error);
  }
  return {};
}

Result<> end_workers_of(const std::string& directory, Duration patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const std::vector<pid_t> workers = workers_of(directory);
    if (workers.empty()) return {};
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::io, "process " + std::to_string(workers.front()) + " still works in " +
                                     directory + " and could not be ended");
    }
    for (const pid_t pid : workers) kill(pid, SIGKILL);
    std::this_thread::sleep_for(look_again_after);
  }
}

}  // namespace mergeq::runners
