// A certificate made for one test.
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/catch.h"

namespace tollgate::testing {

// A key pair and a certificate that it signs itself, for the names given ("DNS:localhost,IP:127.0.0.1").
class Certificate {
 public:
  explicit Certificate(const char* names = "DNS:localhost,IP:127.0.0.1", long valid_s = 3'600) {
    char path[] = "/tmp/tollgate-certificate-XXXXXX";
    REQUIRE(::mkdtemp(path) != nullptr);
    directory_ = path;
    key = EVP_EC_gen("P-256");
    certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), std::min<long>(0, valid_s) - 60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), valid_s);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("upstream"), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* file = std::fopen(this->path().c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(key_path().c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  ~Certificate() {
    X509_free(certificate);
    EVP_PKEY_free(key);
    std::filesystem::remove_all(directory_);
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  [[nodiscard]] std::string path() const { return directory_ + "/certificate.pem"; }
  [[nodiscard]] std::string key_path() const { return directory_ + "/key.pem"; }

  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;

 private:
  std::string directory_;
};

}  // namespace tollgate::testing
