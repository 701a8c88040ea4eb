#include "support/painter.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "support/vulkan_commands.hpp"

namespace geyser::test {
namespace {

constexpr std::byte poisoned{0xA5};

class VulkanPainter final : public Painter {
 public:
  VulkanPainter(TextureShareManager& manager, std::unique_ptr<Commands> commands, std::unique_ptr<MappedBuffer> buffer, VkExtent3D extent)
      : manager_(manager), commands_(std::move(commands)), buffer_(std::move(buffer)), extent_(extent) {
    std::fill(buffer_->bytes().begin(), buffer_->bytes().end(), poisoned);
  }
  ~VulkanPainter() override { static_cast<void>(finish()); }
  VulkanPainter(const VulkanPainter&) = delete;
  VulkanPainter& operator=(const VulkanPainter&) = delete;

  Result<void> work(SharedTexture& texture, Access& access, std::optional<std::uint32_t> slot,
                    std::optional<std::uint32_t> value) override {
    auto native = vulkan::native(texture);
    if (!native) return std::move(native).error();
    auto buffer = commands_->begin();
    if (!buffer) return std::move(buffer).error();
    const vulkan::ImageUse use{.layout = VK_IMAGE_LAYOUT_GENERAL,
                               .stages = VK_PIPELINE_STAGE_TRANSFER_BIT,
                               .access = VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT};
    if (auto ok = vulkan::record_acquire(access, *buffer, use); !ok) return ok;
    if (slot) {
      copy_out(*commands_, *buffer, native->image, VK_IMAGE_LAYOUT_GENERAL, extent_, *buffer_, bytes() * *slot);
      const VkMemoryBarrier read_before_write{VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, VK_ACCESS_TRANSFER_READ_BIT,
                                              VK_ACCESS_TRANSFER_WRITE_BIT};
      commands_->vk().vkCmdPipelineBarrier(*buffer, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 1,
                                           &read_before_write, 0, nullptr, 0, nullptr);
    }
    if (value) clear_color(*commands_, *buffer, native->image, VK_IMAGE_LAYOUT_GENERAL, *value);
    if (auto ok = vulkan::record_release(access, *buffer, use); !ok) return std::move(ok).error();
    if (auto ok = commands_->end(*buffer); !ok) return std::move(ok).error();
    // The library's own submit, whose lock its threads know: a host bridge may be copying on the same queue.
    auto fence = commands_->create_fence();
    if (!fence) return std::move(fence).error();
    fences_.push_back(*fence);
    Access* const accesses[] = {&access};
    const VkCommandBuffer buffers[] = {*buffer};
    if (auto ok = vulkan::submit(manager_, buffers, accesses, *fence); !ok) {
      commands_->destroy(*fence);
      fences_.pop_back();
      return ok;
    }
    return {};
  }

  Result<std::vector<std::uint32_t>> fetched(std::uint32_t slot) override {
    if (auto ok = finish(); !ok) return std::move(ok).error();
    std::vector<std::uint32_t> texels(static_cast<std::size_t>(bytes() / sizeof(std::uint32_t)));
    std::memcpy(texels.data(), buffer_->bytes().data() + bytes() * slot, static_cast<std::size_t>(bytes()));
    return texels;
  }

 private:
  Result<void> finish() {
    Result<void> result;
    for (const VkFence fence : fences_) {
      auto over = commands_->wait(fence, std::chrono::seconds(20));
      if (!over) result = std::move(over).error();
      if (over && !*over) result = Error(Errc::timed_out, "A submit of the test is not over after 20 s.");
      commands_->destroy(fence);
    }
    fences_.clear();
    return result;
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return std::uint64_t{extent_.width} * extent_.height * sizeof(std::uint32_t); }

  TextureShareManager& manager_;
  std::unique_ptr<Commands> commands_;
  std::unique_ptr<MappedBuffer> buffer_;
  VkExtent3D extent_;
  std::vector<VkFence> fences_;  // of what is on its way
};

}  // namespace

Result<std::unique_ptr<Painter>> create_painter(Participant& participant, std::uint32_t width, std::uint32_t height, std::uint32_t slots) {
  participant.enter();
  if (participant.side() != nullptr) return participant.side()->create_painter(width, height, slots);
  if (!participant.has_device()) return Error(Errc::unsupported_feature, "The host has no queue: its writes are over when they return.");
  auto commands = Commands::create(participant.device().adopt_info());
  if (!commands) return std::move(commands).error();
  auto buffer = MappedBuffer::create(**commands, std::uint64_t{width} * height * sizeof(std::uint32_t) * slots);
  if (!buffer) return std::move(buffer).error();
  return std::unique_ptr<Painter>(
      std::make_unique<VulkanPainter>(participant.manager(), std::move(*commands), std::move(*buffer), VkExtent3D{width, height, 1}));
}

}  // namespace geyser::test
