/// Time as the core sees it: it comes in with events, in whole milliseconds.
#pragma once

#include <chrono>

namespace mergeq {

using Duration = std::chrono::milliseconds;
using Instant = std::chrono::sys_time<Duration>;

inline double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
inline double minutes(Duration d) {
  return std::chrono::duration<double, std::ratio<60>>(d).count();
}
inline Duration from_seconds(double s) {
  return std::chrono::round<Duration>(std::chrono::duration<double>(s));
}
inline Duration from_minutes(double m) { return from_seconds(m * 60.0); }

}  // namespace mergeq
