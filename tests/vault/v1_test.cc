// A vault of format 1, written here as that format was: it opens, nothing it gave out changes, and it is taken over.
#include "tollgate/base/digest.h"
#include "vault/cipher.h"
#include "vault/fixture.h"
#include "vault/key_file.h"

namespace tollgate::test {
namespace {

using vault::Key, vault::seal_bytes, vault::subkey;

struct OldVault {
  VaultDirectory directory;
  std::vector<std::string> tokens;
  std::string sealed;       // of the subject cus_1
  std::string master;       // the key's bytes
  std::string client_secret;

  OldVault() {
    std::filesystem::create_directories(directory.path());
    const auto made = vault::create_key_file(directory.key_file());
    REQUIRE(made.ok());
    master = made->key.view();
    const auto db = directory.database();
    REQUIRE(db->Put({}, "m", made->id).ok());
    for (int i = 0; i < 30; ++i) {
      tokens.push_back(fmt::format("tok_{:024}", i));
      const std::string row = VaultDirectory::card_row(first_partner, tokens.back());
      REQUIRE(db->Put({}, row, seal_bytes(subkey(subkey(made->key, "cards"), first_partner, Mode::test), row, card_number(i))).ok());
    }
    const std::string row = VaultDirectory::subject_row(first_partner, "cus_1"), id = "12345678";
    const Key subject = Key::random();
    REQUIRE(db->Put({}, row, id + seal_bytes(subkey(subkey(made->key, "subjects"), first_partner, Mode::test), row + id, subject.view())).ok());
    std::string bound = "subject";
    append_be64(bound, first_partner.value);
    bound.push_back(static_cast<char>(Mode::test));
    sealed = std::string("\1\5cus_1", 7) + id + seal_bytes(subject, bound + "cus_1", "Ada Lovelace");
  }

  void check(Vault& vault) const {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const auto number = vault.reveal(first_partner, Mode::test, tokens[i]);
      REQUIRE(number.ok());
      REQUIRE(number->reveal() == card_number(static_cast<int>(i)));
    }
    REQUIRE(*vault.open(first_partner, Mode::test, sealed) == "Ada Lovelace");
  }
};

TEST_CASE("a vault of format 1 opens, is encrypted anew in the background, and its old key opens nothing any more") {
  const OldVault old;
  {
    const auto vault = old.directory.open();
    old.check(*vault);
    wait_until([&] { return retiring(*vault) == 0; });
    const auto info = keys_of(*vault).info();
    CHECK(info.keys.size() == 2);
    CHECK(info.rows_encrypted == 31);
    CHECK(info.problem.empty());
    old.check(*vault);
  }
  CHECK(old.directory.row("m") == "format 2");
  for (const std::string& token : old.tokens) CHECK(old.directory.row(VaultDirectory::card_row(first_partner, token)).size() == 53);
  old.check(*old.directory.open());
}

TEST_CASE("what a vault of format 1 derived from its key stays the same") {
  const OldVault old;
  // As format 1 did it: HMAC of the input under a key for the purpose.
  const Key master(old.master);
  const auto vault = old.directory.open();
  const auto digest = hmac_sha256(subkey(subkey(master, "derive"), std::string("client_secret\0", 14)).view(), "pi_1");
  std::string expected;
  for (const uint8_t byte : digest)
    if (byte < 248 && expected.size() < 10) expected.push_back(base62_alphabet[byte % 62]);
  CHECK(vault->derive("client_secret", "pi_1", 10) == expected);
  wait_until([&] { return retiring(*vault) == 0; });
  REQUIRE(rotate(*vault).empty());
  REQUIRE(rewrap(*vault).empty());
  CHECK(vault->derive("client_secret", "pi_1", 10) == expected);
}

TEST_CASE("a takeover that is interrupted goes on after a restart, as often as it takes") {
  const OldVault old;
  VaultOptions slow;
  slow.rewrite_rows_per_s = 20;
  int restarts = 0;
  for (; restarts < 40; ++restarts) {
    const auto vault = old.directory.open(slow);
    old.check(*vault);
    if (retiring(*vault) == 0) break;
    const uint64_t before = keys_of(*vault).info().rows_encrypted;
    wait_until([&] { return keys_of(*vault).info().rows_encrypted > before || retiring(*vault) == 0; });
  }
  CHECK(restarts > 2);
  CHECK(restarts < 40);
}

TEST_CASE("a vault of format 1 without its key file, or with another one's, is refused as it is") {
  const OldVault old, another;
  const std::string own = VaultDirectory::read(old.directory.key_file());
  std::filesystem::remove(old.directory.key_file());
  CHECK(absl::IsFailedPrecondition(open_vault(old.directory.path()).status()));
  CHECK_FALSE(std::filesystem::exists(old.directory.key_file()));
  std::filesystem::copy_file(another.directory.key_file(), old.directory.key_file());
  CHECK(absl::IsFailedPrecondition(open_vault(old.directory.path()).status()));
  std::filesystem::remove(old.directory.key_file());
  VaultDirectory::write(old.directory.key_file(), own);
  std::filesystem::permissions(old.directory.key_file(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  old.check(*old.directory.open());
}

}  // namespace
}  // namespace tollgate::test
