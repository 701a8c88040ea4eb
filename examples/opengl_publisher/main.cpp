// A publisher that draws with OpenGL: any reader takes its frames, whatever API it uses.
//
//   opengl_publisher [--name NAME] [--frames N] [--fps N]
//
// Without --name it publishes to itself: a second process reads the stream with Vulkan and checks every pixel.
#include <cstdio>
#include <thread>

#include "examples/support/arguments.hpp"
#include "examples/support/child.hpp"
#include "examples/support/gl_pass.hpp"
#include "examples/support/stream_frames.hpp"
#include "geyser/geyser.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;
namespace gl = geyser::opengl;

constexpr char usage[] =
    "usage: opengl_publisher [--name NAME] [--frames N] [--fps N]\n"
    "Publishes frames that OpenGL draws. Without --name another process of it reads them with Vulkan and checks every pixel.\n"
    "  --name NAME  the stream's name\n"
    "  --frames N   1 to 1000000; default: 120\n"
    "  --fps N      1 to 10000; default: 60";

// example::NumberedPicture, as a shader.
constexpr char numbered_shader[] =
    "layout(location = 0) uniform uint number;\n"
    "layout(location = 1) uniform uint cell;\n"
    "void main() {\n"
    "  uvec2 at = uvec2(gl_FragCoord.xy);\n"
    "  if (at.y < cell && at.x < cell * 32u) {\n"
    "    color = vec4(vec3((number >> (at.x / cell) & 1u) != 0u ? 1.0 : 0.0), 1.0);\n"
    "  } else {\n"
    "    color = vec4(vec3(number * 7u & 255u, number * 31u & 255u, 128u + number % 64u) / 255.0, 1.0);\n"
    "  }\n"
    "}\n";

/// A reader's process.
int read(const std::string& name) {
  const geyser::StreamInfo stream = must(must(geyser::Directory::open()).find(name));
  const gv::Device device =
      must(gv::Device::create({.selector = {.uuid = stream.device.device_uuid}, .application_name = "opengl_publisher"}));
  const geyser::TextureShareManager manager = must(device.create_manager());
  const example::Gpu gpu(device.adopt_info());
  example::FrameChecker checker(gpu, false);
  auto subscriber = must(
      geyser::Subscriber::connect(manager, name, {.connect_timeout = example::patience, .require_zero_copy = true, .reconnect = false}));
  while (true) {
    auto frame = subscriber.acquire(std::chrono::milliseconds(100));
    if (frame) {
      checker.check(*std::move(frame));
    } else if (subscriber.state() == geyser::SubscriberState::ended) {
      break;
    } else if (frame.error().code() != geyser::Errc::timed_out && frame.error().code() != geyser::Errc::peer_gone) {
      throw std::runtime_error(frame.error().describe());
    }
  }
  std::printf("reader: %llu frames, %llu wrong pixels\n", static_cast<unsigned long long>(checker.frames),
              static_cast<unsigned long long>(checker.wrong_pixels));
  return checker.frames != 0 && checker.wrong_pixels == 0 && checker.out_of_order == 0 ? 0 : 1;
}

int publish(std::string name, std::uint64_t frames, std::uint64_t fps) {
  const bool alone = name.empty();
  if (alone) name = "opengl publisher " + std::to_string(getpid());
  // The partner makes what OpenGL cannot: memory and semaphores that can be handed over. It must be on the context's device.
  const gl::Context context = must(gl::Context::create());
  const gv::Device device =
      must(gv::Device::create({.selector = {.uuid = context.identity().device_uuid}, .application_name = "opengl_publisher"}));
  const geyser::TextureShareManager vulkan = must(device.create_manager());
  const geyser::TextureShareManager manager = must(context.create_manager(&vulkan));
  std::printf("device: %s\n", manager.identity().name.c_str());

  const example::NumberedPicture picture{640, 360};
  auto publisher = std::make_optional(must(geyser::Publisher::create(
      manager, {.name = name,
                .texture = {.extent = {picture.width, picture.height},
                            .format = geyser::TextureFormat::rgba8_unorm,
                            .usage = geyser::TextureUsage::copy_src | geyser::TextureUsage::copy_dst |
                                     geyser::TextureUsage::texture_binding | geyser::TextureUsage::render_attachment}})));
  std::printf("publishing \"%s\"\n", name.c_str());
  std::fflush(stdout);
  std::optional<example::Child> reader;
  if (alone) {
    reader.emplace(std::vector<std::string>{"--read", name});
    must(publisher->wait_for_subscribers(1, std::chrono::seconds(60)));
  }

  const example::Gl functions(context.get_proc_address());
  const example::GlPass pass(functions, numbered_shader);
  pass.uniform(1, picture.cell());
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 1; i <= frames; ++i) {
    geyser::WriteFrame frame = must(publisher->begin_frame(example::patience));
    must(gl::acquire(frame.access()));
    pass.uniform(0, static_cast<std::uint32_t>(frame.number()));
    pass.draw(must(gl::native(frame.texture())).name, picture.width, picture.height);
    must(gl::release(frame.access()));  // signals the frame's point behind the drawing
    must(publisher->publish(std::move(frame)));
    std::this_thread::sleep_until(start + i * std::chrono::nanoseconds(1'000'000'000 / fps));
  }
  publisher.reset();
  std::printf("published %llu frames\n", static_cast<unsigned long long>(frames));
  if (!reader) return 0;
  const bool right = reader->wait() == 0;
  std::printf("the reader found %s\n", right ? "every pixel right" : "something wrong");
  return right ? 0 : 1;
}

int start(example::Arguments& arguments) {
  const std::string read_from = arguments.text("--read", "");  // what it starts itself with
  const std::string name = arguments.text("--name", "");
  const std::uint64_t frames = arguments.number("--frames", 120, 1, 1'000'000);
  const std::uint64_t fps = arguments.number("--fps", 60, 1, 10'000);
  arguments.done();
  return read_from.empty() ? publish(name, frames, fps) : read(read_from);
}

}  // namespace

int main(int argc, char** argv) { return example::run("opengl_publisher", usage, argc, argv, start); }
