#include "tollgate/proof/checkpoint.h"

#include "proof/forest.h"
#include "tollgate/base/bytes.h"
#include "tollgate/proof/cosignature.h"
#include "tollgate/proof/tlog_proof.h"

namespace tollgate::proof {
namespace {

// Signed and cosigned by implementations of others (golang.org/x/mod and transparency-dev/formats), over the tree of forest.h.
constexpr std::string_view log_key = "example.com/log/1+a9807f37+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
constexpr std::string_view log_private = "PRIVATE+KEY+example.com/log/1+a9807f37+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
constexpr std::string_view witness_key = "witness.example/w1+c9cb6cd1+BLr8cb6tOsXktj6cghbucaNKrsZXIu7bynKLTps8zOOW";
constexpr std::string_view text = "example.com/log/1\n70000\nGkzfy2Y3SgwNy+9JrL1JdtE+6GT7PLJB/JQ8rQTwL34=\n";
constexpr std::string_view log_line =
    "\xe2\x80\x94 example.com/log/1 qYB/N5MRa6xvS137Uqh0nT0egqXZ6ZCyrkX9kA7AvD9a80D5ZNnyqCe6eHyORSHnkJbElItt7nlzS+bGnPA5a9oyew4=\n";
constexpr std::string_view witness_line =
    "\xe2\x80\x94 witness.example/w1 ycts0QAAAABrA09JJnBj1ajfQ4flHTcctJQizji0ky1Jo4EsEZSPqRaCq6W3u03Q3yL1aTS74OepDnV0xP8+4PB3acepRYnwK0KwDA==\n";

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all += part;
  return all;
}

}  // namespace

TEST_CASE("A checkpoint that others have signed and cosigned is verified, and signed again byte for byte") {
  const std::string bytes = joined({text, "\n", log_line, witness_line});
  const SignedCheckpoint opened = value_of(open_checkpoint(bytes, value_of(VerifierKey::parse(log_key))));
  CHECK(opened.checkpoint.origin == "example.com/log/1");
  CHECK(opened.checkpoint.size == 70'000);
  CHECK(opened.checkpoint.root == large_forest().builder.root());
  CHECK(opened.note.format() == bytes);
  CHECK(verify_note(opened.note, value_of(VerifierKey::parse(witness_key))).ok());
  const SignedCheckpoint made = sign_checkpoint(opened.checkpoint, value_of(SignerKey::parse(log_private)));
  CHECK(made.note.format() == joined({text, "\n", log_line}));
}

TEST_CASE("A checkpoint of another log, of another key or without its signature is refused") {
  const VerifierKey key = value_of(VerifierKey::parse(log_key));
  const SignerKey signer = value_of(SignerKey::parse(log_private));
  Checkpoint other{"example.com/log/2", 1, {}};
  SignedCheckpoint made = sign_checkpoint(other, signer);  // the right key says it of another log
  CHECK_FALSE(open_checkpoint(made.note.format(), key).ok());
  made = sign_checkpoint(other, signer.named("example.com/log/2"));
  CHECK_FALSE(open_checkpoint(made.note.format(), key).ok());
  CHECK(open_checkpoint(made.note.format(), signer.named("example.com/log/2").verifier()).ok());
  CHECK_FALSE(open_checkpoint(joined({text, "\n", witness_line}), key).ok());
  CHECK_FALSE(open_checkpoint(joined({text, "\n", log_line}), value_of(VerifierKey::parse(witness_key))).ok());
}

TEST_CASE("A checkpoint's text is strict") {
  CHECK(value_of(Checkpoint::parse(text)).text() == text);
  CHECK(value_of(Checkpoint::parse(joined({text, "an extension\n"}))).size == 70'000);
  const std::string root = "Gkzfy2Y3SgwNy+9JrL1JdtE+6GT7PLJB/JQ8rQTwL34=\n";
  for (const std::string& wrong : {std::string(), std::string("log\n"), std::string("log\n1\n"), "\n1\n" + root, "log\n01\n" + root, "log\n-1\n" + root, "log\n\n" + root,
                                   "log\n1x\n" + root, "log\n18446744073709551616\n" + root, "log\n1\n" + root.substr(1), std::string("log\n1\nAAAA\n"),
                                   "log\n1\n" + root.substr(0, root.size() - 1), "log\n1\n" + root + "\n", "log\n1\n" + root + "cut off"}) {
    INFO(wrong);
    CHECK_FALSE(Checkpoint::parse(wrong).ok());
  }
  CHECK(value_of(Checkpoint::parse("log\n0\n" + root)).size == 0);
}

TEST_CASE("A witness is asked as the specification says, and its answer is believed only with its signature") {
  const SignedCheckpoint checkpoint = value_of(read_checkpoint(joined({text, "\n", log_line})));
  const VerifierKey witness = value_of(VerifierKey::parse(witness_key));
  CHECK(witness.type == SignatureType::cosignature);
  const Digest hash = sha256("x");
  CHECK(add_checkpoint_request(0, {}, checkpoint.note) == joined({"old 0\n\n", text, "\n", log_line}));
  CHECK(add_checkpoint_request(65'000, {hash}, checkpoint.note) == joined({"old 65000\nLXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=\n\n", text, "\n", log_line}));
  const NoteSignature signature = value_of(parse_witness_answer(witness_line, checkpoint.note, witness));
  CHECK(signature.line() == witness_line);
  CHECK(value_of(verify_cosignature(checkpoint.note.text, signature, witness)) == 0x6b034f49);
  CHECK(value_of(parse_witness_answer(joined({log_line, witness_line}), checkpoint.note, witness)).line() == witness_line);
  CHECK(absl::IsNotFound(parse_witness_answer(log_line, checkpoint.note, witness).status()));
  Note other = checkpoint.note;
  other.text[0] = 'E';
  CHECK_FALSE(parse_witness_answer(witness_line, other, witness).ok());
  NoteSignature changed = signature;
  changed.bytes[7] = static_cast<char>(changed.bytes[7] ^ 1);  // another time
  CHECK_FALSE(parse_witness_answer(changed.line(), checkpoint.note, witness).ok());
  changed.bytes = signature.bytes.substr(0, 64);
  CHECK_FALSE(parse_witness_answer(changed.line(), checkpoint.note, witness).ok());
  for (const char* wrong : {"", "\n", "busy", "busy\n"}) CHECK_FALSE(parse_witness_answer(wrong, checkpoint.note, witness).ok());
  CHECK(value_of(parse_witness_size("20852014\n")) == 20'852'014);
  CHECK(value_of(parse_witness_size("0\n")) == 0);
  for (const char* wrong : {"", "\n", "1", "01\n", "1\n\n", "x\n", "-1\n"}) CHECK_FALSE(parse_witness_size(wrong).ok());
}

TEST_CASE("A tlog-proof is written, read and verified; changed ones are not") {
  const Forest& forest = large_forest();
  const VerifierKey key = value_of(VerifierKey::parse(log_key));
  TlogProof proof;
  proof.index = 65'536;
  proof.path = value_of(inclusion_proof(TiledTree(forest.tiles, 70'000), proof.index, 70'000));
  proof.checkpoint = value_of(read_checkpoint(joined({text, "\n", log_line, witness_line})));
  const std::string written = proof.text();
  CHECK(written.starts_with("c2sp.org/tlog-proof@v1\nindex 65536\nW+bt"));
  const TlogProof read = value_of(TlogProof::parse(written));
  CHECK(read.text() == written);
  CHECK(verify_tlog_proof(read, "65536", key).ok());
  CHECK_FALSE(verify_tlog_proof(read, "65537", key).ok());
  std::string with_extra = written;
  with_extra.insert(written.find("index"), "extra AAAA\n");
  CHECK(verify_tlog_proof(value_of(TlogProof::parse(with_extra)), "65536", key).ok());
  std::string changed = written;
  for (std::size_t i = 0; i < written.find("\n\xe2\x80\x94 witness") ; ++i) {
    changed[i] = static_cast<char>(changed[i] ^ 2);
    const auto parsed = TlogProof::parse(changed);
    CHECK_FALSE((parsed.ok() && verify_tlog_proof(*parsed, "65536", key).ok()));
    changed[i] = written[i];
  }
  for (std::size_t size = 0; size < written.find("\n\xe2\x80\x94 witness"); ++size) CHECK_FALSE(TlogProof::parse(written.substr(0, size)).ok());
}

}  // namespace tollgate::proof
