#include "http/read_buffer.h"

#include <algorithm>
#include <cstring>

namespace tollgate::http {

boost::asio::mutable_buffer ReadBuffer::room(std::size_t bytes_wanted) {
  const std::size_t unread_bytes = end_ - begin_;
  const std::size_t needed = std::max({bytes_wanted, unread_bytes + 1, bytes_first});
  if (needed > capacity_) {
    const std::size_t grown = std::max(needed, std::min(capacity_ * 2, bytes_kept_max));
    std::unique_ptr<char[]> larger(new char[grown]);
    if (unread_bytes != 0) std::memcpy(larger.get(), data_.get() + begin_, unread_bytes);
    data_ = std::move(larger);
    capacity_ = grown;
    begin_ = 0;
    end_ = unread_bytes;
  } else if (begin_ + needed > capacity_) {
    std::memmove(data_.get(), data_.get() + begin_, unread_bytes);
    begin_ = 0;
    end_ = unread_bytes;
  }
  return {data_.get() + end_, capacity_ - end_};
}

void ReadBuffer::consume(std::size_t bytes) {
  begin_ += bytes;
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  if (capacity_ > bytes_kept_max) {
    data_.reset();
    capacity_ = 0;
  }
}

}  // namespace tollgate::http
