/// Figures for Prometheus: counted here as requests and events go by, and read off the service when
/// asked.
///
/// Threads  Any.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "service/service.h"

namespace mergeq::api {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  /// `route` is the pattern, never the path: its values are few.
  void answered(std::string_view method, std::string_view route, int status, double took_s);
  /// Landings, rejections and verdicts, off the event stream.
  void happened(const service::StreamEvent& event);
  /// Text format 0.0.4.
  std::string text(const service::Service& service, unsigned open_streams) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mergeq::api
