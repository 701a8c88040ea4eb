// geyser_demo: two Vulkan devices share a test picture. Every byte is compared; every step's time stands beside the CPU copy that it
// replaces.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <stdexcept>

#include "tools/common/json.hpp"
#include "tools/common/pattern.hpp"
#include "tools/common/png.hpp"
#include "tools/common/table.hpp"
#include "tools/demo/duo.hpp"

namespace geyser::demo {
namespace {

using example::must;
using tools::Json;
using tools::Picture;

struct Options {
  std::string path = "build/demo/geyser-demo.png";
  std::string device;
  std::string size = "1920x1080";
  std::string pattern = "smpte";
  std::string format = "rgba8_unorm";
  int repetitions = 20;
  bool validate = false;
  bool sabotage = false;
  bool json = false;
};

struct Outcome {
  std::string first_difference;  // empty: everything is equal
  std::string returned_path;
  PassTimes forward;
  PassTimes backward;
};

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

/// "": equal; otherwise one sentence. `where` says whose view it is.
[[nodiscard]] std::string compare(const std::vector<std::byte>& seen, const std::vector<std::byte>& wanted, std::uint32_t row_bytes,
                                  const std::string& where) {
  std::size_t wrong = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (seen[i] == wanted[i]) continue;
    if (wrong++ == 0) first = i;
  }
  if (wrong == 0) return {};
  return where + " has " + std::to_string(wrong) + " wrong bytes of " + std::to_string(wanted.size()) + ", the first in row " +
         std::to_string(first / row_bytes) + " at byte " + std::to_string(first % row_bytes) + " (" +
         std::to_string(std::to_integer<int>(seen[first])) + " instead of " + std::to_string(std::to_integer<int>(wanted[first])) + ").";
}

[[nodiscard]] std::string beside(const std::string& path, const std::string& suffix) {
  const auto dot = path.rfind('.');
  const bool has_extension = dot != std::string::npos && path.find('/', dot) == std::string::npos;
  return has_extension ? path.substr(0, dot) + suffix + path.substr(dot) : path + suffix;
}

/// The picture there and back: A writes it, B reads it; B draws a box into it, A reads that. Writes both PNGs.
[[nodiscard]] Outcome share(Duo& duo, const Options& options, const TextureDescriptor& descriptor) {
  const Extent3D size = descriptor.extent;
  const auto pattern = *tools::pattern_from_name(options.pattern);
  Picture picture = tools::make_pattern(pattern, size.width, size.height);
  const auto first_bytes = must(tools::encode(picture, descriptor.format));
  const std::uint32_t row_bytes = must(region_layout(descriptor, {})).row_bytes;
  const auto write = [&](const std::string& path, const std::vector<std::byte>& bytes) {
    must(tools::write_png(path, must(tools::decode(bytes, size.width, size.height, descriptor.format))));
  };

  Outcome outcome;
  const auto note = [&](const std::string& difference) {
    if (outcome.first_difference.empty()) outcome.first_difference = difference;
  };
  auto seen = duo.write_and_read(true, {}, first_bytes);
  if (options.sabotage) seen[seen.size() / 2] ^= std::byte{1};
  note(compare(seen, first_bytes, row_bytes, "The picture that device B reads"));
  write(options.path, seen);

  outcome.forward = duo.time_passes(true, options.repetitions);
  note(compare(duo.copied_content(true), first_bytes, row_bytes, "The copy through the CPU from A to B"));

  // The importer draws: a quarter of the picture's size, in its middle.
  const Picture box = tools::make_pattern(tools::Pattern::counter, size.width / 4, size.height / 4, 2026);
  const std::uint32_t x = size.width * 3 / 8;
  const std::uint32_t y = size.height * 3 / 8;
  must(tools::paste(picture, box, x, y));
  const auto second_bytes = must(tools::encode(picture, descriptor.format));
  const TextureRegion region{.offset = {x, y, 0}, .extent = Extent3D{box.width, box.height, 1}};
  const auto returned = duo.write_and_read(false, region, must(tools::encode(box, descriptor.format)));
  note(compare(returned, second_bytes, row_bytes, "The picture that comes back to device A"));
  outcome.returned_path = beside(options.path, "-returned");
  write(outcome.returned_path, returned);

  outcome.backward = duo.time_passes(false, options.repetitions);
  note(compare(duo.copied_content(false), second_bytes, row_bytes, "The copy through the CPU from B to A"));
  return outcome;
}

[[nodiscard]] std::string milliseconds(Milliseconds time) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.3f ms", time.count());
  return buffer;
}

[[nodiscard]] double ratio(const Outcome& outcome) {
  return (outcome.forward.copied() + outcome.backward.copied()).count() / (outcome.forward.shared + outcome.backward.shared).count();
}

void print(Duo& duo, const Options& options, const TextureDescriptor& descriptor, const Outcome& outcome) {
  const bool color = tools::wants_color(tools::Stream::out);
  const vulkan::DeviceSummary& device = duo.a().device.summary();
  std::cout << "device    " << device.identity.name << ", driver " << device.identity.driver << '\n';
  if (device.type == VK_PHYSICAL_DEVICE_TYPE_CPU)
    std::cout << "          no GPU is used: this is a software device, and both ways of passing a picture run on the CPU\n";
  std::cout << "texture   " << describe(descriptor) << ", " << duo.a().name << " -> " << duo.b().name << " and back\n"
            << "shared by " << to_string(duo.memory_type()) << ", synchronised by " << to_string(duo.semaphore_kind()) << "\n\n";

  const SetupTimes& setup = duo.setup();
  tools::Table table({{"STEP"}, {"SHARED", true}, {"CPU COPY", true}, {"WHAT THE CPU COPY IS"}});
  table.add({"once: create texture and semaphores", milliseconds(setup.create), milliseconds(setup.create_copy_path),
             "second texture, two staging buffers"});
  table.add({"once: export", milliseconds(setup.export_handles), "-"});
  table.add({"once: import", milliseconds(setup.import_handles), "-"});
  const auto passes = [&](const std::string& name, const PassTimes& times) {
    table.add({"each picture: " + name,
               {milliseconds(times.shared), tools::Tint::green},
               {milliseconds(times.copied()), tools::Tint::yellow},
               "all three:"});
    table.add({"", "", milliseconds(times.read_back), "read back to the host"});
    table.add({"", "", milliseconds(times.memory_copy), "memcpy"});
    table.add({"", "", milliseconds(times.upload), "upload to the other device"});
  };
  passes("A -> B", outcome.forward);
  passes("B -> A", outcome.backward);
  table.print(std::cout, color);
  std::cout << "medians of " << options.repetitions << " pictures; from the writer's submit until the reader's GPU has the texture\n\n";
  if (!outcome.first_difference.empty()) return;

  const Milliseconds shared = (outcome.forward.shared + outcome.backward.shared) / 2;
  const Milliseconds copied = (outcome.forward.copied() + outcome.backward.copied()) / 2;
  char closing[160];
  std::snprintf(closing, sizeof closing,
                "Bit for bit equal both ways. Sharing passes a picture in %.3f ms, the CPU copy in %.3f ms: %.1f times as long.",
                shared.count(), copied.count(), ratio(outcome));
  std::cout << options.path << " is what B read, " << outcome.returned_path << " what A got back with B's box in it.\n"
            << tools::tinted(closing, tools::Tint::bold, color) << '\n';
  if (options.validate) std::cout << "Validation messages: " << duo.validation_messages() << ".\n";
}

[[nodiscard]] Json to_json(Duo& duo, const Options& options, const TextureDescriptor& descriptor, const Outcome& outcome) {
  const vulkan::DeviceSummary& device = duo.a().device.summary();
  const SetupTimes& setup = duo.setup();
  const auto pass = [](const PassTimes& times) {
    return Json{{"shared", times.shared.count()},
                {"cpu_copy", times.copied().count()},
                {"read_back", times.read_back.count()},
                {"memcpy", times.memory_copy.count()},
                {"upload", times.upload.count()}};
  };
  Json json;
  json["device"] = tools::to_json(device.identity);
  json["software"] = device.type == VK_PHYSICAL_DEVICE_TYPE_CPU;
  json["texture"] = {{"width", descriptor.extent.width},
                     {"height", descriptor.extent.height},
                     {"format", to_string(descriptor.format)},
                     {"pattern", options.pattern}};
  json["memory"] = to_string(duo.memory_type());
  json["semaphore"] = to_string(duo.semaphore_kind());
  json["repetitions"] = options.repetitions;
  json["milliseconds"] = {{"create", setup.create.count()},         {"export", setup.export_handles.count()},
                          {"import", setup.import_handles.count()}, {"create_copy_path", setup.create_copy_path.count()},
                          {"a_to_b", pass(outcome.forward)},        {"b_to_a", pass(outcome.backward)}};
  json["ratio"] = ratio(outcome);
  json["equal"] = outcome.first_difference.empty();
  if (!outcome.first_difference.empty()) json["difference"] = outcome.first_difference;
  json["read_by_b"] = options.path;
  json["returned_to_a"] = outcome.returned_path;
  json["validation_messages"] = options.validate ? Json(duo.validation_messages()) : Json(nullptr);
  return json;
}

int complain(const std::string& message, const std::string& next, int code) {
  const bool color = tools::wants_color(tools::Stream::err);
  std::cout.flush();
  std::cerr << "geyser_demo: " << tools::tinted("error:", tools::Tint::red, color) << ' ' << message << '\n';
  if (!next.empty()) std::cerr << "  next: " << next << '\n';
  return code;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App program(
      "Two Vulkan devices share a test picture, both ways; every byte is compared and every step timed beside the CPU copy that it "
      "replaces.",
      "geyser_demo");
  program.add_option("png", options.path, "Where to write what the second device read")->capture_default_str();
  program.add_option("-d,--device", options.device,
                     "A number, a UUID, a PCI address or part of a name; default: the best GPU, or a software device");
  program.add_option("--size", options.size, "WIDTHxHEIGHT")->capture_default_str();
  program.add_option("--pattern", options.pattern, "The test picture")
      ->capture_default_str()
      ->check(CLI::IsMember({"smpte", "gradient", "checker", "counter"}));
  program.add_option("--format", options.format, "An uncompressed colour format")->capture_default_str();
  program.add_option("--repeat", options.repetitions, "Pictures to take the median of")->capture_default_str()->check(CLI::Range(1, 1000));
  program.add_flag("--validate", options.validate, "With Khronos validation; a single message is a failure");
  program.add_flag("--sabotage", options.sabotage, "Change one byte before the comparison, to see that it notices");
  program.add_flag("--json", options.json, "For programs");
  program.footer(
      "Exit codes: 0 equal, 1 failure or difference, 2 wrong usage, 3 no device.\n"
      "Examples:\n  geyser_demo\n  geyser_demo /tmp/picture.png --size 3840x2160 --validate");
  TextureDescriptor descriptor;
  vulkan::DeviceOptions device_options;
  try {
    program.parse(argc, argv);
    descriptor.extent = parse_size(options.size);
    const auto format = format_from_name(options.format);
    if (!format || !tools::encode(Picture{1, 1, std::vector<std::byte>(4)}, *format)) {
      throw CLI::ValidationError("--format is " + options.format +
                                 "; give an uncompressed colour format, see `geyser formats --kind color`");
    }
    descriptor.format = *format;
  } catch (const CLI::Success& asked) {
    return program.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    return complain(wrong.what(), "run `geyser_demo --help`", 2);
  }
  descriptor.label = "demo picture";
  device_options.selector = parse_device(options.device);
  device_options.validation = options.validate;

  if (const auto devices = vulkan::enumerate_devices(); !devices) {
    return complain(std::string(devices.error().message()), "run `geyser doctor`: it names the command that installs a driver", 3);
  }
  Duo duo(device_options, descriptor);
  const Outcome outcome = share(duo, options, descriptor);
  if (options.json) {
    std::cout << tools::dump(to_json(duo, options, descriptor, outcome));
  } else {
    print(duo, options, descriptor, outcome);
  }
  if (!outcome.first_difference.empty()) {
    return complain(
        outcome.first_difference,
        "compare " + options.path + " and " + outcome.returned_path + " by eye, and report it with the output of `geyser devices`", 1);
  }
  if (duo.validation_messages() != 0) {
    return complain("The validation layers gave " + std::to_string(duo.validation_messages()) + " messages.",
                    "read them above, and report them", 1);
  }
  if (!std::cout.flush()) return complain("Standard output cannot be written.", "check the disk or the pipe behind it", 1);
  return 0;
}

}  // namespace
}  // namespace geyser::demo

int main(int argc, char** argv) {
  try {
    return geyser::demo::run(argc, argv);
  } catch (const std::exception& failure) {
    return geyser::demo::complain(failure.what(), "run `geyser doctor`", 1);
  }
}
