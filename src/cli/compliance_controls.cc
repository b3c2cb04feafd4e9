#include "cli/compliance_controls.h"

#include <algorithm>

#include "tollgate/base/time.h"
#include "tollgate/record/json.h"

namespace tollgate::cli {
namespace {

constexpr int64_t day_us = int64_t{86'400} * us_per_second;
constexpr int64_t certificate_days_min = 30, key_days_max = 365, trail_days_wanted = 365, clock_error_max_us = us_per_second,
                  copy_behind_max_us = 60 * us_per_second;
constexpr std::size_t officers_needed = 2;  // one asks, the other agrees

std::string date(int64_t time_us) { return time_us == 0 ? "unknown" : time_text(time_us).substr(0, 10); }
int64_t days_between(int64_t from_us, int64_t to_us) { return (to_us - from_us) / day_us; }
ControlState good_if(bool good) { return good ? ControlState::in_place : ControlState::attention; }

class Report {
 public:
  explicit Report(const ComplianceFacts& facts) : facts_(facts), config_(facts.config) {}

  std::vector<Control> all() {
    stored_data();
    vault_keys();
    transmission();
    software();
    access();
    identification();
    logging();
    tenants();
    return std::move(controls_);
  }

 private:
  void add(std::string requirement, std::string what, ControlState state, std::string here, Json evidence = Json::object()) {
    controls_.push_back({std::move(requirement), std::move(what), state, std::move(here), std::move(evidence)});
  }

  // A control that what stands somewhere decides: nothing is known of it if that cannot be read.
  void add_if_read(const std::string& problem, std::string requirement, std::string what, ControlState state, std::string here, Json evidence = Json::object()) {
    if (problem.empty()) add(std::move(requirement), std::move(what), state, std::move(here), std::move(evidence));
    else add(std::move(requirement), std::move(what), ControlState::not_shown, "It cannot be read: " + problem);
  }

  [[nodiscard]] ControlState directory_state() const { return good_if(facts_.data_private || !facts_.data_exists); }
  [[nodiscard]] std::string directory_text() const {
    if (!facts_.data_exists) return "There is no data directory yet: the node makes it for its owner alone.";
    return facts_.data_private ? "The data directory is its owner's alone." : "Others than its owner may enter the data directory: chmod 700.";
  }

  void stored_data() {
    add("3.3.1", "The card verification code is held in memory until the authorization's answer and never stored.", ControlState::in_place,
        "Built in: no setting changes it, and no field of the record schema could hold one.", {{"schema", "src/record/events.proto"}});
    add("3.4.1", "Answers, logs and records show a card as brand and last four digits; no interface gives a stored number back.",
        ControlState::in_place,
        "Built in: no role and no setting shows more.");
    add_if_read(facts_.data_problem, "3.5.1", "Card numbers stand in the vault only, encrypted (AES-256-GCM); everything else holds tokens.",
        directory_state(), directory_text(),
        {{"data_dir", config_.data_dir}, {"private", facts_.data_private}});
    add("3.5.1.1", "Cards are recognised by a keyed hash (HMAC-SHA-256), which says nothing without its key.", ControlState::in_place,
        "Built in: no setting changes it.");
    key_files();
    int64_t oldest_us = 0;
    for (const KeyFile& key : facts_.keys) oldest_us = oldest_us == 0 ? key.changed_us : std::min(oldest_us, key.changed_us);
    const int64_t age_days = oldest_us == 0 ? 0 : days_between(oldest_us, facts_.now_us);
    add_if_read(facts_.keys_problem, "3.7.4", "Keys have an end of their cryptoperiod and are replaced then.", good_if(age_days <= key_days_max),
        facts_.keys.empty() ? "There are no keys yet." : fmt::format("The oldest was last changed {} days ago.", age_days),
            {{"age_days_oldest", age_days}, {"age_days_wanted_max", key_days_max}});
  }

  // The node's own, and those that the configuration names: of its listeners' certificates, of its acquirers, ...
  void key_files() {
    Json files = Json::array();
    std::string open;
    for (const std::vector<KeyFile>* some : {&facts_.keys, &facts_.configured_keys}) {
      for (const KeyFile& key : *some) {
        if (!key.private_to_owner) open += " " + key.path;
        files.push_back({{"file", key.path}, {"changed", date(key.changed_us)}, {"age_days", days_between(key.changed_us, facts_.now_us)},
            {"private_to_owner", key.private_to_owner}});
      }
    }
    std::string here = facts_.keys.empty() ? "The node makes its own at its first start."
                                           : fmt::format("{} files of the node's own keys.", facts_.keys.size());
    if (!facts_.configured_keys.empty()) here += fmt::format(" {} that the configuration names.", facts_.configured_keys.size());
    if (!open.empty()) here += fmt::format(" Others than the owner may use some: chmod 600{}.", open);
    add_if_read(facts_.keys_problem, "3.6.1", "Keys are files of their own, readable by their owner only; no backup holds them.", good_if(open.empty()), std::move(here),
        {{"keys", files}});
  }

  // The key-encryption key's own age: a file has one, of a key in an HSM only the HSM's tools know it.
  [[nodiscard]] Json kek_evidence() const {
    const VaultKeysInfo& vault = facts_.vault.keys;
    Json kek = {{"provider", vault.provider}, {"id", vault.kek_id}};
    if (vault.provider == "file") {
      for (const KeyFile& key : facts_.keys)
        if (key.path == "vault/vault.key") {
          kek["file"] = key.path;
          kek["age_days"] = days_between(key.changed_us, facts_.now_us);
        }
    } else {
      kek["module"] = config_.vault_pkcs11_module;
      kek["token"] = config_.vault_pkcs11_token;
      kek["label"] = config_.vault_pkcs11_key;
      kek["age_days"] = "see the HSM";
    }
    if (vault.provider != config_.vault_key_provider) kek["from_the_next_start"] = config_.vault_key_provider;
    return kek;
  }

  void vault_keys() {
    const VaultFacts& vault = facts_.vault;
    if (!vault.has_keys) {
      add_if_read(vault.problem, "3.6.1.2", "Keys that data is encrypted under are stored encrypted under a key-encryption key of the same strength, which is kept apart.",
                  ControlState::in_place, "There is no vault yet: the node makes it at its first start.");
      return;
    }
    Json list = Json::array();
    int64_t age_days = 0;
    uint64_t retiring = 0, rows_left = 0;
    bool counted = true;
    for (const VaultKeyInfo& key : vault.keys.keys) {
      const int64_t days = days_between(key.created_us, facts_.now_us);
      const bool retires = key.state == "retiring";
      if (key.kind == "data" && !retires) age_days = days;
      retiring += retires;
      rows_left += key.rows_left.value_or(0);
      counted = counted && (!retires || key.rows_left);
      list.push_back({{"key", key.number}, {"for", key.kind == "index" ? "keyed hashes" : "encryption"}, {"state", key.state}, {"made", date(key.created_us)},
                      {"age_days", days}, {"rows_left", !retires ? Json("") : key.rows_left ? Json(*key.rows_left) : Json("not counted")}});
    }
    const bool hsm = vault.keys.provider == "pkcs11";
    add("3.6.1.2", "Keys that data is encrypted under are stored encrypted under a key-encryption key of the same strength, which is kept apart.", good_if(hsm),
        hsm ? "AES-256 under AES-256, in an HSM that does not give it out."
            : "AES-256 under AES-256, in a file of its own on the same machine: vault.key_provider \"pkcs11\" keeps it in an HSM.",
        {{"key_encryption_key", Json::array({kek_evidence()})}, {"keys", std::move(list)}});
    add("3.7.4", "The vault's data keys are rotated within their cryptoperiod, without an interruption.", good_if(age_days <= key_days_max),
        fmt::format("New rows are encrypted under a key that is {} days old: tollgate vault rotate.", age_days),
        {{"age_days_active", age_days}, {"age_days_wanted_max", key_days_max}});
    std::string progress = "None waits: each key but the active one was destroyed when no row was under it any more.";
    if (retiring != 0)
      progress = fmt::format("{} wait for it: {} are still to be encrypted anew under the active key, which the running node does in the background.",
                             retiring == 1 ? "1 key" : fmt::format("{} keys", retiring), counted ? fmt::format("{} rows", rows_left) : "an uncounted number of rows");
    add("3.7.5", "Retired keys are destroyed once nothing is encrypted under them.", good_if(retiring == 0), progress,
        {{"keys_retiring", retiring}, {"rows_left", counted ? Json(rows_left) : Json("not counted")}});
  }

  // Whom a listener trusts to say who its clients are: part of the same inventory.
  void client_certificates(const ListenerFacts& listener) {
    if (listener.client_certificates == "off") return;
    Json authorities = Json::array();
    int64_t first_us = INT64_MAX;
    for (const ListenerFacts::Authority& authority : listener.client_authorities) {
      first_us = std::min(first_us, authority.expires_us);
      authorities.push_back({{"subject", authority.subject}, {"expires", date(authority.expires_us)}});
    }
    const int64_t days = days_between(facts_.now_us, first_us);
    const bool current = listener.client_crl.empty() || listener.client_crl_expires_us > facts_.now_us;
    std::string here = days < 0 ? "An authority has expired."
        : authorities.size() == 1
            ? fmt::format("One authority, which expires in {} days.", days)
            : fmt::format("{} authorities, the first expires in {} days.", authorities.size(), days);
    if (!current) here += " A revocation list is out of date: the certificates that it is about are refused.";
    else if (listener.client_crl.empty()) here += " What they have revoked is not checked.";
    add("4.2.1.1", fmt::format("The authorities whose client certificates the {} listener accepts.", listener.name),
        good_if(days >= certificate_days_min && current), std::move(here),
        {{"client_certificates", listener.client_certificates}, {"revocation_lists", listener.client_crl},
         {"revocation_lists_until", listener.client_crl.empty() ? "" : date(listener.client_crl_expires_us)}, {"authorities", std::move(authorities)}});
  }

  void transmission() {
    for (const ListenerFacts& listener : facts_.listeners) {
      Json evidence = {{"listener", listener.name}, {"address", listener.listen}};
      const std::string what = fmt::format(
          "The {} listener: TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only; beyond loopback never without.", listener.name);
      if (listener.certificate.empty()) {
        add("4.2.1", what, good_if(listener.loopback), "Plain HTTP on loopback: whatever stands in front of it carries this control.",
            std::move(evidence));
        continue;
      }
      if (!listener.problem.empty()) {
        add("4.2.1", what, ControlState::attention, listener.problem, std::move(evidence));
        continue;
      }
      evidence["protocols"] = listener.protocols;
      evidence["ciphers"] = listener.ciphers;
      add("4.2.1", what, ControlState::in_place, fmt::format("TLS with {} cipher suites.", listener.ciphers.size()), std::move(evidence));
      const int64_t days = days_between(facts_.now_us, listener.expires_us);
      add("4.2.1.1", fmt::format("The {} listener's certificate, in the inventory of trusted keys and certificates.", listener.name),
          good_if(days >= certificate_days_min),
          days < 0 ? "It has expired." : fmt::format("It expires in {} days, on {}.", days, date(listener.expires_us)),
          {{"file", listener.certificate}, {"subject", listener.subject}, {"issuer", listener.issuer}, {"key", listener.key},
              {"expires", date(listener.expires_us)}});
      client_certificates(listener);
    }
    Json acquirers = Json::array();
    bool all_tls = true;
    for (const AcquirerConfig& acquirer : config_.acquirers) {
      const bool tls = acquirer.base_url.starts_with("https://");
      all_tls = all_tls && tls;
      acquirers.push_back({{"name", acquirer.name}, {"url", acquirer.base_url},
          {"ca_file", acquirer.ca_file.empty() ? "the system's" : acquirer.ca_file}});
    }
    add("4.2.1", "Acquirers are called over TLS 1.2 or 1.3, and their certificates and names are verified.", good_if(all_tls),
        config_.acquirers.empty() ? "No acquirer is configured: live payments are refused." : all_tls
            ? fmt::format("{} acquirers.", config_.acquirers.size()) : "One is called without TLS.",
        {{"acquirers", std::move(acquirers)}});
  }

  void software() {
    add("6.2.4",
        "Requests are framed strictly, bounded in every dimension and decoded by allow-lists; a fuzzer and malformed-request sets are part of the "
        "tests.",
        ControlState::in_place,
        "Bounds from the configuration.",
        {{"header_bytes_max", config_.header_bytes_max}, {"headers_max", config_.headers_max}, {"uri_bytes_max", config_.uri_bytes_max},
            {"body_bytes_max", config_.body_bytes_max}});
    add("6.3.2", "An inventory of the software components that are really linked.", ControlState::in_place,
        "CycloneDX: tollgate compliance report --sbom.", {{"openssl", facts_.openssl}});
    add("6.5.5", "Test and live never mix: test keys reach the sandbox acquirer only, and every record is of one mode.", ControlState::in_place,
        "`tollgate audit verify` checks it record by record.");
  }

  [[nodiscard]] bool opens(const AdminUser& user, const AdminToken& token) const {
    return user.disabled_us == 0 && token.is_valid(facts_.now_us) &&
           (token.client_certificate.empty() || config_.admin.client_certificates != "off");
  }

  void access() {
    Json holders = Json::array();
    std::size_t able_officers = 0;
    for (const AdminUser& user : facts_.admins.users) {
      const auto tokens = std::count_if(user.tokens.begin(), user.tokens.end(), [&](const AdminToken& token) { return opens(user, token); });
      able_officers += user.role == AdminRole::security_officer && tokens != 0;
      holders.push_back({{"name", user.name}, {"role", text_of(user.role)}, {"status", user.disabled_us != 0 ? "disabled" : "active"},
          {"since", date(user.created_us)}, {"valid_tokens", tokens}});
    }
    const std::size_t users = facts_.admins.users.size();
    add("7.2.1", "Each route of the admin API states the permission that it needs, each role has its permissions, everything else is refused.",
        ControlState::in_place,
        "viewer, operator, partner_manager, auditor, security_officer.");
    add_if_read(facts_.log_problem, "7.2.2", "Roles and who holds them.", good_if(users > 0), users > 0 ? fmt::format("{} admin users.", users)
        : "There are none: everybody uses the bootstrap token. tollgate admin user create.",
        {{"users", std::move(holders)}});
    const bool approvals = config_.admin_approvals == "on";
    const std::size_t officers = facts_.admins.active_officers();
    add_if_read(approvals ? facts_.log_problem : "", "7.2.3", "What is dangerous needs a second person.",
        !approvals ? ControlState::off : good_if(able_officers >= officers_needed),
        !approvals ? "admin.approvals is off."
                   : fmt::format("admin.approvals is on; {} active security officers, {} of them with a valid token; two are needed.", officers,
                                 able_officers),
        {{"approvals", config_.admin_approvals}, {"officers", officers}, {"officers_with_valid_tokens", able_officers}});
    add("7.3.3", "Nobody is known without a valid token: default is to refuse.", ControlState::in_place, "Built in: no setting changes it.");
  }

  void identification() {
    const bool bootstrap = config_.admin_bootstrap_token == "on";
    add("8.2.1", "Each person and program has a name of their own.", good_if(!bootstrap),
        bootstrap ? "The bootstrap token, which is nobody's own, opens the admin API: set admin.bootstrap_token to off once there are officers."
            : "The bootstrap token is off.",
        {{"bootstrap_token", config_.admin_bootstrap_token}});
    uint64_t valid = 0, of_disabled = 0, unused = 0;
    constexpr int64_t unused_days_max = 90;
    for (const AdminUser& user : facts_.admins.users) {
      for (const AdminToken& token : user.tokens) {
        if (!token.is_valid(facts_.now_us)) continue;
        if (user.disabled_us != 0) ++of_disabled;
        else ++valid;
        if (user.disabled_us == 0 && days_between(std::max(token.last_used_us, token.created_us), facts_.now_us) > unused_days_max) ++unused;
      }
    }
    add_if_read(facts_.log_problem, "8.2.5", "A disabled user's tokens end at once.", ControlState::in_place,
        fmt::format("{} tokens of disabled users, which open nothing.", of_disabled));
    add_if_read(facts_.log_problem, "8.2.6", "Tokens that were not used for 90 days are found.", good_if(unused == 0),
        fmt::format("{} valid tokens, {} of them not used for something that the trail holds in 90 days.", valid, unused),
        {{"valid", valid}, {"unused", unused}});
    add("8.3.2", "Tokens and API keys are stored as HMAC-SHA-256 under a key of the node, and are shown once.", ControlState::in_place,
        "Built in: no setting changes it.");
    add("8.3.9", "Tokens of admin users end by themselves, after 366 days at the latest.", ControlState::in_place,
        "90 days if nothing else was said.");
    const std::string &of_operators = config_.admin.client_certificates, &of_partners = config_.api.client_certificates;
    add_if_read(of_partners != "off" ? "" : facts_.log_problem, "8.3.11", "Keys of partners can be bound to client certificates, tokens of operators as well.",
        of_partners != "off" ? ControlState::in_place
        : facts_.partner_keys.partners_with_certificates == 0 ? ControlState::off : ControlState::attention,
        fmt::format("api.client_certificates is {}; {} of {} partners are bound to one.", of_partners, facts_.partner_keys.partners_with_certificates,
                    facts_.partner_keys.partners),
        {{"client_certificates", of_partners}, {"partners_bound", facts_.partner_keys.partners_with_certificates}});
    add("8.4.2", "The admin listener asks for a client certificate beside the token: two things that one must have.",
        of_operators == "required" ? ControlState::in_place : ControlState::off,
        fmt::format("admin.client_certificates is {}. Whether key and token are kept apart is the organisation's to see to.", of_operators),
        {{"client_certificates", of_operators}});
    const PartnerKeyFacts& keys = facts_.partner_keys;
    add_if_read(facts_.log_problem, "8.6.3", "API keys of partners: scope, end and age.", good_if(keys.older_than_year == 0),
        fmt::format("{} valid keys of {} partners, {} live, {} without an end, {} older than a year.", keys.keys, keys.partners, keys.live,
            keys.without_end, keys.older_than_year),
        {{"partners", keys.partners}, {"valid", keys.keys}, {"live", keys.live}, {"read_only", keys.read_only},
            {"without_end", keys.without_end}, {"older_than_year", keys.older_than_year},
         {"revoked_or_expired", keys.revoked_or_expired}});
  }

  // What is configured is not what is there.
  void copies() {
    const std::string& directory = config_.archive_directory;
    const int64_t behind_us = std::max<int64_t>(facts_.trail.last_us - facts_.copied_us, 0);
    const bool recent = behind_us <= copy_behind_max_us + config_.archive_interval_ms * us_per_ms;
    std::string here = fmt::format("To {}, every {} ms; the newest copy is of {}{}.", directory, config_.archive_interval_ms, date(facts_.copied_us),
                                   recent ? "" : fmt::format(", {} s behind the trail: see the node's error lines", behind_us / us_per_second));
    if (!facts_.copy_problem.empty()) here = fmt::format("archive.directory is {}, and nothing is there: {}", directory, facts_.copy_problem);
    if (directory.empty()) here = "archive.directory is not set.";
    add_if_read(directory.empty() ? "" : facts_.log_problem, "10.3.3", "Records are copied to another place as they are written.",
        directory.empty() ? ControlState::off : good_if(recent && facts_.copy_problem.empty()), std::move(here),
        {{"archive", directory}, {"newest_copy", date(facts_.copied_us)}, {"backup", config_.backup_directory}});
  }

  void logging() {
    add_if_read(facts_.log_problem, "10.2.1", "Every action on the admin API, every reading of its trail and every refused access is a record.", good_if(facts_.has_log),
        facts_.has_log ? fmt::format("Partition 0 of the event log holds {} records.", facts_.trail.records)
            : "There is no event log yet: the node was never started.",
        {{"records", facts_.trail.records}});
    add("10.2.2", "Each says who, what, when, from where, on what, and with which result.", ControlState::in_place,
        "tollgate admin audit; record types admin_acted and access_refused.");
    add("10.3.4", "A record that was changed is found: the log is a chain of hashes and a Merkle tree, and its checkpoints are signed.",
        config_.transparency_signing == "on" ? ControlState::in_place : ControlState::off,
        config_.transparency_signing == "on" ? "transparency.signing is on; tollgate audit verify."
            : "transparency.signing is off: the chain is there, no checkpoint is signed.",
        {{"signing", config_.transparency_signing}, {"witness_file", config_.witness_file}});
    add_if_read(facts_.data_problem, "10.3.2", "No interface changes or removes a record of the trail, and its files are their owner's.", directory_state(), directory_text());
    copies();
    // Partition 0 stays on the node whatever log.keep_days says.
    const std::string since = facts_.trail.first_us == 0 ? std::string()
                                                         : fmt::format("; the first record is of {}, {} days ago", date(facts_.trail.first_us),
                                                                       days_between(facts_.trail.first_us, facts_.now_us));
    add_if_read(facts_.log_problem, "10.5.1", "The trail is kept for twelve months at least, all of it at hand.", ControlState::in_place,
        fmt::format("It is never removed from the node{}.", since),
        {{"first", date(facts_.trail.first_us)}, {"last", date(facts_.trail.last_us)}, {"days_wanted", trail_days_wanted},
         {"payments_keep_days", config_.log_keep_days}});
    const TimeFacts& time = facts_.time;
    add_if_read(time.known ? "" : "the kernel does not tell", "10.6.1", "The clock is synchronised.", good_if(time.synchronized && time.error_max_us <= clock_error_max_us),
        time.synchronized
            ? fmt::format("The kernel says synchronised, offset {} us, error at most {} us.", time.offset_us, time.error_max_us)
                                                                    : "The kernel says that nobody synchronises this clock.",
        {{"synchronized", time.synchronized}, {"offset_us", time.offset_us}, {"error_max_us", time.error_max_us}});
    // Many have their secret in the path or the query.
    const std::string webhook = split_webhook(config_.alert_webhook).first;
    add("10.7.2", "Failures are told: metrics, alerts, readiness with its reasons.",
        config_.metrics == "on" ? ControlState::in_place : ControlState::off,
        config_.metrics != "on" ? "observe.metrics is off." : config_.alert_webhook.empty() ? "Metrics are on; observe.alert_webhook is not set."
            : "Metrics are on; alerts go to " + webhook + ".",
        {{"metrics", config_.metrics}, {"alert_webhook", webhook}});
  }

  void tenants() {
    add("A1.1.1", "Partners are apart: each has a log position, keys and rows of its own, and no entity of one refers to another's.",
        ControlState::in_place,
        "`tollgate audit verify` checks every reference.", {{"partners", facts_.partner_keys.partners}});
    add("A1.1.2", "What a partner reaches follows from its key alone, never from what a request says.", ControlState::in_place,
        "Built in: no setting changes it.");
    add("A1.2.1", "Each partner's events can be had for that partner alone.", ControlState::in_place,
        "GET /v1/events, receipts with proofs; tollgate audit show, tollgate audit export.");
  }

  const ComplianceFacts& facts_;
  const Config& config_;
  std::vector<Control> controls_;
};

}  // namespace

std::vector<Control> controls_of(const ComplianceFacts& facts) { return Report(facts).all(); }

std::vector<LeftOver> left_to_the_organisation() {
  return {{"3.1, 3.2.1", "The retention and disposal policy, and the diagram of where card data flows."},
          {"3.6.1, 3.7",
              "Key custodians and their written agreement, procedures for compromised keys, split knowledge where keys are handled in the clear; "
           "keeping the key files apart from the data."},
          {"4.2.1", "TLS in front of a listener on loopback, and the certificates themselves."},
          {"6.2, 6.3, 6.4",
              "Review of changes, watching for vulnerabilities, patches of these libraries and of the operating system in time, a web application "
           "firewall."},
          {"7.2.4", "Reviewing who holds which role, every six months."},
          {"8.3, 8.4, 8.5",
              "Passwords and lock-out for people: the admin API knows tokens, and client certificates beside them (admin.client_certificates). Where "
           "those are no factor of their own, a proxy or a VPN in front that asks for one."},
          {"9", "Everything physical."},
          {"10.4", "Reading the trail every day, by people or by a system that collects it (tollgate admin audit --json)."},
          {"10.6", "The time source of this machine."},
          {"11, 12", "Scans, penetration tests (also of the separation of partners, every six months), policies, training, incident response."},
          {"A1.2.2, A1.2.3", "Answering for partners: investigations, and a way in which they report incidents."}};
}

}  // namespace tollgate::cli
