#include "audit/chain.h"

namespace tollgate::audit {

std::string Chain::broken_by(std::string_view bytes) {
  const auto header = decode_header(bytes);
  if (!header.ok()) return std::string(message_of(header.status()));
  if (header->partition != partition_) return fmt::format("it says that it belongs to partition {}", header->partition);
  if (header->sequence != sequence_ + 1) return fmt::format("it has sequence {} where {} belongs", header->sequence, sequence_ + 1);
  if (header->prev_hash != hash_) return fmt::format("its prev_hash is not the hash of record {}: one of the two was changed", sequence_);
  if (header->epoch < epoch_) return fmt::format("its epoch {} is below {}: a writer that was fenced off", header->epoch, epoch_);
  if (header->time_us <= time_us_) return "its time is not behind that of the record before";
  sequence_ = header->sequence;
  epoch_ = header->epoch;
  time_us_ = header->time_us;
  hash_ = hash_of_record(bytes);
  return {};
}

}  // namespace tollgate::audit
