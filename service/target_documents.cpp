#include "service/target_documents.h"

#include <algorithm>

#include "service/documents.h"

namespace mergeq::service {
namespace {

using nlohmann::json;

json text_or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(shown(text));
}

json ranges(const std::vector<LineRange>& lines) {
  json list = json::array();
  for (const LineRange& range : lines)
    list.push_back({{"first", range.first}, {"count", range.count}});
  return list;
}

}  // namespace

std::string reason_in_words(const vcs::AffectedTarget& target) {
  using enum vcs::AffectedTarget::Reason;
  switch (target.reason) {
    case owns_path:
      return "owns " + target.subject;
    case uses_file:
      return "uses " + target.subject;
    case needs_target:
      return "needs " + target.subject;
    case graph:
      break;
  }
  return target.subject;
}

json footprint_document(const vcs::FootprintReport& report, std::size_t listed_max) {
  const Footprint& f = report.footprint;
  json paths = json::array();
  for (std::size_t i = 0; i < std::min(listed_max, f.paths.size()); ++i) {
    const TouchedPath& path = f.paths[i];
    paths.push_back({{"path", shown(path.path)},
                     {"renamed_from", text_or_null(path.renamed_from)},
                     {"language", text_or_null(path.language)},
                     {"lines_added", path.lines_added},
                     {"lines_deleted", path.lines_deleted},
                     {"base_lines", ranges(path.base_lines)},
                     {"head_lines", ranges(path.head_lines)}});
  }
  json targets = json::array();
  for (std::size_t i = 0; i < std::min(listed_max, report.targets.size()); ++i) {
    const vcs::AffectedTarget& target = report.targets[i];
    targets.push_back({{"name", shown(target.name)},
                       {"reason", to_name(target.reason)},
                       {"text", shown(reason_in_words(target))}});
  }
  return {{"trunk", report.trunk.hex},
          {"head", report.head.hex},
          {"lines_added", f.lines_added},
          {"lines_deleted", f.lines_deleted},
          {"languages", f.languages},
          {"path_count", f.paths.size()},
          {"paths", std::move(paths)},
          {"target_count", report.targets.size()},
          {"targets", std::move(targets)},
          {"global", f.global},
          {"why_global", text_or_null(report.why_global)},
          {"alters_build_graph", f.alters_build_graph},
          {"why_build_graph", text_or_null(report.why_build_graph)}};
}

json targets_document(const vcs::TargetList& list) {
  json targets = json::array();
  for (const vcs::TargetList::Target& target : list.targets) {
    json needs = json::array();
    for (const std::string& name : target.needs) needs.push_back(shown(name));
    targets.push_back({{"name", shown(target.name)},
                       {"ecosystem", target.ecosystem ? json(to_name(*target.ecosystem)) : json()},
                       {"directory", shown(target.directory)},
                       {"files", target.files},
                       {"needs", std::move(needs)},
                       {"hash", target.hash}});
  }
  json unreadable = json::array();
  for (const auto& one : list.unreadable) {
    unreadable.push_back({{"path", shown(one.path)}, {"why", shown(one.why)}});
  }
  return {{"tree", list.tree.hex},
          {"targets", std::move(targets)},
          {"unreadable", std::move(unreadable)},
          {"outside_failure", text_or_null(list.outside_failure)}};
}

}  // namespace mergeq::service
