#include "audit/walk.h"

#include "audit/legal.h"
#include "tollgate/eventlog/keys.h"

namespace tollgate::audit {

namespace {
constexpr uint64_t records_per_report = 16'384;
}

void Progress::add(uint64_t records) {
  if (!report_ || records == 0) return;
  std::lock_guard lock(mutex_);
  records_ += records;
  report_(records_);
}

std::optional<Problem> walk(const EventLog& log, uint32_t partition, Chain& chain, Progress& progress,
                            const std::function<Fault(Record& record)>& on_record) {
  Fault fault;
  uint64_t at = 0, unreported = 0;
  const Status read = log.read(partition, 1, [&](uint64_t sequence, std::string_view bytes) {
    at = sequence;
    if (std::string why = chain.broken_by(bytes); !why.empty()) {
      fault = {std::move(why), advice_bytes};
      return false;
    }
    StatusOr<Record> record = decode_record(bytes);
    if (!record.ok()) {
      fault = std::string(message_of(record.status()));
      return false;
    }
    if (std::string field = unknown_enum(record->event); !field.empty()) fault = fmt::format("its field {} has an unknown value", field);
    else fault = on_record(*record);
    if (++unreported == records_per_report) progress.add(std::exchange(unreported, 0));
    return !fault;
  });
  progress.add(unreported);
  if (fault) return Problem{partition, at, std::move(fault.what), fault.advice};
  if (!read.ok()) return Problem{partition, chain.sequence() + 1, std::string(message_of(read)), advice_bytes};
  return std::nullopt;
}

std::optional<Problem> check_head(const EventLog& log, uint32_t partition, const Chain& chain) {
  const auto head = log.head(partition);
  if (!head.ok()) return Problem{partition, 0, std::string(message_of(head.status())), advice_bytes};
  if (head->sequence != chain.sequence() || head->hash != chain.hash() || head->epoch != chain.epoch()) {
    return Problem{partition, chain.sequence(), fmt::format("the log says that it ends at record {}, its records end at {}", head->sequence, chain.sequence()), advice_bytes};
  }
  std::string meta;
  if (chain.sequence() != 0 && !log.get(Table::meta, keys::partition(partition), meta).ok()) {
    return Problem{partition, 0, "the partition has no meta row", advice_rows};
  }
  return std::nullopt;
}

}  // namespace tollgate::audit
