#include "backup/segment.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "tollgate/base/bytes.h"

namespace tollgate::backup {
namespace {

constexpr std::string_view suffix = ".seg";
constexpr uint16_t version = 1;

void put_digest(std::string& to, const Digest& digest) { to.append(view(digest)); }
void put64(std::string& to, uint64_t value) {
  char bytes[8];
  store_le64(bytes, value);
  to.append(bytes, sizeof bytes);
}
void put32(std::string& to, uint32_t value) {
  char bytes[4];
  store_le32(bytes, value);
  to.append(bytes, sizeof bytes);
}

std::string encode(const SegmentHeader& header) {
  std::string to;
  to.reserve(segment_header_bytes);
  put32(to, segment_magic);
  put32(to, version);  // and two zeros
  put32(to, header.partition);
  put32(to, header.chunks);
  for (const uint64_t value : {header.generation, header.first, header.last, static_cast<uint64_t>(header.first_time_us),
                               static_cast<uint64_t>(header.last_time_us), header.first_epoch, header.last_epoch, header.body_bytes})
    put64(to, value);
  put_digest(to, header.prev_hash);
  put_digest(to, header.last_hash);
  to.resize(segment_header_bytes, '\0');
  return to;
}

// Nothing if it is none of ours.
std::optional<SegmentHeader> decode(std::string_view bytes) {
  if (load_le32(bytes.data()) != segment_magic || load_le32(bytes.data() + 4) != version) return std::nullopt;
  SegmentHeader header;
  header.partition = load_le32(bytes.data() + 8);
  header.chunks = load_le32(bytes.data() + 12);
  const char* at = bytes.data() + 16;
  const auto next = [&at] {
    const uint64_t value = load_le64(at);
    at += 8;
    return value;
  };
  header.generation = next();
  header.first = next();
  header.last = next();
  header.first_time_us = static_cast<int64_t>(next());
  header.last_time_us = static_cast<int64_t>(next());
  header.first_epoch = next();
  header.last_epoch = next();
  header.body_bytes = next();
  std::memcpy(header.prev_hash.data(), at, 32);
  std::memcpy(header.last_hash.data(), at + 32, 32);
  return header;
}

}  // namespace

SegmentWriter::SegmentWriter(uint64_t generation, uint32_t partition) {
  header_.generation = generation;
  header_.partition = partition;
}

Status SegmentWriter::add(std::string_view record) {
  TOLLGATE_ASSIGN_OR_RETURN(const RecordHeader header, decode_header(record));
  if (empty()) {
    header_.first = header.sequence;
    header_.first_time_us = header.time_us;
    header_.first_epoch = header.epoch;
    header_.prev_hash = header.prev_hash;
    chunk_first_ = header.sequence;
  } else if (header.sequence != header_.last + 1 || header.prev_hash != header_.last_hash) {
    return data_loss("partition {}: record {} does not follow from record {}", header_.partition, header.sequence, header_.last);
  }
  if (body_.size() > chunk_at_ && body_.size() - chunk_at_ + record.size() > segment_chunk_bytes_target) {
    end_chunk();
    chunk_first_ = header.sequence;
  }
  body_.append(record);
  header_.last = header.sequence;
  header_.last_time_us = header.time_us;
  header_.last_epoch = header.epoch;
  header_.last_hash = hash_of_record(record);
  return absl::OkStatus();
}

void SegmentWriter::end_chunk() {
  put64(index_, chunk_first_);
  put64(index_, chunk_at_);
  put_digest(index_, sha256(std::string_view(body_).substr(chunk_at_)));
  chunk_at_ = body_.size();
  ++header_.chunks;
}

std::string SegmentWriter::finish() {
  end_chunk();
  header_.body_bytes = body_.size();
  std::string file = encode(header_);
  const Digest trailer = sha256(file, index_);
  file.reserve(file.size() + body_.size() + index_.size() + sizeof trailer);
  file.append(body_).append(index_).append(view(trailer));
  return file;
}

StatusOr<Segment> Segment::open(const std::string& path) {
  Segment segment;
  segment.path_ = path;
  TOLLGATE_ASSIGN_OR_RETURN(segment.file_, open_to_read(path));
  struct stat about {};
  if (::fstat(segment.file_.get(), &about) != 0) return failed("look at", path);
  const auto size = static_cast<uint64_t>(about.st_size);
  const auto damaged = [&](std::string_view why) { return data_loss("the segment {} is damaged: {}", path, why); };
  if (size < segment_header_bytes + sizeof(Digest)) return damaged("it is too short");
  std::string head, tail;
  TOLLGATE_RETURN_IF_ERROR(read_exactly(segment.file_, 0, segment_header_bytes, head, path));
  const auto header = decode(head);
  if (!header) return damaged("it does not begin as a segment does");
  segment.header_ = *header;
  const uint64_t index_bytes = uint64_t{header->chunks} * segment_index_entry_bytes;
  if (header->body_bytes > segment_bytes_max || size != segment_header_bytes + header->body_bytes + index_bytes + sizeof(Digest))
    return damaged("its length is not what its header says");
  TOLLGATE_RETURN_IF_ERROR(read_exactly(segment.file_, segment_header_bytes + header->body_bytes, index_bytes + sizeof(Digest), tail, path));
  const std::string_view index = std::string_view(tail).substr(0, index_bytes);
  if (view(sha256(head, index)) != std::string_view(tail).substr(index_bytes)) return damaged("the checksum of its header and index does not fit");
  for (std::size_t at = 0; at < index.size(); at += segment_index_entry_bytes) {
    Chunk& chunk = segment.chunks_.emplace_back();
    chunk.first = load_le64(index.data() + at);
    chunk.offset = load_le64(index.data() + at + 8);
    std::memcpy(chunk.sha256.data(), index.data() + at + 16, 32);
    chunk.end = header->body_bytes;
    if (segment.chunks_.size() > 1) segment.chunks_[segment.chunks_.size() - 2].end = chunk.offset;
  }
  for (const Chunk& chunk : segment.chunks_)
    if (chunk.offset >= chunk.end || chunk.end > header->body_bytes) return damaged("its index is in no order");
  if (segment.chunks_.empty() || segment.chunks_.front().first != header->first || segment.chunks_.front().offset != 0) return damaged("its index does not begin with its first record");
  return segment;
}

Status Segment::load(const Chunk& chunk, std::string& bytes) const {
  TOLLGATE_RETURN_IF_ERROR(read_exactly(file_, segment_header_bytes + chunk.offset, chunk.end - chunk.offset, bytes, path_));
  if (sha256(bytes) != chunk.sha256)
    return data_loss("the segment {} is damaged: the checksum of the records from {} on does not fit", path_, chunk.first);
  return absl::OkStatus();
}

Status Segment::read(uint64_t from, const EventLog::RecordVisitor& visit, bool& more) const {
  more = true;
  auto chunk = std::upper_bound(chunks_.begin(), chunks_.end(), from, [](uint64_t wanted, const Chunk& one) { return wanted < one.first; });
  if (chunk != chunks_.begin()) --chunk;
  std::string bytes;
  for (; chunk != chunks_.end(); ++chunk) {
    TOLLGATE_RETURN_IF_ERROR(load(*chunk, bytes));
    uint64_t next = chunk->first;
    for (std::string_view rest = bytes; !rest.empty(); ++next) {
      const auto record = first_record(rest);
      if (!record.ok()) return data_loss("the segment {}, record {}: {}", path_, next, message_of(record.status()));
      if (load_le64(record->data() + 24) != next) return data_loss("the segment {}: record {} where {} belongs", path_, load_le64(record->data() + 24), next);
      if (next >= from && !visit(next, *record)) {
        more = false;
        return absl::OkStatus();
      }
      rest.remove_prefix(record->size());
    }
  }
  return absl::OkStatus();
}

Status Segment::verify(const std::function<void(std::string_view)>& visit) const {
  Digest hash = header_.prev_hash;
  uint64_t last = 0;
  Status wrong;
  bool more = true;
  TOLLGATE_RETURN_IF_ERROR(read(header_.first, [&](uint64_t sequence, std::string_view bytes) {
    const auto header = decode_header(bytes);
    if (!header.ok() || header->partition != header_.partition) wrong = data_loss("the segment {}: record {} is one of another partition", path_, sequence);
    else if (header->prev_hash != hash) wrong = data_loss("the segment {}: record {} does not follow from the one before it", path_, sequence);
    if (!wrong.ok()) return false;
    hash = hash_of_record(bytes);
    last = sequence;
    if (visit) visit(bytes);
    return true;
  }, more));
  TOLLGATE_RETURN_IF_ERROR(wrong);
  if (last != header_.last || hash != header_.last_hash) return data_loss("the segment {} ends with record {}, its header says {}", path_, last, header_.last);
  return absl::OkStatus();
}

std::string segment_name(uint64_t first, uint64_t last) { return fmt::format("{:012}-{:012}{}", first, last, suffix); }

bool parse_segment_name(std::string_view name, uint64_t& first, uint64_t& last) {
  if (!name.ends_with(suffix)) return false;
  name.remove_suffix(suffix.size());
  const char* end = name.data() + name.size();
  const auto one = std::from_chars(name.data(), end, first);
  if (one.ec != std::errc{} || one.ptr == end || *one.ptr != '-') return false;
  const auto two = std::from_chars(one.ptr + 1, end, last);
  return two.ec == std::errc{} && two.ptr == end && first != 0 && first <= last;
}

}  // namespace tollgate::backup
