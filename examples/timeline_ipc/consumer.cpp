// The other half of timeline_ipc_producer: submits its reads, often before the frames are drawn, and checks every pixel of every frame.
#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>

#include "examples/support/arguments.hpp"
#include "examples/support/channel_numbers.hpp"
#include "examples/timeline_ipc/plan.hpp"
#include "geyser/geyser.hpp"

namespace {

using example::must;
using geyser::SyncPoint;
namespace gv = geyser::vulkan;

constexpr char usage[] =
    "usage: timeline_ipc_consumer [--name NAME] [--validate]\n"
    "Takes frames from timeline_ipc_producer, which must be running, and checks every pixel.\n"
    "  --name NAME  what timeline_ipc_producer listens as; default: geyser-timeline-example\n"
    "  --validate   with the Khronos validation layers; one message is a failure";

int consume(example::Arguments& arguments) {
  const std::string name = arguments.text("--name", plan::default_name);
  const bool validate = arguments.flag("--validate");
  arguments.done();
  geyser::Channel channel = must(geyser::Channel::connect(name, plan::patience));
  const auto [frames] = example::receive_numbers<1>(channel);
  if (frames == 0 || frames > 1'000'000) throw std::runtime_error("the producer announces a number of frames that it cannot mean");

  // The first handle says which device it is.
  std::deque<geyser::TextureHandle> handles;
  for (std::uint64_t i = 0; i < plan::ring_size; ++i) handles.push_back(must(channel.receive_handle(plan::patience)));
  const gv::Device device = must(gv::Device::create({.selector = {.uuid = handles.front().info.exporter.device_uuid},
                                                     .validation = validate,
                                                     .application_name = "timeline_ipc_consumer"}));
  geyser::TextureShareManager manager = must(device.create_manager());
  const example::Gpu gpu(device.adopt_info());
  std::printf("device: %s\n", manager.identity().name.c_str());
  std::fflush(stdout);
  std::deque<geyser::SharedTexture> ring;
  for (geyser::TextureHandle& handle : handles) {
    if (handle.info.descriptor.extent != geyser::Extent3D{plan::picture.width, plan::picture.height}) {
      throw std::runtime_error("the producer's textures have another size");
    }
    ring.push_back(must(manager.import_texture(std::move(handle))));
  }
  const geyser::SharedSemaphore written = must(manager.import_semaphore(must(channel.receive_semaphore_handle(plan::patience))));
  const geyser::SharedSemaphore released = must(manager.create_shared_semaphore({.kind = written.kind(), .label = "released"}));
  must(channel.send_handle(must(manager.export_semaphore(released)), plan::patience));

  // As in the producer: if that one is gone, its signals never come.
  struct LetGo {
    const geyser::SharedSemaphore& written;
    std::uint64_t last;
    ~LetGo() {
      if (written.value().value_or(last) < last) (void)written.signal(last);
    }
  };
  std::deque<example::MappedBuffer> pixels;
  std::deque<example::Commands> commands;
  for (std::uint64_t i = 0; i < plan::ring_size; ++i) {
    pixels.emplace_back(gpu, plan::picture.bytes());
    commands.emplace_back(gpu);
  }
  const LetGo let_go{written, frames};

  std::vector<double> latency_ms;
  std::uint64_t wrong = 0;
  const auto check = [&](std::uint64_t frame) {
    std::array<std::uint64_t, 2> message{plan::are_you_there};
    while (message[0] == plan::are_you_there) message = example::receive_numbers<2>(channel);  // fails when the producer is gone
    const auto [number, submitted] = message;
    if (number != frame) throw std::runtime_error("the producer skipped a frame");
    const std::size_t slot = frame % plan::ring_size;
    commands[slot].wait();
    latency_ms.push_back(static_cast<double>(static_cast<std::int64_t>(plan::now_nanoseconds() - submitted)) * 1e-6);
    const std::size_t wrong_now = plan::picture.wrong_pixels(frame, pixels[slot].bytes());
    if (wrong_now != 0) std::fprintf(stderr, "frame %llu: %zu wrong pixels\n", static_cast<unsigned long long>(frame), wrong_now);
    wrong += wrong_now;
  };
  gv::SubmitArrays arrays;
  std::uint64_t frame_late = 0;
  for (std::uint64_t frame = 1; frame <= frames; ++frame) {
    const std::size_t slot = frame % plan::ring_size;
    if (frame > plan::ring_size) check(frame - plan::ring_size);  // the CPU looks at a frame while the GPU works on the next two
    frame_late += must(written.value()) < frame ? 1U : 0U;
    const geyser::TextureState state{.initialized = true, .layout = geyser::TextureLayout::general, .points = {SyncPoint{written, frame}}};
    geyser::Access access = must(ring[slot].begin_read({.state = state, .signal = SyncPoint{released, frame}}));
    if (validate) example::wait_for_host_timelines(access);
    VkCommandBuffer buffer = commands[slot].begin();
    must(gv::record_acquire(access, buffer, example::read_by_transfer));
    const VkBufferImageCopy whole = example::box_copy(plan::picture.width, plan::picture.height);
    gpu.cmd_copy_image_to_buffer(buffer, must(gv::native(ring[slot])).image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, pixels[slot].handle(), 1,
                                 &whole);
    example::record_host_read(gpu, buffer);
    must(gv::record_release(access, buffer, example::read_by_transfer));
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    commands[slot].submit(arrays);  // may well be before the producer's submit: a timeline may be waited for before it is signalled
    must(std::move(access).end());
  }
  for (std::uint64_t frame = frames > plan::ring_size ? frames - plan::ring_size + 1 : 1; frame <= frames; ++frame) check(frame);

  std::sort(latency_ms.begin(), latency_ms.end());
  const auto quantile = [&](double q) { return latency_ms[static_cast<std::size_t>(q * static_cast<double>(latency_ms.size() - 1))]; };
  std::printf("frames: %zu of %llu checked, %llu wrong pixels\n", latency_ms.size(), static_cast<unsigned long long>(frames),
              static_cast<unsigned long long>(wrong));
  std::printf("latency from submit there to pixels here: median %.3f ms, 99%% %.3f ms\n", quantile(0.5), quantile(0.99));
  std::printf("waits on the GPU for a frame: %llu\n", static_cast<unsigned long long>(frame_late));
  const std::uint64_t messages = device.validation_messages();
  if (validate) std::printf("validation messages: %llu\n", static_cast<unsigned long long>(messages));
  example::send_numbers<3>(channel, {latency_ms.size(), wrong, messages});
  return latency_ms.size() == frames && wrong == 0 && messages == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return example::run("timeline_ipc_consumer", usage, argc, argv, consume); }
