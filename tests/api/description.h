/// What api/openapi.yaml says about an answer, and whether the answer keeps to it.
///
/// Knows the part of JSON Schema that the description uses: $ref, type, enum, const, properties,
/// required, items, allOf, oneOf, minimum, maximum, lengths, counts, pattern. Stricter than the
/// standard in one thing: a property that no schema names is a fault, so that nothing undescribed
/// is answered.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/api/client.h"

namespace mergeq::test {

class Description {
 public:
  Description();

  const nlohmann::json& document() const { return document_; }
  /// "getQueue" for ("GET", "/api/v1/queues/main?x=1"); empty if it describes no such call.
  std::string operation(const std::string& method, const std::string& target) const;
  /// What is wrong with the answer; empty if nothing is.
  std::vector<std::string> faults(const std::string& method, const std::string& target,
                                  const Answer& answer) const;
  /// The same of a value against a schema among the components.
  std::vector<std::string> faults_of(const std::string& schema, const nlohmann::json& value) const;

 private:
  struct Check;
  const nlohmann::json* find(const std::string& method, const std::string& target) const;
  const nlohmann::json& resolved(const nlohmann::json& node) const;

  nlohmann::json document_;
};

}  // namespace mergeq::test
