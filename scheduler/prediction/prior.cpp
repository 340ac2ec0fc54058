/// Rates with shrinkage: what serves from the first change on, before any model can be trained.
///
/// The rate of a narrow class (an author, a target) is a Beta posterior whose prior is the next
/// wider class's rate with the weight of a few observations, so that little data moves it little
/// (empirical Bayes; Robbins 1956). Times are kept as running mean and spread of their logarithm.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "scheduler/prediction/predictor.h"

namespace mergeq {
namespace {

constexpr double prior_success = 0.9;
constexpr double prior_weight = 5.0;  // observations that a wider class is worth
constexpr double prior_time_s = 300.0;
constexpr double prior_spread = 0.6;
constexpr double prior_conflict = 0.03;
constexpr std::size_t class_limit = 20'000;  // authors, and targets, that are remembered

struct Rate {
  double good = 0.0, all = 0.0;
  double given(double wider) const { return (good + prior_weight * wider) / (all + prior_weight); }
  void count(bool passed) {
    all += 1.0;
    if (passed) good += 1.0;
  }
};

/// Mean and variance of logarithms, kept up by Welford's method (Technometrics 4(3), 1962).
struct Times {
  double count = 0.0, mean = 0.0, squares = 0.0;
  void add(double time_s) {
    const double x = std::log(std::max(0.05, time_s));
    count += 1.0;
    const double before = x - mean;
    mean += before / count;
    squares += before * (x - mean);
  }
  double log_mean(double wider) const {
    return (count * mean + prior_weight * wider) / (count + prior_weight);
  }
};

class PriorPredictor : public Predictor {
 public:
  Prediction predict(const ChangeFeatures& f) const override {
    const double queue = queue_.given(prior_success);
    double success = find(authors_, f.author).given(queue);
    for (const std::string& target : f.footprint.targets) {
      success = std::min(success, find(targets_, target).given(success));
    }
    const double queue_time = times_.log_mean(std::log(prior_time_s));
    double time = queue_time;
    bool known = false;
    for (const std::string& target : f.footprint.targets) {
      const Times& own = find(target_times_, target);
      if (own.count == 0.0) continue;
      const double longer = own.log_mean(queue_time);
      time = known ? std::max(time, longer) : longer;
      known = true;
    }
    const double conflict = std::clamp(conflict_.given(prior_conflict), 0.002, 0.5);
    return {.success = std::clamp(success, 0.01, 0.99),
            .build_time_s = std::exp(time),
            .build_time_spread = spread(),
            .flake = 0.0,
            .conflict_path = std::min(0.5, 2.0 * conflict),
            .conflict_target = conflict,
            .conflict_build_graph = conflict,
            .conflict_global = conflict};
  }

  void learn(const BuildOutcome& o) override {
    if (o.time_s > 0.0) {
      times_.add(o.time_s);
      for (const std::string& target : o.footprint.targets)
        slot(target_times_, target).add(o.time_s);
    }
    if (o.alone) {
      queue_.count(o.passed);
      slot(authors_, o.author).count(o.passed);
      for (const std::string& target : o.footprint.targets) slot(targets_, target).count(o.passed);
    } else {
      conflict_.count(!o.passed);
    }
  }

  nlohmann::json save() const override {
    const auto rates = [](const std::map<std::string, Rate>& map) {
      nlohmann::json rows = nlohmann::json::array();
      for (const auto& [name, r] : map) rows.push_back({name, r.good, r.all});
      return rows;
    };
    nlohmann::json target_times = nlohmann::json::array();
    for (const auto& [name, t] : target_times_) {
      target_times.push_back({name, t.count, t.mean, t.squares});
    }
    return {{"queue", {queue_.good, queue_.all}},
            {"conflict", {conflict_.good, conflict_.all}},
            {"authors", rates(authors_)},
            {"targets", rates(targets_)},
            {"times", {times_.count, times_.mean, times_.squares}},
            {"target_times", std::move(target_times)}};
  }

  void load(const nlohmann::json& saved) override {
    const auto rate = [](const nlohmann::json& row, std::size_t at) {
      return Rate{row.at(at), row.at(at + 1)};
    };
    const auto rates = [&](const nlohmann::json& rows) {
      std::map<std::string, Rate> map;
      for (const auto& row : rows) map[row.at(0)] = rate(row, 1);
      return map;
    };
    queue_ = rate(saved.at("queue"), 0);
    conflict_ = rate(saved.at("conflict"), 0);
    authors_ = rates(saved.at("authors"));
    targets_ = rates(saved.at("targets"));
    const auto& times = saved.at("times");
    times_ = {times.at(0), times.at(1), times.at(2)};
    target_times_.clear();
    for (const auto& row : saved.at("target_times")) {
      target_times_[row.at(0)] = {row.at(1), row.at(2), row.at(3)};
    }
  }

 private:
  template <class Value>
  static Value find(const std::map<std::string, Value>& map, const std::string& name) {
    const auto it = map.find(name);
    return it == map.end() ? Value{} : it->second;
  }
  /// The class's own entry; past the limit, one that all newcomers share.
  template <class Value>
  static Value& slot(std::map<std::string, Value>& map, const std::string& name) {
    if (map.size() >= class_limit && !map.contains(name)) return map[""];
    return map[name];
  }
  double spread() const {
    const double variance = (times_.squares + prior_weight * prior_spread * prior_spread) /
                            (times_.count + prior_weight);
    return std::clamp(std::sqrt(variance), 0.05, 2.0);
  }

  Rate queue_;
  Rate conflict_;  // good: a path of several that failed
  std::map<std::string, Rate> authors_, targets_;
  Times times_;
  std::map<std::string, Times> target_times_;
};

}  // namespace

std::unique_ptr<Predictor> make_prior_predictor() { return std::make_unique<PriorPredictor>(); }

}  // namespace mergeq
