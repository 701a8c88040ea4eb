// A reader that works with WebGPU (Dawn): takes frames of any stream of colour pictures, halves and inverts them with a WGSL shader, and
// writes the last one as a PNG. No window is needed.
//
//   webgpu_subscriber --name NAME [--dawn LIBRARY] [--frames N] [--seconds S] [--output FILE]
//
// Dawn is the user's: its library is opened by the path given, or looked for under the name webgpu_dawn. Frames are read where they are;
// the one copy is the small picture's way back to the CPU.
#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "examples/support/arguments.hpp"
#include "examples/support/png.hpp"
#include "examples/webgpu_subscriber/pass.hpp"
#include "geyser/geyser.hpp"
#include "geyser/subscriber.hpp"
#include "geyser/vulkan.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;
namespace gw = geyser::webgpu;

constexpr char usage[] =
    "usage: webgpu_subscriber --name NAME [--dawn LIBRARY] [--frames N] [--seconds S] [--output FILE]\n"
    "Halves and inverts frames with a WGSL shader on Dawn, and writes the last one.\n"
    "  --name NAME     the stream (geyser list shows them)\n"
    "  --dawn LIBRARY  a library that has wgpuGetProcAddress; default: webgpu_dawn, where the system looks for libraries\n"
    "  --frames N      1 to 1000000; default: 60\n"
    "  --seconds S     ends after this time even with fewer frames, 1 to 86400; default: 60\n"
    "  --output FILE   a PNG; default: webgpu_subscriber.png";

/// Null: the library looks for Dawn by itself. Never closed, since drivers leave threads behind.
gw::GetProcAddress dawn_of(const std::string& path) {
  if (path.empty()) return nullptr;
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error("Dawn cannot be opened: " + std::string(::dlerror()));
  auto* found = reinterpret_cast<gw::GetProcAddress>(::dlsym(library, "wgpuGetProcAddress"));
  if (found == nullptr) throw std::runtime_error(path + " has no wgpuGetProcAddress; give the library of Dawn");
  return found;
}

int run(const std::string& name, const std::string& dawn, std::uint64_t frames, std::chrono::seconds time, const std::string& output) {
  // The stream says which device its textures are on. Dawn takes them from a Vulkan manager there: its partner.
  const geyser::StreamInfo stream = must(must(geyser::Directory::open()).find(name));
  const gv::Device vulkan =
      must(gv::Device::create({.selector = {.uuid = stream.device.device_uuid}, .application_name = "webgpu_subscriber"}));
  const geyser::TextureShareManager partner = must(vulkan.create_manager());
  const gw::Device device = must(gw::Device::create({.partner = &partner, .get_proc_address = dawn_of(dawn)}));
  const geyser::TextureShareManager manager = must(device.create_manager(partner));
  auto subscriber = must(geyser::Subscriber::connect(manager, name, {.connect_timeout = std::chrono::seconds(10), .reconnect = false}));

  std::unique_ptr<example::HalvedNegative> pass;
  const auto end = std::chrono::steady_clock::now() + time;
  std::uint64_t taken = 0;
  geyser::Extent3D size{0, 0, 0};
  while (taken < frames && std::chrono::steady_clock::now() < end) {
    auto acquired = subscriber.acquire(std::chrono::seconds(1));
    if (!acquired && acquired.error().code() == geyser::Errc::timed_out) continue;
    if (!acquired && subscriber.state() == geyser::SubscriberState::ended) break;
    geyser::ReadFrame frame = must(std::move(acquired));
    if (!pass || size != frame.texture().descriptor().extent) {
      size = frame.texture().descriptor().extent;
      pass = std::make_unique<example::HalvedNegative>(device, size.width, size.height);
    }
    pass->draw(must(gw::acquire(frame.access())));
    must(gw::release(frame.access()));
    must(frame.release());
    ++taken;
  }
  if (taken == 0) throw std::runtime_error("no frame came");
  example::write_png(output, pass->width(), pass->height(), pass->fetch());
  std::printf("device: %s\n", device.adapter_name().c_str());
  std::printf("transport: %s\n", std::string(to_string(subscriber.transport())).c_str());
  std::printf("frames: %llu, the last one is in %s (%u x %u)\n", static_cast<unsigned long long>(taken), output.c_str(), pass->width(),
              pass->height());
  return device.uncaptured_errors() == 0 ? 0 : 1;
}

int start(example::Arguments& arguments) {
  const std::string name = arguments.text("--name", "");
  const std::string dawn = arguments.text("--dawn", "");
  const std::uint64_t frames = arguments.number("--frames", 60, 1, 1'000'000);
  const std::chrono::seconds time(static_cast<std::chrono::seconds::rep>(arguments.number("--seconds", 60, 1, 86'400)));
  const std::string output = arguments.text("--output", "webgpu_subscriber.png");
  arguments.done();
  if (name.empty()) throw example::WrongUsage("--name is missing");
  return run(name, dawn, frames, time, output);
}

}  // namespace

int main(int argc, char** argv) { return example::run("webgpu_subscriber", usage, argc, argv, start); }
