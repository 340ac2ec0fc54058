/// Reads the fields of a JSON body or a query and collects what is wrong with them, all at once.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "api/problem.h"

namespace mergeq::api {

/// A limit on a text, in bytes. Texts never hold NUL.
struct TextLimit {
  std::size_t bytes_max = 1000;
};

class Fields {
 public:
  /// Requires an object. `body` must outlive this.
  explicit Fields(const nlohmann::json& body) : body_(body) {}

  /// Absent and null give nothing; so does what is wrong, which is noted.
  std::optional<std::string> text(std::string_view name, TextLimit limit);
  /// Noted as missing where it is absent, null or empty.
  std::string required_text(std::string_view name, TextLimit limit);
  /// One of the words, exactly.
  std::optional<std::string> word(std::string_view name, std::string_view allowed_comma_separated);
  std::optional<std::string> link(std::string_view name);
  /// Digits, as a string or as a whole number; kept digit by digit.
  std::optional<std::string> digits(std::string_view name);
  std::optional<std::uint64_t> whole(std::string_view name, std::uint64_t least,
                                     std::uint64_t most);
  std::optional<double> number(std::string_view name, double least, double most);
  struct ListLimit {
    std::size_t least = 0, most = 100;
  };
  std::optional<std::vector<std::string>> texts(std::string_view name, ListLimit count,
                                                TextLimit each);
  /// Notes every field that is not among these.
  void allow_only(std::initializer_list<std::string_view> names);

  void note(std::string_view field, std::string message);
  const std::vector<FieldError>& errors() const { return errors_; }

 private:
  const nlohmann::json* find(std::string_view name) const;  // nothing for absent and null

  const nlohmann::json& body_;
  std::vector<FieldError> errors_;
};

/// The body as an object, or why not: 400 for what is not JSON, 422 for another type.
tl::expected<nlohmann::json, Response> json_object(const std::string& body);

}  // namespace mergeq::api
