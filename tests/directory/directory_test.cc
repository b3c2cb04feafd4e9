#include "tollgate/directory/directory.h"

#include <atomic>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "directory/folder.h"
#include "support/catch.h"
#include "tollgate/base/clock.h"
#include "tollgate/directory/secret_file.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate {
namespace {

constexpr int64_t now_us = 1'750'000'000 * us_per_second;

// Only rows of partners, as the directory reads them at the start.
class Rows final : public EventLog {
 public:
  void put(const Partner& partner) { rows_[keys::partner(partner.id)] = wire::encode(partner); }
  std::map<std::string, std::string>& raw() { return rows_; }

  Status append(std::span<const Append>, std::span<const Row>) override { return failed_precondition("read only"); }
  StatusOr<Head> head(uint32_t) const override { return Head{}; }
  StatusOr<std::vector<uint32_t>> partitions() const override { return std::vector<uint32_t>{}; }
  Status read(uint32_t, uint64_t, const RecordVisitor&) const override { return absl::OkStatus(); }
  Status get(Table, std::string_view, std::string&) const override { return not_found("no rows"); }
  Status scan(Table table, std::string_view from, std::string_view to, Order, const RowVisitor& visit) const override {
    if (table != Table::partners) return absl::OkStatus();
    for (auto at = rows_.lower_bound(std::string(from)); at != rows_.end() && (to.empty() || at->first < to); ++at)
      if (!visit(at->first, at->second)) break;
    return absl::OkStatus();
  }

 private:
  std::map<std::string, std::string> rows_;
};

class Fixture {
 public:
  Fixture() { reopen(); }
  void reopen() {
    auto opened = open_directory(log, folder.path("pepper.key"), 4);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    directory = *std::move(opened);
  }
  std::shared_ptr<Partner> partner(uint64_t id, std::vector<ApiKey> keys = {}) {
    auto made = std::make_shared<Partner>();
    made->id = PartnerId{id};
    made->partition = directory->choose_partition();
    made->config.name = "Shop";
    made->keys = std::move(keys);
    return made;
  }
  std::optional<AuthFailure> failure_of(std::string_view text, int64_t at_us = now_us) const {
    AuthFailure why{};
    if (directory->authenticate(text, at_us, why)) return std::nullopt;
    return why;
  }

  Folder folder;
  Rows log;
  SeededRandom random{7};
  std::unique_ptr<Directory> directory;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "A key opens its partner, in its mode and scope") {
  const NewKey test = directory->new_key(Mode::test, KeyScope::all, now_us, random);
  const NewKey live = directory->new_key(Mode::live, KeyScope::read_only, now_us, random);
  CHECK(test.text.substr(0, 8) == "sk_test_");
  CHECK(live.text.substr(0, 8) == "sk_live_");
  CHECK(test.text.size() == 52);
  directory->put(partner(1, {test.key, live.key}));
  AuthFailure why{};
  const auto as_test = directory->authenticate(test.text, now_us, why);
  REQUIRE(as_test);
  CHECK(as_test->partner->id == PartnerId{1});
  CHECK(as_test->mode == Mode::test);
  CHECK(as_test->scope == KeyScope::all);
  CHECK(as_test->key_id == test.key.id);
  const auto as_live = directory->authenticate(live.text, now_us, why);
  REQUIRE(as_live);
  CHECK(as_live->mode == Mode::live);
  CHECK(as_live->scope == KeyScope::read_only);
}

TEST_CASE_METHOD(Fixture, "A text that is no key of ours opens nothing") {
  const NewKey made = directory->new_key(Mode::test, KeyScope::all, now_us, random);
  directory->put(partner(1, {made.key}));
  const std::string& text = made.text;
  std::string wrong_secret = text, wrong_id = text;
  wrong_secret.back() = wrong_secret.back() == 'a' ? 'b' : 'a';
  wrong_id[8] = wrong_id[8] == 'a' ? 'b' : 'a';
  struct KeyCase {
    const char* name;
    std::string text;
    AuthFailure why;
  };
  const KeyCase rows[] = {
      {"empty", "", AuthFailure::malformed},
      {"prefix alone", "sk_test_", AuthFailure::malformed},
      {"another prefix", "pk" + text.substr(2), AuthFailure::malformed},
      {"too short", text.substr(0, text.size() - 1), AuthFailure::malformed},
      {"too long", text + "a", AuthFailure::malformed},
      {"another alphabet", text.substr(0, text.size() - 1) + "-", AuthFailure::malformed},
      {"wrong secret", wrong_secret, AuthFailure::unknown},
      {"unknown id", wrong_id, AuthFailure::unknown},
      {"right id and secret as a live key", "sk_live_" + text.substr(8), AuthFailure::unknown},
  };
  for (const KeyCase& row : rows) {
    INFO(row.name);
    CHECK(failure_of(row.text) == row.why);
  }
  CHECK_FALSE(failure_of(text));
}

TEST_CASE_METHOD(Fixture, "A key ends when it expires or is revoked") {
  NewKey expiring = directory->new_key(Mode::test, KeyScope::all, now_us, random);
  expiring.key.expires_us = now_us + 10;
  NewKey revoked = directory->new_key(Mode::test, KeyScope::all, now_us, random);
  revoked.key.revoked_us = now_us - 10;
  directory->put(partner(1, {expiring.key, revoked.key}));
  CHECK_FALSE(failure_of(expiring.text, now_us + 9));
  CHECK(failure_of(expiring.text, now_us + 10) == AuthFailure::expired);
  CHECK(failure_of(revoked.text) == AuthFailure::revoked);
}

TEST_CASE_METHOD(Fixture, "A partner's new state replaces the old one, keys that it dropped included") {
  const NewKey first = directory->new_key(Mode::test, KeyScope::all, now_us, random);
  const NewKey second = directory->new_key(Mode::test, KeyScope::all, now_us, random);
  directory->put(partner(1, {first.key}));
  auto changed = partner(1, {second.key});
  changed->status = PartnerStatus::suspended;
  directory->put(changed);
  CHECK(directory->size() == 1);
  CHECK(failure_of(first.text) == AuthFailure::unknown);
  AuthFailure why{};
  CHECK(directory->authenticate(second.text, now_us, why)->partner->status == PartnerStatus::suspended);
  CHECK(directory->find(PartnerId{1})->status == PartnerStatus::suspended);
  CHECK(directory->find(PartnerId{2}) == nullptr);
}

TEST_CASE_METHOD(Fixture, "Lists go through all partners by id, page by page") {
  for (const uint64_t id : {50, 10, 40, 20, 30}) directory->put(partner(id));
  std::vector<uint64_t> seen;
  PartnerId after{};
  for (;;) {
    const auto page = directory->list(after, 2);
    if (page.empty()) break;
    CHECK(page.size() <= 2);
    for (const auto& one : page) seen.push_back(one->id.value);
    after = page.back()->id;
  }
  CHECK(seen == std::vector<uint64_t>{10, 20, 30, 40, 50});
}

TEST_CASE_METHOD(Fixture, "New partners spread over the partitions, also when many are created at once") {
  std::map<uint32_t, int> chosen;
  for (int i = 0; i < 400; ++i) ++chosen[directory->choose_partition()];
  CHECK(chosen.size() == 4);
  for (const auto& [partition, count] : chosen) {
    CHECK(partition >= 1);
    CHECK(partition <= 4);
    CHECK(count == 100);
  }
}

TEST_CASE_METHOD(Fixture, "Partners and the validity of their keys survive a restart") {
  const NewKey made = directory->new_key(Mode::test, KeyScope::all, now_us, random);
  const auto kept = partner(9, {made.key});
  log.put(*kept);
  reopen();
  CHECK(*directory->find(PartnerId{9}) == *kept);
  CHECK_FALSE(failure_of(made.text));
}

TEST_CASE_METHOD(Fixture, "A data directory with partners is not opened without its pepper") {
  log.put(*partner(9));
  std::filesystem::remove(folder.path("pepper.key"));
  const auto opened = open_directory(log, folder.path("pepper.key"), 4);
  REQUIRE_FALSE(opened.ok());
  CHECK(std::string(message_of(opened.status())).find("pepper.key") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path("pepper.key")));
}

TEST_CASE_METHOD(Fixture, "A pepper with one wrong bit is refused: no key would be known any more") {
  log.put(*partner(9));
  const std::string file = folder.path("pepper.key");
  const std::string content(load_secret_file(file)->reveal());
  const auto opens = [&](const std::string& bytes) {
    REQUIRE(write_secret_file(file, bytes).ok());
    return open_directory(log, file, 4).ok();
  };
  for (std::size_t at = 0; at < content.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = content;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      CHECK_FALSE(opens(changed));
    }
  for (std::size_t size = 0; size < content.size(); ++size)
    if (size != 64 && size != 65) CHECK_FALSE(opens(content.substr(0, size)));
  CHECK(opens(content));
  // As older versions wrote it.
  CHECK(opens(content.substr(0, 64)));
}

TEST_CASE_METHOD(Fixture, "A row that is no partner's is data loss") {
  SECTION("bytes that do not decode") { log.raw()[keys::partner(PartnerId{9})] = "\xff\xff\xff"; }
  SECTION("another partner's row") { log.raw()[keys::partner(PartnerId{9})] = wire::encode(*partner(8)); }
  CHECK(open_directory(log, folder.path("pepper.key"), 4).status().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE_METHOD(Fixture, "A hundred thousand partners load, and every lookup stays quick") {
  constexpr uint64_t count = 100'000;
  std::string text;
  for (uint64_t id = 1; id <= count; ++id) {
    NewKey made = directory->new_key(Mode::test, KeyScope::all, now_us, random);
    auto one = partner(id, {std::move(made.key)});
    if (id == count / 2) text = made.text;
    log.put(*one);
  }
  const int64_t start_us = monotonic_us();
  reopen();
  const int64_t loaded_us = monotonic_us();
  CHECK(directory->size() == count);
  constexpr int lookups = 10'000;
  for (int i = 0; i < lookups; ++i) REQUIRE_FALSE(failure_of(text));
  const int64_t done_us = monotonic_us();
  // Generous, for a sanitizer on a busy machine: a walk over the partners would take a hundred times as long.
  CHECK(loaded_us - start_us < 20 * us_per_second);
  CHECK((done_us - loaded_us) / lookups < 200);
}

TEST_CASE_METHOD(Fixture, "Lookups go on while partners change, and see one state or the other") {
  const NewKey made = directory->new_key(Mode::test, KeyScope::all, now_us, random);
  directory->put(partner(1, {made.key}));
  std::atomic<bool> done{false};
  std::atomic<int> failures{0};
  std::thread reader([&] {
    while (!done) {
      if (failure_of(made.text)) ++failures;
      if (directory->find(PartnerId{1}) == nullptr) ++failures;
    }
  });
  for (uint64_t i = 0; i < 5'000; ++i) {
    auto changed = partner(1, {made.key});
    changed->version = i;
    directory->put(std::move(changed));
    directory->put(partner(2 + i));
  }
  done = true;
  reader.join();
  CHECK(failures == 0);
  CHECK(directory->find(PartnerId{1})->version == 4'999);
}

}  // namespace tollgate
