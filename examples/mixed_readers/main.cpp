// One Vulkan publisher, an OpenGL reader and a CUDA reader at once, each a process of its own, all on the same textures.
//
//   mixed_readers [--frames N] [--fps N]
//
// Where there is no CUDA driver, the OpenGL reader is alone, and the program says so.
#include <algorithm>
#include <cstdio>
#include <thread>

#include "examples/support/arguments.hpp"
#include "examples/support/child.hpp"
#include "examples/support/stream_frames.hpp"
#include "geyser/cuda.hpp"
#include "geyser/geyser.hpp"
#include "geyser/opengl.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;

constexpr char usage[] =
    "usage: mixed_readers [--frames N] [--fps N]\n"
    "Publishes frames that Vulkan draws, and starts an OpenGL and a CUDA reader; each checks every frame that it takes.\n"
    "  --frames N   1 to 1000000; default: 120\n"
    "  --fps N      1 to 10000; default: 60";

int read(const geyser::TextureShareManager& manager, const std::string& name) {
  auto subscriber = must(
      geyser::Subscriber::connect(manager, name, {.connect_timeout = example::patience, .require_zero_copy = true, .reconnect = false}));
  std::vector<std::byte> pixels;
  std::uint64_t frames = 0;
  std::size_t wrong = 0;
  while (true) {
    auto frame = subscriber.acquire(std::chrono::milliseconds(100));
    if (frame) {
      const geyser::Extent3D size = frame->texture().descriptor().extent;
      const example::NumberedPicture picture{size.width, size.height};
      pixels.assign(picture.bytes(), std::byte{0xA5});
      must(frame->read_back({}, pixels));
      wrong += picture.wrong_pixels(frame->info().number, pixels);
      ++frames;
    } else if (subscriber.state() == geyser::SubscriberState::ended) {
      break;  // and everything that was published has been seen
    } else if (frame.error().code() != geyser::Errc::timed_out && frame.error().code() != geyser::Errc::peer_gone) {
      throw std::runtime_error(frame.error().describe());
    }
  }
  std::printf("%s reader: %llu frames, %llu skipped, %zu wrong pixels\n", std::string(manager.backend_name()).c_str(),
              static_cast<unsigned long long>(frames), static_cast<unsigned long long>(subscriber.statistics().skipped), wrong);
  return frames != 0 && wrong == 0 ? 0 : 1;
}

/// A reader's process. Its partner is a Vulkan device on the stream's own device, which makes the semaphores.
int read_with(const std::string& api, const std::string& name) {
  const geyser::Uuid uuid = must(must(geyser::Directory::open()).find(name)).device.device_uuid;
  const gv::Device device = must(gv::Device::create({.selector = {.uuid = uuid}, .application_name = "mixed_readers"}));
  const geyser::TextureShareManager partner = must(device.create_manager());
  if (api == "cuda") return read(must(geyser::cuda::create_manager({.device = uuid, .partner = &partner})), name);
  const geyser::opengl::Context context = must(geyser::opengl::Context::create({.device_uuid = uuid}));
  return read(must(context.create_manager(&partner)), name);
}

int publish(std::uint64_t frames, std::uint64_t fps) {
  const gv::Device device = must(gv::Device::create({.application_name = "mixed_readers"}));
  const geyser::TextureShareManager manager = must(device.create_manager());
  // Its reader would find out too, but here it is the program that says so.
  static_cast<void>(must(geyser::opengl::Context::create({.device_uuid = manager.identity().device_uuid})));
  const example::Gpu gpu(device.adopt_info());
  const std::string name = "mixed readers of " + std::to_string(getpid());
  auto publisher = std::make_optional(must(
      geyser::Publisher::create(manager, {.name = name, .texture = {.extent = {640, 360}, .format = geyser::TextureFormat::rgba8_unorm}})));
  std::printf("device: %s\n", manager.identity().name.c_str());

  std::vector<std::string> apis{"opengl"};
  const auto cuda_devices = geyser::cuda::enumerate_devices();
  const bool cuda = cuda_devices && std::ranges::any_of(*cuda_devices, [&](const auto& each) {
                      return each.identity.device_uuid == manager.identity().device_uuid;
                    });
  if (cuda) {
    apis.emplace_back("cuda");
  } else {
    std::printf("no CUDA reader: %s\n", cuda_devices ? "CUDA does not know this device" : cuda_devices.error().describe().c_str());
  }
  std::fflush(stdout);
  std::vector<example::Child> children;
  children.reserve(apis.size());
  for (const std::string& api : apis) children.emplace_back(std::vector<std::string>{"--read", name, "--with", api});
  must(publisher->wait_for_subscribers(children.size(), std::chrono::seconds(60)));

  example::FramePainter painter(gpu, false);
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t frame = 1; frame <= frames; ++frame) {
    painter.publish_next(*publisher);
    std::this_thread::sleep_until(start + frame * std::chrono::nanoseconds(1'000'000'000 / fps));
  }
  publisher.reset();  // the stream ends, and so do its readers
  std::size_t right = 0;
  for (example::Child& child : children) right += child.wait() == 0 ? 1U : 0U;
  std::printf("%zu of %zu readers found every pixel right\n", right, children.size());
  return right == children.size() ? 0 : 1;
}

int start(example::Arguments& arguments) {
  const std::string read_from = arguments.text("--read", "");  // what it starts itself with
  const std::string api = arguments.text("--with", "opengl");
  const std::uint64_t frames = arguments.number("--frames", 120, 1, 1'000'000);
  const std::uint64_t fps = arguments.number("--fps", 60, 1, 10'000);
  arguments.done();
  return read_from.empty() ? publish(frames, fps) : read_with(api, read_from);
}

}  // namespace

int main(int argc, char** argv) { return example::run("mixed_readers", usage, argc, argv, start); }
