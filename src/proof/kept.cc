#include "tollgate/proof/kept.h"

#include "tollgate/base/bytes.h"

namespace tollgate::proof {
namespace {

constexpr std::string_view partition_label = "partition ", generation_label = " generation ", bytes_label = " bytes ";
constexpr std::string_view checksum_label = "checksum ";

// Takes "<label><number>" off `text`; false if it does not begin so.
bool take_number(std::string_view& text, std::string_view label, uint64_t& number) {
  if (!text.starts_with(label)) return false;
  text.remove_prefix(label.size());
  const auto size = parse_size(text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size())));
  if (!size.ok()) return false;
  number = *size;
  text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
  return true;
}

enum class Taken : uint8_t { entry, cut_off };

StatusOr<Taken> take_entry(std::string_view& file, KeptCheckpoint& kept) {
  const std::size_t end = file.find('\n');
  if (end == std::string_view::npos) return Taken::cut_off;
  std::string_view line = file.substr(0, end);
  uint64_t partition = 0, bytes = 0;
  if (!take_number(line, partition_label, partition) || !take_number(line, generation_label, kept.generation) ||
      !take_number(line, bytes_label, bytes) || !line.empty() || partition > UINT32_MAX || bytes > note_bytes_max)
    return data_loss("a line that says \"{}\" where an entry should begin", file.substr(0, std::min<std::size_t>(end, 80)));
  kept.partition = static_cast<uint32_t>(partition);
  file.remove_prefix(end + 1);
  if (file.size() < bytes) return Taken::cut_off;
  auto checkpoint = read_checkpoint(file.substr(0, bytes));
  if (!checkpoint.ok()) return data_loss("partition {}: {}", partition, message_of(checkpoint.status()));
  kept.checkpoint = *std::move(checkpoint);
  file.remove_prefix(bytes);
  return Taken::entry;
}

StatusOr<std::vector<KeptCheckpoint>> parse_entries(std::string_view file, bool may_be_cut_off) {
  std::vector<KeptCheckpoint> all;
  while (!file.empty()) {
    KeptCheckpoint kept;
    TOLLGATE_ASSIGN_OR_RETURN(const Taken taken, take_entry(file, kept));
    if (taken == Taken::cut_off) {
      if (may_be_cut_off) break;
      return data_loss("its last entry is cut off");
    }
    all.push_back(std::move(kept));
  }
  return all;
}

}  // namespace

std::string origin_of(std::string_view name, uint32_t partition, uint64_t generation) {
  return generation > 1 ? fmt::format("{}/{}/{}", name, partition, generation) : fmt::format("{}/{}", name, partition);
}

std::string kept_entry(const KeptCheckpoint& kept) {
  const std::string note = kept.checkpoint.note.format();
  return fmt::format("{}{}{}{}{}{}\n{}", partition_label, kept.partition, generation_label, kept.generation, bytes_label, note.size(), note);
}

std::string format_kept(std::span<const KeptCheckpoint> all) {
  std::string file;
  for (const KeptCheckpoint& kept : all) file += kept_entry(kept);
  const Digest sum = sha256(file);
  return file + fmt::format("{}{}\n", checksum_label, to_hex(view(sum)));
}

StatusOr<std::vector<KeptCheckpoint>> parse_kept(std::string_view file) {
  const std::size_t line_bytes = checksum_label.size() + 2 * Digest().size() + 1;
  if (file.size() < line_bytes) return data_loss("it is cut off");
  const std::string_view entries = file.substr(0, file.size() - line_bytes);
  if (file.substr(entries.size()) != fmt::format("{}{}\n", checksum_label, to_hex(view(sha256(entries))))) return data_loss("its checksum does not fit");
  return parse_entries(entries, false);
}

StatusOr<std::vector<KeptCheckpoint>> parse_kept_history(std::string_view file) { return parse_entries(file, true); }

}  // namespace tollgate::proof
