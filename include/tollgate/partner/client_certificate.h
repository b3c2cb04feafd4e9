// Client certificates that a partner's keys are bound to. A certificate is known by its public key: the SHA-256 of its SubjectPublicKeyInfo
// in DER, as hexadecimal digits. Whoever renews a certificate with the same key has nothing to change here.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

inline constexpr std::size_t client_certificates_per_partner_max = 8;

// In the one way that it is kept: 64 digits, lower case. Takes "sha256:" before them and colons between them as well. Nothing if it is no pin.
[[nodiscard]] std::optional<std::string> parse_certificate_pin(std::string_view text);

// Whether keys bound to these may be used by who came with `presented`: the pin of a verified certificate, empty if there is none. Bound to
// none of them: by anybody. All are compared, whatever is found: the first of the list is let in no sooner than the last.
[[nodiscard]] bool may_come_with(const std::vector<std::string>& pins, std::string_view presented);

}  // namespace tollgate
