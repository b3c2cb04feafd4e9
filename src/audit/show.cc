#include "tollgate/audit/show.h"

#include <algorithm>
#include <set>

#include "audit/narrow.h"
#include "tollgate/base/time.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate::audit {

namespace {

// An id is made when a request arrives, its records follow: so long at most.
constexpr int64_t record_after_id_max_us = 600 * us_per_second;
// Ids borrowed from the next milliseconds, and clocks that were set back.
constexpr int64_t record_before_id_max_us = 2 * us_per_second;
constexpr uint64_t records_per_report = 16'384;

// What an id may stand for.
struct Wanted {
  std::vector<Subject> subjects;  // any of these
  std::optional<PartnerId> partner;
  std::optional<EventId> event;
  std::optional<RequestId> request;
  int64_t made_us = 0;  // as the id says; 0: it does not
};

std::optional<Wanted> read_id(const std::string& id) {
  Wanted wanted;
  const auto add = [&](ObjectKind kind, const IdCore& core, uint16_t ordinal = 0) {
    wanted.subjects.push_back({kind, core, ordinal});
    wanted.made_us = core.created_us();
  };
  if (const auto payment = PaymentId::parse(id)) add(ObjectKind::payment, payment->core);
  else if (const auto charge = ChargeId::parse(id)) add(ObjectKind::payment, charge->core);
  else if (const auto refund = RefundId::parse(id)) add(ObjectKind::payment, refund->core);
  else if (const auto transaction = TransactionId::parse(id)) add(ObjectKind::payment, transaction->core);
  else if (const auto customer = CustomerId::parse(id)) add(ObjectKind::customer, customer->core);
  else if (const auto setup = SetupIntentId::parse(id)) add(ObjectKind::setup_intent, setup->core);
  else if (const auto method = PaymentMethodId::parse(id)) {
    add(ObjectKind::payment_method, method->core, method->ordinal);
    // Made in passing: it may never have become an object of its own.
    if (method->ordinal != 0) {
      add(ObjectKind::payment, method->core);
      add(ObjectKind::setup_intent, method->core);
    }
  } else if ((wanted.partner = PartnerId::parse(id)) || (wanted.event = EventId::parse(id))) {
  } else if ((wanted.request = RequestId::parse(id))) {
    wanted.made_us = wanted.request->core.created_us();
  } else {
    return std::nullopt;
  }
  return wanted;
}

class Finder {
 public:
  Finder(const RecordSource& source, const Cut& cut, const ShowOptions& options, Partners partners)
      : source_(source), cut_(cut), options_(options), partners_(std::move(partners)) {}

  StatusOr<std::vector<Shown>> find(const Wanted& wanted);

 private:
  // By the state rows, where they say which records there are; false if the log must be looked through.
  StatusOr<bool> by_rows(const EventLog& log, const Subject& subject);
  Status by_walking(uint32_t partition, uint64_t from, int64_t until_us, const std::function<bool(const Record&)>& fits, const Subject& subject);
  Status find_subject(const Subject& subject, int64_t made_us);
  Status find_partner(PartnerId id);
  Status find_event(const EventId& id);
  Status find_request(const Wanted& wanted);

  Shown& shown_for(const Subject& subject, const RecordHeader& header);
  Status take(const Subject& subject, std::string_view bytes);
  Status fold_all();
  void keep_fullest();
  [[nodiscard]] std::vector<uint32_t> partitions_of_partners() const;
  StatusOr<uint64_t> first_after(uint32_t partition, int64_t time_us) const {
    auto last = last_sequence_at(source_, partition, time_us);
    if (!last.ok()) return last.status();
    return *last + 1;
  }

  const RecordSource& source_;
  const Cut& cut_;
  const ShowOptions& options_;
  Partners partners_;
  std::vector<Shown> found_;
};

Shown& Finder::shown_for(const Subject& subject, const RecordHeader& header) {
  for (Shown& shown : found_) {
    if (shown.partner == header.partner && shown.mode == header.mode && shown.subject == subject) return shown;
  }
  Shown& shown = found_.emplace_back();
  shown.subject = subject;
  shown.id = subject.text();
  shown.partner = header.partner;
  shown.mode = header.mode;
  shown.partition = header.partition;
  if (const auto partner = partners_.find(header.partner); partner != partners_.end()) shown.partner_name = partner->second.config.name;
  return shown;
}

Status Finder::take(const Subject& subject, std::string_view bytes) {
  TOLLGATE_ASSIGN_OR_RETURN(Record record, decode_record(bytes));
  Shown& shown = shown_for(subject, record.header);
  shown.records.push_back({std::move(record), hash_of_record(bytes)});
  return absl::OkStatus();
}

Status Finder::by_walking(uint32_t partition, uint64_t from, int64_t until_us, const std::function<bool(const Record&)>& fits,
                          const Subject& subject) {
  Status bad;
  uint64_t uncounted = 0;
  const uint64_t last = cut_.last_sequence(partition);
  TOLLGATE_RETURN_IF_ERROR(source_.read(partition, from, [&](uint64_t sequence, std::string_view bytes) {
    if (sequence > last) return false;
    if (options_.progress && ++uncounted == records_per_report) options_.progress(std::exchange(uncounted, 0));
    const auto record = decode_record(bytes);
    if (!record.ok()) {
      bad = record.status();
      return false;
    }
    if (record->header.time_us > until_us) return false;
    if (fits(*record)) bad = take(subject, bytes);
    return bad.ok();
  }));
  return bad;
}

std::vector<uint32_t> Finder::partitions_of_partners() const {
  std::set<uint32_t> all;
  if (const auto partitions = source_.partitions(); partitions.ok()) all.insert(partitions->begin(), partitions->end());
  all.erase(0);
  return {all.begin(), all.end()};
}

// A payment's and a setup intent's row name its records. Those of customers and payment methods do not.
StatusOr<bool> Finder::by_rows(const EventLog& log, const Subject& subject) {
  const bool payment = subject.kind == ObjectKind::payment, setup = subject.kind == ObjectKind::setup_intent;
  if (options_.scan || !(payment || setup)) return false;
  std::string bytes;
  for (const auto& [id, partner] : partners_) {
    for (const Mode mode : {Mode::test, Mode::live}) {
      const Status status = log.get(payment ? Table::payments : Table::setups, keys::object(id, mode, subject.core), bytes);
      if (absl::IsNotFound(status)) continue;
      TOLLGATE_RETURN_IF_ERROR(status);
      std::vector<uint64_t> history;
      if (payment) {
        Payment row;
        TOLLGATE_RETURN_IF_ERROR(wire::decode(bytes, row));
        history = std::move(row.history);
      } else {
        SetupIntent row;
        TOLLGATE_RETURN_IF_ERROR(wire::decode(bytes, row));
        history = std::move(row.history);
      }
      std::erase_if(history, [last = cut_.last_sequence(partner.partition)](uint64_t sequence) { return sequence > last; });
      for (const uint64_t sequence : history) {
        Status taken = data_loss("partition {} has no record {}", partner.partition, sequence);
        TOLLGATE_RETURN_IF_ERROR(source_.read(partner.partition, sequence, [&](uint64_t at, std::string_view record) {
          if (at == sequence) taken = take(subject, record);
          return false;
        }));
        TOLLGATE_RETURN_IF_ERROR(taken);
      }
    }
  }
  return true;
}

Status Finder::find_subject(const Subject& subject, int64_t made_us) {
  if (const EventLog* log = source_.log()) {
    TOLLGATE_ASSIGN_OR_RETURN(const bool done, by_rows(*log, subject));
    if (done) return absl::OkStatus();
  }
  for (const uint32_t partition : partitions_of_partners()) {
    uint64_t from = 1;
    if (!options_.scan) {
      TOLLGATE_ASSIGN_OR_RETURN(from, first_after(partition, made_us - record_before_id_max_us));
    }
    TOLLGATE_RETURN_IF_ERROR(by_walking(
        partition, from, INT64_MAX,
        [&](const Record& record) { return !std::holds_alternative<RequestRefused>(record.event) && subject_of(record.event) == subject; }, subject));
  }
  return absl::OkStatus();
}

Status Finder::find_partner(PartnerId id) {
  return by_walking(0, 1, INT64_MAX, [&](const Record& record) { return record.header.partner == id; }, {ObjectKind::partner, {}, 0});
}

// What the event happened to.
Status Finder::find_event(const EventId& id) {
  Status bad = not_found("partition {} has no record {}", id.partition, id.sequence);
  Subject subject;
  TOLLGATE_RETURN_IF_ERROR(source_.read(id.partition, id.sequence, [&](uint64_t sequence, std::string_view bytes) {
    if (sequence != id.sequence) return false;
    const auto record = decode_record(bytes);
    bad = record.status();
    if (!record.ok()) return false;
    subject = subject_of(record->event);
    if (subject.text().empty()) bad = take(subject, bytes);  // of nothing with an id: the record alone
    return false;
  }));
  TOLLGATE_RETURN_IF_ERROR(bad);
  return subject.text().empty() ? absl::OkStatus() : find_subject(subject, subject.core.created_us());
}

// The records that a request brought, up to the next command's.
Status Finder::find_request(const Wanted& wanted) {
  std::vector<uint32_t> partitions = partitions_of_partners();
  partitions.insert(partitions.begin(), 0);
  for (const uint32_t partition : partitions) {
    TOLLGATE_ASSIGN_OR_RETURN(const uint64_t from, first_after(partition, wanted.made_us - record_before_id_max_us));
    TOLLGATE_RETURN_IF_ERROR(by_walking(partition, from, wanted.made_us + record_after_id_max_us,
                                        [&](const Record& record) { return record.cause.request == *wanted.request; }, {}));
  }
  return absl::OkStatus();
}

Status Finder::fold_all() {
  for (Shown& shown : found_) {
    for (const HashedRecord& one : shown.records) {
      switch (shown.subject.kind) {
        case ObjectKind::payment: TOLLGATE_RETURN_IF_ERROR(fold(shown.payment, one.record)); break;
        case ObjectKind::customer: TOLLGATE_RETURN_IF_ERROR(fold(shown.customer, one.record)); break;
        case ObjectKind::payment_method: TOLLGATE_RETURN_IF_ERROR(fold(shown.method, one.record)); break;
        case ObjectKind::setup_intent: TOLLGATE_RETURN_IF_ERROR(fold(shown.setup, one.record)); break;
        case ObjectKind::partner:
        case ObjectKind::balance:
        case ObjectKind::none: break;
      }
    }
    if (shown.subject.kind != ObjectKind::partner) continue;
    shown.id = shown.partner.text();
    if (const auto partner = partners_.find(shown.partner); partner != partners_.end()) shown.partner_state = partner->second;
  }
  return absl::OkStatus();
}

// A payment method made in passing is shown as its own records if it has any, else by the payment or setup intent that made it.
void Finder::keep_fullest() {
  const auto own = [](const Shown& shown) { return shown.subject.kind == ObjectKind::payment_method; };
  if (std::any_of(found_.begin(), found_.end(), own)) std::erase_if(found_, [&](const Shown& shown) { return !own(shown); });
}

StatusOr<std::vector<Shown>> Finder::find(const Wanted& wanted) {
  if (wanted.partner) TOLLGATE_RETURN_IF_ERROR(find_partner(*wanted.partner));
  if (wanted.event) TOLLGATE_RETURN_IF_ERROR(find_event(*wanted.event));
  if (wanted.request) TOLLGATE_RETURN_IF_ERROR(find_request(wanted));
  for (const Subject& subject : wanted.subjects) TOLLGATE_RETURN_IF_ERROR(find_subject(subject, wanted.made_us));
  keep_fullest();
  TOLLGATE_RETURN_IF_ERROR(fold_all());
  return std::move(found_);
}

}  // namespace

StatusOr<std::vector<Shown>> show(const RecordSource& source, const std::string& id, const Cut& cut, const ShowOptions& options) {
  const auto wanted = read_id(id);
  if (!wanted) {
    return invalid_argument(
        "\"{}\" is no id: pi_, ch_, re_, txn_, pm_, cus_, seti_, evt_, req_ or acct_ and its characters", id);
  }
  TOLLGATE_ASSIGN_OR_RETURN(Partners partners, partners_at(source, cut));
  TOLLGATE_ASSIGN_OR_RETURN(auto found, Finder(source, cut, options, std::move(partners)).find(*wanted));
  if (found.empty()) return not_found("there is no {} in this log{}", id, cut.is_end() ? "" : ", as it was then");
  return found;
}

}  // namespace tollgate::audit
