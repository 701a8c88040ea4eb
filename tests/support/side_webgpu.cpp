// Dawn as a side of an exchange: a program that has this file among its sources, and a Dawn to load, finds the devices
// "swiftshader-webgpu", "nvidia-webgpu", each with the Vulkan device of that name as its partner.
#include <chrono>
#include <cstring>

#include "geyser/webgpu.hpp"
#include "support/devices.hpp"
#include "support/side.hpp"

namespace geyser::test {
namespace {

constexpr std::uint32_t row_alignment = 256;
constexpr std::chrono::seconds longest_map{20};

class Dawn {
 public:
  explicit Dawn(const webgpu::Device& device) : get_(device.get_proc_address()) {}
  template <class Function>
  [[nodiscard]] Function find(const char* name) const {
    return reinterpret_cast<Function>(get_(WGPUStringView{name, std::strlen(name)}));
  }

 private:
  webgpu::GetProcAddress get_;
};
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): a name as a type and as a string
#define CALL(name) dawn_.find<WGPUProc##name>("wgpu" #name)

class WebGpuPainter final : public Painter {
 public:
  WebGpuPainter(const webgpu::Device& device, std::uint32_t width, std::uint32_t height, std::uint32_t slots)
      : device_(device), dawn_(device), width_(width), height_(height) {
    WGPUBufferDescriptor descriptor{};
    descriptor.usage = WGPUBufferUsage_MapRead | WGPUBufferUsage_CopyDst;
    descriptor.size = std::uint64_t{pitch()} * height_;
    for (std::uint32_t i = 0; i < slots; ++i) buffers_.push_back(CALL(DeviceCreateBuffer)(device_.handle(), &descriptor));
  }
  ~WebGpuPainter() override {
    for (WGPUBuffer buffer : buffers_) CALL(BufferRelease)(buffer);
  }
  WebGpuPainter(const WebGpuPainter&) = delete;
  WebGpuPainter& operator=(const WebGpuPainter&) = delete;

  Result<void> work(SharedTexture&, Access& access, std::optional<std::uint32_t> slot, std::optional<std::uint32_t> value) override {
    auto texture = webgpu::acquire(access);
    if (!texture) return std::move(texture).error();
    const WGPUExtent3D extent{width_, height_, 1};
    WGPUTexelCopyTextureInfo place{};
    place.texture = *texture;
    place.aspect = WGPUTextureAspect_All;
    if (slot) {
      WGPUTexelCopyBufferInfo into{};
      into.buffer = buffers_.at(*slot);
      into.layout.bytesPerRow = pitch();
      into.layout.rowsPerImage = height_;
      const WGPUCommandEncoder encoder = CALL(DeviceCreateCommandEncoder)(device_.handle(), nullptr);
      CALL(CommandEncoderCopyTextureToBuffer)(encoder, &place, &into, &extent);
      const WGPUCommandBuffer commands = CALL(CommandEncoderFinish)(encoder, nullptr);
      CALL(QueueSubmit)(device_.queue(), 1, &commands);
      CALL(CommandBufferRelease)(commands);
      CALL(CommandEncoderRelease)(encoder);
    }
    if (value) {
      const std::vector<std::uint32_t> texels(std::size_t{width_} * height_, *value);
      WGPUTexelCopyBufferLayout layout{};
      layout.bytesPerRow = width_ * 4;
      layout.rowsPerImage = height_;
      CALL(QueueWriteTexture)(device_.queue(), &place, texels.data(), texels.size() * 4, &layout, &extent);
    }
    return webgpu::release(access);
  }

  Result<std::vector<std::uint32_t>> fetched(std::uint32_t slot) override {
    WGPUBuffer buffer = buffers_.at(slot);
    auto state = std::make_shared<WGPUMapAsyncStatus>(WGPUMapAsyncStatus_Force32);
    WGPUBufferMapCallbackInfo info{};
    info.mode = WGPUCallbackMode_AllowProcessEvents;
    info.userdata1 = new std::shared_ptr<WGPUMapAsyncStatus>(state);
    info.callback = [](WGPUMapAsyncStatus status, WGPUStringView, void* holder, void*) {
      const std::unique_ptr<std::shared_ptr<WGPUMapAsyncStatus>> kept(static_cast<std::shared_ptr<WGPUMapAsyncStatus>*>(holder));
      **kept = status;
    };
    const std::size_t bytes = std::size_t{pitch()} * height_;
    CALL(BufferMapAsync)(buffer, WGPUMapMode_Read, 0, bytes, info);
    if (auto ok = device_.process_events_until([&] { return *state != WGPUMapAsyncStatus_Force32; }, longest_map); !ok)
      return std::move(ok).error();
    const auto* mapped = static_cast<const std::byte*>(CALL(BufferGetConstMappedRange)(buffer, 0, bytes));
    if (mapped == nullptr) return Error(Errc::internal, "Dawn maps no buffer.");
    std::vector<std::uint32_t> texels(std::size_t{width_} * height_);
    for (std::uint32_t y = 0; y < height_; ++y)
      std::memcpy(&texels[std::size_t{y} * width_], mapped + std::size_t{y} * pitch(), width_ * 4U);
    CALL(BufferUnmap)(buffer);
    return texels;
  }

 private:
  [[nodiscard]] std::uint32_t pitch() const noexcept { return (width_ * 4 + row_alignment - 1) / row_alignment * row_alignment; }

  const webgpu::Device& device_;
  Dawn dawn_;
  std::uint32_t width_;
  std::uint32_t height_;
  std::vector<WGPUBuffer> buffers_;
};
#undef CALL

class WebGpuSide final : public Side {
 public:
  void enter() noexcept override {}
  Result<TextureShareManager> create_manager(const TextureShareManager* partner) override {
    if (partner == nullptr) return Error(Errc::invalid_argument, "WebGPU has no side without a partner.");
    if (!device_) {
      auto device = webgpu::Device::create({.partner = partner});
      if (!device) return std::move(device).error();
      device_.emplace(*std::move(device));
    }
    return device_->create_manager(*partner);
  }
  [[nodiscard]] std::uint64_t messages() const noexcept override { return device_ ? device_->uncaptured_errors() : 0; }
  Result<std::unique_ptr<Painter>> create_painter(std::uint32_t width, std::uint32_t height, std::uint32_t slots) override {
    return std::unique_ptr<Painter>(std::make_unique<WebGpuPainter>(*device_, width, height, slots));
  }

 private:
  std::optional<webgpu::Device> device_;
};

std::vector<DeviceEntry> find_webgpu() {
  std::vector<DeviceEntry> found;
  for (const auto& partner : devices()) {
    if (!partner.vulkan) continue;
    const auto try_it = [&]() -> Result<DeviceEntry> {
      auto participant = Participant::open(partner);
      if (!participant) return std::move(participant).error();
      auto device = webgpu::Device::create({.partner = &(*participant)->manager()});
      if (!device) return std::move(device).error();
      auto manager = device->create_manager((*participant)->manager());
      if (!manager) return std::move(manager).error();
      DeviceEntry entry;
      entry.key = partner.key + "-webgpu";
      entry.api = Api::webgpu;
      entry.identity = manager->identity();
      entry.partner = partner.key;
      return entry;
    };
    auto entry = try_it();
    if (entry) {
      found.push_back(*std::move(entry));
    } else {
      missing_devices().push_back("WebGPU on " + partner.key + ": " + entry.error().describe());
    }
  }
  return found;
}

Result<std::unique_ptr<Side>> open_webgpu(const DeviceEntry&) { return std::unique_ptr<Side>(std::make_unique<WebGpuSide>()); }

// Before main(), so that every look at all_devices() finds it.
[[maybe_unused]] const bool registered = [] {
  extra_devices() = {.find = &find_webgpu, .open = &open_webgpu};
  return true;
}();

}  // namespace
}  // namespace geyser::test
