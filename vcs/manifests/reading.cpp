#include "vcs/manifests/reading.h"

namespace mergeq::vcs {

ManifestFacts unreadable(std::string why) { return {.unreadable = std::move(why)}; }

std::optional<std::string> normalised_path(std::string_view path) {
  const bool has_drive = path.size() >= 2 && path[1] == ':';
  if (path.starts_with('/') || path.starts_with('\\') || path.starts_with('~') || has_drive) {
    return std::nullopt;
  }
  std::vector<std::string_view> names;
  while (!path.empty()) {
    const std::size_t slash = path.find_first_of("/\\");
    const std::string_view name = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (name.empty() || name == ".") continue;
    if (name == ".." && !names.empty() && names.back() != "..") {
      names.pop_back();
    } else {
      names.push_back(name);
    }
  }
  std::string result;
  for (const std::string_view name : names) {
    if (!result.empty()) result += '/';
    result += name;
  }
  return result;
}

void add_directory(std::vector<std::string>& directories, std::string_view path,
                   std::string_view base) {
  if (!normalised_path(path)) return;
  const std::string joined = std::string(base) + (base.empty() ? "" : "/") + std::string(path);
  if (auto directory = normalised_path(joined)) directories.push_back(std::move(*directory));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view spaces = " \t\r\n\f\v";
  const std::size_t begin = text.find_first_not_of(spaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string_view before(std::string_view text, std::string_view mark) {
  return text.substr(0, text.find(mark));
}

std::string_view after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + mark.size());
}

}  // namespace mergeq::vcs
