#include "cli/config.h"

#include <fstream>
#include <set>
#include <sstream>

#include "support/catch.h"

namespace tollgate::cli {
namespace {

std::string message_for(std::string_view text) {
  const auto config = parse_config(text, "node.toml");
  return config.ok() ? "" : std::string(message_of(config.status()));
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("The example in the repository is the one that the binary prints") {
  std::ifstream file(std::string(TOLLGATE_SOURCE_DIR) + "/config/tollgate.toml");
  std::ostringstream text;
  text << file.rdbuf();
  // If this fails: tollgate config example > config/tollgate.toml
  CHECK(text.str() == config_example());
}

TEST_CASE("The example as it is gives the defaults, and so do its lines without the comment") {
  REQUIRE(parse_config(config_example(), "example").ok());
  std::string enabled;
  std::istringstream lines(config_example());
  for (std::string line; std::getline(lines, line);) {
    const bool is_default = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    enabled += (is_default ? line.substr(1) : line) + "\n";
  }
  auto config = parse_config(enabled, "example");
  INFO(config.status().ToString());
  REQUIRE(config.ok());
  Config defaults;
  const auto expected = keys_of(defaults), found = keys_of(*config);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(expected[i].section << "." << expected[i].name);
    if (const auto* number = std::get_if<int64_t*>(&expected[i].value))
      CHECK(**number == **std::get_if<int64_t*>(&found[i].value));
    else CHECK(**std::get_if<std::string*>(&expected[i].value) == **std::get_if<std::string*>(&found[i].value));
  }
}

TEST_CASE("Every key is declared whole: once, with a unit, a description and bounds that hold its default") {
  Config config;
  std::set<std::string> seen;
  std::set<std::string_view> sections;
  for (const ConfigSection& section : config_sections()) sections.insert(section.name);
  for (const ConfigKey& key : keys_of(config)) {
    const std::string name = std::string(key.section) + "." + std::string(key.name);
    INFO(name);
    CHECK(seen.insert(name).second);
    CHECK(sections.contains(key.section));
    CHECK_FALSE(key.unit.empty());
    CHECK_FALSE(key.description.empty());
    if (const auto* number = std::get_if<int64_t*>(&key.value)) {
      CHECK(key.min < key.max);
      CHECK(**number >= key.min);
      CHECK(**number <= key.max);
    }
  }
  CHECK(check_config(config).ok());
}

TEST_CASE("Each key is set by its own name and refused outside its bounds, with its line") {
  Config defaults;
  for (const ConfigKey& key : keys_of(defaults)) {
    if (!std::holds_alternative<int64_t*>(key.value)) continue;
    for (const int64_t wrong : {key.min - 1, key.max + 1}) {
      const std::string text = fmt::format("\n[{}]\n{} = {}\n", key.section, key.name, wrong);
      const std::string message = message_for(text);
      INFO(text << message);
      CHECK(contains(message, fmt::format("node.toml:3: {}.{} is {}", key.section, key.name, wrong)));
    }
    const std::string text = fmt::format("[{}]\n{} = \"many\"\n", key.section, key.name);
    CHECK(contains(message_for(text), fmt::format("node.toml:2: {}.{} must be a whole number", key.section, key.name)));
    CHECK(contains(message_for(fmt::format("[{}]\n{} = 1.5\n", key.section, key.name)), "must be a whole number"));
  }
}

TEST_CASE("A value that is set arrives") {
  const auto config = parse_config(
      "[node]\ndata_dir = \"/data\"\n[engine]\npartitions = 7\nthreads = 2\n[log]\nwal_mib_max = 64\n", "node.toml");
  REQUIRE(config.ok());
  CHECK(config->data_dir == "/data");
  CHECK(config->partitions == 7);
  CHECK(config->engine_threads == 2);
  CHECK(config->wal_mib_max == 64);
  CHECK(config->batch_commands_max == Config{}.batch_commands_max);
}

TEST_CASE("What is unknown or impossible is named") {
  struct Wrong {
    const char* text;
    const char* message;
  };
  const Wrong cases[] = {
      {"[api]\nlisen = \"127.0.0.1:1\"\n", "node.toml:2: api.lisen is not known: did you mean listen?"},
      {"\n[apis]\n", "node.toml:2: apis is not known: did you mean [api]?"},
      {"listen = 1\n", "node.toml:1: listen is not known outside a section: it belongs under [api] or [admin]"},
      {"data_dir = \"/d\"\n", "node.toml:1: data_dir is not known outside a section: it belongs under [node]"},
      {"[api]\ndata_dir = \"/d\"\n", "node.toml:2: api.data_dir is not known here: it belongs under [node]"},
      {"[api]\ncolour = 1\n", "node.toml:2: api.colour is not known: see `tollgate config example` for what there is"},
      {"api = 5\n", "node.toml:1: api must be a section"},
      {"[api]\nlisten = 8080\n", "node.toml:2: api.listen must be a text"},
      {"[api]\nlisten = \"8080\"\n", "api.listen is \"8080\""},
      {"[api]\nlisten = \"localhost:8080\"\n", "api.listen is \"localhost:8080\""},
      {"[api]\nlisten = \"127.0.0.1:70000\"\n", "api.listen"},
      {"[api]\nlisten = \"0.0.0.0:8080\"\n", "api.listen is 0.0.0.0:8080, which others can reach"},
      {"[admin]\nlisten = \"[::]:8080\"\n", "admin.listen is [::]:8080, which others can reach"},
      {"[api]\ntls_key = \"k.pem\"\n", "api.tls_certificate and api.tls_key"},
      {"[api]\nclient_certificates = \"on\"\n", "must be one of off, optional, required"},
      {"[admin]\nclient_certificates = \"required\"\nclient_ca = \"ca.pem\"\n", "which needs admin.tls_certificate"},
      {"[api]\ntls_certificate = \"c\"\ntls_key = \"k\"\nclient_certificates = \"optional\"\n", "set api.client_ca"},
      {"[api]\ntls_certificate = \"c\"\ntls_key = \"k\"\nclient_ca = \"ca.pem\"\n", "do nothing while api.client_certificates is off"},
      {"[admin]\nclient_crl = \"crl.pem\"\n", "do nothing while admin.client_certificates is off"},
      {"[api]\nlisten = \"127.0.0.1:9\"\n[admin]\nlisten = \"127.0.0.1:9\"\n",
       "api.listen and admin.listen must differ"},
      {"[api]\npublic_url = \"pay.example.com\"\n", "api.public_url"},
      {"[api]\npublic_url = \"https://pay.example.com/\"\n", "api.public_url"},
      {"[observe]\nalert_webhook = \"hooks.example.com\"\n", "observe.alert_webhook must begin with https:// or http://"},
      {"[observe]\nalert_webhook = \"https://node:secret@hooks.example.com/x\"\n", "observe.alert_webhook must have no user and no password"},
      {"[node]\nlog_level = \"loud\"\n",
       "node.toml:2: node.log_level is \"loud\", but must be one of debug, info, warn, error"},
      {"[node]\ndata_dir = \"\"\n", "node.data_dir"},
      {"[engine]\nthreads = 8\n", "engine.threads is 8, more than engine.partitions (4)"},
      {"[engine]\nmailbox_commands_max = 16\n", "engine.batch_commands_max"},
      {"[acquirer]\ninquiry_delay_first_ms = 5000\ninquiry_delay_max_ms = 1000\n", "acquirer.inquiry_delay_max_ms"},
      {"[api\n", "node.toml:1"},
      {"[engine]\nthreads = 1\nthreads = 2\n", "node.toml:3"},
  };
  for (const Wrong& wrong : cases) {
    INFO(wrong.text);
    const std::string message = message_for(wrong.text);
    INFO(message);
    CHECK(contains(message, wrong.message));
  }
}

TEST_CASE("An address beyond loopback is fine with TLS, and loopback without") {
  CHECK(message_for("[api]\nlisten = \"0.0.0.0:443\"\ntls_certificate = \"c.pem\"\ntls_key = \"k.pem\"\n").empty());
  CHECK(message_for("[api]\nlisten = \"[::1]:8080\"\n").empty());
  CHECK(message_for("[observe]\nalert_webhook = \"https://hooks.example.com/x?y=z@home\"\n").empty());
}

TEST_CASE("Of the alerts' webhook the scheme and the host are shown, and never what follows them") {
  using Parts = std::pair<std::string, std::string>;
  CHECK(split_webhook("https://hooks.example.com:8443/T0/secret?key=x") == Parts("https://hooks.example.com:8443", "/T0/secret?key=x"));
  CHECK(split_webhook("http://[::1]:9?key=a/b") == Parts("http://[::1]:9", "/?key=a/b"));
  CHECK(split_webhook("https://hooks.example.com#secret") == Parts("https://hooks.example.com", "/#secret"));
  CHECK(split_webhook("https://hooks.example.com") == Parts("https://hooks.example.com", "/"));
}

TEST_CASE("Addresses are read as they are written") {
  const auto v4 = parse_endpoint("127.0.0.1:0"), v6 = parse_endpoint("[::1]:65535");
  REQUIRE(v4.ok());
  REQUIRE(v6.ok());
  CHECK(v4->url(false, 8080) == "http://127.0.0.1:8080");
  CHECK(v6->address == "::1");
  CHECK(v6->url(true, v6->port) == "https://[::1]:65535");
  for (const char* wrong : {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "::1:80", "[::1]",
                            "[127.0.0.1]:80", "1.2.3:80"}) {
    INFO(wrong);
    CHECK_FALSE(parse_endpoint(wrong).ok());
  }
}

TEST_CASE("A file that is not there is named") {
  CHECK(contains(std::string(message_of(load_config("/no/such/file.toml").status())), "/no/such/file.toml"));
}

}  // namespace tollgate::cli

namespace tollgate::cli {
namespace {

std::string acquirer_with(std::string_view more, std::string_view name = "psp") {
  return fmt::format("[[acquirers]]\nname = \"{}\"\nbase_url = \"https://api.psp.example\"\nsecret_key_file = \"psp.key\"\n{}\n", name, more);
}

}  // namespace

TEST_CASE("Live acquirers are sections of their own, as many as there are") {
  const auto config = parse_config(acquirer_with("timeout_ms = 5000") + acquirer_with("", "other-2"), "node.toml");
  INFO(config.status().ToString());
  REQUIRE(config.ok());
  REQUIRE(config->acquirers.size() == 2);
  CHECK(config->acquirers[0].name == "psp");
  CHECK(config->acquirers[0].base_url == "https://api.psp.example");
  CHECK(config->acquirers[0].timeout_ms == 5'000);
  CHECK(config->acquirers[1].name == "other-2");
  CHECK(config->acquirers[1].timeout_ms == AcquirerConfig().timeout_ms);
}

TEST_CASE("A live acquirer that cannot work is named with what is wrong with it") {
  const std::pair<std::string, std::string_view> cases[] = {
      {"[acquirers]\nname = \"psp\"\n", "[[acquirers]]"},
      {"acquirers = 5\n", "[[acquirers]]"},
      {"[[acquirers]]\nname = \"psp\"\nsecret_key_file = \"k\"\n", "acquirers.base_url of psp"},
      {"[[acquirers]]\nname = \"psp\"\nbase_url = \"https://x\"\n", "acquirers.secret_key_file of psp"},
      {acquirer_with("", "No Name"), "acquirers.name"},
      {acquirer_with("", "sandbox"), "acquirers.name"},
      {acquirer_with("") + acquirer_with(""), "twice"},
      {acquirer_with("timeout_ms = 10000"), "acquirers.timeout_ms of psp"},
      {acquirer_with("kind = \"iso8583\""), "node.toml:5: acquirers.kind"},
      {acquirer_with("api_version = \"2020-08-27\""), "2022-11-15 or later"},
      {acquirer_with("api_version = \"latest\""), "2022-11-15 or later"},
      {acquirer_with("sectret = 1"), "node.toml:5: acquirers.sectret is not known"},
      {acquirer_with("in_flight_max = 0"), "acquirers.in_flight_max is 0"},
  };
  for (const auto& [text, words] : cases) {
    INFO(text);
    CHECK(contains(message_for(text), words));
  }
}

}  // namespace tollgate::cli
