#include "tollgate/proof/kept.h"

#include "proof/forest.h"

namespace tollgate::proof {
namespace {

KeptCheckpoint kept(uint32_t partition, uint64_t generation, uint64_t size) {
  const SignerKey key = SignerKey::make("log.example", Secret(std::string(32, 'k')));
  const std::string origin = origin_of("log.example", partition, generation);
  return {partition, generation, sign_checkpoint({origin, size, sha256(origin)}, key.named(origin))};
}

bool same(const std::vector<KeptCheckpoint>& a, const std::vector<KeptCheckpoint>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].partition != b[i].partition || a[i].generation != b[i].generation || a[i].checkpoint.note.format() != b[i].checkpoint.note.format()) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("A log's name has its partition, and its generation from the second on") {
  CHECK(origin_of("pay.example", 3, 1) == "pay.example/3");
  CHECK(origin_of("pay.example", 3, 2) == "pay.example/3/2");
}

TEST_CASE("Kept checkpoints are read as they were written, and any other bytes are refused") {
  const std::vector<KeptCheckpoint> all = {kept(0, 1, 10), kept(1, 1, 70'000), kept(4'294'967'295, 12, 1)};
  const std::string file = format_kept(all);
  CHECK(same(value_of(parse_kept(file)), all));
  CHECK(value_of(parse_kept(format_kept({}))).empty());
  std::string changed = file;
  for (std::size_t i = 0; i < file.size(); ++i) {
    changed[i] = static_cast<char>(changed[i] ^ 4);
    CHECK_FALSE(parse_kept(changed).ok());
    changed[i] = file[i];
    CHECK_FALSE(parse_kept(file.substr(0, i)).ok());
  }
  CHECK_FALSE(parse_kept(file + "\n").ok());
}

TEST_CASE("A history may be cut off within its last entry and nowhere else") {
  const std::vector<KeptCheckpoint> all = {kept(0, 1, 10), kept(1, 1, 20)};
  const std::string first = kept_entry(all[0]), file = first + kept_entry(all[1]);
  CHECK(same(value_of(parse_kept_history(file)), all));
  for (std::size_t size = 0; size < file.size(); ++size) {
    INFO(size);
    CHECK(value_of(parse_kept_history(file.substr(0, size))).size() == (size < first.size() ? 0 : 1));
  }
  CHECK_FALSE(parse_kept_history(first.substr(0, first.size() - 5) + kept_entry(all[1])).ok());
  CHECK_FALSE(parse_kept_history("partition x generation 1 bytes 5\n").ok());
  CHECK_FALSE(parse_kept_history("partition 1 generation 1 bytes 99999999\n").ok());
}

}  // namespace tollgate::proof
