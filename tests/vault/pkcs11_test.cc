// The key-encryption key in an HSM: SoftHSM, behind a module that can go away (gone_hsm.c).
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>

#include "vault/fixture.h"

namespace tollgate::test {
namespace {

constexpr const char* module_path = TOLLGATE_BINARY_DIR "/libgone_hsm.so";

// Tokens in a folder of their own.
class Hsm {
 public:
  Hsm() {
    std::string name = (std::filesystem::temp_directory_path() / "tollgate-hsm-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
    std::filesystem::create_directories(root_ + "/tokens");
    VaultDirectory::write(root_ + "/softhsm2.conf", "directories.tokendir = " + root_ + "/tokens\nobjectstore.backend = file\nlog.level = ERROR\n");
    ::setenv("SOFTHSM2_CONF", (root_ + "/softhsm2.conf").c_str(), 1);
    ::setenv("GONE_HSM_SIGN", (root_ + "/gone").c_str(), 1);
    set_pin("1234");
    is_there_ = add_token("first");
  }
  ~Hsm() { std::filesystem::remove_all(root_); }
  Hsm(const Hsm&) = delete;
  Hsm& operator=(const Hsm&) = delete;

  // False, and a word about it: SoftHSM is not installed.
  [[nodiscard]] bool is_there() const {
    if (!is_there_) WARN("skipped: softhsm2-util does not run (Debian: softhsm2)");
    return is_there_;
  }
  bool add_token(const std::string& label) const {
    const std::string command = "softhsm2-util --init-token --free --label " + label + " --so-pin 4321 --pin 1234 >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
  }
  void set_pin(const std::string& pin) const {
    VaultDirectory::write(root_ + "/pin", pin + "\n");
    REQUIRE(::chmod((root_ + "/pin").c_str(), 0600) == 0);
  }
  void go() const { VaultDirectory::write(root_ + "/gone", ""); }
  void come_back() const { std::filesystem::remove(root_ + "/gone"); }
  [[nodiscard]] VaultOptions options(const std::string& token = "first") const {
    VaultOptions options;
    options.key_provider = "pkcs11";
    options.pkcs11.module = module_path;
    options.pkcs11.token = token;
    options.pkcs11.pin_file = root_ + "/pin";
    return options;
  }

 private:
  std::string root_;
  bool is_there_ = false;
};

std::string refusal(const VaultDirectory& directory, const VaultOptions& options) {
  const auto opened = open_vault(directory.path(), {}, options);
  REQUIRE_FALSE(opened.ok());
  return std::string(message_of(opened.status()));
}

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

TEST_CASE("with a key in an HSM the vault opens, rotates and is wrapped anew, and has no key file") {
  const Hsm hsm;
  if (!hsm.is_there()) return;
  const VaultDirectory directory;
  std::string token, first_kek;
  {
    const auto vault = directory.open(hsm.options());
    token = store(*vault, card_number(1))->token;
    first_kek = keys_of(*vault).info().kek_id;
    CHECK(keys_of(*vault).info().provider == "pkcs11");
    CHECK(first_kek.size() == 16);
    CHECK_FALSE(std::filesystem::exists(directory.key_file()));
    CHECK(VaultDirectory::read(directory.path() + "/kek").find("provider pkcs11") != std::string::npos);
  }
  const auto vault = directory.open(hsm.options());
  CHECK(vault->reveal(first_partner, Mode::test, token)->reveal() == card_number(1));
  CHECK(keys_of(*vault).info().kek_id == first_kek);
  REQUIRE(rotate(*vault).empty());
  wait_until([&] { return retiring(*vault) == 0; });
  REQUIRE(rewrap(*vault).empty());
  CHECK(keys_of(*vault).info().kek_id != first_kek);
  CHECK(store(*vault, card_number(1))->token == token);
  CHECK(vault->reveal(first_partner, Mode::test, token)->reveal() == card_number(1));
}

TEST_CASE("an HSM that goes away is not missed by payments; a change of keys fails whole, and works once it is back") {
  const Hsm hsm;
  if (!hsm.is_there()) return;
  const VaultDirectory directory;
  const auto vault = directory.open(hsm.options());
  const std::string before = store(*vault, card_number(1))->token;
  hsm.go();
  const auto info = keys_of(*vault).info();
  for (const bool rotating : {true, false}) {
    const std::string problem = rotating ? rotate(*vault) : rewrap(*vault);
    contains(problem, "CKR_DEVICE_REMOVED");
    contains(problem, "the HSM");
  }
  CHECK(keys_of(*vault).info().kek_id == info.kek_id);
  CHECK(keys_of(*vault).info().keys.size() == info.keys.size());
  const auto stored = store(*vault, card_number(2));
  REQUIRE(stored.ok());
  CHECK(vault->reveal(first_partner, Mode::test, stored->token)->reveal() == card_number(2));
  CHECK(vault->reveal(first_partner, Mode::test, before)->reveal() == card_number(1));
  const auto sealed = vault->seal(first_partner, Mode::test, "cus_1", "Ada");
  REQUIRE(sealed.ok());
  CHECK(*vault->open(first_partner, Mode::test, *sealed) == "Ada");
  hsm.come_back();
  CHECK(rotate(*vault).empty());
  CHECK(rewrap(*vault).empty());
  wait_until([&] { return retiring(*vault) == 0; });
  CHECK(vault->reveal(first_partner, Mode::test, stored->token)->reveal() == card_number(2));
}

TEST_CASE("an HSM that goes away is noticed within an interval, and so is its return; the vault works on") {
  const Hsm hsm;
  if (!hsm.is_there()) return;
  const VaultDirectory directory;
  std::atomic<int> notes = 0;
  VaultOptions options = hsm.options();
  options.note = [&](const std::string& what) { notes += what.find("key provider") != std::string::npos; };
  const auto vault = directory.open(options);
  keys_of(*vault).check_kek_every(5'000);
  const auto check_of = [&] { return keys_of(*vault).info().kek_check; };
  wait_until([&] { return check_of().known; });
  CHECK(check_of().up);
  CHECK(check_of().checked_us > 0);
  hsm.go();
  wait_until([&] { return !check_of().up; });
  contains(check_of().problem, "CKR_DEVICE_REMOVED");
  const auto stored = store(*vault, card_number(1));
  REQUIRE(stored.ok());
  CHECK(vault->reveal(first_partner, Mode::test, stored->token).ok());
  const int64_t failed_us = check_of().checked_us;
  wait_until([&] { return check_of().checked_us > failed_us; });
  hsm.come_back();
  wait_until([&] { return check_of().up; });
  CHECK(check_of().problem.empty());
  wait_until([&] { return notes == 2; });  // that it went, and that it came back
}

TEST_CASE("a PIN that the token refuses is not tried again by itself, and a change of keys with the right one ends that") {
  const Hsm hsm;
  if (!hsm.is_there()) return;
  const VaultDirectory directory;
  const auto vault = directory.open(hsm.options());
  const auto check_of = [&] { return keys_of(*vault).info().kek_check; };
  hsm.set_pin("9999");
  keys_of(*vault).check_kek_every(2'000);
  wait_until([&] { return check_of().known; });
  contains(check_of().problem, "CKR_PIN_INCORRECT");
  contains(check_of().problem, "not tried again");
  const int64_t refused_us = check_of().checked_us;
  // A change of keys tries the PIN once, the check does not.
  contains(rotate(*vault), "CKR_PIN_INCORRECT");
  CHECK(check_of().checked_us == refused_us);
  hsm.set_pin("1234");
  CHECK(rotate(*vault).empty());
  wait_until([&] { return check_of().up; });
  CHECK(check_of().checked_us > refused_us);
}

TEST_CASE("without its HSM a vault does not open, says why, and opens once it is back") {
  const Hsm hsm;
  if (!hsm.is_there()) return;
  const VaultDirectory directory;
  const std::string token = store(*directory.open(hsm.options()), card_number(1))->token;
  hsm.go();
  CHECK(absl::IsUnavailable(open_vault(directory.path(), {}, hsm.options()).status()));
  contains(refusal(directory, hsm.options()), "CKR_DEVICE_REMOVED");
  hsm.come_back();
  CHECK(directory.open(hsm.options())->reveal(first_partner, Mode::test, token)->reveal() == card_number(1));
}

TEST_CASE("a wrong PIN, token, module or key is named") {
  const Hsm hsm;
  if (!hsm.is_there()) return;
  const VaultDirectory directory;
  REQUIRE(store(*directory.open(hsm.options()), card_number(1)).ok());
  hsm.set_pin("9999");
  contains(refusal(directory, hsm.options()), "CKR_PIN_INCORRECT");
  hsm.set_pin("1234");
  contains(refusal(directory, hsm.options("none")), "no token \"none\"");
  REQUIRE(hsm.add_token("second"));
  contains(refusal(directory, hsm.options("second")), "does not have the key");
  contains(refusal(directory, hsm.options("")), "several tokens");
  VaultOptions options = hsm.options();
  options.pkcs11.module = "/nowhere.so";
  contains(refusal(directory, options), "/nowhere.so");
  options = hsm.options();
  options.pkcs11.pin_file += ".none";
  contains(refusal(directory, options), "pin.none");
  CHECK(directory.open(hsm.options()) != nullptr);
}

TEST_CASE("a vault moves from a key file into an HSM and back, and nothing it gave out changes") {
  const Hsm hsm;
  if (!hsm.is_there()) return;
  const VaultDirectory directory;
  const std::string token = store(*directory.open(), card_number(1))->token;
  std::string said;
  {
    VaultOptions options = hsm.options();
    options.note = [&](const std::string& what) { said += what; };
    const auto vault = directory.open(options);
    CHECK(keys_of(*vault).info().provider == "pkcs11");
    CHECK(vault->reveal(first_partner, Mode::test, token)->reveal() == card_number(1));
  }
  contains(said, "wrapped by the provider pkcs11");
  // The file is not needed any more.
  std::filesystem::remove(directory.key_file());
  CHECK(directory.open(hsm.options())->reveal(first_partner, Mode::test, token).ok());
  {
    VaultOptions back = hsm.options();
    back.key_provider = "file";
    const auto vault = directory.open(back);
    CHECK(keys_of(*vault).info().provider == "file");
    CHECK(store(*vault, card_number(1))->token == token);
  }
  CHECK(directory.open()->reveal(first_partner, Mode::test, token)->reveal() == card_number(1));
}

}  // namespace
}  // namespace tollgate::test
