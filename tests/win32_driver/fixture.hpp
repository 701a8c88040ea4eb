// Vulkan devices over the emulated win32 external memory, for this folder's own tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "geyser/vulkan.hpp"
#include "win32_driver/vulkan_win32.hpp"

namespace geyser::test {

/// The DLL beside the program, loaded once and never unloaded.
class EmulatedDriver {
 public:
  static const EmulatedDriver& get();
  [[nodiscard]] PFN_vkGetInstanceProcAddr get_instance_proc_addr() const noexcept { return get_instance_proc_addr_; }
  [[nodiscard]] std::uint64_t complaints() const;
  [[nodiscard]] std::string last_complaint() const;
  void fail_next(const char* function, VkResult result) const;

 private:
  EmulatedDriver();
  PFN_vkGetInstanceProcAddr get_instance_proc_addr_ = nullptr;
  HMODULE library_ = nullptr;
};

/// Two devices of two instances. Fails when the driver complained during the test, or when handles of this process stay behind.
class EmulatedWin32ExternalMemory : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  /// For tests of what the driver complains about: how many there were since the test or the last call began.
  [[nodiscard]] std::uint64_t take_complaints();

  [[nodiscard]] vulkan::Device& device(int which) { return which == 0 ? *first_ : *second_; }
  [[nodiscard]] TextureShareManager& exporter() { return *exporter_; }
  [[nodiscard]] TextureShareManager& importer() { return *importer_; }
  [[nodiscard]] static TextureDescriptor texture(std::uint32_t width = 61, std::uint32_t height = 33);

 private:
  std::optional<vulkan::Device> first_;
  std::optional<vulkan::Device> second_;
  std::optional<TextureShareManager> exporter_;
  std::optional<TextureShareManager> importer_;
  std::uint64_t complaints_ = 0;
};

}  // namespace geyser::test
