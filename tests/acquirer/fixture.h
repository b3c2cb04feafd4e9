// A sandbox in a directory of its own, requests as the engine makes them, and a place where answers are waited for.
#pragma once
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <unistd.h>
#include <vector>

#include "support/catch.h"
#include "tollgate/acquirer/dispatcher.h"
#include "tollgate/acquirer/sandbox.h"

namespace tollgate::test {

class TempDirectory {
 public:
  TempDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "tollgate-acquirer-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempDirectory() { std::filesystem::remove_all(path_); }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

using Answers = std::vector<std::pair<AcquirerRequest, AcquirerAnswer>>;

// What came, and a way to wait for it without sleeping.
template <class T>
class Inbox {
 public:
  void add(T item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    changed_.notify_all();
  }
  // All that came so far, once it is at least `count`; whatever there is after ten seconds.
  [[nodiscard]] std::vector<T> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return items_.size() >= count; });
    return items_;
  }
  [[nodiscard]] std::vector<T> now() {
    const std::lock_guard lock(mutex_);
    return items_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> items_;
};

struct Settled {
  AcquirerRequest refund;
  bool succeeded = false;
  DeclineCode code = DeclineCode::none;
};

inline Currency usd() { return *Currency::parse("usd"); }

inline std::string reference(int payment, int operation) {
  return "acct_00000000001/pi_" + std::to_string(10'000 + payment) + "/" + std::to_string(operation);
}

inline AcquirerRequest request(AcquirerAction action, int payment, int operation, int64_t amount, std::string_view card = "pm_card_visa") {
  AcquirerRequest made;
  made.action = action;
  made.partner = PartnerId{1};
  made.partition = 3;
  made.payment = PaymentId{IdCore::make(1'750'000'000'000'000, static_cast<uint16_t>(payment), 7)};
  made.operation = static_cast<uint16_t>(operation);
  made.reference = reference(payment, operation);
  made.amount = amount;
  made.currency = usd();
  made.card_token = card;
  return made;
}
// An operation on the charge that operation 1 of the payment opened.
inline AcquirerRequest on_charge(AcquirerAction action, int payment, int operation, int64_t amount) {
  AcquirerRequest made = request(action, payment, operation, amount, "");
  made.original_reference = reference(payment, 1);
  return made;
}
inline AcquirerRequest about(AcquirerAction action, const AcquirerRequest& operation) {
  AcquirerRequest made = operation;
  made.action = action;
  made.call = 0;
  return made;
}

// A sandbox whose answers come back from the call.
class Bank {
 public:
  explicit Bank(SandboxOptions options = {}, RevealCard reveal = {}) : options_(options), reveal_(std::move(reveal)) { open(); }

  // As after a kill: the next sandbox finds what the files held while this one was still open.
  void reopen() {
    const std::string next = directory_.path() + "/" + std::to_string(++opened_);
    std::filesystem::copy(path_, next, std::filesystem::copy_options::recursive);
    sandbox_.reset();
    path_ = next;
    open();
  }
  Answers send(std::vector<AcquirerRequest> requests) {
    taken_ = answers.now().size();
    sandbox_->send(std::move(requests));
    Answers all = answers.now();
    return {all.begin() + static_cast<std::ptrdiff_t>(taken_), all.end()};
  }
  // Of a request with exactly one answer.
  AcquirerAnswer ask(AcquirerRequest one) {
    Answers came = send({std::move(one)});
    REQUIRE(came.size() == 1);
    return came.front().second;
  }
  [[nodiscard]] SandboxEntry entry(int payment, int operation) const {
    auto found = sandbox_->entry(reference(payment, operation));
    REQUIRE(found.ok());
    return *found;
  }
  [[nodiscard]] SandboxTotals totals(int payment) const {
    const std::string first = reference(payment, 0);
    auto found = totals_of(*sandbox_, first.substr(0, first.size() - 1));
    REQUIRE(found.ok());
    return *found;
  }
  [[nodiscard]] Sandbox& sandbox() { return *sandbox_; }

  Inbox<std::pair<AcquirerRequest, AcquirerAnswer>> answers;
  Inbox<Settled> settled;

 private:
  void open() {
    auto opened = open_sandbox(
        path_, options_, reveal_,
        [this](const AcquirerRequest& asked, const AcquirerAnswer& answer) { answers.add({asked, answer}); },
        [this](const AcquirerRequest& refund, bool succeeded, DeclineCode code) { settled.add({refund, succeeded, code}); });
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    sandbox_ = *std::move(opened);
  }

  TempDirectory directory_;
  std::string path_ = directory_.path() + "/0";
  int opened_ = 0;
  SandboxOptions options_;
  RevealCard reveal_;
  std::size_t taken_ = 0;
  std::unique_ptr<Sandbox> sandbox_;
};

}  // namespace tollgate::test
