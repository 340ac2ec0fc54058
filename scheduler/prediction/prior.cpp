/// Rates with shrinkage: what serves from the first change on, before any model can be trained.
///
/// The rate of a narrow class (an author, a target) is a Beta posterior whose prior is the next
/// wider class's rate with the weight of a few observations, so that little data moves it little
/// (empirical Bayes; Robbins 1956). Times are kept as running mean and spread of their logarithm.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

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
  void count(double share) {
    all += 1.0;
    good += share;
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
    const double queue_time = times_.log_mean(std::log(prior_time_s));
    const double by_language =
        longest(language_times_, f.footprint.languages, queue_time).value_or(queue_time);
    const double conflict = conflict_rate();
    return {.success = success_rate(f.author, f.footprint),
            .build_time_s = std::exp(
                longest(target_times_, f.footprint.targets, queue_time).value_or(by_language)),
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
      for (const std::string& language : o.footprint.languages) {
        slot(language_times_, language).add(o.time_s);
      }
    }
    const double passed = o.passed ? 1.0 : 0.0;
    if (o.alone) {
      queue_.count(passed);
      slot(authors_, o.author).count(passed);
      for (const std::string& target : o.footprint.targets) slot(targets_, target).count(passed);
    } else {
      conflict_.count(o.passed ? 0.0 : conflict_to_blame(o));
    }
  }

  nlohmann::json save() const override {
    const auto rates = [](const std::map<std::string, Rate>& map) {
      nlohmann::json rows = nlohmann::json::array();
      for (const auto& [name, r] : map) rows.push_back({name, r.good, r.all});
      return rows;
    };
    const auto rows = [](const std::map<std::string, Times>& map) {
      nlohmann::json found = nlohmann::json::array();
      for (const auto& [name, t] : map) found.push_back({name, t.count, t.mean, t.squares});
      return found;
    };
    return {{"queue", {queue_.good, queue_.all}},
            {"conflict", {conflict_.good, conflict_.all}},
            {"authors", rates(authors_)},
            {"targets", rates(targets_)},
            {"times", {times_.count, times_.mean, times_.squares}},
            {"target_times", rows(target_times_)},
            {"language_times", rows(language_times_)}};
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
    const auto times_of = [](const nlohmann::json& rows) {
      std::map<std::string, Times> map;
      for (const auto& row : rows) map[row.at(0)] = {row.at(1), row.at(2), row.at(3)};
      return map;
    };
    target_times_ = times_of(saved.at("target_times"));
    language_times_ = times_of(saved.value("language_times", nlohmann::json::array()));
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
  double success_rate(const std::string& author, const Footprint& footprint) const {
    double success = find(authors_, author).given(queue_.given(prior_success));
    for (const std::string& target : footprint.targets) {
      success = std::min(success, find(targets_, target).given(success));
    }
    return std::clamp(success, 0.01, 0.99);
  }
  double conflict_rate() const { return std::clamp(conflict_.given(prior_conflict), 0.002, 0.5); }

  /// How much of a failed path's blame is a conflict's: its odds among all that may have broken it
  /// (the head by itself, one member by itself, the two together). Counting each such failure as a
  /// conflict would learn the rate of bad changes instead.
  double conflict_to_blame(const BuildOutcome& o) const {
    const double conflict = conflict_rate();
    const double head = 1.0 - success_rate(o.author, o.footprint);
    const double member = 1.0 - std::clamp(queue_.given(prior_success), 0.01, 0.99);
    return conflict / (conflict + head + member);
  }

  /// The longest mean logarithm among the classes of which something is known.
  static std::optional<double> longest(const std::map<std::string, Times>& map,
                                       const std::vector<std::string>& names, double wider) {
    std::optional<double> found;
    for (const std::string& name : names) {
      const Times own = find(map, name);
      if (own.count == 0.0) continue;
      found = std::max(found.value_or(own.log_mean(wider)), own.log_mean(wider));
    }
    return found;
  }
  double spread() const {
    const double variance = (times_.squares + prior_weight * prior_spread * prior_spread) /
                            (times_.count + prior_weight);
    return std::clamp(std::sqrt(variance), 0.05, 2.0);
  }

  Rate queue_;
  Rate
      conflict_;  // of paths of several; good: the conflicts' share of the blame for their failures
  std::map<std::string, Rate> authors_, targets_;
  Times times_;
  std::map<std::string, Times> target_times_, language_times_;
};

}  // namespace

std::unique_ptr<Predictor> make_prior_predictor() { return std::make_unique<PriorPredictor>(); }

}  // namespace mergeq
