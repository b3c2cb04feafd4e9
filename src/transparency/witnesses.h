// Asks witnesses to cosign (C2SP tlog-witness): one request at a time, on a thread of its own, so that a witness that is slow or gone
// holds nobody else.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "tollgate/base/time.h"
#include "tollgate/proof/cosignature.h"
#include "tollgate/proof/kept.h"
#include "tollgate/proof/static_log.h"
#include "transparency/witness_client.h"

namespace tollgate::transparency {

inline constexpr std::size_t witnesses_max = 16;

struct Witness {
  proof::VerifierKey key;
  std::string url;  // "https://witness.example/prefix": add-checkpoint is asked for below it
};

struct WitnessOptions {
  int64_t interval_us = 10 * us_per_second;
  uint32_t timeout_ms = 5'000;
  std::string ca_file;  // PEM: whom to trust over https; empty: the system's certificates
};

// Lines "witness NAME VKEY URL", as in a C2SP tlog-policy; empty lines and lines that begin with # are passed over.
[[nodiscard]] StatusOr<std::vector<Witness>> parse_witnesses(std::string_view text, const WitnessOptions& options = {});

// What the witnesses' thread needs of the log. Called from it.
struct WitnessedLog {
  std::function<std::vector<proof::KeptCheckpoint>()> newest;
  std::function<StatusOr<proof::Path>(uint32_t partition, uint64_t old_size, uint64_t size)> consistency;
  // A checkpoint with the cosignatures that it got, at least one.
  std::function<void(std::vector<proof::KeptCheckpoint>)> cosigned;
};

class Witnesses {
 public:
  Witnesses(std::vector<Witness> witnesses, WitnessOptions options, WitnessedLog log, std::function<void(const std::string&)> report);
  ~Witnesses();
  void start();
  // Waits for the request that is under way, at most its timeout. Idempotent.
  void stop();
  [[nodiscard]] std::vector<proof::LogStatus::Witness> status() const;

  // One round over all partitions and witnesses; the thread does this again and again.
  void ask_all();

 private:
  struct Asked;
  void run();
  [[nodiscard]] Status ask(Asked& witness, const proof::KeptCheckpoint& checkpoint, proof::Note& cosigned);
  [[nodiscard]] StatusOr<WitnessReply> post(Asked& witness, uint64_t old_size, const proof::KeptCheckpoint& checkpoint);
  [[nodiscard]] bool stopping() const;

  const WitnessOptions options_;
  const WitnessedLog log_;
  const std::function<void(const std::string&)> report_;
  std::vector<std::unique_ptr<Asked>> witnesses_;
  std::map<uint32_t, uint64_t> sizes_;  // that all of them have cosigned
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::vector<proof::LogStatus::Witness> status_;  // by witness
  std::thread thread_;
};

}  // namespace tollgate::transparency
