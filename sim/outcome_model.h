/// What a change does in truth, drawn from a stated model: how long its build takes, whether it is
/// good alone, and what a predictor would have said of both beforehand.
#pragma once

#include <array>

#include "scheduler/change.h"
#include "scheduler/rng.h"

namespace mergeq::sim {

/// What a build costs. mixed: the time of its head, and it judges all of its members. tree: about
/// the same time for every build (spread `tree_sigma`), and it judges all.
enum class CostModel { mixed, tree };

/// Spread of the logarithm of a build's time under the cost `tree`.
inline constexpr double tree_sigma = 0.2;

struct SuccessModel {
  double mean = 0.88;   // share of the changes that are good alone
  double spread = 1.8;  // of the chance's logit from change to change
  double noise = 0.6;   // of the predictor's view of that logit
  double bias = 0.0;    // added to that view

  friend bool operator==(const SuccessModel&, const SuccessModel&) = default;
};

/// Log-normal, cut off at both ends.
struct DurationModel {
  double median_min = 27.0;
  double sigma = 0.6;
  double min_min = 3.0;
  double max_min = 150.0;
  double estimate_error = 0.25;  // spread of the logarithm of (estimate / truth)

  friend bool operator==(const DurationModel&, const DurationModel&) = default;
};

/// P(two changes break together although each is good alone), by what they share; what is so, and
/// what the planner is told.
struct ConflictModel {
  double real_target = 0.03;
  double real_path = 0.03;  // of pairs that share a file
  double believed_target = 0.03;
  double believed_path = 0.03;

  friend bool operator==(const ConflictModel&, const ConflictModel&) = default;
};

struct OutcomeModel {
  CostModel cost = CostModel::mixed;
  SuccessModel success;
  DurationModel duration;
  ConflictModel conflict;

  friend bool operator==(const OutcomeModel&, const OutcomeModel&) = default;
};

/// One change's hidden truth, and what is predicted of it.
struct Outcome {
  bool good = true;
  Duration build_time{};
  Prediction prediction;
};

/// Draws outcomes. Building one costs a numeric integration, drawing a handful of random numbers.
class OutcomeDraw {
 public:
  explicit OutcomeDraw(const OutcomeModel& model);
  Outcome draw(Rng& rng) const;

 private:
  OutcomeModel model_;
  double logit_mean_;  // such that the mean chance is success.mean
};

/// The m with E[sigmoid(m + spread * N(0, 1))] = mean. Requires 0 < mean < 1 and spread >= 0.
double logit_mean_for(double mean, double spread);

}  // namespace mergeq::sim

template <>
struct mergeq::WireNames<mergeq::sim::CostModel> {
  static constexpr std::array table{
      std::pair{mergeq::sim::CostModel::mixed, std::string_view("mixed")},
      std::pair{mergeq::sim::CostModel::tree, std::string_view("tree")},
  };
};
