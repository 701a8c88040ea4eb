// A test that runs on every device: an exporter and an importer of it, opened once for all tests of the program.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geyser/host.hpp"
#include "support/check.hpp"
#include "support/content.hpp"
#include "support/devices.hpp"
#include "support/process.hpp"

namespace geyser::test {

class OnDevice : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override;
  void TearDown() override;

  [[nodiscard]] const DeviceEntry& entry() const { return *find_device(GetParam()); }
  [[nodiscard]] TextureShareManager& exporter() { return exporter_->manager(); }
  [[nodiscard]] TextureShareManager& importer() { return importer_->manager(); }
  [[nodiscard]] Participant& exporter_side() { return *exporter_; }
  [[nodiscard]] Participant& importer_side() { return *importer_; }
  /// A device of this test's own, for what may hurt it.
  [[nodiscard]] std::unique_ptr<Participant> fresh();
  /// For tests whose subject is something that the library logs as an error. Validation messages still fail the test.
  void expect_logged_errors() { logged_errors_expected_ = true; }

  [[nodiscard]] static TextureDescriptor texture(TextureFormat format = TextureFormat::rgba8_unorm, std::uint32_t width = 33,
                                                 std::uint32_t height = 17);
  [[nodiscard]] static std::vector<std::byte> content(const TextureDescriptor& descriptor, std::uint64_t seed,
                                                      const TextureRegion& region = {});
  /// Reads the whole of level 0, layer 0, plane 0 and compares.
  static void expect_content(TextureShareManager& manager, SharedTexture& texture, const std::vector<std::byte>& wanted,
                             const AccessInfo& info = {});
  /// Creates, writes, reads and destroys: the device is none the worse.
  static void expect_working(TextureShareManager& manager);

 private:
  Participant* exporter_ = nullptr;
  Participant* importer_ = nullptr;
  std::vector<std::uint64_t> validation_;
  std::size_t log_mark_ = 0;
  bool logged_errors_expected_ = false;
};

/// The same, on Vulkan devices only.
class OnVulkan : public OnDevice {};

}  // namespace geyser::test
