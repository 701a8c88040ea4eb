// geyser devices: every device here, what it can share, and why not.
#include <cstdio>
#include <iostream>
#include <memory>

#include "core/message.hpp"
#include "geyser/version.hpp"
#include "tools/common/json.hpp"
#include "tools/common/table.hpp"
#include "tools/geyser/device_links.hpp"
#include "tools/geyser/device_list.hpp"
#include "tools/geyser/format_probe.hpp"
#include "tools/geyser/stream_options.hpp"
#include "tools/geyser/verb.hpp"

namespace geyser::tools {
namespace {

using detail::text;

struct Options {
  std::string device;
  bool explain = false;
  bool links = false;
  bool json = false;
};

[[nodiscard]] std::string vendor(std::uint32_t id) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "0x%04x", static_cast<unsigned>(id));
  return buffer;
}

template <class Support>
[[nodiscard]] std::vector<Cell> rung_row(std::string what, const Support& support) {
  const auto yes_no = [](bool yes) { return yes ? Cell("yes", Tint::green) : Cell("no", Tint::red); };
  return {std::move(what), yes_no(support.can_export), yes_no(support.can_import), Cell(support.why_not, Tint::dim)};
}

void print_device(const ListedDevice& device, bool color) {
  const DeviceIdentity& identity = device.identity;
  std::cout << tinted(text(device.id, "  ", identity.name), Tint::bold, color) << '\n';
  const auto fact = [](const char* name, const std::string& value) {
    std::cout << "  " << name << std::string(14 - std::string_view(name).size(), ' ') << value << '\n';
  };
  fact("type", device.type);
  if (!identity.driver.empty()) fact("driver", identity.driver);
  if (!device.api_version.empty()) fact("Vulkan", device.api_version + ", vendor " + vendor(device.vendor_id));
  if (!identity.device_uuid.is_nil()) fact("device UUID", to_string(identity.device_uuid));
  if (!identity.driver_uuid.is_nil()) fact("driver UUID", to_string(identity.driver_uuid));
  if (identity.pci) fact("PCI", to_string(*identity.pci));
  if (identity.luid) fact("LUID", luid_text(*identity.luid));
  if (!device.manager) {
    fact("state", text("cannot be opened: ", device.failure->message()));
    return;
  }
  device.enter();
  fact("formats", text(count_shareable(*device.manager), " of ", format_count, " can be shared as 2D textures"));
  Table table({{"HANDLE"}, {"EXPORT"}, {"IMPORT"}, {"WHY NOT"}});
  for (const auto& support : device.manager->capabilities().memory) {
    table.add(rung_row(text("memory ", to_string(support.type)), support));
  }
  for (const auto& support : device.manager->capabilities().semaphores) {
    table.add(rung_row(text("semaphore ", to_string(support.kind), " as ", to_string(support.type)), support));
  }
  table.print(std::cout, color, 2);
}

/// What `exporter` can hand to `importer`: the choice, and the line of every rung.
[[nodiscard]] Json pair_json(const ListedDevice& exporter, const ListedDevice& importer) {
  const Capabilities& from = exporter.manager->capabilities();
  const Capabilities& to = importer.manager->capabilities();
  Json json{{"exporter", exporter.id}, {"importer", importer.id}};
  const auto chosen = negotiate(from, to);
  json["possible"] = chosen.has_value();
  if (chosen) {
    json["memory"] = to_string(chosen->memory);
    json["semaphore"] = to_string(chosen->semaphore);
    json["semaphore_handle"] = to_string(chosen->semaphore_handle);
    json["same_device"] = chosen->same_device;
  } else {
    json["error"] = to_json(chosen.error());
  }
  json["explanation"] = Json::array();
  std::istringstream lines(explain(from, to));
  for (std::string line; std::getline(lines, line);) json["explanation"].push_back(line);
  return json;
}

void print_pair(const Json& pair, bool color) {
  std::cout << '\n'
            << tinted(text(pair["exporter"].get<std::string>(), " -> ", pair["importer"].get<std::string>(), ": "), Tint::bold, color);
  if (pair["possible"].get<bool>()) {
    std::cout << tinted(text("memory by ", pair["memory"].get<std::string>(), ", synchronised by ", pair["semaphore"].get<std::string>(),
                             " as ", pair["semaphore_handle"].get<std::string>()),
                        Tint::green, color)
              << '\n';
  } else {
    std::cout << tinted("not directly", Tint::red, color) << '\n';
  }
  for (const auto& line : pair["explanation"]) std::cout << "  " << line.get<std::string>() << '\n';
}

[[nodiscard]] std::vector<Json> all_pairs(const DeviceList& list) {
  std::vector<Json> pairs;
  for (const auto& exporter : list.devices) {
    for (const auto& importer : list.devices) {
      if (exporter.manager && importer.manager) pairs.push_back(pair_json(exporter, importer));
    }
  }
  return pairs;
}

[[nodiscard]] ExitCode run(const Options& options) {
  const auto listed = list_devices(options.device);
  if (!listed) {
    return complain(listed.error(), "run `geyser list` for streams, `geyser devices` for devices",
                    listed.error().code() == Errc::not_found ? ExitCode::not_found : ExitCode::usage);
  }
  const DeviceList& list = *listed;
  if (list.devices.empty()) {
    return complain(text("No device matches \"", options.device, "\"."), "run `geyser devices` without --device for those that there are",
                    ExitCode::not_found);
  }
  if (options.json) {
    Json document{{"geyser", version()}};
    document["devices"] = Json::array();
    for (const auto& device : list.devices) {
      Json entry{{"id", device.id}, {"api", device.api}, {"type", device.type}, {"software", device.software()}};
      entry.update(to_json(device.identity));
      if (!device.api_version.empty()) {
        entry["api_version"] = device.api_version;
        entry["vendor_id"] = device.vendor_id;
      }
      if (device.manager) {
        device.enter();
        entry.update(to_json(device.manager->capabilities()));
        entry["shareable_formats"] = count_shareable(*device.manager);
      } else {
        entry["error"] = to_json(*device.failure);
      }
      document["devices"].push_back(std::move(entry));
    }
    if (list.vulkan_failure) document["vulkan_error"] = to_json(*list.vulkan_failure);
    if (options.explain) document["pairs"] = all_pairs(list);
    if (options.links) document["links"] = measure_links(list);
    std::cout << dump(document);
    return ExitCode::success;
  }
  const bool color = wants_color(Stream::out);
  bool first = true;
  for (const auto& device : list.devices) {
    if (!first) std::cout << '\n';
    first = false;
    print_device(device, color);
  }
  if (options.explain) {
    for (const auto& pair : all_pairs(list)) print_pair(pair, color);
  }
  if (options.links) print_links(measure_links(list), color);
  if (list.vulkan_failure) {
    std::cout.flush();
    std::cerr << "geyser: note: no Vulkan devices: " << list.vulkan_failure->message() << "\n  next: run `geyser doctor`\n";
  }
  return ExitCode::success;
}

}  // namespace

void add_devices(CLI::App& program, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("devices", "Every device here, what it can share, and why not");
  verb->add_option("-d,--device", options->device, "Only these: vulkan, all, and as every verb takes it: " + std::string(device_words));
  verb->add_flag("--explain", options->explain, "Also what each device can hand to each, and why not");
  verb->add_flag("--links", options->links,
                 "Also by what way a 4K frame gets from each Vulkan device to each, and its measured time and bandwidth");
  verb->add_flag("--json", options->json, "For programs");
  verb->footer(
      "Examples:\n  geyser devices\n  geyser devices --explain\n  geyser devices --links\n  geyser devices --device nvidia --json\n\n" +
      std::string(exit_code_help));
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace geyser::tools
