#include "tollgate/record/record.h"

#include <array>

#include "tollgate/record/decode.h"
#include "tollgate/record/wire.h"

namespace tollgate {

namespace {

constexpr int cause_field = 1;
constexpr int event_field_first = 16;  // field of an event: this and its type

// Offsets in the header (FORMAT.md).
constexpr std::size_t at_magic = 0, at_type = 4, at_version = 6, at_mode = 7, at_partition = 8, at_payload_bytes = 12,
                      at_epoch = 16, at_sequence = 24, at_time = 32, at_partner = 40, at_prev_hash = 48;
static_assert(at_prev_hash + sizeof(Digest) == record_header_bytes);

struct EventType {
  const char* name = nullptr;  // nullptr: no event has this number
  bool (*decode)(std::string_view bytes, Event& event, wire::DecodeError& error) = nullptr;
};
constexpr std::size_t event_type_end = 128;

template <class E>
bool decode_event(std::string_view bytes, Event& event, wire::DecodeError& error) {
  return wire::Decoder(bytes, error).decode(event.emplace<E>());
}

template <class... E>
constexpr std::array<EventType, event_type_end> types_by_number(const std::variant<E...>*) {
  std::array<EventType, event_type_end> types{};
  ((types[E::event_type] = EventType{E::event_name, &decode_event<E>}), ...);
  return types;
}
template <class... E>
constexpr std::array<uint16_t, sizeof...(E)> numbers_by_index(const std::variant<E...>*) {
  return {E::event_type...};
}
constexpr auto event_types = types_by_number(static_cast<const Event*>(nullptr));
constexpr auto event_numbers = numbers_by_index(static_cast<const Event*>(nullptr));

constexpr std::size_t count_of_types() {
  std::size_t count = 0;
  for (const EventType& type : event_types) count += type.name != nullptr;
  return count;
}
static_assert(count_of_types() == std::variant_size_v<Event>, "two events have the same number");

void store_header(char* to, const RecordHeader& header, uint16_t event_type, uint32_t payload_bytes) {
  store_le32(to + at_magic, record_magic);
  store_le16(to + at_type, event_type);
  to[at_version] = static_cast<char>(header.event_version);
  to[at_mode] = static_cast<char>(header.mode);
  store_le32(to + at_partition, header.partition);
  store_le32(to + at_payload_bytes, payload_bytes);
  store_le64(to + at_epoch, header.epoch);
  store_le64(to + at_sequence, header.sequence);
  store_le64(to + at_time, static_cast<uint64_t>(header.time_us));
  store_le64(to + at_partner, header.partner.value);
  std::memcpy(to + at_prev_hash, header.prev_hash.data(), header.prev_hash.size());
}

// A message whose length is written even when it is zero.
template <class T>
void put_message(wire::Writer& to, int number, const T& value) {
  to.tag(number, wire::WireType::bytes);
  const std::size_t body = to.begin_message();
  wire::encode(to, value);
  to.end_message(body);
}

Status bad_record(const RecordHeader& header, const wire::DecodeError& error) {
  return data_loss("record {} of partition {} ({}): field {}: {}", header.sequence, header.partition,
                   event_types[header.event_type].name, error.field, error.what);
}

// The two fields of the payload, each at most once; everything else is an error.
Status decode_payload(std::string_view payload, Record& record) {
  const auto bad = [&](const char* what) {
    return data_loss("record {} of partition {}: payload: {}", record.header.sequence, record.header.partition, what);
  };
  const uint64_t cause_tag = cause_field << 3 | static_cast<uint64_t>(wire::WireType::bytes);
  const uint64_t event_tag =
      static_cast<uint64_t>(event_field_first + record.header.event_type) << 3 | static_cast<uint64_t>(wire::WireType::bytes);
  wire::Reader in(payload);
  wire::DecodeError error;
  wire::Clearer clear_fields;
  bool has_cause = false, has_event = false;
  while (!in.done()) {
    uint64_t tag;
    std::string_view bytes;
    if (!in.varint(tag) || ((tag & 7) == static_cast<uint64_t>(wire::WireType::bytes) && !in.bytes(bytes))) return bad(in.what());
    if (tag == cause_tag && !has_cause) {
      has_cause = true;
      if (!wire::Decoder(bytes, error).decode(record.cause)) return bad_record(record.header, error);
    } else if (tag == event_tag && !has_event) {
      has_event = true;
      if (!event_types[record.header.event_type].decode(bytes, record.event, error)) return bad_record(record.header, error);
    } else {
      return bad("a field that does not belong here");
    }
  }
  if (!has_cause) Cause::fields(record.cause, clear_fields);
  return has_event ? absl::OkStatus() : bad("no event");
}

}  // namespace

const char* name_of(const Event& event) { return event_types[event_numbers[event.index()]].name; }
uint16_t type_of(const Event& event) { return event_numbers[event.index()]; }

StatusOr<Digest> append_record(std::string& to, const RecordHeader& header, const Cause& cause, const Event& event) {
  wire::Writer& record = wire::Writer::of_thread();
  record.used(record.room(record_header_bytes) + record_header_bytes);
  if (!cause.empty()) put_message(record, cause_field, cause);
  const uint16_t event_type = type_of(event);
  std::visit([&](const auto& e) { put_message(record, event_field_first + event_type, e); }, event);
  if (record.size() > record_bytes_max) {
    return invalid_argument("a record of {} bytes ({}): at most {} are allowed", record.size(), name_of(event), record_bytes_max);
  }
  char* const front = record.room(0) - record.size();
  store_header(front, header, event_type, static_cast<uint32_t>(record.size() - record_header_bytes));
  to.append(record.view());
  return sha256(record.view());
}

StatusOr<RecordHeader> decode_header(std::string_view bytes) {
  if (bytes.size() < record_header_bytes) return data_loss("a record header of {} bytes: {} are needed", bytes.size(), record_header_bytes);
  const char* from = bytes.data();
  RecordHeader header;
  header.event_type = load_le16(from + at_type);
  header.event_version = static_cast<uint8_t>(from[at_version]);
  header.mode = static_cast<Mode>(from[at_mode]);
  header.partition = load_le32(from + at_partition);
  header.payload_bytes = load_le32(from + at_payload_bytes);
  header.epoch = load_le64(from + at_epoch);
  header.sequence = load_le64(from + at_sequence);
  header.time_us = static_cast<int64_t>(load_le64(from + at_time));
  header.partner.value = load_le64(from + at_partner);
  std::memcpy(header.prev_hash.data(), from + at_prev_hash, header.prev_hash.size());
  if (load_le32(from + at_magic) != record_magic) return data_loss("not a record: wrong magic {:#010x}", load_le32(from + at_magic));
  if (header.event_version != event_version_current) {
    return data_loss("record {} of partition {}: unknown version {}", header.sequence, header.partition, header.event_version);
  }
  if (header.payload_bytes > record_bytes_max - record_header_bytes) {
    return data_loss("record {} of partition {}: a payload of {} bytes", header.sequence, header.partition, header.payload_bytes);
  }
  return header;
}

StatusOr<std::string_view> first_record(std::string_view bytes) {
  const StatusOr<RecordHeader> header = decode_header(bytes);
  if (!header.ok()) return header.status();
  const std::size_t size = record_header_bytes + header->payload_bytes;
  if (size > bytes.size()) {
    return data_loss("record {} of partition {}: {} bytes of {} are there", header->sequence, header->partition, bytes.size(), size);
  }
  return bytes.substr(0, size);
}

Status decode_record_into(std::string_view bytes, Record& record) {
  StatusOr<RecordHeader> header = decode_header(bytes);
  if (!header.ok()) return std::move(header).status();
  if (bytes.size() != record_header_bytes + header->payload_bytes) {
    return data_loss("record {} of partition {}: {} bytes, its header says {}", header->sequence, header->partition, bytes.size(),
                     record_header_bytes + header->payload_bytes);
  }
  if (header->event_type >= event_type_end || event_types[header->event_type].name == nullptr) {
    return data_loss("record {} of partition {}: unknown event type {}", header->sequence, header->partition, header->event_type);
  }
  if (header->mode > Mode::live) {
    return data_loss("record {} of partition {}: unknown mode {}", header->sequence, header->partition, static_cast<int>(header->mode));
  }
  record.header = *header;
  return decode_payload(bytes.substr(record_header_bytes), record);
}

StatusOr<Record> decode_record(std::string_view bytes) {
  StatusOr<Record> record{Record{}};
  if (Status status = decode_record_into(bytes, *record); !status.ok()) return status;
  return record;
}

}  // namespace tollgate
