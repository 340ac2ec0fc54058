#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/client.h"
#include "service/conflict_document.h"
#include "service/documents.h"
#include "vcs/repository.h"

namespace mergeq::cli {
namespace {

using nlohmann::json;

struct ConflictsOptions : ClientOptions {
  std::string a, b;
  std::string queue;
  bool heads = false;
};

std::string in_words(const json& lines) {
  std::string text;
  for (const json& range : lines) {
    const auto first = range.at("first").get<std::uint64_t>();
    const auto count = range.at("count").get<std::uint64_t>();
    text += text.empty() ? "" : ", ";
    text += count == 0   ? fmt::format("after {}", first)
            : count == 1 ? fmt::format("{}", first)
                         : fmt::format("{}-{}", first, first + count - 1);
  }
  return text.empty() ? "the whole file" : "lines " + text;
}

std::string listed(const json& names) {
  std::string text;
  for (const json& name : names) text += (text.empty() ? "" : ", ") + name.get<std::string>();
  return text;
}

std::string report(const json& c) {
  const std::string a = c.at("a"), b = c.at("b");
  std::string text = c.at("summary").get<std::string>() + "\n";
  if (c.at("probability").is_number() && c.at("upper").is_null()) {
    text += fmt::format("Chance that the two break together: {:.0f} %.\n",
                        100 * c.at("probability").get<double>());
  }
  const auto section = [&](const char* title, const char* member, auto line) {
    if (c.at(member).empty()) return;
    text += fmt::format("\n{}:\n", title);
    for (const json& each : c.at(member)) text += "  " + line(each) + "\n";
  };
  const auto itself = [](const json& each) { return each.get<std::string>(); };
  section("A merge of the two fails on", "textual_paths", itself);
  section("Both touch", "paths", [&](const json& path) {
    return fmt::format("{} ({}: {}; {}: {})", path.at("path").get<std::string>(), a,
                       in_words(path.at("a_lines")), b, in_words(path.at("b_lines")));
  });
  section("Directories", "directories", [](const json& shared) {
    return fmt::format("{}: taken away or replaced by {}; the other touches {}",
                       shared.at("directory").get<std::string>(),
                       shared.at("taken_by").get<std::string>(),
                       shared.at("path").get<std::string>());
  });
  section("Both affect the targets", "targets", itself);
  for (const auto& [member, what] :
       {std::pair{"build_graph", "Alters the build graph"}, {"global", "Touches everything"}}) {
    if (!c.at(member).empty()) text += fmt::format("\n{}: {}\n", what, listed(c.at(member)));
  }
  return text;
}

Exit show(const json& document, const ConflictsOptions& options) {
  if (options.json) {
    print_json(document);
    return Exit::done;
  }
  try {
    print(for_terminal(report(document), 100'000));
  } catch (const json::exception& error) {
    return failed({Exit::unreachable,
                   fmt::format("the server's answer is not what version 1 of the API promises: {}",
                               error.what()),
                   0});
  }
  return Exit::done;
}

Exit between_changes(const ConflictsOptions& options) {
  auto client = Client::make(options);
  if (!client) return failed(client.error());
  const std::string queue = service::parse_name(options.a).queue;
  const Answer answer =
      client->get(fmt::format("/api/v1/queues/{}/conflicts?a={}&b={}", segment(queue),
                              segment(options.a), segment(options.b)));
  return answer ? show(*answer, options) : failed(answer.error());
}

/// One of two heads of the repository.
struct Head {
  std::string name;
  CommitId commit;
  Footprint footprint;
};

Result<Head> head_of(const vcs::Repository& repository, const service::QueueConfig& queue,
                     const CommitId& trunk, const std::string& name) {
  const auto commit = repository.resolve(name);
  if (!commit) return tl::unexpected(commit.error());
  auto footprint = repository.footprint(trunk, *commit, queue.targets);
  if (!footprint) return tl::unexpected(footprint.error());
  return Head{name, *commit, std::move(*footprint)};
}

/// As the queue would find it, without predictions: nobody has learnt anything here.
Result<service::Conflict> conflict_between(vcs::Repository& repository, const Head& a,
                                           const Head& b) {
  service::Conflict conflict;
  const auto a_is_below = repository.is_ancestor(a.commit, b.commit);
  if (!a_is_below) return tl::unexpected(a_is_below.error());
  const auto b_is_below = repository.is_ancestor(b.commit, a.commit);
  if (!b_is_below) return tl::unexpected(b_is_below.error());
  if (*a_is_below || *b_is_below) {
    conflict.kind = EdgeKind::stack;
    conflict.needs_other = *a_is_below ? Side::b : Side::a;
    return conflict;
  }
  conflict.kind = service::kind_between(a.footprint, b.footprint);
  auto merged = repository.merge({.base = a.commit, .members = {{ChangeId{1}, 1, b.commit}}});
  if (!merged) return tl::unexpected(merged.error());
  if (merged->conflict) {
    conflict.kind = EdgeKind::textual;
    conflict.textual_paths = std::move(merged->conflict->paths);
  }
  return conflict;
}

Result<json> between_heads(const service::QueueConfig& queue, const ConflictsOptions& options) {
  auto repository = vcs::open_repository(queue.repository);
  if (!repository) return tl::unexpected(repository.error());
  const auto trunk = (*repository)->branch_tip(queue.branch);
  if (!trunk) return tl::unexpected(trunk.error());
  if (!*trunk) return fail(ErrorCode::not_found, "there is no branch " + queue.branch);
  const auto a = head_of(**repository, queue, **trunk, options.a);
  if (!a) return tl::unexpected(a.error());
  const auto b = head_of(**repository, queue, **trunk, options.b);
  if (!b) return tl::unexpected(b.error());
  const auto conflict = conflict_between(**repository, *a, *b);
  if (!conflict) return tl::unexpected(conflict.error());
  return service::conflict_document(queue.name, {a->name, a->footprint}, {b->name, b->footprint},
                                    *conflict);
}

Exit offline(const ConflictsOptions& options) {
  const auto configuration =
      configuration_or_complain(options.config, Surroundings::Secrets::skipped);
  if (!configuration) return Exit::usage;
  const auto& queues = configuration->service.queues;
  const auto queue = std::ranges::find_if(queues, [&](const service::QueueConfig& each) {
    return options.queue.empty() ? queues.size() == 1 : each.name == options.queue;
  });
  if (queue == queues.end()) {
    complain(options.queue.empty()
                 ? "the configuration has several queues: --queue says which one is meant"
                 : "the configuration has no queue \"" + options.queue + "\"");
    return Exit::usage;
  }
  const auto document = between_heads(*queue, options);
  if (!document) {
    complain(document.error().message);
    return Exit::usage;
  }
  return show(*document, options);
}

/// Ids of changes, as a server gives them out; whatever else is named is a head.
Exit conflicts(const ConflictsOptions& options) {
  const auto names_change = [](const std::string& name) {
    return service::parse_name(name).change != ChangeId{};
  };
  const bool heads = options.heads || !names_change(options.a) || !names_change(options.b);
  return heads ? offline(options) : between_changes(options);
}

}  // namespace

void add_conflicts(CLI::App& app, Chosen& chosen) {
  CLI::App* command = add_command(
      app, "conflicts", "Say whether two changes are in conflict, and why",
      "  mergeq conflicts main-7 main-9                # two changes of a running server\n"
      "  mergeq conflicts feature/a feature/b          # two heads of the repository, no server\n"
      "  mergeq conflicts main-7 main-9 --json | jq -r '.paths[].path'");
  const auto options = std::make_shared<ConflictsOptions>();
  add_client_options(*command, *options);
  command->add_option("a", options->a, "A change's id, or a branch, ref or commit")->required();
  command->add_option("b", options->b, "The other one, of the same sort")->required();
  command->add_option("--queue", options->queue,
                      "Heads: the queue whose repository and targets count");
  command->add_flag("--heads", options->heads, "Take both as heads, whatever they look like");
  command->callback([=, &chosen] { chosen = [=] { return conflicts(*options); }; });
}

}  // namespace mergeq::cli
