// Who may use the admin API: users with a role, their tokens, requests that wait for a second person, and the trail of what was done
// and what was refused. Event-sourced beside the partners, in partition 0. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tollgate/base/fields.h"

namespace tollgate {

enum class AdminRole : uint8_t { none = 0, viewer, node_operator, partner_manager, auditor, security_officer };
// "operator" and so on, as people and the admin API write them; empty or nothing if there is none.
[[nodiscard]] std::string_view text_of(AdminRole role);
[[nodiscard]] std::optional<AdminRole> parse_admin_role(std::string_view text);

inline constexpr std::size_t admin_users_max = 200, admin_tokens_max = 8, approvals_waiting_max = 100;
inline constexpr std::size_t admin_name_bytes_max = 40, approval_body_bytes_max = 16 * 1024;

// The token itself is shown once and never stored: only HMAC-SHA-256 under the node's pepper.
struct AdminToken {
  std::string id;    // 12 characters of base62, part of the token's text: tga_<id><secret>
  std::string hash;  // 32 bytes
  int64_t created_us = 0;
  int64_t expires_us = 0;
  int64_t revoked_us = 0;    // 0: valid
  int64_t last_used_us = 0;  // for something that the trail holds
  std::string client_certificate;  // that it is bound to: SHA-256 of the public key, 64 hexadecimal digits; empty: to none
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "hash", self.hash);
    v(3, "created_us", self.created_us);
    v(4, "expires_us", self.expires_us);
    v(5, "revoked_us", self.revoked_us);
    v(6, "last_used_us", self.last_used_us);
    v(7, "client_certificate", self.client_certificate);
  }
  bool operator==(const AdminToken&) const = default;
  [[nodiscard]] bool is_valid(int64_t now_us) const { return revoked_us == 0 && expires_us > now_us; }
};

struct AdminUser {
  std::string name;
  AdminRole role = AdminRole::viewer;
  int64_t created_us = 0;
  int64_t disabled_us = 0;  // 0: active
  std::vector<AdminToken> tokens;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "role", self.role);
    v(3, "created_us", self.created_us);
    v(4, "disabled_us", self.disabled_us);
    v(5, "tokens", self.tokens);
  }
  bool operator==(const AdminUser&) const = default;
};

// A request that someone made and someone else must agree to.
struct Approval {
  std::string id;
  std::string user;  // who asked
  std::string path;  // of the POST, behind /admin/v1/
  std::string body;
  std::string why;   // what makes it dangerous, in words
  int64_t requested_us = 0;
  int64_t expires_us = 0;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "user", self.user);
    v(3, "path", self.path);
    v(4, "body", self.body);
    v(5, "why", self.why);
    v(6, "requested_us", self.requested_us);
    v(7, "expires_us", self.expires_us);
  }
  bool operator==(const Approval&) const = default;
};

// All of it is small and changes seldom: one row.
struct AdminState {
  std::vector<AdminUser> users;
  std::vector<Approval> approvals;  // waiting, in the order of their requests
  uint64_t version = 0;             // sequence of the last record that changed it
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "users", self.users);
    v(2, "approvals", self.approvals);
    v(3, "version", self.version);
  }
  bool operator==(const AdminState&) const = default;

  [[nodiscard]] const AdminUser* find(std::string_view user) const;
  [[nodiscard]] const Approval* find_approval(std::string_view id) const;
  // The user who has the token; nullptr if nobody has.
  [[nodiscard]] const AdminUser* find_owner(std::string_view token_id) const;
  [[nodiscard]] std::size_t active_officers() const;
};

// ---- events (of partition 0; they stand under no partner) ----
struct AdminUserCreated {
  static constexpr uint16_t event_type = 110;
  static constexpr const char* event_name = "admin_user_created";
  std::string user;
  AdminRole role = AdminRole::viewer;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "user", self.user);
    v(2, "role", self.role);
  }
};
struct AdminUserDisabled {
  static constexpr uint16_t event_type = 111;
  static constexpr const char* event_name = "admin_user_disabled";
  std::string user;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "user", self.user);
  }
};
struct AdminTokenCreated {
  static constexpr uint16_t event_type = 112;
  static constexpr const char* event_name = "admin_token_created";
  std::string user;
  AdminToken token;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "user", self.user);
    v(2, "token", self.token);
  }
};
struct AdminTokenRevoked {
  static constexpr uint16_t event_type = 113;
  static constexpr const char* event_name = "admin_token_revoked";
  std::string user;
  std::string token_id;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "user", self.user);
    v(2, "token_id", self.token_id);
  }
};
struct ApprovalRequested {
  static constexpr uint16_t event_type = 114;
  static constexpr const char* event_name = "approval_requested";
  Approval approval;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "approval", self.approval);
  }
};
struct ApprovalDecided {
  static constexpr uint16_t event_type = 115;
  static constexpr const char* event_name = "approval_decided";
  std::string id;
  std::string user;  // who decided
  bool approved = false;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "user", self.user);
    v(3, "approved", self.approved);
  }
};
// What somebody did through the admin API, and how it ended. Changes nothing but when the token was last used.
struct AdminActed {
  static constexpr uint16_t event_type = 116;
  static constexpr const char* event_name = "admin_acted";
  std::string user;
  AdminRole role = AdminRole::viewer;
  std::string token_id;  // empty: the bootstrap token
  std::string action;    // "partner.update"
  std::string subject;   // what it was done to: a partner's id, a user's name
  std::string from;      // address
  uint32_t status = 0;   // of the answer
  std::string result;    // "done", or the code of the refusal
  std::string approval;  // by which it was allowed; empty: it needed none
  std::string approved_by;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "user", self.user);
    v(2, "role", self.role);
    v(3, "token_id", self.token_id);
    v(4, "action", self.action);
    v(5, "subject", self.subject);
    v(6, "from", self.from);
    v(7, "status", self.status);
    v(8, "result", self.result);
    v(9, "approval", self.approval);
    v(10, "approved_by", self.approved_by);
  }
};
// Somebody was turned away. `user` is empty if nobody is known by that token.
struct AccessRefused {
  static constexpr uint16_t event_type = 117;
  static constexpr const char* event_name = "access_refused";
  std::string user;
  AdminRole role = AdminRole::none;  // of the user, if there is one
  std::string token_id;
  std::string action;
  std::string from;
  std::string result;       // "unknown_token", "expired_token", "not_permitted", ...
  uint64_t suppressed = 0;  // refusals since the last of these records, which have none of their own
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "user", self.user);
    v(2, "role", self.role);
    v(3, "token_id", self.token_id);
    v(4, "action", self.action);
    v(5, "from", self.from);
    v(6, "result", self.result);
    v(7, "suppressed", self.suppressed);
  }
};

using AdminEvent = std::variant<AdminUserCreated, AdminUserDisabled, AdminTokenCreated, AdminTokenRevoked, ApprovalRequested, ApprovalDecided, AdminActed,
                                AccessRefused>;

// ---- commands ----
struct CreateAdminUser {
  std::string user;
  AdminRole role = AdminRole::viewer;
};
struct DisableAdminUser {
  std::string user;
};
struct CreateAdminToken {
  std::string user;
  AdminToken token;
};
struct RevokeAdminToken {
  std::string token_id;
};
struct RequestApproval {
  Approval approval;
};
struct DecideApproval {
  std::string id;
  std::string user;
  bool approved = false;
};
// Into the trail.
struct NoteAction {
  AdminActed acted;
};
struct NoteRefusal {
  AccessRefused refused;
};
using AdminCommand =
    std::variant<CreateAdminUser, DisableAdminUser, CreateAdminToken, RevokeAdminToken, RequestApproval, DecideApproval, NoteAction, NoteRefusal>;

enum class AdminRefusal : uint8_t {
  none,
  invalid_name,
  user_exists,
  user_missing,
  user_disabled,
  too_many_users,
  last_officer,  // nobody could make users any more
  token_missing,
  too_many_tokens,
  approval_missing,  // or expired, or decided
  too_many_approvals,
  own_approval,  // who asked may reject, and not approve
};

struct AdminDecision {
  std::vector<AdminEvent> events;
  AdminRefusal refusal = AdminRefusal::none;
};

[[nodiscard]] AdminDecision decide(const AdminState& state, const AdminCommand& command, int64_t now_us);
// Why the event cannot stand where it stands; empty if it can.
[[nodiscard]] std::string illegal(const AdminState& state, const AdminEvent& event, int64_t time_us);
// The event is legal. True if the state is another one now.
bool apply(AdminState& state, const AdminEvent& event, uint64_t sequence, int64_t time_us);

}  // namespace tollgate
