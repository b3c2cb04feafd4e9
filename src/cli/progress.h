// A line on stderr that shows how far long work has come, where a person watches: a bar, the rate, and how long it will take.
#pragma once
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace tollgate::cli {

// "1,234,567"
[[nodiscard]] std::string with_commas(uint64_t number);
// "0:07", "1:02:03"
[[nodiscard]] std::string duration_text(int64_t seconds);

class ProgressLine {
 public:
  // `what` is done to `total` of `unit` ("records"); total 0: nobody knows how many there are. Silent unless stderr is a terminal.
  ProgressLine(std::string what, std::string unit, uint64_t total);
  ~ProgressLine();  // takes the line away
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // From any thread.
  void add(uint64_t more);
  [[nodiscard]] std::function<void(uint64_t more)> report() {
    if (!shown_) return {};
    return [this](uint64_t more) { add(more); };
  }
  // What stands on the line now.
  [[nodiscard]] std::string text(uint64_t done, int64_t elapsed_us) const;

 private:
  std::string what_, unit_;
  uint64_t total_;
  bool shown_;
  std::mutex mutex_;
  uint64_t done_ = 0;
  int64_t start_us_, drawn_us_ = 0;
};

}  // namespace tollgate::cli
