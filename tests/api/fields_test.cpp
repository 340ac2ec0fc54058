#include "api/fields.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <nlohmann/json.hpp>

#include "api/json_text.h"
#include "api/text.h"

using namespace mergeq::api;
using nlohmann::json;

namespace {

template <class Read>
std::string fault(const json& value, Read read) {
  const json body{{"x", value}};
  Fields fields(body);
  read(fields);
  return fields.errors().empty() ? "" : fields.errors().front().message;
}

}  // namespace

TEST_SUITE("fields") {
  TEST_CASE("absent and null are nothing, and no fault") {
    for (const json& body : {json::object(), json{{"x", nullptr}}}) {
      Fields fields(body);
      CHECK(!fields.text("x", {}));
      CHECK(!fields.word("x", "a, b"));
      CHECK(!fields.link("x"));
      CHECK(!fields.digits("x"));
      CHECK(!fields.whole("x", 1, 2));
      CHECK(!fields.number("x", 1, 2));
      CHECK(!fields.texts("x", {}, {}));
      CHECK(fields.errors().empty());
    }
  }
  TEST_CASE("a fault says what was expected and what came") {
    CHECK(fault("eight", [](Fields& f) { f.whole("x", 1, 4096); }) ==
          "expected a whole number from 1 to 4096, got \"eight\"");
    CHECK(fault(0, [](Fields& f) { f.whole("x", 1, 4096); }) ==
          "expected a whole number from 1 to 4096, got 0");
    CHECK(fault("PASSED", [](Fields& f) { f.word("x", "passed, failed"); }) ==
          "expected one of passed, failed, got \"PASSED\"");
    CHECK(fault(-1.5, [](Fields& f) { f.number("x", 0, 10); }) ==
          "expected a number from 0.0 to 10.0, got -1.5");
    CHECK(fault("javascript:alert(1)", [](Fields& f) { f.link("x"); }) ==
          "expected an http or https URL, got \"javascript:alert(1)\"");
  }
  TEST_CASE("numbers beyond 2^53 keep every digit") {
    const json body = parse_json(R"({"x": 9007199254740993})").value();
    CHECK(Fields(body).digits("x") == "9007199254740993");
  }
  TEST_CASE("unknown fields are named") {
    const json body{{"guarentee", "exact"}};
    Fields fields(body);
    fields.allow_only({"guarantee"});
    REQUIRE(fields.errors().size() == 1);
    CHECK(fields.errors().front() ==
          FieldError{"guarentee", "is not known here; expected guarantee"});
  }
}

TEST_SUITE("json text") {
  TEST_CASE("any bytes are parsed or refused, and any text is written as valid UTF-8") {
    CHECK(rc::check([](const std::string& bytes) {
      (void)parse_json(bytes);
      const std::string text = json_text(json{{"x", bytes}, {bytes, 1}});
      RC_ASSERT(is_utf8(text));
      RC_ASSERT(!json::parse(text, nullptr, false).is_discarded());
    }));
  }
  TEST_CASE("what is nested deeper than the limit is refused before it is built") {
    const std::string deep(100'000, '[');
    CHECK(!parse_json(deep + std::string(100'000, ']')));
    CHECK(parse_json(std::string(32, '[') + std::string(32, ']')));
    CHECK(!parse_json(std::string(33, '[') + std::string(33, ']')));
    CHECK(parse_json("\"" + deep + "\""));  // brackets in a text are none
  }
  TEST_CASE("broken text is refused: raw bytes, lone surrogates, numbers out of range") {
    for (const char* bad : {"", "{", "{\"x\":\"\xff\"}", "\"\\ud800\"", "1e999", "nan", "{} x"}) {
      CAPTURE(bad);
      CHECK(!parse_json(bad));
    }
  }
}
