#include "api/openapi.h"

#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>
#include <string>

namespace mergeq::api {
namespace {

using nlohmann::json;

bool is_number(const std::string& text) {
  const bool begins = !text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) != 0 ||
                                        (text[0] == '-' && text.size() > 1));
  return begins && text.find_first_not_of("0123456789+-.eE") == std::string::npos;
}

json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // it was quoted
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  if (text == "true" || text == "false") return text == "true";
  if (!is_number(text)) return text;
  json number = json::parse(text, nullptr, false);
  return number.is_number() ? number : json(text);  // "3.1.0"
}

json converted(const YAML::Node& node) {
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = converted(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    json list = json::array();
    for (const auto& item : node) list.push_back(converted(item));
    return list;
  }
  return node.IsScalar() ? scalar(node) : json(nullptr);
}

}  // namespace

Result<json> json_of_yaml(std::string_view yaml) {
  try {
    return converted(YAML::Load(std::string(yaml)));
  } catch (const YAML::Exception& e) {
    return fail(ErrorCode::corrupt, std::string("not YAML: ") + e.what());
  }
}

}  // namespace mergeq::api
