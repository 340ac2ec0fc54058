/// What a journal record's or snapshot's bytes must add up to.
#pragma once

#include <cstdint>

#include "storage/journal.h"

namespace mergeq::storage {

/// CRC-32C over queue, sequence, time and payload, each with its length or in a fixed width, so
/// that no byte can move from one field to the next unnoticed.
std::uint32_t checksum(const JournalRecord& record);
std::uint32_t checksum(const Snapshot& snapshot);

}  // namespace mergeq::storage
