// Whatever is handed in as a receipt or as a tlog-proof: refused or read, and what is read is written again the same. Whatever holds proves
// nothing but what is in the log. The first byte chooses which of the two, and whether the bytes are the document, or changes to one that holds:
// two bytes of where, one of how, one of what.
#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"
#include "tollgate/proof/receipt.h"
#include "tollgate/proof/tile.h"
#include "tollgate/proof/tlog_proof.h"

namespace {

using namespace tollgate;
using namespace tollgate::proof;

constexpr uint32_t partition = 2;
const PaymentId payment{IdCore::make(1'750'000'000'000'000, 1, 7)}, stranger{IdCore::make(1'750'000'000'000'000, 2, 7)};

struct Tiles final : TileReader {
  std::string hashes;
  StatusOr<std::string> tile(const TileId&) const override { return hashes; }
};

// Five records, of which the payment's are 1 and 3.
struct Log {
  SignerKey signer = SignerKey::make("log.example/2", Secret(std::string(32, 'k')));
  std::vector<std::string> records;
  std::string receipt, proof;

  Log() {
    Receipt made;
    made.payment = payment;
    made.partition = partition;
    TreeBuilder builder;
    for (uint64_t index = 0; index < 5; ++index) {
      const bool of_payment = index == 1 || index == 3;
      PaymentCreated created;
      created.payment = of_payment ? payment : stranger;
      PaymentCanceled canceled;
      canceled.payment = payment;
      RecordHeader header;
      header.partition = partition;
      header.sequence = index + 1;
      header.time_us = 1'750'000'000'000'000 + static_cast<int64_t>(index);
      header.partner = PartnerId{42};
      header.mode = Mode::test;
      std::string& bytes = records.emplace_back();
      TOLLGATE_ASSERT(append_record(bytes, header, {}, index == 3 ? Event(canceled) : Event(created)).ok());
      if (of_payment) made.records.push_back({index, bytes, {}});
      builder.add(hash_leaf(bytes), [](const TileId&, std::string_view) {});
    }
    Tiles tiles;
    builder.for_each_partial([&](const TileId&, std::string_view hashes) { tiles.hashes = hashes; });
    const TiledTree tree(tiles, builder.size());
    made.checkpoint = sign_checkpoint({"log.example/2", builder.size(), builder.root()}, signer);
    TOLLGATE_ASSERT(add_proofs(made, tree).ok() && verify_receipt(made, signer.verifier()).ok());
    receipt = made.text();
    const TlogProof one{3, *inclusion_proof(tree, 3, builder.size()), made.checkpoint};
    TOLLGATE_ASSERT(verify_tlog_proof(one, records[3], signer.verifier()).ok());
    proof = one.text();
  }
};

const Log& log() {
  static const Log made;
  return made;
}

std::string changed(std::string text, std::string_view changes) {
  for (; changes.size() >= 4 && !text.empty(); changes.remove_prefix(4)) {
    const std::size_t at = load_le16(changes.data()) % text.size();
    switch (changes[2] % 4) {
      case 0: text[at] = changes[3]; break;
      case 1: text[at] = static_cast<char>(text[at] ^ (1 << (changes[3] & 7))); break;
      case 2: text.insert(at, 1, changes[3]); break;
      default: text.erase(at, static_cast<uint8_t>(changes[3]) + 1u);
    }
  }
  return text;
}

void check_receipt(std::string_view text) {
  const auto receipt = Receipt::parse(text);
  if (!receipt.ok()) return;
  const std::string again = receipt->text();
  const auto second = Receipt::parse(again);
  TOLLGATE_ASSERT(second.ok() && second->text() == again);
  const auto verified = verify_receipt(*receipt, log().signer.verifier());
  TOLLGATE_ASSERT(verified.ok() == verify_receipt(*second, log().signer.verifier()).ok());
  if (!verified.ok()) return;
  TOLLGATE_ASSERT(!receipt->records.empty() && verified->records.size() == receipt->records.size());
  for (const ReceiptRecord& record : receipt->records)
    TOLLGATE_ASSERT(record.index < log().records.size() && record.bytes == log().records[record.index]);
}

void check_proof(std::string_view text) {
  const auto proof = TlogProof::parse(text);
  if (!proof.ok()) return;
  const std::string again = proof->text();
  const auto second = TlogProof::parse(again);
  TOLLGATE_ASSERT(second.ok() && second->text() == again);
  for (std::size_t i = 0; i < log().records.size(); ++i)
    if (verify_tlog_proof(*proof, log().records[i], log().signer.verifier()).ok()) TOLLGATE_ASSERT(proof->index == i);
  TOLLGATE_ASSERT(!verify_tlog_proof(*proof, "not in the log", log().signer.verifier()).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool as_given = (data[0] & 2) == 0;
  if ((data[0] & 1) == 0) check_receipt(as_given ? std::string(bytes) : changed(log().receipt, bytes));
  else check_proof(as_given ? std::string(bytes) : changed(log().proof, bytes));
  return 0;
}
