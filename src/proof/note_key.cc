#include <charconv>

#include "proof/utf8.h"
#include "tollgate/base/assert.h"
#include "tollgate/base/base64.h"
#include "tollgate/base/bytes.h"
#include "tollgate/base/digest.h"
#include "tollgate/proof/note.h"

namespace tollgate::proof {
namespace {

constexpr std::size_t key_text_bytes_max = 1'024;
constexpr std::string_view private_prefix = "PRIVATE+KEY+";

std::string_view raw(const Ed25519PublicKey& key) { return {reinterpret_cast<const char*>(key.data()), key.size()}; }

uint32_t id_of(std::string_view name, SignatureType type, const Ed25519PublicKey& key) {
  std::string hashed(name);
  hashed += '\n';
  hashed += static_cast<char>(type);
  hashed += raw(key);
  return load_be32(sha256(hashed).data());
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

// The parts of "<name>+<id>+<base64 of type and 32 bytes>".
struct Parts {
  std::string_view name;
  uint32_t id = 0;
  std::string bytes;  // type and key
};
StatusOr<Parts> parts_of(std::string_view text) {
  const auto wrong = [] { return invalid_argument("this is no key: it must read NAME+8 HEX DIGITS+BASE64"); };
  Parts parts;
  const std::size_t first = text.find('+');
  if (text.size() > key_text_bytes_max || first == std::string_view::npos) return wrong();
  parts.name = text.substr(0, first);
  const std::string_view rest = text.substr(first + 1);
  if (!is_key_name(parts.name) || rest.size() < 9 || rest[8] != '+') return wrong();
  const auto [end, problem] = std::from_chars(rest.data(), rest.data() + 8, parts.id, 16);
  if (problem != std::errc{} || end != rest.data() + 8) return wrong();
  auto bytes = from_base64(rest.substr(9));
  if (!bytes || bytes->size() != 1 + Ed25519PublicKey().size()) return wrong();
  parts.bytes = *std::move(bytes);
  return parts;
}

Status damaged() { return data_loss("the key is damaged: its id does not fit its name and bytes"); }

}  // namespace

bool is_key_name(std::string_view name) { return !name.empty() && is_plain_utf8(name) && has_no_space(name) && name.find('+') == std::string_view::npos; }

VerifierKey VerifierKey::make(std::string name, SignatureType type, const Ed25519PublicKey& key) {
  const uint32_t id = id_of(name, type, key);
  return {std::move(name), id, type, key};
}

StatusOr<VerifierKey> VerifierKey::parse(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with(private_prefix)) return invalid_argument("this is a private key; the public one is wanted (*.vkey)");
  TOLLGATE_ASSIGN_OR_RETURN(const Parts parts, parts_of(text));
  const auto type = static_cast<SignatureType>(parts.bytes[0]);
  if (type != SignatureType::ed25519 && type != SignatureType::cosignature)
    return invalid_argument("the key of {} is of type {}, not Ed25519", parts.name, static_cast<unsigned>(type));
  Ed25519PublicKey key;
  std::copy(parts.bytes.begin() + 1, parts.bytes.end(), reinterpret_cast<char*>(key.data()));
  VerifierKey made = make(std::string(parts.name), type, key);
  if (made.id != parts.id) return damaged();
  return made;
}

std::string VerifierKey::text() const {
  std::string bytes(1, static_cast<char>(type));
  bytes += raw(key);
  return fmt::format("{}+{:08x}+{}", name, id, to_base64(bytes));
}

SignerKey SignerKey::make(std::string name, Secret seed) {
  SignerKey made;
  made.verifier_ = VerifierKey::make(std::move(name), SignatureType::ed25519, ed25519_public_key(seed.reveal()));
  made.seed_ = std::move(seed);
  return made;
}

StatusOr<SignerKey> SignerKey::parse(std::string_view text) {
  text = trimmed(text);
  if (!text.starts_with(private_prefix)) return invalid_argument("this is no private key: it must begin with {}", private_prefix);
  TOLLGATE_ASSIGN_OR_RETURN(Parts parts, parts_of(text.substr(private_prefix.size())));
  const Secret bytes(std::move(parts.bytes));
  if (bytes.reveal()[0] != static_cast<char>(SignatureType::ed25519)) return invalid_argument("the private key of {} is not Ed25519", parts.name);
  SignerKey made = make(std::string(parts.name), Secret(std::string(bytes.reveal().substr(1))));
  if (made.verifier_.id != parts.id) return damaged();
  return made;
}

SignerKey SignerKey::named(std::string name) const { return make(std::move(name), Secret(std::string(seed_.reveal()))); }

Secret SignerKey::text() const {
  Secret bytes(std::string(1, static_cast<char>(SignatureType::ed25519)) + std::string(seed_.reveal()));
  return Secret(fmt::format("{}{}+{:08x}+{}", private_prefix, verifier_.name, verifier_.id, to_base64(bytes.reveal())));
}

}  // namespace tollgate::proof
