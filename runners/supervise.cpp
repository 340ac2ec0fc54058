/// A program of its own that runs one command and answers for every process that comes of it.
///
///     supervise TIME_LIMIT_MS KILL_GRACE_MS DIRECTORY COMMAND ARGUMENT...
///
/// It is embedded in the runners library, written to the work directory and started by
/// supervised_process.cpp. Descriptor 3 is a socket to whoever started it:
///   - a byte on it asks to end the command (TERM, and KILL after the grace);
///   - its end means that mergeq is gone: everything is killed at once, so that not even `kill -9`
///     of mergeq leaves an orphan;
///   - when all is over, one line goes back: `exit N`, `signal N`, `timeout N`, `cancelled N` or
///     `exec ERRNO`. N of the middle two is 1 if a process could not be ended.
///
/// As "child subreaper" it inherits every descendant that loses its parent, also those that left
/// the process group with setsid; so the tree is gone exactly when waitpid() says that there is no
/// child. The lost alternatives: killing the process group (misses setsid), cgroups (need rights
/// that a service started by hand does not have).
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

namespace {

constexpr int control_fd = 3;
constexpr int signals_fd_wanted = 4;
constexpr long end_all_limit_ms =
    10'000;  // whoever survives KILL that long belongs to another user

long now_ms() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
}

struct Main {
  pid_t pid = 0;
  bool ended = false;
  int status = 0;
};

/// Reaps whatever has ended. False if no child is left at all.
bool reap(Main& main_child) {
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid == main_child.pid && pid > 0) {
      main_child.ended = true;
      main_child.status = status;
    }
    if (pid > 0) continue;
    return !(pid == -1 && errno == ECHILD);
  }
}

/// (process, parent) of everything in /proc.
std::vector<std::pair<pid_t, pid_t>> process_table() {
  std::vector<std::pair<pid_t, pid_t>> table;
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return table;
  while (const dirent* entry = readdir(proc)) {
    const long pid = std::strtol(entry->d_name, nullptr, 10);
    if (pid <= 0) continue;
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    char text[512];
    const ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) continue;
    text[length] = '\0';
    // "pid (name) state parent ...": the name may hold anything, so look for the last parenthesis.
    const char* after_name = std::strrchr(text, ')');
    char state = 0;
    int parent = 0;
    if (after_name == nullptr || std::sscanf(after_name + 1, " %c %d", &state, &parent) != 2)
      continue;
    table.emplace_back(static_cast<pid_t>(pid), static_cast<pid_t>(parent));
  }
  closedir(proc);
  return table;
}

enum class Depth { children, descendants };

void signal_tree(int signal_number, Depth depth) {
  const auto table = process_table();
  std::vector<pid_t> parents = {getpid()};
  for (std::size_t i = 0; i < parents.size(); ++i) {
    for (const auto& [pid, parent] : table) {
      if (parent != parents[i]) continue;
      kill(pid, signal_number);
      if (depth == Depth::descendants) parents.push_back(pid);
    }
  }
}

/// Kills until no child is left. Only children are killed: they cannot be mistaken for somebody
/// else's process while they are not reaped, and what loses its parent becomes a child. False: gave
/// up.
bool end_all(Main& main_child, int signals_fd) {
  const long deadline = now_ms() + end_all_limit_ms;
  while (reap(main_child)) {
    if (now_ms() > deadline) return false;
    signal_tree(SIGKILL, Depth::children);
    pollfd ready{signals_fd, POLLIN, 0};
    if (poll(&ready, 1, 10) > 0) {
      signalfd_siginfo ignored{};
      (void)!read(signals_fd, &ignored, sizeof ignored);
    }
  }
  return true;
}

[[noreturn]] void become_command(const char* directory, char** command, int failure_fd) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  umask(022);
  if (chdir(directory) == 0) execvp(command[0], command);
  const int error = errno;
  (void)!write(failure_fd, &error, sizeof error);
  _exit(127);
}

/// Starts it and returns 0, or the errno that says why it could not be started.
int start_command(const char* directory, char** command, Main& main_child) {
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) != 0) return errno;
  main_child.pid = fork();
  if (main_child.pid == -1) return errno;
  if (main_child.pid == 0) become_command(directory, command, failure[1]);
  close(failure[1]);
  int error = 0;
  const ssize_t length = read(failure[0], &error, sizeof error);
  close(failure[0]);
  return length == static_cast<ssize_t>(sizeof error) ? error : 0;
}

enum class Ending { by_itself, timeout, cancelled, abandoned };

struct Limits {
  long time_ms = 0;
  long grace_ms = 0;
};

/// Waits until the command has ended, asking and then leaving it to end_all() where it must.
Ending watch(Main& main_child, int signals_fd, Limits limits) {
  long deadline = now_ms() + limits.time_ms;
  Ending ending = Ending::by_itself;
  bool control_open = true;
  while (reap(main_child) && !main_child.ended) {
    const long left = deadline - now_ms();
    if (left <= 0) {
      if (ending != Ending::by_itself) return ending;  // the grace is over
      ending = Ending::timeout;
      signal_tree(SIGTERM, Depth::descendants);
      deadline = now_ms() + limits.grace_ms;
      continue;
    }
    pollfd ready[2] = {{signals_fd, POLLIN, 0}, {control_open ? control_fd : -1, POLLIN, 0}};
    poll(ready, 2, static_cast<int>(left < INT_MAX ? left : INT_MAX));
    if (ready[0].revents != 0) {
      signalfd_siginfo ignored{};
      (void)!read(signals_fd, &ignored, sizeof ignored);
    }
    if (ready[1].revents == 0) continue;
    char byte = 0;
    if (recv(control_fd, &byte, 1, 0) <= 0) return Ending::abandoned;
    if (ending != Ending::by_itself) continue;
    ending = Ending::cancelled;
    signal_tree(SIGTERM, Depth::descendants);
    deadline = now_ms() + limits.grace_ms;
  }
  return ending;
}

void answer(const char* word, int number) {
  char line[64];
  const int length = std::snprintf(line, sizeof line, "%s %d\n", word, number);
  send(control_fd, line, static_cast<std::size_t>(length), MSG_NOSIGNAL);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 5) return 2;
  const Limits limits{std::atol(arguments[1]), std::atol(arguments[2])};

  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);  // only KILL ends a supervisor before its command
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  fcntl(control_fd, F_SETFD, FD_CLOEXEC);
  close_range(control_fd + 1, ~0U, 0);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const int signals_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_fd != signals_fd_wanted) return 2;

  Main main_child;
  const int error = start_command(arguments[3], arguments + 4, main_child);
  // The output is the command's alone: nobody should wait for its end because of the supervisor.
  close(STDOUT_FILENO);
  close(STDERR_FILENO);
  if (error != 0) {
    answer("exec", error);
    return 0;
  }
  const Ending ending = watch(main_child, signals_fd, limits);
  const bool all_gone = end_all(main_child, signals_fd);
  switch (ending) {
    case Ending::timeout:
      answer("timeout", all_gone ? 0 : 1);
      break;
    case Ending::cancelled:
      answer("cancelled", all_gone ? 0 : 1);
      break;
    case Ending::abandoned:
      break;
    case Ending::by_itself:
      if (WIFSIGNALED(main_child.status)) {
        answer("signal", WTERMSIG(main_child.status));
      } else {
        answer("exit", WEXITSTATUS(main_child.status));
      }
  }
  return 0;
}
