#include "vault/pkcs11_module.h"

#include <dlfcn.h>

#include <vector>

namespace tollgate::vault {
namespace {

struct Name {
  CK_RV code;
  const char* name;
};
// Those that an operator can do something about.
constexpr Name names[] = {
    {CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR"},
    {CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED"},
    {CKR_ARGUMENTS_BAD, "CKR_ARGUMENTS_BAD"},
    {CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR"},
    {CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY"},
    {CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED"},
    {CKR_ENCRYPTED_DATA_INVALID, "CKR_ENCRYPTED_DATA_INVALID"},
    {CKR_FUNCTION_NOT_SUPPORTED, "CKR_FUNCTION_NOT_SUPPORTED"},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED"},
    {CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID"},
    {CKR_MECHANISM_PARAM_INVALID, "CKR_MECHANISM_PARAM_INVALID"},
    {CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT"},
    {CKR_PIN_LOCKED, "CKR_PIN_LOCKED"},
    {CKR_SESSION_COUNT, "CKR_SESSION_COUNT"},
    {CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID"},
    {CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID"},
    {CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT"},
    {CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED"},
    {CKR_TOKEN_WRITE_PROTECTED, "CKR_TOKEN_WRITE_PROTECTED"},
    {CKR_USER_PIN_NOT_INITIALIZED, "CKR_USER_PIN_NOT_INITIALIZED"},
};

// Labels are padded with spaces to their full width.
std::string label_of(const CK_TOKEN_INFO& info) {
  std::string label(reinterpret_cast<const char*>(info.label), sizeof info.label);
  label.erase(label.find_last_not_of(' ') + 1);
  return label;
}

}  // namespace

std::string pkcs11_error(std::string_view function, CK_RV code) {
  for (const Name& one : names)
    if (one.code == code) return fmt::format("{}: {}", function, one.name);
  return fmt::format("{}: CKR 0x{:08x}", function, code);
}

StatusOr<std::unique_ptr<Pkcs11Module>> Pkcs11Module::load(const std::string& path) {
  // Never unloaded: such modules leave threads and exit handlers behind.
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return failed_precondition("cannot load the PKCS#11 module: {}", ::dlerror());
  const auto get_list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  if (get_list == nullptr) return failed_precondition("{} is no PKCS#11 module: it has no C_GetFunctionList", path);
  CK_FUNCTION_LIST* calls = nullptr;
  if (const CK_RV code = get_list(&calls); code != CKR_OK) return unavailable("{}: {}", path, pkcs11_error("C_GetFunctionList", code));
  CK_C_INITIALIZE_ARGS how{};
  how.flags = CKF_OS_LOCKING_OK;
  const CK_RV code = calls->C_Initialize(&how);
  if (code != CKR_OK && code != CKR_CRYPTOKI_ALREADY_INITIALIZED) return unavailable("{}: {}", path, pkcs11_error("C_Initialize", code));
  return std::unique_ptr<Pkcs11Module>(new Pkcs11Module(calls, code == CKR_OK));
}

Pkcs11Module::~Pkcs11Module() {
  if (finalize_) calls_->C_Finalize(nullptr);
}

StatusOr<CK_SLOT_ID> Pkcs11Module::slot_of(const std::string& label) const {
  CK_ULONG count = 0;
  CK_RV code = calls_->C_GetSlotList(CK_TRUE, nullptr, &count);
  std::vector<CK_SLOT_ID> slots(count);
  if (code == CKR_OK && count > 0) code = calls_->C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (code != CKR_OK) return unavailable("{}", pkcs11_error("C_GetSlotList", code));
  slots.resize(count);
  std::vector<std::string> seen;
  std::vector<CK_SLOT_ID> fitting;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    if (calls_->C_GetTokenInfo(slot, &info) != CKR_OK || (info.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
    seen.push_back(label_of(info));
    if (label.empty() || seen.back() == label) fitting.push_back(slot);
  }
  if (fitting.size() == 1) return fitting.front();
  if (seen.empty()) return unavailable("it has no token: is the HSM connected and set up?");
  if (fitting.empty()) return unavailable("it has no token \"{}\", but these: {}", label, fmt::join(seen, ", "));
  return failed_precondition("it has several tokens{}: say which one, by a label that only one of them has", label.empty() ? "" : " with this label");
}

StatusOr<std::unique_ptr<Pkcs11Session>> Pkcs11Session::open(const Pkcs11Module& module, const std::string& token, const Secret& pin) {
  TOLLGATE_ASSIGN_OR_RETURN(const CK_SLOT_ID slot, module.slot_of(token));
  CK_FUNCTION_LIST& calls = module.calls();
  CK_SESSION_HANDLE handle = 0;
  CK_RV code = calls.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle);
  if (code != CKR_OK) return unavailable("{}", pkcs11_error("C_OpenSession", code));
  std::unique_ptr<Pkcs11Session> session(new Pkcs11Session(calls, handle));
  auto* const digits = reinterpret_cast<CK_UTF8CHAR*>(const_cast<char*>(pin.reveal().data()));
  code = calls.C_Login(handle, CKU_USER, digits, pin.reveal().size());
  if (code != CKR_OK && code != CKR_USER_ALREADY_LOGGED_IN) {
    // Never tried again with the same PIN by ourselves: tokens lock after a few wrong ones.
    if (code == CKR_PIN_INCORRECT || code == CKR_PIN_LOCKED)
      return error(absl::StatusCode::kPermissionDenied, "{}: is it the right PIN?", pkcs11_error("C_Login", code));
    return unavailable("{}", pkcs11_error("C_Login", code));
  }
  return session;
}

Pkcs11Session::~Pkcs11Session() { calls_.C_CloseSession(session_); }

}  // namespace tollgate::vault
