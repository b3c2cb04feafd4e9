#include "tollgate/proof/tlog_proof.h"

#include "tollgate/base/base64.h"

namespace tollgate::proof {
namespace {

constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view extra = "extra ", index_label = "index ";
constexpr std::size_t proof_bytes_max = note_bytes_max + 16 * 1024;

}  // namespace

std::string TlogProof::text() const {
  std::string made = fmt::format("{}{}{}\n", first_line, index_label, index);
  for (const Digest& hash : path) made += to_base64(view(hash)) + "\n";
  return made + "\n" + checkpoint.note.format();
}

StatusOr<TlogProof> TlogProof::parse(std::string_view text) {
  if (text.size() > proof_bytes_max) return invalid_argument("the proof has more than {} bytes", proof_bytes_max);
  if (!text.starts_with(first_line)) return invalid_argument("this is no proof: it must begin with {}", first_line.substr(0, first_line.size() - 1));
  text.remove_prefix(first_line.size());
  const std::size_t gap = text.find("\n\n");
  if (gap == std::string_view::npos) return invalid_argument("the proof has no empty line before its checkpoint");
  std::string_view head = text.substr(0, gap + 1);
  const auto take_line = [&head] {
    const std::size_t end = head.find('\n');
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 1);
    return line;
  };
  std::string_view line = take_line();
  if (line.starts_with(extra) && !head.empty()) line = take_line();  // the extra data is not ours
  if (!line.starts_with(index_label)) return invalid_argument("the proof names no index");
  TlogProof made;
  TOLLGATE_ASSIGN_OR_RETURN(made.index, parse_size(line.substr(index_label.size())));
  while (!head.empty()) {
    if (made.path.size() == path_length_max) return invalid_argument("the proof has more than {} hashes", path_length_max);
    TOLLGATE_ASSIGN_OR_RETURN(const Digest hash, parse_hash(take_line()));
    made.path.push_back(hash);
  }
  TOLLGATE_ASSIGN_OR_RETURN(made.checkpoint, read_checkpoint(text.substr(gap + 2)));
  return made;
}

Status verify_tlog_proof(const TlogProof& proof, std::string_view entry, const VerifierKey& log) {
  const Checkpoint& checkpoint = proof.checkpoint.checkpoint;
  if (checkpoint.origin != log.name) return failed_precondition("the checkpoint is of the log {}, the key is of {}", checkpoint.origin, log.name);
  TOLLGATE_RETURN_IF_ERROR(verify_note(proof.checkpoint.note, log));
  return verify_inclusion(hash_leaf(entry), proof.index, checkpoint.size, proof.path, checkpoint.root);
}

}  // namespace tollgate::proof
