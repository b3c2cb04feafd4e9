// Changes keys while the vault is used: one thread that does what an operator asked for, and encrypts rows anew until no retiring key has any.
// Which key a row is under stands in the row: after a restart this goes on where it was.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "tollgate/vault/keys.h"
#include "vault/cards.h"
#include "vault/kek_check.h"
#include "vault/subject_keys.h"

namespace tollgate::vault {

class Rotation final : public VaultKeys {
 public:
  Rotation(Store& store, Keyring& ring, const Cards& cards, SubjectKeys& subjects, uint32_t rows_per_s, std::function<void(const std::string&)> note);
  ~Rotation() override;

  VaultKeysInfo info() const override;
  Status begin_rotate() override { return begin("rotate"); }
  Status begin_rewrap() override { return begin("rewrap"); }
  void check_kek_every(int64_t interval_us) override { kek_check_.begin(interval_us); }

 private:
  [[nodiscard]] Status begin(const char* job);
  void run();
  void do_job(const std::string& job);

  // True while nothing else is to be done first.
  [[nodiscard]] bool may_go_on() const;
  // One walk through all rows. True if no retiring key has rows left.
  [[nodiscard]] StatusOr<bool> walk();
  [[nodiscard]] bool wait_for_writers();
  [[nodiscard]] Status count();
  [[nodiscard]] Status rewrite(char row_kind);
  [[nodiscard]] Status rewrite_batch(char row_kind, std::span<const VaultRow> rows);
  [[nodiscard]] Status destroy_retired();
  [[nodiscard]] uint64_t rows_left() const;
  [[nodiscard]] uint32_t number_of(char row_kind, std::string_view value) const;
  void say(const std::string& what) const;

  Store& store_;
  Keyring& ring_;
  const Cards& cards_;
  SubjectKeys& subjects_;
  const uint32_t rows_per_s_;
  const std::function<void(const std::string&)> note_;
  KekCheck kek_check_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::string job_;
  bool job_waits_ = false;
  bool stopped_ = false;
  uint64_t jobs_done_ = 0, rows_encrypted_ = 0, rows_damaged_ = 0;
  std::string problem_;
  std::optional<std::map<uint32_t, uint64_t>> left_;  // rows of each retiring key, once they are counted
  std::thread thread_;
};

}  // namespace tollgate::vault
