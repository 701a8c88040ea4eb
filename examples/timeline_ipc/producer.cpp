// Frames in flight to another process over two shared timelines; plan.hpp says how.
//
//   timeline_ipc_producer      in one terminal, then
//   timeline_ipc_consumer      in another
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
    "usage: timeline_ipc_producer [--frames N] [--name NAME] [--validate]\n"
    "Draws frames for timeline_ipc_consumer; up to three are on their way at once.\n"
    "  --frames N   1 to 1000000; default: 300\n"
    "  --name NAME  what timeline_ipc_consumer connects to; default: geyser-timeline-example\n"
    "  --validate   with the Khronos validation layers; one message is a failure";

/// Timelines that the driver can hand over; where it has none, counters in shared memory that the library keeps in step with the GPU.
[[nodiscard]] geyser::SemaphoreKind best_timeline(const geyser::Capabilities& can) {
  const bool native = can.exports(geyser::SemaphoreKind::timeline, geyser::SemaphoreHandleType::opaque_fd) &&
                      can.imports(geyser::SemaphoreKind::timeline, geyser::SemaphoreHandleType::opaque_fd);
  return native ? geyser::SemaphoreKind::timeline : geyser::SemaphoreKind::host_timeline;
}

int produce(example::Arguments& arguments) {
  const std::uint64_t frames = arguments.number("--frames", 300, 1, 1'000'000);
  const std::string name = arguments.text("--name", plan::default_name);
  const bool validate = arguments.flag("--validate");
  arguments.done();
  const gv::Device device = must(gv::Device::create({.validation = validate, .application_name = "timeline_ipc_producer"}));
  geyser::TextureShareManager manager = must(device.create_manager());
  const example::Gpu gpu(device.adopt_info());
  const geyser::SemaphoreKind kind = best_timeline(manager.capabilities());
  std::printf("device: %s\nrung: %s\n", manager.identity().name.c_str(), std::string(to_string(kind)).c_str());

  geyser::ChannelListener listener = must(geyser::ChannelListener::listen(name));
  std::printf("listening as %s: start timeline_ipc_consumer now\n", name.c_str());
  std::fflush(stdout);
  geyser::Channel channel = must(listener.accept(plan::patience));

  // Each side makes the timeline that it signals, and gets the other one.
  const geyser::SharedSemaphore written = must(manager.create_shared_semaphore({.kind = kind, .label = "written"}));
  example::send_numbers<1>(channel, {frames});
  std::deque<geyser::SharedTexture> ring;
  for (std::uint64_t i = 0; i < plan::ring_size; ++i) {
    ring.push_back(must(manager.create_shareable_texture({.extent = {plan::picture.width, plan::picture.height},
                                                          .format = geyser::TextureFormat::rgba8_unorm,
                                                          .label = "ring " + std::to_string(i)})));
    must(channel.send_handle(must(manager.export_texture(ring.back())), plan::patience));
  }
  must(channel.send_handle(must(manager.export_semaphore(written)), plan::patience));
  const geyser::SharedSemaphore released = must(manager.import_semaphore(must(channel.receive_semaphore_handle(plan::patience))));

  // Whatever goes wrong here or there, no submit may wait for a signal that nobody gives any more: the GPU would hang until its own limit.
  struct LetGo {
    const geyser::SharedSemaphore& released;
    std::uint64_t last;
    ~LetGo() {
      if (released.value().value_or(last) < last) (void)released.signal(last);
    }
  };
  const example::NumberPainter painter(gpu);
  std::deque<example::Commands> commands;  // one a texture: begin() waits until the GPU is done with the frame three before
  for (std::uint64_t i = 0; i < plan::ring_size; ++i) commands.emplace_back(gpu);
  const LetGo let_go{released, frames};  // after the commands, so that it goes before them, and they wait for nothing

  gv::SubmitArrays arrays;
  std::uint64_t ring_full = 0;
  const std::uint64_t start = plan::now_nanoseconds();
  for (std::uint64_t frame = 1; frame <= frames; ++frame) {
    // The command buffer of three frames ago is done when the frame three before that was released. A consumer that died releases nothing
    // more; who asks now and then is told.
    while (frame > 2 * plan::ring_size) {
      const auto done = released.wait(frame - 2 * plan::ring_size, std::chrono::milliseconds(500));
      if (done) break;
      if (done.error().code() != geyser::Errc::timed_out) must(done);
      example::send_numbers<2>(channel, {plan::are_you_there, 0});
    }
    const std::size_t slot = frame % plan::ring_size;
    geyser::TextureState state;
    if (frame > plan::ring_size) {
      const SyncPoint free{released, frame - plan::ring_size};
      state = {.initialized = true, .layout = geyser::TextureLayout::general, .points = {free}};
      ring_full += must(released.value()) < free.value ? 1U : 0U;
    }
    geyser::Access access = must(ring[slot].begin_write({.state = state, .signal = SyncPoint{written, frame}}));
    if (validate) example::wait_for_host_timelines(access);
    VkCommandBuffer buffer = commands[slot].begin();
    must(gv::record_acquire(access, buffer, example::written_by_transfer));
    painter.record(buffer, must(gv::native(ring[slot])).image, plan::picture, frame);
    must(gv::record_release(access, buffer, example::written_by_transfer));
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    const std::uint64_t submitted = plan::now_nanoseconds();
    commands[slot].submit(arrays);
    must(std::move(access).end());
    example::send_numbers<2>(channel, {frame, submitted});  // fails at once when the consumer is gone
  }

  const auto [checked, wrong, messages_there] = example::receive_numbers<3>(channel);
  const double seconds = static_cast<double>(plan::now_nanoseconds() - start) * 1e-9;
  std::printf("frames: %llu of %llu checked there, %llu wrong pixels\n", static_cast<unsigned long long>(checked),
              static_cast<unsigned long long>(frames), static_cast<unsigned long long>(wrong));
  std::printf("rate: %.1f frames/s at %ux%u\n", static_cast<double>(frames) / seconds, plan::picture.width, plan::picture.height);
  std::printf("waits on the GPU for a free texture: %llu\n", static_cast<unsigned long long>(ring_full));
  const std::uint64_t messages = device.validation_messages();
  if (validate) std::printf("validation messages: %llu\n", static_cast<unsigned long long>(messages));
  return checked == frames && wrong == 0 && messages == 0 && messages_there == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return example::run("timeline_ipc_producer", usage, argc, argv, produce); }
