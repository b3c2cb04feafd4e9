#include "cli/certificate_pins.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cstdio>

#include "http/client_trust.h"
#include "tollgate/partner/client_certificate.h"

namespace tollgate::cli {
namespace {

// Empty if it holds neither.
std::string pin_in(std::FILE* file) {
  std::string pin;
  if (X509* certificate = PEM_read_X509(file, nullptr, nullptr, nullptr)) {
    pin = http::certificate_pin(certificate);
    X509_free(certificate);
  } else {
    std::rewind(file);
    if (EVP_PKEY* key = PEM_read_PUBKEY(file, nullptr, nullptr, nullptr)) {
      pin = http::public_key_pin(key);
      EVP_PKEY_free(key);
    }
  }
  ERR_clear_error();
  return pin;
}

}  // namespace

StatusOr<std::string> certificate_pin(const std::string& text) {
  if (auto pin = parse_certificate_pin(text)) return *std::move(pin);
  std::FILE* file = std::fopen(text.c_str(), "re");
  if (file == nullptr)
    return invalid_argument("\"{}\" is no file that can be read, and not the SHA-256 of a public key (64 hexadecimal digits)", text);
  std::string pin = pin_in(file);
  std::fclose(file);
  if (pin.empty()) return invalid_argument("{} holds no certificate and no public key in PEM", text);
  return pin;
}

StatusOr<std::vector<std::string>> certificate_pins(const std::vector<std::string>& texts) {
  std::vector<std::string> pins;
  if (texts.size() == 1 && texts.front() == "none") return pins;
  for (const std::string& text : texts) {
    TOLLGATE_ASSIGN_OR_RETURN(std::string pin, certificate_pin(text));
    pins.push_back(std::move(pin));
  }
  return pins;
}

}  // namespace tollgate::cli
