#include "tollgate/directory/secret_file.h"

#include <sys/stat.h>

#include <fstream>

#include "directory/folder.h"
#include "support/catch.h"

namespace tollgate {

TEST_CASE("A secret file is made once, for its owner only") {
  const Folder folder;
  const auto first = load_or_make_secret_file(folder.path("token"), [] { return std::string("one"); });
  REQUIRE(first.ok());
  CHECK(first->reveal() == "one");
  struct stat about {};
  REQUIRE(::stat(folder.path("token").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  const auto second = load_or_make_secret_file(folder.path("token"), [] { return std::string("two"); });
  REQUIRE(second.ok());
  CHECK(second->reveal() == "one");
}

TEST_CASE("A secret file that others may read is refused, with the cure") {
  const Folder folder;
  std::ofstream(folder.path("token")) << "one\n";
  ::chmod(folder.path("token").c_str(), 0644);
  const auto loaded = load_secret_file(folder.path("token"));
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(std::string(message_of(loaded.status())).find("chmod 600") != std::string::npos);
  ::chmod(folder.path("token").c_str(), 0600);
  const auto again = load_secret_file(folder.path("token"));
  REQUIRE(again.ok());
  CHECK(again->reveal() == "one");
}

TEST_CASE("A secret file is replaced whole") {
  const Folder folder;
  REQUIRE(write_secret_file(folder.path("keys"), "first").ok());
  REQUIRE(write_secret_file(folder.path("keys"), "2nd").ok());
  CHECK(load_secret_file(folder.path("keys"))->reveal() == "2nd");
  CHECK_FALSE(std::filesystem::exists(folder.path("keys.new")));
  CHECK_FALSE(write_secret_file(folder.path("no/such/folder"), "x").ok());
}

TEST_CASE("A secret file that is not there is told apart from one that cannot be used") {
  const Folder folder;
  CHECK(load_secret_file(folder.path("none")).status().code() == absl::StatusCode::kNotFound);
}

}  // namespace tollgate
