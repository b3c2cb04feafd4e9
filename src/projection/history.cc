#include "projection/history.h"

#include <utility>
#include <variant>

#include "tollgate/customer/customer.h"
#include "tollgate/payment/commands.h"
#include "tollgate/projection/views.h"

namespace tollgate {
namespace projection {
namespace {

// Records of one object are often neighbours (one batch): walking over a few strangers costs less than another seek.
constexpr uint64_t walk_max = 16;

}  // namespace

Status read_records(const EventLog& log, uint32_t partition, std::span<const uint64_t> sequences,
                    const std::function<Status(Record&&)>& visit) {
  std::size_t next = 0;
  while (next < sequences.size()) {
    const std::size_t first = next;
    Status inner = absl::OkStatus();
    const Status read = log.read(partition, sequences[first], [&](uint64_t sequence, std::string_view bytes) {
      if (sequence < sequences[next]) return sequences[next] - sequence <= walk_max;
      if (sequence > sequences[next]) return false;
      auto record = decode_record(bytes);
      inner = record.ok() ? visit(*std::move(record)) : record.status();
      ++next;
      return inner.ok() && next < sequences.size();
    });
    TOLLGATE_RETURN_IF_ERROR(read);
    TOLLGATE_RETURN_IF_ERROR(inner);
    if (next == first) return data_loss("partition {} has no record {}", partition, sequences[first]);
  }
  return absl::OkStatus();
}

namespace {

// The narrow variant's event out of the wide one; nullopt if it is of another kind.
template <class Narrow>
struct Narrower {
  template <class E>
  std::optional<Narrow> operator()(E&& event) const {
    if constexpr (std::is_constructible_v<Narrow, std::in_place_type_t<std::decay_t<E>>, E>) {
      return Narrow(std::in_place_type<std::decay_t<E>>, std::forward<E>(event));
    } else {
      return std::nullopt;
    }
  }
};

template <class Narrow>
std::optional<Narrow> narrow(Event&& event) {
  return std::visit(Narrower<Narrow>{}, std::move(event));
}

Status stranger(const RecordHeader& header) {
  return data_loss("record {} of partition {} is no event of the object whose history names it", header.sequence,
                   header.partition);
}

}  // namespace
}  // namespace projection

using projection::read_records;

StatusOr<Record> Views::record(uint32_t partition, uint64_t sequence) const {
  std::optional<Record> found;
  TOLLGATE_RETURN_IF_ERROR(read_records(log_, partition, std::span(&sequence, 1), [&](Record&& record) {
    found = std::move(record);
    return absl::OkStatus();
  }));
  return *std::move(found);
}

Status Views::read(uint32_t partition, std::span<const uint64_t> sequences, const std::function<Status(Record&&)>& visit) const {
  return read_records(log_, partition, sequences, visit);
}

StatusOr<std::shared_ptr<const Payment>> Views::payment_at(const Stream& stream, PaymentId id,
                                                           uint64_t sequence) const {
  TOLLGATE_ASSIGN_OR_RETURN(auto now, payment(stream, id));
  if (now->history.empty() || now->history.back() <= sequence) return now;
  const auto sequences = projection::up_to(now->history, sequence);
  if (sequences.empty()) return not_found("payment {} did not exist at record {}", id.text(), sequence);
  auto past = std::make_shared<Payment>();
  TOLLGATE_RETURN_IF_ERROR(read_records(log_, stream.partition, sequences, [&](Record&& record) {
    const RecordHeader header = record.header;
    const auto event = projection::narrow<PaymentEvent>(std::move(record.event));
    if (!event || header.partner != stream.partner || header.mode != stream.mode) return projection::stranger(header);
    apply(*past, *event, header.partner, header.mode, header.sequence, header.time_us);
    return absl::OkStatus();
  }));
  return past;
}

StatusOr<std::shared_ptr<const SetupIntent>> Views::setup_at(const Stream& stream, SetupIntentId id,
                                                             uint64_t sequence) const {
  TOLLGATE_ASSIGN_OR_RETURN(auto now, setup(stream, id));
  if (now->history.empty() || now->history.back() <= sequence) return now;
  const auto sequences = projection::up_to(now->history, sequence);
  if (sequences.empty()) return not_found("setup intent {} did not exist at record {}", id.text(), sequence);
  auto past = std::make_shared<SetupIntent>();
  TOLLGATE_RETURN_IF_ERROR(read_records(log_, stream.partition, sequences, [&](Record&& record) {
    const RecordHeader header = record.header;
    const auto event = projection::narrow<CustomerEvent>(std::move(record.event));
    if (!event || header.partner != stream.partner || header.mode != stream.mode) return projection::stranger(header);
    if (!apply(*past, *event, header.sequence, header.time_us)) return projection::stranger(header);
    return absl::OkStatus();
  }));
  return past;
}

}  // namespace tollgate
