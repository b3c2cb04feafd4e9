// simulator: runs simulations of the whole engine from seeds. See README, "Simulator".
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "simulator/simulation.h"

namespace {

using namespace tollgate;
using namespace tollgate::sim;

// What runs now: an assertion of the engine that fails ends the process, and the seed must be known then too.
Simulation* running = nullptr;
uint64_t running_seed = 0;

void on_abort(int) {
  if (running != nullptr) {
    std::fprintf(stdout, "seed %llu, step %llu: an assertion of the engine failed\n", static_cast<unsigned long long>(running_seed),
                 static_cast<unsigned long long>(running->step()));
    running->print_trace(stdout);
    std::fflush(stdout);
  }
  std::_Exit(1);
}

struct Flags {
  uint64_t seed = 1, seeds = 1, steps = RunOptions{}.steps;
  double minutes = 0;
  bool verbose = false, json = false;
  std::string sabotage;
};

int usage_error(const std::string& what) {
  std::fprintf(stderr, "simulator: %s\n", what.c_str());
  return 2;
}

void print(const RunResult& result, const Flags& flags, uint64_t seed, const Simulation& simulation) {
  if (flags.json) {
    nlohmann::json line{{"seed", seed}, {"ok", result.ok}, {"hash", fmt::format("{:016x}", result.hash)}, {"steps", result.step},
                        {"records", result.records}, {"answers", result.answers}, {"starts", result.starts}};
    if (!result.ok) line["failure"] = result.failure;
    std::puts(line.dump().c_str());
  } else if (!result.ok) {
    std::printf("seed %llu, step %llu: %s\n", static_cast<unsigned long long>(seed), static_cast<unsigned long long>(result.step),
                result.failure.c_str());
    if (!flags.verbose) simulation.print_trace(stdout);
    std::printf("repeat it with: simulator --seed %llu --steps %llu --verbose\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(flags.steps));
  } else if (flags.seeds == 1 && flags.minutes == 0) {
    std::printf("seed %llu: fine, hash %016llx, %llu records, %llu answers, %llu starts\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(result.hash), static_cast<unsigned long long>(result.records),
                static_cast<unsigned long long>(result.answers), static_cast<unsigned long long>(result.starts));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App app{"Runs the whole engine in a simulated world that follows from a seed, and checks it after every step.\n"
               "Exit status: 0 all is well, 1 a run failed (its seed is printed), 2 wrong usage."};
  app.add_option("--seed", flags.seed, "The first seed")->capture_default_str();
  app.add_option("--seeds", flags.seeds, "How many seeds, one after the other")->capture_default_str();
  app.add_option("--minutes", flags.minutes, "Go on with new seeds for so long, instead of --seeds");
  app.add_option("--steps", flags.steps, "What partners and operators do in each run, in steps")->capture_default_str();
  app.add_flag("--verbose", flags.verbose, "Print everything that happens");
  app.add_flag("--json", flags.json, "One JSON object a run");
  std::string names;
  for (const SabotageName& known : sabotages) names += fmt::format("\n  {}: {}", known.name, known.what);
  app.add_option("--sabotage", flags.sabotage, "Break the engine on purpose; runs must then fail:" + names);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  Sabotage sabotage = Sabotage::none;
  if (!flags.sabotage.empty()) {
    const auto named = sabotage_named(flags.sabotage);
    if (!named) return usage_error("there is no sabotage \"" + flags.sabotage + "\"; --help lists them");
    sabotage = *named;
  }
  std::signal(SIGABRT, on_abort);

  const int64_t start_us = monotonic_us();
  const int64_t end_us = start_us + static_cast<int64_t>(flags.minutes * 60 * 1e6);
  uint64_t runs = 0;
  for (uint64_t seed = flags.seed; flags.minutes > 0 ? monotonic_us() < end_us : runs < flags.seeds; ++seed) {
    auto simulation = std::make_unique<Simulation>(RunOptions{.seed = seed, .steps = flags.steps, .sabotage = sabotage, .verbose = flags.verbose});
    running = simulation.get();
    running_seed = seed;
    const RunResult result = simulation->run();
    running = nullptr;
    ++runs;
    print(result, flags, seed, *simulation);
    if (!result.ok) return 1;
  }
  if (!flags.json && (flags.seeds > 1 || flags.minutes > 0)) {
    const double seconds = static_cast<double>(monotonic_us() - start_us) / 1e6;
    std::printf("%llu seeds are fine, %.0f a minute\n", static_cast<unsigned long long>(runs), static_cast<double>(runs) / seconds * 60);
  }
  return 0;
}
