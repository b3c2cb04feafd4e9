// The checkpoints that a node keeps on disk: what it has signed last, what witnesses have cosigned last, and some older ones. Files of
// entries, each a line that says of what, and the signed note:
//
//   partition 3 generation 1 bytes 231
//   <note>
//
// A file that is replaced as a whole ends with a line "checksum <SHA-256 of all before, hex>"; one that only grows does not.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/proof/checkpoint.h"

namespace tollgate::proof {

struct KeptCheckpoint {
  uint32_t partition = 0;
  uint64_t generation = 1;  // of the log: a restore to an earlier state begins the next one
  SignedCheckpoint checkpoint;
};

// "<name>/<partition>", and "/<generation>" from the second on: a restored log, which may have lost what was signed, is another log.
[[nodiscard]] std::string origin_of(std::string_view name, uint32_t partition, uint64_t generation);

[[nodiscard]] std::string kept_entry(const KeptCheckpoint& kept);
[[nodiscard]] std::string format_kept(std::span<const KeptCheckpoint> all);
// data_loss if anything of it is not as it was written.
[[nodiscard]] StatusOr<std::vector<KeptCheckpoint>> parse_kept(std::string_view file);
// Of a file that grows: an entry that was cut off at the end, by a crash, is passed over.
[[nodiscard]] StatusOr<std::vector<KeptCheckpoint>> parse_kept_history(std::string_view file);

}  // namespace tollgate::proof
