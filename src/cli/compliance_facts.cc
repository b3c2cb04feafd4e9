#include "cli/compliance_facts.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <optional>
#include <set>

#include "cli/node.h"
#include "cli/node_options.h"
#include "cli/open_log.h"
#include "http/tls.h"
#include "tollgate/backup/archive.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/record.h"
#include "tollgate/record/wire.h"

namespace tollgate::cli {
namespace {

namespace fs = std::filesystem;
constexpr int64_t year_us = int64_t{365} * 86'400 * us_per_second;

std::string text_of(const X509_NAME* name) {
  char text[256];
  return X509_NAME_oneline(name, text, sizeof text) == nullptr ? std::string() : std::string(text);
}

// Whom the listener trusts to say who its clients are.
void add_client_authorities(SSL_CTX* native, ListenerFacts& facts) {
  const STACK_OF(X509_OBJECT)* trusted = X509_STORE_get0_objects(SSL_CTX_get_cert_store(native));
  for (int i = 0; i < sk_X509_OBJECT_num(trusted); ++i) {
    const X509* authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(trusted, i));
    if (authority == nullptr) continue;
    std::tm utc{};
    const bool known = ASN1_TIME_to_tm(X509_get0_notAfter(authority), &utc) == 1;
    facts.client_authorities.push_back({text_of(X509_get_subject_name(authority)), known ? ::timegm(&utc) * us_per_second : 0});
  }
}

// From the settings that the listener itself would take: not from a list that could differ from them.
ListenerFacts facts_of(std::string name, const ListenerConfig& config) {
  ListenerFacts facts{.name = std::move(name), .listen = config.listen, .certificate = config.tls_certificate};
  facts.client_certificates = config.client_certificates;
  facts.client_crl = config.client_crl;
  if (const auto endpoint = parse_endpoint(config.listen); endpoint.ok()) facts.loopback = endpoint->is_loopback();
  if (config.tls_certificate.empty()) return facts;
  const auto context = http::make_tls_context(server_options({}, config, {}));
  if (!context.ok()) {
    facts.problem = message_of(context.status());
    return facts;
  }
  SSL_CTX* native = (*context)->native_handle();
  const X509* certificate = SSL_CTX_get0_certificate(native);
  const http::TlsExpiries expiries = http::expiries_of(**context);
  facts.expires_us = expiries.certificate_s * us_per_second;
  facts.client_crl_expires_us = expiries.client_crl_s * us_per_second;
  add_client_authorities(native, facts);
  facts.subject = text_of(X509_get_subject_name(certificate));
  facts.issuer = text_of(X509_get_issuer_name(certificate));
  if (const EVP_PKEY* key = X509_get0_pubkey(certificate)) facts.key = fmt::format("{} {} bit", OBJ_nid2sn(EVP_PKEY_get_base_id(key)),
      EVP_PKEY_get_bits(key));
  const auto lowest = SSL_CTX_get_min_proto_version(native), highest = SSL_CTX_get_max_proto_version(native);
  for (const auto& [number, text] : {std::pair<long, const char*>{TLS1_VERSION, "TLS 1.0"}, {TLS1_1_VERSION, "TLS 1.1"},
      {TLS1_2_VERSION, "TLS 1.2"}, {TLS1_3_VERSION, "TLS 1.3"}})
    if (number >= lowest && (highest == 0 || number <= highest)) facts.protocols.emplace_back(text);
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(native);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) facts.ciphers.emplace_back(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)));
  return facts;
}

int64_t changed_us(const struct stat& about) { return about.st_mtim.tv_sec * us_per_second + about.st_mtim.tv_nsec / 1'000; }

// Nothing if it is not there. Whatever else keeps it from being looked at must not pass for that.
StatusOr<std::optional<struct stat>> look_at(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0) return about;
  if (errno == ENOENT) return std::nullopt;
  return unavailable("{}: {}", path, std::strerror(errno));
}

StatusOr<std::optional<KeyFile>> key_file(const std::string& path, std::string shown) {
  TOLLGATE_ASSIGN_OR_RETURN(const auto about, look_at(path));
  if (!about) return std::nullopt;
  return KeyFile{std::move(shown), changed_us(*about), (about->st_mode & 077) == 0};
}

// What holds keys: in the data directory itself, and with the vault.
StatusOr<std::vector<KeyFile>> key_files(const std::string& root) {
  std::vector<KeyFile> files;
  for (const std::string& folder : {root, root + "/vault"}) {
    std::error_code failed;
    fs::directory_iterator entry(folder, failed);
    for (const fs::directory_iterator end; !failed && entry != end; entry.increment(failed)) {
      const std::string extension = entry->path().extension().string();
      if (extension != ".key" && extension != ".token") continue;
      TOLLGATE_ASSIGN_OR_RETURN(auto file, key_file(entry->path(), entry->path().lexically_relative(root)));
      if (!file) return unavailable("{} leads nowhere", entry->path().string());
      files.push_back(*std::move(file));
    }
    if (failed && failed != std::errc::no_such_file_or_directory) return unavailable("{}: {}", folder, failed.message());
  }
  std::sort(files.begin(), files.end(), [](const KeyFile& a, const KeyFile& b) { return a.path < b.path; });
  return files;
}

// Keys and secrets that are kept elsewhere.
StatusOr<std::vector<KeyFile>> configured_key_files(const Config& config) {
  std::set<std::string> paths{config.api.tls_key, config.admin.tls_key, config.admin_token_file, config.alert_webhook_secret_file,
                              config.vault_pkcs11_pin_file};
  for (const AcquirerConfig& acquirer : config.acquirers) paths.insert(acquirer.secret_key_file);
  std::vector<KeyFile> files;
  for (const std::string& path : paths) {
    TOLLGATE_ASSIGN_OR_RETURN(auto file, key_file(path, path));
    if (file) files.push_back(*std::move(file));
  }
  return files;
}

Status look_at_keys(ComplianceFacts& facts) {
  TOLLGATE_ASSIGN_OR_RETURN(facts.keys, key_files(facts.config.data_dir));
  TOLLGATE_ASSIGN_OR_RETURN(facts.configured_keys, configured_key_files(facts.config));
  return absl::OkStatus();
}

void count(const Partner& partner, int64_t now_us, PartnerKeyFacts& facts) {
  ++facts.partners;
  if (partner.config.limits != PartnerLimits{}) ++facts.partners_with_limits;
  if (!partner.config.client_certificates.empty()) ++facts.partners_with_certificates;
  for (const ApiKey& key : partner.keys) {
    if (key.revoked_us != 0 || (key.expires_us != 0 && key.expires_us <= now_us)) {
      ++facts.revoked_or_expired;
      continue;
    }
    ++facts.keys;
    if (key.mode == Mode::live) ++facts.live;
    if (key.scope == KeyScope::read_only) ++facts.read_only;
    if (key.expires_us == 0) ++facts.without_end;
    if (now_us - key.created_us > year_us) ++facts.older_than_year;
  }
}

StatusOr<int64_t> time_of_record(const EventLog& log, uint64_t sequence) {
  int64_t time_us = 0;
  TOLLGATE_RETURN_IF_ERROR(log.read(0, sequence, [&](uint64_t, std::string_view bytes) {
    if (const auto header = decode_header(bytes); header.ok()) time_us = header->time_us;
    return false;
  }));
  return time_us;
}

Status read_log(ComplianceFacts& facts) {
  TOLLGATE_ASSIGN_OR_RETURN(const auto current, look_at(DataPaths{facts.config.data_dir}.log() + "/CURRENT"));
  if (!current) return absl::OkStatus();
  TOLLGATE_ASSIGN_OR_RETURN(const auto log, open_log_to_read(facts.config.data_dir, ""));
  facts.has_log = true;
  std::string row;
  if (const Status found = log->get(Table::meta, keys::admins, row); found.ok()) {
    TOLLGATE_RETURN_IF_ERROR(wire::decode(row, facts.admins));
  } else if (!absl::IsNotFound(found)) {
    return found;
  }
  Status bad;
  TOLLGATE_RETURN_IF_ERROR(log->scan(Table::partners, "", "", Order::forward, [&](std::string_view, std::string_view value) {
    Partner partner;
    bad = wire::decode(value, partner);
    if (bad.ok()) count(partner, facts.now_us, facts.partner_keys);
    return bad.ok();
  }));
  TOLLGATE_RETURN_IF_ERROR(bad);
  TOLLGATE_ASSIGN_OR_RETURN(const Head head, log->head(0));
  facts.trail.records = head.sequence;
  if (head.sequence == 0) return absl::OkStatus();
  TOLLGATE_ASSIGN_OR_RETURN(facts.trail.first_us, time_of_record(*log, 1));
  TOLLGATE_ASSIGN_OR_RETURN(facts.trail.last_us, time_of_record(*log, head.sequence));
  return absl::OkStatus();
}

// The kernel's own view of its clock: whoever disciplines it (chrony, ntpd, timesyncd) tells it.
TimeFacts time_facts() {
  timex clock{};
  const int state = ::adjtimex(&clock);
  if (state < 0) return {};
  constexpr int64_t ns_per_us = 1'000;
  return {.known = true,
          .synchronized = state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0,
          .offset_us = (clock.status & STA_NANO) != 0 ? clock.offset / ns_per_us : clock.offset,
          .error_max_us = clock.maxerror};
}

VaultFacts vault_facts_of(const std::string& directory) {
  VaultFacts facts;
  if (const auto current = look_at(directory + "/db/CURRENT"); !current.ok()) {
    facts.problem = message_of(current.status());
    return facts;
  }
  auto keys = read_vault_keys(directory);
  facts.has_keys = keys.ok();
  if (keys.ok()) facts.keys = *std::move(keys);
  else if (!absl::IsNotFound(keys.status())) facts.problem = message_of(keys.status());
  return facts;
}

void look_at_data(ComplianceFacts& facts) {
  const auto data = look_at(facts.config.data_dir);
  if (!data.ok()) {
    facts.data_problem = message_of(data.status());
    return;
  }
  facts.data_exists = data->has_value();
  if (!facts.data_exists) return;
  if (!S_ISDIR((*data)->st_mode)) facts.data_problem = facts.config.data_dir + " is no directory";
  facts.data_private = ((*data)->st_mode & 077) == 0;
}

Status look_at_copies(ComplianceFacts& facts) {
  if (facts.config.archive_directory.empty()) return absl::OkStatus();
  TOLLGATE_ASSIGN_OR_RETURN(const auto archive, ArchiveReader::open(facts.config.archive_directory));
  TOLLGATE_ASSIGN_OR_RETURN(auto ends, archive->ends());
  if (ends[0] == 0) return absl::OkStatus();
  return archive->read(0, ends[0], [&](uint64_t, std::string_view bytes) {
    if (const auto header = decode_header(bytes); header.ok()) facts.copied_us = header->time_us;
    return false;
  });
}

}  // namespace

StatusOr<ComplianceFacts> gather_facts(const std::string& config_path) {
  ComplianceFacts facts;
  TOLLGATE_ASSIGN_OR_RETURN(facts.config, load_config(config_path));
  facts.config_path = config_path;
  facts.now_us = SystemClock().now_us();
  look_at_data(facts);
  facts.listeners = {facts_of("api", facts.config.api), facts_of("admin", facts.config.admin)};
  if (const Status looked = look_at_keys(facts); !looked.ok()) facts.keys_problem = message_of(looked);
  facts.vault = vault_facts_of(DataPaths{facts.config.data_dir}.vault());
  facts.time = time_facts();
  facts.openssl = OpenSSL_version(OPENSSL_VERSION);
  if (const Status read = read_log(facts); !read.ok()) facts.log_problem = message_of(read);
  if (const Status looked = look_at_copies(facts); !looked.ok()) facts.copy_problem = message_of(looked);
  return facts;
}

}  // namespace tollgate::cli
