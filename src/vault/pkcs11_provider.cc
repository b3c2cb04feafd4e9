// The KEK in a hardware security module: made there, marked as one that cannot be read out, used there. What leaves the process are data
// keys to be wrapped (AES-GCM), over whatever way the module has to its device.
#include <openssl/rand.h>

#include <array>
#include <vector>

#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"
#include "vault/key_provider.h"
#include "vault/pkcs11_module.h"
#include "vault/private_file.h"

namespace tollgate::vault {
namespace {

constexpr std::size_t pin_bytes_max = 256;
constexpr std::size_t id_bytes = 8;
constexpr std::size_t nonce_bytes = 12, tag_bytes = 16;
constexpr CK_ULONG keys_max = 64;  // that are looked at

CK_BYTE* bytes_of(std::string_view text) { return reinterpret_cast<CK_BYTE*>(const_cast<char*>(text.data())); }

CK_GCM_PARAMS gcm(std::string_view nonce, std::string_view bound_to) {
  CK_GCM_PARAMS parameters{};
  parameters.iv_ptr = bytes_of(nonce);
  parameters.iv_len = nonce.size();
  parameters.iv_bits = nonce.size() * 8;
  parameters.aad_ptr = bytes_of(bound_to);
  parameters.aad_len = bound_to.size();
  parameters.tag_bits = tag_bytes * 8;
  return parameters;
}

Status failed(std::string_view function, CK_RV code) {
  if (code == CKR_MECHANISM_INVALID) return failed_precondition("{}: the token does not do AES-GCM (CKM_AES_GCM), which the vault needs", pkcs11_error(function, code));
  return unavailable("{}", pkcs11_error(function, code));
}

class Pkcs11Provider final : public KeyProvider {
 public:
  explicit Pkcs11Provider(const Pkcs11Options& options) : options_(options) {}

  std::string_view name() const override { return "pkcs11"; }

  StatusOr<std::string> first_key() override {
    return in_session<std::string>([&](Pkcs11Session& session) -> StatusOr<std::string> {
      TOLLGATE_ASSIGN_OR_RETURN(const auto keys, find(session, {}));
      // One that operators made for us.
      if (keys.size() > 1)
        return failed_precondition("it has {} keys with the label \"{}\", and a new vault cannot know which one to begin with", keys.size(), options_.key_label);
      if (keys.size() == 1) return id_of(session, keys.front());
      return generate(session);
    });
  }

  StatusOr<std::string> make_key() override {
    return in_session<std::string>([&](Pkcs11Session& session) { return generate(session); });
  }

  StatusOr<std::string> wrap(std::string_view kek_id, std::string_view bound_to, const Key& key) override {
    return in_session<std::string>([&](Pkcs11Session& session) -> StatusOr<std::string> {
      TOLLGATE_ASSIGN_OR_RETURN(const CK_OBJECT_HANDLE kek, find_one(session, kek_id));
      std::string wrapped(nonce_bytes + Key::size + tag_bytes, '\0');
      TOLLGATE_ASSERT(RAND_bytes(bytes_of(wrapped), nonce_bytes) == 1);
      CK_GCM_PARAMS parameters = gcm(std::string_view(wrapped).substr(0, nonce_bytes), bound_to);
      CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
      if (const CK_RV code = session.calls().C_EncryptInit(session.get(), &mechanism, kek); code != CKR_OK) return failed("C_EncryptInit", code);
      CK_ULONG length = wrapped.size() - nonce_bytes;
      const CK_RV code = session.calls().C_Encrypt(session.get(), bytes_of(key.view()), Key::size, bytes_of(wrapped) + nonce_bytes, &length);
      if (code != CKR_OK) return failed("C_Encrypt", code);
      if (length != Key::size + tag_bytes) return internal_error("C_Encrypt gave {} bytes", length);
      return wrapped;
    });
  }

  StatusOr<Key> unwrap(std::string_view kek_id, std::string_view bound_to, std::string_view wrapped) override {
    if (wrapped.size() != nonce_bytes + Key::size + tag_bytes) return data_loss("a data key of the vault is damaged: restore the vault from a backup");
    return in_session<Key>([&](Pkcs11Session& session) -> StatusOr<Key> {
      TOLLGATE_ASSIGN_OR_RETURN(const CK_OBJECT_HANDLE kek, find_one(session, kek_id));
      CK_GCM_PARAMS parameters = gcm(wrapped.substr(0, nonce_bytes), bound_to);
      CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
      if (const CK_RV code = session.calls().C_DecryptInit(session.get(), &mechanism, kek); code != CKR_OK) return failed("C_DecryptInit", code);
      // Some modules want room for the tag as well.
      std::string room(Key::size + tag_bytes, '\0');
      CK_ULONG length = room.size();
      const std::string_view sealed = wrapped.substr(nonce_bytes);
      const CK_RV code = session.calls().C_Decrypt(session.get(), bytes_of(sealed), sealed.size(), bytes_of(room), &length);
      const Secret clear(std::move(room));
      // Which of the two it is when bytes were changed differs between modules.
      if (code == CKR_ENCRYPTED_DATA_INVALID || code == CKR_GENERAL_ERROR)
        return failed_precondition("a data key of the vault does not open ({}): it is damaged, or was not wrapped with the key {} of this token",
                                   pkcs11_error("C_Decrypt", code), kek_id);
      if (code != CKR_OK) return failed("C_Decrypt", code);
      if (length != Key::size) return internal_error("C_Decrypt gave {} bytes", length);
      return Key(clear.reveal().substr(0, Key::size));
    });
  }

  // Older keys stay in the token: backups need them. Whoever has pruned those destroys the keys with the HSM's own tools.
  Status settle(std::string_view) override { return {}; }

 private:
  // After any trouble the module begins anew the next time, as devices that went away and came back want it.
  template <class T, class Work>
  StatusOr<T> in_session(Work&& work) {
    StatusOr<T> result = attempt<T>(work);
    if (result.ok()) return result;
    if (!absl::IsDataLoss(result.status())) module_.reset();
    return error(result.status().code(), "the HSM (module {}, token \"{}\"): {}", options_.module, options_.token, message_of(result.status()));
  }

  template <class T, class Work>
  StatusOr<T> attempt(Work& work) {
    if (options_.module.empty()) return failed_precondition("no PKCS#11 module is configured: set vault.pkcs11_module");
    const auto text = read_private_file(options_.pin_file, pin_bytes_max, "the PIN file");
    if (!text.ok()) return failed_precondition("cannot read its PIN: {}", message_of(text.status()));
    const std::string_view line = text->reveal();
    const Secret pin(std::string(line.substr(0, line.find_first_of("\r\n"))));
    if (module_ == nullptr) {
      TOLLGATE_ASSIGN_OR_RETURN(module_, Pkcs11Module::load(options_.module));
    }
    TOLLGATE_ASSIGN_OR_RETURN(const auto session, Pkcs11Session::open(*module_, options_.token, pin));
    return work(*session);
  }

  StatusOr<std::string> generate(Pkcs11Session& session) {
    std::string id(id_bytes, '\0');
    TOLLGATE_ASSERT(RAND_bytes(bytes_of(id), id_bytes) == 1);
    CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ULONG length = Key::size;
    CK_ATTRIBUTE about[] = {{CKA_CLASS, &kind, sizeof kind},
                            {CKA_KEY_TYPE, &type, sizeof type},
                            {CKA_VALUE_LEN, &length, sizeof length},
                            {CKA_TOKEN, &yes, sizeof yes},
                            {CKA_PRIVATE, &yes, sizeof yes},
                            {CKA_SENSITIVE, &yes, sizeof yes},
                            {CKA_EXTRACTABLE, &no, sizeof no},
                            {CKA_ENCRYPT, &yes, sizeof yes},
                            {CKA_DECRYPT, &yes, sizeof yes},
                            {CKA_LABEL, bytes_of(options_.key_label), options_.key_label.size()},
                            {CKA_ID, bytes_of(id), id.size()}};
    CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
    CK_OBJECT_HANDLE made = 0;
    const CK_RV code = session.calls().C_GenerateKey(session.get(), &mechanism, about, std::size(about), &made);
    if (code != CKR_OK) return unavailable("{}", pkcs11_error("C_GenerateKey", code));
    return to_hex(id);
  }

  // AES keys with our label, and with this id if it is not empty.
  StatusOr<std::vector<CK_OBJECT_HANDLE>> find(Pkcs11Session& session, std::string_view id) {
    CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_ATTRIBUTE about[] = {{CKA_CLASS, &kind, sizeof kind}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_LABEL, bytes_of(options_.key_label), options_.key_label.size()},
                            {CKA_ID, bytes_of(id), id.size()}};
    // By its id alone, if it has one: the label may have been changed.
    CK_ATTRIBUTE by_id[] = {about[0], about[1], about[3]};
    const CK_RV begun = id.empty() ? session.calls().C_FindObjectsInit(session.get(), about, 3) : session.calls().C_FindObjectsInit(session.get(), by_id, 3);
    if (begun != CKR_OK) return unavailable("{}", pkcs11_error("C_FindObjectsInit", begun));
    std::vector<CK_OBJECT_HANDLE> found(keys_max);
    CK_ULONG count = 0;
    const CK_RV code = session.calls().C_FindObjects(session.get(), found.data(), keys_max, &count);
    session.calls().C_FindObjectsFinal(session.get());
    if (code != CKR_OK) return unavailable("{}", pkcs11_error("C_FindObjects", code));
    found.resize(count);
    return found;
  }

  StatusOr<CK_OBJECT_HANDLE> find_one(Pkcs11Session& session, std::string_view kek_id) {
    const auto id = from_hex(kek_id);
    if (!id || id->empty()) return data_loss("\"{}\" is no id of a key", kek_id);
    TOLLGATE_ASSIGN_OR_RETURN(const auto keys, find(session, *id));
    if (keys.empty()) return failed_precondition("it does not have the key (id {}) that the vault is wrapped with: is it the right token?", kek_id);
    if (keys.size() > 1) return failed_precondition("it has {} keys with the id {}", keys.size(), kek_id);
    return keys.front();
  }

  StatusOr<std::string> id_of(Pkcs11Session& session, CK_OBJECT_HANDLE key) {
    std::array<char, 64> id{};
    CK_ATTRIBUTE about{CKA_ID, id.data(), id.size()};
    const CK_RV code = session.calls().C_GetAttributeValue(session.get(), key, &about, 1);
    if (code != CKR_OK) return unavailable("{}", pkcs11_error("C_GetAttributeValue", code));
    if (about.ulValueLen == 0) return failed_precondition("the key \"{}\" has no CKA_ID: give it one", options_.key_label);
    return to_hex({id.data(), about.ulValueLen});
  }

  const Pkcs11Options options_;
  std::unique_ptr<Pkcs11Module> module_;
};

}  // namespace

std::unique_ptr<KeyProvider> make_pkcs11_provider(const Pkcs11Options& options) { return std::make_unique<Pkcs11Provider>(options); }

}  // namespace tollgate::vault
