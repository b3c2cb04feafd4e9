// A whole gateway in one process: the real engine on a log in memory, the real vault, directory and sandbox. Requests are values, and
// the test's thread is the io thread.
#pragma once
#include <nlohmann/json.hpp>

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "directory/folder.h"
#include "support/catch.h"
#include "tollgate/acquirer/dispatcher.h"
#include "tollgate/acquirer/sandbox.h"
#include "tollgate/api/api.h"
#include "tollgate/api/email_index.h"
#include "tollgate/engine/engine.h"
#include "tollgate/eventlog/memory.h"

namespace tollgate::testing {

using Json = nlohmann::json;

struct Answer {
  int status = 0;
  std::string text;
  Json body;
  std::map<std::string, std::string> headers;
  std::string content_type;

  [[nodiscard]] const Json& operator[](const char* key) const { return body.at(key); }
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
  // Of an error.
  [[nodiscard]] const Json& error() const { return body.at("error"); }
  [[nodiscard]] std::string code() const { return error().value("code", ""); }
  [[nodiscard]] std::string param() const { return error().value("param", ""); }
};

// Results from any thread, run on the one that waits for them.
class WaitingSink final : public ResultSink {
 public:
  void deliver(std::vector<Item> items) override {
    const std::lock_guard lock(mutex_);
    for (Item& item : items) items_.push_back(std::move(item));
    arrived_.notify_all();
  }
  // Until `done`.
  template <class Done>
  void run_until(Done&& done) {
    while (!done()) {
      std::vector<Item> items;
      {
        std::unique_lock lock(mutex_);
        REQUIRE(arrived_.wait_for(lock, std::chrono::seconds(20), [&] { return !items_.empty(); }));
        items.swap(items_);
      }
      for (Item& item : items) item.handler(std::move(item.result));
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Item> items_;
};

// The real vault, on a disk that can be made unreadable.
class FragileVault final : public Vault {
 public:
  explicit FragileVault(std::unique_ptr<Vault> real) : real_(std::move(real)) {}
  bool unreadable = false;
  bool forgetful = false;  // as a version that knows no index of email addresses

  void store(PartnerId partner, Mode mode, Secret number, uint8_t month, uint16_t year,
             absl::AnyInvocable<void(StatusOr<StoredCard>)> done) override {
    real_->store(partner, mode, std::move(number), month, year, std::move(done));
  }
  StatusOr<Secret> reveal(PartnerId partner, Mode mode, std::string_view token) override { return real_->reveal(partner, mode, token); }
  StatusOr<std::string> seal(PartnerId partner, Mode mode, std::string_view subject, std::string_view clear) override {
    return real_->seal(partner, mode, subject, clear);
  }
  StatusOr<std::string> open(PartnerId partner, Mode mode, std::string_view sealed) override {
    if (unreadable) return data_loss("a block of the vault is damaged");
    return real_->open(partner, mode, sealed);
  }
  Status erase(PartnerId partner, Mode mode, std::string_view subject) override { return real_->erase(partner, mode, subject); }
  Status make_findable(std::string_view kind, const FindableBy& by) override {
    return forgetful ? absl::OkStatus() : real_->make_findable(kind, by);
  }
  Status make_existing_findable(std::string_view kind, std::span<const FindableBy> all) override { return real_->make_existing_findable(kind, all); }
  StatusOr<std::vector<std::string>> find(std::string_view kind, PartnerId partner, Mode mode, std::string_view value, const FindPage& page) override {
    if (unreadable) return data_loss("a block of the vault is damaged");
    return real_->find(kind, partner, mode, value, page);
  }
  StatusOr<bool> findable_whole(std::string_view kind, std::string_view as_of) override { return real_->findable_whole(kind, as_of); }
  Status set_findable_whole(std::string_view kind, std::string_view as_of) override { return real_->set_findable_whole(kind, as_of); }
  std::string derive(std::string_view purpose, std::string_view input, std::size_t characters) override {
    return real_->derive(purpose, input, characters);
  }

 private:
  const std::unique_ptr<Vault> real_;
};

struct Options {
  std::map<std::string, std::string> headers;  // "Idempotency-Key", "Stripe-Version", ...
};

class Gateway {
 public:
  // With limits, which outlive it, the clock stands still until it is moved.
  explicit Gateway(PartnerConfig config = default_config(), Limits* limits = nullptr);
  ~Gateway();
  [[nodiscard]] static PartnerConfig default_config();

  Answer send(Method method, std::string_view target, std::string_view body = {}, const Options& options = {});
  Answer post(std::string_view path, std::string_view form = {}, const std::string& idempotency_key = {});
  Answer get(std::string_view target) { return send(Method::get, target); }
  Answer del(std::string_view target) { return send(Method::del, target); }
  // Starts a request and does not wait: its answer, once it is there.
  std::shared_ptr<Answer> start(Method method, std::string_view target, std::string_view body, const Options& options);

  // To the directory's partition.
  CommandResult command(PartnerCommand command);
  [[nodiscard]] Api& api() { return *api_; }
  // Reads until `done` or 20 seconds are over.
  template <class Done>
  Answer get_until(std::string_view target, Done&& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (true) {
      Answer answer = get(target);
      if (done(answer)) return answer;
      REQUIRE(std::chrono::steady_clock::now() < end);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  TestClock clock;
  PartnerId partner{42};
  std::string test_key, read_key, live_key;
  std::string key;  // that requests are sent with
  std::string peer = "127.0.0.1";  // that they come from
  uint64_t peer_network = 1;
  std::string client_certificate;  // of their connection, as http tells it
  std::unique_ptr<Directory> directory;
  std::unique_ptr<FragileVault> vault;
  std::unique_ptr<EmailIndex> emails;  // whole
  // The API begins anew with an index that knows of nothing yet.
  void forget_emails(const std::string& as_of);
  WaitingSink sink;

 private:
  Folder folder_;
  SystemRandom random_;
  Limits* const limits_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Views> views_;
  std::unique_ptr<Api> api_;
};

}  // namespace tollgate::testing
