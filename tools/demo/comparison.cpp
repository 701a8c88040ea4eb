#include "tools/demo/comparison.hpp"

#include <cstdio>
#include <iostream>

#include "tools/common/pattern.hpp"
#include "tools/common/png.hpp"
#include "tools/common/table.hpp"

namespace geyser::demo {
namespace {

using example::must;
using tools::Json;
using tools::Picture;

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

[[nodiscard]] std::string milliseconds(Milliseconds time) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.3f ms", time.count());
  return buffer;
}

[[nodiscard]] double ratio(const Outcome& outcome) {
  return (outcome.forward.copied() + outcome.backward.copied()).count() / (outcome.forward.shared + outcome.backward.shared).count();
}

}  // namespace

Outcome compare_ways(Duo& duo, const Options& options) {
  const TextureDescriptor& descriptor = options.texture;
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

void print(Duo& duo, const Options& options, const Outcome& outcome) {
  const TextureDescriptor& descriptor = options.texture;
  const bool color = tools::wants_color(tools::Stream::out);
  std::cout << "picture   " << describe(descriptor) << ", " << duo.a().name << " -> " << duo.b().name << " and back\n"
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

Json to_json(Duo& duo, const Options& options, const Outcome& outcome) {
  const TextureDescriptor& descriptor = options.texture;
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

}  // namespace geyser::demo
