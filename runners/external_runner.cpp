#include "runners/runner.h"

namespace mergeq::runners {
namespace {

/// An outside CI fetches the build's ref and reports by HTTP; there is nothing to start or to end
/// here.
class ExternalRunner final : public Runner {
 public:
  void start(const BuildRequest&) override {}
  void cancel(BuildId) override {}
  void set_slots(unsigned) override {}
  bool survives_restart() const override { return true; }
  void stop() override {}
};

}  // namespace

std::unique_ptr<Runner> make_external_runner() { return std::make_unique<ExternalRunner>(); }

}  // namespace mergeq::runners
