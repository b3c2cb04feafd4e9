#include <rocksdb/db.h>

#include "vault/fixture.h"

namespace tollgate::test {
namespace {

constexpr const char* kind = "customer_email";

FindableBy by(std::string_view subject, std::string_view value, PartnerId partner = first_partner, Mode mode = Mode::test) {
  return {partner, mode, subject, value};
}

std::vector<std::string> find(Vault& vault, std::string_view value, const FindPage& page = {}, PartnerId partner = first_partner, Mode mode = Mode::test) {
  const auto found = vault.find(kind, partner, mode, value, page);
  REQUIRE(found.ok());
  return *found;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a subject is found by its value, in its partner and mode only, also after a restart") {
  const VaultDirectory directory;
  {
    const auto vault = directory.open();
    REQUIRE(vault->make_findable(kind, by("cus_a", "ada@l.test")).ok());
    // It has the key that its data is sealed under, made with it.
    REQUIRE(vault->seal(first_partner, Mode::test, "cus_a", "clear").ok());
    CHECK(find(*vault, "ada@l.test") == Names{"cus_a"});
  }
  const auto vault = directory.open();
  CHECK(find(*vault, "ada@l.test") == Names{"cus_a"});
  CHECK(find(*vault, "ada@l.tes").empty());
  CHECK(find(*vault, "ada@l.test", {}, second_partner).empty());
  CHECK(find(*vault, "ada@l.test", {}, first_partner, Mode::live).empty());
  const auto of_another_kind = vault->find("payment_email", first_partner, Mode::test, "ada@l.test", {});
  REQUIRE(of_another_kind.ok());
  CHECK(of_another_kind->empty());
  CHECK_FALSE(vault->make_findable(kind, by("", "ada@l.test")).ok());
}

TEST_CASE("those with one value are found page by page, in the order of their names and against it") {
  const VaultDirectory directory;
  const auto vault = directory.open();
  for (const char* name : {"cus_c", "cus_a", "cus_e", "cus_b", "cus_d"}) REQUIRE(vault->make_findable(kind, by(name, "x@l.test")).ok());
  REQUIRE(vault->make_findable(kind, by("cus_bb", "y@l.test")).ok());
  CHECK(find(*vault, "x@l.test") == Names{"cus_e", "cus_d", "cus_c", "cus_b", "cus_a"});
  CHECK(find(*vault, "x@l.test", {.limit = 2}) == Names{"cus_e", "cus_d"});
  CHECK(find(*vault, "x@l.test", {.beyond = "cus_d", .limit = 2}) == Names{"cus_c", "cus_b"});
  CHECK(find(*vault, "x@l.test", {.beyond = "cus_bb", .limit = 2}) == Names{"cus_b", "cus_a"});
  CHECK(find(*vault, "x@l.test", {.beyond = "cus_b", .descending = false, .limit = 2}) == Names{"cus_c", "cus_d"});
  CHECK(find(*vault, "x@l.test", {.descending = false}) == Names{"cus_a", "cus_b", "cus_c", "cus_d", "cus_e"});
  CHECK(find(*vault, "x@l.test", {.beyond = "cus_a"}).empty());
}

TEST_CASE("who is erased is found by nothing, and no row of theirs is left") {
  const VaultDirectory directory;
  {
    const auto vault = directory.open();
    for (const char* value : {"first@l.test", "second@l.test"}) REQUIRE(vault->make_findable(kind, by("cus_a", value)).ok());
    REQUIRE(vault->make_findable(kind, by("cus_ab", "first@l.test")).ok());
    REQUIRE(vault->erase(first_partner, Mode::test, "cus_a").ok());
    CHECK(find(*vault, "first@l.test") == Names{"cus_ab"});
    CHECK(find(*vault, "second@l.test").empty());
    // Whoever goes through older data does not bring them back.
    const std::vector<FindableBy> late = {by("cus_a", "first@l.test"), by("cus_ab", "third@l.test")};
    REQUIRE(vault->make_existing_findable(kind, late).ok());
    CHECK(find(*vault, "first@l.test") == Names{"cus_ab"});
    CHECK(find(*vault, "third@l.test") == Names{"cus_ab"});
    REQUIRE(vault->erase(first_partner, Mode::test, "cus_ab").ok());
  }
  const auto database = directory.database();
  const std::unique_ptr<rocksdb::Iterator> rows(database->NewIterator({}));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    INFO(rows->key().ToString());
    CHECK((rows->key()[0] != 'f' && rows->key()[0] != 'g' && rows->key()[0] != 's'));
  }
}

TEST_CASE("no file of the vault holds a value by which somebody is found") {
  const VaultDirectory directory;
  const std::string value = "augusta.canary@lovelace.test";
  {
    const auto vault = directory.open();
    REQUIRE(vault->make_findable(kind, by("cus_a", value)).ok());
    CHECK(directory.files_with(value).empty());
  }
  static_cast<void>(directory.database());  // out of the write-ahead log, into a table
  CHECK(directory.files_with(value).empty());
  CHECK_FALSE(directory.files_with("cus_a").empty());
}

TEST_CASE("what was whole is so until something else has opened the vault, or it is about another log") {
  const VaultDirectory directory;
  const auto whole = [](Vault& vault, const char* as_of) {
    const auto is = vault.findable_whole(kind, as_of);
    REQUIRE(is.ok());
    return *is;
  };
  {
    const auto vault = directory.open();
    CHECK_FALSE(whole(*vault, "1"));
    REQUIRE(vault->set_findable_whole(kind, "1").ok());
    CHECK(whole(*vault, "1"));
    CHECK_FALSE(whole(*vault, "2"));
  }
  for (int i = 0; i < 3; ++i) CHECK(whole(*directory.open(), "1"));
  // Opened by who does not look, as an older version.
  directory.open();
  CHECK_FALSE(whole(*directory.open(), "1"));
}

TEST_CASE("the caches of a vault are counted") {
  const VaultDirectory directory;
  VaultOptions options;
  options.subject_keys_cached_max = 2;
  options.block_cache_bytes = std::size_t{9} << 20;
  const auto vault = directory.open(options);
  std::string sealed;
  for (const char* subject : {"cus_a", "cus_b", "cus_c"}) sealed = *vault->seal(first_partner, Mode::test, subject, "clear");
  const CacheStats before = caches_of(*vault).at(0);
  CHECK(before.name == std::string("vault_keys"));
  CHECK(before.entries == 2);
  CHECK(before.entries_max == 2);
  CHECK(before.evictions == 1);
  REQUIRE(vault->open(first_partner, Mode::test, sealed).ok());
  CHECK(caches_of(*vault).at(0).hits == before.hits + 1);
  CHECK(caches_of(*vault).at(1).name == std::string("vault_blocks"));
  CHECK(caches_of(*vault).at(1).bytes_max == options.block_cache_bytes);
}

}  // namespace tollgate::test
