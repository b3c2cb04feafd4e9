// The receipt as a document.
#include <nlohmann/json.hpp>

#include "tollgate/base/base64.h"
#include "tollgate/base/shallow_json.h"
#include "tollgate/proof/receipt.h"

namespace tollgate::proof {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view object_name = "receipt";
constexpr unsigned document_version = 1;
// Deeper than any receipt is.
constexpr int depth_max = 8;

Status wrong(std::string_view what) { return invalid_argument("this is no receipt: {}", what); }

StatusOr<std::string> text_of(const Json& from, const char* name) {
  const auto found = from.find(name);
  if (found == from.end() || !found->is_string()) return wrong(fmt::format("it has no text \"{}\"", name));
  return found->get<std::string>();
}

StatusOr<uint64_t> number_of(const Json& from, const char* name) {
  const auto found = from.find(name);
  if (found == from.end() || !found->is_number_unsigned()) return wrong(fmt::format("it has no number \"{}\"", name));
  return found->get<uint64_t>();
}

StatusOr<const Json*> list_of(const Json& from, const char* name) {
  const auto found = from.find(name);
  if (found == from.end() || !found->is_array()) return wrong(fmt::format("it has no list \"{}\"", name));
  return &*found;
}

StatusOr<ReceiptRecord> record_of(const Json& from) {
  if (!from.is_object()) return wrong("one of its records is no object");
  ReceiptRecord record;
  TOLLGATE_ASSIGN_OR_RETURN(record.index, number_of(from, "index"));
  TOLLGATE_ASSIGN_OR_RETURN(const std::string bytes, text_of(from, "record"));
  auto decoded = from_base64(bytes);
  if (!decoded) return wrong(fmt::format("record {} is no base64", record.index));
  record.bytes = *std::move(decoded);
  TOLLGATE_ASSIGN_OR_RETURN(const Json* path, list_of(from, "proof"));
  if (path->size() > path_length_max) return wrong(fmt::format("the proof of record {} has more than {} hashes", record.index, path_length_max));
  for (const Json& hash : *path) {
    if (!hash.is_string()) return wrong(fmt::format("the proof of record {} holds what is no text", record.index));
    TOLLGATE_ASSIGN_OR_RETURN(const Digest digest, parse_hash(hash.get_ref<const std::string&>()));
    record.path.push_back(digest);
  }
  return record;
}

}  // namespace

std::string Receipt::text() const {
  Json list = Json::array();
  for (const ReceiptRecord& record : records) {
    Json path_json = Json::array();
    for (const Digest& hash : record.path) path_json.push_back(to_base64(view(hash)));
    list.push_back({{"index", record.index}, {"record", to_base64(record.bytes)}, {"proof", std::move(path_json)}});
  }
  const Json receipt = {{"object", object_name},
                        {"version", document_version},
                        {"payment_intent", payment.text()},
                        {"log", checkpoint.checkpoint.origin},
                        {"partition", partition},
                        {"records", std::move(list)},
                        {"checkpoint", checkpoint.note.format()}};
  return receipt.dump();
}

StatusOr<Receipt> Receipt::parse(std::string_view text) {
  if (text.size() > receipt_bytes_max) return wrong(fmt::format("it has more than {} bytes", receipt_bytes_max));
  const Json json = parse_shallow_json<Json>(text, depth_max);
  if (!json.is_object()) return wrong("it is not one JSON object");
  TOLLGATE_ASSIGN_OR_RETURN(const std::string object, text_of(json, "object"));
  if (object != object_name) return wrong(fmt::format("its \"object\" is not \"{}\"", object_name));
  TOLLGATE_ASSIGN_OR_RETURN(const uint64_t version, number_of(json, "version"));
  if (version != document_version) return wrong(fmt::format("it has version {}, this program reads {}", version, document_version));
  Receipt receipt;
  TOLLGATE_ASSIGN_OR_RETURN(const std::string payment, text_of(json, "payment_intent"));
  const auto id = PaymentId::parse(payment);
  if (!id) return wrong("its \"payment_intent\" is no payment's id");
  receipt.payment = *id;
  TOLLGATE_ASSIGN_OR_RETURN(const uint64_t partition, number_of(json, "partition"));
  if (partition > UINT32_MAX) return wrong("there is no such partition");
  receipt.partition = static_cast<uint32_t>(partition);
  TOLLGATE_ASSIGN_OR_RETURN(const Json* records, list_of(json, "records"));
  if (records->size() > receipt_records_max) return wrong(fmt::format("it has more than {} records", receipt_records_max));
  for (const Json& one : *records) {
    TOLLGATE_ASSIGN_OR_RETURN(ReceiptRecord record, record_of(one));
    receipt.records.push_back(std::move(record));
  }
  TOLLGATE_ASSIGN_OR_RETURN(const std::string checkpoint, text_of(json, "checkpoint"));
  TOLLGATE_ASSIGN_OR_RETURN(receipt.checkpoint, read_checkpoint(checkpoint));
  TOLLGATE_ASSIGN_OR_RETURN(const std::string log, text_of(json, "log"));
  if (log != receipt.checkpoint.checkpoint.origin) return wrong("its \"log\" is not the one of its checkpoint");
  return receipt;
}

}  // namespace tollgate::proof
