#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/remote_access.h"
#include "cli/toml_section.h"
#include "vcs/remote_url.h"
#include "vcs/repository.h"

namespace mergeq::cli {
namespace {

namespace fs = std::filesystem;

struct InitOptions : CommonOptions {
  std::string repository, branch, token_env;
};

struct Found {
  std::string repository;  // a path, or a URL
  std::string remote;      // lines of [queue.remote]
  std::string branch;
  std::vector<std::string> command;
  bool command_is_guess = false;
};

/// `from` or the nearest folder above it that is a git repository.
Result<fs::path> find_repository(const fs::path& from) {
  std::error_code error;
  for (fs::path path = fs::absolute(from, error).lexically_normal();; path = path.parent_path()) {
    if (vcs::open_repository(path.string())) return path;
    if (path == path.parent_path()) break;
  }
  return fail(ErrorCode::not_found,
              fmt::format("{}: expected a git repository here or above; go into one, or name it by "
                          "--repository",
                          from.string()));
}

std::vector<std::string> likely_branches(const std::string& wanted) {
  if (!wanted.empty()) return {wanted};
  return {"main", "master", "trunk", "develop"};
}

tl::unexpected<Error> no_branch(const std::string& where, const std::string& wanted) {
  return fail(ErrorCode::not_found,
              fmt::format("{}: expected a branch {}; name the trunk by --branch", where,
                          fmt::join(likely_branches(wanted), " or ")));
}

Result<std::string> find_branch(const fs::path& path, const std::string& wanted) {
  const auto repository = vcs::open_repository(path.string());
  if (!repository) return tl::unexpected(repository.error());
  for (const std::string& branch : likely_branches(wanted)) {
    const auto tip = (*repository)->branch_tip(branch);
    if (!tip) return tl::unexpected(tip.error());
    if (*tip) return branch;
  }
  return no_branch(path.string(), wanted);
}

/// What the project itself calls its test, by the file that says so.
std::optional<std::vector<std::string>> likely_command(const fs::path& directory) {
  using Command = std::vector<std::string>;
  const std::array<std::pair<const char*, Command>, 8> known{{
      {"Makefile", {"make", "test"}},
      {"Cargo.toml", {"cargo", "test"}},
      {"go.mod", {"go", "test", "./..."}},
      {"package.json", {"npm", "test"}},
      {"gradlew", {"./gradlew", "check"}},
      {"pom.xml", {"mvn", "--batch-mode", "verify"}},
      {"pyproject.toml", {"python3", "-m", "pytest"}},
      {"Package.swift", {"swift", "test"}},
  }};
  std::error_code error;
  for (const auto& [file, command] : known) {
    if (fs::exists(directory / file, error)) return command;
  }
  return std::nullopt;
}

std::string command_text(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& argument : command)
    text += (text.empty() ? "" : ", ") + in_quotes(argument);
  return "[" + text + "]";
}

/// A branch's name as a queue's: "release/1.0" becomes "release-1.0".
std::string queue_name(std::string name) {
  for (char& c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
    if (!good) c = '-';
  }
  return name.substr(0, 64);
}

std::string configuration_text(const Found& found) {
  constexpr const char* text = R"(# The configuration of mergeq. Every key: docs/configuration.md.
# After a change: `mergeq check-config`, then start `mergeq serve` again.

[server]
listen = "127.0.0.1:8080"        # who else may reach it is up to a reverse proxy in front
database = "sqlite:mergeq.db"    # all state; beside it mergeq-data/ with workspaces and logs

[auth]
anonymous = "admin"              # everybody on this machine may do everything; "read" or "none"
# tokens_file = "tokens.toml"    # for all others: `mergeq token --name NAME` makes the lines

[[queue]]
name = {name}
repository = {repository}
branch = {branch}
slots = {slots}                        # builds that may run at once
merge_method = "merge"           # merge | squash | rebase | fast-forward
guarantee = "independent"        # exact: only trees that were built just as they are
order = "soft"                   # strict: nobody overtakes a change that it is in conflict with

{remote}# What must pass before a change lands: a program and its arguments, in a clean checkout.
[[queue.check]]
name = "test"
command = {command}{hint}
timeout = "30m"

# Parts of the repository that are judged apart; without any, folders are.
# [[queue.target]]
# name = "payments"
# paths = ["services/payments/**"]
# depends_on = ["lib"]

[queue.runner]
kind = "local"                   # external: an outside CI builds, and reports by HTTP
)";
  const unsigned processors = std::max(1u, static_cast<unsigned>(sysconf(_SC_NPROCESSORS_ONLN)));
  return fmt::format(
      text, fmt::arg("name", in_quotes(queue_name(found.branch))),
      fmt::arg("repository", in_quotes(found.repository)), fmt::arg("remote", found.remote),
      fmt::arg("branch", in_quotes(found.branch)), fmt::arg("slots", std::min(processors, 4096u)),
      fmt::arg("command", command_text(found.command)),
      fmt::arg("hint", found.command_is_guess
                           ? "     # TO BE CHECKED: nothing here says how it is tested"
                           : ""));
}

/// Never over a file that is there.
Result<> write_new(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0 && errno == EEXIST)
    return fail(
        ErrorCode::conflict,
        fmt::format("{} exists already and stays as it is; remove it first, or write another "
                    "by --config",
                    path));
  if (file < 0)
    return fail(ErrorCode::io, fmt::format("{}: cannot be made: {}", path, std::strerror(errno)));
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = write(file, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const std::string why = std::strerror(errno);
      close(file);
      unlink(path.c_str());
      return fail(ErrorCode::io, fmt::format("{}: cannot be written: {}", path, why));
    }
    written += static_cast<std::size_t>(n);
  }
  close(file);
  return {};
}

/// The variable of --token-env is read as the service will read it.
Result<Found> look_at_remote(const InitOptions& options) {
  auto url = vcs::parse_remote(options.repository);
  if (!url) return tl::unexpected(url.error());
  vcs::RemoteOptions remote{.url = *url, .user = url->user.empty() ? "mergeq" : url->user};
  Found found{.repository = url->text,
              .remote = "# How the remote is reached: docs/remotes.md.\n[queue.remote]\n"};
  if (!options.token_env.empty()) {
    const char* token = std::getenv(options.token_env.c_str());
    if (token == nullptr || *token == '\0')
      return fail(ErrorCode::invalid, fmt::format("--token-env: expected the name of a variable "
                                                  "that is set, got {}, which is not",
                                                  in_quotes(options.token_env)));
    remote.token = token;
    found.remote += fmt::format("user = {}\ntoken_env = {}\n", in_quotes(remote.user),
                                in_quotes(options.token_env));
  }
  found.remote += "poll = \"10s\"                     # how often the trunk is looked at\n\n";
  for (const std::string& branch : likely_branches(options.branch)) {
    const auto has_branch = ask_remote(remote, branch);
    if (!has_branch) return tl::unexpected(has_branch.error());
    if (!*has_branch) continue;
    found.branch = branch;
    return found;
  }
  return no_branch(found.repository, options.branch);
}

Result<Found> look_at_path(const InitOptions& options) {
  Found found;
  const auto repository = find_repository(options.repository.empty() ? "." : options.repository);
  if (!repository) return tl::unexpected(repository.error());
  found.repository = repository->string();
  auto branch = find_branch(*repository, options.branch);
  if (!branch) return tl::unexpected(branch.error());
  found.branch = std::move(*branch);
  return found;
}

Result<Found> look_around(const InitOptions& options) {
  auto found = vcs::is_remote(options.repository) ? look_at_remote(options) : look_at_path(options);
  if (!found) return found;
  const auto command = likely_command(found->repository);
  found->command_is_guess = !command;
  found->command = command.value_or(std::vector<std::string>{"make", "test"});
  return found;
}

Exit init(const InitOptions& options) {
  const auto found = look_around(options);
  if (!found) {
    complain(found.error().message);
    return Exit::usage;
  }
  if (const auto written = write_new(options.config, configuration_text(*found)); !written) {
    complain(written.error().message);
    return Exit::usage;
  }
  if (options.json) {
    print_json({{"config", options.config},
                {"repository", found->repository},
                {"branch", found->branch},
                {"command", found->command}});
    return Exit::done;
  }
  print(
      fmt::format("wrote {}: a queue for branch {} of {}, checked by `{}`{}\n"
                  "Next: look it over, then `mergeq serve`.\n",
                  options.config, found->branch, found->repository, fmt::join(found->command, " "),
                  found->command_is_guess ? " (a guess: correct it)" : ""));
  return Exit::done;
}

}  // namespace

void add_init(CLI::App& app, Chosen& chosen) {
  CLI::App* command = add_command(
      app, "init", "Write a commented configuration for the repository at hand",
      "  cd my-repository && mergeq init\n"
      "  mergeq init --repository /srv/git/monorepo.git --branch main\n"
      "  mergeq init --repository https://git.example/team/monorepo.git --token-env MERGEQ_TOKEN");
  const auto options = std::make_shared<InitOptions>();
  add_common(*command, *options);
  command
      ->add_option("--repository", options->repository,
                   "Default: this folder or the nearest above that is one")
      ->type_name("PATH|URL");
  command
      ->add_option("--token-env", options->token_env, "By https: the variable that holds the token")
      ->type_name("NAME");
  command->add_option("--branch", options->branch,
                      "The trunk (default: main, master, trunk or develop, whichever is there)");
  command->callback([=, &chosen] { chosen = [=] { return init(*options); }; });
}

}  // namespace mergeq::cli
