#include "tollgate/audit/replay.h"

#include "tollgate/record/json.h"

namespace tollgate::audit {

namespace {

PaymentId payment_of(const Event& event) {
  return std::visit(
      []<class E>(const E& e) -> PaymentId {
        if constexpr (requires { e.payment; }) return e.payment;
        else return {};
      },
      event);
}

void append_text(std::string& to, const Record& record) {
  const RecordHeader& header = record.header;
  to += fmt::format("{}  {}/{}  {:<21}", time_text(header.time_us), header.partition, header.sequence,
                    header.partner.empty() ? std::string("-") : header.partner.text());
  to += fmt::format(" {:<4}  {:<28} ", name_of(header.mode), name_of(record.event));
  JsonWriter writer(to, Sealed::named);
  std::visit([&](const auto& event) { writer.object(event); }, record.event);
  if (!record.cause.empty()) to += fmt::format("  <- {} ({})", record.cause.request.text(), record.cause.operation);
}

}  // namespace

Status replay(const EventLog& log, const ReplayOptions& options, const std::function<bool(std::string_view line)>& line) {
  return replay(*source_of(log), options, line);
}

Status replay(const RecordSource& source, const ReplayOptions& options, const std::function<bool(std::string_view line)>& line) {
  std::vector<uint32_t> partitions;
  if (options.partition) {
    partitions.push_back(*options.partition);
  } else {
    auto all = source.partitions();
    if (!all.ok()) return all.status();
    partitions = *std::move(all);
  }
  std::string text;
  bool more = true;
  for (const uint32_t partition : partitions) {
    Status bad;
    const Status read = source.read(partition, options.from_sequence, [&](uint64_t sequence, std::string_view bytes) {
      if (sequence > options.until_sequence) return false;
      const auto header = decode_header(bytes);
      if (!header.ok()) {
        bad = header.status();
        return false;
      }
      if (header->time_us > options.until_us) return false;  // times rise
      if (options.partner && header->partner != *options.partner) return true;
      const auto record = decode_record(bytes);
      if (!record.ok()) {
        bad = record.status();
        return false;
      }
      if (options.payment && payment_of(record->event) != *options.payment) return true;
      text.clear();
      if (options.json) append_json(text, *record, hash_of_record(bytes), Sealed::named);
      else append_text(text, *record);
      more = line(text);
      return more;
    });
    TOLLGATE_RETURN_IF_ERROR(read);
    TOLLGATE_RETURN_IF_ERROR(bad);
    if (!more) break;
  }
  return absl::OkStatus();
}

}  // namespace tollgate::audit
