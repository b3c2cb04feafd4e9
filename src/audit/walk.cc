#include "audit/walk.h"

#include "audit/legal.h"
#include "tollgate/record/decode.h"

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

std::optional<Problem> walk(const RecordSource& source, uint32_t partition, Chain& chain, Progress& progress,
                            const std::function<Fault(Record& record)>& on_record) {
  Fault fault;
  Record record;
  uint64_t at = 0, unreported = 0;
  const Status read = source.read(partition, 1, [&](uint64_t sequence, std::string_view bytes) {
    at = sequence;
    if (std::string why = chain.broken_by(bytes); !why.empty()) {
      fault = {std::move(why), advice_bytes};
      return false;
    }
    if (const Status decoded = decode_record_into(bytes, record); !decoded.ok()) {
      fault = std::string(message_of(decoded));
      return false;
    }
    if (std::string field = unknown_enum(record.event); !field.empty()) fault = fmt::format("its field {} has an unknown value", field);
    else fault = on_record(record);
    if (++unreported == records_per_report) progress.add(std::exchange(unreported, 0));
    return !fault;
  });
  progress.add(unreported);
  if (fault) return Problem{partition, at, std::move(fault.what), fault.advice};
  if (!read.ok()) return Problem{partition, chain.sequence() + 1, std::string(message_of(read)), advice_bytes};
  return std::nullopt;
}

std::optional<Problem> check_head(const RecordSource& source, uint32_t partition, const Chain& chain) {
  const auto head = source.head(partition);
  if (!head.ok()) return Problem{partition, 0, std::string(message_of(head.status())), advice_bytes};
  if (head->sequence != chain.sequence() || head->hash != chain.hash() || head->epoch != chain.epoch()) {
    return Problem{partition, chain.sequence(), fmt::format("the log says that it ends at record {}, its records end at {}", head->sequence, chain.sequence()), advice_bytes};
  }
  return std::nullopt;
}

}  // namespace tollgate::audit
