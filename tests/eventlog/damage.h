// Files that go bad: for tests of what opens them.
#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/catch.h"

namespace tollgate::testing {

// Of one kind, not empty, in the order of their numbers. A log in use removes files meanwhile: what is gone is left out.
inline std::vector<std::filesystem::path> files_of(const std::string& dir, const std::string& extension) {
  std::vector<std::filesystem::path> found;
  for (const auto& file : std::filesystem::directory_iterator(dir)) {
    std::error_code gone;
    if (file.path().extension() == extension && file.file_size(gone) > 0 && !gone) found.push_back(file.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// The files as a crash would leave them, of a log that may be in use: one that it removes meanwhile is not copied.
inline void copy_as_it_is(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::create_directories(to);
  for (const auto& file : std::filesystem::directory_iterator(from)) {
    std::error_code failed;
    std::filesystem::copy(file.path(), to / file.path().filename(), failed);
    if (failed && failed != std::errc::no_such_file_or_directory) FAIL(file.path() << ": " << failed.message());
  }
}

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void overwrite(const std::filesystem::path& file, std::size_t at, std::string_view bytes) {
  std::fstream io(file, std::ios::in | std::ios::out | std::ios::binary);
  io.seekp(static_cast<std::streamoff>(at));
  io.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(io.good());
}

inline void flip_bits(const std::filesystem::path& file, std::size_t at, char bits) {
  const char byte = static_cast<char>(content_of(file).at(at) ^ bits);
  overwrite(file, at, {&byte, 1});
}

}  // namespace tollgate::testing
