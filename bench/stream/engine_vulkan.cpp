// A Vulkan device: a frame is cleared to a colour that is its number.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "bench/adopted.hpp"
#include "bench/raw_frame.hpp"
#include "bench/raw_texture.hpp"
#include "bench/stream/engine.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::bench {
namespace {

constexpr std::size_t in_flight = 3;
constexpr VkImageSubresourceRange whole{VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};

[[nodiscard]] VkClearColorValue color_of(std::uint64_t number) {
  VkClearColorValue color{};
  for (std::size_t i = 0; i < 4; ++i) color.float32[i] = static_cast<float>(number >> (8 * i) & 0xffU) / 255.0F;
  return color;
}

/// Command buffers in turn.
class Turns {
 public:
  explicit Turns(const RawDevice& device) {
    for (auto& frame : frames_) frame = std::make_unique<RawFrame>(device);
  }
  ~Turns() { settle(); }
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;
  [[nodiscard]] RawFrame& next() {
    at_ = (at_ + 1) % in_flight;
    wait(at_);
    frames_[at_]->begin();
    return *frames_[at_];
  }
  void submitted() { pending_[at_] = true; }
  void settle() {
    for (std::size_t i = 0; i < in_flight; ++i) wait(i);
  }

 private:
  void wait(std::size_t i) {
    if (std::exchange(pending_[i], false)) frames_[i]->wait();
  }
  std::array<std::unique_ptr<RawFrame>, in_flight> frames_;
  std::array<bool, in_flight> pending_{};
  std::size_t at_ = 0;
};

void barrier(const RawDevice& device, VkCommandBuffer commands, const RawImage& image, bool take) {
  VkImageMemoryBarrier info{VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER};
  info.srcAccessMask = take ? 0 : VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
  info.dstAccessMask = take ? VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT : 0;
  info.oldLayout = take ? VK_IMAGE_LAYOUT_UNDEFINED : VK_IMAGE_LAYOUT_GENERAL;
  info.newLayout = VK_IMAGE_LAYOUT_GENERAL;
  info.srcQueueFamilyIndex = take ? VK_QUEUE_FAMILY_IGNORED : device.queue_family;
  info.dstQueueFamilyIndex = take ? VK_QUEUE_FAMILY_IGNORED : VK_QUEUE_FAMILY_EXTERNAL;
  info.image = image.image;
  info.subresourceRange = whole;
  device.vk.CmdPipelineBarrier(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, nullptr, 0, nullptr,
                               1, &info);
}

class VulkanClears final : public PlainClears {
 public:
  VulkanClears(const RawDevice& device, const Size& size) : device_(device), turns_(device) {
    for (auto& image : images_) image = create_image(device, raw_image_info(VK_FORMAT_R8G8B8A8_UNORM, size.width, size.height));
  }
  ~VulkanClears() override {
    turns_.settle();
    for (auto& image : images_) destroy_image(device_, image);
  }
  void run() override {
    const RawImage& image = images_[++number_ % in_flight];
    RawFrame& frame = turns_.next();
    barrier(device_, frame.commands, image, true);
    const VkClearColorValue color = color_of(number_);
    device_.vk.CmdClearColorImage(frame.commands, image.image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &whole);
    barrier(device_, frame.commands, image, false);
    frame.end();
    frame.submit(VK_NULL_HANDLE, 0, VK_NULL_HANDLE, 0);
    turns_.submitted();
  }

 private:
  const RawDevice& device_;
  Turns turns_;
  std::array<RawImage, in_flight> images_{};
  std::uint64_t number_ = 0;
};

[[nodiscard]] VkImageLayout layout_of(TextureLayout layout) {
  switch (layout) {
    case TextureLayout::color_attachment:
      return VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
    case TextureLayout::shader_read_only:
      return VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
    case TextureLayout::transfer_src:
      return VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
    default:
      return VK_IMAGE_LAYOUT_GENERAL;
  }
}

class VulkanEngine final : public Engine {
 public:
  explicit VulkanEngine(std::uint32_t index)
      : device_(open_loader(), index, vulkan::recommended_device_extensions()),
        manager_(must(vulkan::create_manager(adopt(device_)))),
        turns_(device_) {}
  ~VulkanEngine() override { device_.vk.DeviceWaitIdle(device_.device); }

  TextureShareManager& manager() override { return manager_; }
  void draw(WriteFrame& frame, Drawing drawing) override {
    RawFrame& turn = turns_.next();
    must(vulkan::record_acquire(frame.access(), turn.commands, {}));
    // The first frame is always drawn: a reader may compare its content.
    if (drawing == Drawing::clear || frame.number() == 1) {
      const VkClearColorValue color = color_of(frame.number());
      device_.vk.CmdClearColorImage(turn.commands, must(vulkan::native(frame.texture())).image, VK_IMAGE_LAYOUT_GENERAL, &color, 1, &whole);
    }
    must(vulkan::record_release(frame.access(), turn.commands, {}));
    submit(turn, frame.access());
  }
  void use(ReadFrame& frame) override {
    RawFrame& turn = turns_.next();
    const TextureLayout layout = frame.access().state().layout;
    const vulkan::ImageUse same{.layout = layout_of(layout), .access = VK_ACCESS_MEMORY_READ_BIT};
    must(vulkan::record_acquire(frame.access(), turn.commands, same));
    must(vulkan::record_release(frame.access(), turn.commands, same, layout));
    submit(turn, frame.access());
  }
  bool looks_right(ReadFrame& frame) override {
    std::array<std::byte, 4> texel{};
    must(frame.read_back({.extent = Extent3D{1, 1, 1}}, texel));
    std::uint32_t found = 0;
    std::memcpy(&found, texel.data(), sizeof found);
    return found == static_cast<std::uint32_t>(frame.info().number);
  }
  void settle() override { turns_.settle(); }
  std::unique_ptr<PlainClears> plain_clears(const Size& size) override { return std::make_unique<VulkanClears>(device_, size); }

 private:
  void submit(RawFrame& turn, Access& access) {
    turn.end();
    Access* const accesses[] = {&access};
    must(vulkan::submit(manager_, {&turn.commands, 1}, accesses, turn.fence));
    turns_.submitted();
  }

  RawDevice device_;
  TextureShareManager manager_;
  Turns turns_;
};

[[nodiscard]] std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::unique_ptr<Engine> open_vulkan(std::uint32_t index) { return std::make_unique<VulkanEngine>(index); }

DeviceWords find_vulkan(const std::string& name) {
  const auto devices = must(vulkan::enumerate_devices());
  std::string all;
  for (const auto& device : devices) {
    const bool llvmpipe = lower(name) == "lavapipe" && lower(device.identity.name).find("llvmpipe") != std::string::npos;
    all += (all.empty() ? "" : ", ") + device.identity.name;
    if (!llvmpipe && lower(device.identity.name).find(lower(name)) == std::string::npos) continue;
    const RawDevice opened(open_loader(), device.index, {});
    DeviceWords made;
    made.index = device.index;
    made.name = opened.properties.deviceName;
    made.driver = opened.driver;
    const std::uint32_t api = opened.properties.apiVersion;
    made.vulkan = std::to_string(VK_API_VERSION_MAJOR(api)) + '.' + std::to_string(VK_API_VERSION_MINOR(api)) + '.' +
                  std::to_string(VK_API_VERSION_PATCH(api));
    made.software = opened.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
    return made;
  }
  throw std::runtime_error("no Vulkan device is called \"" + name + "\"; there are: " + (all.empty() ? "none" : all));
}

std::optional<std::uint32_t> find_other_vulkan(std::uint32_t index) {
  const auto devices = must(vulkan::enumerate_devices());
  for (std::size_t i = 1; i < devices.size(); ++i) {
    const auto& other = devices[(index + i) % devices.size()];
    if (!check_same_device(devices.at(index).identity, other.identity)) return other.index;
  }
  return std::nullopt;
}

}  // namespace geyser::bench
