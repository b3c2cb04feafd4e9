#include "transparency/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "tollgate/base/random.h"
#include "tollgate/directory/secret_file.h"
#include "tollgate/transparency/transparency.h"

namespace tollgate::transparency {
namespace {

constexpr std::size_t file_bytes_max = std::size_t{256} << 20;
constexpr std::size_t made_up_characters = 10;
// A name that can belong to nobody else (RFC 2606 and its successors keep .internal out of the public tree).
constexpr std::string_view made_up_domain = "tollgate.internal/";

}  // namespace

std::string Paths::verifier_key(uint32_t partition, uint64_t generation) const {
  return generation > 1 ? fmt::format("{}/{}-{}.vkey", folder(), partition, generation) : fmt::format("{}/{}.vkey", folder(), partition);
}

StatusOr<std::string> read_file(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return errno == ENOENT ? not_found("there is no file {}", path) : file_error("open", path);
  std::string content;
  char buffer[64 * 1024];
  while (true) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read", path);
    if (got == 0) return content;
    content.append(buffer, static_cast<std::size_t>(got));
    if (content.size() > file_bytes_max) return data_loss("{} has more than {} bytes", path, file_bytes_max);
  }
}

Status append_file(const std::string& path, std::string_view content, bool sync) {
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.is_open()) return file_error("open", path);
  TOLLGATE_RETURN_IF_ERROR(write_all(file, content, path));
  if (!sync) return absl::OkStatus();
  if (::fsync(file.get()) != 0) return file_error("sync", path);
  return sync_directory_of(path);
}

Status cut_file(const std::string& path, uint64_t bytes) {
  return ::truncate(path.c_str(), static_cast<off_t>(bytes)) == 0 ? absl::OkStatus() : file_error("shorten", path);
}

StatusOr<uint64_t> read_generation(const Paths& paths) {
  const auto text = read_file(paths.generation());
  if (absl::IsNotFound(text.status())) return 1;
  if (!text.ok()) return text.status();
  std::string_view digits = *text;
  while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r')) digits.remove_suffix(1);
  const auto number = proof::parse_size(digits);
  if (!number.ok() || *number == 0) return data_loss("{} must hold a number from 1 on", paths.generation());
  return *number;
}

StatusOr<proof::SignerKey> load_or_make_key(const Paths& paths, const std::string& origin) {
  const auto make = [&] {
    std::string seed(ed25519_seed_bytes, '\0');
    SystemRandom random;
    random.fill({reinterpret_cast<uint8_t*>(seed.data()), seed.size()});
    const std::string name = origin.empty() ? std::string(made_up_domain) + random.base62(made_up_characters) : origin;
    return std::string(proof::SignerKey::make(name, Secret(std::move(seed))).text().reveal());
  };
  TOLLGATE_ASSIGN_OR_RETURN(const Secret text, load_or_make_secret_file(paths.key(), make));
  auto key = proof::SignerKey::parse(text.reveal());
  if (!key.ok()) return data_loss("{}: {}. Restore it from a backup", paths.key(), message_of(key.status()));
  if (!origin.empty() && key->verifier().name != origin) {
    return failed_precondition(
        "transparency.origin is \"{}\", but the log in {} has been signed as \"{}\" since its first start, and a log keeps its name: set it back, or "
        "leave it out",
        origin, paths.data_dir, key->verifier().name);
  }
  return key;
}

}  // namespace tollgate::transparency

namespace tollgate {

namespace {

using transparency::Paths;
using transparency::read_file;

template <class Parse>
StatusOr<std::vector<proof::KeptCheckpoint>> read_kept(const std::string& path, Parse parse) {
  const auto file = read_file(path);
  if (absl::IsNotFound(file.status())) return std::vector<proof::KeptCheckpoint>();
  if (!file.ok()) return file.status();
  auto kept = parse(*file);
  if (!kept.ok()) return data_loss("{} is damaged: {}", path, message_of(kept.status()));
  return kept;
}

}  // namespace

StatusOr<KeptFiles> read_kept_files(const std::string& data_dir) {
  const Paths paths{data_dir};
  KeptFiles files;
  TOLLGATE_ASSIGN_OR_RETURN(files.generation, transparency::read_generation(paths));
  TOLLGATE_ASSIGN_OR_RETURN(files.signed_last, read_kept(paths.signed_last(), proof::parse_kept));
  TOLLGATE_ASSIGN_OR_RETURN(files.cosigned, read_kept(paths.cosigned(), proof::parse_kept));
  TOLLGATE_ASSIGN_OR_RETURN(files.history, read_kept(paths.history(), proof::parse_kept_history));
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(paths.folder(), failed)) {
    if (entry.path().extension() != ".vkey") continue;
    TOLLGATE_ASSIGN_OR_RETURN(const std::string text, read_file(entry.path().string()));
    auto key = proof::VerifierKey::parse(text);
    if (!key.ok()) return data_loss("{}: {}", entry.path().string(), message_of(key.status()));
    files.keys.push_back(*std::move(key));
  }
  return files;
}

}  // namespace tollgate
