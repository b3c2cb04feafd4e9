#include "report/projection.h"
#include "tollgate/base/time.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/partner/partner.h"
#include "tollgate/record/wire.h"

namespace tollgate::report {
namespace {

constexpr uint64_t records_between_merges = 65'536;
// Of a node that has gone on since, what it was about to write when this log was copied is of this time at most before its last record.
constexpr int64_t about_to_be_written_us = 60 * us_per_second;

class InMemory final : public Folded {
 public:
  InMemory(const EventLog& log, PartnerId partner) : log_(log), partner_(partner) {}
  StatusOr<std::optional<OpenPayment>> open_payment(const PaymentKey& key) const override {
    const auto at = payments_.find(key);
    if (at == payments_.end()) return std::optional<OpenPayment>();
    return std::optional<OpenPayment>(at->second);
  }
  StatusOr<Currency> currency_of_ended(const PaymentKey& key) const override { return currency_in(log_, key); }

  [[nodiscard]] Status merge(Changes& changes) {
    for (auto& [key, slot] : changes.payments) {
      if (slot.payment) payments_[key] = *std::move(slot.payment);
      else payments_.erase(key);
    }
    for (const auto& [of, more] : changes.figures) {
      if (!partner_.empty() && of.partner != partner_) continue;
      FigureKey key = of;
      key.partner = partner_;
      if (!add(figures_[key], more)) return internal_error("an amount of {} is over the largest number", day_text(of.day));
    }
    changes.clear();
    return absl::OkStatus();
  }
  [[nodiscard]] std::vector<Row> rows(const Query& query) const {
    std::vector<Row> rows;
    for (const auto& [of, figures] : figures_) {
      if (of.day < query.first_day || of.day > query.last_day || (query.mode && of.mode != *query.mode)) continue;
      rows.push_back({of.day, of.mode, of.currency, figures});
    }
    return rows;
  }

 private:
  const EventLog& log_;
  const PartnerId partner_;
  absl::flat_hash_map<PaymentKey, OpenPayment> payments_;
  std::map<FigureKey, Figures> figures_;
};

Status find_name(const EventLog& log, Query& query) {
  if (query.partner.empty()) return absl::OkStatus();
  std::string row;
  if (const Status found = log.get(Table::partners, keys::partner(query.partner), row); !found.ok())
    return absl::IsNotFound(found) ? not_found("there is no partner {} in this log", query.partner.text()) : found;
  Partner partner;
  TOLLGATE_RETURN_IF_ERROR(wire::decode(row, partner));
  query.partner_name = partner.config.name;
  return absl::OkStatus();
}

}  // namespace

StatusOr<Report> report_from_log(const EventLog& log, Query query, std::string_view from, std::string_view to,
                                 const std::function<void(uint64_t records)>& progress) {
  TOLLGATE_RETURN_IF_ERROR(set_days(query, from, to, 0));  // what is wrong with them shows at once
  TOLLGATE_RETURN_IF_ERROR(find_name(log, query));
  InMemory folded(log, query.partner);
  Changes changes;
  Fold fold(folded, changes);
  Report report;
  int64_t newest_us = 0;
  TOLLGATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> partitions, log.partitions());
  for (const uint32_t partition : partitions) {
    Status wrong;
    uint64_t unsaid = 0;
    TOLLGATE_RETURN_IF_ERROR(log.read(partition, 1, [&](uint64_t sequence, std::string_view record) {
      const auto header = decode_header(record);
      wrong = header.ok() ? fold.add(*header, record) : header.status();
      if (!wrong.ok()) return false;
      newest_us = std::max(newest_us, header->time_us);
      ++report.progress.records;
      ++unsaid;
      if (sequence % records_between_merges != 0) return true;
      if (progress) progress(std::exchange(unsaid, 0));
      wrong = folded.merge(changes);
      return wrong.ok();
    }));
    TOLLGATE_RETURN_IF_ERROR(wrong);
    TOLLGATE_RETURN_IF_ERROR(folded.merge(changes));
    if (progress) progress(unsaid);
  }
  TOLLGATE_RETURN_IF_ERROR(set_days(query, from, to, newest_us / us_per_day));
  report.progress.complete_until_us = std::max<int64_t>(newest_us - about_to_be_written_us, 0);
  report.rows = folded.rows(query);
  report.query = std::move(query);
  return report;
}

}  // namespace tollgate::report
