// The keys of a vault as its files tell them, to somebody who has no key.
#include "vault/fixture.h"

namespace tollgate::test {
namespace {

std::string text_of(const VaultKeysInfo& info) {
  std::string text = info.provider + " " + info.kek_id;
  for (const VaultKeyInfo& key : info.keys) {
    text += fmt::format("; {} {} {} {}", key.number, key.kind, key.state, key.created_us);
    if (key.rows_left) text += fmt::format(" {} left", *key.rows_left);
  }
  return text;
}

TEST_CASE("the keys are read beside the vault that uses them, and are what it says itself") {
  const VaultDirectory directory;
  CHECK(absl::IsNotFound(read_vault_keys(directory.path()).status()));
  VaultOptions slow;
  slow.rewrite_rows_per_s = 1;  // so that the old key has not gone before it is looked at
  const auto vault = directory.open(slow);
  for (int i = 0; i < 60; ++i) REQUIRE(store(*vault, card_number(i)).ok());
  REQUIRE(vault->seal(first_partner, Mode::test, "cus_1", "Ada").ok());
  auto read = read_vault_keys(directory.path());
  INFO(read.status().ToString());
  REQUIRE(read.ok());
  CHECK(text_of(*read) == text_of(keys_of(*vault).info()));
  CHECK(read->provider == "file");
  CHECK(read->keys.size() == 2);

  REQUIRE(rotate(*vault).empty());
  read = read_vault_keys(directory.path());
  REQUIRE(read.ok());
  REQUIRE(read->keys.size() == 3);
  CHECK(read->keys[1].state == "retiring");
  REQUIRE(read->keys[1].rows_left);
  CHECK(*read->keys[1].rows_left >= 50);
  CHECK(*read->keys[1].rows_left <= 61);
  CHECK(read->keys[2].state == "active");
  CHECK_FALSE(read->keys[2].rows_left);
}

TEST_CASE("a damaged key of a vault is said to be one") {
  const VaultDirectory directory;
  { const auto vault = directory.open(); }
  directory.change_row(VaultDirectory::key_row(2), [](std::string& value) { value[1] = 9; });
  CHECK(absl::IsDataLoss(read_vault_keys(directory.path()).status()));
}

TEST_CASE("a key file that is gone is noticed while the vault works on, and so is its return") {
  const VaultDirectory directory;
  const auto vault = directory.open();
  CHECK_FALSE(keys_of(*vault).info().kek_check.known);
  keys_of(*vault).check_kek_every(10'000);
  wait_until([&] { return keys_of(*vault).info().kek_check.known; });
  CHECK(keys_of(*vault).info().kek_check.up);
  CHECK(keys_of(*vault).info().kek_check.problem.empty());
  std::filesystem::rename(directory.key_file(), directory.path() + "/elsewhere");
  wait_until([&] { return !keys_of(*vault).info().kek_check.up; });
  CHECK(keys_of(*vault).info().kek_check.problem.find("vault.key") != std::string::npos);
  CHECK(store(*vault, card_number(1)).ok());
  std::filesystem::rename(directory.path() + "/elsewhere", directory.key_file());
  wait_until([&] { return keys_of(*vault).info().kek_check.up; });
  CHECK(keys_of(*vault).info().kek_check.problem.empty());
}

}  // namespace
}  // namespace tollgate::test
