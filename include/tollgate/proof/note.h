// Signed notes (C2SP signed-note): a text and lines of signatures under it, each by a key with a name.
//
//   <text, ends with a newline>
//   <empty line>
//   — <key name> <base64 of key id u32 and signature>
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/base/ed25519.h"
#include "tollgate/base/secret.h"
#include "tollgate/base/status.h"

namespace tollgate::proof {

inline constexpr std::size_t note_bytes_max = 64 * 1024;
inline constexpr std::size_t note_signatures_max = 64;

enum class SignatureType : uint8_t {
  ed25519 = 1,      // over the text: a log's own
  cosignature = 4,  // with a time (cosignature.h): a witness's
};

// Of a key: not empty, no spaces, no plus, no control characters.
[[nodiscard]] bool is_key_name(std::string_view name);

// "<name>+<id, 8 hex digits>+<base64 of type and key>", what people pass around as a vkey.
struct VerifierKey {
  std::string name;
  uint32_t id = 0;  // follows from the others
  SignatureType type = SignatureType::ed25519;
  Ed25519PublicKey key{};

  [[nodiscard]] static VerifierKey make(std::string name, SignatureType type, const Ed25519PublicKey& key);
  // White space around it is passed over; an id that does not fit the rest is an error.
  [[nodiscard]] static StatusOr<VerifierKey> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  bool operator==(const VerifierKey&) const = default;
};

struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  std::string bytes;
  // With the newline.
  [[nodiscard]] std::string line() const;
  [[nodiscard]] bool by(const VerifierKey& key) const { return name == key.name && key_id == key.id; }
};

// "PRIVATE+KEY+<name>+<id>+<base64 of type 1 and seed>". The id tells a damaged key.
class SignerKey {
 public:
  [[nodiscard]] static SignerKey make(std::string name, Secret seed);
  [[nodiscard]] static StatusOr<SignerKey> parse(std::string_view text);
  // The same key under another name.
  [[nodiscard]] SignerKey named(std::string name) const;
  [[nodiscard]] const VerifierKey& verifier() const { return verifier_; }
  [[nodiscard]] Secret text() const;
  [[nodiscard]] NoteSignature sign(std::string_view note_text) const;

 private:
  VerifierKey verifier_;
  Secret seed_;
};

struct Note {
  std::string text;  // with its last newline
  std::vector<NoteSignature> signatures;

  [[nodiscard]] static StatusOr<Note> parse(std::string_view bytes);
  // Lines of signatures alone, as a witness answers.
  [[nodiscard]] static StatusOr<std::vector<NoteSignature>> parse_signatures(std::string_view lines);
  [[nodiscard]] std::string format() const;
};

// OK if the note carries a signature of this key and each of them holds; not_found if it has none of this key.
[[nodiscard]] Status verify_note(const Note& note, const VerifierKey& key);

}  // namespace tollgate::proof
