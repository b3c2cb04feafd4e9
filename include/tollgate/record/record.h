// The record: what one event is in the log. FORMAT.md is its specification; this header is its constants.
//
//   header (80 bytes, little-endian)             payload
//   magic u32  "TGR1"                            protobuf message Record of events.proto:
//   event_type u16 | event_version u8 | mode u8    Cause cause = 1; oneof event { <E> <name> = 16 + event_type; }
//   partition u32 | payload_bytes u32
//   epoch u64 | sequence u64 | time_us i64
//   partner u64 | prev_hash 32 bytes
//
// hash = SHA-256(header, payload): over the stored bytes, so that no change of codec or schema can break the chain.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tollgate/base/digest.h"
#include "tollgate/base/status.h"
#include "tollgate/record/event.h"

namespace tollgate {

inline constexpr uint32_t record_magic = 0x31524754;  // "TGR1"
inline constexpr std::size_t record_header_bytes = 80;
// A record is also a leaf of the transparency log, whose entries are at most 65,535 bytes.
inline constexpr std::size_t record_bytes_max = 65'535;
inline constexpr uint8_t event_version_current = 1;
inline constexpr Digest genesis_hash{};  // prev_hash of sequence 1

struct RecordHeader {
  uint16_t event_type = 0;
  uint8_t event_version = event_version_current;
  Mode mode = Mode::none;
  uint32_t partition = 0;
  uint32_t payload_bytes = 0;
  uint64_t epoch = 0;
  uint64_t sequence = 0;  // from 1, contiguous in its partition
  int64_t time_us = 0;    // strictly increasing in its partition
  PartnerId partner;
  Digest prev_hash{};
};

struct Record {
  RecordHeader header;
  Cause cause;
  Event event;
};

// Appends the record's bytes to `to` and gives its hash. Fails only if it would be over record_bytes_max.
[[nodiscard]] StatusOr<Digest> append_record(std::string& to, const RecordHeader& header, const Cause& cause, const Event& event);

// The header of the record at the front of `bytes`: magic, version and length are checked, nothing else. data_loss otherwise.
[[nodiscard]] StatusOr<RecordHeader> decode_header(std::string_view bytes);
// Header and payload. `bytes` is exactly one record. An unknown event type or field is an error: never skipped.
[[nodiscard]] StatusOr<Record> decode_record(std::string_view bytes);
[[nodiscard]] inline Digest hash_of_record(std::string_view bytes) { return sha256(bytes); }
// Records stand one behind the other. The first of `bytes`; data_loss if there is not a whole one.
[[nodiscard]] StatusOr<std::string_view> first_record(std::string_view bytes);

[[nodiscard]] const char* name_of(const Event& event);
[[nodiscard]] uint16_t type_of(const Event& event);

}  // namespace tollgate
