// geyser bench: what sharing costs here, beside what the machine costs anyway.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>

#include "core/message.hpp"
#include "geyser/version.hpp"
#include "tools/common/table.hpp"
#include "tools/geyser/device_list.hpp"
#include "tools/geyser/measure.hpp"
#include "tools/geyser/stream_options.hpp"
#include "tools/geyser/stream_text.hpp"

namespace geyser::tools {
namespace {

using detail::text;
using std::chrono::nanoseconds;

struct Options {
  std::string device;
  std::string size = "1920x1080";
  std::string format = "rgba8_unorm";
  int rounds = 200;
  bool json = false;
};

struct Report {
  WakeFloor floor;
  nanoseconds memory_copy{0};
  StreamCost stream;
  std::optional<HandOver> hand_over;
};

[[nodiscard]] Json spread_json(const Spread& spread) { return {{"p50", spread.p50.count()}, {"p99", spread.p99.count()}}; }

[[nodiscard]] Json report_json(const Report& report, const ListedDevice& device, const TextureDescriptor& texture, int rounds) {
  Json json{{"geyser", version()},
            {"device", to_json(device.identity)},
            {"backend", device.api},
            {"software", device.software()},
            {"width", texture.extent.width},
            {"height", texture.extent.height},
            {"format", to_string(texture.format)},
            {"rounds", rounds},
            {"unit", "nanoseconds"}};
  json["floors"] = {{"wake_spinning", spread_json(report.floor.spinning)},
                    {"wake_sleeping", spread_json(report.floor.sleeping)},
                    {"memory_copy", report.memory_copy.count()}};
  json["stream"] = {{"zero_copy", report.stream.zero_copy},
                    {"begin_and_publish", spread_json(report.stream.begin_and_publish)},
                    {"acquire_and_release", spread_json(report.stream.acquire_and_release)},
                    {"wake_spinning", spread_json(report.stream.wake_spinning)},
                    {"wake_sleeping", spread_json(report.stream.wake_sleeping)}};
  if (const auto& hand_over = report.hand_over) {
    json["hand_over"] = {{"create", hand_over->create.count()},         {"export", hand_over->export_handles.count()},
                         {"import", hand_over->import_handles.count()}, {"shared", hand_over->shared.count()},
                         {"cpu_copy", hand_over->copied().count()},     {"read_back", hand_over->read_back.count()},
                         {"memcpy", hand_over->memory_copy.count()},    {"upload", hand_over->upload.count()}};
  } else {
    json["hand_over"] = nullptr;
  }
  return json;
}

[[nodiscard]] std::string times(nanoseconds value, nanoseconds floor) {
  if (floor <= floor.zero()) return {};
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.1f x", static_cast<double>(value.count()) / static_cast<double>(floor.count()));
  return buffer;
}

void print(const Report& report, const ListedDevice& device, const TextureDescriptor& texture, int rounds) {
  const bool color = wants_color(Stream::out);
  std::cout << "device   " << device.identity.name << " (" << device.type << ")\n";
  if (device.software()) std::cout << "         a software device: right results, but no figures that mean anything for a GPU\n";
  std::cout << "texture  " << describe(texture) << "\n\n";

  Table streams({{"STREAM"}, {"P50", true}, {"P99", true}, {"FLOOR P50", true}, {"RATIO", true}, {"WHAT THE FLOOR IS"}});
  const auto row = [&](const char* name, const Spread& spread, const Spread* floor, const char* what) {
    streams.add({name,
                 {duration_text(spread.p50), Tint::green},
                 duration_text(spread.p99),
                 floor != nullptr ? duration_text(floor->p50) : std::string(),
                 floor != nullptr ? times(spread.p50, floor->p50) : std::string(),
                 what});
  };
  row("begin_frame + publish", report.stream.begin_and_publish, nullptr, "");
  row("acquire + release, frame is there", report.stream.acquire_and_release, nullptr, "");
  row("publish -> reader, spinning", report.stream.wake_spinning, &report.floor.spinning, "a word that another thread spins on");
  row("publish -> reader, sleeping", report.stream.wake_sleeping, &report.floor.sleeping, "a futex that another thread sleeps on");
  streams.print(std::cout, color);
  std::cout << (report.stream.zero_copy ? "zero copy" : "through host memory") << ", " << rounds << " frames each, in one process\n\n";

  const std::string copy = duration_text(report.memory_copy);
  if (!report.hand_over) {
    std::cout << "one memcpy of the texture's bytes takes " << copy << "; a hand-over of " << device.api
              << " textures is a change of mapping and copies nothing\n";
    return;
  }
  const HandOver& hand_over = *report.hand_over;
  Table passing({{"TEXTURE"}, {"SHARED", true}, {"CPU COPY", true}, {"WHAT THE CPU COPY IS"}});
  passing.add({"once: create texture and semaphores", duration_text(hand_over.create)});
  passing.add({"once: export", duration_text(hand_over.export_handles)});
  passing.add({"once: import", duration_text(hand_over.import_handles)});
  passing.add({"each picture, GPU to GPU",
               {duration_text(hand_over.shared), Tint::green},
               {duration_text(hand_over.copied()), Tint::yellow},
               "all three:"});
  passing.add({"", "", duration_text(hand_over.read_back), "read back to the host"});
  passing.add({"", "", duration_text(hand_over.memory_copy), "memcpy; bare, in this process: " + copy});
  passing.add({"", "", duration_text(hand_over.upload), "upload to the other device"});
  passing.print(std::cout, color);
  std::cout << "the copy takes " << times(hand_over.copied(), hand_over.shared) << " the time of sharing\n";
}

[[nodiscard]] ExitCode run(const Options& options) {
  TextureDescriptor texture;
  texture.extent = parse_size(options.size);
  texture.format = parse_format(options.format);
  texture.label = "bench";
  auto device = open_device(options.device);
  if (!device) {
    return complain(device.error(), "run `geyser devices` for those that there are",
                    device.error().code() == Errc::not_found ? ExitCode::not_found : ExitCode::failure);
  }
  if (device->api != "vulkan" && device->api != "host") {
    return complain(text("bench measures Vulkan devices and host memory, and ", device->id, " is neither."),
                    "give a number, a UUID or a name; docs/benchmarks.md has the figures of the other APIs", ExitCode::usage);
  }
  const auto bytes = content_bytes(texture);
  if (!bytes) return complain(bytes.error(), "choose another --size or --format", ExitCode::usage);
  auto second = open_again(*device);
  if (!second) return complain(second.error(), "run `geyser doctor`");
  Report report;
  report.floor = measure_wake_floor(options.rounds);
  report.memory_copy = measure_memory_copy(static_cast<std::size_t>(*bytes));
  auto stream = measure_stream(*device->manager, *second, options.rounds);
  if (!stream) return complain_about_stream(stream.error());
  report.stream = *stream;
  if (device->api == "vulkan") {
    auto hand_over = measure_hand_over(device->identity, texture, std::max(3, options.rounds / 10));
    if (!hand_over)
      return complain(hand_over.error(), "choose another --format or --device; `geyser formats --device` says what is shared");
    report.hand_over = *hand_over;
  }
  if (options.json) {
    std::cout << dump(report_json(report, *device, texture, options.rounds));
  } else {
    print(report, *device, texture, options.rounds);
  }
  return ExitCode::success;
}

}  // namespace

void add_bench(CLI::App& program, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("bench", "What sharing costs on this machine, beside its floors; takes a few seconds");
  add_device_option(*verb, options->device, "the best GPU, else a software device, else host memory");
  verb->add_option("-s,--size", options->size, "WIDTHxHEIGHT of the texture that is handed over")->capture_default_str();
  verb->add_option("-f,--format", options->format, "Its format")->capture_default_str();
  verb->add_option("--rounds", options->rounds, "Frames to measure; a tenth of them for copies")
      ->capture_default_str()
      ->check(CLI::Range(20, 100000));
  verb->add_flag("--json", options->json, "For programs, in nanoseconds");
  verb->footer("Examples:\n  geyser bench\n  geyser bench --size 3840x2160 --json\n\n" + std::string(exit_code_help));
  verb->callback([options, &action] {
    (void)parse_size(options->size);
    (void)parse_format(options->format);
    action = [options] { return run(*options); };
  });
}

}  // namespace geyser::tools
