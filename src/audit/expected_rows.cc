#include "audit/expected_rows.h"

#include "tollgate/record/wire.h"

namespace tollgate::audit {

namespace {

uint64_t last_sequence(const Customer& customer) { return customer.version; }
uint64_t last_sequence(const PaymentMethod& method) { return method.version; }
uint64_t last_sequence(const SetupIntent& setup) { return setup.version; }

std::optional<ObjectKey> parse_key(Table table, std::string_view bytes) {
  const std::size_t ordinal_bytes = table == Table::methods ? 2 : 0;
  if (bytes.size() != 8 + 1 + 12 + ordinal_bytes) return std::nullopt;
  ObjectKey key;
  key.table = table;
  key.partner.value = load_be64(bytes.data());
  key.mode = static_cast<Mode>(bytes[8]);
  if (key.mode != Mode::test && key.mode != Mode::live) return std::nullopt;
  std::memcpy(key.core.bytes.data(), bytes.data() + 9, 12);
  if (ordinal_bytes != 0) key.ordinal = load_be16(bytes.data() + 21);
  return key;
}

}  // namespace

std::string row_key(const ObjectKey& key) {
  if (key.table == Table::methods) return keys::method(key.partner, key.mode, {key.core, key.ordinal});
  return keys::object(key.partner, key.mode, key.core);
}

ShortDigest short_digest(std::string_view bytes) {
  const Digest whole = sha256(bytes);
  ShortDigest digest;
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

template <class T>
Status ExpectedRows::load(const EventLog& log, Table table, PartnerId partner) {
  const std::string prefix = keys::partner(partner);
  Status bad;
  T object;
  TOLLGATE_RETURN_IF_ERROR(
      log.scan(table, prefix, keys::after_prefix(prefix), Order::forward, [&](std::string_view bytes, std::string_view value) {
        const auto key = parse_key(table, bytes);
        if (!key) {
          bad = data_loss("a row of table {} has the key {}", static_cast<int>(table), to_hex(bytes));
          return false;
        }
        if (const Status decoded = wire::decode(value, object); !decoded.ok()) {
          bad = data_loss("the row {} of table {} does not decode: {}", to_hex(bytes), static_cast<int>(table), message_of(decoded));
          return false;
        }
        rows_.insert_or_assign(*key, ExpectedRow{last_sequence(object), short_digest(value)});
        return true;
      }));
  return bad;
}

Status ExpectedRows::load(const EventLog& log, PartnerId partner) {
  TOLLGATE_RETURN_IF_ERROR(load<Customer>(log, Table::customers, partner));
  TOLLGATE_RETURN_IF_ERROR(load<PaymentMethod>(log, Table::methods, partner));
  return load<SetupIntent>(log, Table::setups, partner);
}

const ObjectKey* ExpectedRows::find_unbegun() const {
  for (const auto& [key, row] : rows_) {
    if (!row.begun) return &key;
  }
  return nullptr;
}

}  // namespace tollgate::audit
