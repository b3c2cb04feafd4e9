#include "tollgate/access/access.h"

#include "support/catch.h"

namespace tollgate {
namespace {

class State {
 public:
  AdminRefusal ask(const AdminCommand& command) {
    ++now_us;
    const AdminDecision decision = decide(state, command, now_us);
    for (const AdminEvent& event : decision.events) {
      CHECK(illegal(state, event, now_us) == "");
      apply(state, event, ++sequence, now_us);
    }
    return decision.refusal;
  }
  void make_user(const std::string& name, AdminRole role = AdminRole::viewer) { REQUIRE(ask(CreateAdminUser{name, role}) == AdminRefusal::none); }
  AdminState state;
  int64_t now_us = 1'000;
  uint64_t sequence = 0;
};

}  // namespace

TEST_CASE("names are for paths and command lines") {
  State s;
  for (const std::string name : {"", "A", "a b", "a/b", "bootstrap", "4a", "ä"}) CHECK(s.ask(CreateAdminUser{name, AdminRole::viewer}) == AdminRefusal::invalid_name);
  CHECK(s.ask(CreateAdminUser{std::string(admin_name_bytes_max + 1, 'a'), AdminRole::viewer}) == AdminRefusal::invalid_name);
  CHECK(s.ask(CreateAdminUser{"ann", AdminRole::none}) == AdminRefusal::invalid_name);
  CHECK(s.ask(CreateAdminUser{"ann.o-1_x", AdminRole::viewer}) == AdminRefusal::none);
}

TEST_CASE("users, tokens and approvals are bounded in number") {
  State s;
  for (std::size_t i = 0; i < admin_users_max; ++i) s.make_user("u" + std::to_string(i));
  CHECK(s.ask(CreateAdminUser{"one-more", AdminRole::viewer}) == AdminRefusal::too_many_users);
  for (std::size_t i = 0; i < admin_tokens_max; ++i)
    CHECK(s.ask(CreateAdminToken{"u0", {.id = "t" + std::to_string(i), .expires_us = 1'000'000}}) == AdminRefusal::none);
  CHECK(s.ask(CreateAdminToken{"u0", {.id = "t", .expires_us = 1'000'000}}) == AdminRefusal::too_many_tokens);
  for (std::size_t i = 0; i < approvals_waiting_max; ++i)
    CHECK(s.ask(RequestApproval{{.id = "a" + std::to_string(i), .user = "u0", .expires_us = 1'000'000}}) == AdminRefusal::none);
  CHECK(s.ask(RequestApproval{{.id = "a", .user = "u0", .expires_us = 1'000'000}}) == AdminRefusal::too_many_approvals);
  s.now_us = 1'000'000;
  CHECK(s.ask(RequestApproval{{.id = "a", .user = "u0", .expires_us = 2'000'000}}) == AdminRefusal::none);
  CHECK(s.state.approvals.size() == 1);
}

TEST_CASE("dead tokens are kept to be seen, so many and no more") {
  State s;
  s.make_user("ann");
  for (int i = 0; i < 40; ++i) {
    CHECK(s.ask(CreateAdminToken{"ann", {.id = "t" + std::to_string(i), .expires_us = 1'000'000}}) == AdminRefusal::none);
    CHECK(s.ask(RevokeAdminToken{"t" + std::to_string(i)}) == AdminRefusal::none);
  }
  CHECK(s.state.users[0].tokens.size() == 8);
  CHECK(s.state.users[0].tokens.back().id == "t39");
}

TEST_CASE("events that no decision makes are named illegal") {
  State s;
  s.make_user("ann", AdminRole::security_officer);
  REQUIRE(s.ask(RequestApproval{{.id = "a", .user = "ann", .expires_us = 5'000}}) == AdminRefusal::none);
  REQUIRE(s.ask(CreateAdminToken{"ann", {.id = "t", .expires_us = 5'000}}) == AdminRefusal::none);
  const auto why = [&](const AdminEvent& event, int64_t time_us = 2'000) { return illegal(s.state, event, time_us); };
  CHECK(why(ApprovalDecided{"a", "ann", true}) == "who asked approved it");
  CHECK(why(ApprovalDecided{"a", "bob", true}, 5'000) == "the approval had expired");
  CHECK(why(ApprovalDecided{"b", "bob", true}) == "no approval of this id waits");
  CHECK(why(ApprovalDecided{"a", "ann", false}) == "");
  CHECK(why(AdminUserCreated{"ann", AdminRole::viewer}) != "");
  CHECK(why(AdminUserCreated{"bob", AdminRole::none}) != "");
  CHECK(why(AdminUserDisabled{"bob"}) != "");
  CHECK(why(AdminTokenCreated{"bob", {.id = "x"}}) != "");
  CHECK(why(AdminTokenCreated{"ann", {.id = "t"}}) != "");
  CHECK(why(AdminTokenRevoked{"bob", "t"}) != "");
  CHECK(why(ApprovalRequested{{.id = "a"}}) != "");
}

TEST_CASE("the trail moves nothing but when a token was last used") {
  State s;
  s.make_user("ann");
  REQUIRE(s.ask(CreateAdminToken{"ann", {.id = "t", .expires_us = 5'000}}) == AdminRefusal::none);
  const AdminState before = s.state;
  CHECK(s.ask(NoteRefusal{{.user = "ann"}}) == AdminRefusal::none);
  CHECK(s.ask(NoteAction{{.user = "bootstrap"}}) == AdminRefusal::none);
  CHECK(s.state == before);
  CHECK(s.ask(NoteAction{{.user = "ann", .token_id = "t"}}) == AdminRefusal::none);
  CHECK(s.state.users[0].tokens[0].last_used_us == s.now_us);
  CHECK(s.state.version == s.sequence);
}

}  // namespace tollgate
