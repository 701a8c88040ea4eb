// Host memory that the device reads and writes directly: VK_EXT_external_memory_host.
#include "backends/vulkan/host_buffer.hpp"
#include "backends/vulkan/manager.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {

namespace {

using detail::text;

constexpr auto host_type = vk::ExternalMemoryHandleTypeFlagBits::eHostAllocationEXT;
constexpr vk::BufferUsageFlags host_usage = vk::BufferUsageFlagBits::eTransferSrc | vk::BufferUsageFlagBits::eTransferDst;

}  // namespace

bool can_import_host_buffers(const Context& context) noexcept {
  vk::PhysicalDeviceExternalBufferInfo question;
  question.usage = host_usage;
  question.handleType = host_type;
  vk::ExternalBufferProperties answer;
  context.physical_device.getExternalBufferProperties(&question, &answer, context.dispatch);
  return static_cast<bool>(answer.externalMemoryProperties.externalMemoryFeatures & vk::ExternalMemoryFeatureFlagBits::eImportable);
}

struct HostBuffer::Block {
  explicit Block(std::shared_ptr<Context> device_context) noexcept : context(std::move(device_context)) {}
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    if (buffer) context->device.destroyBuffer(buffer, nullptr, context->dispatch);
    if (memory) context->device.freeMemory(memory, nullptr, context->dispatch);
  }
  std::shared_ptr<Context> context;
  vk::Buffer buffer;
  vk::DeviceMemory memory;
  std::uint64_t size = 0;
};

struct HostBufferAccess {
  static const HostBuffer::Block* block(const HostBuffer& buffer) noexcept { return buffer.block_.get(); }
};

HostBuffer::HostBuffer(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
HostBuffer::HostBuffer(HostBuffer&&) noexcept = default;
HostBuffer& HostBuffer::operator=(HostBuffer&&) noexcept = default;
HostBuffer::~HostBuffer() = default;
VkBuffer HostBuffer::handle() const noexcept { return block_ ? static_cast<VkBuffer>(block_->buffer) : VK_NULL_HANDLE; }
std::uint64_t HostBuffer::size() const noexcept { return block_ ? block_->size : 0; }

std::uint64_t host_memory_alignment(const TextureShareManager& manager) noexcept {
  const auto* own = dynamic_cast<const Manager*>(detail::Private::backend(manager));
  return own == nullptr ? 0 : own->context()->features.host_pointer_alignment;
}

Result<HostBuffer> import_host_memory(const TextureShareManager& manager, std::span<std::byte> memory) {
  return detail::guard([&]() -> Result<HostBuffer> {
    auto own = vulkan_manager(manager);
    if (!own) return std::move(own).error();
    const auto& context = (*own)->context();
    const auto& features = context->features;
    if (!features.external_memory_host) {
      return Error(Errc::unsupported_feature,
                   "The device cannot use host memory directly: VK_EXT_external_memory_host is not enabled, or imports no copy buffers.");
    }
    const auto alignment = features.host_pointer_alignment;
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    if (memory.empty() || address % alignment != 0 || memory.size() % alignment != 0) {
      return Error(Errc::invalid_argument,
                   text("The host memory starts at address 0x", std::hex, address, std::dec, " and has ", memory.size(),
                        " bytes; both must be multiples of ", alignment, " (host_memory_alignment()), and not 0."));
    }
    vk::MemoryHostPointerPropertiesEXT allowed;
    auto result = context->device.getMemoryHostPointerPropertiesEXT(host_type, memory.data(), &allowed, context->dispatch);
    if (result != vk::Result::eSuccess) return vulkan_error(result, "vkGetMemoryHostPointerPropertiesEXT");

    auto block = std::make_unique<HostBuffer::Block>(context);
    block->size = memory.size();
    vk::ExternalMemoryBufferCreateInfo external;
    external.handleTypes = host_type;
    vk::BufferCreateInfo create;
    create.pNext = &external;
    create.size = memory.size();
    create.usage = host_usage;
    create.sharingMode = vk::SharingMode::eExclusive;
    result = context->device.createBuffer(&create, nullptr, &block->buffer, context->dispatch);
    if (result != vk::Result::eSuccess) {
      block->buffer = nullptr;
      return vulkan_error(result, "vkCreateBuffer");
    }
    vk::MemoryRequirements requirements;
    context->device.getBufferMemoryRequirements(block->buffer, &requirements, context->dispatch);
    if (requirements.size > memory.size()) {
      return Error(Errc::invalid_argument,
                   text("The host memory has ", memory.size(), " bytes; a buffer over it needs ", requirements.size, "."));
    }
    const auto bits = requirements.memoryTypeBits & allowed.memoryTypeBits;
    if (bits == 0)
      return Error(Errc::unsupported_feature, "The driver has no memory type that can hold a copy buffer in this host memory.");
    // Coherent, because nobody maps the buffer and so nobody could flush it.
    auto type = context->memory_type(bits, vk::MemoryPropertyFlagBits::eHostVisible | vk::MemoryPropertyFlagBits::eHostCoherent);
    if (!type) return std::move(type).error();
    vk::ImportMemoryHostPointerInfoEXT import;
    import.handleType = host_type;
    import.pHostPointer = memory.data();
    vk::MemoryAllocateInfo info;
    info.pNext = &import;
    info.allocationSize = memory.size();
    info.memoryTypeIndex = *type;
    result = context->device.allocateMemory(&info, nullptr, &block->memory, context->dispatch);
    if (result != vk::Result::eSuccess) {
      block->memory = nullptr;
      return vulkan_error(result, "vkAllocateMemory");
    }
    result = context->device.bindBufferMemory(block->buffer, block->memory, 0, context->dispatch);
    if (result != vk::Result::eSuccess) return vulkan_error(result, "vkBindBufferMemory");
    return HostBuffer(std::move(block));
  });
}

namespace {

Result<void> copy(const TextureShareManager& manager, SharedTexture& texture, const TextureRegion& region, const HostBuffer& buffer,
                  std::uint64_t offset, bool to_texture, const AccessInfo& info) {
  auto own = vulkan_manager(manager);
  if (!own) return std::move(own).error();
  auto native = vulkan_texture(texture);
  if (!native) return std::move(native).error();
  if ((*native)->backend().get() != *own) {
    return Error(Errc::device_mismatch, "The texture belongs to another Vulkan manager; export it there and import it here.");
  }
  auto layout = region_layout((*native)->descriptor(), region);
  if (!layout) return std::move(layout).error();
  if (auto ok = check_host_copy(*(*own)->context(), buffer, offset, (*native)->descriptor(), region, *layout); !ok) return ok;
  const auto& contents = detail::Private::shared(texture);
  TextureState before = texture.state();
  auto access = detail::begin_access(contents, to_texture ? AccessMode::write : AccessMode::read, info);
  if (!access) return std::move(access).error();
  if (auto ok = (*own)->transfer().copy_buffer(**native, region, *layout, vk::Buffer(buffer.handle()), offset, to_texture, *access); !ok) {
    detail::cancel_access(*std::move(access), std::move(before));
    return ok;
  }
  auto state = (*std::move(access)).end();
  if (!state) return std::move(state).error();
  return {};
}

}  // namespace

std::uint64_t host_copy_step(TextureFormat format, std::uint32_t plane) noexcept {
  const std::uint64_t texel = format_info(format)->planes[plane].block_bytes;
  // Vulkan: a multiple of the texel size; of 4 for depth and stencil, and always on queues that only copy.
  return texel % 4 == 0 ? texel : texel % 2 == 0 ? texel * 2 : texel * 4;
}

Result<void> check_host_copy(const Context& context, const HostBuffer& buffer, std::uint64_t offset, const TextureDescriptor& descriptor,
                             const TextureRegion& region, const RegionLayout& layout) {
  const auto* block = HostBufferAccess::block(buffer);
  if (block == nullptr) return Error(Errc::invalid_argument, "The HostBuffer is empty; it was moved from.");
  if (block->context.get() != &context) {
    return Error(Errc::device_mismatch, "The HostBuffer belongs to another Vulkan manager; import the host memory into this one.");
  }
  if (offset > block->size || layout.total_bytes > block->size - offset) {
    return Error(Errc::invalid_argument,
                 text("The region has ", layout.total_bytes, " bytes at offset ", offset, "; the HostBuffer has ", block->size, "."));
  }
  const std::uint64_t step = host_copy_step(descriptor.format, region.plane);
  if (offset % step != 0) {
    return Error(Errc::invalid_argument,
                 text("offset is ", offset, "; for ", format_info(descriptor.format)->name, " it must be a multiple of ", step, "."));
  }
  return {};
}

Result<void> copy_to_texture(const TextureShareManager& manager, const HostBuffer& from, std::uint64_t offset, SharedTexture& to,
                             const TextureRegion& region, const AccessInfo& info) {
  return detail::guard(
      [&] { return copy(manager, to, region, from, offset, true, info).with_context("copying host memory to a texture"); });
}

Result<void> copy_from_texture(const TextureShareManager& manager, SharedTexture& from, const TextureRegion& region, const HostBuffer& to,
                               std::uint64_t offset, const AccessInfo& info) {
  return detail::guard(
      [&] { return copy(manager, from, region, to, offset, false, info).with_context("copying a texture to host memory"); });
}

}  // namespace geyser::vulkan
