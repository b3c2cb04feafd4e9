// A segment: records of one partition, one behind the other, in a file that is written once. Integers are little-endian.
//
//   header (160 bytes)   magic u32 "TGS1" | version u16 = 1 | 0 u16 | partition u32 | chunks u32 | generation u64
//                        first u64 | last u64 (sequences) | first_time i64 | last_time i64 (us) | first_epoch u64 | last_epoch u64
//                        body_bytes u64 | prev_hash 32 (of record `first`) | last_hash 32 (of record `last`) | 0 8
//   body                 the records
//   index                for each chunk of whole records: sequence u64 of its first, offset u64 in the body, SHA-256 32
//   trailer              SHA-256 over header and index
//
// Every byte is covered: the chunks by the index, header and index by the trailer. A record is found by reading header, index and one chunk.
#pragma once
#include <string>
#include <vector>

#include "backup/files.h"
#include "tollgate/backup/archive.h"
#include "tollgate/record/record.h"

namespace tollgate::backup {

inline constexpr uint32_t segment_magic = 0x31534754;  // "TGS1"
inline constexpr std::size_t segment_header_bytes = 160;
inline constexpr std::size_t segment_index_entry_bytes = 48;
inline constexpr std::size_t segment_chunk_bytes_target = 64 * 1024;
inline constexpr std::size_t segment_bytes_max = std::size_t{1} << 30;

struct SegmentHeader {
  uint32_t partition = 0, chunks = 0;
  uint64_t generation = 1, first = 0, last = 0;
  int64_t first_time_us = 0, last_time_us = 0;
  uint64_t first_epoch = 0, last_epoch = 0, body_bytes = 0;
  Digest prev_hash{}, last_hash{};
};

// Gathers records; finish() gives the file's bytes.
class SegmentWriter {
 public:
  SegmentWriter(uint64_t generation, uint32_t partition);
  // Each must follow from the one before: data_loss.
  [[nodiscard]] Status add(std::string_view record);
  [[nodiscard]] bool empty() const { return header_.first == 0; }
  [[nodiscard]] std::size_t bytes() const { return body_.size(); }
  [[nodiscard]] const SegmentHeader& header() const { return header_; }
  [[nodiscard]] std::string finish();

 private:
  void end_chunk();
  SegmentHeader header_;
  std::string body_, index_;
  uint64_t chunk_first_ = 0;
  std::size_t chunk_at_ = 0;
};

class Segment {
 public:
  // Reads and checks header and index.
  [[nodiscard]] static StatusOr<Segment> open(const std::string& path);
  [[nodiscard]] const SegmentHeader& header() const { return header_; }
  // From `from` on, chunk by chunk, each checked before its records are given out. False in `more` once `visit` has had enough.
  [[nodiscard]] Status read(uint64_t from, const EventLog::RecordVisitor& visit, bool& more) const;
  // Every byte, and that each record follows from the one before. `visit` may be empty.
  [[nodiscard]] Status verify(const std::function<void(std::string_view record)>& visit) const;

 private:
  struct Chunk {
    uint64_t first = 0, offset = 0, end = 0;
    Digest sha256{};
  };
  [[nodiscard]] Status load(const Chunk& chunk, std::string& bytes) const;
  std::string path_;
  File file_;
  SegmentHeader header_;
  std::vector<Chunk> chunks_;
};

// "000000000001-000000000400.seg"
[[nodiscard]] std::string segment_name(uint64_t first, uint64_t last);
[[nodiscard]] bool parse_segment_name(std::string_view name, uint64_t& first, uint64_t& last);

}  // namespace tollgate::backup
