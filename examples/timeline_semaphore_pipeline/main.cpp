// Frames in flight over one timeline per direction: a producer device draws, a consumer device checks, neither waits for the other's frame.
//
//   timeline_semaphore_pipeline [--frames N] [--validate]
//
// A ring of three textures. `written` counts frames drawn (producer -> consumer), `released` counts frames checked (consumer -> producer).
// Frame n uses texture n mod 3; drawing it waits on the GPU for released >= n - 3, reading it waits for written >= n. That is all there is.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <deque>
#include <exception>
#include <thread>
#include <vector>

#include "examples/support/arguments.hpp"
#include "examples/support/numbered_picture.hpp"
#include "geyser/geyser.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using example::must;
using geyser::SyncPoint;
namespace gv = geyser::vulkan;

constexpr std::uint32_t width = 640;
constexpr std::uint32_t height = 360;
constexpr std::uint64_t ring_size = 3;
constexpr example::NumberedPicture picture{width, height};

/// What one side needs: its own device, its ring of textures, and both timelines as its own semaphores.
struct Side {
  explicit Side(const gv::DeviceOptions& options)
      : device(must(gv::Device::create(options))), manager(must(device.create_manager())), gpu(device.adopt_info()) {}
  gv::Device device;
  geyser::TextureShareManager manager;
  example::Gpu gpu;
  std::vector<geyser::SharedTexture> ring;
  geyser::SharedSemaphore written;
  geyser::SharedSemaphore released;
  bool validate = false;
};

/// Timelines that the driver can hand over; where it has none, counters in shared memory that the library keeps in step with the GPU.
[[nodiscard]] geyser::SemaphoreKind best_timeline(const geyser::Capabilities& can) {
  const bool native = can.exports(geyser::SemaphoreKind::timeline, geyser::SemaphoreHandleType::opaque_fd) &&
                      can.imports(geyser::SemaphoreKind::timeline, geyser::SemaphoreHandleType::opaque_fd);
  return native ? geyser::SemaphoreKind::timeline : geyser::SemaphoreKind::host_timeline;
}

void connect(Side& producer, Side& consumer) {
  for (std::uint64_t i = 0; i < ring_size; ++i) {
    producer.ring.push_back(must(producer.manager.create_shareable_texture(
        {.extent = {width, height}, .format = geyser::TextureFormat::rgba8_unorm, .label = "ring " + std::to_string(i)})));
    consumer.ring.push_back(must(consumer.manager.import_texture(must(producer.manager.export_texture(producer.ring.back())))));
  }
  // Each side makes the timeline that it signals.
  const geyser::SemaphoreKind kind = best_timeline(producer.manager.capabilities());
  producer.written = must(producer.manager.create_shared_semaphore({.kind = kind, .label = "written"}));
  consumer.written = must(consumer.manager.import_semaphore(must(producer.manager.export_semaphore(producer.written))));
  consumer.released = must(consumer.manager.create_shared_semaphore({.kind = kind, .label = "released"}));
  producer.released = must(producer.manager.import_semaphore(must(consumer.manager.export_semaphore(consumer.released))));
}

struct Progress {
  std::vector<Clock::time_point> submitted;  // when the producer handed frame n to its GPU; written before `announced` passes n
  std::vector<double> latency_ms;            // from there until its pixels were on the consumer's CPU
  std::atomic<std::uint64_t> announced{0};
  std::atomic<bool> stop{false};  // the other side failed
  std::uint64_t ring_full = 0;    // frames whose texture was still in use when they were submitted: the GPU waited
  std::uint64_t frame_late = 0;   // frames that were not drawn yet when the consumer submitted its read: the GPU waited
  std::size_t wrong = 0;
};

void produce(Side& side, std::uint64_t frames, Progress& progress) {
  const example::NumberPainter painter(side.gpu);
  // One command buffer a texture: begin() waits until the GPU is done with the one of three frames ago, and so does the end of this
  // function (which is why the painter is older than they are).
  std::deque<example::Commands> commands;
  for (std::uint64_t i = 0; i < ring_size; ++i) commands.emplace_back(side.gpu);
  gv::SubmitArrays arrays;
  for (std::uint64_t frame = 1; frame <= frames && !progress.stop; ++frame) {
    const std::size_t slot = frame % ring_size;
    geyser::SharedTexture& texture = side.ring[slot];
    // What the consumer left, said in this side's words: after frame n - 3 was released the whole texture may be overwritten.
    geyser::TextureState state;
    if (frame > ring_size) {
      state = {.initialized = true, .layout = geyser::TextureLayout::general, .points = {SyncPoint{side.released, frame - ring_size}}};
      progress.ring_full += must(side.released.value()) < frame - ring_size ? 1U : 0U;
    }
    geyser::Access access = must(texture.begin_write({.state = state, .signal = SyncPoint{side.written, frame}}));
    if (side.validate) example::wait_for_host_timelines(access);
    VkCommandBuffer buffer = commands[slot].begin();
    must(gv::record_acquire(access, buffer, example::written_by_transfer));
    painter.record(buffer, must(gv::native(texture)).image, picture, frame);
    must(gv::record_release(access, buffer, example::written_by_transfer));
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    progress.submitted[frame] = Clock::now();
    commands[slot].submit(arrays);
    must(std::move(access).end());
    progress.announced = frame;
  }
}

void consume(Side& side, std::uint64_t frames, Progress& progress) {
  std::deque<example::MappedBuffer> pixels;
  std::deque<example::Commands> commands;
  for (std::uint64_t i = 0; i < ring_size; ++i) {
    commands.emplace_back(side.gpu);
    pixels.emplace_back(side.gpu, picture.bytes());
  }
  const auto check = [&](std::uint64_t frame) {
    const std::size_t slot = frame % ring_size;
    commands[slot].wait();
    while (progress.announced < frame && !progress.stop) std::this_thread::yield();  // its time stamp
    progress.latency_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - progress.submitted[frame]).count());
    const std::size_t wrong = picture.wrong_pixels(frame, pixels[slot].bytes());
    if (wrong != 0) std::fprintf(stderr, "frame %llu: %zu wrong pixels\n", static_cast<unsigned long long>(frame), wrong);
    progress.wrong += wrong;
  };
  gv::SubmitArrays arrays;
  for (std::uint64_t frame = 1; frame <= frames && !progress.stop; ++frame) {
    const std::size_t slot = frame % ring_size;
    geyser::SharedTexture& texture = side.ring[slot];
    if (frame > ring_size) check(frame - ring_size);  // the CPU looks at a frame while the GPU works on the next two
    progress.frame_late += must(side.written.value()) < frame ? 1U : 0U;
    const geyser::TextureState state{
        .initialized = true, .layout = geyser::TextureLayout::general, .points = {SyncPoint{side.written, frame}}};
    geyser::Access access = must(texture.begin_read({.state = state, .signal = SyncPoint{side.released, frame}}));
    if (side.validate) example::wait_for_host_timelines(access);
    VkCommandBuffer buffer = commands[slot].begin();
    must(gv::record_acquire(access, buffer, example::read_by_transfer));
    const VkBufferImageCopy whole = example::box_copy(width, height);
    side.gpu.cmd_copy_image_to_buffer(buffer, must(gv::native(texture)).image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, pixels[slot].handle(),
                                      1, &whole);
    example::record_host_read(side.gpu, buffer);
    must(gv::record_release(access, buffer, example::read_by_transfer));
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    commands[slot].submit(arrays);  // may well be before the producer's submit: a timeline may be waited for before it is signalled
    must(std::move(access).end());
  }
  for (std::uint64_t frame = frames > ring_size ? frames - ring_size + 1 : 1; frame <= frames && !progress.stop; ++frame) check(frame);
}

int run(std::uint64_t frames, bool validate) {
  Side producer({.validation = validate, .application_name = "producer"});
  Side consumer(
      {.selector = {.uuid = producer.device.summary().identity.device_uuid}, .validation = validate, .application_name = "consumer"});
  connect(producer, consumer);
  producer.validate = consumer.validate = validate;
  std::printf("device: %s\n", producer.manager.identity().name.c_str());
  std::printf("rung: %s\n", std::string(to_string(producer.written.kind())).c_str());

  Progress progress;
  progress.submitted.resize(frames + 1);
  progress.latency_ms.reserve(frames);
  std::exception_ptr failures[2];
  const auto guarded = [&](std::exception_ptr& failure, auto body) {
    try {
      body();
    } catch (...) {
      failure = std::current_exception();
      progress.stop = true;
      // Whoever waits on the GPU for this side is let go; wrong pixels are no matter any more.
      (void)producer.written.signal(frames + 1);
      (void)consumer.released.signal(frames + 1);
    }
  };
  const auto start = Clock::now();
  std::thread reader([&] { guarded(failures[1], [&] { consume(consumer, frames, progress); }); });
  guarded(failures[0], [&] { produce(producer, frames, progress); });
  reader.join();
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();

  std::vector<double> sorted = progress.latency_ms;
  std::sort(sorted.begin(), sorted.end());
  const auto quantile = [&](double q) { return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))]; };
  std::printf("frames: %zu of %llu checked, %zu wrong pixels\n", sorted.size(), static_cast<unsigned long long>(frames), progress.wrong);
  std::printf("rate: %.1f frames/s at %ux%u\n", static_cast<double>(frames) / seconds, width, height);
  std::printf("latency from submit to checked pixels: median %.3f ms, 99%% %.3f ms\n", quantile(0.5), quantile(0.99));
  std::printf("waits on the GPU: %llu for a free texture, %llu for a frame\n", static_cast<unsigned long long>(progress.ring_full),
              static_cast<unsigned long long>(progress.frame_late));
  const auto messages = producer.device.validation_messages() + consumer.device.validation_messages();
  if (validate) std::printf("validation messages: %llu\n", static_cast<unsigned long long>(messages));
  return progress.wrong == 0 && sorted.size() == frames && messages == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr char usage[] =
      "usage: timeline_semaphore_pipeline [--frames N] [--validate]\n"
      "  --frames N  1 to 1000000; default: 300\n"
      "  --validate  with the Khronos validation layers; one message is a failure";
  return example::run("timeline_semaphore_pipeline", usage, argc, argv, [](example::Arguments& arguments) {
    const std::uint64_t frames = arguments.number("--frames", 300, 1, 1'000'000);
    const bool validate = arguments.flag("--validate");
    arguments.done();
    return run(frames, validate);
  });
}
