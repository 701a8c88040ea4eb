// What tests ask of the system beyond the library: handles to start from, how many are open, a folder.
#pragma once

#include <filesystem>
#include <random>
#include <string>

#include "geyser/os_handle.hpp"

namespace geyser::unit {

/// The device that swallows everything. Each call opens it anew.
[[nodiscard]] OsHandle open_null();
[[nodiscard]] bool is_open(OsHandle::Value handle) noexcept;
[[nodiscard]] bool is_inherited(const OsHandle& handle) noexcept;
/// How many handles this process has open.
[[nodiscard]] std::size_t open_descriptors();

/// A folder that is gone with its object.
class Folder {
 public:
  Folder() {
    std::random_device random;
    const auto path = std::filesystem::temp_directory_path() / ("geyser-unit-" + std::to_string(random()) + std::to_string(random()));
    std::error_code failed;
    if (!std::filesystem::create_directory(path, failed)) return;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, failed);
    path_ = path.string();
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string operator/(const char* file) const { return path_ + '/' + file; }

 private:
  std::string path_;
};

}  // namespace geyser::unit
