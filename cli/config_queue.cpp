#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "cli/config_parts.h"

namespace mergeq::cli {
namespace {

constexpr std::size_t name_limit_bytes = 64;

/// Names stand in URLs, ids, refs and folders: letters, digits, `-`, `_`, `.`.
bool is_name(std::string_view name) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= name_limit_bytes && is_word(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_word(c) || c == '-' || c == '.'; });
}
constexpr std::string_view name_expected =
    "1 to 64 letters, digits, \"-\", \"_\", \".\", beginning with a letter or digit";

std::optional<std::string> read_name(const Section& section) {
  if (!section.has("name")) {
    section.missing("name", name_expected);
    return std::nullopt;
  }
  auto name = section.text("name");
  if (!name || is_name(*name)) return name;
  section.wrong("name", name_expected);
  return std::nullopt;
}

void read_command(const Section& section, const service::QueueConfig& queue,
                  service::CheckConfig& check) {
  constexpr std::string_view expected =
      "a program and its arguments ([\"make\", \"test\"]): runner `local` has to run something";
  if (queue.runner == service::RunnerKind::external) {
    if (section.has("command"))
      section.note("command",
                   "expected none: with runner `external` the command is the outside CI's");
    return;
  }
  if (!section.has("command")) return section.missing("command", expected);
  const auto command = section.texts("command");
  if (!command) return;
  if (command->empty()) return section.wrong("command", expected);
  for (const std::string& argument : *command) {
    const bool placed = argument.find("{targets}") != std::string::npos;
    if (placed && argument != "{targets}")
      section.note("command",
                   "expected {targets} as an argument of its own, since it becomes one "
                   "argument for each target, got " +
                       in_quotes(argument));
    if (placed && check.spec.scope == CheckScope::tree)
      section.note("command",
                   "expected {targets} only in a check of scope \"target\", got it in "
                   "one that judges the whole tree");
  }
  check.command = *command;
}

service::CheckConfig read_check(const Section& section, const service::QueueConfig& queue) {
  service::CheckConfig check;
  if (auto name = read_name(section)) check.spec.name = std::move(*name);
  if (const auto scope = section.choice<CheckScope>("scope")) check.spec.scope = *scope;
  read_command(section, queue, check);
  using std::chrono::hours, std::chrono::seconds;
  if (const auto timeout = section.duration("timeout", {seconds{1}, hours{168}}))
    check.timeout = *timeout;
  if (const auto retries = section.whole("retries", {0, 10}))
    check.spec.retries = static_cast<std::uint32_t>(*retries);
  return check;
}

void read_checks(const Section& section, service::QueueConfig& queue) {
  const auto checks = section.sections("check");
  if (!section.has("check")) {
    section.missing("check", "at least one [[queue.check]]: without a check everything would land");
  } else if (checks.empty()) {
    // Wrong in another way is said already.
    section.wrong("check", "at least one [[queue.check]]: without a check everything would land");
  }
  std::map<std::string, unsigned> seen;
  for (const Section& one : checks) {
    service::CheckConfig check = read_check(one, queue);
    const auto [first, is_new] = seen.emplace(check.spec.name, one.line_of("name"));
    if (!is_new && !check.spec.name.empty())
      one.wrong("name", fmt::format("a name that no other check of this queue has (line {} has it)",
                                    first->second));
    queue.policy.checks.push_back(check.spec);
    queue.checks.push_back(std::move(check));
  }
}

/// A rule that depends on itself, through others or not; empty if there is none.
std::string circular_rule(const std::vector<vcs::TargetRule>& rules) {
  std::map<std::string_view, const vcs::TargetRule*> by_name;
  for (const auto& rule : rules) by_name.emplace(rule.name, &rule);
  std::set<std::string_view> done;
  for (bool more = true; more;) {
    // Takes away, round by round, what depends on nothing that is left.
    more = false;
    for (const auto& [name, rule] : by_name) {
      if (done.contains(name)) continue;
      const bool free = std::ranges::all_of(rule->depends_on, [&](const std::string& other) {
        return !by_name.contains(other) || done.contains(other);
      });
      if (free) more = done.insert(name).second || more;
    }
  }
  for (const auto& rule : rules) {
    if (!done.contains(rule.name)) return rule.name;
  }
  return {};
}

/// Where the target graph comes from: readers of manifests, or a program.
void read_graph(const Section& section, service::QueueConfig& queue) {
  if (const auto names = section.texts("manifests")) {
    queue.targets.manifests.emplace();
    for (const std::string& name : *names) {
      if (const auto ecosystem = from_name<vcs::Ecosystem>(name)) {
        queue.targets.manifests->push_back(*ecosystem);
      } else {
        section.note("manifests", fmt::format("expected names out of {}, got {}",
                                              all_names<vcs::Ecosystem>(), in_quotes(name)));
      }
    }
  }
  if (auto command = section.texts("targets_command")) {
    if (command->empty())
      section.wrong("targets_command", "a program and its arguments ([\"./ci/targets\"])");
    queue.targets_command = std::move(*command);
    queue.targets.has_command = true;
  }
  using std::chrono::hours, std::chrono::seconds;
  if (const auto limit = section.duration("targets_timeout", {seconds{1}, hours{24}})) {
    queue.targets_timeout = *limit;
    if (!section.has("targets_command"))
      section.note("targets_timeout", "expected targets_command beside it");
  }
}

void read_targets(const Section& section, service::QueueConfig& queue) {
  read_graph(section, queue);
  std::map<std::string, unsigned> seen;
  for (const Section& one : section.sections("target")) {
    vcs::TargetRule rule;
    if (auto name = one.text("name")) {
      rule.name = std::move(*name);
    } else if (!one.has("name")) {
      one.missing("name", "the target's name");
    }
    const auto [first, is_new] = seen.emplace(rule.name, one.line_of("name"));
    if (!is_new && !rule.name.empty())
      one.wrong("name",
                fmt::format("a name that no other target of this queue has (line {} has it)",
                            first->second));
    if (!one.has("paths")) {
      one.missing("paths", "an array of path patterns ([\"services/payments/**\"])");
    } else if (const auto paths = one.texts("paths")) {
      if (paths->empty()) one.wrong("paths", "at least one path pattern");
      rule.paths = *paths;
    }
    if (auto depends_on = one.texts("depends_on")) rule.depends_on = std::move(*depends_on);
    queue.targets.rules.push_back(std::move(rule));
  }
  if (const std::string name = circular_rule(queue.targets.rules); !name.empty())
    section.note("target", fmt::format("expected depends_on without a circle, got one through {}",
                                       in_quotes(name)));
  if (auto paths = section.texts("global_paths")) queue.targets.global_paths = std::move(*paths);
}

void read_runner(const Section& section, service::QueueConfig& queue) {
  queue.runner = service::RunnerKind::local;
  const auto runner = section.section("runner");
  if (!runner) return;
  if (!runner->has("kind")) runner->missing("kind", "local or external");
  if (const auto kind = runner->choice<service::RunnerKind>("kind")) queue.runner = *kind;
  if (auto names = runner->texts("pass_environment")) {
    for (const std::string& name : *names) {
      if (name.find('=') != std::string::npos)
        runner->note("pass_environment",
                     "expected names of variables without values, got " + in_quotes(name));
    }
    queue.pass_environment = std::move(*names);
  }
  if (const auto limit = runner->size_bytes("log_limit", {4u << 10, 1u << 30}))
    queue.log_limit_bytes = *limit;
}

enum class ForgeKind { github, none };

}  // namespace
}  // namespace mergeq::cli

template <>
struct mergeq::WireNames<mergeq::cli::ForgeKind> {
  static constexpr std::array table{
      std::pair{mergeq::cli::ForgeKind::github, std::string_view("github")},
      std::pair{mergeq::cli::ForgeKind::none, std::string_view("none")},
  };
};

namespace mergeq::cli {
namespace {

bool is_project(std::string_view project) {
  const std::size_t slash = project.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < project.size() &&
         project.find('/', slash + 1) == std::string_view::npos &&
         project.find_first_of(" \t:") == std::string_view::npos;
}

void read_forge(const Section& section, const Surroundings& surroundings,
                service::QueueConfig& queue) {
  const auto forge = section.section("forge");
  if (!forge) return;
  if (!forge->has("kind")) return forge->missing("kind", "github or none");
  const auto kind = forge->choice<ForgeKind>("kind");
  if (!kind) return;
  queue.forge_kind = std::string(to_name(*kind));
  if (*kind == ForgeKind::none) return;
  if (!forge->has("project")) {
    forge->missing("project", "\"OWNER/REPOSITORY\"");
  } else if (auto project = forge->text("project")) {
    if (!is_project(*project)) forge->wrong("project", "\"OWNER/REPOSITORY\"");
    queue.project = std::move(*project);
  }
  if (auto label = forge->text("label")) queue.label = std::move(*label);
  queue.webhook_secret = read_secret(*forge, "webhook_secret", SecretNeed::required, surroundings);
}

void read_policy(const Section& section, service::QueueConfig& queue) {
  Policy& policy = queue.policy;
  if (const auto v = section.whole("slots", {1, 4096}))
    policy.slots = static_cast<std::uint32_t>(*v);
  if (const auto v = section.number("slot_minute_price", {0.0, 1000.0}))
    policy.slot_minute_price = *v;
  if (const auto v = section.choice<vcs::MergeMethod>("merge_method")) queue.merge_method = *v;
  if (const auto v = section.choice<Guarantee>("guarantee")) policy.guarantee = *v;
  if (const auto v = section.choice<Order>("order")) policy.order = *v;
  if (const auto v = section.flag("every_commit_green")) policy.every_commit_green = *v;
  if (const auto v = section.whole("inconclusive_limit", {1, 100}))
    policy.inconclusive_limit = static_cast<std::uint32_t>(*v);
  if (const auto v = section.whole("max_pending", {1, 100'000}))
    policy.max_pending = static_cast<std::uint32_t>(*v);
  using std::chrono::hours, std::chrono::seconds;
  if (const auto v = section.duration("head_start", {seconds{1}, hours{720}}))
    policy.head_start = *v;
}

void read_repository(const Section& section, const Surroundings& surroundings,
                     service::QueueConfig& queue) {
  queue.branch = queue.name;
  if (auto branch = section.text("branch")) {
    // A full ref would do for reading and fail when landing: say so now.
    const bool good = !branch->starts_with("refs/") && branch->front() != '-' &&
                      branch->find_first_of(" ~^:?*[\\") == std::string::npos;
    if (!good) section.wrong("branch", "the short name of a branch (\"main\")");
    queue.branch = std::move(*branch);
  }
  if (!section.has("repository"))
    return section.missing("repository", "a git repository: a path, or the URL of a remote");
  const auto given = section.text("repository");
  if (!given) return;
  if (vcs::is_remote(*given)) return read_remote(section, *given, surroundings, queue);
  if (section.has("remote"))
    section.note("remote",
                 "expected none, since the repository is a path on this machine (https://, ssh://, "
                 "user@host:path and file:// are remotes)");
  queue.repository = absolute_path(*given, surroundings);
  if (!surroundings.repository || queue.branch.empty()) return;
  if (const auto found = surroundings.repository(queue.repository, queue.branch); !found)
    section.note("repository", fmt::format("expected a git repository with the branch {}, got: {}",
                                           in_quotes(queue.branch), found.error().message));
}

service::QueueConfig read_queue(const Section& section, const Surroundings& surroundings) {
  service::QueueConfig queue;
  if (auto name = read_name(section)) queue.name = std::move(*name);
  read_repository(section, surroundings, queue);
  read_policy(section, queue);
  read_runner(section, queue);
  read_checks(section, queue);
  read_targets(section, queue);
  read_forge(section, surroundings, queue);
  return queue;
}

std::string real_path(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(path, error);
  return error ? path : real.string();
}

/// What no two queues may share.
class Distinct {
 public:
  void look(const Section& section, const service::QueueConfig& queue) {
    claim(names_, queue.name, section, "name", "a name");
    if (!queue.repository.empty() && !queue.branch.empty())
      claim(trunks_, real_path(queue.repository) + '\n' + queue.branch, section,
            section.has("branch") ? "branch" : "repository", "a repository and branch");
    if (!queue.project.empty())
      claim(projects_, queue.project + '\n' + queue.branch, section, "forge",
            "a forge's project and branch");
  }

 private:
  using Claims = std::map<std::string, unsigned>;
  static void claim(Claims& claims, const std::string& what, const Section& section,
                    std::string_view key, std::string_view kind) {
    if (what.empty()) return;
    const auto [first, is_new] = claims.emplace(what, section.line_of(key));
    if (!is_new)
      section.note(key, fmt::format("expected {} that no other queue has, got that of line {}",
                                    kind, first->second));
  }
  Claims names_, trunks_, projects_;
};

}  // namespace

std::vector<service::QueueConfig> read_queues(const Section& file,
                                              const Surroundings& surroundings) {
  std::vector<service::QueueConfig> queues;
  if (!file.has("queue")) file.missing("queue", "at least one [[queue]]");
  Distinct distinct;
  for (const Section& section : file.sections("queue")) {
    service::QueueConfig queue = read_queue(section, surroundings);
    distinct.look(section, queue);
    queues.push_back(std::move(queue));
  }
  return queues;
}

}  // namespace mergeq::cli
