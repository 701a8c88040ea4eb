#include <algorithm>
#include <deque>
#include <iostream>
#include <thread>

#include "examples/support/vulkan_commands.hpp"
#include "geyser/publisher.hpp"
#include "tools/common/json.hpp"
#include "tools/common/pattern_frames.hpp"
#include "tools/demo/checksum.hpp"
#include "tools/demo/roles.hpp"

namespace geyser::demo {
namespace {

using Clock = std::chrono::steady_clock;
using example::must;

/// From here on --sabotage changes the pixels, and not what is said about them.
constexpr std::uint64_t first_bad_frame = 5;

/// Pixels on their way to the device; one for each frame that may be in flight.
struct Brush {
  Brush(const example::Gpu& gpu, std::size_t bytes) : pixels(gpu, bytes), commands(gpu) {}
  example::MappedBuffer pixels;
  example::Commands commands;
};

/// Readers that are slow get the time to take the last frame.
void let_readers_finish(const Publisher& publisher, std::uint64_t last) {
  for (const auto until = Clock::now() + std::chrono::seconds(5); Clock::now() < until;) {
    const StreamStatus status = must(publisher.status());
    if (std::ranges::all_of(status.readers, [&](const auto& reader) { return reader.last_frame >= last; })) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

int publish(const Options& options) {
  vulkan::DeviceOptions device_options = options.device_options;
  device_options.application_name = "geyser demo publisher";
  const vulkan::Device device = must(vulkan::Device::create(device_options));
  const TextureShareManager manager = must(device.create_manager());
  const example::Gpu gpu(device.adopt_info());
  const Extent3D size = options.texture.extent;
  auto frames = must(tools::PatternFrames::create(tools::Pattern::counter, size.width, size.height, options.texture.format));
  auto publisher = must(Publisher::create(manager, {.name = options.stream, .texture = options.texture}));
  must(publisher.wait_for_subscribers(2, std::chrono::seconds(60)));

  std::deque<Brush> brushes;
  for (int i = 0; i < 3; ++i) brushes.emplace_back(gpu, static_cast<std::size_t>(must(content_bytes(options.texture))));
  vulkan::SubmitArrays arrays;
  std::uint64_t last = 0;
  const auto period = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / options.fps));
  const auto start = Clock::now();
  auto due = start;
  while (Clock::now() - start < std::chrono::duration<double>(options.seconds)) {
    WriteFrame frame = must(publisher.begin_frame());
    Brush& brush = brushes[frame.number() % brushes.size()];
    brush.commands.wait();
    const auto bytes = must(frames.frame(frame.number()));
    const Checksum sum = checksum_of(bytes);
    std::ranges::copy(bytes, brush.pixels.bytes().begin());
    if (options.sabotage && frame.number() >= first_bad_frame) brush.pixels.bytes()[bytes.size() / 2] ^= std::byte{1};
    if (options.validate) example::wait_for_host_timelines(frame.access());
    VkCommandBuffer commands = brush.commands.begin();
    must(vulkan::record_acquire(frame.access(), commands, example::written_by_transfer));
    const VkBufferImageCopy whole = example::box_copy(size.width, size.height);
    gpu.cmd_copy_buffer_to_image(commands, brush.pixels.handle(), must(vulkan::native(frame.texture())).image,
                                 VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &whole);
    must(vulkan::record_release(frame.access(), commands, example::written_by_transfer));
    Access* const accesses[] = {&frame.access()};
    must(vulkan::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    brush.commands.submit(arrays);
    last = must(publisher.publish(std::move(frame), {.user_data = sum.bytes}));
    // Who is too slow gives up the pictures that it missed instead of hurrying after them.
    due = std::max(due + period, Clock::now() - period);
    std::this_thread::sleep_until(due);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  let_readers_finish(publisher, last);
  const StreamStatus status = must(publisher.status());
  const tools::Json report{{"frames", last},
                           {"seconds", seconds},
                           {"fps", static_cast<double>(last) / seconds},
                           {"textures", status.textures},
                           {"texture_bytes", status.bytes},
                           {"validation_messages", device.validation_messages()}};
  std::cout << report.dump() << '\n' << std::flush;
  return 0;
}

}  // namespace geyser::demo
