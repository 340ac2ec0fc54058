#include "service/conflict_document.h"

#include <algorithm>

#include "service/documents.h"

namespace mergeq::service {
namespace {

using nlohmann::json;

constexpr std::size_t shown_max = 200;

json lines_document(const std::vector<LineRange>& ranges) {
  json lines = json::array();
  for (std::size_t i = 0; i < ranges.size() && i < shown_max; ++i) {
    lines.push_back({{"first", ranges[i].first}, {"count", ranges[i].count}});
  }
  return lines;
}

template <class List, class Render>
json list_document(const List& list, Render render) {
  json documents = json::array();
  for (std::size_t i = 0; i < list.size() && i < shown_max; ++i) {
    documents.push_back(render(list[i]));
  }
  return documents;
}

const std::string& name_of(Side side, const ConflictSide& a, const ConflictSide& b) {
  return side == Side::a ? a.name : b.name;
}

json names_of_those(bool Footprint::*property, const ConflictSide& a, const ConflictSide& b) {
  json names = json::array();
  for (const ConflictSide* side : {&a, &b}) {
    if (side->footprint.*property) names.push_back(side->name);
  }
  return names;
}

std::string counted(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string path_reason(const ConflictSide& a, const ConflictSide& b, const Overlap& common) {
  if (!common.paths.empty()) {
    return "both touch " + shown(common.paths.front().path) +
           (common.paths.size() > 1 ? " and " + counted(common.paths.size() - 1, "other path")
                                    : "");
  }
  if (!common.directories.empty()) {
    const SharedDirectory& first = common.directories.front();
    const Side other = first.by == Side::a ? Side::b : Side::a;
    return name_of(first.by, a, b) + " takes " + shown(first.directory) +
           " away or replaces it, and " + name_of(other, a, b) + " touches " + shown(first.path) +
           " in it";
  }
  return "one of them is so large that it counts by its directories, and the other touches "
         "something in them";
}

std::string reason(const ConflictSide& a, const ConflictSide& b, const Conflict& conflict,
                   const Overlap& common) {
  const auto upper = [&] { return name_of(*conflict.needs_other, a, b); };
  const auto lower = [&] {
    return name_of(*conflict.needs_other == Side::a ? Side::b : Side::a, a, b);
  };
  switch (*conflict.kind) {
    case EdgeKind::order:
      return "every pair counts in this queue";
    case EdgeKind::global:
      return "one of them touches everything";
    case EdgeKind::build_graph:
      return "one of them alters the build graph";
    case EdgeKind::target:
      return "both affect " + shown(common.targets.front()) +
             (common.targets.size() > 1
                  ? " and " + counted(common.targets.size() - 1, "other target")
                  : "");
    case EdgeKind::path:
      return path_reason(a, b, common) + "; their texts merge";
    case EdgeKind::textual:
      return "their texts do not merge" +
             (conflict.textual_paths.empty()
                  ? std::string()
                  : ": " + shown(conflict.textual_paths.front()) +
                        (conflict.textual_paths.size() > 1 ? ", ..." : ""));
    case EdgeKind::declared:
      return upper() + " was declared to depend on " + lower();
    case EdgeKind::stack:
      return upper() + " is stacked on " + lower();
  }
  return "";
}

json directory_document(const SharedDirectory& shared, const ConflictSide& a,
                        const ConflictSide& b) {
  return {{"directory", shown(shared.directory)},
          {"taken_by", name_of(shared.by, a, b)},
          {"path", shown(shared.path)}};
}

}  // namespace

std::optional<EdgeKind> kind_between(const Footprint& a, const Footprint& b) {
  ConflictGraph graph;
  const Prediction none;
  graph.add({ChangeId{1}, a, none, {}, {}, {}, {}});
  graph.add({ChangeId{2}, b, none, {}, {}, {}, {}});
  const auto edge = graph.between(ChangeId{1}, ChangeId{2});
  return edge ? std::optional(edge->kind) : std::nullopt;
}

json conflict_document(const std::string& queue, const ConflictSide& a, const ConflictSide& b,
                       const Conflict& conflict) {
  const Overlap common = overlap(a.footprint, b.footprint);
  const std::string pair = a.name + " and " + b.name;
  const std::string summary =
      conflict.kind ? pair + " are in conflict: " + reason(a, b, conflict, common) + "."
                    : pair +
                          " are not in conflict: nothing that one of them touches meets the "
                          "other.";
  const auto render_path = [](const SharedPath& shared) {
    return json{{"path", shown(shared.path)},
                {"a_lines", lines_document(shared.a_lines)},
                {"b_lines", lines_document(shared.b_lines)}};
  };
  const auto as_text = [](const std::string& text) { return json(shown(text)); };
  return {
      {"queue", queue},
      {"a", a.name},
      {"b", b.name},
      {"conflict", conflict.kind.has_value()},
      {"kind", conflict.kind ? json(to_name(*conflict.kind)) : json(nullptr)},
      {"probability", conflict.probability ? json(*conflict.probability) : json(nullptr)},
      {"upper", conflict.needs_other ? json(name_of(*conflict.needs_other, a, b)) : json(nullptr)},
      {"summary", summary},
      {"paths", list_document(common.paths, render_path)},
      {"paths_total", common.paths.size()},
      {"directories", list_document(common.directories,
                                    [&](const SharedDirectory& shared) {
                                      return directory_document(shared, a, b);
                                    })},
      {"targets", list_document(common.targets, as_text)},
      {"targets_total", common.targets.size()},
      {"build_graph", names_of_those(&Footprint::alters_build_graph, a, b)},
      {"global", names_of_those(&Footprint::global, a, b)},
      {"textual_paths", list_document(conflict.textual_paths, as_text)}};
}

}  // namespace mergeq::service
