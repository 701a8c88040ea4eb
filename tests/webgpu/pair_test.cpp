// Header and library belong together: the same functions, and the same numbers wherever Dawn says the name of one.
#include <gtest/gtest.h>

#include "webgpu/dawn_library.hpp"
#include "webgpu/names.hpp"
#include "webgpu/raw_device.hpp"

namespace geyser::test::dawn {
namespace {

TEST(Pair, every_function_of_the_header_is_in_the_library) {
  std::size_t found = 0;
  for (const auto name : function_names) {
    EXPECT_NE(wgpuGetProcAddress(view_of(name)), nullptr) << name;
    ++found;
  }
  EXPECT_GE(found, 250U);
  EXPECT_EQ(wgpuGetProcAddress(view_of("wgpuNoSuchFunction")), nullptr);
}

// A view with too many levels is refused with a sentence that shows the texture, its format by name.
TEST(Pair, formats_have_the_numbers_of_the_header) {
  std::string why;
  auto plain = RawDevice::create({}, why);
  ASSERT_NE(plain, nullptr) << why;
  WGPUSupportedFeatures all{};
  DAWN(AdapterGetFeatures)(plain->adapter(), &all);
  std::vector<WGPUFeatureName> every(all.features, all.features + all.featureCount);
  DAWN(SupportedFeaturesFreeMembers)(all);
  auto device = RawDevice::create(every, why);
  ASSERT_NE(device, nullptr) << why;
  std::size_t named = 0;
  for (const auto& [name, number] : format_names) {
    WGPUTextureDescriptor descriptor{};
    descriptor.size = {16, 16, 1};
    descriptor.dimension = WGPUTextureDimension_2D;
    descriptor.usage = WGPUTextureUsage_TextureBinding;
    descriptor.format = number;
    descriptor.mipLevelCount = 1;
    descriptor.sampleCount = 1;
    device->forget_errors();
    WGPUTexture texture = DAWN(DeviceCreateTexture)(device->handle(), &descriptor);
    const bool supported = device->errors().empty();
    device->forget_errors();
    WGPUTextureViewDescriptor levels{};
    levels.mipLevelCount = 7;
    WGPUTextureView view = DAWN(TextureCreateView)(texture, &levels);
    if (supported) {
      ASSERT_FALSE(device->errors().empty()) << name;
      EXPECT_NE(device->errors().front().find("TextureFormat::" + std::string(name) + ")"), std::string::npos)
          << name << ": " << device->errors().front();
      ++named;
    }
    if (view != nullptr) DAWN(TextureViewRelease)(view);
    DAWN(TextureRelease)(texture);
  }
  EXPECT_GE(named, 50U);
}

}  // namespace
}  // namespace geyser::test::dawn
