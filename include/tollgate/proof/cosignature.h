// What a witness says (C2SP tlog-cosignature and tlog-witness): that it has seen this checkpoint, at that time, and never one that disagrees.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tollgate/proof/checkpoint.h"

namespace tollgate::proof {

// The time in seconds since 1970, if the cosignature over the checkpoint's text holds. `key` is of the type cosignature.
[[nodiscard]] StatusOr<uint64_t> verify_cosignature(std::string_view text, const NoteSignature& signature, const VerifierKey& key);

// The body of a POST to <witness>/add-checkpoint.
[[nodiscard]] std::string add_checkpoint_request(uint64_t old_size, const Path& consistency, const Note& checkpoint);
// The answer 409: the size that the witness has cosigned last.
[[nodiscard]] StatusOr<uint64_t> parse_witness_size(std::string_view body);
// The answer 200: the cosignatures by `witness` over the checkpoint, verified; lines of keys that are not known are passed over. not_found
// if none is left.
[[nodiscard]] StatusOr<NoteSignature> parse_witness_answer(std::string_view body, const Note& checkpoint, const VerifierKey& witness);

}  // namespace tollgate::proof
