// How one kind of the node's background work went the last times, and what its operators are told of it.
#pragma once
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "tollgate/base/status.h"

namespace tollgate::backup {

class Outcome {
 public:
  using Say = std::function<void(const std::string&)>;
  // `what` begins a sentence: "the backup". Either may be empty.
  Outcome(std::string what, Say complain, Say say) : what_(std::move(what)), complain_(std::move(complain)), say_(std::move(say)) {}

  // A failure is said when it begins, when its reason changes, and now and then while it lasts: the archive is tried every few seconds.
  void note(const Status& status, int64_t now_us);
  [[nodiscard]] int64_t succeeded_us() const { return succeeded_us_; }
  [[nodiscard]] uint64_t failures() const { return failures_; }  // since the last success
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] nlohmann::ordered_json to_json() const;

 private:
  const std::string what_;
  const Say complain_, say_;
  int64_t succeeded_us_ = 0, failed_us_ = 0, said_us_ = 0;
  uint64_t failures_ = 0;
  std::string error_;
};

}  // namespace tollgate::backup
