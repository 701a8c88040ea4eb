// A publisher changes its size, is killed, and is started again; the reader does nothing about any of it, and never sees a wrong pixel.
//
//   resize_and_restart [--frames N] [--validate]
//
// This process reads. The publisher is a child (the program starts itself): 320x180 first, then 640x360 until it is killed; its successor
// publishes 480x270 under the same name.
#include <cstdio>
#include <thread>

#include "examples/support/arguments.hpp"
#include "examples/support/child.hpp"
#include "examples/support/stream_frames.hpp"
#include "geyser/geyser.hpp"

namespace {

using example::must;
using Clock = std::chrono::steady_clock;
namespace gv = geyser::vulkan;

constexpr char usage[] =
    "usage: resize_and_restart [--frames N] [--validate]\n"
    "Reads a stream whose publisher changes size, is killed, and is started again.\n"
    "  --frames N  frames of each size, 1 to 100000; default: 30\n"
    "  --validate  with the Khronos validation layers; one message is a failure";

[[nodiscard]] geyser::TextureDescriptor of_size(std::uint32_t width, std::uint32_t height) {
  return {.extent = {width, height}, .format = geyser::TextureFormat::rgba8_unorm};
}

/// The publisher's process, first or second.
int publish(const std::string& name, bool first, std::uint64_t frames, bool validate) {
  const gv::Device device = must(gv::Device::create({.validation = validate, .application_name = "resize_and_restart"}));
  const geyser::TextureShareManager manager = must(device.create_manager());
  const example::Gpu gpu(device.adopt_info());
  auto publisher = must(geyser::Publisher::create(manager, {.name = name, .texture = first ? of_size(320, 180) : of_size(480, 270)}));
  must(publisher.wait_for_subscribers(1, std::chrono::seconds(60)));
  example::FramePainter painter(gpu, validate);
  for (std::uint64_t frame = 1; publisher.has_subscribers(); ++frame) {
    painter.publish_next(publisher);
    if (first && frame == frames) must(publisher.reconfigure(of_size(640, 360)));  // a new generation; the name and the readers stay
    std::this_thread::sleep_for(std::chrono::milliseconds(16));
  }
  return device.validation_messages() == 0 ? 0 : 1;  // the first one never comes here
}

int read(std::uint64_t frames, bool validate) {
  const gv::Device device = must(gv::Device::create({.validation = validate, .application_name = "resize_and_restart"}));
  const geyser::TextureShareManager manager = must(device.create_manager());
  const example::Gpu gpu(device.adopt_info());
  std::printf("device: %s\n", manager.identity().name.c_str());
  std::fflush(stdout);

  const std::string name = "resize and restart of " + std::to_string(getpid());
  const auto start_publisher = [&](const char* which) {
    std::vector<std::string> arguments{which, name, "--frames", std::to_string(frames)};
    if (validate) arguments.emplace_back("--validate");
    return example::Child(arguments);
  };
  std::optional<example::Child> publisher(start_publisher("--publish-first"));
  auto subscriber = std::make_optional(must(geyser::Subscriber::connect(manager, name, {.connect_timeout = std::chrono::seconds(60)})));

  // From here on the reader only acquires and checks. What happens to the publisher is done at the bottom of the loop.
  example::FrameChecker checker(gpu, validate);
  std::string sizes;
  geyser::Extent3D size;
  geyser::Uuid uuid;
  std::uint64_t of_this_size = 0;
  std::optional<Clock::time_point> restarted;
  while (true) {
    geyser::ReadFrame frame = must(subscriber->acquire(example::patience));
    const geyser::Extent3D now = frame.texture().descriptor().extent;
    if (subscriber->statistics().attachments == 2 && restarted) {
      std::printf("restart to first frame: %.1f ms, most of it the start of a process and its device\n",
                  std::chrono::duration<double, std::milli>(Clock::now() - *restarted).count());
      restarted.reset();
      checker.last = 0;  // another publisher, other numbers
    }
    if (now != size) {
      size = now;
      of_this_size = 0;
      sizes += " " + std::to_string(size.width) + "x" + std::to_string(size.height);
      std::printf("frame %llu, generation %llu: %ux%u\n", static_cast<unsigned long long>(frame.info().number),
                  static_cast<unsigned long long>(frame.info().generation), size.width, size.height);
    }
    checker.check(std::move(frame));
    ++of_this_size;

    if (of_this_size != frames) continue;
    if (size == of_size(640, 360).extent) {
      publisher->kill();
      std::printf("the publisher is killed in frame %llu, and another one started\n", static_cast<unsigned long long>(checker.last));
      std::fflush(stdout);
      uuid = subscriber->stream().uuid;
      restarted = Clock::now();
      publisher.emplace(start_publisher("--publish-second"));
    } else if (size == of_size(480, 270).extent) {
      break;
    }
  }
  const geyser::SubscriberStatistics numbers = subscriber->statistics();
  const bool another = subscriber->stream().uuid != uuid;
  subscriber.reset();  // nobody reads any more, and the publisher ends by itself
  const int ended = publisher->wait();
  std::printf("sizes seen:%s\nattachments: %llu\nframes: %llu, %llu skipped\nwrong pixels: %llu\n", sizes.c_str(),
              static_cast<unsigned long long>(numbers.attachments), static_cast<unsigned long long>(numbers.frames),
              static_cast<unsigned long long>(numbers.skipped), static_cast<unsigned long long>(checker.wrong_pixels));
  if (validate) std::printf("validation messages: %llu\n", static_cast<unsigned long long>(device.validation_messages()));
  return checker.wrong_pixels == 0 && checker.out_of_order == 0 && numbers.attachments == 2 && another && ended == 0 &&
                 device.validation_messages() == 0
             ? 0
             : 1;
}

int start(example::Arguments& arguments) {
  const bool validate = arguments.flag("--validate");
  const std::uint64_t frames = arguments.number("--frames", 30, 1, 100'000);
  const std::string first = arguments.text("--publish-first", "");  // what it starts itself with
  const std::string second = arguments.text("--publish-second", "");
  arguments.done();
  if (!first.empty()) return publish(first, true, frames, validate);
  if (!second.empty()) return publish(second, false, frames, validate);
  return read(frames, validate);
}

}  // namespace

int main(int argc, char** argv) { return example::run("resize_and_restart", usage, argc, argv, start); }
