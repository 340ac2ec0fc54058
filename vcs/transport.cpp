#include "vcs/transport.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "scheduler/text.h"
#include "vcs/git.h"

namespace mergeq::vcs {
namespace {

constexpr std::size_t words_limit_bytes = 600;
constexpr const char* stall_s = "30";  // a connection on which so long nothing comes is given up

/// Credentials for this one origin, from the child's own environment: a redirect to another host
/// gets none.
constexpr const char* credential_helper =
    R"(!f() { test "$1" = get && printf 'username=%s\npassword=%s\n' )"
    R"("$MERGEQ_GIT_USER" "$MERGEQ_GIT_TOKEN"; }; f)";

std::string for_shell(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
  return quoted + "'";
}

/// ssh without the user's configuration and without questions.
std::string ssh_command(const RemoteOptions& options) {
  std::string command = "ssh -F /dev/null -o BatchMode=yes -o ConnectTimeout=15";
  command +=
      std::string(" -o ServerAliveInterval=15 -o ServerAliveCountMax=2") +
      " -o StrictHostKeyChecking=" + (options.host_keys == HostKeys::strict ? "yes" : "accept-new");
  if (!options.known_hosts_file.empty()) {
    command += " -o " + for_shell("UserKnownHostsFile=\"" + options.known_hosts_file + "\"") +
               " -o GlobalKnownHostsFile=/dev/null";
  }
  if (!options.ssh_key_file.empty()) {
    command += " -o IdentitiesOnly=yes -i " + for_shell(options.ssh_key_file);
  }
  return command;
}

bool says(const std::string& output, std::string_view words) {
  return output.find(words) != std::string::npos;
}

bool refuses_credentials(const std::string& output) {
  return says(output, "Authentication failed") || says(output, "could not read Username") ||
         says(output, "could not read Password") || says(output, "returned error: 401") ||
         says(output, "returned error: 403") || says(output, "Permission denied (");
}

/// What git says only while it asks for the refs, before a push has sent anything. (An answer of
/// 403 to what was sent is no such thing: a proxy may have passed it on.)
bool ended_before_sending(const std::string& output) {
  return says(output, "fatal: unable to access") || says(output, "fatal: Authentication failed") ||
         says(output, "fatal: could not read Username") ||
         says(output, "fatal: Could not read from remote repository");
}

/// A line of `git push --porcelain`: flag, "from:to", summary.
struct PushedRef {
  char flag = ' ';
  std::string ref, summary;
};
std::optional<PushedRef> pushed_ref(const std::string& line) {
  static constexpr std::string_view flags = " *-=+!";
  if (line.size() < 3 || line[1] != '\t' || flags.find(line[0]) == std::string_view::npos)
    return std::nullopt;
  const std::size_t tab = line.find('\t', 2);
  const std::size_t colon = line.find(':', 2);
  if (tab == std::string::npos || colon == std::string::npos || colon > tab) return std::nullopt;
  return PushedRef{line[0], line.substr(colon + 1, tab - colon - 1), line.substr(tab + 1)};
}

}  // namespace

std::string telling_words(const std::string& output) {
  static constexpr std::string_view silent[] = {"hint:",
                                                "To ",
                                                "Done",
                                                "error: failed to push some refs",
                                                "fatal: the remote end hung up",
                                                "Please make sure",
                                                "and the repository exists"};
  std::string words;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (const auto ref = pushed_ref(line)) {
      if (ref->flag != '!') continue;
      line = ref->ref + ": " + ref->summary;
    } else if (line.starts_with("remote: ")) {
      line.erase(0, std::strlen("remote: "));
    }
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    line.erase(std::min(line.find_last_not_of(' ') + 1, line.size()));
    const bool is_silent = std::ranges::any_of(
        silent, [&](std::string_view begin) { return line.starts_with(begin); });
    if (line.empty() || is_silent) continue;
    words += (words.empty() ? "" : "; ") + line;
  }
  return cut(without_credentials(std::move(words)), words_limit_bytes);
}

Transport::Transport(RemoteOptions options, std::string directory, RunProcess run)
    : options_(std::move(options)), directory_(std::move(directory)), run_(std::move(run)) {}

std::vector<std::string> Transport::environment() const {
  std::vector<std::string> all = git_environment();
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                           "no_proxy", "NO_PROXY", "SSH_AUTH_SOCK"}) {
    if (const char* value = std::getenv(name)) all.push_back(std::string(name) + "=" + value);
  }
  all.push_back("GIT_DIR=" + directory_);
  all.push_back("GIT_SSH_COMMAND=" + ssh_command(options_));
  all.push_back("GIT_SSH_VARIANT=ssh");
  all.push_back("GIT_ALLOW_PROTOCOL=https:http:ssh:file");
  if (!options_.ca_file.empty()) all.push_back("GIT_SSL_CAINFO=" + options_.ca_file);
  if (!options_.token.empty()) {
    all.push_back("MERGEQ_GIT_USER=" + options_.user);
    all.push_back("MERGEQ_GIT_TOKEN=" + options_.token);
  }
  return all;
}

GitEnd Transport::call(std::vector<std::string> arguments, Duration time_limit) const {
  std::vector<std::string> all;
  const auto set = [&](const std::string& setting) { all.insert(all.end(), {"-c", setting}); };
  set("gc.auto=0");
  set("maintenance.auto=false");
  set("core.fsync=committed,loose-object,reference");
  set("core.askPass=");
  set("http.lowSpeedLimit=1");
  set(std::string("http.lowSpeedTime=") + stall_s);
  set("credential.helper=");
  if (!options_.token.empty() && options_.url.is_http()) {
    set("credential." + options_.url.origin() + ".helper=" + credential_helper);
  }
  all.insert(all.end(), arguments.begin(), arguments.end());
  GitEnd ended = call_git({.arguments = std::move(all),
                           .environment = environment(),
                           .directory = directory_,
                           .time_limit = time_limit},
                          run_);
  const std::string& token = options_.token;  // whatever a server may echo
  for (std::size_t at = 0;
       !token.empty() && (at = ended.output.find(token, at)) != std::string::npos;) {
    ended.output.replace(at, token.size(), "***");
  }
  return ended;
}

Error Transport::error_of(const GitEnd& ended, Duration time_limit) const {
  const std::string who = options_.url.text + ": ";
  using Kind = ProcessEnd::Kind;
  if (ended.end.kind == Kind::timed_out) {
    return {ErrorCode::unavailable,
            who + "no answer within " + std::to_string(time_limit.count() / 1000) + " s"};
  }
  if (ended.end.kind == Kind::not_started) {
    return {ErrorCode::unavailable,
            "git cannot be started: " + std::string(std::strerror(ended.end.code))};
  }
  if (ended.end.kind != Kind::exited) return {ErrorCode::unavailable, who + "git was ended"};
  std::string words = telling_words(ended.output);
  if (words.empty()) words = "git ended with exit code " + std::to_string(ended.end.code);
  if (refuses_credentials(ended.output)) {
    const bool is_http = options_.url.is_http();
    const std::string with = !is_http ? "the ssh key"
                             : options_.token.empty()
                                 ? "access without a token"
                                 : "the token of user \"" + options_.user + "\"";
    return {ErrorCode::unavailable, who + "the remote refuses " + with + ": " + words};
  }
  const bool is_missing = says(ended.output, "couldn't find remote ref") ||
                          says(ended.output, "not our ref") ||
                          says(ended.output, "Server does not allow request for unadvertised");
  return {is_missing ? ErrorCode::not_found : ErrorCode::unavailable, who + words};
}

Result<> Transport::fetch(const std::vector<std::string>& refspecs, Duration time_limit) {
  std::vector<std::string> arguments = {"fetch",
                                        "--quiet",
                                        "--no-tags",
                                        "--no-write-fetch-head",
                                        "--no-auto-maintenance",
                                        "--no-recurse-submodules",
                                        "--prune",
                                        "--force",
                                        "--",
                                        options_.url.text};
  arguments.insert(arguments.end(), refspecs.begin(), refspecs.end());
  const GitEnd ended = call(std::move(arguments), time_limit);
  if (ended.good()) return {};
  return tl::unexpected(error_of(ended, time_limit));
}

Result<Transport::Refs> Transport::list(const std::vector<std::string>& patterns) {
  std::vector<std::string> arguments = {"ls-remote", "--quiet", "--refs", "--", options_.url.text};
  arguments.insert(arguments.end(), patterns.begin(), patterns.end());
  const GitEnd ended = call(std::move(arguments), options_.time_limit);
  if (!ended.good()) return tl::unexpected(error_of(ended, options_.time_limit));
  Refs refs;
  std::istringstream lines(ended.output);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos || !parse_oid(line.substr(0, tab))) continue;
    refs.emplace_back(line.substr(tab + 1), line.substr(0, tab));
  }
  return refs;
}

PushAnswer Transport::push(const std::vector<RefUpdate>& updates) {
  std::vector<std::string> arguments = {"push", "--porcelain", "--no-verify", "--no-signed",
                                        "--recurse-submodules=no"};
  if (updates.size() > 1) arguments.emplace_back("--atomic");
  for (const RefUpdate& update : updates) {
    arguments.push_back("--force-with-lease=" + update.ref + ":" + update.expected);
  }
  arguments.insert(arguments.end(), {"--", options_.url.text});
  for (const RefUpdate& update : updates) arguments.push_back(update.to + ":" + update.ref);

  const GitEnd ended = call(std::move(arguments), options_.time_limit);
  PushAnswer answer{.words = telling_words(ended.output)};
  std::size_t moved = 0, answered = 0;
  std::istringstream lines(ended.output);
  for (std::string line; std::getline(lines, line);) {
    const auto ref = pushed_ref(line);
    const bool is_ours =
        ref && std::ranges::find(updates, ref->ref, &RefUpdate::ref) != updates.end();
    if (!is_ours) continue;
    const bool is_refusal =
        ref->summary.starts_with("[rejected]") || ref->summary.starts_with("[remote rejected]");
    if (ref->flag != '!') ++moved;
    if (ref->flag != '!' || is_refusal) ++answered;
  }
  using Kind = PushAnswer::Kind;
  if (ended.good() && moved == updates.size()) {
    answer.kind = Kind::done;
  } else if (answered == updates.size()) {
    answer.kind = Kind::refused;
  } else if (ended.end.kind == ProcessEnd::Kind::exited) {
    answer.no_atomic = says(ended.output, "does not support --atomic");
    answer.kind =
        answer.no_atomic || ended_before_sending(ended.output) ? Kind::not_sent : Kind::unknown;
  }
  if (answer.kind == Kind::unknown || answer.kind == Kind::not_sent) {
    answer.words = error_of(ended, options_.time_limit).message;
  }
  return answer;
}

}  // namespace mergeq::vcs
