#include "tollgate/engine/replay.h"

#include <concepts>
#include <set>

#include "engine/processor.h"
#include "tollgate/base/assert.h"
#include "tollgate/record/wire.h"

namespace tollgate::engine {
namespace {

constexpr std::size_t records_per_round = 1'024;

// Whether a command of the node itself (an acquirer's answer, a timer) can begin with this event. What has no cause and is none of these
// belongs to the command of the records before it: a partner's commands decide nothing that only an answer can.
template <class E>
inline constexpr bool begins_own_command =
    std::is_same_v<E, AuthenticationRequired> || std::is_same_v<E, AuthorizationApproved> || std::is_same_v<E, AuthorizationDeclined> ||
    std::is_same_v<E, OperationInDoubt> || std::is_same_v<E, ReversalRequested> || std::is_same_v<E, OperationReversed> ||
    std::is_same_v<E, PaymentCaptured> || std::is_same_v<E, OperationDeclined> || std::is_same_v<E, AuthorizationIncremented> ||
    std::is_same_v<E, PaymentCanceled> || std::is_same_v<E, RefundAccepted> || std::is_same_v<E, RefundSettled> ||
    std::is_same_v<E, RefundFailed> || std::is_same_v<E, AuthorizationExpired> || std::is_same_v<E, LateApproval> ||
    std::is_same_v<E, LateApprovalReversed> || std::is_same_v<E, ResolutionAnswered> || std::is_same_v<E, FundsAvailable> || std::is_same_v<E, SetupAuthenticationRequired> ||
    std::is_same_v<E, SetupSucceeded> || std::is_same_v<E, SetupFailed>;

static_assert(std::variant_size_v<Event> == 57, "a new event: say above whether an answer or a timer can begin with it, and below what its command is about");

// What an idempotency entry says about its command, as far as one of its events tells it. A command is about what its first event is about;
// only the deletion of a customer begins with the detachment of their cards.
struct Told {
  std::string subject;
  uint16_t operation = 0;  // that the answer waited for
  bool decides_subject = false;
};
Told told_by(const Event& event) {
  return std::visit(
      []<class E>(const E& e) -> Told {
        Told told;
        if constexpr (std::is_same_v<E, RequestRefused>) told.subject = e.subject;
        else if constexpr (std::is_same_v<E, RefundRequested> || std::is_same_v<E, RefundUpdated>) told.subject = RefundId{e.payment.core, e.refund}.text();
        else if constexpr (requires { { e.payment } -> std::convertible_to<PaymentId>; }) told.subject = e.payment.text();
        else if constexpr (std::is_same_v<E, CustomerCreated> || std::is_same_v<E, CustomerUpdated>) told.subject = e.customer.id.text();
        else if constexpr (std::is_same_v<E, CustomerDeleted>) told = {.subject = e.customer.text(), .decides_subject = true};
        else if constexpr (std::is_same_v<E, PaymentMethodDetached>) told.subject = e.method.text();
        else if constexpr (std::is_same_v<E, PaymentMethodCreated> || std::is_same_v<E, PaymentMethodAttached> || std::is_same_v<E, PaymentMethodUpdated>)
          told.subject = e.method.id.text();
        else if constexpr (std::is_same_v<E, SetupIntentCreated>) told.subject = e.setup.id.text();
        else if constexpr (requires { { e.setup } -> std::convertible_to<SetupIntentId>; }) told.subject = e.setup.text();
        else if constexpr (requires { { e.partner } -> std::convertible_to<PartnerId>; }) told.subject = e.partner.text();
        if constexpr (std::is_same_v<E, AuthorizationRequested> || std::is_same_v<E, IncrementRequested> || std::is_same_v<E, CaptureRequested> ||
                      std::is_same_v<E, CancelRequested> || std::is_same_v<E, RefundRequested> || std::is_same_v<E, SetupVerificationRequested>)
          told.operation = e.operation;
        return told;
      },
      event);
}

Status not_next(uint32_t partition, uint64_t sequence, std::string_view why) {
  return data_loss("partition {}, record {}: {}", partition, sequence, why);
}

}  // namespace

Status Processor::replay(uint32_t partition_id, std::string_view bytes) {
  auto decoded = decode_record(bytes);
  if (!decoded.ok()) return data_loss("partition {}: {}", partition_id, message_of(decoded.status()));
  replaying_ = true;
  const Record& record = *decoded;
  const RecordHeader& header = record.header;
  auto found = partitions_.find(partition_id);
  TOLLGATE_ASSERT(found != partitions_.end());
  if (header.partition != partition_id) return not_next(partition_id, header.sequence, "it is one of another partition");
  if (header.sequence != found->second.next_sequence())
    return not_next(partition_id, header.sequence, fmt::format("{} is the next one", found->second.next_sequence()));
  if (header.prev_hash != found->second.hash()) return not_next(partition_id, header.sequence, "it does not follow from the record before it");
  if (header.time_us <= found->second.last_time_us()) return not_next(partition_id, header.sequence, "its time is not behind that of the record before");
  // One append has one epoch.
  if (found->second.has_work() && header.epoch != found->second.epoch()) {
    auto written = commit();
    TOLLGATE_RETURN_IF_ERROR(written.status());
  }
  found->second.add_existing(header, bytes, hash_of_record(bytes));
  ++stats_.records;

  Input input;
  input.command.partner = header.partner;
  input.command.mode = header.mode;
  input.command.partition = partition_id;
  Work work{.input = input, .partition = found->second, .command = input.command, .now_us = header.time_us};
  TOLLGATE_RETURN_IF_ERROR(replay_event(work, header, record.event));
  return replay_idempotency(record);
}

Status Processor::replay_event(Work& work, const RecordHeader& header, const Event& event) {
  const Command& command = work.command;
  return std::visit(
      [&]<class E>(const E& e) -> Status {
        if constexpr (std::is_constructible_v<PaymentEvent, const E&>) {
          const EntityKey key = StateStore::payment_key(command.partner, command.mode, e.payment);
          work.waits_on = key;
          TOLLGATE_ASSIGN_OR_RETURN(auto payment, store_.payments.load(key));
          if (!payment && !std::is_same_v<E, PaymentCreated>)
            return data_loss("record {} is about the payment {}, which does not exist", header.sequence, e.payment.text());
          return apply_payment_event(work, PaymentEvent(e), header, event, payment);
        } else if constexpr (std::is_constructible_v<CustomerEvent, const E&>) {
          return apply_customer_event(work, CustomerEvent(e), header, event);
        } else if constexpr (std::is_same_v<E, FundsAvailable>) {
          TOLLGATE_ASSIGN_OR_RETURN(auto books, store_.books.load(StateStore::stream_key(command.partner, command.mode)));
          if (!books) return data_loss("record {} releases funds of {}, who has none", header.sequence, command.partner.text());
          return apply_funds_event(work, e, header, event, std::move(books));
        } else if constexpr (std::is_constructible_v<PartnerEvent, const E&>) {
          const EntityKey key{command.partner, Mode::none, {}, 0};
          TOLLGATE_ASSIGN_OR_RETURN(auto partner, store_.partners.load(key));
          partner = store_.partners.writable(key, std::move(partner));
          apply(*partner, PartnerEvent(e), header.sequence, header.time_us);
          return absl::OkStatus();
        } else if constexpr (std::is_constructible_v<AdminEvent, const E&>) {
          TOLLGATE_RETURN_IF_ERROR(load_admins());
          if (std::string why = illegal(*admins_, AdminEvent(e), header.time_us); !why.empty()) return data_loss("record {}: {}", header.sequence, why);
          apply_admin_event(AdminEvent(e), header);
          return absl::OkStatus();
        } else {
          static_assert(std::is_same_v<E, RequestRefused>);
          return absl::OkStatus();
        }
      },
      event);
}

Status Processor::replay_idempotency(const Record& record) {
  const RecordHeader& header = record.header;
  const Cause& cause = record.cause;
  const Told told = told_by(record.event);
  if (!cause.empty()) {
    replayed_keys_.erase(header.partition);
    if (cause.idempotency_key.empty()) return absl::OkStatus();
    const EntityKey key = StateStore::idempotency_key(header.partner, header.mode, cause.idempotency_key);
    const auto entry = store_.idempotency.writable(key, nullptr);
    *entry = {};
    entry->fingerprint = cause.fingerprint;
    entry->parameters = cause.parameters;
    entry->operation = cause.operation;
    entry->api_version = cause.api_version;
    entry->request = cause.request;
    if (const auto* refused = std::get_if<RequestRefused>(&record.event)) entry->refusal = refused->detail;
    entry->subject = told.subject;
    entry->acquirer_operation = told.operation;
    entry->sequence = header.sequence;
    replayed_keys_[header.partition] = key;
    return absl::OkStatus();
  }
  const auto group = replayed_keys_.find(header.partition);
  if (group == replayed_keys_.end()) return absl::OkStatus();
  if (std::visit([]<class E>(const E&) { return begins_own_command<E>; }, record.event)) {
    replayed_keys_.erase(group);
    return absl::OkStatus();
  }
  TOLLGATE_ASSIGN_OR_RETURN(auto entry, store_.idempotency.load(group->second));
  TOLLGATE_ASSERT(entry != nullptr);
  entry = store_.idempotency.writable(group->second, std::move(entry));
  if (told.decides_subject) entry->subject = told.subject;
  if (told.operation != 0) entry->acquirer_operation = told.operation;
  entry->sequence = header.sequence;
  return absl::OkStatus();
}

namespace {

// Nobody is asked about partners while records are replayed.
class NoDirectory final : public Directory {
 public:
  std::optional<Authenticated> authenticate(std::string_view, int64_t, AuthFailure& why) const override {
    why = AuthFailure::unknown;
    return std::nullopt;
  }
  std::shared_ptr<const Partner> find(PartnerId) const override { return nullptr; }
  std::vector<std::shared_ptr<const Partner>> list(PartnerId, std::size_t) const override { return {}; }
  std::size_t size() const override { return 0; }
  uint32_t choose_partition() const override { return 1; }
  void put(std::shared_ptr<const Partner>) override {}
  NewKey new_key(Mode, KeyScope, int64_t, Random&) const override { return {}; }
};

class Replayer final : public LogReplayer {
 public:
  explicit Replayer(EventLog& log) : processor_(options_, log, clock_, directory_) {}

  Status take(uint32_t partition, std::string_view record) override {
    if (!known_.contains(partition)) {
      // What is open where the log ends is left to the node that takes it over.
      std::vector<Input> inputs;
      std::vector<AcquirerRequest> requests;
      TOLLGATE_RETURN_IF_ERROR(processor_.recover(partition, inputs, requests));
      known_.insert(partition);
    }
    TOLLGATE_RETURN_IF_ERROR(processor_.replay(partition, record));
    ++taken_;
    return ++in_round_ < records_per_round ? absl::OkStatus() : flush();
  }

  Status flush() override {
    in_round_ = 0;
    return processor_.commit().status();
  }

  uint64_t taken() const override { return taken_; }

 private:
  const EngineOptions options_;
  const TestClock clock_;
  NoDirectory directory_;
  Processor processor_;
  std::set<uint32_t> known_;
  std::size_t in_round_ = 0;
  uint64_t taken_ = 0;
};

}  // namespace
}  // namespace tollgate::engine

namespace tollgate {

StatusOr<std::unique_ptr<LogReplayer>> LogReplayer::open(EventLog& log) {
  return std::unique_ptr<LogReplayer>(std::make_unique<engine::Replayer>(log));
}

}  // namespace tollgate
