#include "webgpu/fixture.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>

#include "support/log_capture.hpp"
#include "webgpu/layer_log.hpp"

namespace geyser::test::dawn {

const std::string& device_key() {
  static const std::string key = [] {
    const char* given = std::getenv("GEYSER_TEST_DAWN_DEVICE");
    return std::string(given != nullptr && *given != '\0' ? given : "swiftshader");
  }();
  return key;
}

const std::string& driver_files(std::string_view key) {
  const auto first_of = [](std::initializer_list<const char*> paths) {
    for (const char* path : paths) {
      if (::access(path, R_OK) == 0) return std::string(path);
    }
    return std::string();
  };
  static const std::string swiftshader =
      first_of({"/usr/lib/chromium/vk_swiftshader_icd.json", "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
                "/opt/google/chrome/vk_swiftshader_icd.json"});
  static const std::string lavapipe = first_of({"/usr/share/vulkan/icd.d/lvp_icd.x86_64.json", "/usr/share/vulkan/icd.d/lvp_icd.json"});
  static const std::string nvidia =
      first_of({"/etc/vulkan/icd.d/nvidia_icd.json", "/usr/share/vulkan/icd.d/nvidia_icd.json",
                "/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json", "/usr/share/vulkan/icd.d/nvidia_icd.x86_64.json"});
  static const std::string none;
  if (key == "swiftshader") return swiftshader;
  if (key == "lavapipe") return lavapipe;
  return key == "nvidia" && ::access("/dev/nvidiactl", R_OK) == 0 ? nvidia : none;
}

bool show_driver(std::string_view key) {
  std::string file;
  for (std::size_t at = 0; at <= key.size();) {  // "lavapipe+swiftshader"
    const std::size_t end = std::min(key.find('+', at), key.size());
    const std::string& one = driver_files(key.substr(at, end - at));
    if (one.empty()) return false;
    file += (file.empty() ? "" : ":") + one;
    at = end + 1;
  }
  ::setenv("VK_DRIVER_FILES", file.c_str(), 1);
  ::setenv("VK_ICD_FILENAMES", file.c_str(), 1);  // the name that loaders before 1.3.207 read
  return true;
}

Result<Sides> Sides::open() {
  Sides sides;
  auto vulkan = Participant::open(*find_device(device_key()));
  if (!vulkan) return std::move(vulkan).error();
  sides.vulkan = *std::move(vulkan);
  // So that every format that the adapter can have is tried.
  auto device = webgpu::Device::create(
      {.partner = &sides.vulkan->manager(),
       .get_proc_address = &wgpuGetProcAddress,
       .features = {WGPUFeatureName_TextureCompressionBC, WGPUFeatureName_TextureCompressionETC2, WGPUFeatureName_TextureCompressionASTC,
                    WGPUFeatureName_Unorm16TextureFormats, WGPUFeatureName_TextureFormatsTier1, WGPUFeatureName_TextureFormatsTier2}});
  if (!device) return std::move(device).error();
  sides.device = *std::move(device);
  auto manager = sides.device->create_manager(sides.vulkan->manager());
  if (!manager) return std::move(manager).error();
  sides.dawn = *std::move(manager);
  sides.gpu = std::make_unique<Gpu>(sides.device->instance(), sides.device->handle());
  return sides;
}

void LayeredTest::SetUp() {
  static_cast<void>(take_layer_messages());
  mark_ = log_mark();
}

void LayeredTest::TearDown() {
  const std::string messages = take_layer_messages();
  EXPECT_TRUE(messages.empty()) << "the validation layer says of Dawn's use of Vulkan:\n" << messages;
  for (const auto& line : lines_since(mark_, LogLevel::error)) {
    bool expected = false;
    for (const auto& part : expected_) expected = expected || line.text.find(part) != std::string::npos;
    EXPECT_TRUE(expected) << "logged: " << line.text;
  }
}

void DawnTest::SetUp() {
  LayeredTest::SetUp();
  auto sides = Sides::open();
  ASSERT_TRUE(ok(sides));
  sides_ = *std::move(sides);
}

void DawnTest::TearDown() {
  if (sides_) {
    EXPECT_TRUE(gpu().finish());
    EXPECT_EQ(device().uncaptured_errors(), uncaptured_);
    const auto& participant = *sides_->vulkan;
    EXPECT_EQ(participant.validation_messages(), 0U);
  }
  sides_.reset();
  LayeredTest::TearDown();
}

Result<DawnTest::Both> DawnTest::share(const TextureDescriptor& descriptor, bool written) {
  auto made = vulkan().create_shareable_texture(descriptor);
  if (!made) return std::move(made).error();
  if (written) static_cast<void>(fill(*made));
  auto handle = vulkan().export_texture(*made);
  if (!handle) return std::move(handle).error();
  auto imported = dawn().import_texture(*std::move(handle));
  if (!imported) return std::move(imported).error();
  return Both{*std::move(made), *std::move(imported)};
}

std::vector<std::byte> DawnTest::fill(SharedTexture& texture) {
  auto bytes = content_of(random(), texture.descriptor());
  EXPECT_TRUE(ok(vulkan().upload(texture, {}, bytes)));
  return bytes;
}

Result<std::vector<std::byte>> DawnTest::fetch(SharedTexture& texture, const AccessInfo& info, TextureState* left) {
  auto access = texture.begin_read(info);
  if (!access) return std::move(access).error();
  auto acquired = webgpu::acquire(*access);
  if (!acquired) {
    static_cast<void>(std::move(*access).end());
    return std::move(acquired).error();
  }
  Fetch fetched = gpu().fetch(*acquired, texture.descriptor());
  if (auto done = webgpu::release(*access); !done) return std::move(done).error();
  auto state = std::move(*access).end();
  if (!state) return std::move(state).error();
  if (left != nullptr) *left = *std::move(state);
  return fetched.bytes();
}

Result<TextureState> DawnTest::put(SharedTexture& texture, std::span<const std::byte> bytes, const AccessInfo& info) {
  auto access = texture.begin_write(info);
  if (!access) return std::move(access).error();
  auto acquired = webgpu::acquire(*access);
  if (!acquired) {
    static_cast<void>(std::move(*access).end());
    return std::move(acquired).error();
  }
  gpu().write(*acquired, texture.descriptor(), bytes);
  if (auto done = webgpu::release(*access); !done) return std::move(done).error();
  return std::move(*access).end();
}

TextureDescriptor plain(TextureFormat format, std::uint32_t width, std::uint32_t height) {
  TextureDescriptor descriptor;
  descriptor.extent = {width, height, 1};
  descriptor.format = format;
  return descriptor;
}

std::vector<std::byte> content_of(Random& random, const TextureDescriptor& descriptor) {
  const auto layout = region_layout(descriptor, {});
  return random_content(random, *format_info(descriptor.format), 0, layout ? layout->total_bytes : 0);
}

}  // namespace geyser::test::dawn
