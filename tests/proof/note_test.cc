#include "tollgate/proof/note.h"

#include "proof/forest.h"
#include "tollgate/base/base64.h"
#include "tollgate/base/bytes.h"

namespace tollgate::proof {
namespace {

// The example of the Go project's documentation of signed notes.
constexpr std::string_view known_private = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr std::string_view known_public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view known_note =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

std::string note_with(std::string_view text, std::string_view signatures) { return std::string(text) + "\n" + std::string(signatures); }

}  // namespace

TEST_CASE("Base64 is the standard one in its only canonical form") {
  CHECK(to_base64("") == "");
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("fo") == "Zm8=");
  CHECK(to_base64("foo") == "Zm9v");
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  CHECK(to_base64("\xfb\xff\xfe") == "+//+");
  std::string all;
  for (int i = 0; i < 256; ++i) {
    CHECK(from_base64(to_base64(all)) == all);
    all.push_back(static_cast<char>(i));
  }
  for (const char* wrong : {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm-v", "Zm_v", "====", "Z===", "Zg==Zg=="}) {
    INFO(wrong);
    CHECK_FALSE(from_base64(wrong));
  }
}

TEST_CASE("Ed25519 signs as RFC 8032 says") {
  const std::string seed = *from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const Ed25519PublicKey key = ed25519_public_key(seed);
  CHECK(to_hex({reinterpret_cast<const char*>(key.data()), 32}) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const Ed25519Signature made = ed25519_sign(seed, "");
  const std::string signature(reinterpret_cast<const char*>(made.data()), made.size());
  CHECK(to_hex(signature) ==
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  CHECK(ed25519_verify(key, "", signature));
  CHECK_FALSE(ed25519_verify(key, "x", signature));
  CHECK_FALSE(ed25519_verify(key, "", signature.substr(1)));
  CHECK_FALSE(ed25519_verify(key, "", ""));
}

TEST_CASE("A note that others have signed is read, verified and made again, byte for byte") {
  const VerifierKey key = value_of(VerifierKey::parse(known_public));
  CHECK(key.name == "PeterNeumann");
  CHECK(key.id == 0xc74f20a3);
  CHECK(key.text() == known_public);
  const Note note = value_of(Note::parse(known_note));
  CHECK(verify_note(note, key).ok());
  CHECK(note.format() == known_note);
  const SignerKey signer = value_of(SignerKey::parse(known_private));
  CHECK(signer.text().reveal() == known_private);
  CHECK(signer.verifier() == key);
  Note again{note.text, {signer.sign(note.text)}};
  CHECK(again.format() == known_note);
}

TEST_CASE("Any change of a signed note is found") {
  const VerifierKey key = value_of(VerifierKey::parse(known_public));
  std::string changed(known_note);
  for (std::size_t i = 0; i < changed.size(); ++i) {
    for (const int bit : {0, 1, 6}) {
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      const auto note = Note::parse(changed);
      CHECK_FALSE((note.ok() && verify_note(*note, key).ok()));
      changed[i] = known_note[i];
    }
  }
  for (std::size_t size = 0; size < known_note.size(); ++size) {
    const auto note = Note::parse(known_note.substr(0, size));
    CHECK_FALSE((note.ok() && verify_note(*note, key).ok()));
  }
}

TEST_CASE("Signatures of other keys are passed over, a second one of the same key must hold too") {
  const VerifierKey key = value_of(VerifierKey::parse(known_public));
  const SignerKey other = SignerKey::make("other.example", Secret(std::string(32, 'k')));
  const SignerKey same_name = SignerKey::make("PeterNeumann", Secret(std::string(32, 'k')));
  Note note = value_of(Note::parse(known_note));
  note.signatures.insert(note.signatures.begin(), other.sign("another text\n"));
  note.signatures.push_back(same_name.sign("another text\n"));
  CHECK(verify_note(note, key).ok());
  CHECK(verify_note(value_of(Note::parse(note.format())), key).ok());
  note.signatures.push_back({key.name, key.id, std::string(64, 's')});
  CHECK(verify_note(note, key).code() == absl::StatusCode::kFailedPrecondition);
  Note without{note.text, {other.sign(note.text)}};
  CHECK(verify_note(without, key).code() == absl::StatusCode::kNotFound);
  CHECK(verify_note(without, other.verifier()).ok());
}

TEST_CASE("A note's form is strict") {
  const SignerKey signer = SignerKey::make("log.example", Secret(std::string(32, 'k')));
  const std::string line = signer.sign("text\n").line();
  CHECK(Note::parse(note_with("text\n", line)).ok());
  CHECK(value_of(Note::parse(note_with("a\n\nb\n", line))).text == "a\n\nb\n");
  const std::string cases[] = {
      "", "\n", "text\n", "text\n\n", note_with("text\n", "x\n"), note_with("text\n", line.substr(0, line.size() - 1)), note_with("te\x01xt\n", line),
      note_with("te\rxt\n", line), note_with("te\xff\n", line), note_with("te\xed\xa0\x80\n", line), note_with("te\xc0\x80\n", line), "text\n" + line,
      note_with("text\n", line + "\n"), note_with("text\n", "\xe2\x80\x94 a+b AAAAAAA=\n"), note_with("text\n", "\xe2\x80\x94 a\xc2\xa0z AAAAAAA=\n"),
      note_with("text\n", "\xe2\x80\x94  AAAAAAA=\n"), note_with("text\n", "\xe2\x80\x94 a AAAA\n"), note_with("text\n", "\xe2\x80\x94 a AAAAAAA\n"),
      note_with("text\n", "- a AAAAAAA=\n"), note_with(std::string(note_bytes_max, 'x') + "\n", line)};
  for (const std::string& wrong : cases) {
    INFO(wrong.substr(0, 100));
    CHECK_FALSE(Note::parse(wrong).ok());
  }
  std::string many;
  for (std::size_t i = 0; i < note_signatures_max; ++i) many += line;
  CHECK(Note::parse(note_with("text\n", many)).ok());
  CHECK_FALSE(Note::parse(note_with("text\n", many + line)).ok());
}

TEST_CASE("A key is refused unless it is whole") {
  CHECK(value_of(VerifierKey::parse("  " + std::string(known_public) + " \n")).text() == known_public);
  for (const std::string_view key : {known_public, known_private}) {
    const auto parses = [&](std::string_view text) { return key == known_public ? VerifierKey::parse(text).ok() : SignerKey::parse(text).ok(); };
    REQUIRE(parses(key));
    std::string changed(key);
    for (std::size_t i = 0; i < changed.size(); ++i) {
      changed[i] = static_cast<char>(changed[i] ^ 1);
      INFO(changed);
      CHECK_FALSE(parses(changed));
      changed[i] = key[i];
      CHECK_FALSE(parses(key.substr(0, i)));
    }
    CHECK_FALSE(parses(std::string(key) + "A"));
    CHECK_FALSE(parses("+" + std::string(key)));
  }
  CHECK_FALSE(VerifierKey::parse(known_private).ok());
  CHECK_FALSE(SignerKey::parse(known_public).ok());
  CHECK(is_key_name("example.com/log/1"));
  CHECK(is_key_name("\xc3\xa9"));
  for (const char* wrong : {"", "a b", "a+b", "a\nb", "a\tb", "a\xe2\x80\xa8", "\xff"}) CHECK_FALSE(is_key_name(wrong));
}

TEST_CASE("One key under two names makes two verifier keys, each for its own log") {
  const SignerKey one = SignerKey::make("log.example/1", Secret(std::string(32, 'k')));
  const SignerKey two = one.named("log.example/2");
  CHECK(one.verifier().key == two.verifier().key);
  CHECK(one.verifier().id != two.verifier().id);
  const Note note{"text\n", {two.sign("text\n")}};
  CHECK(absl::IsNotFound(verify_note(note, one.verifier())));
  CHECK(verify_note(note, two.verifier()).ok());
}

}  // namespace tollgate::proof
