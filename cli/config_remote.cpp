#include <fmt/format.h>

#include "cli/config_parts.h"

namespace mergeq::cli {
namespace {

using vcs::RemoteUrl;

/// A file that git or ssh reads: an absolute path of plain characters.
std::string read_path(const Section& section, std::string_view key,
                      const Surroundings& surroundings) {
  const auto given = section.text(key);
  if (!given) return {};
  const std::string path = absolute_path(*given, surroundings);
  if (path.find_first_of("\"\n\r%") != std::string::npos)
    section.wrong(key, "a path without quotes, percent signs and line breaks");
  return path;
}

/// For commands that do without: the token if it is there, and no complaint if it is not.
std::string token_at_hand(const Section& section, const Surroundings& surroundings) {
  if (const auto name = section.text("token_env"))
    return surroundings.variable(*name).value_or(std::string());
  const auto path = section.text("token_file");
  const auto text =
      path ? read_file(absolute_path(*path, surroundings), 4096) : Result<std::string>();
  return text ? text->substr(0, text->find_last_not_of("\r\n") + 1) : std::string();
}

void read_http(const Section& section, const Surroundings& surroundings,
               vcs::RemoteOptions& options) {
  for (const std::string_view key : {"ssh_key_file", "known_hosts_file", "host_keys"}) {
    if (section.has(key)) section.note(key, "expected only for a repository by ssh");
  }
  if (auto user = section.text("user")) options.user = std::move(*user);
  options.token = surroundings.secrets == Surroundings::Secrets::skipped
                      ? token_at_hand(section, surroundings)
                      : read_secret(section, "token", SecretNeed::optional, surroundings);
  if (options.user.find_first_of("\n\r:") != std::string::npos)
    section.wrong("user", "a name without colons and line breaks");
  if (options.token.find_first_of("\n\r") != std::string::npos)
    section.note(section.has("token_env") ? "token_env" : "token_file",
                 "expected a token of one line, got more");
  const bool has_token = section.has("token_env") || section.has("token_file");
  if (has_token && options.user.empty()) options.user = "mergeq";  // where only the token counts
  if (!has_token && section.has("user"))
    section.note("user", "expected token_env or token_file beside it, got none");
  options.ca_file = read_path(section, "ca_file", surroundings);
}

void read_ssh(const Section& section, const Surroundings& surroundings,
              vcs::RemoteOptions& options) {
  for (const std::string_view key : {"user", "token_env", "token_file", "ca_file"}) {
    if (section.has(key))
      section.note(key,
                   "expected only for a repository by https (by ssh, the user stands in the "
                   "URL: ssh://git@host/path)");
  }
  options.ssh_key_file = read_path(section, "ssh_key_file", surroundings);
  options.known_hosts_file = read_path(section, "known_hosts_file", surroundings);
  if (const auto keys = section.choice<vcs::HostKeys>("host_keys")) options.host_keys = *keys;
}

void check_http(const Section& queue, const std::optional<Section>& section, const RemoteUrl& url) {
  const auto allowed = section ? section->flag("allow_plain_http") : std::nullopt;
  if (url.scheme != RemoteUrl::Scheme::http || vcs::is_loopback(url.host)) return;
  if (allowed && *allowed) return;
  queue.wrong("repository",
              "https://, since over http:// everybody on the way reads the token and may change "
              "what is built (`allow_plain_http = true` in [queue.remote] takes it nevertheless)");
}

}  // namespace

void read_remote(const Section& queue_section, const std::string& location,
                 const Surroundings& surroundings, service::QueueConfig& queue) {
  auto url = vcs::parse_remote(location);
  if (!url) return queue_section.note("repository", url.error().message);
  queue.repository = url->text;
  vcs::RemoteOptions options{.url = *url, .user = url->is_http() ? url->user : ""};
  const auto section = queue_section.section("remote");
  if (url->is_http()) check_http(queue_section, section, *url);
  if (section) {
    if (url->is_http()) read_http(*section, surroundings, options);
    if (url->scheme == RemoteUrl::Scheme::ssh) read_ssh(*section, surroundings, options);
    using std::chrono::hours, std::chrono::seconds;
    if (const auto poll = section->duration("poll", {seconds{1}, hours{1}})) options.poll = *poll;
    if (const auto limit = section->duration("time_limit", {seconds{1}, hours{24}}))
      options.time_limit = *limit;
  }
  queue.remote = std::move(options);
}

}  // namespace mergeq::cli
