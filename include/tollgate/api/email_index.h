// Customers by their email address. The vault keeps the index: keyed hashes, which go when the customer is erased. It is written before the
// customer is, and every hit is compared with what the customer's data says, so a list is exact however many customers there are.
//
// Data that is older than the index, or was written by a version that does not know it, is gone through once, in the background; until that is
// done a list looks through the newest customers one by one, and says so if it gives up.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tollgate/eventlog/event_log.h"
#include "tollgate/vault/vault.h"

namespace tollgate {

class EmailIndex {
 public:
  static constexpr const char* kind = "customer_email";
  static constexpr std::size_t customers_per_step = 256;
  static constexpr uint32_t customers_per_s_max = 10'000;  // of the thread

  // `as_of`: which log it is about (its generation). What the vault knows of another one does not count: after a restore either may be older than the
  // other. Both outlive it.
  [[nodiscard]] static StatusOr<std::unique_ptr<EmailIndex>> open(const EventLog& log, Vault& vault, std::string as_of);
  ~EmailIndex() { stop(); }

  // A thread that goes through the customers, unless the index is whole. `note`: what an operator should read in the log; from that thread.
  void start(std::function<void(const std::string& what)> note);
  void stop();
  // Any thread.
  [[nodiscard]] bool whole() const { return whole_.load(std::memory_order_acquire); }
  // Customers that were gone through since the start.
  [[nodiscard]] uint64_t looked_at() const { return looked_at_.load(std::memory_order_relaxed); }

  // The next customers; true if there are more. One thread.
  [[nodiscard]] StatusOr<bool> step();

 private:
  EmailIndex(const EventLog& log, Vault& vault, std::string as_of) : log_(log), vault_(vault), as_of_(std::move(as_of)) {}
  void run(const std::function<void(const std::string&)>& note);

  const EventLog& log_;
  Vault& vault_;
  const std::string as_of_;
  std::string next_;  // the row that comes next
  std::atomic<bool> whole_{false};
  std::atomic<uint64_t> looked_at_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tollgate
