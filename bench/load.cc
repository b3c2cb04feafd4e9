// tollgate-load: drives a node on this machine and prints what it measured, one JSON object on stdout, text on stderr.
#include <arpa/inet.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "tollgate/load/run.h"

namespace {

using namespace tollgate::load;

struct Options {
  std::string address;
  std::string operation = "payment";
  std::string keys_path;
  std::vector<std::string> keys;
  uint32_t connections = 64;
  double rate_per_s = 0;
  double seconds = 10;
  double warmup_seconds = 1;
  uint64_t count = 1'000'000'000;
  uint64_t prepare = 10'000;
  uint64_t partners_max = 1'000'000;
};

// Loopback only: this is a benchmark of a machine, not a tool against others.
bool parse_address(const std::string& text, sockaddr_in& to) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::strtoul(text.c_str() + colon + 1, nullptr, 10)));
  const std::string host = text.substr(0, colon);
  if (::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &to.sin_addr) != 1) return false;
  return (ntohl(to.sin_addr.s_addr) >> 24) == 127 && to.sin_port != 0;
}

bool read_keys(Options& options) {
  if (options.keys_path.empty()) {
    if (options.keys.empty()) options.keys.push_back("none");
    return true;
  }
  std::ifstream file(options.keys_path);
  std::string line;
  while (options.keys.size() < options.partners_max && std::getline(file, line)) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    if (!entry.is_object() || !entry.contains("secret_key") || !entry["secret_key"].is_string()) return false;
    options.keys.push_back(entry["secret_key"].get<std::string>());
  }
  return !options.keys.empty();
}

double cpu_seconds() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double rounded(double value) { return static_cast<double>(static_cast<int64_t>(value * 10 + 0.5)) / 10; }

nlohmann::ordered_json report(const Options& options, const PhaseResult& result, std::size_t partners, double cpu) {
  nlohmann::ordered_json json;
  json["operation"] = options.operation;
  json["mode"] = options.rate_per_s > 0 ? "open" : "closed";
  json["connections"] = options.connections;
  if (options.rate_per_s > 0) json["rate_per_s"] = options.rate_per_s;
  json["partners"] = partners;
  json["seconds"] = rounded(result.measured_seconds);
  json["answered"] = result.answered;
  json["measured"] = result.measured;
  json["throughput_per_s"] = rounded(static_cast<double>(result.measured) / result.measured_seconds);
  json["p50_us"] = rounded(result.latency.percentile_us(50));
  json["p90_us"] = rounded(result.latency.percentile_us(90));
  json["p99_us"] = rounded(result.latency.percentile_us(99));
  json["p99_9_us"] = rounded(result.latency.percentile_us(99.9));
  json["max_us"] = rounded(result.latency.max_us());
  json["mean_us"] = rounded(result.latency.mean_us());
  json["not_sent"] = result.not_sent;
  json["errors"] = result.errors;
  json["generator_cpu_seconds"] = rounded(cpu);
  return json;
}

int run(const Options& options) {
  sockaddr_in server;
  const auto operation = parse_operation(options.operation);
  if (!parse_address(options.address, server) || !operation) {
    std::fprintf(stderr, "tollgate-load: --address must be 127.x.x.x:port, --operation one that --help names\n");
    return 2;
  }
  Requests requests(options.address, options.keys,
                    std::random_device{}() * 0x9e3779b97f4a7c15ULL + std::random_device{}());
  LoadRun load(server, options.connections, requests);
  if (const std::string problem = load.connect(); !problem.empty()) {
    std::fprintf(stderr, "tollgate-load: %s\n", problem.c_str());
    return 1;
  }
  Phase phase;
  phase.operation = *operation;
  phase.count_max = options.count;
  phase.seconds_max = options.seconds + options.warmup_seconds;
  phase.warmup_seconds = options.warmup_seconds;
  phase.rate_per_s = options.rate_per_s;
  phase.payments_made = 1;
  if (*operation == Operation::retrieve || *operation == Operation::list || *operation == Operation::replay) {
    Phase prepare;
    prepare.count_max = phase.payments_made = options.prepare;
    prepare.seconds_max = 600;
    prepare.keep_names = true;
    const PhaseResult prepared = load.run(prepare);
    if (prepared.answered != options.prepare) {
      std::fprintf(stderr, "tollgate-load: preparing payments failed: %s\n", prepared.first_error.c_str());
      return 1;
    }
  }
  const double cpu_before = cpu_seconds();
  const PhaseResult result = load.run(phase);
  const nlohmann::ordered_json json = report(options, result, requests.partners(), cpu_seconds() - cpu_before);
  std::printf("%s\n", json.dump().c_str());
  std::fprintf(stderr, "%s: %.0f/s, p50 %.0f us, p99 %.0f us, p99.9 %.0f us, max %.0f us, %lu answered\n",
               options.operation.c_str(), json["throughput_per_s"].get<double>(), json["p50_us"].get<double>(),
               json["p99_us"].get<double>(), json["p99_9_us"].get<double>(), json["max_us"].get<double>(),
               static_cast<unsigned long>(result.answered));
  if (result.errors.empty()) return 0;
  std::fprintf(stderr, "errors: %s\nfirst: %s\n", nlohmann::json(result.errors).dump().c_str(),
               result.first_error.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Load generator for a tollgate node on this machine");
  app.add_option("--address", options.address, "127.0.0.1:port of the API, with http:// or without")->required();
  app.add_option("--operation", options.operation, "payment, raw-card, retrieve, list, replay, card, trivial")
      ->capture_default_str();
  app.add_option("--keys", options.keys_path, "keys.jsonl: one {\"partner\", \"secret_key\"} a line");
  app.add_option("--key", options.keys, "a secret key, instead of --keys");
  app.add_option("--partners", options.partners_max, "use only so many of the keys");
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 10'000))->capture_default_str();
  app.add_option("--rate", options.rate_per_s, "open loop: requests per second; 0: closed loop")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.0, 7'200.0))->capture_default_str();
  app.add_option("--warmup", options.warmup_seconds, "seconds before measuring")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  app.add_option("--count", options.count, "stop after so many requests")->check(CLI::Range(1UL, 1'000'000'000UL));
  app.add_option("--prepare", options.prepare, "payments made first, for retrieve, list and replay")
      ->check(CLI::Range(1UL, 10'000'000UL));
  CLI11_PARSE(app, argc, argv);
  if (options.address.starts_with("http://")) options.address.erase(0, 7);
  if (!read_keys(options)) {
    std::fprintf(stderr, "tollgate-load: no keys in %s\n", options.keys_path.c_str());
    return 2;
  }
  return run(options);
}
