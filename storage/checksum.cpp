#include "storage/checksum.h"

#include <array>
#include <boost/crc.hpp>

namespace mergeq::storage {
namespace {

class Crc32c {
 public:
  Crc32c& number(std::uint64_t value) {
    std::array<unsigned char, 8> bytes{};
    for (unsigned char& byte : bytes) {
      byte = static_cast<unsigned char>(value & 0xff);
      value >>= 8;
    }
    crc_.process_bytes(bytes.data(), bytes.size());
    return *this;
  }
  Crc32c& text(const std::string& value) {
    number(value.size());
    crc_.process_bytes(value.data(), value.size());
    return *this;
  }
  std::uint32_t sum() const { return crc_.checksum(); }

 private:
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc_;
};

}  // namespace

std::uint32_t checksum(const JournalRecord& record) {
  return Crc32c()
      .text(record.queue)
      .number(record.sequence)
      .number(static_cast<std::uint64_t>(record.at.time_since_epoch().count()))
      .text(record.payload)
      .sum();
}

std::uint32_t checksum(const Snapshot& snapshot) {
  return Crc32c().text(snapshot.queue).number(snapshot.sequence).text(snapshot.payload).sum();
}

}  // namespace mergeq::storage
