#include <rocksdb/db.h>

#include <atomic>
#include <thread>

#include "tollgate/base/bytes.h"
#include "vault/fixture.h"

namespace tollgate::test {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i + 3 <= bytes.size(); i += 3) {  // whole groups only: the rest depends on what follows
    const auto value = static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << 16 | static_cast<uint32_t>(static_cast<uint8_t>(bytes[i + 1])) << 8 |
                       static_cast<uint8_t>(bytes[i + 2]);
    for (const int shift : {18, 12, 6, 0}) text.push_back(alphabet[value >> shift & 63]);
  }
  return text;
}

std::string bcd(std::string_view digits) {
  std::string packed;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) packed.push_back(static_cast<char>((digits[i] - '0') << 4 | (digits[i + 1] - '0')));
  return packed;
}

// Every way in which a number could lie in a file.
std::vector<std::string> spellings(const std::string& number) {
  const std::string_view text = number;
  std::vector<std::string> all = {number, to_hex(number), bcd(number), bcd(text.substr(1)), std::string(number.rbegin(), number.rend())};
  for (std::size_t offset = 0; offset < 3; ++offset) all.push_back(base64(text.substr(offset)));
  return all;
}

}  // namespace

TEST_CASE("a stored card comes back by its token, for its partner and mode only, also after a restart") {
  const VaultDirectory directory;
  std::string token;
  {
    const auto vault = directory.open();
    const auto stored = store(*vault, "4242424242424242");
    REQUIRE(stored.ok());
    token = stored->token;
    CHECK(token.size() == 28);
    CHECK(token.starts_with("tok_"));
    CHECK(stored->card.brand == CardBrand::visa);
    CHECK(stored->card.last4 == "4242");
    CHECK(stored->card.exp_month == 12);
    CHECK(stored->card.exp_year == 2034);
    CHECK(stored->card.fingerprint == card_fingerprint(*vault, first_partner, Mode::test, "4242424242424242"));
  }
  const auto vault = directory.open();
  const auto number = vault->reveal(first_partner, Mode::test, token);
  REQUIRE(number.ok());
  CHECK(number->reveal() == "4242424242424242");
  CHECK(absl::IsNotFound(vault->reveal(second_partner, Mode::test, token).status()));
  CHECK(absl::IsNotFound(vault->reveal(first_partner, Mode::live, token).status()));
  CHECK(absl::IsNotFound(vault->reveal(first_partner, Mode::test, "tok_000000000000000000000000").status()));
  CHECK(absl::IsNotFound(vault->reveal(first_partner, Mode::test, "").status()));
}

TEST_CASE("the same card stored twice has one token and one fingerprint, which differ by partner and mode") {
  const VaultDirectory directory;
  const auto vault = directory.open();
  const auto first = store(*vault, "5555555555554444"), second = store(*vault, "5555555555554444");
  CHECK(first->token == second->token);
  CHECK(first->token != store(*vault, "5555555555554444", second_partner)->token);
  CHECK(first->token != store(*vault, "5555555555554444", first_partner, Mode::live)->token);
  CHECK(first->token != store(*vault, "5200828282828210")->token);
  CHECK(first->token.substr(4, 16) != first->card.fingerprint);
  CHECK(first->card.fingerprint == second->card.fingerprint);
  CHECK(first->card.fingerprint.size() == 16);
  CHECK(first->card.fingerprint != store(*vault, "5555555555554444", second_partner)->card.fingerprint);
  CHECK(first->card.fingerprint != store(*vault, "5555555555554444", first_partner, Mode::live)->card.fingerprint);
  CHECK(first->card.fingerprint != store(*vault, "5200828282828210")->card.fingerprint);
}

TEST_CASE("a card that is there is answered with the expiry that was given, and not written again") {
  const VaultDirectory directory;
  const auto vault = directory.open();
  const auto first = store(*vault, "5555555555554444");
  const auto files = [&] {
    std::uintmax_t bytes = 0;
    std::error_code gone;  // the database may remove a log it no longer needs
    for (const auto& file : std::filesystem::directory_iterator(directory.path() + "/db"))
      if (const auto size = file.file_size(gone); file.path().extension() == ".log" && !gone) bytes += size;
    return bytes;
  };
  const auto before = files();
  bool answered = false;
  vault->store(first_partner, Mode::test, Secret(std::string("5555555555554444")), 3, 2041, [&](StatusOr<StoredCard> again) {
    answered = true;
    CHECK(again->token == first->token);
    CHECK(again->card.exp_month == 3);
    CHECK(again->card.exp_year == 2041);
    CHECK(again->card.fingerprint == first->card.fingerprint);
  });
  CHECK(answered);
  CHECK(files() == before);
}

TEST_CASE("a damaged row is written anew when its card comes again, under the same token") {
  const VaultDirectory directory;
  const std::string token = store(*directory.open(), "5555555555554444")->token;
  directory.change_row(VaultDirectory::card_row(first_partner, token), [](std::string& value) { value[value.size() / 2] ^= 1; });
  const auto vault = directory.open();
  CHECK(absl::IsDataLoss(vault->reveal(first_partner, Mode::test, token).status()));
  CHECK(store(*vault, "5555555555554444")->token == token);
  CHECK(vault->reveal(first_partner, Mode::test, token)->reveal() == "5555555555554444");
}

TEST_CASE("what is no card number is not stored, and no message repeats it") {
  const VaultDirectory directory;
  const auto vault = directory.open();
  const auto refused = store(*vault, "4242424242424241");
  CHECK(absl::IsInvalidArgument(refused.status()));
  CHECK(refused.status().ToString().find("4242") == std::string::npos);
}

TEST_CASE("no file of the vault holds a card number, in any spelling, while it is open and afterwards") {
  const VaultDirectory directory;
  const std::vector<std::string> numbers = {"4000056655665556", "371449635398431", "6205500000000000004", "36227206271667"};
  auto vault = directory.open();
  std::vector<std::string> tokens;
  for (const std::string& number : numbers) {
    for (int copy = 0; copy < 20; ++copy) tokens.push_back(store(*vault, number)->token);
    REQUIRE(vault->seal(first_partner, Mode::test, "cus_1", "Ada Lovelace, ada@example.com").ok());
  }
  for (const bool closed : {false, true}) {
    if (closed) {
      vault.reset();
      vault = directory.open();  // rewrites the log into a table
      vault.reset();
    }
    // The search works: the tokens are there, in a table without what they share with their neighbours.
    CHECK(!directory.files_with(tokens.front().substr(12)).empty());
    CHECK(directory.files_with("Lovelace").empty());
    for (const std::string& number : numbers) {
      for (const std::string& spelling : spellings(number)) CHECK(directory.files_with(spelling).empty());
    }
  }
}

TEST_CASE("a changed row, and a row moved to another token or partner, does not open") {
  const VaultDirectory directory;
  std::string token, other;
  {
    const auto vault = directory.open();
    token = store(*vault, "4242424242424242")->token;
    other = store(*vault, "5555555555554444")->token;
  }
  const auto row = [](PartnerId partner, const std::string& of) {
    std::string key = "c";
    append_be64(key, partner.value);
    key.push_back(static_cast<char>(Mode::test));
    return key + of;
  };
  {
    rocksdb::DB* opened = nullptr;
    REQUIRE(rocksdb::DB::Open({}, directory.path() + "/db", &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    std::string sealed;
    REQUIRE(db->Get({}, row(first_partner, token), &sealed).ok());
    REQUIRE(db->Put({}, row(first_partner, other), sealed).ok());
    REQUIRE(db->Put({}, row(second_partner, token), sealed).ok());
    sealed[sealed.size() / 2] = static_cast<char>(sealed[sealed.size() / 2] ^ 1);
    REQUIRE(db->Put({}, row(first_partner, token), sealed).ok());
  }
  const auto vault = directory.open();
  CHECK(absl::IsDataLoss(vault->reveal(first_partner, Mode::test, token).status()));
  CHECK(absl::IsDataLoss(vault->reveal(first_partner, Mode::test, other).status()));
  CHECK(absl::IsDataLoss(vault->reveal(second_partner, Mode::test, token).status()));
}

TEST_CASE("personal data opens for its partner and mode, until its subject is erased, and never again") {
  const VaultDirectory directory;
  std::string sealed, of_other;
  {
    const auto vault = directory.open();
    sealed = *vault->seal(first_partner, Mode::test, "cus_1", "Ada Lovelace");
    of_other = *vault->seal(first_partner, Mode::test, "cus_2", "Charles Babbage");
    CHECK(sealed.find("Ada") == std::string::npos);
    CHECK(sealed != *vault->seal(first_partner, Mode::test, "cus_1", "Ada Lovelace"));
    CHECK(*vault->open(first_partner, Mode::test, sealed) == "Ada Lovelace");
    CHECK(absl::IsNotFound(vault->open(second_partner, Mode::test, sealed).status()));
    CHECK(absl::IsNotFound(vault->open(first_partner, Mode::live, sealed).status()));
  }
  auto vault = directory.open();
  CHECK(*vault->open(first_partner, Mode::test, sealed) == "Ada Lovelace");
  REQUIRE(vault->erase(first_partner, Mode::test, "cus_1").ok());
  CHECK(absl::IsNotFound(vault->open(first_partner, Mode::test, sealed).status()));
  CHECK(*vault->open(first_partner, Mode::test, of_other) == "Charles Babbage");
  // The subject may come back; what was sealed before stays closed.
  const std::string anew = *vault->seal(first_partner, Mode::test, "cus_1", "Countess Lovelace");
  CHECK(absl::IsNotFound(vault->open(first_partner, Mode::test, sealed).status()));
  vault.reset();
  vault = directory.open();
  CHECK(absl::IsNotFound(vault->open(first_partner, Mode::test, sealed).status()));
  CHECK(*vault->open(first_partner, Mode::test, anew) == "Countess Lovelace");
}

TEST_CASE("a destroyed key leaves the files") {
  const VaultDirectory directory;
  std::string key_id;
  {
    const auto vault = directory.open();
    const std::string sealed = *vault->seal(first_partner, Mode::test, "cus_1", "Ada");
    key_id = sealed.substr(2 + 5, 8);
    REQUIRE(vault->seal(first_partner, Mode::test, "cus_2", "Charles").ok());
  }
  CHECK(!directory.files_with(key_id).empty());
  { REQUIRE(directory.open()->erase(first_partner, Mode::test, "cus_1").ok()); }
  CHECK(directory.files_with(key_id).empty());
}

TEST_CASE("sealed data of any length opens, and damaged or cut data does not") {
  const VaultDirectory directory;
  const auto vault = directory.open();
  for (const std::size_t length : {0u, 1u, 15u, 16u, 17u, 10'000u}) {
    const std::string clear(length, 'x');
    CHECK(*vault->open(first_partner, Mode::test, *vault->seal(first_partner, Mode::test, "pi_1", clear)) == clear);
  }
  const std::string sealed = *vault->seal(first_partner, Mode::test, "pi_1", "12 Main Street");
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    CHECK_FALSE(vault->open(first_partner, Mode::test, sealed.substr(0, length)).ok());
  }
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    CHECK_FALSE(vault->open(first_partner, Mode::test, changed).ok());
  }
  CHECK(absl::IsInvalidArgument(vault->seal(first_partner, Mode::test, "", "x").status()));
  CHECK(absl::IsInvalidArgument(vault->seal(first_partner, Mode::test, std::string(65, 'a'), "x").status()));
}

TEST_CASE("derived texts are the same for the same input, in this vault only, and of the length asked for") {
  const VaultDirectory directory, another;
  std::string secret;
  {
    const auto vault = directory.open();
    secret = vault->derive("client_secret", "pi_1", 24);
    CHECK(secret.size() == 24);
    CHECK(secret != vault->derive("client_secret", "pi_2", 24));
    CHECK(secret != vault->derive("fingerprint", "pi_1", 24));
    CHECK(vault->derive("client_secret", "pi_1", 10) == secret.substr(0, 10));
    CHECK(vault->derive("client_secret", "pi_1", 100).size() == 100);
    CHECK(secret.find_first_not_of(base62_alphabet) == std::string::npos);
  }
  CHECK(directory.open()->derive("client_secret", "pi_1", 24) == secret);
  CHECK(another.open()->derive("client_secret", "pi_1", 24) != secret);
}

TEST_CASE("stores, reveals, seals and erasures of several threads at once") {
  const VaultDirectory directory;
  const auto vault = directory.open();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const PartnerId partner{static_cast<uint64_t>(t) + 1};
      for (int i = 0; i < 40; ++i) {
        const auto stored = store(*vault, "4242424242424242", partner);
        const auto number = vault->reveal(partner, Mode::test, stored->token);
        // All threads share this subject's key, and race for making it.
        const auto sealed = vault->seal(first_partner, Mode::test, "cus_" + std::to_string(i), "clear");
        const auto opened = vault->open(first_partner, Mode::test, *sealed);
        const std::string own = "pi_" + std::to_string(t);
        const auto mine = vault->seal(partner, Mode::live, own, "x");
        const bool erased = vault->erase(partner, Mode::live, own).ok() && absl::IsNotFound(vault->open(partner, Mode::live, *mine).status());
        good += number.ok() && number->reveal() == "4242424242424242" && opened.ok() && *opened == "clear" && erased;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good == 160);
}

TEST_CASE("cards that are stored together are all durable and answered") {
  const VaultDirectory directory;
  std::vector<std::string> tokens;
  {
    const auto vault = directory.open();
    std::mutex mutex;
    for (int i = 0; i < 2'000; ++i) {
      vault->store(first_partner, Mode::test, Secret(std::string("4242424242424242")), 1, 2030, [&](StatusOr<StoredCard> stored) {
        const std::lock_guard lock(mutex);
        if (stored.ok()) tokens.push_back(stored->token);
      });
    }
    // Closing answers what is queued.
  }
  CHECK(tokens.size() == 2'000);
  const auto vault = directory.open();
  for (const std::string& token : tokens) REQUIRE(vault->reveal(first_partner, Mode::test, token).ok());
}

}  // namespace tollgate::test
