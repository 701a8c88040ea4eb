// Frames in flight over one timeline per direction: a producer device draws, a consumer device checks, neither waits for the other's frame.
//
//   timeline_semaphore_pipeline [--frames N] [--validate]
//
// A ring of three textures. `written` counts frames drawn (producer -> consumer), `released` counts frames checked (consumer -> producer).
// Frame n uses texture n mod 3; drawing it waits on the GPU for released >= n - 3, reading it waits for written >= n. That is all there is.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <string_view>
#include <thread>
#include <vector>

#include "examples/support/vulkan_commands.hpp"
#include "geyser/geyser.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using example::must;
using geyser::SyncPoint;
namespace gv = geyser::vulkan;

constexpr std::uint32_t width = 640;
constexpr std::uint32_t height = 360;
constexpr std::uint64_t ring_size = 3;
// The picture of frame n: a background that says n, and in its upper left corner 32 cells, the bits of n, white or black, lowest first.
constexpr std::uint32_t cell = 16;
constexpr std::uint32_t cells = 32;
static_assert(cell * cells <= width);

using Rgba = std::array<unsigned char, 4>;
constexpr Rgba white{255, 255, 255, 255};
constexpr Rgba black{0, 0, 0, 255};

[[nodiscard]] Rgba background(std::uint64_t frame) {
  return {static_cast<unsigned char>(frame * 7), static_cast<unsigned char>(frame * 31), static_cast<unsigned char>(128 + frame % 64), 255};
}
[[nodiscard]] VkClearColorValue as_clear(const Rgba& color) {
  VkClearColorValue value{};
  for (std::size_t i = 0; i < 4; ++i) value.float32[i] = static_cast<float>(color[i]) / 255.0F;  // exact again after the driver's rounding
  return value;
}
[[nodiscard]] std::vector<Rgba> expected_row(std::uint64_t frame, std::uint32_t y) {
  std::vector<Rgba> row(width, background(frame));
  for (std::uint32_t x = 0; y < cell && x < cell * cells; ++x) row[x] = (frame >> (x / cell) & 1U) != 0 ? white : black;
  return row;
}
/// All rows of the cells are alike, and so are all below them: two rows say how every pixel must look.
[[nodiscard]] std::size_t wrong_pixels(std::uint64_t frame, std::span<const std::byte> pixels) {
  constexpr std::size_t row_bytes = sizeof(Rgba) * width;
  const std::vector<Rgba> in_cells = expected_row(frame, 0);
  const std::vector<Rgba> below = expected_row(frame, cell);
  std::size_t wrong = 0;
  for (std::uint32_t y = 0; y < height; ++y) {
    const std::vector<Rgba>& want = y < cell ? in_cells : below;
    const std::byte* row = pixels.data() + y * row_bytes;
    if (std::memcmp(row, want.data(), row_bytes) == 0) continue;
    for (std::uint32_t x = 0; x < width; ++x) wrong += std::memcmp(row + sizeof(Rgba) * x, want[x].data(), sizeof(Rgba)) != 0 ? 1U : 0U;
  }
  return wrong;
}

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
  // On host timelines the library signals a semaphore from the CPU while a submit waits for it. Validation layers of 2023 take that for an
  // error now and then, so with --validate the CPU waits first.
  bool wait_on_cpu = false;
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
  // The cells: one white, one black, copied where they belong.
  const example::MappedBuffer brush(side.gpu, std::size_t{2} * cell * cell * 4);
  for (std::size_t i = 0; i < std::size_t{2} * cell * cell; ++i) {
    std::memcpy(brush.bytes().data() + 4 * i, (i < std::size_t{cell} * cell ? black : white).data(), 4);
  }
  // One command buffer a texture: begin() waits until the GPU is done with the one of three frames ago, and so does the end of this
  // function (which is why the brush is older than they are).
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
    if (side.wait_on_cpu) must(access.wait(example::patience));
    VkCommandBuffer buffer = commands[slot].begin();
    must(gv::record_acquire(access, buffer, example::written_by_transfer));
    const VkImage image = must(gv::native(texture)).image;
    const VkClearColorValue color = as_clear(background(frame));
    side.gpu.cmd_clear_color_image(buffer, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, &color, 1, &example::whole_image);
    const VkMemoryBarrier order{VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, VK_ACCESS_TRANSFER_WRITE_BIT, VK_ACCESS_TRANSFER_WRITE_BIT};
    side.gpu.cmd_pipeline_barrier(buffer, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 1, &order, 0, nullptr, 0,
                                  nullptr);
    std::array<VkBufferImageCopy, cells> bits{};
    for (std::uint32_t bit = 0; bit < cells; ++bit) {
      bits[bit] = example::box_copy(cell, cell, static_cast<std::int32_t>(bit * cell), 0,
                                    (frame >> bit & 1U) != 0 ? std::size_t{cell} * cell * 4 : 0);
    }
    side.gpu.cmd_copy_buffer_to_image(buffer, brush.handle(), image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, cells, bits.data());
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
    pixels.emplace_back(side.gpu, std::size_t{4} * width * height);
  }
  const auto check = [&](std::uint64_t frame) {
    const std::size_t slot = frame % ring_size;
    commands[slot].wait();
    while (progress.announced < frame && !progress.stop) std::this_thread::yield();  // its time stamp
    progress.latency_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - progress.submitted[frame]).count());
    const std::size_t wrong = wrong_pixels(frame, pixels[slot].bytes());
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
    if (side.wait_on_cpu) must(access.wait(example::patience));
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
  producer.wait_on_cpu = consumer.wait_on_cpu = validate && producer.written.kind() == geyser::SemaphoreKind::host_timeline;
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
  bool validate = false;
  std::uint64_t frames = 300;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    char* end = nullptr;
    if (argument == "--validate") {
      validate = true;
    } else if (argument == "--frames" && i + 1 < argc) {
      frames = std::strtoull(argv[++i], &end, 10);
      if (*end != '\0' || frames == 0 || frames > 1'000'000) {
        std::fprintf(stderr, "timeline_semaphore_pipeline: --frames is %s; give a number from 1 to 1000000\n", argv[i]);
        return 2;
      }
    } else {
      std::fprintf(stderr, "usage: timeline_semaphore_pipeline [--frames N] [--validate]\n");
      return 2;
    }
  }
  try {
    return run(frames, validate);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "timeline_semaphore_pipeline: %s\n", failure.what());
    return 1;
  }
}
