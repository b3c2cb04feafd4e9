// The clock of a node: the system's, and ahead of it where a test has moved it.
#pragma once
#include <cstdint>
#include <string>

#include "tollgate/base/clock.h"
#include "tollgate/base/status.h"

namespace tollgate::cli {

class NodeClock {
 public:
  // `path` keeps by how much it is ahead: a restart must not set it back. Only a test clock can be moved.
  [[nodiscard]] Status restore(const std::string& path);
  // After restore(), one thread at a time.
  void advance(int64_t by_us);
  [[nodiscard]] const Clock& get() const { return clock_; }

 private:
  TestClock clock_{TestClock::Base::system};
  std::string path_;
  int64_t ahead_us_ = 0;
};

}  // namespace tollgate::cli
