/// Words, strings and brackets of manifests that are code, without running it. Private to this
/// folder.
///
/// Bounded: at most `code_tokens_max` tokens and brackets `manifest_depth_max` deep, so that a
/// reader may walk into brackets, or out of them, for each token and stay linear.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace mergeq::vcs {

constexpr std::size_t code_tokens_max = std::size_t{1} << 20U;

enum class CodeLanguage {
  starlark,  // and Python
  groovy,
  kotlin,
  swift,
};

struct CodeToken {
  enum class Kind { word, string, symbol, line_end };  // line ends outside of brackets only
  Kind kind;
  /// No "${x}", "\(x)" or f"{x}" in the string.
  bool is_plain = true;
  std::uint32_t line = 0;  // from 1
  /// Of an opening bracket its closing one, of a closing one its opening one; else itself.
  std::uint32_t partner = 0;
  /// The bracket around it; `no_bracket` outside of all.
  std::uint32_t around = 0;
  std::string_view text;  // of a string what is between its quotes, as it is written

  static constexpr std::uint32_t no_bracket = UINT32_MAX;
  bool is_word(std::string_view word) const { return kind == Kind::word && text == word; }
  bool is_symbol(char symbol) const { return kind == Kind::symbol && text[0] == symbol; }
  bool is_string() const { return kind == Kind::string; }
};

/// The tokens, which look into `code`; or what was wrong and in which line.
tl::expected<std::vector<CodeToken>, std::string> code_tokens(std::string_view code,
                                                              CodeLanguage language);

/// The token at `index`, or an empty line end beyond both ends.
const CodeToken& token_at(const std::vector<CodeToken>& tokens, std::size_t index);

}  // namespace mergeq::vcs
