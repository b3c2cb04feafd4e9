// What is in doubt, and when it is asked about again: an inquiry or a reversal goes on until its answer is definite. No thread and
// no clock of its own; the dispatcher drives it.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tollgate/acquirer/dispatcher.h"
#include "tollgate/base/random.h"

namespace tollgate {

class Resolver {
 public:
  // After a start or an outage of the acquirer everything in doubt is due at once.
  static constexpr std::size_t due_batch_max = 1'024;

  explicit Resolver(const DispatcherOptions& options) : options_(options), jitter_(options.jitter_seed) {}

  // Due at once. One that is already being resolved stays as it is. False: full. `now_us` is monotonic, `utc_us` is the time of day.
  [[nodiscard]] bool add(AcquirerRequest request, int64_t now_us, int64_t utc_us);
  // Those whose time has come, at most due_batch_max, to be sent now; each comes again, later and later, while it has no definite
  // answer. What is left over stays due.
  void take_due(int64_t now_us, std::vector<AcquirerRequest>& due);
  // The request that the answer settles; nothing if the answer is not definite, or no one waits for it any more.
  [[nodiscard]] std::optional<AcquirerRequest> settle(const AcquirerRequest& request, const AcquirerAnswer& answer, int64_t now_us);

  // Monotonic; INT64_MAX if there is none.
  [[nodiscard]] int64_t next_us() const { return due_.empty() ? INT64_MAX : due_.begin()->first; }
  [[nodiscard]] std::size_t inquiries() const { return inquiries_; }
  [[nodiscard]] std::size_t reversals() const { return jobs_.size() - inquiries_; }

 private:
  struct Job {
    AcquirerRequest request;
    int64_t next_us = 0;
    int64_t delay_us = 0;
    int64_t not_found_after_us = 0;  // from then on "never seen" is definite
    bool waiting = false;            // the newest try has no answer yet
  };
  using Jobs = std::unordered_map<std::string, Job>;
  // By time, and those of one time by their key: the order must not depend on where a job lies in memory.
  struct Earlier {
    bool operator()(const std::pair<int64_t, const std::string*>& a, const std::pair<int64_t, const std::string*>& b) const {
      return a.first != b.first ? a.first < b.first : *a.second < *b.second;
    }
  };

  // `asked`: the try that the answer is to; its `call` is when it left.
  [[nodiscard]] static bool definite(const Job& job, const AcquirerRequest& asked, const AcquirerAnswer& answer);
  void schedule(Jobs::value_type& job, int64_t next_us);
  // The time until the next try, with jitter; the one after that comes twice as late.
  [[nodiscard]] int64_t next_delay_us(Job& job);

  DispatcherOptions options_;
  SeededRandom jitter_;
  Jobs jobs_;  // by action and reference
  std::set<std::pair<int64_t, const std::string*>, Earlier> due_;
  std::size_t inquiries_ = 0;
};

}  // namespace tollgate
