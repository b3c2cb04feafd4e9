// A partner (merchant or platform): configuration and API keys, event-sourced like payments. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tollgate/base/fields.h"
#include "tollgate/base/id.h"
#include "tollgate/money/money.h"
#include "tollgate/payment/commands.h"

namespace tollgate {

enum class PartnerStatus : uint8_t { active = 1, suspended, closed };
// Every key may read. `payments`: and all else but refunds. `refunds`: and refunds alone.
enum class KeyScope : uint8_t { all = 1, read_only, payments, refunds };

inline constexpr std::size_t keys_per_mode_max = 8;
inline constexpr int64_t amount_per_day_max = 1'000'000'000'000'000;

// The fee of a capture: basis points of the amount plus a fixed part. `currency` empty: of every currency not listed.
struct FeeRule {
  Currency currency;
  int32_t basis_points = 0;
  int64_t fixed = 0;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "currency", self.currency);
    v(2, "basis_points", self.basis_points);
    v(3, "fixed", self.fixed);
  }
  bool operator==(const FeeRule&) const = default;
};

// 0: the node's default. Test and live are counted apart, each against these.
struct PartnerLimits {
  uint32_t requests_per_second = 0;
  uint32_t burst = 0;  // requests that may come at once; 0 beside a rate of its own: twice that rate
  uint32_t concurrent_requests = 0;
  int64_t amount_max = 0;  // of one payment, minor units
  uint32_t queue_depth = 0;         // commands that wait for the engine
  int64_t amount_per_day = 0;       // authorized in a UTC day, of each currency, minor units
  uint32_t declines_per_card = 0;   // within the window; then the card is declined here
  uint32_t declines_per_bin = 0;    // the same, of all cards of one BIN
  uint32_t decline_window_s = 0;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "requests_per_second", self.requests_per_second);
    v(2, "burst", self.burst);
    v(3, "concurrent_requests", self.concurrent_requests);
    v(4, "amount_max", self.amount_max);
    v(5, "queue_depth", self.queue_depth);
    v(6, "amount_per_day", self.amount_per_day);
    v(7, "declines_per_card", self.declines_per_card);
    v(8, "declines_per_bin", self.declines_per_bin);
    v(9, "decline_window_s", self.decline_window_s);
  }
  bool operator==(const PartnerLimits&) const = default;
};

// What the partner's owner decides; every field may be changed later.
struct PartnerConfig {
  std::string name;
  std::string country = "US";          // ISO 3166-1 alpha-2
  std::vector<Currency> currencies;    // empty: all
  Currency default_currency;
  std::vector<FeeRule> fees;           // none: no fee
  PartnerLimits limits;
  std::string api_version;             // the pin; empty: pinned by the first call
  std::string live_acquirer;           // name of a configured acquirer; empty: live payments are refused
  uint32_t availability_delay_days = 2;
  Metadata metadata;
  std::vector<std::string> client_certificates;  // that its keys are bound to (client_certificate.h); none: to none
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "country", self.country);
    v(3, "currencies", self.currencies);
    v(4, "default_currency", self.default_currency);
    v(5, "fees", self.fees);
    v(6, "limits", self.limits);
    v(7, "api_version", self.api_version);
    v(8, "live_acquirer", self.live_acquirer);
    v(9, "availability_delay_days", self.availability_delay_days);
    v(10, "metadata", self.metadata);
    v(11, "client_certificates", self.client_certificates);
  }
  bool operator==(const PartnerConfig&) const = default;
};

// The key itself is shown once and never stored: only HMAC-SHA-256 under the node's pepper.
struct ApiKey {
  std::string id;    // 12 characters of base62, part of the key's text: sk_test_<id><secret>
  Mode mode = Mode::test;
  KeyScope scope = KeyScope::all;
  std::string hash;  // 32 bytes
  int64_t created_us = 0;
  int64_t expires_us = 0;  // 0: never. A roll gives the old key an end.
  int64_t revoked_us = 0;  // 0: valid
  std::vector<std::string> networks;  // that it may be used from (network.h); none: any
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "mode", self.mode);
    v(3, "scope", self.scope);
    v(4, "hash", self.hash);
    v(5, "created_us", self.created_us);
    v(6, "expires_us", self.expires_us);
    v(7, "revoked_us", self.revoked_us);
    v(8, "networks", self.networks);
  }
  bool operator==(const ApiKey&) const = default;
};

struct Partner {
  PartnerId id;
  uint32_t partition = 0;  // where its events go: data, not a hash
  PartnerStatus status = PartnerStatus::active;
  PartnerConfig config;
  std::vector<ApiKey> keys;
  int64_t created_us = 0;
  std::string suspended_reason;
  uint64_t version = 0;  // sequence of the last record
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "partition", self.partition);
    v(3, "status", self.status);
    v(4, "config", self.config);
    v(5, "keys", self.keys);
    v(6, "created_us", self.created_us);
    v(7, "suspended_reason", self.suspended_reason);
    v(8, "version", self.version);
  }
  bool operator==(const Partner&) const = default;

  [[nodiscard]] Fee fee_of(Currency currency) const;
  [[nodiscard]] bool accepts(Currency currency) const;
};

// ---- events (of the directory partition) ----
struct PartnerCreated {
  static constexpr uint16_t event_type = 80;
  static constexpr const char* event_name = "partner_created";
  PartnerId partner;
  uint32_t partition = 0;
  PartnerConfig config;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "partner", self.partner);
    v(2, "partition", self.partition);
    v(3, "config", self.config);
  }
};
struct PartnerUpdated {
  static constexpr uint16_t event_type = 81;
  static constexpr const char* event_name = "partner_updated";
  PartnerId partner;
  PartnerConfig config;  // after the update, whole
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "partner", self.partner);
    v(2, "config", self.config);
  }
};
struct PartnerStatusChanged {
  static constexpr uint16_t event_type = 82;
  static constexpr const char* event_name = "partner_status_changed";
  PartnerId partner;
  PartnerStatus status = PartnerStatus::active;
  std::string reason;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "partner", self.partner);
    v(2, "status", self.status);
    v(3, "reason", self.reason);
  }
};
struct KeyCreated {
  static constexpr uint16_t event_type = 83;
  static constexpr const char* event_name = "key_created";
  PartnerId partner;
  ApiKey key;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "partner", self.partner);
    v(2, "key", self.key);
  }
};
// A roll: the old key stays valid until then.
struct KeyExpirySet {
  static constexpr uint16_t event_type = 84;
  static constexpr const char* event_name = "key_expiry_set";
  PartnerId partner;
  std::string key_id;
  int64_t expires_us = 0;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "partner", self.partner);
    v(2, "key_id", self.key_id);
    v(3, "expires_us", self.expires_us);
  }
};
struct KeyRevoked {
  static constexpr uint16_t event_type = 85;
  static constexpr const char* event_name = "key_revoked";
  PartnerId partner;
  std::string key_id;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "partner", self.partner);
    v(2, "key_id", self.key_id);
  }
};

using PartnerEvent = std::variant<PartnerCreated, PartnerUpdated, PartnerStatusChanged, KeyCreated, KeyExpirySet, KeyRevoked>;

// ---- commands ----
struct CreatePartner {
  PartnerId partner;
  uint32_t partition = 0;
  PartnerConfig config;
  std::vector<ApiKey> keys;  // first keys, usually one of each mode
};
struct UpdatePartner {
  PartnerConfig config;  // whole: the caller read it, changed it, and names the version that it read
  uint64_t expected_version = 0;  // 0: whatever it is now
};
// Sets the pin if the partner has none: the first call decides.
struct PinApiVersion {
  std::string api_version;
};
struct ChangePartnerStatus {
  PartnerStatus status = PartnerStatus::active;
  std::string reason;
};
struct CreateKey {
  ApiKey key;
};
struct RollKey {
  std::string old_key_id;
  ApiKey new_key;
  int64_t old_expires_us = 0;
};
struct RevokeKey {
  std::string key_id;
};
using PartnerCommand = std::variant<CreatePartner, UpdatePartner, PinApiVersion, ChangePartnerStatus, CreateKey, RollKey, RevokeKey>;

struct PartnerDecision {
  std::vector<PartnerEvent> events;
  std::optional<RefusalDetail> refusal;
};

[[nodiscard]] PartnerDecision decide(const Partner* state, const PartnerCommand& command, int64_t now_us);
void apply(Partner& state, const PartnerEvent& event, uint64_t sequence, int64_t time_us);
// The first field of the configuration that is out of its range, as {field, what to do}; nothing if all are well.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> invalid_field(const PartnerConfig& config);

}  // namespace tollgate
