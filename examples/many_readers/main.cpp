// One publisher, many readers, each a process of its own: nobody copies a pixel for another reader, and nobody waits for one.
//
//   many_readers [--readers N] [--frames N] [--fps N] [--validate]
//
// The program starts itself again as each reader. A reader takes the newest frame, whenever it is ready for one, and checks every pixel;
// what it was too slow for it skips, and knows how many those were.
#include <algorithm>
#include <cstdio>
#include <thread>

#include "examples/support/arguments.hpp"
#include "examples/support/child.hpp"
#include "examples/support/stream_frames.hpp"
#include "geyser/geyser.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;

constexpr char usage[] =
    "usage: many_readers [--readers N] [--frames N] [--fps N] [--validate]\n"
    "Publishes frames, starts readers as processes of their own, and each checks every frame that it takes.\n"
    "  --readers N  1 to 64; default: 4\n"
    "  --frames N   1 to 1000000; default: 300\n"
    "  --fps N      1 to 10000; default: 60\n"
    "  --validate   with the Khronos validation layers; one message is a failure";

/// A reader's process.
int read(const std::string& name, bool validate) {
  // On the stream's own device its textures can be used without a copy.
  const geyser::StreamInfo stream = must(must(geyser::Directory::open()).find(name));
  const gv::Device device = must(
      gv::Device::create({.selector = {.uuid = stream.device.device_uuid}, .validation = validate, .application_name = "many_readers"}));
  const geyser::TextureShareManager manager = must(device.create_manager());
  const example::Gpu gpu(device.adopt_info());
  example::FrameChecker checker(gpu, validate);

  auto subscriber = must(
      geyser::Subscriber::connect(manager, name, {.connect_timeout = example::patience, .require_zero_copy = true, .reconnect = false}));
  while (true) {
    auto frame = subscriber.acquire(std::chrono::milliseconds(100));
    if (frame) {
      checker.check(*std::move(frame));
    } else if (subscriber.state() == geyser::SubscriberState::ended) {
      break;  // and everything that was published has been seen
    } else if (frame.error().code() != geyser::Errc::timed_out && frame.error().code() != geyser::Errc::peer_gone) {
      throw std::runtime_error(frame.error().describe());
    }
  }
  std::vector<double>& latency = checker.latency_ms;
  std::sort(latency.begin(), latency.end());
  std::printf("reader %d: %llu frames, %llu skipped, %llu wrong pixels; publish to pixels: median %.3f ms, 99%% %.3f ms\n",
              static_cast<int>(getpid()), static_cast<unsigned long long>(checker.frames),
              static_cast<unsigned long long>(subscriber.statistics().skipped), static_cast<unsigned long long>(checker.wrong_pixels),
              latency.empty() ? 0.0 : latency[latency.size() / 2], latency.empty() ? 0.0 : latency[(latency.size() - 1) * 99 / 100]);
  if (device.validation_messages() != 0) std::fprintf(stderr, "many_readers: a reader has validation messages\n");
  return checker.frames != 0 && checker.wrong_pixels == 0 && checker.out_of_order == 0 && device.validation_messages() == 0 ? 0 : 1;
}

int publish(std::size_t readers, std::uint64_t frames, std::uint64_t fps, bool validate) {
  const gv::Device device = must(gv::Device::create({.validation = validate, .application_name = "many_readers"}));
  const geyser::TextureShareManager manager = must(device.create_manager());
  const example::Gpu gpu(device.adopt_info());
  const std::string name = "many readers of " + std::to_string(getpid());
  auto publisher = std::make_optional(must(
      geyser::Publisher::create(manager, {.name = name, .texture = {.extent = {640, 360}, .format = geyser::TextureFormat::rgba8_unorm}})));
  std::printf("device: %s\n", manager.identity().name.c_str());
  std::fflush(stdout);

  std::vector<example::Child> children;
  for (std::size_t i = 0; i < readers; ++i) {
    std::vector<std::string> arguments{"--read", name};
    if (validate) arguments.emplace_back("--validate");
    children.emplace_back(arguments);
  }
  must(publisher->wait_for_subscribers(readers, std::chrono::seconds(60)));

  example::FramePainter painter(gpu, validate);
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t frame = 1; frame <= frames; ++frame) {
    painter.publish_next(*publisher);
    std::this_thread::sleep_until(start + frame * std::chrono::nanoseconds(1'000'000'000 / fps));
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  // Who is slow gets the time to take the last one.
  geyser::StreamStatus status;
  std::size_t done = 0;
  for (const auto until = std::chrono::steady_clock::now() + example::patience; std::chrono::steady_clock::now() < until;) {
    status = must(publisher->status());
    done = static_cast<std::size_t>(std::ranges::count_if(status.readers, [&](const auto& reader) { return reader.last_frame == frames; }));
    if (done == readers) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  publisher.reset();  // the stream ends, and so do its readers

  std::size_t right = 0;
  for (example::Child& child : children) right += child.wait() == 0 ? 1U : 0U;
  std::printf("published %llu frames at %.1f frames/s from %u textures\n", static_cast<unsigned long long>(frames),
              static_cast<double>(frames) / seconds, status.textures);
  std::printf("%zu of %zu readers saw frame %llu last\n", done, readers, static_cast<unsigned long long>(frames));
  std::printf("%zu of %zu readers found every pixel right\n", right, readers);
  if (validate) std::printf("validation messages: %llu\n", static_cast<unsigned long long>(device.validation_messages()));
  return right == readers && done == readers && device.validation_messages() == 0 ? 0 : 1;
}

int start(example::Arguments& arguments) {
  const bool validate = arguments.flag("--validate");
  const std::string read_from = arguments.text("--read", "");  // what it starts itself with
  const std::uint64_t readers = arguments.number("--readers", 4, 1, 64);
  const std::uint64_t frames = arguments.number("--frames", 300, 1, 1'000'000);
  const std::uint64_t fps = arguments.number("--fps", 60, 1, 10'000);
  arguments.done();
  return read_from.empty() ? publish(readers, frames, fps, validate) : read(read_from, validate);
}

}  // namespace

int main(int argc, char** argv) { return example::run("many_readers", usage, argc, argv, start); }
