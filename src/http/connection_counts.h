// How many connections an address has open, over all io threads. Used when one begins or ends, not by requests.
#pragma once
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace tollgate::http {

class ConnectionCounts {
 public:
  // False: it has as many as it may.
  [[nodiscard]] bool add(uint64_t network, uint32_t most) {
    const std::lock_guard lock(mutex_);
    uint32_t& count = counts_[network];
    if (count >= most) return false;
    ++count;
    return true;
  }
  void remove(uint64_t network) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(network);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<uint64_t, uint32_t> counts_;
};

}  // namespace tollgate::http
