#include "sim/outcome_model.h"

#include <algorithm>
#include <cmath>

namespace mergeq::sim {

namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

/// By the trapezoid rule over +-8 standard deviations, which for a Gaussian is exact to rounding.
double mean_chance(double logit_mean, double spread) {
  constexpr int steps = 200;
  double sum = 0.0, weights = 0.0;
  for (int i = -steps; i <= steps; ++i) {
    const double z = 8.0 * i / steps;
    const double weight = std::exp(-0.5 * z * z);
    sum += weight * sigmoid(logit_mean + spread * z);
    weights += weight;
  }
  return sum / weights;
}

}  // namespace

double logit_mean_for(double mean, double spread) {
  double low = -60.0, high = 60.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2.0;
    (mean_chance(middle, spread) < mean ? low : high) = middle;
  }
  return (low + high) / 2.0;
}

OutcomeDraw::OutcomeDraw(const OutcomeModel& model)
    : model_(model), logit_mean_(logit_mean_for(model.success.mean, model.success.spread)) {}

Outcome OutcomeDraw::draw(Rng& rng) const {
  const DurationModel& d = model_.duration;
  const SuccessModel& s = model_.success;
  const double sigma = model_.cost == CostModel::tree ? tree_sigma : d.sigma;
  const double time_min =
      std::clamp(d.median_min * std::exp(sigma * rng.normal()), d.min_min, d.max_min);
  const double logit = logit_mean_ + s.spread * rng.normal();
  const bool good = rng.chance(sigmoid(logit));
  const double seen = sigmoid(logit + s.bias + s.noise * rng.normal());
  const double estimate_min = time_min * std::exp(d.estimate_error * rng.normal());

  Outcome outcome{.good = good, .build_time = from_minutes(time_min), .prediction = {}};
  Prediction& p = outcome.prediction;
  p.success = std::clamp(seen, 1e-6, 1.0 - 1e-6);
  p.build_time_s = estimate_min * 60.0;
  p.build_time_spread = std::max(0.01, d.estimate_error);
  p.flake = 0.0;
  p.conflict_path = model_.conflict.believed_path;
  p.conflict_target = model_.conflict.believed_target;
  p.conflict_build_graph = model_.conflict.believed_target;
  p.conflict_global = model_.conflict.believed_target;
  return outcome;
}

}  // namespace mergeq::sim
