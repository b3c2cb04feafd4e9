// Decides commands against the state of its partitions and gathers what follows: records, rows, results and acquirer requests of one
// round. No threads and no waiting in here: a worker's thread, or a simulator, calls process() for each input and commit() once.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/mailbox.h"
#include "engine/meter.h"
#include "engine/partition.h"
#include "engine/state_store.h"
#include "engine/timers.h"
#include "tollgate/acquirer/dispatcher.h"
#include "tollgate/engine/engine.h"
#include "tollgate/limits/decline_counts.h"

namespace tollgate::engine {

// Cards and BINs of all partners of a thread whose declines are counted at a time.
inline constexpr std::size_t declines_counted_max = 100'000;

class Processor {
 public:
  Processor(const EngineOptions& options, EventLog& log, const Clock& clock, Directory& directory);

  // Takes over a partition: reads where it ends. Its operations that were open when it stopped become commands in `inputs`, those in
  // doubt become requests in `requests`.
  [[nodiscard]] Status recover(uint32_t partition, std::vector<Input>& inputs, std::vector<AcquirerRequest>& requests);
  // A page of what is in doubt in a partition: the inquiries and reversals of `payments_max` payments behind `after`, which moves on.
  // False: these were the last.
  [[nodiscard]] StatusOr<bool> list_in_doubt(uint32_t partition, std::string& after, std::size_t payments_max,
                                             std::vector<AcquirerRequest>& requests);

  // An error is one of the disk: the node must stop.
  [[nodiscard]] Status process(Input& input);
  // Adds a command for each timer that is due, at most `timers_per_round_max` of a partition. True if there may be more.
  [[nodiscard]] StatusOr<bool> process_timers();
  // Applies a record that exists already; commit() writes it. data_loss if it does not follow from the one before.
  [[nodiscard]] Status replay(uint32_t partition, std::string_view bytes);
  // Makes the round durable, then lets its results out and gives its acquirer requests. After an error nothing of it may be used.
  [[nodiscard]] StatusOr<std::vector<AcquirerRequest>> commit();

  [[nodiscard]] bool waiting() const { return !waiters_.empty(); }
  // Tells everyone who still waits for an acquirer that it is not over.
  void give_up_waiters();

  [[nodiscard]] const EngineStats& stats() const { return stats_; }
  [[nodiscard]] EngineCaches caches() const { return store_.cache_stats(); }

 private:
  struct Waiter {
    ResultSink* sink;
    ResultHandler handler;
    Waited waited;
  };
  // What one command has led to so far.
  struct Work {
    Input& input;
    Partition& partition;
    Command& command;
    int64_t now_us;
    CommandResult result;
    std::string subject;
    uint16_t operation = 0;  // that the answer waits for
    EntityKey waits_on;      // whose operation it is
    std::vector<RecordHeader> headers;
  };

  [[nodiscard]] Status decide_and_apply(Input& input);
  // Guards that hold for every command from outside. True if the command was answered by them.
  [[nodiscard]] StatusOr<bool> answered_by_guards(Work& work);
  [[nodiscard]] StatusOr<bool> answered_by_idempotency(Work& work);
  [[nodiscard]] Status on_payment(Work& work, OnPayment& target);
  [[nodiscard]] Status on_customer_object(Work& work, OnCustomerObject& target);
  [[nodiscard]] Status on_partner(Work& work, OnPartner& target);
  [[nodiscard]] Status on_release_funds(Work& work);
  [[nodiscard]] Status on_admin(Work& work, OnAdmin& target);
  [[nodiscard]] Status load_admins();
  void apply_admin_event(const AdminEvent& event, const RecordHeader& header);

  [[nodiscard]] Status replay_event(Work& work, const RecordHeader& header, const Event& event);
  [[nodiscard]] Status replay_idempotency(const Record& record);

  // All records of a command, or none: too many bytes is a refusal.
  [[nodiscard]] bool add_records(Work& work, const std::vector<Event>& events);
  [[nodiscard]] Status apply_payment_event(Work& work, const PaymentEvent& event, const RecordHeader& header, const Event& wide,
                                           std::shared_ptr<Payment>& payment);
  // Whether whatever these events ask of the acquirer can still be booked. Totals only grow, and end at 2^63.
  [[nodiscard]] StatusOr<bool> books_have_room(const Work& work, const std::vector<PaymentEvent>& events);
  [[nodiscard]] Status apply_funds_event(Work& work, const FundsAvailable& event, const RecordHeader& header, const Event& wide,
                                         std::shared_ptr<Books> books);
  // partner_limits.cc: whether the partner's limits allow what these events ask of the acquirer; if not, the refusal is in the result.
  [[nodiscard]] StatusOr<bool> within_limits(Work& work, const std::vector<PaymentEvent>& events, const Payment* payment, Currency currency);
  [[nodiscard]] bool declined_too_often(Work& work, const PartnerLimits& limits, const Card& card);
  // The same of a setup intent's verification.
  [[nodiscard]] bool declined_too_often(Work& work, const std::vector<CustomerEvent>& events, const SetupIntent* setup);
  [[nodiscard]] PartnerLimits limits_for(const Command& command) const;
  void count_decline(const Work& work, DeclineCode code, const Card& card);
  [[nodiscard]] Status add_to_day(const Work& work, Currency currency, int64_t amount, int64_t requested_us);
  [[nodiscard]] Status track_limits(const Work& work, const PaymentEvent& event, const Payment& payment);
  [[nodiscard]] Status post(Work& work, const Postings& postings, int64_t available_on_us, uint64_t sequence);
  [[nodiscard]] Status apply_customer_event(Work& work, const CustomerEvent& event, const RecordHeader& header, const Event& wide);
  // The snapshot of a payment method that a command names; a refusal if it cannot be used.
  [[nodiscard]] StatusOr<std::shared_ptr<PaymentMethod>> find_method(Work& work, PaymentMethodId id);
  [[nodiscard]] StatusOr<bool> resolve_method(Work& work, PaymentMethodId id, CustomerId customer, std::optional<MethodSnapshot>& into);
  [[nodiscard]] StatusOr<bool> customer_exists(Work& work, CustomerId id);
  // Whether one more may be attached to the customer.
  [[nodiscard]] StatusOr<bool> has_room_for_method(Work& work, CustomerId id);
  [[nodiscard]] StatusOr<std::vector<PaymentMethodId>> methods_of(Work& work, CustomerId id);
  [[nodiscard]] PaymentContext payment_context(const Work& work, Currency currency) const;
  void track_operation(Work& work, const PaymentEvent& event, const RecordHeader& header, const Payment& payment);
  void track_timers(Work& work, const PaymentEvent& event, const Payment& payment);
  void track_doubt(Work& work, const PaymentEvent& event, const Payment& payment);
  void note_contradiction(const PaymentEvent& event, const Payment& payment);

  void refuse(Work& work, RefusalDetail detail);
  void refuse(Work& work, Refusal refusal, std::string_view param = {});
  // Records a refusal under the idempotency key, if there is one.
  void keep_refusal(Work& work);
  // Ends the command: its idempotency entry, and its result now or when the acquirer has answered.
  void finish(Work& work);
  void wake_waiter(const EntityKey& key, uint16_t operation, CommandResult result);
  void deliver(ResultSink* sink, ResultHandler handler, CommandResult result);

  const EngineOptions& options_;
  EventLog& log_;
  const Clock& clock_;
  Directory& directory_;
  StateStore store_;
  std::map<uint32_t, Partition> partitions_;
  std::map<uint32_t, std::string> timers_after_;  // by partition: the row that a look which is not over has come to
  std::set<uint32_t> timers_looked_at_;           // partitions that are through while others of the same look are not
  DeclineCounts declines_{declines_counted_max};
  absl::flat_hash_map<EntityKey, Waiter, EntityKeyHash> waiters_;
  std::vector<std::pair<ResultSink*, std::vector<ResultSink::Item>>> results_;
  std::vector<AcquirerRequest> requests_;
  std::vector<std::shared_ptr<const Partner>> changed_partners_;
  std::vector<Contradiction> contradictions_;
  // The admin users as of this round; loaded when first asked for. Shared with the directory, so a change makes a new one.
  std::shared_ptr<const AdminState> admins_;
  bool admins_changed_ = false;
  bool replaying_ = false;  // what exists already is applied, and no partner's limits are known
  // The command whose records are being replayed, by partition: the key that its entry stands under, if it has one.
  absl::flat_hash_map<uint32_t, EntityKey> replayed_keys_;
  EngineStats stats_;
  Meter meter_;
};

// Half of what a total can hold. The other half is for what is at acquirers: 46,000 payments of the largest amount.
inline constexpr int64_t books_total_max = int64_t{1} << 62;

}  // namespace tollgate::engine
