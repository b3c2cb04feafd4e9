// What is in doubt, and when it is asked about again: an inquiry or a reversal goes on until its answer is definite. No thread and
// no clock of its own; the dispatcher drives it.
#pragma once
#include <algorithm>
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

  // At most `waiting_max` tries are without an answer at a time.
  explicit Resolver(const DispatcherOptions& options, std::size_t waiting_max = SIZE_MAX)
      : options_(options), waiting_max_(waiting_max), jitter_(options.jitter_seed) {}

  // Due at once. One that is already being resolved stays as it is. False: full. `now_us` is monotonic, `utc_us` is the time of day.
  [[nodiscard]] bool add(AcquirerRequest request, int64_t now_us, int64_t utc_us);
  // Those whose time has come, at most due_batch_max, to be sent now; each comes again, later and later, while it has no definite
  // answer. What is left over stays due.
  void take_due(int64_t now_us, std::vector<AcquirerRequest>& due);
  // The request that the answer settles; nothing if the answer is not definite, or no one waits for it any more.
  [[nodiscard]] std::optional<AcquirerRequest> settle(const AcquirerRequest& request, const AcquirerAnswer& answer, int64_t now_us);

  // Times in it are monotonic.
  [[nodiscard]] std::optional<Resolving> find(AcquirerAction action, Mode mode, const std::string& reference) const;
  // Due at once, unless it was tried less than ask_now_pause_us ago.
  [[nodiscard]] AskNow hurry(AcquirerAction action, Mode mode, const std::string& reference, int64_t now_us);

  // Monotonic; INT64_MAX if there is none.
  [[nodiscard]] int64_t next_us() const {
    const int64_t retry_us = waiting_.empty() ? INT64_MAX : waiting_.begin()->first;
    return waiting_.size() < waiting_max_ && !due_.empty() ? std::min(due_.begin()->first, retry_us) : retry_us;
  }
  [[nodiscard]] std::size_t inquiries() const { return inquiries_; }
  [[nodiscard]] std::size_t reversals() const { return jobs_.size() - inquiries_; }

 private:
  struct Job {
    AcquirerRequest request;
    int64_t next_us = 0;
    int64_t delay_us = 0;
    int64_t not_found_after_us = 0;  // from then on "never seen" is definite
    bool waiting = false;            // the newest try has no answer yet
    uint64_t tries = 0;
    int64_t last_try_us = 0;
    struct Answer {
      Outcome outcome;
      bool not_found, reached;
      DoubtCause doubt;
    };
    std::optional<Answer> last_answer;
  };
  using Jobs = std::unordered_map<std::string, Job>;
  // By time, and those of one time by their key: the order must not depend on where a job lies in memory.
  struct Earlier {
    bool operator()(const std::pair<int64_t, const std::string*>& a, const std::pair<int64_t, const std::string*>& b) const {
      return a.first != b.first ? a.first < b.first : *a.second < *b.second;
    }
  };
  using Queue = std::set<std::pair<int64_t, const std::string*>, Earlier>;

  // `asked`: the try that the answer is to; its `call` is when it left.
  [[nodiscard]] static bool definite(const Job& job, const AcquirerRequest& asked, const AcquirerAnswer& answer);
  // In the queue that its state says.
  void schedule(Jobs::value_type& job, int64_t next_us, bool waiting);
  // The time until the next try, with jitter; the one after that comes twice as late.
  [[nodiscard]] int64_t next_delay_us(Job& job);

  DispatcherOptions options_;
  std::size_t waiting_max_;
  SeededRandom jitter_;
  Jobs jobs_;  // by action and reference
  Queue due_;      // to be tried at their time
  Queue waiting_;  // tried; at their time the answer is taken for lost
  std::size_t inquiries_ = 0;
};

}  // namespace tollgate
