// A PKCS#11 module that passes everything on to SoftHSM, and that can go away: while the file GONE_HSM_SIGN exists, whatever
// reaches for the token fails with CKR_DEVICE_REMOVED.
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdlib.h>
#include <unistd.h>

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST ours;

static int gone(void) {
  const char *sign = getenv("GONE_HSM_SIGN");
  return sign != NULL && access(sign, F_OK) == 0;
}

static CK_RV slot_list(CK_BBOOL present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count) {
  return gone() ? CKR_DEVICE_REMOVED : real->C_GetSlotList(present, slots, count);
}
static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session) {
  return gone() ? CKR_DEVICE_REMOVED : real->C_OpenSession(slot, flags, application, notify, session);
}
static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
  return gone() ? CKR_DEVICE_REMOVED : real->C_Login(session, user, pin, length);
}
static CK_RV encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR from, CK_ULONG length, CK_BYTE_PTR to, CK_ULONG_PTR written) {
  return gone() ? CKR_DEVICE_REMOVED : real->C_Encrypt(session, from, length, to, written);
}
static CK_RV decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR from, CK_ULONG length, CK_BYTE_PTR to, CK_ULONG_PTR written) {
  return gone() ? CKR_DEVICE_REMOVED : real->C_Decrypt(session, from, length, to, written);
}
static CK_RV generate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR about, CK_ULONG count, CK_OBJECT_HANDLE_PTR key) {
  return gone() ? CKR_DEVICE_REMOVED : real->C_GenerateKey(session, mechanism, about, count, key);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  if (real == NULL) {
    void *library = dlopen("libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return CKR_GENERAL_ERROR;
    CK_RV (*get)(CK_FUNCTION_LIST_PTR_PTR) = (CK_RV(*)(CK_FUNCTION_LIST_PTR_PTR))dlsym(library, "C_GetFunctionList");
    if (get == NULL || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
    ours = *real;
    ours.C_GetSlotList = slot_list;
    ours.C_OpenSession = open_session;
    ours.C_Login = login;
    ours.C_Encrypt = encrypt;
    ours.C_Decrypt = decrypt;
    ours.C_GenerateKey = generate_key;
  }
  *list = &ours;
  return CKR_OK;
}
