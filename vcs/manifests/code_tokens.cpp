#include "vcs/manifests/code_tokens.h"

#include <algorithm>

#include "vcs/manifests/reading.h"

namespace mergeq::vcs {
namespace {

using Tokens = std::vector<CodeToken>;

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

class Scanner {
 public:
  Scanner(std::string_view code, CodeLanguage language) : code_(code), language_(language) {}

  tl::expected<Tokens, std::string> scan() {
    while (at_ < code_.size() && wrong_.empty()) {
      if (tokens_.size() >= code_tokens_max) return fail("expected at most a million words");
      next();
    }
    if (wrong_.empty() && !open_.empty()) {
      line_ = tokens_[open_.back()].line;
      wrong("expected a closing bracket");
    }
    if (!wrong_.empty()) return fail(wrong_);
    return std::move(tokens_);
  }

 private:
  using Kind = CodeToken::Kind;

  tl::unexpected<std::string> fail(const std::string& what) const {
    return tl::unexpected("line " + std::to_string(line_) + ": " + what);
  }
  void wrong(std::string_view what) {
    if (wrong_.empty()) wrong_ = what;
  }
  std::string_view rest() const { return code_.substr(at_); }

  void add(Kind kind, std::string_view text, std::uint32_t line) {
    const auto index = static_cast<std::uint32_t>(tokens_.size());
    tokens_.push_back({.kind = kind,
                       .line = line,
                       .partner = index,
                       .around = open_.empty() ? CodeToken::no_bracket : open_.back(),
                       .text = text});
  }

  void next() {
    const char c = code_[at_];
    if (c == '\n') {
      if (open_.empty() || tokens_[open_.back()].is_symbol('{')) add(Kind::line_end, "\n", line_);
      ++line_;
      ++at_;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\0') {
      ++at_;
    } else if (!skip_comment() && !skip_string()) {
      word_or_symbol();
    }
  }

  bool skip_comment() {
    if (language_ == CodeLanguage::starlark) {
      if (code_[at_] != '#') return false;
      at_ = std::min(code_.find('\n', at_), code_.size());
      return true;
    }
    if (rest().starts_with("//") || (at_ == 0 && rest().starts_with("#!"))) {
      at_ = std::min(code_.find('\n', at_), code_.size());
      return true;
    }
    if (!rest().starts_with("/*")) return false;
    skip_block_comment();
    return true;
  }

  void skip_block_comment() {
    const bool nests = language_ != CodeLanguage::groovy;
    std::size_t depth = 0;
    do {
      if (rest().starts_with("*/")) {
        --depth;
        at_ += 2;
      } else if (rest().starts_with("/*") && (nests || depth == 0)) {
        ++depth;
        at_ += 2;
      } else {
        if (code_[at_] == '\n') ++line_;
        ++at_;
      }
    } while (depth > 0 && at_ < code_.size());
    if (depth > 0) wrong("expected the comment's end");
  }

  bool skip_string() {
    const char c = code_[at_];
    if (c == '"' || (c == '\'' && language_ != CodeLanguage::swift)) {
      const std::string triple(3, c);
      const bool is_triple = rest().starts_with(triple);
      string(is_triple ? triple : std::string(1, c), /*hashes=*/0);
      return true;
    }
    if (c == '#' && language_ == CodeLanguage::swift) return skip_raw_string();
    if (c == '/' && language_ == CodeLanguage::groovy) return skip_slashy_string();
    return false;
  }

  /// #"raw"#, ##"""raw"""##.
  bool skip_raw_string() {
    const std::size_t quote = code_.find_first_not_of('#', at_);
    if (quote == std::string_view::npos || code_[quote] != '"') return false;
    const std::size_t hashes = quote - at_;
    at_ = quote;
    string((rest().starts_with("\"\"\"") ? "\"\"\"" : "\"") + std::string(hashes, '#'), hashes);
    return true;
  }

  /// /a regular expression/, where a value may begin; otherwise it is a division.
  bool skip_slashy_string() {
    const CodeToken& last = token_at(tokens_, tokens_.size() - 1);
    const bool begins_value = last.kind == Kind::symbol && !last.is_symbol(')') &&
                              !last.is_symbol(']') && !last.is_symbol('}');
    if (!begins_value) return false;
    constexpr std::size_t expression_bytes_max = 1000;  // and so that the scan stays linear
    const std::string_view line = before(rest().substr(0, expression_bytes_max), "\n");
    std::size_t end = 1;
    while (end < line.size() && line[end] != '/') end += line[end] == '\\' ? 2 : 1;
    if (end >= line.size()) return false;
    add(Kind::string, line.substr(1, end - 1), line_);
    tokens_.back().is_plain = line.substr(0, end).find('$') == std::string_view::npos;
    at_ += end + 1;
    return true;
  }

  /// Prefixes of Python's strings are words right in front of them.
  std::string_view taken_prefix() {
    if (language_ != CodeLanguage::starlark || tokens_.empty()) return {};
    const CodeToken& last = tokens_.back();
    const bool is_next = last.text.data() + last.text.size() == code_.data() + at_;
    if (last.kind != Kind::word || !is_next || last.text.size() > 2) return {};
    if (last.text.find_first_not_of("rRbBuUfF") != std::string_view::npos) return {};
    const std::string_view prefix = last.text;
    tokens_.pop_back();
    return prefix;
  }

  void string(std::string_view quote, std::size_t hashes) {
    const std::string_view prefix = taken_prefix();
    const char mark = quote[0];
    const bool is_long = quote.starts_with(std::string(3, mark));
    const std::uint32_t line = line_;
    const std::size_t begin = at_ + quote.size() - hashes;
    bool is_plain = prefix.find_first_of("fF") == std::string_view::npos;
    for (at_ = begin; at_ < code_.size(); ++at_) {
      const char c = code_[at_];
      if (c == mark && rest().starts_with(quote)) {
        add(Kind::string, code_.substr(begin, at_ - begin), line);
        tokens_.back().is_plain = is_plain;
        at_ += quote.size();
        return;
      }
      if (c == '\n') {
        if (!is_long) break;
        ++line_;
      } else if (is_interpolation(mark)) {
        is_plain = false;
        if (code_[at_ + 1] == '{' || code_[at_ + 1] == '(') skip_interpolation();
      } else if (c == '\\' && hashes == 0 && at_ + 1 < code_.size()) {
        ++at_;
        if (code_[at_] == '\n') ++line_;  // a continued line
      }
    }
    wrong("expected a closing quote");
  }

  bool is_interpolation(char mark) const {
    if (at_ + 1 >= code_.size()) return false;
    const char next = code_[at_ + 1];
    switch (language_) {
      case CodeLanguage::starlark:
        return false;
      case CodeLanguage::swift:
        return code_[at_] == '\\' && next == '(';
      case CodeLanguage::groovy:
      case CodeLanguage::kotlin:
        return code_[at_] == '$' && mark == '"' &&
               (next == '{' || (is_word_char(next) && (next < '0' || next > '9')));
    }
    return false;
  }

  /// From "${" or "\(" to the last byte before what is behind its end; strings may be within.
  void skip_interpolation() {
    const char opens = code_[at_ + 1];
    const char closes = opens == '{' ? '}' : ')';
    std::size_t depth = 0;
    for (++at_; at_ < code_.size(); ++at_) {
      const char c = code_[at_];
      if (c == '\n') ++line_;
      if (c == opens) ++depth;
      if (c == closes && --depth == 0) return;
    }
    wrong("expected the end of what is inserted into a string");
  }

  void word_or_symbol() {
    std::size_t end = at_;
    while (end < code_.size() && is_word_char(code_[end])) ++end;
    if (end > at_) {
      add(Kind::word, code_.substr(at_, end - at_), line_);
      at_ = end;
      return;
    }
    if (const char c = code_[at_]; c == '`') {  // a quoted name of Kotlin or Swift
      ++at_;
      return;
    } else if (c == ')' || c == ']' || c == '}') {
      close(c);
    } else {
      add(Kind::symbol, code_.substr(at_, 1), line_);
      if (c == '(' || c == '[' || c == '{') open();
    }
    ++at_;
  }

  void open() {
    open_.push_back(static_cast<std::uint32_t>(tokens_.size() - 1));
    if (open_.size() > manifest_depth_max) wrong("expected brackets at most 200 deep");
  }

  void close(char c) {
    const char opening = c == ')' ? '(' : c == ']' ? '[' : '{';
    if (open_.empty() || !tokens_[open_.back()].is_symbol(opening)) {
      wrong("expected no \"" + std::string(1, c) + "\" here");
      return;
    }
    const std::uint32_t partner = open_.back();
    open_.pop_back();
    tokens_[partner].partner = static_cast<std::uint32_t>(tokens_.size());
    add(Kind::symbol, code_.substr(at_, 1), line_);
    tokens_.back().partner = partner;
  }

  std::string_view code_;
  CodeLanguage language_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  Tokens tokens_;
  std::vector<std::uint32_t> open_;
  std::string wrong_;
};

}  // namespace

tl::expected<Tokens, std::string> code_tokens(std::string_view code, CodeLanguage language) {
  return Scanner(code, language).scan();
}

const CodeToken& token_at(const Tokens& tokens, std::size_t index) {
  static const CodeToken none{
      .kind = CodeToken::Kind::line_end, .around = CodeToken::no_bracket, .text = "\n"};
  return index < tokens.size() ? tokens[index] : none;
}

}  // namespace mergeq::vcs
