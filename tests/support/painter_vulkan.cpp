#include "support/painter_vulkan.hpp"

#include <algorithm>
#include <cstring>

#include "support/vulkan_commands.hpp"

namespace geyser::test {
namespace {

constexpr std::byte poisoned{0xA5};

class VulkanPainter final : public Painter {
 public:
  VulkanPainter(std::unique_ptr<Commands> commands, std::unique_ptr<MappedBuffer> buffer, VkExtent3D extent)
      : commands_(std::move(commands)), buffer_(std::move(buffer)), extent_(extent) {
    std::fill(buffer_->bytes().begin(), buffer_->bytes().end(), poisoned);
  }
  ~VulkanPainter() override { static_cast<void>(commands_->wait_idle()); }

  Result<TextureState> turn(SharedTexture& texture, const AccessInfo& info, std::optional<std::uint32_t> slot,
                            std::uint32_t value) override {
    auto access = texture.begin_write(info);
    if (!access) return std::move(access).error();
    auto native = vulkan::native(texture);
    if (!native) return std::move(native).error();
    auto buffer = commands_->begin();
    if (!buffer) return std::move(buffer).error();
    const vulkan::ImageUse use{.layout = VK_IMAGE_LAYOUT_GENERAL,
                               .stages = VK_PIPELINE_STAGE_TRANSFER_BIT,
                               .access = VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT};
    if (auto ok = vulkan::record_acquire(*access, *buffer, use); !ok) return std::move(ok).error();
    if (slot) {
      copy_out(*commands_, *buffer, native->image, VK_IMAGE_LAYOUT_GENERAL, extent_, *buffer_, bytes() * *slot);
      const VkMemoryBarrier read_before_write{VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, VK_ACCESS_TRANSFER_READ_BIT,
                                              VK_ACCESS_TRANSFER_WRITE_BIT};
      commands_->vk().vkCmdPipelineBarrier(*buffer, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 1,
                                           &read_before_write, 0, nullptr, 0, nullptr);
    }
    clear_color(*commands_, *buffer, native->image, VK_IMAGE_LAYOUT_GENERAL, value);
    if (auto ok = vulkan::record_release(*access, *buffer, use); !ok) return std::move(ok).error();
    if (auto ok = commands_->end(*buffer); !ok) return std::move(ok).error();
    Access* const accesses[] = {&*access};
    if (auto ok = vulkan::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays_); !ok) return std::move(ok).error();
    const VkCommandBuffer buffers[] = {*buffer};
    if (auto ok = commands_->submit(arrays_.submit_info(buffers)); !ok) return std::move(ok).error();
    return std::move(*access).end();
  }

  Result<std::vector<std::uint32_t>> fetched(std::uint32_t slot) override {
    if (auto ok = commands_->wait_idle(); !ok) return std::move(ok).error();
    std::vector<std::uint32_t> texels(static_cast<std::size_t>(bytes() / sizeof(std::uint32_t)));
    std::memcpy(texels.data(), buffer_->bytes().data() + bytes() * slot, static_cast<std::size_t>(bytes()));
    return texels;
  }

 private:
  [[nodiscard]] std::uint64_t bytes() const noexcept { return std::uint64_t{extent_.width} * extent_.height * sizeof(std::uint32_t); }

  std::unique_ptr<Commands> commands_;
  std::unique_ptr<MappedBuffer> buffer_;
  VkExtent3D extent_;
  vulkan::SubmitArrays arrays_;
};

}  // namespace

Result<std::unique_ptr<Painter>> create_vulkan_painter(const vulkan::Device& device, std::uint32_t width, std::uint32_t height,
                                                       std::uint32_t slots) {
  auto commands = Commands::create(device.adopt_info());
  if (!commands) return std::move(commands).error();
  auto buffer = MappedBuffer::create(**commands, std::uint64_t{width} * height * sizeof(std::uint32_t) * slots);
  if (!buffer) return std::move(buffer).error();
  return std::unique_ptr<Painter>(std::make_unique<VulkanPainter>(std::move(*commands), std::move(*buffer), VkExtent3D{width, height, 1}));
}

}  // namespace geyser::test
