/// go.mod and go.work (https://go.dev/ref/mod#go-mod-file). A module with all its packages is one
/// target.
#include <array>
#include <optional>

#include "vcs/git.h"
#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

using Words = std::vector<std::string_view>;

/// Words of a line, without quotes; comments end it. Nothing where a quote is not closed.
std::optional<Words> words_of(std::string_view line) {
  Words words;
  while (!(line = trimmed(line)).empty() && !line.starts_with("//")) {
    if (line[0] == '"' || line[0] == '`') {
      const std::size_t end = line.find(line[0], 1);
      if (end == std::string_view::npos) return std::nullopt;
      words.push_back(line.substr(1, end - 1));
      line.remove_prefix(end + 1);
    } else if (line[0] == '(' || line[0] == ')') {
      words.push_back(line.substr(0, 1));
      line.remove_prefix(1);
    } else {
      const std::size_t end = line.find_first_of(" \t()");
      words.push_back(line.substr(0, end));
      line.remove_prefix(end == std::string_view::npos ? line.size() : end);
    }
  }
  return words;
}

bool is_local(std::string_view path) {
  return path == "." || path == ".." || path.starts_with("./") || path.starts_with("../");
}

/// "old v1 => new v2" or "old => ../new".
void add_replacement(const Words& words, ManifestTarget& target) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] != "=>") continue;
    if (is_local(words[i + 1])) {
      add_directory(target.needs_directories, words[i + 1]);
    } else {
      target.needs.emplace_back(words[i + 1]);
    }
  }
}

struct GoFile {
  ManifestTarget facts;
  std::string wrong;  // what, in which line
};

void add(std::string_view verb, const Words& arguments, ManifestTarget& target) {
  if (arguments.empty()) return;
  if (verb == "module") target.name = arguments[0];
  if (verb == "require") target.needs.emplace_back(arguments[0]);
  if (verb == "replace") add_replacement(arguments, target);
}

/// Lines "verb arguments", and blocks "verb (", arguments in lines, ")".
GoFile parse(std::string_view content) {
  GoFile file;
  std::string_view block;
  std::size_t number = 0;
  const auto wrong = [&](std::string_view what) {
    file.wrong = "line " + std::to_string(number) + ": " + std::string(what);
    return file;
  };
  for (const std::string_view line : lines_of(content)) {
    ++number;
    const std::optional<Words> words = words_of(line);
    if (!words) return wrong("expected a closing quote");
    if (words->empty()) continue;
    if (words->front() == ")") {
      if (block.empty()) return wrong("expected no \")\" outside of a block");
      block = {};
    } else if (!block.empty()) {
      add(block, *words, file.facts);
    } else if (words->size() > 1 && (*words)[1] == "(") {
      block = words->front();
    } else {
      add(words->front(), Words(words->begin() + 1, words->end()), file.facts);
    }
  }
  if (!block.empty()) return wrong("expected \")\"");
  return file;
}

}  // namespace

ManifestFacts read_go(std::string_view path, std::string_view content) {
  GoFile file = parse(content);
  if (!file.wrong.empty()) return unreadable(file.wrong);
  if (file_name_of(path) == "go.work") {
    file.facts.scope = Scope::below;
    return {.targets = {file.facts}, .is_root = true};
  }
  // An empty one keeps its directory out of the module around it.
  if (file.facts.name.empty() && !trimmed(content).empty()) {
    return unreadable("expected a line \"module <path>\"");
  }
  return {.targets = {file.facts}};
}

}  // namespace mergeq::vcs
