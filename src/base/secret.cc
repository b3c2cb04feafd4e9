#include "tollgate/base/secret.h"

#include <openssl/crypto.h>

namespace tollgate {

void Secret::wipe() noexcept {
  // Up to the capacity: a moved-from short string keeps its characters in place.
  if (value_.capacity() > 0) {
    value_.resize(value_.capacity());
    OPENSSL_cleanse(value_.data(), value_.size());
    value_.clear();
  }
}

}  // namespace tollgate
