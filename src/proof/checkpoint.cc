#include "tollgate/proof/checkpoint.h"

#include <charconv>
#include <cstring>

#include "tollgate/base/base64.h"

namespace tollgate::proof {
namespace {

// Takes a line off `text`; false if there is none that ends.
bool take_line(std::string_view& text, std::string_view& line) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

}  // namespace

StatusOr<uint64_t> parse_size(std::string_view text) {
  uint64_t size = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size() || (text.size() > 1 && text.front() == '0'))
    return invalid_argument("\"{}\" is no number", text.substr(0, 40));
  return size;
}

StatusOr<Digest> parse_hash(std::string_view text) {
  const auto bytes = from_base64(text.substr(0, 100));
  Digest hash;
  if (!bytes || bytes->size() != hash.size()) return invalid_argument("\"{}\" is no hash in base64", text.substr(0, 60));
  std::memcpy(hash.data(), bytes->data(), hash.size());
  return hash;
}

StatusOr<Checkpoint> Checkpoint::parse(std::string_view text) {
  Checkpoint made;
  std::string_view origin, size, root;
  if (!take_line(text, origin) || !take_line(text, size) || !take_line(text, root))
    return invalid_argument("this is no checkpoint: it must begin with a line each of origin, size and root");
  if (origin.empty()) return invalid_argument("the checkpoint names no log");
  made.origin = origin;
  TOLLGATE_ASSIGN_OR_RETURN(made.size, parse_size(size));
  TOLLGATE_ASSIGN_OR_RETURN(made.root, parse_hash(root));
  while (!text.empty()) {
    std::string_view extension;
    if (!take_line(text, extension) || extension.empty()) return invalid_argument("the checkpoint has an empty line");
  }
  return made;
}

std::string Checkpoint::text() const { return fmt::format("{}\n{}\n{}\n", origin, size, to_base64(view(root))); }

SignedCheckpoint sign_checkpoint(const Checkpoint& checkpoint, const SignerKey& key) {
  SignedCheckpoint made{checkpoint, {checkpoint.text(), {}}};
  made.note.signatures.push_back(key.sign(made.note.text));
  return made;
}

StatusOr<SignedCheckpoint> read_checkpoint(std::string_view bytes) {
  SignedCheckpoint made;
  TOLLGATE_ASSIGN_OR_RETURN(made.note, Note::parse(bytes));
  TOLLGATE_ASSIGN_OR_RETURN(made.checkpoint, Checkpoint::parse(made.note.text));
  return made;
}

StatusOr<SignedCheckpoint> open_checkpoint(std::string_view bytes, const VerifierKey& log) {
  TOLLGATE_ASSIGN_OR_RETURN(SignedCheckpoint made, read_checkpoint(bytes));
  if (made.checkpoint.origin != log.name)
    return failed_precondition("the checkpoint is of the log {}, the key is of {}", made.checkpoint.origin, log.name);
  TOLLGATE_RETURN_IF_ERROR(verify_note(made.note, log));
  return made;
}

}  // namespace tollgate::proof
