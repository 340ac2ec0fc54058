#include "cli/config_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace mergeq::cli {
namespace {

using Keys = std::string_view;

constexpr Keys file_keys[] = {"server", "auth", "webhooks", "queue"};
constexpr Keys server_keys[] = {"listen", "database", "data_directory", "public_url"};
constexpr Keys auth_keys[] = {"anonymous", "tokens_file"};
constexpr Keys webhooks_keys[] = {"generic_secret_env", "generic_secret_file"};
constexpr Keys queue_keys[] = {"name",
                               "repository",
                               "branch",
                               "slots",
                               "slot_minute_price",
                               "merge_method",
                               "guarantee",
                               "order",
                               "head_start",
                               "every_commit_green",
                               "max_pending",
                               "inconclusive_limit",
                               "global_paths",
                               "manifests",
                               "targets_command",
                               "targets_timeout",
                               "check",
                               "target",
                               "remote",
                               "runner",
                               "forge"};
constexpr Keys check_table_keys[] = {"name", "scope", "command", "timeout", "retries"};
constexpr Keys target_keys[] = {"name", "paths", "depends_on"};
constexpr Keys remote_keys[] = {"user",       "token_env",        "token_file", "ssh_key_file",
                                "host_keys",  "known_hosts_file", "ca_file",    "poll",
                                "time_limit", "allow_plain_http"};
constexpr Keys runner_keys[] = {"kind", "pass_environment", "log_limit"};
constexpr Keys forge_keys[] = {"kind", "project", "label", "webhook_secret_env",
                               "webhook_secret_file"};

constexpr TableKeys tables[] = {
    {"", "the file", file_keys},
    {"server", "[server]", server_keys},
    {"auth", "[auth]", auth_keys},
    {"webhooks", "[webhooks]", webhooks_keys},
    {"queue", "[[queue]]", queue_keys},
    {"queue.check", "[[queue.check]]", check_table_keys},
    {"queue.target", "[[queue.target]]", target_keys},
    {"queue.remote", "[queue.remote]", remote_keys},
    {"queue.runner", "[queue.runner]", runner_keys},
    {"queue.forge", "[queue.forge]", forge_keys},
};

const TableKeys* table_named(std::string_view name) {
  const auto it = std::ranges::find(tables, name, &TableKeys::table);
  return it == std::end(tables) ? nullptr : it;
}

/// Insertions, deletions, replacements and swaps of neighbours that make one of the other (optimal
/// string alignment). Keys are short: no cleverness.
std::size_t typing_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

std::string_view nearest(std::string_view unknown, std::span<const std::string_view> keys) {
  if (unknown.size() > 40) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, unknown.size() / 3) + 1;
  for (const std::string_view key : keys) {
    const bool begins = unknown.size() >= 4 && key.starts_with(unknown);
    const std::size_t distance = begins ? 1 : typing_distance(unknown, key);
    if (distance < best_distance) {
      best = key;
      best_distance = distance;
    }
  }
  return best;
}

std::string listed(std::span<const std::string_view> keys) {
  return fmt::format("{}", fmt::join(keys, ", "));
}

std::string unknown_key_text(const TableKeys& table, std::string_view key) {
  if (const std::string_view near = nearest(key, table.keys); !near.empty())
    return fmt::format("expected a key of {} (did you mean \"{}\"?), got an unknown one",
                       table.header, near);
  for (const TableKeys& other : tables) {
    if (std::ranges::find(other.keys, key) != other.keys.end())
      return fmt::format("expected a key of {} (\"{}\" belongs to {}), got an unknown one",
                         table.header, key, other.header);
  }
  return fmt::format("expected a key of {} ({}), got an unknown one", table.header,
                     listed(table.keys));
}

void check_table(const toml::table& table, const TableKeys& known, unsigned line,
                 Findings& findings);

void check_value(const toml::node& node, std::string_view name, unsigned line, Findings& findings) {
  const TableKeys* known = table_named(name);
  if (!known) return;
  if (const auto* table = node.as_table()) {
    check_table(*table, *known, line, findings);
  } else if (const auto* array = node.as_array()) {
    for (const toml::node& element : *array) {
      if (const auto* one = element.as_table()) check_table(*one, *known, line, findings);
    }
  }
}

void check_table(const toml::table& table, const TableKeys& known, unsigned line,
                 Findings& findings) {
  const Section section(table, std::string(known.table), line, findings);
  for (const auto& [key, node] : table) {
    const std::string_view name = key.str();
    if (std::ranges::find(known.keys, name) == known.keys.end()) {
      section.note(name, unknown_key_text(known, name));
    } else {
      check_value(node, section.name_of(name), section.line_of(name), findings);
    }
  }
}

}  // namespace

std::span<const TableKeys> configuration_keys() { return tables; }

void check_keys(const toml::table& file, Findings& findings) {
  check_table(file, tables[0], 1, findings);
}

}  // namespace mergeq::cli
