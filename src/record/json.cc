#include "tollgate/record/json.h"

#include <ctime>

#include "tollgate/base/time.h"

namespace tollgate {

namespace {

// Length of the well-formed UTF-8 character at the front of `text` (RFC 3629), 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) > 0x9f;
    return !overlong && !surrogate && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool too_large = first == 0xf4 && byte(1) > 0x8f;
    return !overlong && !too_large && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

void append_json_text(std::string& to, std::string_view text) {
  to += '"';
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t length = utf8_length(text);
    if (length == 0) to += "\\ufffd";
    else if (c == '"' || c == '\\') (to += '\\') += c;
    else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) to += fmt::format("\\u{:04x}", static_cast<int>(c));
    else to.append(text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
  to += '"';
}

void JsonWriter::put_entries(const std::vector<wire::MetadataEntry>& entries) {
  to_ += '{';
  const bool outer_first = std::exchange(first_, true);
  for (const auto& [key, value] : entries) {
    member(key);
    append_json_text(to_, value);
  }
  first_ = outer_first;
  to_ += '}';
}

std::string time_text(int64_t time_us) {
  // Floor, so that the fraction of a time before 1970 is positive too.
  int64_t seconds = time_us / us_per_second;
  int64_t rest = time_us % us_per_second;
  if (rest < 0) {
    rest += us_per_second;
    --seconds;
  }
  const std::time_t time = seconds;
  std::tm utc{};
  if (gmtime_r(&time, &utc) == nullptr) return std::to_string(time_us);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                     utc.tm_min, utc.tm_sec, rest);
}

void append_json(std::string& to, const Record& record, const Digest& hash, Sealed sealed) {
  const RecordHeader& header = record.header;
  to += fmt::format(R"({{"partition":{},"sequence":{},"epoch":{},"time":"{}","time_us":{})", header.partition, header.sequence,
                    header.epoch, time_text(header.time_us), header.time_us);
  if (!header.partner.empty()) to += fmt::format(R"(,"partner":"{}")", header.partner.text());
  if (header.mode != Mode::none) to += fmt::format(R"(,"mode":"{}")", name_of(header.mode));
  to += fmt::format(R"(,"type":"{}","prev_hash":"{}","hash":"{}")", name_of(record.event), to_hex(view(header.prev_hash)),
                    to_hex(view(hash)));
  JsonWriter writer(to, sealed);
  if (!record.cause.empty()) {
    to += ",\"cause\":";
    writer.object(record.cause);
  }
  to += ",\"event\":";
  std::visit([&](const auto& event) { writer.object(event); }, record.event);
  to += '}';
}

}  // namespace tollgate
