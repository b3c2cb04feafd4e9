#include "cli/node_certificates.h"

#include <spdlog/spdlog.h>

namespace tollgate::cli {

void warn_of_partners_locked_out(const Config& config, const Directory& directory) {
  constexpr std::size_t page_partners = 1'000;
  if (config.api.asks_for_certificates()) return;
  std::size_t bound = 0;
  std::string one;
  PartnerId after{};
  for (bool more = true; more;) {
    const auto page = directory.list(after, page_partners);
    more = page.size() == page_partners;
    for (const auto& partner : page) {
      after = partner->id;
      if (partner->config.client_certificates.empty()) continue;
      if (bound++ == 0) one = partner->id.text();
    }
  }
  if (bound != 0)
    spdlog::warn("api.client_certificates is off, and {} partners ({}{}) are bound to client certificates: all of their requests are refused",
                 bound, one, bound == 1 ? "" : ", ...");
}

}  // namespace tollgate::cli
