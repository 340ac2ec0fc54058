/// Predictions come through this one interface; a prior that learns rates serves them from the
/// first change on.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "scheduler/build.h"

namespace mergeq {

/// What is known of a change when it is enqueued.
struct ChangeFeatures {
  std::string author;
  const Footprint& footprint;
};

/// What came of it, for learning.
struct BuildOutcome {
  std::string author;
  const Footprint& footprint;  // of the head
  bool alone = false;  // nothing but the head on the trunk: says something of its own success
  bool passed = false;
  double time_s = 0.0;  // of the build; 0 if unknown
};

class Predictor {
 public:
  virtual ~Predictor() = default;
  virtual Prediction predict(const ChangeFeatures& features) const = 0;
  virtual void learn(const BuildOutcome& outcome) = 0;
  virtual nlohmann::json save() const = 0;
  virtual void load(const nlohmann::json& saved) = 0;
};

/// Rates per queue, author and target, each shrunk towards the next wider one (a Beta prior whose
/// weight is a few observations); build times as a log-normal with running mean and spread.
std::unique_ptr<Predictor> make_prior_predictor();

}  // namespace mergeq
