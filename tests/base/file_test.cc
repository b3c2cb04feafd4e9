#include "tollgate/base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/catch.h"

namespace tollgate {
namespace {

struct Folder {
  std::string path;
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path().string() + "/tollgate-file-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ifstream in(path + "/" + name, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
  }
  [[nodiscard]] unsigned mode(const std::string& name) const {
    struct stat about {};
    REQUIRE(::stat((path + "/" + name).c_str(), &about) == 0);
    return about.st_mode & 07777;
  }
};

}  // namespace

TEST_CASE("A file that is replaced has the new content as a whole, the mode that was asked for, and leaves nothing beside it") {
  const Folder folder;
  const std::string path = folder.path + "/some";
  for (const std::string& content : {std::string("first, and longer"), std::string("second"), std::string(), std::string(300'000, 'x')}) {
    REQUIRE(replace_file(path, content).ok());
    CHECK(folder.content("some") == content);
    CHECK(folder.mode("some") == 0600);
    CHECK_FALSE(std::filesystem::exists(path + ".new"));
  }
  const mode_t before = ::umask(077);
  CHECK(replace_file(path, "for all", 0644).ok());
  ::umask(before);
  CHECK(folder.mode("some") == 0644);
}

TEST_CASE("What a crash has left of a file that was being replaced changes nothing") {
  const Folder folder;
  const std::string path = folder.path + "/some";
  REQUIRE(replace_file(path, "old").ok());
  std::ofstream(path + ".new") << "half of something that was longer than what comes";
  std::filesystem::permissions(path + ".new", std::filesystem::perms::all);
  CHECK(folder.content("some") == "old");
  REQUIRE(replace_file(path, "new").ok());
  CHECK(folder.content("some") == "new");
  CHECK(folder.mode("some") == 0600);
}

TEST_CASE("A file that cannot be replaced stays as it is, and the message names what failed") {
  const Folder folder;
  const Status nowhere = replace_file(folder.path + "/missing/some", "x");
  CHECK(absl::IsUnavailable(nowhere));
  CHECK(message_of(nowhere) == "cannot create " + folder.path + "/missing/some.new: No such file or directory");
  // A folder in its place: everything works but the last step.
  std::filesystem::create_directories(folder.path + "/taken/inside");
  const Status taken = replace_file(folder.path + "/taken", "x");
  CHECK(std::string(message_of(taken)).find("cannot rename " + folder.path + "/taken.new") == 0);
  CHECK(std::filesystem::exists(folder.path + "/taken/inside"));
}

TEST_CASE("A name without a folder is one in the current folder") {
  const Folder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path);
  const Status replaced = replace_file("some", "here");
  std::filesystem::current_path(before);
  CHECK(replaced.ok());
  CHECK(folder.content("some") == "here");
}

}  // namespace tollgate
