#include <sys/stat.h>

#include "vault/fixture.h"
#include "vault/key_file.h"

namespace tollgate::test {

TEST_CASE("the key file is made at first start, for its owner only") {
  const VaultDirectory directory;
  directory.open();
  struct stat about {};
  REQUIRE(::stat(directory.key_file().c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0600);
  REQUIRE(::stat(directory.path().c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0700);
  CHECK_FALSE(std::filesystem::exists(directory.key_file() + ".new"));
}

TEST_CASE("a key file that others may read is refused, and the message says what to do") {
  const VaultDirectory directory;
  directory.open();
  for (const mode_t mode : {0640u, 0604u, 0644u, 0660u}) {
    REQUIRE(::chmod(directory.key_file().c_str(), mode) == 0);
    const auto opened = open_vault(directory.path());
    CHECK(absl::IsFailedPrecondition(opened.status()));
    CHECK(message_of(opened.status()).find("chmod 600") != std::string_view::npos);
  }
  REQUIRE(::chmod(directory.key_file().c_str(), 0400) == 0);
  CHECK(open_vault(directory.path()).ok());
}

TEST_CASE("a key file with any byte changed, cut or added is damaged, and the message does not show it") {
  const VaultDirectory directory;
  directory.open();
  const std::string good = VaultDirectory::read(directory.key_file());
  const std::string key = good.substr(good.find("key ", 20) + 4, 64);
  const auto damaged = [&](const std::string& text) {
    VaultDirectory::write(directory.key_file(), text);
    const auto loaded = vault::load_key_file(directory.key_file());
    return absl::IsDataLoss(loaded.status()) && message_of(loaded.status()).find(key.substr(0, 8)) == std::string_view::npos;
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == '0' ? '1' : '0';
    INFO(i);
    CHECK(damaged(changed));
  }
  CHECK(damaged(good.substr(0, good.size() - 1)));
  CHECK(damaged(good + "\n"));
  CHECK(damaged(""));
  VaultDirectory::write(directory.key_file(), good);
  CHECK(vault::load_key_file(directory.key_file()).ok());
}

TEST_CASE("no new key is made where there is data of a lost one, and another vault's key is refused") {
  const VaultDirectory directory, another;
  directory.open();
  another.open();
  const std::string own = VaultDirectory::read(directory.key_file());
  std::filesystem::remove(directory.key_file());
  const auto lost = open_vault(directory.path());
  CHECK(absl::IsFailedPrecondition(lost.status()));
  CHECK_FALSE(std::filesystem::exists(directory.key_file()));
  std::filesystem::copy_file(another.key_file(), directory.key_file());
  CHECK(absl::IsFailedPrecondition(open_vault(directory.path()).status()));
  VaultDirectory::write(directory.key_file(), own);
  CHECK(open_vault(directory.path()).ok());
}

TEST_CASE("a key file is never replaced, and a link is not followed") {
  const VaultDirectory directory;
  directory.open();
  const std::string before = VaultDirectory::read(directory.key_file());
  CHECK_FALSE(vault::create_key_file(directory.key_file()).ok());
  CHECK(VaultDirectory::read(directory.key_file()) == before);
  std::filesystem::rename(directory.key_file(), directory.path() + "/elsewhere");
  std::filesystem::create_symlink(directory.path() + "/elsewhere", directory.key_file());
  CHECK(absl::IsFailedPrecondition(open_vault(directory.path()).status()));
}

}  // namespace tollgate::test
