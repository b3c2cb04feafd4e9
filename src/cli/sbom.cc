#include "cli/sbom.h"

#include <CLI/CLI.hpp>
#include <boost/version.hpp>
#include <link.h>
#include <rocksdb/version.h>
#include <sys/utsname.h>
#include <toml++/toml.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "cli/version.h"
#include "tollgate/base/bytes.h"
#include "tollgate/base/digest.h"
#include "tollgate/base/random.h"
#include "tollgate/base/status.h"
#include "tollgate/record/json.h"

namespace tollgate::cli {
namespace {

namespace fs = std::filesystem;
constexpr const char* dpkg = "/var/lib/dpkg";

std::string file_digest(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return in.good() || in.eof() ? to_hex(view(sha256(content))) : std::string();
}

std::set<std::string> loaded_libraries() {
  std::set<std::string> paths;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* to) {
        // The program itself has no name here, the kernel's page has no file.
        if (info->dlpi_name != nullptr && info->dlpi_name[0] == '/') static_cast<std::set<std::string>*>(to)->insert(info->dlpi_name);
        return 0;
      },
      &paths);
  return paths;
}

// A path may be listed with or without the /usr that /lib is a link to.
std::vector<std::string> spellings_of(const std::string& path) {
  std::error_code failed;
  std::vector<std::string> all{path};
  const std::string real = fs::canonical(path, failed).string();
  for (const std::string& one : {path, real}) {
    if (one.empty()) continue;
    all.push_back(one);
    all.push_back(one.starts_with("/usr/") ? one.substr(4) : "/usr" + one);
  }
  return all;
}

// By path, the package that installed it: only of the paths asked for.
std::map<std::string, std::string> packages_of(const std::set<std::string>& wanted) {
  std::map<std::string, std::string> found;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(std::string(dpkg) + "/info", failed)) {
    if (entry.path().extension() != ".list") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);)
      if (wanted.contains(line)) found.emplace(line, entry.path().stem().string());
  }
  return found;
}

// By name and by name:architecture.
std::map<std::string, std::string> package_versions() {
  std::map<std::string, std::string> versions;
  std::ifstream in(std::string(dpkg) + "/status");
  std::string name, architecture;
  const auto after = [](const std::string& line, std::string_view field) { return line.starts_with(field) ? line.substr(field.size())
      : std::string(); };
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) name = architecture = "";
    else if (auto text = after(line, "Package: "); !text.empty()) name = text;
    else if (text = after(line, "Architecture: "); !text.empty()) architecture = text;
    else if (text = after(line, "Version: "); !text.empty()) {
      versions[name] = text;
      versions[name + ":" + architecture] = text;
    }
  }
  return versions;
}

std::string without_architecture(const std::string& package) { return package.substr(0, package.find(':')); }

std::vector<Component> compiled_in() {
  std::vector<Component> all;
  const auto add = [&](const char* name, std::string version) { all.push_back({.name = name, .version = std::move(version),
      .compiled_in = true}); };
  add("boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100));
  add("rocksdb", fmt::format("{}.{}.{}", ROCKSDB_MAJOR, ROCKSDB_MINOR, ROCKSDB_PATCH));
  add("nlohmann-json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH));
  add("CLI11", CLI11_VERSION);
  add("tomlplusplus", fmt::format("{}.{}.{}", TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH));
  return all;
}

// Version 4: random.
std::string uuid() {
  std::array<uint8_t, 16> bytes;
  SystemRandom().fill(bytes);
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  const std::string hex = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4), hex.substr(20));
}

}  // namespace

std::vector<Component> linked_components() {
  const std::set<std::string> libraries = loaded_libraries();
  std::set<std::string> spellings;
  for (const std::string& path : libraries)
    for (std::string& one : spellings_of(path)) spellings.insert(std::move(one));
  const auto packages = packages_of(spellings);
  const auto versions = package_versions();
  std::vector<Component> all = compiled_in();
  for (const std::string& path : libraries) {
    Component component{.name = fs::path(path).filename().string(), .path = path, .sha256 = file_digest(path)};
    for (const std::string& one : spellings_of(path))
      if (const auto found = packages.find(one); found != packages.end() && component.package.empty()) component.package = found->second;
    if (const auto found = versions.find(component.package); found != versions.end()) component.version = found->second;
    component.package = without_architecture(component.package);
    all.push_back(std::move(component));
  }
  return all;
}

nlohmann::ordered_json cyclonedx(const std::vector<Component>& components, int64_t now_us) {
  using Json = nlohmann::ordered_json;
  utsname machine{};
  (void)::uname(&machine);
  const std::string architecture = std::string_view(machine.machine) == "x86_64" ? "amd64" : std::string_view(machine.machine) == "aarch64"
      ? "arm64" : machine.machine;
  Json list = Json::array();
  for (const Component& component : components) {
    Json one = {{"type", "library"}, {"bom-ref", component.name}, {"name", component.name}};
    if (!component.version.empty()) one["version"] = component.version;
    if (!component.package.empty()) one["purl"] = fmt::format("pkg:deb/debian/{}@{}?arch={}", component.package, component.version,
        architecture);
    if (!component.sha256.empty()) one["hashes"] = Json::array({{{"alg", "SHA-256"}, {"content", component.sha256}}});
    one["properties"] = Json::array({{{"name", "tollgate:linked"}, {"value", component.compiled_in ? "compiled in" : "shared"}}});
    if (!component.path.empty()) one["properties"].push_back({{"name", "tollgate:path"}, {"value", component.path}});
    list.push_back(std::move(one));
  }
  return {{"bomFormat", "CycloneDX"},
          {"specVersion", "1.5"},
          {"serialNumber", "urn:uuid:" + uuid()},
          {"version", 1},
          {"metadata",
           {{"timestamp", time_text(now_us).substr(0, 19) + "Z"},
            {"component", {{"type", "application"}, {"bom-ref", "tollgate"}, {"name", "tollgate"}, {"version", std::string(version)}}}}},
          {"components", std::move(list)}};
}

}  // namespace tollgate::cli
