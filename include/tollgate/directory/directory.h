// Partners as the request path sees them: by API key and by id, in memory, one immutable object each. Reads never wait for a
// write; 100,000 partners cost a lookup as much as one does.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/access/access.h"
#include "tollgate/base/random.h"
#include "tollgate/base/status.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/partner/partner.h"

namespace tollgate {

struct Authenticated {
  std::shared_ptr<const Partner> partner;
  Mode mode = Mode::test;
  KeyScope scope = KeyScope::all;
  std::string key_id;
};

struct AuthenticatedAdmin {
  std::string user;
  AdminRole role = AdminRole::none;
  std::string token_id;
  std::string client_certificate;  // that the token is bound to; empty: to none
};

enum class AuthFailure : uint8_t { malformed = 1, unknown, expired, revoked };

struct NewKey {
  ApiKey key;        // to be put into a command
  std::string text;  // "sk_test_...": shown once, stored nowhere
};

struct NewAdminToken {
  AdminToken token;  // to be put into a command
  std::string text;  // "tga_...": shown once, stored nowhere
};

class Directory {
 public:
  virtual ~Directory() = default;
  // Constant-time comparison; an unknown key id costs what a wrong secret costs. Any thread.
  [[nodiscard]] virtual std::optional<Authenticated> authenticate(std::string_view key, int64_t now_us, AuthFailure& why) const = 0;
  [[nodiscard]] virtual std::shared_ptr<const Partner> find(PartnerId id) const = 0;
  // Ascending by id, from the one behind `after` (0: from the start).
  [[nodiscard]] virtual std::vector<std::shared_ptr<const Partner>> list(PartnerId after, std::size_t limit) const = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;
  // The partition for a new partner: the emptiest.
  [[nodiscard]] virtual uint32_t choose_partition() const = 0;
  // Called by the engine when a partner's new state is durable.
  virtual void put(std::shared_ptr<const Partner> partner) = 0;
  [[nodiscard]] virtual NewKey new_key(Mode mode, KeyScope scope, int64_t now_us, Random& random) const = 0;

  // Admin users: the same rules. `why` also says revoked if the user is disabled; `who` is set if the token was somebody's, valid or not.
  [[nodiscard]] virtual bool authenticate_admin(std::string_view token, int64_t now_us, AuthenticatedAdmin& who, AuthFailure& why) const;
  [[nodiscard]] virtual std::shared_ptr<const AdminState> admins() const { return std::make_shared<const AdminState>(); }
  virtual void put_admins(std::shared_ptr<const AdminState>) {}
  [[nodiscard]] virtual NewAdminToken new_admin_token(int64_t, int64_t, Random&) const { return {}; }
};

// The highest partition that a partner belongs to; 0: there are none.
[[nodiscard]] uint32_t last_partition_of(const Directory& directory);

// Reads the partners' rows. `pepper_file` is made (0600) at the first start. `partitions`: payment partitions are 1..partitions, 0 is
// the directory's own.
[[nodiscard]] StatusOr<std::unique_ptr<Directory>> open_directory(const EventLog& log, const std::string& pepper_file, uint32_t partitions);

}  // namespace tollgate
