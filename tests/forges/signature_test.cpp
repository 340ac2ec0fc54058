#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>

#include "forges/forge.h"

using namespace mergeq::forges;

namespace {

std::string signature(const std::string& secret, const std::string& body, const char* digits) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest, &size);
  std::string text = "sha256=";
  for (unsigned i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}
constexpr const char* lower = "0123456789abcdef";
constexpr const char* upper = "0123456789ABCDEF";

}  // namespace

TEST_SUITE("signature") {
  TEST_CASE("O-26: it is over the raw bytes, whatever they are, in either case of the digits") {
    for (const std::string& body :
         {std::string(R"({"title": "ç \ud83d\ude00", "n": 1e2})"), std::string("{\r\n }\n"),
          std::string("\xff\xfe\0x", 4), std::string()}) {
      CHECK(signature_is_valid("secret", body, signature("secret", body, lower)));
      CHECK(signature_is_valid("secret", body, signature("secret", body, upper)));
      CHECK_FALSE(signature_is_valid("secret", body + " ", signature("secret", body, lower)));
      CHECK_FALSE(signature_is_valid("other", body, signature("secret", body, lower)));
    }
  }
  TEST_CASE("one flipped bit of the body is told") {
    const std::string body = R"({"action":"opened"})";
    const std::string header = signature("secret", body, lower);
    for (std::size_t i = 0; i < body.size(); ++i) {
      std::string flipped = body;
      flipped[i] = static_cast<char>(flipped[i] ^ 1);
      CHECK_FALSE(signature_is_valid("secret", flipped, header));
    }
  }
  TEST_CASE("O-25: an empty or blank secret signs nothing") {
    for (const char* secret : {"", " ", "\t \n"}) {
      CHECK_FALSE(signature_is_valid(secret, "{}", signature(secret, "{}", lower)));
    }
  }
  TEST_CASE("O-25: a header of another kind or length is no signature") {
    const std::string good = signature("secret", "{}", lower);
    for (const std::string& header : {std::string(), std::string("sha256="), good.substr(7),
                                      "sha1=" + good.substr(7), good + "0", good.substr(0, 70)}) {
      CHECK_FALSE(signature_is_valid("secret", "{}", header));
    }
  }
}
