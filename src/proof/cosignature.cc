#include "tollgate/proof/cosignature.h"

#include "tollgate/base/base64.h"
#include "tollgate/base/bytes.h"

namespace tollgate::proof {

StatusOr<uint64_t> verify_cosignature(std::string_view text, const NoteSignature& signature, const VerifierKey& key) {
  if (signature.bytes.size() != 8 + Ed25519Signature().size())
    return failed_precondition("the cosignature of {} has {} bytes where 72 belong", key.name, signature.bytes.size());
  const uint64_t time_s = load_be64(signature.bytes.data());
  if (time_s > INT64_MAX) return failed_precondition("the cosignature of {} has an impossible time", key.name);
  const std::string message = fmt::format("cosignature/v1\ntime {}\n{}", time_s, text);
  if (!ed25519_verify(key.key, message, std::string_view(signature.bytes).substr(8)))
    return failed_precondition("the cosignature of {} does not fit the checkpoint", key.name);
  return time_s;
}

std::string add_checkpoint_request(uint64_t old_size, const Path& consistency, const Note& checkpoint) {
  std::string body = fmt::format("old {}\n", old_size);
  for (const Digest& hash : consistency) body += to_base64(view(hash)) + "\n";
  return body + "\n" + checkpoint.format();
}

StatusOr<uint64_t> parse_witness_size(std::string_view body) {
  if (!body.ends_with('\n')) return invalid_argument("the witness's answer is no size");
  body.remove_suffix(1);
  return parse_size(body);
}

StatusOr<NoteSignature> parse_witness_answer(std::string_view body, const Note& checkpoint, const VerifierKey& witness) {
  TOLLGATE_ASSIGN_OR_RETURN(const std::vector<NoteSignature> signatures, Note::parse_signatures(body));
  for (const NoteSignature& signature : signatures) {
    if (!signature.by(witness)) continue;
    const auto time_s = verify_cosignature(checkpoint.text, signature, witness);
    if (!time_s.ok()) return time_s.status();
    return signature;
  }
  return not_found("the answer has no signature of {} ({:08x})", witness.name, witness.id);
}

}  // namespace tollgate::proof
