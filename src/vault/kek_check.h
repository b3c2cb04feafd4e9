// Looks now and then whether the key provider still answers, in a thread of its own: the vault does not need it for payments, but a restart and
// a change of keys do, and nobody would notice before.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "tollgate/vault/keys.h"
#include "vault/keyring.h"

namespace tollgate::vault {

class KekCheck {
 public:
  KekCheck(Keyring& ring, std::function<void(const std::string&)> note) : ring_(ring), note_(std::move(note)) {}
  ~KekCheck();

  // At once, and then every `interval_us`. Once.
  void begin(int64_t interval_us);
  // Somebody has asked the provider for something: look again, also if it was not to be tried any more.
  void look_again();
  [[nodiscard]] VaultKekCheck state() const;

 private:
  void run(int64_t interval_us);
  void look();

  Keyring& ring_;
  const std::function<void(const std::string&)> note_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  VaultKekCheck state_;
  int64_t asked_us_ = 0;    // monotonic; 0: it is not being asked
  bool refused_ = false;    // the PIN: another try could lock the token
  bool again_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tollgate::vault
