#include <algorithm>
#include <iostream>
#include <optional>

#include "examples/support/vulkan_commands.hpp"
#include "geyser/host.hpp"
#include "geyser/subscriber.hpp"
#include "tools/common/json.hpp"
#include "tools/common/pattern.hpp"
#include "tools/common/png.hpp"
#include "tools/demo/checksum.hpp"
#include "tools/demo/roles.hpp"

namespace geyser::demo {
namespace {

using Clock = std::chrono::steady_clock;
using example::must;

/// Gets a frame's pixels to the CPU, and releases it.
class PixelSource {
 public:
  virtual ~PixelSource() = default;
  [[nodiscard]] virtual const TextureShareManager& manager() const = 0;
  /// The bytes live until the next call.
  [[nodiscard]] virtual std::span<const std::byte> take(ReadFrame frame) = 0;
  [[nodiscard]] virtual std::uint64_t validation_messages() const { return 0; }
};

/// On the publisher's device: with this process's own commands, behind the publisher's on the GPU.
class DevicePixels final : public PixelSource {
 public:
  explicit DevicePixels(const Options& options)
      : device_(must(vulkan::Device::create(options.device_options))),
        manager_(must(device_.create_manager())),
        gpu_(device_.adopt_info()),
        pixels_(gpu_, static_cast<std::size_t>(must(content_bytes(options.texture)))),
        commands_(gpu_),
        validate_(options.validate) {}
  [[nodiscard]] const TextureShareManager& manager() const override { return manager_; }
  [[nodiscard]] std::span<const std::byte> take(ReadFrame frame) override {
    if (validate_) example::wait_for_host_timelines(frame.access());
    VkCommandBuffer commands = commands_.begin();
    must(vulkan::record_acquire(frame.access(), commands, example::read_in_place));
    const Extent3D size = frame.texture().descriptor().extent;
    const VkBufferImageCopy whole = example::box_copy(size.width, size.height);
    gpu_.cmd_copy_image_to_buffer(commands, must(vulkan::native(frame.texture())).image, VK_IMAGE_LAYOUT_GENERAL, pixels_.handle(), 1,
                                  &whole);
    example::record_host_read(gpu_, commands);
    must(vulkan::record_release(frame.access(), commands, example::read_in_place));
    Access* const accesses[] = {&frame.access()};
    must(vulkan::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays_));
    commands_.submit(arrays_);
    must(frame.release());
    commands_.wait();
    return pixels_.bytes();
  }
  [[nodiscard]] std::uint64_t validation_messages() const override { return device_.validation_messages(); }

 private:
  vulkan::Device device_;
  TextureShareManager manager_;
  example::Gpu gpu_;
  example::MappedBuffer pixels_;
  example::Commands commands_;
  vulkan::SubmitArrays arrays_;
  bool validate_;
};

/// Without a device: the publisher's copy of the frame in host memory.
class HostPixels final : public PixelSource {
 public:
  explicit HostPixels(const Options& options)
      : manager_(must(host::create_manager())), pixels_(static_cast<std::size_t>(must(content_bytes(options.texture)))) {}
  [[nodiscard]] const TextureShareManager& manager() const override { return manager_; }
  [[nodiscard]] std::span<const std::byte> take(ReadFrame frame) override {
    must(frame.read_back({}, pixels_));
    return pixels_;
  }

 private:
  TextureShareManager manager_;
  std::vector<std::byte> pixels_;
};

struct Findings {
  std::uint64_t frames = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t wrong_numbers = 0;    ///< the number in the pixels is not the frame's
  std::uint64_t wrong_checksums = 0;  ///< the pixels are not those that the publisher drew
  std::uint64_t out_of_order = 0;
  std::vector<double> latency_ms;  ///< from publish() to pixels on this CPU
  [[nodiscard]] double quantile(double q) {
    if (latency_ms.empty()) return 0;
    const auto at = latency_ms.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(latency_ms.size() - 1));
    std::nth_element(latency_ms.begin(), at, latency_ms.end());
    return *at;
  }
};

}  // namespace

int read(const Options& options) {
  const bool zero_copy = options.role == zero_copy_role;
  std::unique_ptr<PixelSource> source;
  if (zero_copy) {
    source = std::make_unique<DevicePixels>(options);
  } else {
    source = std::make_unique<HostPixels>(options);
  }
  auto subscriber =
      must(Subscriber::connect(source->manager(), options.stream,
                               {.connect_timeout = std::chrono::seconds(60), .require_zero_copy = zero_copy, .reconnect = false}));
  const Transport transport = subscriber.transport();
  const Extent3D size = options.texture.extent;

  Findings found;
  std::span<const std::byte> pixels;
  std::optional<Clock::time_point> start;
  auto end = Clock::now();
  while (true) {
    auto frame = subscriber.acquire(std::chrono::milliseconds(100));
    if (!frame) {
      if (subscriber.state() == SubscriberState::ended) break;
      if (frame.error().code() == Errc::timed_out || frame.error().code() == Errc::peer_gone) continue;
      throw std::runtime_error(frame.error().describe());
    }
    if (frame->texture().descriptor().extent != size) throw std::runtime_error("a frame of the stream has another size");
    const FrameInfo info = frame->info();
    pixels = source->take(*std::move(frame));
    end = Clock::now();
    if (!start) start = end;
    found.latency_ms.push_back(static_cast<double>(Timestamp::now().nanoseconds - info.published.nanoseconds) * 1e-6);
    if (tools::read_counter(pixels, size.width, size.height, options.texture.format) != info.number) ++found.wrong_numbers;
    if (checksum_in(info.user_data()) != checksum_of(pixels)) ++found.wrong_checksums;
    if (found.frames != 0 && info.number != found.last + info.skipped + 1) ++found.out_of_order;
    if (found.frames++ == 0) found.first = info.number;
    found.last = info.number;
  }
  const double seconds = start ? std::chrono::duration<double>(end - *start).count() : 0;
  const std::string snapshot = beside(options.path, "-" + options.role);
  if (found.frames != 0) {
    must(tools::write_png(snapshot, must(tools::decode(pixels, size.width, size.height, options.texture.format))));
  }
  const tools::Json report{{"role", options.role},
                           {"transport", to_string(transport)},
                           {"frames", found.frames},
                           {"skipped", subscriber.statistics().skipped},
                           {"first_frame", found.first},
                           {"last_frame", found.last},
                           {"fps", seconds > 0 ? static_cast<double>(found.frames - 1) / seconds : 0.0},
                           {"wrong_numbers", found.wrong_numbers},
                           {"wrong_checksums", found.wrong_checksums},
                           {"out_of_order", found.out_of_order},
                           {"publish_to_pixels_ms", {{"p50", found.quantile(0.5)}, {"p99", found.quantile(0.99)}}},
                           {"snapshot", found.frames != 0 ? tools::Json(snapshot) : tools::Json(nullptr)},
                           {"validation_messages", source->validation_messages()}};
  std::cout << report.dump() << '\n' << std::flush;
  return 0;
}

}  // namespace geyser::demo
