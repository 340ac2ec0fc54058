#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <map>

#include "cli/config_parts.h"

namespace mergeq::cli {
namespace {

constexpr std::string_view sha256_of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

void check_token_keys(const Section& section, const toml::table& table) {
  constexpr std::array<std::string_view, 4> known{"name", "sha256", "role", "queues"};
  for (const auto& [key, node] : table) {
    if (std::ranges::find(known, key.str()) == known.end())
      section.note(key.str(), "expected name, sha256, role or queues, got an unknown key");
  }
}

api::Token read_token(const Section& section, const std::vector<std::string>& queues) {
  api::Token token;
  if (!section.has("name")) section.missing("name", "who the token stands for");
  if (auto name = section.text("name")) token.name = std::move(*name);

  if (!section.has("sha256")) section.missing("sha256", "the line that `mergeq token` printed");
  if (auto hash = section.text("sha256")) {
    if (!is_sha256(*hash) || *hash == sha256_of_nothing)
      // Not `wrong`: somebody may have put the token itself there.
      section.note("sha256", "expected 64 hexadecimal digits as `mergeq token` prints them");
    token.sha256 = std::move(*hash);
  }
  if (!section.has("role")) section.missing("role", "one of read, submit, ci, operate, admin");
  if (const auto role = section.choice<api::Role>("role")) {
    if (*role == api::Role::none) section.wrong("role", "one of read, submit, ci, operate, admin");
    token.role = *role;
  }
  if (auto named = section.texts("queues")) {
    if (named->empty()) section.wrong("queues", "at least one queue (without the key: all)");
    for (const std::string& queue : *named) {
      if (std::ranges::find(queues, queue) == queues.end())
        section.note("queues",
                     "expected names of queues of the configuration, got " + in_quotes(queue));
    }
    token.queues = std::move(*named);
  }
  return token;
}

}  // namespace

tl::expected<std::vector<api::Token>, ConfigErrors> check_tokens(
    std::string_view text, const std::string& file, const std::vector<std::string>& queues) {
  toml::table table;
  try {
    table = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return tl::unexpected(ConfigErrors{fmt::format(
        "{}:{}: expected TOML, got: {}", file, error.source().begin.line, error.description())});
  }
  Findings findings(file);
  const Section whole(table, "", 1, findings);
  for (const auto& [key, node] : table) {
    if (key.str() != "token") whole.note(key.str(), "expected only [[token]], got an unknown key");
  }
  std::vector<api::Token> tokens;
  std::map<std::string, unsigned> seen;
  const auto* tables = table.get_as<toml::array>("token");
  for (const Section& section : whole.sections("token")) {
    check_token_keys(section, *tables->get(tokens.size())->as_table());
    api::Token token = read_token(section, queues);
    const auto [first, is_new] = seen.emplace(token.sha256, section.line_of("sha256"));
    if (!is_new && !token.sha256.empty())
      section.note("sha256",
                   fmt::format("expected a token of its own, got that of line {}", first->second));
    tokens.push_back(std::move(token));
  }
  if (!findings.empty()) return tl::unexpected(findings.lines());
  return tokens;
}

}  // namespace mergeq::cli
