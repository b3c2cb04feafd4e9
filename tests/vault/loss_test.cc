// A vault whose files lost what was acknowledged says so, instead of telling that there never was such a card.
#include "support/catch.h"
#include "vault/fixture.h"

namespace tollgate::test {
namespace {

std::filesystem::path wal_of(const VaultDirectory& directory) {
  std::error_code gone;
  for (const auto& file : std::filesystem::directory_iterator(directory.path() + "/db"))
    if (file.path().extension() == ".log" && file.file_size(gone) > 0 && !gone) return file.path();
  FAIL("no write-ahead log");
  return {};
}

TEST_CASE("a vault that lost its newest cards refuses to open, and its files stay as they are") {
  const VaultDirectory directory;
  std::size_t size = 0;
  {
    const auto vault = directory.open();
    REQUIRE(store(*vault, "4242424242424242").ok());
    size = std::filesystem::file_size(wal_of(directory));
    REQUIRE(store(*vault, "5555555555554444").ok());
  }
  const auto wal = wal_of(directory);
  std::filesystem::resize_file(wal, size);
  const std::string bytes = VaultDirectory::read(wal);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto opened = open_vault(directory.path());
    CHECK(absl::IsDataLoss(opened.status()));
    CHECK(message_of(opened.status()).find("the newest are missing") != std::string_view::npos);
    CHECK(VaultDirectory::read(wal) == bytes);
  }
}

TEST_CASE("a vault whose database is gone refuses to open") {
  const VaultDirectory directory;
  { REQUIRE(store(*directory.open(), "4242424242424242").ok()); }
  std::filesystem::remove_all(directory.path() + "/db");
  CHECK(absl::IsDataLoss(open_vault(directory.path()).status()));
  CHECK_FALSE(std::filesystem::exists(directory.path() + "/db"));
}

TEST_CASE("a changed record type in the vault's log is refused, not taken for its end") {
  const VaultDirectory directory;
  {
    const auto vault = directory.open();
    REQUIRE(store(*vault, "4242424242424242").ok());
  }
  const auto wal = wal_of(directory);
  std::string bytes = VaultDirectory::read(wal);
  bytes[6] = static_cast<char>(bytes[6] ^ 4);
  VaultDirectory::write(wal, bytes);
  CHECK(absl::IsDataLoss(open_vault(directory.path()).status()));
}

TEST_CASE("a vault without its anchor, as older ones are, opens and has one then") {
  const VaultDirectory directory;
  std::string token;
  { token = store(*directory.open(), "4242424242424242")->token; }
  std::filesystem::remove(directory.path() + "/anchor");
  CHECK(directory.open()->reveal(first_partner, Mode::test, token).ok());
  CHECK(std::filesystem::exists(directory.path() + "/anchor"));
}

}  // namespace
}  // namespace tollgate::test
