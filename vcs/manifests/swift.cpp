/// Package.swift (https://docs.swift.org/package-manager/PackageDescription/).
///
/// Each target of the package is one, in every directory where SwiftPM would look for it. All
/// targets that stand anywhere in the file count, so that branches and later additions are seen;
/// where names or dependencies are computed, what could not be seen may be anything.
#include <algorithm>
#include <array>
#include <map>

#include "vcs/git.h"
#include "vcs/manifests/code_tokens.h"
#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

using Tokens = std::vector<CodeToken>;
using Kind = CodeToken::Kind;

/// Of constants that are mentioned again and again; what comes later needs all.
constexpr std::size_t constant_tokens_max = std::size_t{1} << 20U;

enum class TargetKind { regular, test, plugin };

struct SwiftTarget {
  TargetKind kind;
  std::string name;
  std::string path;  // "" where SwiftPM looks in its usual places
  bool has_path = false;
  ManifestTarget facts;
};

std::vector<std::string> usual_places(TargetKind kind) {
  switch (kind) {
    case TargetKind::regular:
      return {"Sources", "Source", "src", "srcs"};
    case TargetKind::test:
      return {"Tests", "Sources", "Source", "src", "srcs"};
    case TargetKind::plugin:
      return {"Plugins"};
  }
  return {};
}

class SwiftManifest {
 public:
  explicit SwiftManifest(const Tokens& tokens) : tokens_(tokens) {
    find_values();
    for (std::size_t i = 1; i < tokens.size(); ++i) {
      if (tokens[i].is_symbol('(')) call(i);
      if (changes_dependencies(i)) is_computed_ = true;
    }
  }

  ManifestFacts facts() const {
    ManifestFacts facts;
    if (has_unseen_targets_) {
      facts.targets.push_back({.aliases = {"*"}, .needs_all = true});
    }
    for (const SwiftTarget& target : targets_) add(target, facts);
    facts.targets.push_back({.scope = Scope::below});
    return facts;
  }
  bool is_package() const { return is_package_; }

 private:
  const CodeToken& at(std::size_t index) const { return token_at(tokens_, index); }

  /// `let x = ...` outside of all brackets: where the value begins.
  void find_values() {
    for (std::size_t i = 1; i < tokens_.size(); ++i) {
      const bool is_let = tokens_[i - 1].is_word("let") || tokens_[i - 1].is_word("var");
      if (is_let && tokens_[i].around == CodeToken::no_bracket) {
        values_[std::string(tokens_[i].text)].push_back(i + 1);
      }
    }
  }

  /// Whether what opens there is within `dependencies: [...]` or `plugins: [...]`: a mention.
  bool is_mention(std::size_t open) const {
    const std::uint32_t around = tokens_[open].around;
    return around != CodeToken::no_bracket && around >= 2 && tokens_[around].is_symbol('[') &&
           at(around - 1).is_symbol(':') &&
           (at(around - 2).is_word("dependencies") || at(around - 2).is_word("plugins"));
  }

  void call(std::size_t open) {
    const std::string_view name = tokens_[open - 1].text;
    if (name == "Package") is_package_ = true;
    const bool is_member = open >= 2 && at(open - 2).is_symbol('.');
    if (!is_member || is_mention(open)) return;
    if (name == "library" || name == "executable" || name == "plugin") product(open);
    if (name == "target" || name == "executableTarget" || name == "systemLibrary" ||
        name == "binaryTarget" || name == "macro") {
      target(open, TargetKind::regular);
    } else if (name == "testTarget") {
      target(open, TargetKind::test);
    } else if (name == "plugin" && argument(open, "targets") == 0) {
      target(open, TargetKind::plugin);
    }
  }

  /// Where the value of `label:` begins within the brackets; 0 where there is none.
  std::size_t argument(std::size_t open, std::string_view label) const {
    for (std::size_t i = open + 1; i < tokens_[open].partner; ++i) {
      if (tokens_[i].partner > i) {
        i = tokens_[i].partner;
      } else if (tokens_[i].is_word(label) && at(i + 1).is_symbol(':')) {
        return i + 2;
      }
    }
    return 0;
  }

  bool is_literal(std::size_t i) const {
    return at(i).is_string() && at(i).is_plain &&
           (at(i + 1).is_symbol(',') || at(i + 1).is_symbol(')'));
  }

  void product(std::size_t open) {
    const std::size_t name = argument(open, "name");
    const std::size_t targets = argument(open, "targets");
    if (targets == 0 || !is_literal(name)) return;
    for (std::size_t i = targets; i < at(targets).partner; ++i) {
      if (at(i).is_string()) products_.emplace(at(i).text, at(name).text);
    }
  }

  void target(std::size_t open, TargetKind kind) {
    const std::size_t name = argument(open, "name");
    if (!is_literal(name)) {
      has_unseen_targets_ = true;
      return;
    }
    SwiftTarget target{.kind = kind, .name = std::string(at(name).text)};
    if (const std::size_t path = argument(open, "path"); path != 0) {
      const auto directory = normalised_path(at(path).text);
      target.has_path = is_literal(path) && directory;
      if (target.has_path) target.path = *directory;
      if (!target.has_path) has_unseen_targets_ = true;
    }
    for (const char* label : {"dependencies", "plugins"}) {
      if (const std::size_t value = argument(open, label); value != 0) {
        need(value, tokens_[open].partner, target.facts, /*depth=*/0);
      }
    }
    targets_.push_back(std::move(target));
  }

  /// All strings of a value, and of the constants that it names, up to the comma behind it.
  void need(std::size_t i, std::size_t end, ManifestTarget& target, std::size_t depth) const {
    for (const std::uint32_t around = at(i).around; i < end; ++i) {
      const CodeToken& token = at(i);
      if (token.around == around && token.partner <= i &&
          (token.is_symbol(',') || token.kind == Kind::line_end)) {
        return;
      }
      if (depth > 0 && ++constant_tokens_ > constant_tokens_max) {
        target.needs_all = true;
        return;
      }
      if (token.is_string()) {
        if (!token.is_plain || at(i + 1).is_symbol('+')) target.needs_all = true;
        target.needs.emplace_back(token.text);
      } else if (is_constant(i)) {
        need_constant(token.text, target, depth);
      }
    }
  }

  /// A name that stands for itself: no label, member, type or call's name.
  bool is_constant(std::size_t i) const {
    const CodeToken& token = at(i);
    if (token.kind != Kind::word || at(i - 1).is_symbol('.') || at(i + 1).is_symbol(':'))
      return false;
    const char c = token.text[0];
    return !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && token.text != "nil" &&
           token.text != "true" && token.text != "false";
  }

  void need_constant(std::string_view name, ManifestTarget& target, std::size_t depth) const {
    const auto values = values_.find(name);
    constexpr std::size_t constants_depth_max = 3;
    if (values == values_.end() || depth >= constants_depth_max || values->second.size() > 4) {
      target.needs_all = true;
      return;
    }
    for (std::size_t i : values->second) {
      while (!at(i).is_symbol('=') && at(i).kind != Kind::line_end) ++i;  // behind its type
      if (at(i).kind == Kind::line_end || at(i + 1).is_symbol('{')) target.needs_all = true;
      need(i + 1, tokens_.size(), target, depth + 1);
    }
  }

  /// target.dependencies.append(x), target.dependencies += x; the package's own are no targets.
  bool changes_dependencies(std::size_t i) const {
    if (i < 2 || !tokens_[i].is_word("dependencies") || !at(i - 1).is_symbol('.')) return false;
    if (at(i - 2).is_word("package")) return false;
    return at(i + 1).is_symbol('=') || at(i + 1).is_symbol('+') || at(i + 2).is_word("append") ||
           at(i + 2).is_word("insert");
  }

  bool is_only_one(TargetKind kind) const {
    return std::ranges::count(targets_, kind, &SwiftTarget::kind) == 1;
  }

  void add(const SwiftTarget& target, ManifestFacts& facts) const {
    ManifestTarget entry = target.facts;
    entry.name = target.name;
    entry.needs_all = entry.needs_all || is_computed_;
    const auto [begin, end] = products_.equal_range(target.name);
    for (auto product = begin; product != end; ++product) {
      if (product->second != target.name) entry.aliases.push_back(product->second);
    }
    if (target.has_path) {
      entry.directory = target.path;
      facts.targets.push_back(entry);
      return;
    }
    const auto name = normalised_path(target.name);
    if (!name || name->empty()) return;
    for (const std::string& place : usual_places(target.kind)) {
      entry.directory = place + "/" + *name;
      facts.targets.push_back(entry);
    }
    if (is_only_one(
            target.kind)) {  // then its sources may be there without a directory of their own
      entry.directory = usual_places(target.kind)[0];
      facts.targets.push_back(entry);
    }
  }

  const Tokens& tokens_;
  mutable std::size_t constant_tokens_ = 0;  // how much of constants was looked at
  bool is_package_ = false;
  bool is_computed_ = false;         // what targets need
  bool has_unseen_targets_ = false;  // their names or places
  std::vector<SwiftTarget> targets_;
  std::multimap<std::string, std::string, std::less<>> products_;  // by target
  std::map<std::string, std::vector<std::size_t>, std::less<>> values_;
};

}  // namespace

ManifestFacts read_swift(std::string_view /*path*/, std::string_view content) {
  const auto tokens = code_tokens(content, CodeLanguage::swift);
  if (!tokens) return unreadable(tokens.error());
  const SwiftManifest manifest(*tokens);
  if (!manifest.is_package()) return unreadable("expected Package(...)");
  return manifest.facts();
}

}  // namespace mergeq::vcs
