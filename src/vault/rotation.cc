#include "vault/rotation.h"

#include <algorithm>
#include <chrono>

#include "tollgate/base/clock.h"
#include "vault/key_row.h"

namespace tollgate::vault {
namespace {

constexpr std::size_t batch_rows_max = 64;
constexpr std::size_t batches_per_s_min = 10;
constexpr auto writers_interval = std::chrono::milliseconds(1);
constexpr char row_kinds[] = {Cards::row_kind, SubjectKeys::row_kind};
constexpr uint64_t rows_between_looks = 4'096;

}  // namespace

Rotation::Rotation(Store& store, Keyring& ring, const Cards& cards, SubjectKeys& subjects, uint32_t rows_per_s,
                   std::function<void(const std::string&)> note)
    : store_(store), ring_(ring), cards_(cards), subjects_(subjects), rows_per_s_(std::max(rows_per_s, 1u)), note_(std::move(note)), kek_check_(ring, note_),
      thread_([this] { run(); }) {}

Rotation::~Rotation() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

VaultKeysInfo Rotation::info() const {
  VaultKeysInfo info;
  info.provider = ring_.provider();
  info.kek_id = ring_.kek_id();
  info.memory_locked = memory_is_locked();
  info.kek_check = kek_check_.state();
  const auto keys = ring_.all();
  const std::lock_guard lock(mutex_);
  for (const auto& key : keys) {
    VaultKeyInfo& one = info.keys.emplace_back();
    one.number = key->number;
    one.kind = name_of(key->kind);
    one.created_us = key->created_us;
    const bool retiring = key->state == KeyState::retiring;
    one.state = retiring ? "retiring" : "active";
    if (!retiring || !left_) continue;
    const auto rows = left_->find(key->number);
    one.rows_left = rows == left_->end() ? 0 : rows->second;
  }
  info.job = job_;
  info.jobs_done = jobs_done_;
  info.problem = problem_;
  info.rows_encrypted = rows_encrypted_;
  info.rows_damaged = rows_damaged_;
  return info;
}

Status Rotation::begin(const char* job) {
  {
    const std::lock_guard lock(mutex_);
    if (!job_.empty()) return failed_precondition("a {} of the vault's keys is in work: wait until it has ended (tollgate vault status)", job_);
    job_ = job;
    job_waits_ = true;
  }
  wake_.notify_all();
  return {};
}

void Rotation::run() {
  bool walk_wanted = true;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (job_waits_) {
      job_waits_ = false;
      const std::string job = job_;
      lock.unlock();
      do_job(job);
      lock.lock();
      walk_wanted = true;
      continue;
    }
    if (!walk_wanted) {
      wake_.wait(lock, [this] { return stopped_ || job_waits_; });
      continue;
    }
    lock.unlock();
    const auto done = walk();
    lock.lock();
    if (!done.ok()) problem_ = message_of(done.status());
    // Interrupted: again. Damaged rows do not get better by trying.
    walk_wanted = done.ok() && !*done;
  }
}

void Rotation::do_job(const std::string& job) {
  const Status status = job == "rotate" ? ring_.rotate() : ring_.rewrap();
  // A PIN that was refused is not tried once more.
  if (!absl::IsPermissionDenied(status)) kek_check_.look_again();
  say(status.ok() ? fmt::format("the vault's keys: {} is done", job) : fmt::format("the vault's keys: {} failed: {}", job, message_of(status)));
  const std::lock_guard lock(mutex_);
  problem_ = message_of(status);
  job_.clear();
  left_.reset();
  ++jobs_done_;
}

bool Rotation::may_go_on() const {
  const std::lock_guard lock(mutex_);
  return !stopped_ && !job_waits_;
}

// What was sealed under a key before it began to retire may still be on its way to the disk.
bool Rotation::wait_for_writers() {
  for (const auto& key : ring_.all()) {
    while (key->state == KeyState::retiring && key->writers != 0) {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, writers_interval, [this] { return stopped_ || job_waits_; })) return false;
    }
  }
  return true;
}

StatusOr<bool> Rotation::walk() {
  const auto keys = ring_.all();
  if (std::none_of(keys.begin(), keys.end(), [](const auto& key) { return key->state == KeyState::retiring; })) return true;
  if (!wait_for_writers()) return false;
  {
    const std::lock_guard lock(mutex_);
    rows_damaged_ = 0;
  }
  TOLLGATE_RETURN_IF_ERROR(count());
  for (const char kind : row_kinds) TOLLGATE_RETURN_IF_ERROR(rewrite(kind));
  if (!may_go_on()) return false;
  // Counted again, not taken from what was done: a key is destroyed once, and for ever.
  TOLLGATE_RETURN_IF_ERROR(count());
  if (!may_go_on()) return false;
  TOLLGATE_RETURN_IF_ERROR(destroy_retired());
  if (rows_left() == 0) return true;
  const std::lock_guard lock(mutex_);
  if (rows_damaged_ == 0) return false;
  return data_loss("{} rows of the vault do not open: the key that they are under is kept. Restore the vault from a backup that has them", rows_damaged_);
}

uint64_t Rotation::rows_left() const {
  const std::lock_guard lock(mutex_);
  uint64_t rows = 0;
  if (left_)
    for (const auto& [number, count] : *left_) rows += count;
  return rows;
}

uint32_t Rotation::number_of(char row_kind, std::string_view value) const {
  const uint32_t number = row_kind == Cards::row_kind ? Cards::key_number(value) : SubjectKeys::key_number(value);
  return number == 0 ? ring_.v1_number() : number;
}

Status Rotation::count() {
  std::map<uint32_t, uint64_t> rows;
  for (const auto& key : ring_.all())
    if (key->state == KeyState::retiring) rows.emplace(key->number, 0);
  uint64_t seen = 0;
  for (const char kind : row_kinds) {
    TOLLGATE_RETURN_IF_ERROR(store_.scan(std::string(1, kind), {}, [&](std::string_view, std::string_view value) {
      if (const auto found = rows.find(number_of(kind, value)); found != rows.end()) ++found->second;
      return ++seen % rows_between_looks != 0 || may_go_on();
    }));
  }
  if (!may_go_on()) return {};
  const std::lock_guard lock(mutex_);
  left_ = std::move(rows);
  return {};
}

Status Rotation::rewrite(char row_kind) {
  const std::size_t batch_rows = std::clamp<std::size_t>(rows_per_s_ / batches_per_s_min, 1, batch_rows_max);
  std::string from;
  std::map<uint32_t, DataKeyPointer> retiring;
  for (const auto& key : ring_.all())
    if (key->state == KeyState::retiring) retiring.emplace(key->number, key);
  while (may_go_on()) {
    const int64_t begun_us = monotonic_us();
    std::vector<VaultRow> rows;
    uint64_t seen = 0;
    bool ended = true;
    // From where the last batch ended: no iterator keeps the files of an hour ago.
    TOLLGATE_RETURN_IF_ERROR(store_.scan(std::string(1, row_kind), from, [&](std::string_view key, std::string_view value) {
      from.assign(key).push_back('\0');
      if (retiring.contains(number_of(row_kind, value))) rows.push_back({std::string(key), std::string(value)});
      ended = rows.size() < batch_rows && ++seen < rows_between_looks;
      return ended;
    }));
    if (!rows.empty()) {
      TOLLGATE_RETURN_IF_ERROR(rewrite_batch(row_kind, rows));
      const int64_t next_us = begun_us + static_cast<int64_t>(rows.size()) * us_per_second / rows_per_s_;
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, std::chrono::microseconds(std::max<int64_t>(next_us - monotonic_us(), 0)), [this] { return stopped_ || job_waits_; });
    }
    if (ended) return {};
  }
  return {};
}

Status Rotation::rewrite_batch(char row_kind, std::span<const VaultRow> rows) {
  uint64_t damaged = 0;
  if (row_kind == SubjectKeys::row_kind) {
    std::vector<std::string> names;
    for (const VaultRow& row : rows) names.push_back(row.key);
    TOLLGATE_RETURN_IF_ERROR(subjects_.rewrap(names, damaged));
  } else {
    // A card's row is written once and only ever encrypted anew, here: nobody else changes it meanwhile.
    const WriteKey held = ring_.for_writing();
    std::vector<VaultRow> anew;
    for (const VaultRow& row : rows) {
      auto sealed = cards_.resealed(row, *held);
      if (sealed.ok()) anew.push_back(*std::move(sealed));
      else ++damaged;
    }
    TOLLGATE_RETURN_IF_ERROR(store_.put(anew));
  }
  const std::lock_guard lock(mutex_);
  rows_encrypted_ += rows.size() - damaged;
  rows_damaged_ += damaged;
  if (!left_) return {};
  for (const VaultRow& row : rows)
    if (const auto found = left_->find(number_of(row_kind, row.value)); found != left_->end() && found->second > 0) --found->second;
  return {};
}

Status Rotation::destroy_retired() {
  const auto left = [&] {
    const std::lock_guard lock(mutex_);
    return left_.value_or(std::map<uint32_t, uint64_t>());
  }();
  for (const auto& [number, rows] : left) {
    if (rows != 0) continue;
    TOLLGATE_RETURN_IF_ERROR(ring_.destroy(number));
    say(fmt::format("the vault's data key {} is destroyed: no row is under it any more", number));
  }
  return {};
}

void Rotation::say(const std::string& what) const {
  if (note_) note_(what);
}

}  // namespace tollgate::vault
