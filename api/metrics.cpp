#include "api/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>

namespace mergeq::api {
namespace {

using nlohmann::json;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

const prometheus::Histogram::BucketBoundaries request_buckets{0.001, 0.005, 0.025, 0.1, 0.5, 1, 5};
const prometheus::Histogram::BucketBoundaries turnaround_buckets{
    30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400};

/// "2026-01-31T08:15:00.000Z" in seconds since 1970.
std::optional<double> seconds_of(const std::string& time) {
  std::tm parts{};
  int ms = 0;
  if (std::sscanf(time.c_str(), "%d-%d-%dT%d:%d:%d.%dZ", &parts.tm_year, &parts.tm_mon,
                  &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &ms) != 7) {
    return std::nullopt;
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<double>(::timegm(&parts)) + ms / 1000.0;
}

class Gauges {
 public:
  Gauges(std::string name, std::string help) {
    family_.name = std::move(name);
    family_.help = std::move(help);
    family_.type = MetricType::Gauge;
  }
  void add(std::vector<ClientMetric::Label> labels, double value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    family_.metric.push_back(std::move(metric));
  }
  MetricFamily family() && { return std::move(family_); }

 private:
  MetricFamily family_;
};

double number_at(const json& document, const char* object, const char* field) {
  return document.at(object).at(field).get<double>();
}

void add_queues(std::vector<MetricFamily>& to, const json& queues) {
  Gauges changes("mergeq_changes", "Live changes by queue and state.");
  Gauges slots("mergeq_slots", "Slots of a queue.");
  Gauges used("mergeq_slots_used", "Slots that hold a build.");
  Gauges paused("mergeq_paused", "1 while the queue is paused.");
  for (const json& queue : queues) {
    const auto name = queue.at("name").get<std::string>();
    for (const auto& [state, count] : queue.at("counts").items()) {
      changes.add({{"queue", name}, {"state", state}}, count.get<double>());
    }
    slots.add({{"queue", name}}, number_at(queue, "slots", "total"));
    used.add({{"queue", name}}, number_at(queue, "slots", "used"));
    paused.add({{"queue", name}}, queue.at("paused").get<bool>() ? 1 : 0);
  }
  for (Gauges* gauges : {&changes, &slots, &used, &paused}) {
    to.push_back(std::move(*gauges).family());
  }
}

void add_service(std::vector<MetricFamily>& to, const service::Service& service,
                 unsigned open_streams) {
  Gauges problems("mergeq_problem_since_seconds",
                  "What waits longer than its bound, and since when (Unix time).");
  for (const service::Problem& p : service.problems()) {
    problems.add({{"queue", p.queue}, {"kind", p.kind}}, seconds(p.since.time_since_epoch()));
  }
  Gauges ready("mergeq_ready", "1 while every queue is owned and at work.");
  ready.add({}, service.ready() ? 1 : 0);
  Gauges streams("mergeq_event_streams", "Open event streams.");
  streams.add({}, open_streams);
  const auto figures = service.storage_figures();
  Gauges bytes("mergeq_database_bytes", "Size of the database's files.");
  bytes.add({{"file", "main"}}, static_cast<double>(figures.database_bytes));
  bytes.add({{"file", "wal"}}, static_cast<double>(figures.wal_bytes));
  Gauges commits("mergeq_database_commits", "Transactions that were committed since the start.");
  commits.add({}, static_cast<double>(figures.commits));
  Gauges batches("mergeq_database_batches", "Steps of queues that were written since the start.");
  batches.add({}, static_cast<double>(figures.batches));
  for (Gauges* gauges : {&problems, &ready, &streams, &bytes, &commits, &batches}) {
    to.push_back(std::move(*gauges).family());
  }
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("mergeq_http_requests_total")
                                                          .Help("Requests by route and status.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& request_times =
      prometheus::BuildHistogram()
          .Name("mergeq_http_request_seconds")
          .Help("Time to make an answer, without reading the request and sending the answer.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& finished =
      prometheus::BuildCounter()
          .Name("mergeq_changes_finished_total")
          .Help("Changes that became terminal, by how and why.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& builds = prometheus::BuildCounter()
                                                        .Name("mergeq_builds_total")
                                                        .Help("Builds that ended, by how.")
                                                        .Register(registry);
  prometheus::Family<prometheus::Histogram>& turnaround = prometheus::BuildHistogram()
                                                              .Name("mergeq_turnaround_seconds")
                                                              .Help("From enqueued to landed.")
                                                              .Register(registry);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::answered(std::string_view method, std::string_view route, int status, double took_s) {
  const std::string name(route);
  impl_->requests
      .Add({{"method", std::string(method)}, {"route", name}, {"status", std::to_string(status)}})
      .Increment();
  impl_->request_times.Add({{"route", name}}, request_buckets).Observe(took_s);
}

void Metrics::happened(const service::StreamEvent& event) {
  const json document = json::parse(event.document, nullptr, false);
  if (!document.is_object() || !document.contains("state")) return;
  const auto state = document.at("state").get<std::string>();
  if (event.type == "build") {
    const auto parsed = from_name<BuildState>(state);
    if (parsed && is_terminal(*parsed)) {
      impl_->builds.Add({{"queue", event.queue}, {"state", state}}).Increment();
    }
    return;
  }
  const auto parsed = from_name<ChangeState>(state);
  if (event.type != "change" || !parsed || !is_terminal(*parsed)) return;
  const json& reason = document.at("reason");
  impl_->finished
      .Add({{"queue", event.queue},
            {"state", state},
            {"reason", reason.is_string() ? reason.get<std::string>() : ""}})
      .Increment();
  const json& finished_at = document.at("finished_at");
  if (state != "landed" || !finished_at.is_string()) return;
  const auto began = seconds_of(document.at("enqueued_at").get<std::string>());
  const auto ended = seconds_of(finished_at.get<std::string>());
  if (began && ended) {
    impl_->turnaround.Add({{"queue", event.queue}}, turnaround_buckets).Observe(*ended - *began);
  }
}

std::string Metrics::text(const service::Service& service, unsigned open_streams) const {
  std::vector<MetricFamily> families = impl_->registry.Collect();
  add_queues(families, service.queues());
  add_service(families, service, open_streams);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace mergeq::api
