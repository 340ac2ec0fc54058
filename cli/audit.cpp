#include "cli/audit.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/remote_access.h"

namespace mergeq::cli {
namespace {

nlohmann::json document_of(const AuditReport& report) {
  return {{"queue", report.queue},
          {"records", report.records},
          {"changes", report.changes},
          {"landings", report.landings},
          {"landed_changes", report.landed_changes},
          {"foreign_pushes", report.foreign_pushes},
          {"findings", report.findings}};
}

void print_report(const AuditReport& report) {
  print(
      fmt::format("queue {}: {} journal records, {} changes, {} landed in {} landings, {} pushes "
                  "by others: {}\n",
                  report.queue, report.records, report.changes, report.landed_changes,
                  report.landings, report.foreign_pushes,
                  report.findings.empty() ? "all is well"
                                          : fmt::format("{} FINDINGS", report.findings.size())));
  for (const std::string& finding : report.findings) print(fmt::format("  {}\n", finding));
}

/// A landing that comes between the copy of a remote and the reading of the journal would be a
/// finding: then both are looked at again.
Result<AuditReport> audit_now(const service::QueueConfig& queue, const std::string& data_directory,
                              storage::Store& store) {
  constexpr int copies = 3;
  for (int i = 1;; ++i) {
    const auto readable = readable_repository(queue, data_directory);
    if (!readable) return tl::unexpected(readable.error());
    if (!readable->notice.empty()) complain(readable->notice);
    auto report = audit_queue(queue, store, readable->path);
    const bool is_copy = readable->scratch != nullptr;
    if (!report || report->findings.empty() || !is_copy || i == copies) return report;
  }
}

Exit audit(const CommonOptions& options) {
  const auto configuration =
      configuration_or_complain(options.config, Surroundings::Secrets::skipped);
  if (!configuration) return Exit::usage;
  const auto store = storage::open_store_read_only(configuration->database);
  if (!store && store.error().code != ErrorCode::corrupt) {
    complain(store.error().message);
    return Exit::usage;
  }
  if (!store) {
    complain(store.error().message);
    return Exit::bad;
  }
  nlohmann::json documents = nlohmann::json::array();
  bool good = true;
  for (const service::QueueConfig& queue : configuration->service.queues) {
    const auto report = audit_now(queue, configuration->service.data_directory, **store);
    if (!report) {
      complain(report.error().message);
      return Exit::usage;
    }
    good = good && report->findings.empty();
    documents.push_back(document_of(*report));
    if (!options.json) print_report(*report);
  }
  if (options.json) print_json({{"ok", good}, {"queues", documents}});
  return good ? Exit::done : Exit::bad;
}

}  // namespace

void add_audit(CLI::App& app, Chosen& chosen) {
  CLI::App* command = add_command(
      app, "audit",
      "Check again, from repository and database alone, that all that landed was safe to land",
      "  mergeq audit                       # beside a running server, or without one\n"
      "  mergeq audit --json | jq '.queues[].findings[]'");
  const auto options = std::make_shared<CommonOptions>();
  add_common(*command, *options);
  command->callback([=, &chosen] { chosen = [=] { return audit(*options); }; });
}

}  // namespace mergeq::cli
