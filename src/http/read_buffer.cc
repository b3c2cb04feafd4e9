#include "http/read_buffer.h"

#include <string.h>

#include <algorithm>

namespace tollgate::http {

void ReadBuffer::wipe(std::size_t from, std::size_t to) {
  if (from < to) explicit_bzero(data_.get() + from, to - from);
}

boost::asio::mutable_buffer ReadBuffer::room(std::size_t bytes_wanted) {
  const std::size_t unread_bytes = end_ - begin_;
  const std::size_t needed = std::max({bytes_wanted, unread_bytes + 1, bytes_first});
  if (needed > capacity_) {
    const std::size_t grown = std::max(needed, std::min(capacity_ * 2, bytes_kept_max));
    std::unique_ptr<char[]> larger(new char[grown]);
    if (unread_bytes != 0) memcpy(larger.get(), data_.get() + begin_, unread_bytes);
    wipe(begin_, end_);
    data_ = std::move(larger);
    capacity_ = grown;
    begin_ = 0;
    end_ = unread_bytes;
  } else if (begin_ + needed > capacity_) {
    memmove(data_.get(), data_.get() + begin_, unread_bytes);
    wipe(std::max(begin_, unread_bytes), end_);
    begin_ = 0;
    end_ = unread_bytes;
  }
  return {data_.get() + end_, capacity_ - end_};
}

void ReadBuffer::consume(std::size_t bytes) {
  wipe(begin_, begin_ + bytes);
  begin_ += bytes;
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  if (capacity_ > bytes_kept_max) {
    data_.reset();
    capacity_ = 0;
  }
}

}  // namespace tollgate::http
