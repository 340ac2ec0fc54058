#include "cli/config.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "cli/config_parts.h"
#include "cli/config_schema.h"
#include "cli/units.h"

namespace mergeq::cli {
namespace {

enum class Anonymous { none, read, admin };

}  // namespace
}  // namespace mergeq::cli

template <>
struct mergeq::WireNames<mergeq::cli::Anonymous> {
  static constexpr std::array table{
      std::pair{mergeq::cli::Anonymous::none, std::string_view("none")},
      std::pair{mergeq::cli::Anonymous::read, std::string_view("read")},
      std::pair{mergeq::cli::Anonymous::admin, std::string_view("admin")},
  };
};

namespace mergeq::cli {
namespace {

api::Role role_of(Anonymous anonymous) {
  switch (anonymous) {
    case Anonymous::none:
      return api::Role::none;
    case Anonymous::read:
      return api::Role::read;
    case Anonymous::admin:
      return api::Role::admin;
  }
  return api::Role::none;
}

/// "sqlite:PATH" as "sqlite:/absolute/path"; empty where it is wrong.
std::string database_of(const Section& server, const std::string& given,
                        const Surroundings& surroundings) {
  constexpr std::string_view scheme = "sqlite:";
  const bool good = given.starts_with(scheme) && given.size() > scheme.size() &&
                    !given.starts_with("sqlite://") && !given.ends_with('/') &&
                    given.find_first_of("?#") == std::string::npos;
  if (good) return "sqlite:" + absolute_path(given.substr(scheme.size()), surroundings);
  server.wrong("database", "\"sqlite:PATH\", the only kind of database of this version");
  return {};
}

bool is_public_url(std::string_view url) {
  const bool schemed = url.starts_with("http://") || url.starts_with("https://");
  const std::string_view rest = schemed ? url.substr(url.find("://") + 3) : std::string_view();
  return !rest.empty() && rest.front() != '/' &&
         rest.find_first_of(" ?#@\"'<>\\") == std::string_view::npos;
}

void read_server(const Section& file, const Surroundings& surroundings, Configuration& to) {
  std::string listen = "127.0.0.1:8080";
  to.database = "sqlite:" + absolute_path("mergeq.db", surroundings);
  const std::optional<Section> server = file.section("server");
  if (server) {
    if (const auto given = server->text("listen")) {
      if (const auto address = parse_address(*given)) {
        listen = *given;
        to.server.host = std::string(address->host);
        to.server.port = address->port;
      } else {
        server->wrong("listen", "\"HOST:PORT\" (\"127.0.0.1:8080\", \"[::1]:8080\")");
      }
    }
    if (const auto given = server->text("database"))
      to.database = database_of(*server, *given, surroundings);
    if (const auto given = server->text("public_url")) {
      if (is_public_url(*given)) {
        to.server.public_url = given->substr(0, given->find_last_not_of('/') + 1);
      } else {
        server->wrong("public_url", "an http or https URL (\"https://queue.example\")");
      }
    }
    if (const auto given = server->text("data_directory"))
      to.service.data_directory = absolute_path(*given, surroundings);
  }
  // With port 0 nobody knows the URL before the server has one.
  if (to.server.public_url.empty() && to.server.port != 0)
    to.server.public_url = "http://" + listen;
  if (to.service.data_directory.empty() && !to.database.empty()) {
    const std::filesystem::path path(to.database.substr(std::strlen("sqlite:")));
    to.service.data_directory = (path.parent_path() / "mergeq-data").string();
  }
  to.service.public_url = to.server.public_url;
}

void read_tokens(const Section& auth, const std::string& given, const Surroundings& surroundings,
                 ConfigErrors& more, Configuration& to) {
  const std::string path = absolute_path(given, surroundings);
  const auto text = read_file(path, config_file_limit_bytes);
  if (!text) {
    auth.note(
        "tokens_file",
        fmt::format("expected a file that can be read (`mergeq token` makes its lines), got {}",
                    text.error().message));
    return;
  }
  std::vector<std::string> queues;
  for (const auto& queue : to.service.queues) queues.push_back(queue.name);
  auto tokens = check_tokens(*text, given, queues);
  if (tokens) {
    to.server.tokens = std::move(*tokens);
  } else {
    more = tokens.error();
  }
}

void read_auth(const Section& file, const Surroundings& surroundings, ConfigErrors& more,
               Configuration& to) {
  const bool loopback = is_loopback(to.server.host);
  // What only this machine can reach may be looked at; beyond it nothing is open unless it says so.
  to.server.anonymous = loopback ? api::Role::read : api::Role::none;
  const std::optional<Section> auth = file.section("auth");
  if (!auth) return;
  if (const auto given = auth->choice<Anonymous>("anonymous")) {
    to.server.anonymous = role_of(*given);
    if (*given == Anonymous::admin && !loopback)
      auth->wrong("anonymous", fmt::format("none or read while listening on {}, which others can "
                                           "reach (admin: on loopback only)",
                                           in_quotes(to.server.host)));
  }
  const auto tokens = auth->text("tokens_file");
  if (tokens && surroundings.secrets == Surroundings::Secrets::required)
    read_tokens(*auth, *tokens, surroundings, more, to);
}

}  // namespace

std::string absolute_path(const std::string& path, const Surroundings& surroundings) {
  return (std::filesystem::path(surroundings.directory) / path).lexically_normal().string();
}

Result<std::string> read_file(const std::string& path, std::size_t limit_bytes) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return fail(ErrorCode::io, fmt::format("{}: is a directory", path));
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::io, fmt::format("{}: {}", path, std::strerror(errno)));
  std::string text(limit_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return fail(ErrorCode::io, fmt::format("{}: cannot be read", path));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > limit_bytes)
    return fail(ErrorCode::too_large,
                fmt::format("{}: larger than {} KiB", path, limit_bytes >> 10));
  return text;
}

std::string read_secret(const Section& section, std::string_view name, SecretNeed need,
                        const Surroundings& surroundings) {
  const std::string by_env = fmt::format("{}_env", name), by_file = fmt::format("{}_file", name);
  if (section.has(by_env) && section.has(by_file)) {
    section.note(by_file, fmt::format("expected either {} or {}, got both", by_env, by_file));
    return {};
  }
  if (!section.has(by_env) && !section.has(by_file)) {
    if (need == SecretNeed::required)
      section.missing(by_env,
                      "the name of a variable that holds the secret, or a file by " + by_file);
    return {};
  }
  const std::string& key = section.has(by_env) ? by_env : by_file;
  const auto source = section.text(key);
  if (!source || surroundings.secrets == Surroundings::Secrets::skipped) return {};

  constexpr std::size_t secret_limit_bytes = 4096;
  std::string secret, where;
  if (key == by_env) {
    const auto value = surroundings.variable(*source);
    where = fmt::format("the variable {}", *source);
    if (!value) {
      section.note(key,
                   fmt::format("expected the name of a variable that is set, got {}, which is not",
                               in_quotes(*source)));
      return {};
    }
    secret = *value;
  } else {
    const auto text = read_file(absolute_path(*source, surroundings), secret_limit_bytes);
    where = fmt::format("the file {}", *source);
    if (!text) {
      section.note(key, "expected a file that can be read, got " + text.error().message);
      return {};
    }
    secret = text->substr(0, text->find_last_not_of("\r\n") + 1);
  }
  if (secret.find_first_not_of(" \t\r\n") == std::string::npos) {
    section.note(
        key,
        fmt::format("expected a secret, got {} with nothing in it: anybody could sign", where));
    return {};
  }
  return secret;
}

tl::expected<Configuration, ConfigErrors> check_configuration(std::string_view text,
                                                              const std::string& file,
                                                              const Surroundings& surroundings) {
  toml::table table;
  try {
    table = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return tl::unexpected(ConfigErrors{fmt::format(
        "{}:{}: expected TOML, got: {}", file, error.source().begin.line, error.description())});
  }
  Findings findings(file);
  check_keys(table, findings);
  const Section whole(table, "", 1, findings);

  Configuration configuration;
  read_server(whole, surroundings, configuration);
  configuration.service.queues = read_queues(whole, surroundings);
  ConfigErrors more;
  read_auth(whole, surroundings, more, configuration);
  if (const auto webhooks = whole.section("webhooks"))
    configuration.service.generic_webhook_secret =
        read_secret(*webhooks, "generic_secret", SecretNeed::required, surroundings);

  ConfigErrors errors = findings.lines();
  errors.insert(errors.end(), more.begin(), more.end());
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return configuration;
}

}  // namespace mergeq::cli
