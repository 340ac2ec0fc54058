/// Strong ids: an id of one kind cannot be handed over where another kind is expected.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace mergeq {

/// A number that the queue gives out in order of arrival, from 1; 0 names nothing. Unique within
/// one queue; outside of it ids are strings (service/names.h).
template <class Kind>
struct Id {
  std::uint64_t value = 0;

  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(Id, Id) = default;
};

using ChangeId = Id<struct ChangeKind>;
using BuildId = Id<struct BuildKind>;
using LandingId = Id<struct LandingKind>;

/// The name of a git object as lower-case hexadecimal; empty names nothing. The core only compares
/// it.
template <class Kind>
struct ObjectId {
  std::string hex;

  explicit operator bool() const { return !hex.empty(); }
  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

using CommitId = ObjectId<struct CommitKind>;
using TreeId = ObjectId<struct TreeKind>;

}  // namespace mergeq

template <class Kind>
struct std::hash<mergeq::Id<Kind>> {
  std::size_t operator()(mergeq::Id<Kind> id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value);
  }
};
