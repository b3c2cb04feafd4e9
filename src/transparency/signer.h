// Signs checkpoints, and never two that disagree: what is to be signed is durable as a whole file before any of it is shown to anyone.
#pragma once
#include <map>
#include <vector>

#include "transparency/files.h"

namespace tollgate::transparency {

struct TreeHead {
  uint32_t partition = 0;
  uint64_t size = 0;
  Digest root{};
};

class Signer {
 public:
  // Reads what was signed. failed_precondition or data_loss, with what to do, if it does not fit the key or the log's generation.
  [[nodiscard]] static StatusOr<Signer> open(const Paths& paths, const std::string& origin);

  // Of this generation, by partition.
  [[nodiscard]] const std::map<uint32_t, proof::KeptCheckpoint>& newest() const { return newest_; }
  [[nodiscard]] uint64_t generation() const { return generation_; }
  [[nodiscard]] proof::VerifierKey verifier(uint32_t partition) const { return signer_of(partition).verifier(); }
  // All of them, or none: after an error it is opened again before anything else is signed. Each is larger than the one before of its partition.
  [[nodiscard]] Status sign(std::span<const TreeHead> heads, int64_t now_us);

 private:
  Signer(Paths paths, proof::SignerKey key, uint64_t generation) : paths_(std::move(paths)), key_(std::move(key)), generation_(generation) {}
  [[nodiscard]] Status load();
  [[nodiscard]] Status take(proof::KeptCheckpoint kept);
  [[nodiscard]] Status open_history();
  [[nodiscard]] Status write_keys(std::span<const TreeHead> heads);
  [[nodiscard]] Status write_history(std::span<const TreeHead> heads, int64_t now_us);
  [[nodiscard]] const proof::SignerKey& signer_of(uint32_t partition) const;

  Paths paths_;
  proof::SignerKey key_;
  uint64_t generation_;
  std::map<uint32_t, proof::KeptCheckpoint> newest_;
  std::map<uint32_t, proof::KeptCheckpoint> former_;  // of earlier generations, until this one has signed
  std::map<uint32_t, int64_t> in_history_us_;         // when the last one was put there
  mutable std::map<uint32_t, proof::SignerKey> signers_;
};

}  // namespace tollgate::transparency
