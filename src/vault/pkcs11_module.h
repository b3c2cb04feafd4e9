// A PKCS#11 module (OASIS PKCS #11 v2.40), opened at run time, and sessions with one token behind it.
#pragma once
#include <p11-kit/pkcs11.h>

#include <memory>
#include <string>
#include <string_view>

#include "tollgate/base/secret.h"
#include "tollgate/base/status.h"

namespace tollgate::vault {

// "C_OpenSession: CKR_DEVICE_REMOVED"
[[nodiscard]] std::string pkcs11_error(std::string_view function, CK_RV code);

class Pkcs11Module {
 public:
  [[nodiscard]] static StatusOr<std::unique_ptr<Pkcs11Module>> load(const std::string& path);
  ~Pkcs11Module();
  Pkcs11Module(const Pkcs11Module&) = delete;
  Pkcs11Module& operator=(const Pkcs11Module&) = delete;

  [[nodiscard]] CK_FUNCTION_LIST& calls() const { return *calls_; }
  // The slot that has the token with this label; the only token's, if the label is empty.
  [[nodiscard]] StatusOr<CK_SLOT_ID> slot_of(const std::string& label) const;

 private:
  Pkcs11Module(CK_FUNCTION_LIST* calls, bool finalize) : calls_(calls), finalize_(finalize) {}
  CK_FUNCTION_LIST* const calls_;
  const bool finalize_;  // false if another user of the module in this process had begun before us
};

// Open and logged in, until it goes out of scope.
class Pkcs11Session {
 public:
  [[nodiscard]] static StatusOr<std::unique_ptr<Pkcs11Session>> open(const Pkcs11Module& module, const std::string& token, const Secret& pin);
  ~Pkcs11Session();
  Pkcs11Session(const Pkcs11Session&) = delete;
  Pkcs11Session& operator=(const Pkcs11Session&) = delete;

  [[nodiscard]] CK_FUNCTION_LIST& calls() const { return calls_; }
  [[nodiscard]] CK_SESSION_HANDLE get() const { return session_; }

 private:
  Pkcs11Session(CK_FUNCTION_LIST& calls, CK_SESSION_HANDLE session) : calls_(calls), session_(session) {}
  CK_FUNCTION_LIST& calls_;
  const CK_SESSION_HANDLE session_;
};

}  // namespace tollgate::vault
