// Taking over a partition: what was in flight when it stopped is put in doubt and inquired, what was in doubt is inquired again.
// The work is bounded by what was open, never by the length of the history.
#include "engine/effects.h"
#include "engine/processor.h"
#include "tollgate/base/assert.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate::engine {
namespace {

// A request that was durable when the node stopped.
struct Candidate {
  PartnerId partner;
  Mode mode;
  uint64_t sequence;
  std::variant<PaymentId, SetupIntentId> subject;
  uint16_t operation;
};

std::optional<Candidate> candidate_of(const Record& record) {
  Candidate candidate{record.header.partner, record.header.mode, record.header.sequence, PaymentId{}, 0};
  const bool asks = std::visit(
      [&]<class E>(const E& e) {
        if constexpr (std::is_same_v<E, AuthorizationRequested> || std::is_same_v<E, IncrementRequested> || std::is_same_v<E, CaptureRequested> ||
                      std::is_same_v<E, CancelRequested> || std::is_same_v<E, RefundRequested>) {
          candidate.subject = e.payment;
          candidate.operation = e.operation;
          return true;
        } else if constexpr (std::is_same_v<E, SetupVerificationRequested>) {
          candidate.subject = e.setup;
          candidate.operation = e.operation;
          return true;
        } else {
          return false;
        }
      },
      record.event);
  return asks ? std::optional(candidate) : std::nullopt;
}

}  // namespace

Status Processor::recover(uint32_t id, std::vector<Input>& inputs, std::vector<AcquirerRequest>& requests) {
  TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(id));
  PartitionMeta meta;
  std::string row;
  if (const Status found = log_.get(Table::meta, keys::partition(id), row); found.ok()) {
    TOLLGATE_RETURN_IF_ERROR(wire::decode(row, meta));
  } else if (!absl::IsNotFound(found)) {
    return found;
  }

  int64_t last_time_us = 0;
  std::vector<Candidate> candidates;
  Status decoded = absl::OkStatus();
  // At least the last record is read, for its time.
  const uint64_t from = std::max<uint64_t>(1, std::min(meta.open_floor_sequence, head.sequence));
  if (head.sequence > 0) {
    TOLLGATE_RETURN_IF_ERROR(log_.read(id, from, [&](uint64_t, std::string_view bytes) {
      auto record = decode_record(bytes);
      if (!record.ok()) {
        decoded = record.status();
        return false;
      }
      last_time_us = record->header.time_us;
      if (auto candidate = candidate_of(*record)) candidates.push_back(*candidate);
      return true;
    }));
    TOLLGATE_RETURN_IF_ERROR(decoded);
  }
  Partition& partition = partitions_.emplace(id, Partition(id, head, last_time_us, options_.epoch_min)).first->second;

  for (const Candidate& candidate : candidates) {
    Input input;
    input.command.partner = candidate.partner;
    input.command.mode = candidate.mode;
    input.command.partition = id;
    if (const auto* setup_id = std::get_if<SetupIntentId>(&candidate.subject)) {
      TOLLGATE_ASSIGN_OR_RETURN(const auto setup, store_.setups.load(StateStore::setup_key(candidate.partner, candidate.mode, *setup_id)));
      if (!setup || !setup->operation_open || setup->operation != candidate.operation) continue;
      OnCustomerObject target;
      target.setup = *setup_id;
      target.command = ApplySetupOutcome{.operation = candidate.operation, .outcome = Outcome::unknown, .code = DeclineCode::not_reached};
      input.command.target = std::move(target);
    } else {
      const PaymentId payment_id = std::get<PaymentId>(candidate.subject);
      TOLLGATE_ASSIGN_OR_RETURN(const auto payment, store_.payments.load(StateStore::payment_key(candidate.partner, candidate.mode, payment_id)));
      const Operation* operation = payment ? payment->operation(candidate.operation) : nullptr;
      if (operation == nullptr || operation->state != OperationState::open) continue;
      OnPayment target;
      target.payment = payment_id;
      ApplyOutcome outcome;
      outcome.operation = candidate.operation;
      outcome.outcome = Outcome::unknown;
      outcome.doubt = DoubtCause::restart;
      target.command = std::move(outcome);
      input.command.target = std::move(target);
    }
    partition.operations.open(candidate.sequence);
    inputs.push_back(std::move(input));
  }

  std::string after;
  TOLLGATE_ASSIGN_OR_RETURN(const bool more, list_in_doubt(id, after, SIZE_MAX, requests));
  TOLLGATE_ASSERT(!more);
  return absl::OkStatus();
}

StatusOr<bool> Processor::list_in_doubt(uint32_t id, std::string& after, std::size_t payments_max, std::vector<AcquirerRequest>& requests) {
  const std::string prefix = keys::partition(id);
  std::string from = after.empty() ? prefix : after;
  if (!after.empty()) from.push_back('\0');
  std::vector<std::string> doubtful;
  TOLLGATE_RETURN_IF_ERROR(log_.scan(Table::in_doubt, from, keys::after_prefix(prefix), Order::forward,
                                     [&](std::string_view key, std::string_view) {
                                       doubtful.emplace_back(key);
                                       return doubtful.size() < payments_max;
                                     }));
  for (const std::string& key : doubtful) {
    if (key.size() != 4 + 8 + 1 + 12) return data_loss("the in_doubt table of partition {} has a key of {} bytes", id, key.size());
    EntityKey entity{PartnerId{load_be64(key.data() + 4)}, static_cast<Mode>(key[12]), {}, 0};
    std::memcpy(entity.core.bytes.data(), key.data() + 13, 12);
    TOLLGATE_ASSIGN_OR_RETURN(const auto payment, store_.payments.load(entity));
    if (!payment) return data_loss("the in_doubt table of partition {} names a payment that does not exist", id);
    for (const Operation& operation : payment->operations)
      if (auto request = resolution_of(operation, *payment, id)) requests.push_back(std::move(*request));
  }
  if (!doubtful.empty()) after = doubtful.back();
  return doubtful.size() == payments_max;
}

}  // namespace tollgate::engine
