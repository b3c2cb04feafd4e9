// The handler behind the admin listener: who may ask, and which function answers what.
#pragma once
#include <map>
#include <mutex>
#include <span>

#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/trail.h"
#include "tollgate/admin/admin.h"
#include "tollgate/base/digest.h"
#include "tollgate/projection/views.h"

namespace tollgate::admin {

inline constexpr std::string_view bootstrap_user = "bootstrap";

// Who asks. A name of nobody: no token that anyone has.
struct Principal {
  std::string user;
  AdminRole role = AdminRole::none;
  std::string token_id;
  bool bootstrap = false;
  bool metrics_only = false;
  std::string client_certificate = {};  // that the token is bound to
  // As the causes of records name it.
  [[nodiscard]] std::string actor() const { return bootstrap ? "admin" : "admin:" + user; }
};

// One request on its way: what an answer needs after handle() has returned.
struct Call {
  ResultSink& sink;
  Respond respond;
  std::string operation;  // "POST /admin/v1/partners/acct_.../suspend"
  Principal who = {};
  std::string from = {};      // address
  std::string approval = {};  // by which it is made; empty: by none
  std::string approved_by = {};
};

// Fit for the trail: an id or a name as it is, anything else as nothing.
[[nodiscard]] std::string_view clean_subject(std::string_view text);

class AdminApi final : public HttpHandler {
 public:
  AdminApi(AdminOptions options, AdminPorts ports);
  std::optional<HttpResponse> admit(const HttpRequest& head, std::unique_ptr<Admission>& admission) override;
  void handle(const HttpRequest& request, ResultSink& sink, Respond respond) override;

 private:
  // Nothing: `who` asks. Otherwise why not, as the trail says it.
  [[nodiscard]] std::optional<std::string_view> unknown_because(const HttpRequest& request, Principal& who);
  void refuse(Call call, std::string_view action, Permission permission);
  [[nodiscard]] std::optional<HttpResponse> wrong_path(const HttpRequest& request) const;
  void dispatch(const Route& route, std::string_view subject, const HttpRequest& request, Call call);
  // Paths without the leading "/admin/v1/", in parts.
  void route_get(std::span<const std::string_view> path, const HttpRequest& request, Call call);
  void route_post(std::span<const std::string_view> path, const HttpRequest& request, Call call);
  void route_partner_post(std::span<const std::string_view> path, const HttpRequest& request, Call call);

  // partners.cc
  [[nodiscard]] HttpResponse list_partners(const HttpRequest& request) const;
  void create_partner(const HttpRequest& request, Call call);
  void update_partner(const Partner& partner, const HttpRequest& request, Call call);
  void change_status(const Partner& partner, PartnerStatus status, const HttpRequest& request, Call call);
  [[nodiscard]] HttpResponse show_partner_with_use(const Partner& partner) const;
  [[nodiscard]] std::optional<HttpResponse> refuse_config(const PartnerConfig& before, const PartnerConfig& config) const;

  // partner_use.cc
  [[nodiscard]] Json use_of(const Partner& partner, Mode mode) const;
  [[nodiscard]] Json limits_of_node() const;

  // payments.cc
  [[nodiscard]] HttpResponse list_payments(const HttpRequest& request) const;
  void show_payment(std::span<const std::string_view> path, const HttpRequest& request, Call call) const;
  void give_receipt(const Stream& stream, const Payment& payment, Call call) const;
  [[nodiscard]] StatusOr<Stream> stream_of(const IdCore& core, const std::string* partner_text) const;

  // doubt.cc
  [[nodiscard]] HttpResponse in_doubt(const HttpRequest& request) const;
  void show_doubt(std::span<const std::string_view> path, const HttpRequest& request, Call call) const;
  [[nodiscard]] Json doubt_json(const Payment& payment, const Operation& operation) const;
  [[nodiscard]] std::optional<Resolving> resolving_of(const Payment& payment, const Operation& operation) const;
  // doubt_actions.cc
  void act_on_doubt(std::span<const std::string_view> path, const HttpRequest& request, Call call);
  void inquire_now(const Payment& payment, const Operation& operation, Call call) const;
  void resolve_doubt(const Payment& payment, uint32_t partition, ResolveByHand said, const HttpRequest& request, Call call);
  [[nodiscard]] std::optional<HttpResponse> not_to_be_resolved(const Payment& payment, const Operation& operation, HandOutcome outcome) const;

  // keys.cc
  void create_key(const Partner& partner, const HttpRequest& request, Call call);
  void roll_key(const Partner& partner, std::string_view key_id, const HttpRequest& request, Call call);
  void revoke_key(const Partner& partner, std::string_view key_id, const HttpRequest& request, Call call);

  // node.cc
  [[nodiscard]] HttpResponse status() const;
  [[nodiscard]] HttpResponse sandbox_entries(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse sandbox_entry(std::string_view reference) const;
  [[nodiscard]] HttpResponse sandbox_totals(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse backups() const;
  [[nodiscard]] HttpResponse begin_backup(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse advance_clock(const HttpRequest& request) const;

  // reports.cc
  [[nodiscard]] HttpResponse reports(std::span<const std::string_view> path, const HttpRequest& request) const;
  [[nodiscard]] HttpResponse rebuild_reports(const HttpRequest& request) const;

  // vault.cc
  [[nodiscard]] HttpResponse vault() const;
  [[nodiscard]] HttpResponse begin_vault_job(const std::function<Status()>& begin, const HttpRequest& request) const;

  // log.cc
  [[nodiscard]] static bool is_log_path(std::string_view path);
  [[nodiscard]] Json signing() const;
  [[nodiscard]] HttpResponse log_file(const HttpRequest& request) const;

  // observing.cc
  [[nodiscard]] HttpResponse readiness() const;
  [[nodiscard]] HttpResponse metrics() const;
  [[nodiscard]] std::optional<HttpResponse> observe_get(std::span<const std::string_view> path, const Principal& who) const;
  [[nodiscard]] HttpResponse overview_stream(const Principal& who) const;
  [[nodiscard]] bool still_opens(const Principal& who) const;
  [[nodiscard]] HttpResponse logging() const;
  [[nodiscard]] HttpResponse change_logging(const HttpRequest& request) const;

  // me.cc
  [[nodiscard]] HttpResponse me(const Principal& who) const;

  // users.cc
  [[nodiscard]] Json token_json(const AdminToken& token, int64_t now_us) const;
  [[nodiscard]] Json user_json(const AdminUser& user, int64_t now_us) const;
  [[nodiscard]] HttpResponse list_users() const;
  void create_user(const HttpRequest& request, Call call);
  void disable_user(std::string_view name, const HttpRequest& request, Call call);
  void create_token(std::string_view name, const HttpRequest& request, Call call);
  void revoke_token(std::string_view id, const HttpRequest& request, Call call);
  using ShowAdmins = absl::AnyInvocable<Json(const AdminState&)>;
  void submit_admin(AdminCommand command, Call call, ShowAdmins show);

  // approvals.cc
  [[nodiscard]] bool needs_approval(const Call& call) const;
  [[nodiscard]] bool needs_second_officer(const Call& call, AdminRole role) const;
  void request_approval(const HttpRequest& request, std::string_view why, Call call);
  [[nodiscard]] HttpResponse list_approvals(const Principal& who) const;
  void decide_approval(std::string_view id, bool approved, const HttpRequest& request, Call call);
  void run_approved(const Approval& approval, const Principal& asker, const std::string& by, const std::string& from, ResultSink& sink, Respond respond);

  // trail.cc
  void submit_note(AdminCommand command, ResultSink& sink, absl::AnyInvocable<void(bool recorded)> then);
  void note_refusal(AccessRefused refused, ResultSink& sink, absl::AnyInvocable<void()> then);
  void note_refused(const Principal& who, std::string_view action, std::string_view why, std::string_view from, ResultSink& sink,
                    absl::AnyInvocable<void()> then);
  void catch_up(ResultSink& sink);
  [[nodiscard]] bool may_act() const;
  [[nodiscard]] static HttpResponse cannot_record();
  [[nodiscard]] Respond noted(AdminActed acted, bool is_read, ResultSink& sink, Respond respond);
  void run_when_noted(AdminActed acted, const HttpRequest& request, Call call);
  [[nodiscard]] HttpResponse trail(const HttpRequest& request) const;

  // A command for partition 0, about no partner yet.
  [[nodiscard]] Command envelope(decltype(Command::target) target, std::string operation, std::string actor) const;
  // Hands the command to the engine. `show` makes the answer from the partner as it is after it.
  using Show = absl::AnyInvocable<Json(const Partner&)>;
  void submit(PartnerId partner, PartnerCommand command, Call call, Show show);
  [[nodiscard]] Show show_partner() const;

  const AdminOptions options_;
  const AdminPorts ports_;
  const Digest token_digest_, metrics_token_digest_;
  mutable std::mutex trail_mutex_;  // of what follows
  RefusalBudget refusals_;
  std::vector<AdminActed> unrecorded_;  // done while the node took no commands
  std::size_t recording_late_ = 0;      // of them, handed to the engine again
  std::map<std::string, int64_t, std::less<>> last_used_us_;  // by token, since this node's start
};

[[nodiscard]] HttpResponse no_such_partner(const std::optional<PartnerId>& id);

// Randomness of this io thread.
[[nodiscard]] Random& thread_random();

}  // namespace tollgate::admin
