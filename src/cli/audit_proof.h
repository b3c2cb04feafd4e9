// What the audit commands share about signed checkpoints.
#pragma once
#include <string>
#include <vector>

#include "cli/command.h"
#include "tollgate/audit/checkpoints.h"

namespace tollgate::cli {

// export-tiles, verify-tiles, verify-receipt, consistency.
void add_audit_proof(CLI::App& parent, Run& run);
void add_verify_receipt(CLI::App& parent, Run& run);

inline constexpr const char* exit_words = "Exit status: 0 it holds, 1 it does not, 2 wrong command line.";

// A file, or stdin for "-".
[[nodiscard]] StatusOr<std::string> read_whole(const std::string& path);
[[nodiscard]] StatusOr<std::vector<proof::VerifierKey>> read_keys(const std::vector<std::string>& texts);
// The key with that log's name; nullptr if there is none.
[[nodiscard]] const proof::VerifierKey* key_for(const std::vector<proof::VerifierKey>& keys, const std::string& origin);

// A verifier key as text, or a file that holds one.
[[nodiscard]] StatusOr<proof::VerifierKey> read_verifier_key(const std::string& text_or_file);

// The checkpoints that stand in a data directory; none if it has none. Read it before the log is opened, which then reaches as far. `keys`:
// whom to believe; empty: the keys beside the checkpoints.
[[nodiscard]] StatusOr<audit::CheckpointEvidence> read_evidence(const std::string& data, const std::vector<std::string>& keys);

}  // namespace tollgate::cli
