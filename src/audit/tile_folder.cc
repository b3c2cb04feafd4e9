#include "audit/tile_folder.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tollgate/audit/tiles.h"

namespace tollgate::audit {

Status write_tile_file(const std::string& path, std::string_view content) {
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);
  if (failed) return unavailable("cannot create the folder of {}: {}", path, failed.message());
  const std::string temporary = path + ".new";
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file) return unavailable("cannot write {}", temporary);
  }
  std::filesystem::rename(temporary, path, failed);
  return failed ? unavailable("cannot write {}: {}", path, failed.message()) : absl::OkStatus();
}

StatusOr<std::string> FolderTiles::file(const std::string& path) const {
  const std::string whole = folder_ + "/" + path;
  std::ifstream file(whole, std::ios::binary);
  if (!file) return not_found("there is no file {}", whole);
  std::ostringstream content;
  content << file.rdbuf();
  if (file.bad()) return unavailable("cannot read {}", whole);
  return std::move(content).str();
}

StatusOr<std::string> FolderTiles::tile(const proof::TileId& tile) const {
  auto exact = file(proof::tile_path(tile));
  if (exact.ok() || tile.width == proof::tile_width) return exact;
  // A tile that has become full may stand alone.
  auto full = file(proof::tile_path({tile.level, tile.index, proof::tile_width}));
  return full.ok() ? full : exact;
}

StatusOr<std::string> FolderTiles::entries(uint64_t index, uint16_t width) const { return file(proof::entries_path(index, width)); }

}  // namespace tollgate::audit
