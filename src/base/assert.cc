#include "tollgate/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace tollgate {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
  // The expression is source text: no value of the running program, so no card data, can be in this message.
  std::fprintf(stderr, "tollgate: internal error, stopping: %s does not hold (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace tollgate
