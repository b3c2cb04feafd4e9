// Checkpoints (C2SP tlog-checkpoint): the size and root of a log under its name, signed as a note by a key of the same name.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tollgate/proof/note.h"
#include "tollgate/proof/tree.h"

namespace tollgate::proof {

struct Checkpoint {
  std::string origin;  // names the log
  uint64_t size = 0;
  Digest root{};

  // Lines behind the first three are passed over.
  [[nodiscard]] static StatusOr<Checkpoint> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  bool operator==(const Checkpoint&) const = default;
};

struct SignedCheckpoint {
  Checkpoint checkpoint;
  Note note;
};

[[nodiscard]] SignedCheckpoint sign_checkpoint(const Checkpoint& checkpoint, const SignerKey& key);
// Parses it, checks the log's signature and that the origin is the key's name.
[[nodiscard]] StatusOr<SignedCheckpoint> open_checkpoint(std::string_view bytes, const VerifierKey& log);
// Parses it and believes nothing.
[[nodiscard]] StatusOr<SignedCheckpoint> read_checkpoint(std::string_view bytes);

// A decimal number without leading zeros.
[[nodiscard]] StatusOr<uint64_t> parse_size(std::string_view text);
// Base64 of 32 bytes.
[[nodiscard]] StatusOr<Digest> parse_hash(std::string_view text);

}  // namespace tollgate::proof
