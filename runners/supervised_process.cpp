#include "runners/supervised_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

// The supervise program as CMake built it, between two symbols.
asm(R"(
  .section .rodata
  .global mergeq_supervise_begin
  .global mergeq_supervise_end
mergeq_supervise_begin:
  .incbin ")" MERGEQ_SUPERVISE_PROGRAM R"("
mergeq_supervise_end:
  .byte 0
  .text
)");
extern "C" const char mergeq_supervise_begin[];
extern "C" const char mergeq_supervise_end[];

namespace mergeq::runners {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& s : strings) result.push_back(const_cast<char*>(s.c_str()));
  result.push_back(nullptr);
  return result;
}

ProcessEnd parse_answer(std::string_view line) {
  using Kind = ProcessEnd::Kind;
  constexpr std::array words{
      std::pair{std::string_view("exit "), Kind::exited},
      std::pair{std::string_view("signal "), Kind::signalled},
      std::pair{std::string_view("timeout "), Kind::timed_out},
      std::pair{std::string_view("cancelled "), Kind::cancelled},
      std::pair{std::string_view("exec "), Kind::not_started},
  };
  for (const auto& [word, kind] : words) {
    if (!line.starts_with(word)) continue;
    ProcessEnd end{.kind = kind};
    std::from_chars(line.data() + word.size(), line.data() + line.size(), end.code);
    return end;
  }
  return {};
}

/// A spawn of the supervisor, with its descriptors: 0 nothing, 1 and 2 the output, 3 the control.
int spawn(const std::string& supervisor, char* const* arguments, char* const* environment,
          int output, int control, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  posix_spawn_file_actions_adddup2(&actions, control, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  int error = ETXTBSY;
  // Another thread that is just starting a program may still hold the file as it was written.
  for (int attempt = 0; error == ETXTBSY && attempt < 100; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    error = posix_spawn(&pid, supervisor.c_str(), &actions, &attributes, arguments, environment);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

Result<SupervisedProcess> SupervisedProcess::start(const std::string& supervisor,
                                                   const ProcessSpec& spec) {
  std::vector<std::string> arguments = {supervisor, std::to_string(spec.time_limit.count()),
                                        std::to_string(spec.kill_grace.count()), spec.directory};
  arguments.insert(arguments.end(), spec.command.begin(), spec.command.end());

  int control[2];
  int output[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) != 0) {
    return fail(ErrorCode::io, std::string("socketpair: ") + std::strerror(errno));
  }
  if (pipe2(output, O_CLOEXEC) != 0) {
    const int error = errno;
    close(control[0]);
    close(control[1]);
    return fail(ErrorCode::io, std::string("pipe: ") + std::strerror(error));
  }
  // posix_spawn's dup2 clears close-on-exec only where source and target differ.
  const int control_high = fcntl(control[1], F_DUPFD_CLOEXEC, 10);
  const int output_high = fcntl(output[1], F_DUPFD_CLOEXEC, 10);
  close(control[1]);
  close(output[1]);
  pid_t pid = -1;
  const int error = spawn(supervisor, pointers(arguments).data(), pointers(spec.environment).data(),
                          output_high, control_high, pid);
  close(control_high);
  close(output_high);
  if (error != 0) {
    close(control[0]);
    close(output[0]);
    return fail(ErrorCode::io, "starting " + supervisor + ": " + std::strerror(error));
  }
  fcntl(output[0], F_SETFL, O_NONBLOCK);
  return SupervisedProcess(pid, control[0], output[0]);
}

SupervisedProcess::SupervisedProcess(pid_t pid, int control, int output)
    : pid_(pid), control_(control), output_(output) {}

SupervisedProcess::SupervisedProcess(SupervisedProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      control_(std::exchange(other.control_, -1)),
      output_(std::exchange(other.output_, -1)) {}

SupervisedProcess::~SupervisedProcess() {
  if (control_ >= 0) close(control_);  // the supervisor takes this as our end and kills everything
  if (output_ >= 0) close(output_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

void SupervisedProcess::end() const { send(control_, "e", 1, MSG_NOSIGNAL | MSG_DONTWAIT); }

ProcessEnd SupervisedProcess::wait(const std::function<void(std::string_view)>& output) {
  std::vector<char> buffer(64 * 1024);
  bool output_open = true;
  /// Hands on what is there; at most `rounds` buffers, so that a flood cannot hide the answer.
  const auto drain = [&](int rounds) {
    while (output_open && rounds-- > 0) {
      const ssize_t length = read(output_, buffer.data(), buffer.size());
      if (length > 0) {
        output({buffer.data(), static_cast<std::size_t>(length)});
        continue;
      }
      if (length == 0) output_open = false;
      if (length < 0 && errno == EINTR) continue;
      return;
    }
  };
  std::string line;
  for (bool control_open = true; control_open;) {
    pollfd ready[2] = {{output_open ? output_ : -1, POLLIN, 0}, {control_, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0 && errno != EINTR) break;
    if (ready[0].revents != 0) drain(16);
    if (ready[1].revents == 0) continue;
    char text[64];
    const ssize_t length = recv(control_, text, sizeof text, MSG_DONTWAIT);
    if (length > 0) line.append(text, static_cast<std::size_t>(length));
    control_open = length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR));
  }
  drain(16);  // a pipe holds 64 KiB, 1 MiB at most
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
  return parse_answer(line);
}

Result<std::string> install_supervisor(const std::string& directory) {
  namespace fs = std::filesystem;
  const std::string path = directory + "/supervise";
  const std::string temporary = path + ".new";
  std::error_code error;
  fs::create_directories(directory, error);
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(mergeq_supervise_begin, mergeq_supervise_end - mergeq_supervise_begin);
    file.close();
    if (!file) return fail(ErrorCode::io, temporary + ": cannot be written");
  }
  fs::permissions(temporary, fs::perms::owner_all, error);
  if (!error) fs::rename(temporary, path, error);
  if (error) return fail(ErrorCode::io, path + ": cannot be installed: " + error.message());
  return path;
}

}  // namespace mergeq::runners
