// One entry's proof as a file (C2SP tlog-proof, ".tlog-proof"): index, inclusion proof and signed checkpoint, to be checked without the log.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tollgate/proof/checkpoint.h"

namespace tollgate::proof {

struct TlogProof {
  uint64_t index = 0;
  Path path;
  SignedCheckpoint checkpoint;

  [[nodiscard]] static StatusOr<TlogProof> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
};

// OK if `entry` is in the log whose key this is, as the proof says.
[[nodiscard]] Status verify_tlog_proof(const TlogProof& proof, std::string_view entry, const VerifierKey& log);

}  // namespace tollgate::proof
