// A form body (application/x-www-form-urlencoded). What it holds may be card data: its memory is wiped.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tollgate/base/secret.h"

namespace tollgate::stripe {

class Form {
 public:
  Form();
  Form& add(std::string_view name, std::string_view value);
  Form& add(std::string_view name, int64_t value);
  [[nodiscard]] Secret take();

 private:
  void append_encoded(std::string_view text);
  // Never grows beyond what was reserved: a string that grows leaves copies of what it held behind.
  std::string text_;
};

}  // namespace tollgate::stripe
