// The operators' API, on a listener of its own: JSON under /admin/v1, behind bearer tokens of users with roles (src/admin/routes.cc says what each
// role may do). `tollgate partner ...` and `tollgate admin ...` are the same from the command line.
//
//   GET  /admin/v1/partners?after=&limit=&status=&q=  POST /admin/v1/partners
//   GET  /admin/v1/partners/{id}                      POST /admin/v1/partners/{id}    (what is given is changed)
//   POST /admin/v1/partners/{id}/suspend | resume | close
//   POST /admin/v1/partners/{id}/keys                 POST /admin/v1/partners/{id}/keys/{key}/roll | revoke
//   GET  /admin/v1/payments?partner=&mode=&status=&amount=&currency=&last4=&metadata=&after=&limit=   (newest first)
//   GET  /admin/v1/payments/{id}?partner=             (with timeline)   GET /admin/v1/payments/{id}/receipt
//   GET  /admin/v1/status
//   GET  /admin/v1/in_doubt?after=&limit=&order=      (order: oldest or newest first; else as the table has them)
//   GET  /admin/v1/in_doubt/{payment}[/{operation}]   POST /admin/v1/in_doubt/{payment}/{operation}/inquire | resolve
//   GET  /admin/v1/sandbox/entries?after=&limit=      GET  /admin/v1/sandbox/entries/{reference}
//   GET  /admin/v1/sandbox/totals?prefix=             (what the references that begin so come to)
//   GET  /admin/v1/backups                            POST /admin/v1/backups          (begins one: {"directory"})
//   GET  /admin/v1/reports                            POST /admin/v1/reports/rebuild  (begins it)
//   GET  /admin/v1/reports/daily?from=&to=&mode=      GET  /admin/v1/reports/partners/{id}?from=&to=&mode=
//   GET  /admin/v1/vault                              POST /admin/v1/vault/rotate | rewrap    (begins it)
//   POST /admin/v1/clock/advance                      (with --test-clock)
//   GET  /log                                         (what is signed, and by which witnesses cosigned)
//   GET  /log/{partition}/checkpoint, tile/..., vkey  (C2SP tlog-tiles, for standard verifiers)
//   GET, POST /admin/v1/users                         POST /admin/v1/users/{name}/disable | tokens
//   POST /admin/v1/tokens/{id}/revoke                 GET  /admin/v1/approvals
//   POST /admin/v1/approvals/{id}/approve | reject    GET  /admin/v1/audit?before=&limit=&user=
//   GET  /admin/v1/overview                           GET  /admin/v1/overview/stream  (server-sent events, one a second)
//   GET  /admin/v1/overview/history                   (the last hour, for charts)
//   GET  /admin/v1/me                                 (who the token is, and what its role may)
//   GET  /admin/v1/alerts                             GET, POST /admin/v1/logging     (level, requests_logged_one_in)
//   GET  /metrics                                     (Prometheus; the metrics token is enough)
//   GET  /, /assets/...                               (the dashboard, no token)
//   GET  /livez, /readyz                              (no token)
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tollgate/acquirer/dispatcher.h"
#include "tollgate/acquirer/sandbox.h"
#include "tollgate/api/http_message.h"
#include "tollgate/api/receipts.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/secret.h"
#include "tollgate/directory/directory.h"
#include "tollgate/engine/engine.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/limits/limits.h"
#include "tollgate/proof/static_log.h"

namespace tollgate::observe {
class Log;
class Monitor;
}

namespace tollgate {

class Reports;

struct AdminOptions {
  Secret token;                             // the bootstrap token, a security officer's; empty: there is none
  Secret metrics_token;                     // reads /metrics and nothing else; empty: there is none
  std::vector<std::string> live_acquirers;  // names that a partner's `live_acquirer` may have
  std::vector<std::string> api_versions;    // that a partner may be pinned to; empty: not checked here
  std::string node_version;
  uint32_t partitions = 1;                  // of payments
  // Whether the partners' listener, and this one, ask for client certificates: only then may partners, and tokens, be bound to some.
  bool partner_certificates = true, own_certificates = true;
  bool approvals = false;                   // what is dangerous waits for a second person
  int64_t approval_valid_s = 24 * 3'600;
};

// What the admin API looks at and acts on. All of it outlives it.
struct AdminPorts {
  const EventLog& log;
  Directory& directory;
  CommandPort& commands;
  const Clock& clock;
  std::function<EngineStats()> engine_stats;
  std::function<InDoubtSummary()> acquirer_summary;
  std::function<bool()> ready;                  // false while starting and draining
  std::function<std::vector<std::string>()> not_ready_because = {};  // in words; empty: ready() says all
  std::function<std::vector<std::string>()> warnings = {};  // what does not keep it from being ready; empty: none
  observe::Monitor* monitor = nullptr;          // nullptr: nothing is measured
  observe::Log* node_log = nullptr;             // nullptr: it cannot be changed from here
  const Sandbox* sandbox = nullptr;             // nullptr: the node has none
  std::function<void(int64_t)> advance_clock;   // empty: the clock is not a test clock
  const proof::StaticLog* static_log = nullptr; // nullptr: the node signs no checkpoints
  ReceiptPort* receipts = nullptr;              // the same
  std::function<std::string()> backup_status;   // JSON objects "backup" and "archive"; empty: the node makes none
  std::function<Status(const std::string& directory)> begin_backup;  // returns at once; empty: to the configured directory
  const Limits* limits = nullptr;               // what partners use of theirs; nullptr: not shown
  std::function<std::size_t(const Partner&, Mode)> waiting = {};  // commands in the engine's queue
  Reports* reports = nullptr;                           // nullptr: the node makes none
  std::function<std::string()> vault_status;            // JSON object; empty: the node has no vault
  std::function<Status()> vault_rotate, vault_rewrap;   // return at once
  // How an operation in doubt is being asked about, and its next try at once (acquirer/dispatcher.h); empty: not known here.
  std::function<std::optional<Resolving>(AcquirerAction, Mode, const std::string& reference)> resolving = {};
  std::function<AskNow(AcquirerAction, Mode, const std::string& reference)> ask_now = {};
};

[[nodiscard]] std::unique_ptr<HttpHandler> make_admin_api(AdminOptions options, AdminPorts ports);

}  // namespace tollgate
