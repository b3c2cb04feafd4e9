// A vault in a directory of its own, and what its files hold.
#pragma once
#include <rocksdb/db.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <sstream>
#include <thread>

#include "support/catch.h"
#include "tollgate/base/bytes.h"
#include "tollgate/vault/keys.h"
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
  std::unique_ptr<Vault> open(const VaultOptions& options = {}) const {
    auto opened = open_vault(path(), {}, options);
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
  [[nodiscard]] static std::string card_row(PartnerId partner, const std::string& token, Mode mode = Mode::test) { return row_of('c', partner, mode, token); }
  [[nodiscard]] static std::string subject_row(PartnerId partner, const std::string& subject, Mode mode = Mode::test) { return row_of('s', partner, mode, subject); }
  [[nodiscard]] static std::string key_row(uint32_t number) {
    std::string row = "k";
    append_be32(row, number);
    return row;
  }
  // The database itself, while no vault is open on it.
  [[nodiscard]] std::unique_ptr<rocksdb::DB> database() const {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* opened = nullptr;
    REQUIRE(rocksdb::DB::Open(options, path() + "/db", &opened).ok());
    return std::unique_ptr<rocksdb::DB>(opened);
  }
  // Empty if there is no such row.
  [[nodiscard]] std::string row(const std::string& key) const {
    std::string value;
    database()->Get({}, key, &value).PermitUncheckedError();
    return value;
  }
  template <class Change>
  void change_row(const std::string& key, Change&& change) const {
    const auto db = database();
    std::string value;
    REQUIRE(db->Get({}, key, &value).ok());
    change(value);
    REQUIRE(db->Put({}, key, value).ok());
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
  static std::string row_of(char kind, PartnerId partner, Mode mode, const std::string& name) {
    std::string row(1, kind);
    append_be64(row, partner.value);
    row.push_back(static_cast<char>(mode));
    return row + name;
  }
  std::string root_;
};

inline constexpr PartnerId first_partner{11}, second_partner{22};

inline StatusOr<StoredCard> store(Vault& vault, std::string number, PartnerId partner = first_partner, Mode mode = Mode::test) {
  std::promise<StatusOr<StoredCard>> stored;
  vault.store(partner, mode, Secret(std::move(number)), 12, 2034, [&](StatusOr<StoredCard> result) { stored.set_value(std::move(result)); });
  return stored.get_future().get();
}

// A number that passes check_card(), another one for each `index`.
inline std::string card_number(int index) {
  std::string number = fmt::format("400000{:09}", index);
  for (char digit = '0'; digit <= '9'; ++digit)
    if (check_card(number + digit) == DeclineCode::none) return number + digit;
  return {};
}

inline void wait_until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

inline std::size_t retiring(Vault& vault) {
  const auto keys = keys_of(vault).info().keys;
  return static_cast<std::size_t>(std::count_if(keys.begin(), keys.end(), [](const VaultKeyInfo& key) { return key.state == "retiring"; }));
}

// Asks for it and waits until it is done or has failed; gives what is then the matter.
inline std::string change_keys(Vault& vault, bool rotate) {
  const uint64_t before = keys_of(vault).info().jobs_done;
  REQUIRE((rotate ? keys_of(vault).begin_rotate() : keys_of(vault).begin_rewrap()).ok());
  wait_until([&] { return keys_of(vault).info().job.empty() && keys_of(vault).info().jobs_done > before; });
  return keys_of(vault).info().problem;
}

inline std::string rotate(Vault& vault) { return change_keys(vault, true); }
inline std::string rewrap(Vault& vault) { return change_keys(vault, false); }

}  // namespace tollgate::test
