// geyser_demo: a stream between three processes, then one picture between two devices. Every frame is checked, and the time of sharing
// stands beside the CPU copy that it replaces.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <stdexcept>

#include "tools/common/command_line.hpp"
#include "tools/common/pattern.hpp"
#include "tools/common/terminal.hpp"
#include "tools/demo/comparison.hpp"
#include "tools/demo/roles.hpp"
#include "tools/demo/streams.hpp"

namespace geyser::demo {
namespace {

using tools::Json;
using tools::Picture;

[[nodiscard]] Extent3D parse_size(const std::string& text) {
  unsigned width = 0;
  unsigned height = 0;
  char rest = '\0';
  if (std::sscanf(text.c_str(), "%ux%u%c", &width, &height, &rest) != 2 || width < 16 || height < 16 || width > 16384 || height > 16384) {
    throw CLI::ValidationError("--size is " + text + "; give WIDTHxHEIGHT, each from 16 to 16384, such as 1920x1080");
  }
  return {width, height, 1};
}

[[nodiscard]] vulkan::DeviceSelector parse_device(const std::string& text) {
  vulkan::DeviceSelector selector;
  if (text.empty()) return selector;
  if (text.size() <= 4 && text.find_first_not_of("0123456789") == std::string::npos) {
    selector.index = static_cast<std::uint32_t>(std::stoul(text));
  } else if (auto uuid = parse_uuid(text)) {
    selector.uuid = *uuid;
  } else if (auto pci = parse_pci_address(text)) {
    selector.pci = *pci;
  } else {
    selector.name = text;
  }
  return selector;
}

int complain(const std::string& message, const std::string& next, int code) {
  const bool color = tools::wants_color(tools::Stream::err);
  std::cout.flush();
  std::cerr << "geyser_demo: " << tools::tinted("error:", tools::Tint::red, color) << ' ' << message << '\n';
  if (!next.empty()) std::cerr << "  next: " << next << '\n';
  return code;
}

void print_device(Duo& duo) {
  const vulkan::DeviceSummary& device = duo.a().device.summary();
  std::cout << "device    " << device.identity.name << ", driver " << device.identity.driver << '\n';
  if (device.type == VK_PHYSICAL_DEVICE_TYPE_CPU) {
    std::cout << "          no GPU is used: this is a software device, and all ways of passing a picture run on the CPU\n";
  }
}

int run(const tools::CommandLine& line) {
  Options options;
  CLI::App program(
      "A publisher and two readers, three processes, share a stream, and every frame is checked; then two Vulkan devices share a picture "
      "both ways, timed beside the CPU copy that sharing replaces.",
      "geyser_demo");
  program.allow_windows_style_options(false);  // one command line everywhere; a path may begin with a slash
  program.add_option("png", options.path, "Where to write what the second device read; the other pictures lie beside it")
      ->capture_default_str();
  program.add_option("-d,--device", options.device,
                     "A number, a UUID, a PCI address or part of a name; default: the best GPU, or a software device");
  program.add_option("--size", options.size, "WIDTHxHEIGHT")->capture_default_str();
  program.add_option("--pattern", options.pattern, "The picture that the two devices share; the stream has its own, which counts")
      ->capture_default_str()
      ->check(CLI::IsMember({"smpte", "gradient", "checker", "counter"}));
  program.add_option("--format", options.format, "An uncompressed colour format")->capture_default_str();
  program.add_option("--seconds", options.seconds, "How long the stream runs")->capture_default_str()->check(CLI::Range(0.1, 3600.0));
  program.add_option("--fps", options.fps, "Frames a second that the publisher tries")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 1000.0));
  program.add_option("--repeat", options.repetitions, "Pictures to take the median of")->capture_default_str()->check(CLI::Range(1, 1000));
  program.add_flag("--validate", options.validate, "With Khronos validation; a single message is a failure");
  program.add_flag("--sabotage", options.sabotage,
                   "Change one byte of a picture, and of each frame from the fifth on, to see that it is noticed");
  program.add_flag("--json", options.json, "For programs");
  program.add_option("--role", options.role)->group("");  // hidden: what it starts itself with
  program.add_option("--stream", options.stream)->group("");
  program.footer(
      "Exit codes: 0 everything is right, 1 something is wrong or failed, 2 wrong usage, 3 no device.\n"
      "Examples:\n  geyser_demo\n  geyser_demo /tmp/picture.png --size 3840x2160 --validate");
  try {
    program.parse(line.count(), line.words());
    options.texture.extent = parse_size(options.size);
    const auto format = format_from_name(options.format);
    if (!format || !tools::encode(Picture{1, 1, std::vector<std::byte>(4)}, *format)) {
      throw CLI::ValidationError("--format is " + options.format +
                                 "; give an uncompressed colour format, see `geyser formats --kind color`");
    }
    options.texture.format = *format;
  } catch (const CLI::Success& asked) {
    return program.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    return complain(wrong.what(), "run `geyser_demo --help`", 2);
  }
  options.texture.label = "demo picture";
  options.device_options.selector = parse_device(options.device);
  options.device_options.validation = options.validate;
  if (options.role == publisher_role) return publish(options);
  if (options.role == zero_copy_role || options.role == host_bridge_role) return read(options);

  if (const auto devices = vulkan::enumerate_devices(); !devices) {
    return complain(std::string(devices.error().message()), "run `geyser doctor`: it names the command that installs a driver", 3);
  }
  Duo duo(options.device_options, options.texture);
  if (!options.json) print_device(duo);
  const StreamOutcome streams = run_streams(options, duo.a().device.summary().identity);
  if (!options.json) print(options, streams);
  const Outcome outcome = compare_ways(duo, options);
  if (options.json) {
    Json report = to_json(duo, options, outcome);
    report["stream"] = to_json(streams);
    std::cout << tools::dump(report);
  } else {
    print(duo, options, outcome);
  }
  int code = 0;
  for (const std::string& wrong : streams.complaints) {
    code = complain(wrong, "run `geyser doctor`, and report it with the output of `geyser devices`", 1);
  }
  if (!outcome.first_difference.empty()) {
    code = complain(outcome.first_difference, "compare " + options.path + " and " + outcome.returned_path + " by eye, and report it", 1);
  }
  if (duo.validation_messages() != 0) {
    code = complain("The validation layers gave " + std::to_string(duo.validation_messages()) + " messages.",
                    "read them above, and report them", 1);
  }
  if (!std::cout.flush()) return complain("Standard output cannot be written.", "check the disk or the pipe behind it", 1);
  return code;
}

}  // namespace
}  // namespace geyser::demo

int main(int argc, char** argv) {
  try {
    const geyser::tools::CommandLine line(argc, argv);
    return geyser::demo::run(line);
  } catch (const std::exception& failure) {
    return geyser::demo::complain(failure.what(), "run `geyser doctor`", 1);
  }
}
