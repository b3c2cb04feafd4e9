// Walks over payments as they were at a moment.
#include <algorithm>
#include <map>
#include <span>

#include "audit/narrow.h"
#include "tollgate/audit/folds.h"
#include "tollgate/base/time.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate::audit {

namespace {

// Rows that are read before the log is, because a walk over rows may hold it.
constexpr std::size_t rows_at_a_time = 256;
// Records of one object are often neighbours: walking over a few strangers costs less than another seek.
constexpr uint64_t strangers_max = 16;
constexpr uint64_t work_per_report = 4'096;

using Visit = std::function<bool(const Payment& payment, uint32_t partition)>;
using RecordVisit = std::function<Status(uint64_t sequence, std::string_view bytes)>;

// An id's time has milliseconds.
IdCore first_core_at(int64_t time_us) { return IdCore::first_at(std::clamp<int64_t>(time_us, 0, (int64_t{1} << 47) * us_per_ms)); }

Status read_each(const RecordSource& source, uint32_t partition, std::span<const uint64_t> sequences, const RecordVisit& visit) {
  std::size_t next = 0;
  while (next < sequences.size()) {
    const std::size_t first = next;
    Status inner;
    TOLLGATE_RETURN_IF_ERROR(source.read(partition, sequences[first], [&](uint64_t sequence, std::string_view bytes) {
      if (sequence < sequences[next]) return sequences[next] - sequence <= strangers_max;
      if (sequence > sequences[next]) return false;
      inner = visit(sequence, bytes);
      ++next;
      return inner.ok() && next < sequences.size();
    }));
    TOLLGATE_RETURN_IF_ERROR(inner);
    if (next == first) return data_loss("partition {} has no record {}", partition, sequences[first]);
  }
  return absl::OkStatus();
}

class Walk {
 public:
  Walk(const RecordSource& source, const Partners& partners, const Cut& cut, const PaymentScope& scope, const Visit& visit,
       const ProgressReport& progress)
      : source_(source), partners_(partners), cut_(cut), scope_(scope), visit_(visit), progress_(progress) {}

  Status over_rows(const EventLog& log);
  Status over_records();

 private:
  [[nodiscard]] bool in_scope(PartnerId partner, Mode mode) const {
    return (!scope_.partner || *scope_.partner == partner) && (!scope_.mode || *scope_.mode == mode);
  }
  [[nodiscard]] bool in_time(const IdCore& core) const {
    const int64_t created_us = core.created_us();
    return created_us >= scope_.created_from_us && created_us < scope_.created_to_us;
  }
  Status over_stream(const EventLog& log, PartnerId partner, Mode mode, uint32_t partition);
  Status show(const Payment& payment, uint32_t partition);
  Status take(std::map<std::string, std::optional<Payment>>& payments, std::string_view bytes);
  void count() {
    if (progress_ && ++uncounted_ == work_per_report) progress_(std::exchange(uncounted_, 0));
  }

  const RecordSource& source_;
  const Partners& partners_;
  const Cut& cut_;
  const PaymentScope& scope_;
  const Visit& visit_;
  const ProgressReport& progress_;
  uint64_t uncounted_ = 0;
  bool more_ = true;
};

Status Walk::show(const Payment& now, uint32_t partition) {
  const uint64_t last = cut_.last_sequence(partition);
  if (now.history.empty() || now.history.front() > last) return absl::OkStatus();
  if (now.history.back() <= last) {
    more_ = visit_(now, partition);
    return absl::OkStatus();
  }
  const auto end = std::upper_bound(now.history.begin(), now.history.end(), last);
  std::optional<Payment> then;
  TOLLGATE_RETURN_IF_ERROR(
      read_each(source_, partition, std::span(now.history.begin(), end), [&](uint64_t, std::string_view bytes) -> Status {
        const auto record = decode_record(bytes);
        return record.ok() ? fold(then, *record) : record.status();
      }));
  more_ = visit_(*then, partition);
  return absl::OkStatus();
}

Status Walk::over_stream(const EventLog& log, PartnerId partner, Mode mode, uint32_t partition) {
  std::string from = keys::stream(partner, mode), to = keys::after_prefix(from);
  if (scope_.created_from_us > 0) from.append(first_core_at(scope_.created_from_us).view());
  if (scope_.created_to_us != INT64_MAX) to = keys::object(partner, mode, first_core_at(scope_.created_to_us + us_per_ms));
  std::vector<Payment> page;
  while (more_ && from < to) {
    page.clear();
    Status bad;
    TOLLGATE_RETURN_IF_ERROR(log.scan(Table::payments, from, to, Order::forward, [&](std::string_view key, std::string_view value) {
      bad = wire::decode(value, page.emplace_back());
      from.assign(key).push_back('\0');
      return bad.ok() && page.size() < rows_at_a_time;
    }));
    TOLLGATE_RETURN_IF_ERROR(bad);
    for (const Payment& payment : page) {
      if (!more_) break;
      count();
      if (in_time(payment.id.core)) TOLLGATE_RETURN_IF_ERROR(show(payment, partition));
    }
    if (page.size() < rows_at_a_time) break;
  }
  return absl::OkStatus();
}

Status Walk::over_rows(const EventLog& log) {
  for (const auto& [id, partner] : partners_) {
    for (const Mode mode : {Mode::test, Mode::live}) {
      if (more_ && in_scope(id, mode)) TOLLGATE_RETURN_IF_ERROR(over_stream(log, id, mode, partner.partition));
    }
  }
  return absl::OkStatus();
}

Status Walk::take(std::map<std::string, std::optional<Payment>>& payments, std::string_view bytes) {
  TOLLGATE_ASSIGN_OR_RETURN(const RecordHeader header, decode_header(bytes));
  if (!in_scope(header.partner, header.mode)) return absl::OkStatus();
  TOLLGATE_ASSIGN_OR_RETURN(const Record record, decode_record(bytes));
  const Subject subject = subject_of(record.event);
  if (subject.kind != ObjectKind::payment || std::holds_alternative<RequestRefused>(record.event) || !in_time(subject.core))
    return absl::OkStatus();
  return fold(payments[keys::object(header.partner, header.mode, subject.core)], record);
}

Status Walk::over_records() {
  TOLLGATE_ASSIGN_OR_RETURN(const auto partitions, source_.partitions());
  for (const uint32_t partition : partitions) {
    if (partition == 0) continue;
    if (scope_.partner) {
      const auto partner = partners_.find(*scope_.partner);
      if (partner != partners_.end() && partner->second.partition != partition) continue;
    }
    std::map<std::string, std::optional<Payment>> payments;
    Status bad;
    TOLLGATE_RETURN_IF_ERROR(source_.read(partition, 1, [&](uint64_t sequence, std::string_view bytes) {
      if (sequence > cut_.last_sequence(partition)) return false;
      count();
      bad = take(payments, bytes);
      return bad.ok();
    }));
    TOLLGATE_RETURN_IF_ERROR(bad);
    for (const auto& [key, payment] : payments) {
      if (!more_) return absl::OkStatus();
      more_ = visit_(*payment, partition);
    }
  }
  return absl::OkStatus();
}

}  // namespace

Status for_each_payment(const RecordSource& source, const Partners& partners, const Cut& cut, const PaymentScope& scope, const Visit& visit,
                        const ProgressReport& progress) {
  Walk walk(source, partners, cut, scope, visit, progress);
  return source.log() != nullptr ? walk.over_rows(*source.log()) : walk.over_records();
}

StatusOr<std::vector<Record>> read_records(const RecordSource& source, uint32_t partition, const std::vector<uint64_t>& sequences) {
  std::vector<Record> records;
  records.reserve(sequences.size());
  TOLLGATE_RETURN_IF_ERROR(read_each(source, partition, sequences, [&](uint64_t, std::string_view bytes) -> Status {
    TOLLGATE_ASSIGN_OR_RETURN(Record record, decode_record(bytes));
    records.push_back(std::move(record));
    return absl::OkStatus();
  }));
  return records;
}

}  // namespace tollgate::audit
