// What was known at a moment, from the objects as they are now and the records between.
#include <algorithm>
#include <utility>

#include "projection/history.h"
#include "projection/index_key.h"
#include "projection/public_events.h"
#include "tollgate/base/time.h"
#include "tollgate/projection/postings.h"
#include "tollgate/projection/views.h"

namespace tollgate {
namespace projection {
namespace {

// A customer's or payment method's own records are found among all of the partner's events: this many are looked at, and read.
constexpr std::size_t past_rows_max = rows_scanned_max, past_reads_max = 5'000;
// Ids are borrowed from the next millisecond, and clocks are set back: an object's first record may be this much older than its id.
constexpr int64_t id_newer_max_us = 2 * us_per_second;
// A payment method that was made on its own is recorded when it is made: among the first records of that time.
constexpr uint64_t creation_records_max = 1'000;

Status too_far_back(std::string_view what) {
  return error(absl::StatusCode::kResourceExhausted, "too much has happened since to tell what {} was then", what);
}

struct TypeRange {
  PublicType first, last;
  [[nodiscard]] bool has_any_of(std::string_view types) const {
    return std::any_of(types.begin(), types.end(), [this](char type) { return static_cast<PublicType>(type) >= first && static_cast<PublicType>(type) <= last; });
  }
};
constexpr TypeRange customer_types{PublicType::customer_created, PublicType::customer_deleted};
constexpr TypeRange method_types{PublicType::payment_method_attached, PublicType::payment_method_detached};

struct Found {
  std::vector<uint64_t> sequences;  // newest first
  bool all = true;                  // else the older ones are missing
};

// Records of a stream with events of those types, not older than `from_us` and not later than `at`.
StatusOr<Found> find_events(const EventLog& log, const Stream& stream, TypeRange types, int64_t from_us, const KnownAt& at) {
  const std::string prefix = index_prefix(stream.partner, stream.mode, IndexKind::events);
  std::string from = prefix, to = prefix;
  append_time(from, std::max<int64_t>(from_us, 0));
  append_time(to, at.time_us + 1);
  Found found;
  std::size_t rows = 0;
  Status malformed;
  if (from >= to) return found;
  TOLLGATE_RETURN_IF_ERROR(log.scan(Table::index, from, to, Order::backward, [&](std::string_view key, std::string_view value) {
    const auto sequence = sequence_of(key);
    const auto row = parse_event_row(value);
    if (!sequence || !row) {
      malformed = data_loss("a row of the events index is malformed");
      return false;
    }
    if (*sequence <= at.sequence && types.has_any_of(row->types)) found.sequences.push_back(*sequence);
    found.all = ++rows <= past_rows_max && found.sequences.size() <= past_reads_max;
    return found.all;
  }));
  TOLLGATE_RETURN_IF_ERROR(malformed);
  return found;
}

bool is_of(const RecordHeader& header, const Stream& stream) { return header.partner == stream.partner && header.mode == stream.mode; }

// The state that the record brings the customer to; nothing if it is not about that customer.
std::shared_ptr<const Customer> customer_after(const Record& record, CustomerId id) {
  const auto whole = std::visit(
      [&]<class E>(const E& event) -> const Customer* {
        if constexpr (std::is_same_v<E, CustomerCreated> || std::is_same_v<E, CustomerUpdated>) return event.customer.id == id ? &event.customer : nullptr;
        else return nullptr;
      },
      record.event);
  if (whole == nullptr) return nullptr;
  auto customer = std::make_shared<Customer>(*whole);
  customer->version = record.header.sequence;
  return customer;
}

template <class E>
bool concerns(const E& event, const PaymentMethodId& id) {
  if constexpr (std::is_same_v<E, PaymentMethodCreated> || std::is_same_v<E, PaymentMethodAttached> || std::is_same_v<E, PaymentMethodUpdated>)
    return event.method.id == id;
  else if constexpr (std::is_same_v<E, PaymentMethodDetached>) return event.method == id;
  else return false;
}

// Folds the record into the method, if it is about it.
void fold(PaymentMethod& method, const Record& record, const PaymentMethodId& id) {
  std::visit(
      [&]<class E>(const E& event) {
        if constexpr (std::is_constructible_v<CustomerEvent, E>) {
          if (concerns(event, id)) apply(method, CustomerEvent(event), record.header.sequence, record.header.time_us);
        }
      },
      record.event);
}

// Folds the record that made the method, if it is among these.
Status fold_creation(const EventLog& log, const Stream& stream, uint64_t first, uint64_t last, const PaymentMethodId& id, PaymentMethod& method) {
  Status failed;
  if (first > last) return failed;
  TOLLGATE_RETURN_IF_ERROR(log.read(stream.partition, first, [&](uint64_t sequence, std::string_view bytes) {
    const auto header = decode_header(bytes);
    failed = header.status();
    if (!header.ok()) return false;
    if (!is_of(*header, stream) || header->event_type != PaymentMethodCreated::event_type) return sequence < last;
    const auto record = decode_record(bytes);
    failed = record.status();
    if (!record.ok()) return false;
    fold(method, *record, id);
    return method.version == 0 && sequence < last;
  }));
  return failed;
}

StatusOr<int64_t> time_of(const EventLog& log, uint32_t partition, uint64_t sequence) {
  StatusOr<int64_t> time_us = not_found("partition {} has no record {}", partition, sequence);
  TOLLGATE_RETURN_IF_ERROR(log.read(partition, sequence, [&](uint64_t, std::string_view bytes) {
    const auto header = decode_header(bytes);
    time_us = header.ok() ? StatusOr<int64_t>(header->time_us) : header.status();
    return false;
  }));
  return time_us;
}

// Adds the stream's postings in a range of records to `sums`, which stand by the rows of `totals`.
Status add_postings(const EventLog& log, const Stream& stream, uint64_t first, uint64_t last, int sign, const std::vector<Posting>& totals,
                    std::vector<__int128>& sums) {
  Status failed;
  if (first > last) return failed;
  TOLLGATE_RETURN_IF_ERROR(log.read(stream.partition, first, [&](uint64_t sequence, std::string_view bytes) {
    if (sequence > last) return false;
    const auto header = decode_header(bytes);
    failed = header.status();
    if (!header.ok()) return false;
    if (!is_of(*header, stream) || !may_post(header->event_type)) return sequence < last;
    const auto record = decode_record(bytes);
    failed = record.status();
    if (!record.ok()) return false;
    for (const Posting& posting : *postings_of(record->event)) {
      const auto row = std::find_if(totals.begin(), totals.end(), [&](const Posting& one) { return one.account == posting.account && one.currency == posting.currency; });
      if (row == totals.end()) failed = data_loss("record {} posts to an account that the books do not have", sequence);
      else sums[static_cast<std::size_t>(row - totals.begin())] += sign * static_cast<__int128>(posting.amount);
    }
    return failed.ok() && sequence < last;
  }));
  return failed;
}

}  // namespace
}  // namespace projection

using namespace projection;

StatusOr<KnownAt> Views::at_record(uint32_t partition, uint64_t sequence) const {
  if (sequence == 0) return KnownAt{0, 0};
  TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(partition));
  if (sequence > head.sequence) return not_found("partition {} has no record {} yet", partition, sequence);
  TOLLGATE_ASSIGN_OR_RETURN(const int64_t time_us, time_of(log_, partition, sequence));
  return KnownAt{sequence, time_us};
}

StatusOr<KnownAt> Views::at_time(uint32_t partition, int64_t time_us) const {
  TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(partition));
  uint64_t not_later = 0, later = head.sequence + 1;
  // What was moved to an archive is old, and how old cannot be told here.
  Status moved;
  while (later - not_later > 1) {
    const uint64_t middle = not_later + (later - not_later) / 2;
    const auto at_us = time_of(log_, partition, middle);
    if (!at_us.ok() && !absl::IsFailedPrecondition(at_us.status())) return at_us.status();
    const bool is_later = at_us.ok() && *at_us > time_us;
    if (!is_later) moved = at_us.status();
    (is_later ? later : not_later) = middle;
  }
  TOLLGATE_RETURN_IF_ERROR(moved);
  return KnownAt{not_later, time_us};
}

StatusOr<std::shared_ptr<const Payment>> Views::payment(const Stream& stream, PaymentId id, const KnownAt& at) const {
  return at.is_now() ? payment(stream, id) : payment_at(stream, id, at.sequence);
}

StatusOr<std::shared_ptr<const SetupIntent>> Views::setup(const Stream& stream, SetupIntentId id, const KnownAt& at) const {
  return at.is_now() ? setup(stream, id) : setup_at(stream, id, at.sequence);
}

StatusOr<std::vector<uint64_t>> Views::history(const Stream& stream, PaymentId id, const KnownAt& at) const {
  TOLLGATE_ASSIGN_OR_RETURN(const auto now, payment(stream, id));
  const auto sequences = up_to(now->history, at.sequence);
  if (sequences.empty()) return not_found("payment {} did not exist at record {}", id.text(), at.sequence);
  return std::vector<uint64_t>(sequences.begin(), sequences.end());
}

StatusOr<std::shared_ptr<const Customer>> Views::customer(const Stream& stream, CustomerId id, const KnownAt& at) const {
  TOLLGATE_ASSIGN_OR_RETURN(auto now, customer(stream, id));
  if (now->version <= at.sequence) return now;
  TOLLGATE_ASSIGN_OR_RETURN(const Found found, find_events(log_, stream, customer_types, id.core.created_us() - id_newer_max_us, at));
  for (const uint64_t sequence : found.sequences) {
    TOLLGATE_ASSIGN_OR_RETURN(const Record record, this->record(stream.partition, sequence));
    if (auto then = customer_after(record, id)) return then;
  }
  return found.all ? not_found("customer {} did not exist at record {}", id.text(), at.sequence) : too_far_back(id.text());
}

StatusOr<std::shared_ptr<const PaymentMethod>> Views::method(const Stream& stream, PaymentMethodId id, const KnownAt& at) const {
  if (at.is_now()) return method(stream, id);
  TOLLGATE_ASSIGN_OR_RETURN(auto now, method(stream, id));
  // Of its own: then it has a record.
  const bool own = now->version != 0;
  if (own && now->version <= at.sequence) return now;
  PaymentMethod then;
  if (own) {
    TOLLGATE_ASSIGN_OR_RETURN(const Found found, find_events(log_, stream, method_types, id.core.created_us() - id_newer_max_us, at));
    if (!found.all) return too_far_back(id.text());
    bool looked = true;
    if (id.ordinal == 0) {
      TOLLGATE_ASSIGN_OR_RETURN(const KnownAt before, at_time(stream.partition, now->method.created_us - 1));
      const uint64_t last = std::min(before.sequence + creation_records_max, at.sequence);
      TOLLGATE_RETURN_IF_ERROR(fold_creation(log_, stream, before.sequence + 1, last, id, then));
      looked = last == at.sequence;
    }
    for (auto sequence = found.sequences.rbegin(); sequence != found.sequences.rend(); ++sequence) {
      TOLLGATE_ASSIGN_OR_RETURN(const Record record, this->record(stream.partition, *sequence));
      fold(then, record, id);
    }
    if (then.version != 0) return std::make_shared<const PaymentMethod>(std::move(then));
    if (!looked) return too_far_back(id.text());
  }
  // Made in passing: as the payment or setup intent knew it.
  const Status missing = not_found("payment method {} did not exist at record {}", id.text(), at.sequence);
  if (id.ordinal == 0) return missing;
  const auto payment = this->payment(stream, PaymentId{id.core}, at);
  if (payment.ok()) {
    const MethodSnapshot* snapshot = method_of(**payment, id);
    if (snapshot == nullptr) return missing;
    then.method = *snapshot;
    return std::make_shared<const PaymentMethod>(std::move(then));
  }
  if (!absl::IsNotFound(payment.status())) return payment.status();
  const auto setup = this->setup(stream, SetupIntentId{id.core}, at);
  if (!setup.ok()) return absl::IsNotFound(setup.status()) ? missing : setup.status();
  if (!(*setup)->method || (*setup)->method->id != id) return missing;
  then.method = *(*setup)->method;
  return std::make_shared<const PaymentMethod>(std::move(then));
}

StatusOr<Books> Views::books(const Stream& stream, const KnownAt& at) const {
  TOLLGATE_ASSIGN_OR_RETURN(Books books, this->books(stream));
  if (books.version <= at.sequence) return books;
  // Forward from the first record, or back from now: whichever is nearer.
  const uint64_t behind = books.version - at.sequence;
  const bool from_first = at.sequence < behind;
  if (std::min(at.sequence, behind) > past_movements_records_max) return too_far_back("the balance");
  std::vector<__int128> sums;
  for (const Posting& total : books.totals) sums.push_back(from_first ? 0 : total.amount);
  TOLLGATE_RETURN_IF_ERROR(from_first ? add_postings(log_, stream, 1, at.sequence, 1, books.totals, sums)
                                      : add_postings(log_, stream, at.sequence + 1, books.version, -1, books.totals, sums));
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] > INT64_MAX || sums[i] < INT64_MIN) return data_loss("a balance of {} does not follow from its records", stream.partner.text());
    books.totals[i].amount = static_cast<int64_t>(sums[i]);
  }
  books.pending.clear();
  books.version = at.sequence;
  return books;
}

}  // namespace tollgate
