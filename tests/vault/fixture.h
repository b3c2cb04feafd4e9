// A vault in a directory of its own, and what its files hold.
#pragma once
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "support/catch.h"
#include "tollgate/vault/vault.h"

namespace tollgate::test {

class VaultDirectory {
 public:
  VaultDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "tollgate-vault-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  ~VaultDirectory() { std::filesystem::remove_all(root_); }
  VaultDirectory(const VaultDirectory&) = delete;
  VaultDirectory& operator=(const VaultDirectory&) = delete;

  [[nodiscard]] std::string path() const { return root_ + "/vault"; }
  [[nodiscard]] std::string key_file() const { return path() + "/vault.key"; }
  std::unique_ptr<Vault> open() const {
    auto opened = open_vault(path());
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    return *std::move(opened);
  }
  // The files, except the key's, in which the bytes occur.
  [[nodiscard]] std::vector<std::string> files_with(const std::string& bytes) const {
    std::vector<std::string> found;
    for (const auto& file : std::filesystem::recursive_directory_iterator(path())) {
      if (file.is_regular_file() && read(file.path()).find(bytes) != std::string::npos) found.push_back(file.path());
    }
    return found;
  }
  static std::string read(const std::filesystem::path& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
  }
  static void write(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

 private:
  std::string root_;
};

inline constexpr PartnerId first_partner{11}, second_partner{22};

inline StatusOr<StoredCard> store(Vault& vault, std::string number, PartnerId partner = first_partner, Mode mode = Mode::test) {
  std::promise<StatusOr<StoredCard>> stored;
  vault.store(partner, mode, Secret(std::move(number)), 12, 2034, [&](StatusOr<StoredCard> result) { stored.set_value(std::move(result)); });
  return stored.get_future().get();
}

}  // namespace tollgate::test
