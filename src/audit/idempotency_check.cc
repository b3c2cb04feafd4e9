#include "audit/idempotency_check.h"

#include "tollgate/record/idempotency.h"
#include "tollgate/record/wire.h"

namespace tollgate::audit {

namespace {

template <class CauseOrEntry>
ShortDigest request_digest(const CauseOrEntry& from) {
  Cause request;
  request.request = from.request;
  request.fingerprint = from.fingerprint;
  request.parameters = from.parameters;
  request.operation = from.operation;
  request.api_version = from.api_version;
  wire::Writer& bytes = wire::Writer::of_thread();
  wire::encode(bytes, request);
  return short_digest(bytes.view());
}

}  // namespace

std::string IdempotencyCheck::used_before(const RecordHeader& header, const Cause& cause) {
  if (cause.idempotency_key.empty()) return {};
  const Key key{header.partner, short_digest(cause.idempotency_key), header.mode};
  const auto [at, is_new] = used_.try_emplace(key);
  if (!is_new && header.time_us - at->second.time_us < kept_us_) {
    return fmt::format("its idempotency key was used by record {} already", at->second.sequence);
  }
  at->second = {header.sequence, header.time_us, request_digest(cause), false};
  return {};
}

std::string IdempotencyCheck::wrong_row(std::string_view key, std::string_view value, uint64_t last_sequence) {
  const auto wrong = [&](std::string_view why) { return fmt::format("the idempotency row {} {}", to_hex(key), why); };
  if (key.size() != 8 + 1 + sizeof(ShortDigest)) return wrong("is none");
  Key of{PartnerId{load_be64(key.data())}, {}, static_cast<Mode>(key[8])};
  std::memcpy(of.key.data(), key.data() + 9, of.key.size());
  const auto use = used_.find(of);
  if (use == used_.end()) return wrong("follows from no record");
  IdempotencyEntry entry;
  if (const Status status = wire::decode(value, entry); !status.ok()) return wrong(message_of(status));
  if (request_digest(entry) != use->second.request)
    return wrong(fmt::format("is not of the request that record {} names", use->second.sequence));
  if (entry.sequence < use->second.sequence || entry.sequence > last_sequence)
    return wrong(fmt::format("ends at record {}, its command began at {}", entry.sequence, use->second.sequence));
  use->second.has_row = true;
  return {};
}

uint64_t IdempotencyCheck::find_missing_row(int64_t now_us) const {
  for (const auto& [key, use] : used_) {
    if (!use.has_row && now_us - use.time_us < kept_us_) return use.sequence;
  }
  return 0;
}

}  // namespace tollgate::audit
