#include "tollgate/api/email_index.h"

#include <pthread.h>
#include <signal.h>

#include <chrono>

#include "api/personal.h"
#include "tollgate/base/bytes.h"
#include "tollgate/customer/customer.h"

namespace tollgate {
namespace {

constexpr std::size_t stream_bytes = 9;  // partner and mode, before the customer's core

struct Found {
  PartnerId partner;
  Mode mode = Mode::none;
  std::string subject, email;
};

}  // namespace

StatusOr<std::unique_ptr<EmailIndex>> EmailIndex::open(const EventLog& log, Vault& vault, std::string as_of) {
  auto index = std::unique_ptr<EmailIndex>(new EmailIndex(log, vault, std::move(as_of)));
  TOLLGATE_ASSIGN_OR_RETURN(const bool whole, vault.findable_whole(kind, index->as_of_));
  index->whole_ = whole;
  return index;
}

void EmailIndex::start(std::function<void(const std::string&)> note) {
  if (whole()) return;
  thread_ = std::thread([this, note = std::move(note)] { run(note); });
}

void EmailIndex::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// A customer that is made or changed meanwhile is written by whoever does so; one that is erased is left out by the vault.
StatusOr<bool> EmailIndex::step() {
  std::vector<std::pair<std::string, Customer>> customers;
  bool more = false;
  Status bad;
  TOLLGATE_RETURN_IF_ERROR(log_.scan(Table::customers, next_, "", Order::forward, [&](std::string_view key, std::string_view value) {
    if (customers.size() == customers_per_step) {
      next_ = key;
      more = true;
      return false;
    }
    Customer customer;
    bad = wire::decode(value, customer);
    if (bad.ok() && key.size() < stream_bytes) bad = data_loss("a customer's row has a key of {} bytes", key.size());
    if (!bad.ok()) return false;
    customers.emplace_back(key, std::move(customer));
    return true;
  }));
  TOLLGATE_RETURN_IF_ERROR(bad);

  std::vector<Found> found;
  for (const auto& [key, customer] : customers) {
    if (customer.deleted || customer.sealed_personal.empty()) continue;
    Found one{PartnerId{load_be64(key.data())}, static_cast<Mode>(key[8]), customer.id.text(), {}};
    const auto clear = vault_.open(one.partner, one.mode, customer.sealed_personal);
    if (absl::IsNotFound(clear.status())) continue;
    TOLLGATE_RETURN_IF_ERROR(clear.status());
    api::CustomerPersonal personal;
    TOLLGATE_RETURN_IF_ERROR(wire::decode(*clear, personal));
    one.email = std::move(personal.email);
    if (!one.email.empty()) found.push_back(std::move(one));
  }
  std::vector<FindableBy> all;
  for (const Found& one : found) all.push_back({one.partner, one.mode, one.subject, one.email});
  TOLLGATE_RETURN_IF_ERROR(vault_.make_existing_findable(kind, all));
  looked_at_.fetch_add(customers.size(), std::memory_order_relaxed);
  if (more) return true;
  TOLLGATE_RETURN_IF_ERROR(vault_.set_findable_whole(kind, as_of_));
  whole_.store(true, std::memory_order_release);
  return false;
}

void EmailIndex::run(const std::function<void(const std::string&)>& note) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), "emails");
  constexpr auto pause = std::chrono::microseconds(customers_per_step * 1'000'000 / customers_per_s_max);
  while (true) {
    const auto more = step();
    if (!more.ok()) return note(fmt::format("customers cannot all be found by their email address: {}; the next start tries again", message_of(more.status())));
    if (!*more) {
      if (looked_at() > 0) note(fmt::format("{} customers of older data can be found by their email address now", looked_at()));
      return;
    }
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, pause, [this] { return stopped_; })) return;
  }
}

}  // namespace tollgate
