// A folder of a test's own, gone with it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>

namespace geyser::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code failed;
    std::random_device random;
    const auto path = std::filesystem::path(::testing::TempDir()) / ("geyser-ipc-" + std::to_string(random()) + std::to_string(random()));
    if (!std::filesystem::create_directory(path, failed)) ADD_FAILURE() << "no folder can be made at " << path;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, failed);
    path_ = path.string();
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace geyser::test
