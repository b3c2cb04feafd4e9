// The handler behind the admin listener: who may ask, and which function answers what.
#pragma once
#include <span>

#include "admin/reply.h"
#include "tollgate/admin/admin.h"
#include "tollgate/base/digest.h"

namespace tollgate::admin {

// One request on its way: what an answer needs after handle() has returned.
struct Call {
  ResultSink& sink;
  Respond respond;
  std::string operation;  // "POST /admin/v1/partners/acct_.../suspend"
};

class AdminApi final : public HttpHandler {
 public:
  AdminApi(AdminOptions options, AdminPorts ports);
  void handle(const HttpRequest& request, ResultSink& sink, Respond respond) override;

 private:
  [[nodiscard]] bool is_authorized(std::string_view authorization, const Digest& token) const;
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
  [[nodiscard]] std::optional<HttpResponse> refuse_config(const PartnerConfig& config) const;

  // partner_use.cc
  [[nodiscard]] Json use_of(const Partner& partner, Mode mode) const;
  [[nodiscard]] Json limits_of_node() const;

  // keys.cc
  void create_key(const Partner& partner, const HttpRequest& request, Call call);
  void roll_key(const Partner& partner, std::string_view key_id, const HttpRequest& request, Call call);
  void revoke_key(const Partner& partner, std::string_view key_id, const HttpRequest& request, Call call);

  // node.cc
  [[nodiscard]] HttpResponse status() const;
  [[nodiscard]] HttpResponse in_doubt(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse sandbox_entries(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse sandbox_entry(std::string_view reference) const;
  [[nodiscard]] HttpResponse sandbox_totals(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse backups() const;
  [[nodiscard]] HttpResponse begin_backup(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse advance_clock(const HttpRequest& request) const;

  // vault.cc
  [[nodiscard]] HttpResponse vault() const;
  [[nodiscard]] HttpResponse begin_vault_job(const std::function<Status()>& begin, const HttpRequest& request) const;

  // log.cc
  [[nodiscard]] static bool is_log_path(std::string_view path);
  [[nodiscard]] HttpResponse log_file(const HttpRequest& request) const;

  // observing.cc
  [[nodiscard]] HttpResponse readiness() const;
  [[nodiscard]] HttpResponse metrics() const;
  [[nodiscard]] std::optional<HttpResponse> observe_get(std::span<const std::string_view> path) const;
  [[nodiscard]] HttpResponse overview_stream() const;
  [[nodiscard]] HttpResponse logging() const;
  [[nodiscard]] HttpResponse change_logging(const HttpRequest& request) const;

  // Hands the command to the engine. `show` makes the answer from the partner as it is after it.
  using Show = absl::AnyInvocable<Json(const Partner&)>;
  void submit(PartnerId partner, PartnerCommand command, Call call, Show show);
  [[nodiscard]] Show show_partner() const;

  const AdminOptions options_;
  const AdminPorts ports_;
  const Digest token_digest_, metrics_token_digest_;
};

// Randomness of this io thread.
[[nodiscard]] Random& thread_random();

}  // namespace tollgate::admin
