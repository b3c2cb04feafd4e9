#include "tollgate/proof/receipt.h"

#include <nlohmann/json.hpp>

#include "proof/forest.h"
#include "tollgate/base/base64.h"

namespace tollgate::proof {
namespace {

const PaymentId payment{IdCore::make(1'750'000'000'000'000, 1, 7)}, stranger{IdCore::make(1'750'000'000'000'000, 2, 7)};

SignerKey log_signer() { return SignerKey::make("log.example/2", Secret(std::string(32, 'k'))); }

// A log of records, some of which are the payment's.
struct Log {
  std::vector<std::string> records;
  TreeBuilder builder;
  MemoryTiles tiles;

  void add(const Event& event, PartnerId partner = PartnerId{42}, Mode mode = Mode::test, uint32_t partition = 2) {
    RecordHeader header;
    header.partition = partition;
    header.sequence = records.size() + 1;
    header.time_us = 1'750'000'000'000'000 + static_cast<int64_t>(records.size());
    header.partner = partner;
    header.mode = mode;
    std::string bytes;
    REQUIRE(append_record(bytes, header, {}, event).ok());
    records.push_back(bytes);
    builder.add(hash_leaf(bytes), [this](const TileId& id, std::string_view hashes) { tiles.put(id, hashes); });
  }
  Receipt receipt(std::initializer_list<uint64_t> indices) {
    builder.for_each_partial([this](const TileId& id, std::string_view hashes) { tiles.put(id, hashes); });
    Receipt made;
    made.payment = payment;
    made.partition = 2;
    for (const uint64_t index : indices) made.records.push_back({index, records[index], {}});
    made.checkpoint = sign_checkpoint({"log.example/2", builder.size(), builder.root()}, log_signer());
    REQUIRE(add_proofs(made, TiledTree(tiles, builder.size())).ok());
    return made;
  }
};

PaymentCreated created(PaymentId id) {
  PaymentCreated event;
  event.payment = id;
  return event;
}
PaymentCanceled canceled(PaymentId id) {
  PaymentCanceled event;
  event.payment = id;
  return event;
}

// 300 records: the payment's are 3 and 290.
Log sample() {
  Log log;
  for (int i = 0; i < 300; ++i) {
    if (i == 3) log.add(created(payment));
    else if (i == 290) log.add(canceled(payment));
    else log.add(created(stranger));
  }
  return log;
}

bool holds(const Receipt& receipt) { return verify_receipt(receipt, log_signer().verifier()).ok(); }

std::string why_not(const Receipt& receipt) {
  const auto verified = verify_receipt(receipt, log_signer().verifier());
  return verified.ok() ? "" : std::string(message_of(verified.status()));
}

}  // namespace

TEST_CASE("A receipt is written, read and verified with the log's key alone") {
  Log log = sample();
  const Receipt made = log.receipt({3, 290});
  const std::string text = made.text();
  const Receipt read = value_of(Receipt::parse(text));
  CHECK(read.text() == text);
  const VerifiedReceipt verified = value_of(verify_receipt(read, log_signer().verifier()));
  REQUIRE(verified.records.size() == 2);
  CHECK(std::holds_alternative<PaymentCreated>(verified.records[0].event));
  CHECK(verified.records[1].header.sequence == 291);
}

TEST_CASE("A receipt from another log, key or name is refused") {
  Log log = sample();
  const Receipt made = log.receipt({3, 290});
  CHECK_FALSE(verify_receipt(made, log_signer().named("log.example/1").verifier()).ok());
  CHECK_FALSE(verify_receipt(made, SignerKey::make("log.example/2", Secret(std::string(32, 'x'))).verifier()).ok());
}

TEST_CASE("Every way in which a receipt can be wrong is found and named") {
  Log log = sample();
  const Receipt made = log.receipt({3, 290});
  Receipt wrong = made;
  wrong.records[1].bytes.back() = static_cast<char>(wrong.records[1].bytes.back() ^ 1);
  CHECK(why_not(wrong).starts_with("record 290: the proof does not hold"));
  wrong = made;
  wrong.records[0].index = 4;
  CHECK(why_not(wrong).starts_with("record 4: the proof does not hold"));
  wrong = made;
  std::swap(wrong.records[0], wrong.records[1]);
  CHECK(why_not(wrong).starts_with("record 290: a payment does not begin with it"));
  wrong = made;
  wrong.records.erase(wrong.records.begin());
  CHECK(why_not(wrong).starts_with("record 290: a payment does not begin with it"));
  wrong = made;
  wrong.records.push_back(wrong.records[1]);
  CHECK(why_not(wrong) == "record 290: it stands out of order");
  wrong = made;
  wrong.records.clear();
  CHECK(why_not(wrong) == "the receipt has no records");
  wrong = made;
  wrong.payment = stranger;
  CHECK(why_not(wrong).starts_with("record 3: it is not about pi_"));
  wrong = made;
  wrong.partition = 1;
  CHECK(why_not(wrong) == "record 3: it belongs to partition 2");
  wrong = made;
  wrong.checkpoint.checkpoint.root[0] ^= 1;
  CHECK_FALSE(holds(wrong));
  wrong = made;
  wrong.checkpoint.note.signatures.clear();
  CHECK_FALSE(holds(wrong));
  // Proven, but of another payment.
  wrong = log.receipt({3, 5});
  CHECK(why_not(wrong).starts_with("record 5: it is not about pi_"));
}

TEST_CASE("Records that say another place, partner or mode than they stand at are refused even when they are in the tree") {
  Log log;
  log.add(created(payment));
  log.add(canceled(payment), PartnerId{43});
  log.add(canceled(payment), PartnerId{42}, Mode::live);
  log.add(canceled(payment), PartnerId{42}, Mode::test, 3);
  CHECK(holds(log.receipt({0})));
  CHECK(why_not(log.receipt({0, 1})) == "record 1: it is of another partner or mode");
  CHECK(why_not(log.receipt({0, 2})) == "record 2: it is of another partner or mode");
  CHECK(why_not(log.receipt({0, 3})) == "record 3: it belongs to partition 3");
  Log shifted;
  shifted.add(created(payment));
  shifted.records[0][24] = 2;  // its sequence
  shifted.builder = TreeBuilder();
  shifted.builder.add(hash_leaf(shifted.records[0]), [](const TileId&, std::string_view) {});
  CHECK(why_not(shifted.receipt({0})) == "record 0: it has the sequence 2 where 1 belongs");
}

TEST_CASE("Cosignatures of the witnesses that were asked for are counted, and a wrong one spoils the receipt") {
  Log log = sample();
  Receipt made = log.receipt({3, 290});
  const std::string seed(32, 'w');
  const VerifierKey witness = VerifierKey::make("witness.example", SignatureType::cosignature, ed25519_public_key(seed));
  CHECK(value_of(verify_receipt(made, log_signer().verifier(), {&witness, 1})).witnesses.empty());
  const Ed25519Signature signature = ed25519_sign(seed, "cosignature/v1\ntime 1750000000\n" + made.checkpoint.note.text);
  std::string bytes;
  append_be64(bytes, 1'750'000'000);
  bytes.append(reinterpret_cast<const char*>(signature.data()), signature.size());
  made.checkpoint.note.signatures.push_back({witness.name, witness.id, bytes});
  made = value_of(Receipt::parse(made.text()));
  CHECK(value_of(verify_receipt(made, log_signer().verifier(), {&witness, 1})).witnesses == std::vector<std::string>{"witness.example"});
  CHECK(holds(made));
  const std::vector<VerifierKey> twice(2, witness);
  CHECK(value_of(verify_receipt(made, log_signer().verifier(), twice)).witnesses.size() == 1);
  made.checkpoint.note.signatures.back().bytes[20] ^= 1;
  CHECK_FALSE(verify_receipt(made, log_signer().verifier(), {&witness, 1}).ok());
}

TEST_CASE("What is no receipt is refused by what is wrong with it") {
  Log log = sample();
  const std::string text = log.receipt({3, 290}).text();
  CHECK_FALSE(Receipt::parse("").ok());
  CHECK_FALSE(Receipt::parse("[]").ok());
  CHECK_FALSE(Receipt::parse(std::string(100'000, '[')).ok());
  for (std::size_t size = 0; size < text.size(); size += 7) CHECK_FALSE(Receipt::parse(text.substr(0, size)).ok());
  const nlohmann::json whole = nlohmann::json::parse(text);
  for (const auto& [name, value] : whole.items()) {
    INFO(name);
    for (const nlohmann::json& other : {nlohmann::json(), nlohmann::json(-1), nlohmann::json("x"), nlohmann::json::array({1}), nlohmann::json(1e300)}) {
      nlohmann::json changed = whole;
      changed[name] = other;
      CHECK_FALSE(Receipt::parse(changed.dump()).ok());
    }
    nlohmann::json less = whole;
    less.erase(name);
    CHECK_FALSE(Receipt::parse(less.dump()).ok());
  }
  for (const char* name : {"index", "record", "proof"}) {
    nlohmann::json changed = whole;
    changed["records"][0].erase(name);
    CHECK_FALSE(Receipt::parse(changed.dump()).ok());
    changed["records"][0][name] = true;
    CHECK_FALSE(Receipt::parse(changed.dump()).ok());
  }
  nlohmann::json changed = whole;
  for (int i = 0; i < 70; ++i) changed["records"][0]["proof"].push_back(to_base64(std::string(32, 'h')));
  CHECK_FALSE(Receipt::parse(changed.dump()).ok());
}

}  // namespace tollgate::proof
