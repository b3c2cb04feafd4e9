#include "tollgate/proof/note.h"

#include "proof/utf8.h"
#include "tollgate/base/base64.h"
#include "tollgate/base/bytes.h"
#include "tollgate/proof/cosignature.h"

namespace tollgate::proof {
namespace {

constexpr std::string_view dash = "\xe2\x80\x94 ";  // U+2014 and a space

std::string_view raw(const auto& array) { return {reinterpret_cast<const char*>(array.data()), array.size()}; }

StatusOr<NoteSignature> parse_signature(std::string_view line) {
  const auto wrong = [](std::string_view what) { return invalid_argument("the note has a signature line {}", what); };
  if (!line.starts_with(dash)) return wrong("that does not begin with a dash and a space");
  line.remove_prefix(dash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return wrong("without a key name");
  NoteSignature signature;
  signature.name = line.substr(0, space);
  if (!is_key_name(signature.name)) return wrong("with a wrong key name");
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) return wrong("that is no base64 of a key id and a signature");
  signature.key_id = load_be32(bytes->data());
  signature.bytes = bytes->substr(4);
  return signature;
}

}  // namespace

std::string NoteSignature::line() const {
  std::string bytes_with_id;
  append_be32(bytes_with_id, key_id);
  bytes_with_id += bytes;
  return fmt::format("{}{} {}\n", dash, name, to_base64(bytes_with_id));
}

StatusOr<std::vector<NoteSignature>> Note::parse_signatures(std::string_view lines) {
  if (lines.size() > note_bytes_max) return invalid_argument("the signatures have more than {} bytes", note_bytes_max);
  std::vector<NoteSignature> signatures;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) return invalid_argument("the note does not end with a newline");
    if (signatures.size() == note_signatures_max) return invalid_argument("the note has more than {} signatures", note_signatures_max);
    TOLLGATE_ASSIGN_OR_RETURN(NoteSignature signature, parse_signature(lines.substr(0, end)));
    signatures.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  if (signatures.empty()) return invalid_argument("there is no signature");
  return signatures;
}

StatusOr<Note> Note::parse(std::string_view bytes) {
  if (bytes.size() > note_bytes_max) return invalid_argument("the note has more than {} bytes", note_bytes_max);
  if (!is_plain_utf8(bytes)) return invalid_argument("the note is not UTF-8, or has control characters");
  // The last empty line parts text and signatures.
  const std::size_t gap = bytes.rfind("\n\n");
  if (gap == std::string_view::npos) return invalid_argument("the note has no empty line before its signatures");
  Note note;
  note.text = bytes.substr(0, gap + 1);
  TOLLGATE_ASSIGN_OR_RETURN(note.signatures, parse_signatures(bytes.substr(gap + 2)));
  return note;
}

std::string Note::format() const {
  std::string all = text + "\n";
  for (const NoteSignature& signature : signatures) all += signature.line();
  return all;
}

Status verify_note(const Note& note, const VerifierKey& key) {
  bool found = false;
  for (const NoteSignature& signature : note.signatures) {
    if (!signature.by(key)) continue;
    found = true;
    if (key.type == SignatureType::cosignature) {
      const auto time = verify_cosignature(note.text, signature, key);
      if (!time.ok()) return time.status();
    } else if (!ed25519_verify(key.key, note.text, signature.bytes)) {
      return failed_precondition("the signature of {} does not fit the text: one of the two was changed", key.name);
    }
  }
  return found ? absl::OkStatus() : not_found("the note has no signature of {} ({:08x})", key.name, key.id);
}

NoteSignature SignerKey::sign(std::string_view note_text) const {
  const Ed25519Signature signature = ed25519_sign(seed_.reveal(), note_text);
  return {verifier_.name, verifier_.id, std::string(raw(signature))};
}

}  // namespace tollgate::proof
