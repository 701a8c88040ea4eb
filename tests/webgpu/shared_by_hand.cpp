#include "webgpu/shared_by_hand.hpp"

#include <vulkan/vulkan_core.h>

namespace geyser::test::dawn {
namespace {

template <class Descriptor>
void set_count(Descriptor& descriptor, std::size_t count) {  // newer headers count the values as well
  if constexpr (requires { descriptor.signaledValueCount; }) descriptor.signaledValueCount = count;
}

}  // namespace

std::unique_ptr<SharedByHand> SharedByHand::create(Sides& sides) {
  std::unique_ptr<SharedByHand> made(new SharedByHand);
  auto& vulkan = sides.vulkan->manager();
  const TextureDescriptor descriptor = plain(TextureFormat::rgba8_unorm, 64, 64);
  auto texture = vulkan.create_shareable_texture(descriptor, {.handle_type = MemoryHandleType::opaque_fd});
  if (!texture) {
    ADD_FAILURE() << texture.error().describe();
    return nullptr;
  }
  made->texture_ = *std::move(texture);
  Random random(seed_for("by hand"));
  const auto bytes = content_of(random, descriptor);
  EXPECT_TRUE(ok(vulkan.upload(*made->texture_, {}, bytes)));
  auto handle = vulkan.export_texture(*made->texture_);
  if (!handle) {
    ADD_FAILURE() << handle.error().describe();
    return nullptr;
  }
  const auto& info = handle->info;
  VkExternalMemoryImageCreateInfo external{};
  external.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO;
  external.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
  VkImageCreateInfo image{};
  image.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
  image.pNext = &external;
  image.flags = info.native_create_flags;
  image.imageType = VK_IMAGE_TYPE_2D;
  image.format = static_cast<VkFormat>(info.native_format);
  image.extent = {descriptor.extent.width, descriptor.extent.height, 1};
  image.mipLevels = 1;
  image.arrayLayers = 1;
  image.samples = VK_SAMPLE_COUNT_1_BIT;
  image.tiling = VK_IMAGE_TILING_OPTIMAL;
  image.usage = info.native_usage;
  WGPUSharedTextureMemoryOpaqueFDDescriptor opaque{};
  opaque.chain.sType = WGPUSType_SharedTextureMemoryOpaqueFDDescriptor;
  opaque.vkImageCreateInfo = &image;
  opaque.memoryFD = handle->handles[0].fd();
  opaque.memoryTypeIndex = info.memory_type_index;
  opaque.allocationSize = info.allocation_size;
  opaque.dedicatedAllocation = info.dedicated ? 1U : 0U;
  WGPUSharedTextureMemoryDescriptor memory{};
  memory.nextInChain = &opaque.chain;
  made->memory_ = DAWN(DeviceImportSharedTextureMemory)(sides.device->handle(), &memory);
  return made;
}

SharedByHand::~SharedByHand() {
  if (memory_ != nullptr) DAWN(SharedTextureMemoryRelease)(memory_);
}

WGPUTexture SharedByHand::create_texture() const { return DAWN(SharedTextureMemoryCreateTexture)(memory_, nullptr); }

bool SharedByHand::begin(WGPUTexture texture, bool initialized) {
  WGPUSharedTextureMemoryVkImageLayoutBeginState layouts{};
  layouts.chain.sType = WGPUSType_SharedTextureMemoryVkImageLayoutBeginState;
  layouts.oldLayout = layout_;
  layouts.newLayout = layout_;
  WGPUSharedTextureMemoryBeginAccessDescriptor descriptor{};
  descriptor.nextInChain = &layouts.chain;
  descriptor.initialized = initialized ? 1U : 0U;
  set_count(descriptor, 0);
  return DAWN(SharedTextureMemoryBeginAccess)(memory_, texture, &descriptor) == WGPUStatus_Success;
}

bool SharedByHand::end(WGPUTexture texture) {
  WGPUSharedTextureMemoryVkImageLayoutEndState layouts{};
  layouts.chain.sType = WGPUSType_SharedTextureMemoryVkImageLayoutEndState;
  WGPUSharedTextureMemoryEndAccessState state{};
  state.nextInChain = &layouts.chain;
  const bool ended = DAWN(SharedTextureMemoryEndAccess)(memory_, texture, &state) == WGPUStatus_Success;
  if (layouts.newLayout != 0) layout_ = layouts.newLayout;
  DAWN(SharedTextureMemoryEndAccessStateFreeMembers)(state);
  return ended;
}

}  // namespace geyser::test::dawn
