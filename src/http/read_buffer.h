// What has arrived on a connection and is not used yet, contiguous. What was used is wiped: it may have been a card's number.
#pragma once
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <memory>
#include <string_view>

namespace tollgate::http {

class ReadBuffer {
 public:
  ReadBuffer() = default;
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;
  ~ReadBuffer() { wipe(begin_, end_); }

  [[nodiscard]] std::string_view unread() const { return {data_.get() + begin_, end_ - begin_}; }
  // At least one byte to read into, and room for `bytes_wanted` from the first unread byte on. May move what is there.
  [[nodiscard]] boost::asio::mutable_buffer room(std::size_t bytes_wanted);
  void arrived(std::size_t bytes) { end_ += bytes; }
  void consume(std::size_t bytes);

 private:
  void wipe(std::size_t from, std::size_t to);

  static constexpr std::size_t bytes_first = 4 * 1024;
  static constexpr std::size_t bytes_kept_max = 32 * 1024;  // a larger one is given back when it is empty
  std::unique_ptr<char[]> data_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace tollgate::http
