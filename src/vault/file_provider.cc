// The KEK in a file. It is read for each call and wiped after it: the running node does not hold it.
#include "vault/key_file.h"
#include "vault/key_provider.h"
#include "vault/private_file.h"

namespace tollgate::vault {
namespace {

class FileProvider final : public KeyProvider {
 public:
  explicit FileProvider(const std::string& directory) : path_(directory + "/vault.key"), next_path_(path_ + ".next") {}

  std::string_view name() const override { return "file"; }

  StatusOr<std::string> first_key() override {
    auto there = load_key_file(path_);
    if (absl::IsNotFound(there.status())) there = create_key_file(path_);
    if (!there.ok()) return there.status();
    return there->id;
  }

  StatusOr<std::string> make_key() override {
    // One that was made and never taken into use: settle() has moved the one that was.
    TOLLGATE_RETURN_IF_ERROR(remove_private_file(next_path_));
    TOLLGATE_ASSIGN_OR_RETURN(const MasterKey made, create_key_file(next_path_));
    return made.id;
  }

  StatusOr<std::string> wrap(std::string_view kek_id, std::string_view bound_to, const Key& key) override {
    TOLLGATE_ASSIGN_OR_RETURN(const MasterKey kek, load(kek_id));
    return seal_bytes(subkey(kek.key, "kek"), bound_to, key.view());
  }

  StatusOr<Key> unwrap(std::string_view kek_id, std::string_view bound_to, std::string_view wrapped) override {
    TOLLGATE_ASSIGN_OR_RETURN(const MasterKey kek, load(kek_id));
    const auto opened = open_bytes(subkey(kek.key, "kek"), bound_to, wrapped);
    if (!opened || opened->reveal().size() != Key::size) return data_loss("a data key of the vault is damaged: restore the vault from a backup");
    return Key(opened->reveal());
  }

  Status settle(std::string_view kek_id) override {
    if (const auto next = load_key_file(next_path_); next.ok() && next->id == kek_id) {
      TOLLGATE_RETURN_IF_ERROR(rename_private_file(next_path_, path_));
    }
    // Nothing is removed before the key that counts has been seen in its place.
    const auto there = load_key_file(path_);
    TOLLGATE_RETURN_IF_ERROR(there.status());
    if (there->id != kek_id) return internal_error("the key file {} has the id {}, not {}", path_, there->id, kek_id);
    TOLLGATE_RETURN_IF_ERROR(remove_private_file(next_path_));
    // What a crash left of files that were being made.
    TOLLGATE_RETURN_IF_ERROR(remove_private_file(path_ + ".new"));
    return remove_private_file(next_path_ + ".new");
  }

 private:
  StatusOr<MasterKey> load(std::string_view kek_id) const {
    auto next = load_key_file(next_path_);
    if (next.ok() && next->id == kek_id) return next;
    auto there = load_key_file(path_);
    if (absl::IsNotFound(there.status()))
      return failed_precondition("the vault has data, and its key file {} (id {}) is missing: restore it from a copy", path_, kek_id);
    if (there.ok() && there->id != kek_id)
      return failed_precondition("the key file {} (id {}) is not the one that this vault was written with (id {}): put the right copy there", path_,
                                 there->id, kek_id);
    return there;
  }

  const std::string path_, next_path_;
};

}  // namespace

std::unique_ptr<KeyProvider> make_file_provider(const std::string& directory) { return std::make_unique<FileProvider>(directory); }

}  // namespace tollgate::vault
