#include "tests/api/description.h"

#include <algorithm>
#include <regex>
#include <set>

#include "api/openapi.h"

namespace mergeq::test {
namespace {

using nlohmann::json;

bool is_type(const json& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

/// "/api/v1/queues/{queue}" and "/api/v1/queues/main".
bool fits(const std::string& pattern, const std::string& path) {
  std::size_t p = 0;
  std::size_t q = 0;
  while (p < pattern.size() && q < path.size()) {
    if (pattern[p] == '{') {
      p = pattern.find('}', p) + 1;
      q = std::min(path.find('/', q), path.size());
    } else if (pattern[p++] != path[q++]) {
      return false;
    }
  }
  return p == pattern.size() && q == path.size();
}

}  // namespace

/// One walk over a value along its schema.
struct Description::Check {
  const Description& description;
  std::vector<std::string> faults;

  void fault(const std::string& at, const std::string& what) { faults.push_back(at + ": " + what); }

  void value(const json& given, const json& value, const std::string& at) {
    std::set<std::string> named;
    walk(given, value, at, named);
    if (!value.is_object() || named.empty()) return;
    for (const auto& [key, ignored] : value.items()) {
      if (!named.contains(key)) fault(at + "." + key, "no schema names it");
    }
  }

  void walk(const json& given, const json& value, const std::string& at,
            std::set<std::string>& named) {
    const json& schema = description.resolved(given);
    if (schema.contains("allOf")) {
      for (const json& part : schema.at("allOf")) walk(part, value, at, named);
    }
    if (schema.contains("oneOf")) one_of(schema.at("oneOf"), value, at, named);
    if (schema.contains("type")) type(schema.at("type"), value, at);
    if (schema.contains("const") && value != schema.at("const")) fault(at, "is not the constant");
    if (schema.contains("enum")) {
      const json& words = schema.at("enum");
      if (std::find(words.begin(), words.end(), value) == words.end()) {
        fault(at, value.dump() + " is not among " + words.dump());
      }
    }
    if (value.is_number()) number(schema, value, at);
    if (value.is_string()) text(schema, value.get_ref<const std::string&>(), at);
    if (value.is_array()) list(schema, value, at);
    if (value.is_object()) object(schema, value, at, named);
  }

  void type(const json& types, const json& value, const std::string& at) {
    const json all = types.is_array() ? types : json::array({types});
    const bool fits_one = std::any_of(all.begin(), all.end(), [&](const json& name) {
      return is_type(value, name.get<std::string>());
    });
    if (!fits_one) fault(at, value.dump().substr(0, 60) + " is not of type " + types.dump());
  }

  void one_of(const json& schemas, const json& given, const std::string& at,
              std::set<std::string>& named) {
    int fitting = 0;
    std::string why;
    for (const json& schema : schemas) {
      Check check{description, {}};
      check.value(schema, given, at);
      if (check.faults.empty()) {
        ++fitting;
        std::set<std::string> names;
        check.walk(schema, given, at, names);
        named.insert(names.begin(), names.end());
      } else {
        why += check.faults.front() + "; ";
      }
    }
    if (fitting != 1) fault(at, "fits " + std::to_string(fitting) + " of oneOf: " + why);
  }

  void number(const json& schema, const json& value, const std::string& at) {
    const double n = value.get<double>();
    if (schema.contains("minimum") && n < schema.at("minimum").get<double>())
      fault(at, "too small");
    if (schema.contains("maximum") && n > schema.at("maximum").get<double>())
      fault(at, "too large");
  }

  void text(const json& schema, const std::string& value, const std::string& at) {
    if (value.size() < schema.value("minLength", std::size_t{0})) fault(at, "too short");
    if (value.size() > schema.value("maxLength", std::string::npos)) fault(at, "too long");
    if (schema.contains("pattern") &&
        !std::regex_search(value, std::regex(schema.at("pattern").get<std::string>()))) {
      fault(at, value + " does not match " + schema.at("pattern").dump());
    }
  }

  void list(const json& schema, const json& value, const std::string& at) {
    if (value.size() < schema.value("minItems", std::size_t{0})) fault(at, "too few");
    if (value.size() > schema.value("maxItems", std::string::npos)) fault(at, "too many");
    if (!schema.contains("items")) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
      this->value(schema.at("items"), value[i], at + "[" + std::to_string(i) + "]");
    }
  }

  void object(const json& schema, const json& value, const std::string& at,
              std::set<std::string>& named) {
    const json required = schema.value("required", json::array());
    for (const json& name : required) {
      if (!value.contains(name)) fault(at, "lacks " + name.get<std::string>());
    }
    const json properties = schema.value("properties", json::object());
    for (const auto& [name, part] : properties.items()) {
      named.insert(name);
      if (value.contains(name)) this->value(part, value.at(name), at + "." + name);
    }
  }
};

Description::Description() : document_(api::json_of_yaml(api::openapi_yaml).value()) {}

const json& Description::resolved(const json& node) const {
  if (!node.contains("$ref")) return node;
  const std::string reference = node.at("$ref").get<std::string>();
  return resolved(document_.at(json::json_pointer(reference.substr(1))));
}

const json* Description::find(const std::string& method, const std::string& target) const {
  std::string name;
  for (const char c : method == "HEAD" ? "GET" : method) {
    name += static_cast<char>(c - 'A' + 'a');
  }
  const std::string path = target.substr(0, target.find('?'));
  for (const auto& [pattern, item] : document_.at("paths").items()) {
    if (fits(pattern, path) && item.contains(name)) return &item.at(name);
  }
  return nullptr;
}

std::string Description::operation(const std::string& method, const std::string& target) const {
  const json* found = find(method, target);
  return found == nullptr ? "" : found->at("operationId").get<std::string>();
}

std::vector<std::string> Description::faults(const std::string& method, const std::string& target,
                                             const Answer& answer) const {
  const json* operation = find(method, target);
  const std::string what = method + " " + target + " -> " + std::to_string(answer.status);
  Check check{*this, {}};
  const std::string type =
      answer.header("Content-Type").substr(0, answer.header("Content-Type").find(';'));
  if (operation == nullptr) {  // a problem at any rate
    if (answer.status >= 400) {
      check.value({{"$ref", "#/components/schemas/ProblemDetails"}}, answer.json(), what);
    }
    return check.faults;
  }
  const json& responses = operation->at("responses");
  const std::string status = std::to_string(answer.status);
  if (!responses.contains(status) && (!responses.contains("default") || answer.status < 400)) {
    check.fault(what, "the status is not described");
    return check.faults;
  }
  const json& response = resolved(responses.at(responses.contains(status) ? status : "default"));
  const json content = response.value("content", json::object());
  if (!content.contains(type)) {
    check.fault(what, "the type \"" + type + "\" is not described");
  } else if (method != "HEAD" && type.ends_with("json")) {
    check.value(content.at(type).at("schema"), answer.json(), what);
  }
  return check.faults;
}

std::vector<std::string> Description::faults_of(const std::string& schema,
                                                const json& value) const {
  Check check{*this, {}};
  check.value({{"$ref", "#/components/schemas/" + schema}}, value, schema);
  return check.faults;
}

}  // namespace mergeq::test
