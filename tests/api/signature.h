/// "sha256=" and the HMAC of a body in hexadecimal, as senders of webhooks make it.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <string>

namespace mergeq::test {

inline std::string signature(const std::string& secret, const std::string& body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac.data(), &size);
  std::string text = "sha256=";
  for (unsigned i = 0; i < size; ++i) {
    constexpr const char* digits = "0123456789abcdef";
    text += digits[mac[i] >> 4];
    text += digits[mac[i] & 15];
  }
  return text;
}

}  // namespace mergeq::test
