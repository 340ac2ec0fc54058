#include "cli/audit_note.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

namespace mergeq::cli {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* member) {
  const auto it = object.find(member);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::vector<std::string> texts_of(const json& object, const char* member) {
  std::vector<std::string> texts;
  const auto it = object.find(member);
  if (it == object.end() || !it->is_array()) return texts;
  for (const json& element : *it) {
    if (element.is_string()) texts.push_back(element.get<std::string>());
  }
  return texts;
}

/// What all notes of a landing share.
json shared_part(json note) {
  note.erase("change");
  note.erase("within");
  return note;
}

}  // namespace

std::string NoteCheck::change_name(ChangeId change) const {
  return fmt::format("{}-{}", queue_, change.value);
}

void NoteCheck::check(std::span<const event::LandedMember> members, const TreeId& tree,
                      const std::optional<CommitId>& before) {
  const std::string last = change_name(members.back().change);
  std::optional<json> first;
  std::optional<CommitId> below = before;
  for (const event::LandedMember& member : members) {
    if (member.commit == std::exchange(below, member.commit)) continue;
    const auto text = repository_.note(member.commit);
    if (!text || !*text) {
      findings_.push_back(
          fmt::format("commit {} of change {} has no certificate in refs/notes/mergeq",
                      member.commit.hex, change_name(member.change)));
      continue;
    }
    const json note = json::parse(**text, nullptr, false);
    if (!note.is_object() || note.value("version", json()) != json(1)) {
      findings_.push_back(fmt::format("commit {}: expected a note of version 1, got something else",
                                      member.commit.hex));
      continue;
    }
    check_one(member, note, last);
    if (!first) {
      first = shared_part(note);
      check_certificate(member.commit, note, tree);
    } else if (*first != shared_part(note)) {
      findings_.push_back(
          fmt::format("commit {}: its certificate is not that of its landing", member.commit.hex));
    }
  }
}

void NoteCheck::check_one(const event::LandedMember& member, const json& note,
                          const std::string& last) {
  const std::string name = change_name(member.change);
  if (text_of(note, "queue") != queue_ || text_of(note, "change") != name)
    findings_.push_back(
        fmt::format("commit {}: its note speaks of change \"{}\", the journal of {}",
                    member.commit.hex, text_of(note, "change"), name));
  const std::string within = name == last ? "" : last;
  if (text_of(note, "within") != within)
    findings_.push_back(fmt::format("commit {}: its note says within \"{}\", expected \"{}\"",
                                    member.commit.hex, text_of(note, "within"), within));
}

void NoteCheck::check_certificate(const CommitId& commit, const json& note, const TreeId& tree) {
  if (text_of(note, "tree") != tree.hex)
    findings_.push_back(fmt::format("commit {}: certified was the tree {}, landed is {}",
                                    commit.hex, text_of(note, "tree"), tree.hex));
  if (!from_name<CertificateKind>(text_of(note, "kind")))
    findings_.push_back(
        fmt::format("commit {}: expected a certificate exact or independent, got \"{}\"",
                    commit.hex, text_of(note, "kind")));
  if (texts_of(note, "checks").empty())
    findings_.push_back(
        fmt::format("commit {}: its certificate names no check that passed", commit.hex));
  check_builds(commit, note);
}

/// Each check passed in one of the builds that the certificate names.
void NoteCheck::check_builds(const CommitId& commit, const json& note) {
  std::set<std::string> passed;
  bool of_this_tree = false, trees_only = true;
  const std::vector<std::string> builds = texts_of(note, "builds");
  for (const std::string& id : builds) {
    const auto row = store_.build(id);
    const json build = row && *row ? json::parse((*row)->document, nullptr, false) : json();
    if (!build.is_object()) {
      findings_.push_back(fmt::format(
          "commit {}: its certificate names build {}, which is not known", commit.hex, id));
      return;
    }
    of_this_tree = of_this_tree || text_of(build, "tree") == text_of(note, "tree");
    for (const json& check : build.value("checks", json::array())) {
      if (text_of(check, "verdict") == "passed") passed.insert(text_of(check, "name"));
      trees_only = trees_only && text_of(check, "scope") == "tree";
    }
  }
  const bool exact = text_of(note, "kind") == to_name(CertificateKind::exact);
  if (exact && builds.empty())
    findings_.push_back(fmt::format("commit {}: an exact certificate without a build", commit.hex));
  // Verdicts of targets may come from builds of other trees.
  if (exact && trees_only && !builds.empty() && !of_this_tree)
    findings_.push_back(
        fmt::format("commit {}: an exact certificate, and no build was of that tree", commit.hex));
  if (builds.empty()) return;
  for (const std::string& check : texts_of(note, "checks")) {
    if (!passed.contains(check))
      findings_.push_back(fmt::format(
          "commit {}: check {} passed in none of its certificate's builds", commit.hex, check));
  }
}

}  // namespace mergeq::cli
