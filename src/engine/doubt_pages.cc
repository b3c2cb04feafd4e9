#include "engine/doubt_pages.h"

#include <utility>

namespace tollgate::engine {
namespace {

constexpr std::size_t page_payments = 500;

}  // namespace

StatusOr<bool> DoubtPages::send_next(Processor& processor, std::span<const uint32_t> partitions, AcquirerPort& port) {
  if (!wanted(port) || partitions.empty() || !port.in_doubt_room()) return false;
  if (!std::exchange(under_way_, true)) {
    dropped_seen_ = port.in_doubt_dropped();
    partition_ = 0;
    after_.clear();
  }
  std::vector<AcquirerRequest> requests;
  TOLLGATE_ASSIGN_OR_RETURN(const bool more, processor.list_in_doubt(partitions[partition_], after_, page_payments, requests));
  if (!requests.empty()) port.send(std::move(requests));
  if (!more) {
    ++partition_;
    after_.clear();
    under_way_ = partition_ < partitions.size();
  }
  return under_way_;
}

}  // namespace tollgate::engine
