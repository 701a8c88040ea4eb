// geyser formats: the format table, and what each device here can share.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>

#include "core/message.hpp"
#include "geyser/version.hpp"
#include "tools/common/json.hpp"
#include "tools/common/table.hpp"
#include "tools/geyser/device_list.hpp"
#include "tools/geyser/format_probe.hpp"
#include "tools/geyser/stream_options.hpp"
#include "tools/geyser/verb.hpp"

namespace geyser::tools {
namespace {

using detail::text;

struct Options {
  std::vector<std::string> names;
  std::string kind;
  std::string device;
  bool no_devices = false;
  bool wide = false;
  bool json = false;
};

[[nodiscard]] std::string_view kind_name(FormatKind kind) {
  switch (kind) {
    case FormatKind::color:
      return "color";
    case FormatKind::depth:
      return "depth";
    case FormatKind::stencil:
      return "stencil";
    case FormatKind::depth_stencil:
      return "depth_stencil";
    case FormatKind::bc:
      return "bc";
    case FormatKind::etc2:
      return "etc2";
    case FormatKind::astc:
      return "astc";
    case FormatKind::planar:
      return "planar";
  }
  return "unknown";
}

[[nodiscard]] std::string_view type_name(NumericType type) {
  switch (type) {
    case NumericType::unorm:
      return "unorm";
    case NumericType::snorm:
      return "snorm";
    case NumericType::uint:
      return "uint";
    case NumericType::sint:
      return "sint";
    case NumericType::sfloat:
      return "sfloat";
    case NumericType::ufloat:
      return "ufloat";
  }
  return "unknown";
}

[[nodiscard]] std::string number(std::uint32_t value) { return value == 0 ? "-" : std::to_string(value); }

[[nodiscard]] std::string hex(std::uint32_t value) {
  if (value == 0) return "-";
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "0x%04x", static_cast<unsigned>(value));
  return buffer;
}

/// The four letters that people write ("AB24").
[[nodiscard]] std::string fourcc(std::uint32_t code) {
  if (code == 0) return "-";
  std::string letters;
  for (int shift = 0; shift < 32; shift += 8) letters.push_back(static_cast<char>(code >> shift & 0xffU));
  return letters;
}

[[nodiscard]] std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string all;
  for (const auto& part : parts) all += text(all.empty() ? "" : between, part);
  return all;
}

[[nodiscard]] std::string bytes_of(const FormatInfo& info) {
  std::vector<std::string> planes;
  planes.reserve(info.plane_count);
  for (std::size_t i = 0; i < info.plane_count; ++i) planes.push_back(std::to_string(info.planes[i].block_bytes));
  return joined(planes, "+");
}

[[nodiscard]] std::vector<const FormatInfo*> select(const Options& options) {
  std::vector<const FormatInfo*> chosen;
  for (const FormatInfo& info : all_formats()) {
    if (!options.kind.empty() && kind_name(info.kind) != options.kind) continue;
    const bool named = options.names.empty() || std::ranges::any_of(options.names, [&](const std::string& name) {
                         // A full name means that format alone, not every longer name that contains it.
                         if (const auto exact = format_from_name(name)) return *exact == info.format;
                         return info.name.find(name) != std::string_view::npos;
                       });
    if (named) chosen.push_back(&info);
  }
  return chosen;
}

[[nodiscard]] Json row_json(const FormatInfo& info) {
  Json row;
  row["value"] = static_cast<unsigned>(info.format);
  row["name"] = info.name;
  row["kind"] = kind_name(info.kind);
  row["type"] = type_name(info.type);
  row["channels"] = info.channels;
  row["block"] = {info.block_width, info.block_height};
  row["planes"] = Json::array();
  for (std::size_t i = 0; i < info.plane_count; ++i) {
    const FormatPlane& plane = info.planes[i];
    row["planes"].push_back({{"block_bytes", plane.block_bytes}, {"subsample", {plane.subsample_x, plane.subsample_y}}});
  }
  row["srgb"] = info.srgb;
  row["srgb_twin"] = info.srgb_twin == TextureFormat::undefined ? Json(nullptr) : Json(to_string(info.srgb_twin));
  const auto number_or_null = [](std::uint32_t value) { return value == 0 ? Json(nullptr) : Json(value); };
  const auto fourcc_or_null = [](std::uint32_t value) { return value == 0 ? Json(nullptr) : Json(fourcc(value)); };
  row["vulkan"] = number_or_null(info.vulkan);
  row["dxgi"] = number_or_null(info.dxgi);
  row["metal"] = number_or_null(info.metal);
  row["gl_internal"] = number_or_null(info.gl_internal);
  row["drm"] = fourcc_or_null(info.drm);
  row["drm_opaque"] = fourcc_or_null(info.drm_opaque);
  row["webgpu"] = info.webgpu.empty() ? Json(nullptr) : Json(info.webgpu);
  row["cuda_array"] = number_or_null(info.cuda_array);
  return row;
}

[[nodiscard]] Json support_json(const FormatSupport& support) {
  Json json{{"export", support.can_export}, {"import", support.can_import}};
  if (support.can_export || support.can_import) {
    json["dedicated_required"] = support.dedicated_required;
    json["max_extent"] = {support.max_extent.width, support.max_extent.height, support.max_extent.depth};
    json["max_mip_levels"] = support.max_mip_levels;
    json["max_array_layers"] = support.max_array_layers;
    if (!support.modifiers.empty()) {
      json["modifiers"] = Json::array();
      for (const auto& modifier : support.modifiers) {
        json["modifiers"].push_back({{"modifier", modifier.modifier}, {"memory_planes", modifier.memory_planes}});
      }
    }
  }
  if (!support.why_not.empty()) json["why_not"] = support.why_not;
  return json;
}

[[nodiscard]] Json probe_json(const FormatProbe& probe) {
  Json json;
  json["shareable"] = probe.shareable();
  json["usages"] = Json::array();
  for (const TextureUsage usage : probe.usages) json["usages"].push_back(to_string(usage));
  for (const auto& dimension : probe.dimensions) {
    Json entry;
    if (!dimension.refusal.empty()) entry["invalid"] = dimension.refusal;
    for (const auto& support : dimension.support) entry[std::string(to_string(support.type))] = support_json(support);
    json["dimensions"][std::string(to_string(dimension.dimension))] = std::move(entry);
  }
  return json;
}

/// "d2 cube d3", or "-" and the driver's reason for a plain 2D texture.
[[nodiscard]] Cell dimensions_cell(const FormatProbe& probe, MemoryHandleType type) {
  std::vector<std::string> yes;
  std::string why;
  for (const auto& dimension : probe.dimensions) {
    for (const auto& support : dimension.support) {
      if (support.type != type) continue;
      if (support.can_export && support.can_import) {
        yes.emplace_back(to_string(dimension.dimension));
      } else if (support.can_export || support.can_import) {
        yes.push_back(text(to_string(dimension.dimension), support.can_export ? "(export)" : "(import)"));
      } else if (why.empty()) {
        why = support.why_not;
      }
    }
    if (dimension.dimension == TextureDimension::d2 && why.empty()) why = dimension.refusal;
  }
  if (yes.empty()) return {text("- ", why), Tint::dim};
  return {joined(yes, " "), Tint::green};
}

void print_table(const std::vector<const FormatInfo*>& formats, bool wide, bool color) {
  std::vector<Table::Column> columns{{"VALUE", true}, {"NAME"},         {"KIND"},      {"TYPE"},         {"CHANNELS", true}, {"BLOCK"},
                                     {"BYTES"},       {"PLANES", true}, {"SRGB TWIN"}, {"VULKAN", true}, {"WEBGPU"}};
  if (wide) columns.insert(columns.end(), {{"DXGI", true}, {"METAL", true}, {"GL"}, {"DRM"}, {"DRM OPAQUE"}, {"CUDA"}});
  Table table(std::move(columns));
  for (const FormatInfo* info : formats) {
    std::vector<Cell> row{std::to_string(static_cast<unsigned>(info->format)),
                          std::string(info->name),
                          std::string(kind_name(info->kind)),
                          std::string(type_name(info->type)),
                          std::to_string(info->channels),
                          text(+info->block_width, 'x', +info->block_height),
                          bytes_of(*info),
                          std::to_string(info->plane_count),
                          info->srgb_twin == TextureFormat::undefined ? "-" : std::string(to_string(info->srgb_twin)),
                          number(info->vulkan),
                          info->webgpu.empty() ? "-" : std::string(info->webgpu)};
    if (wide) {
      row.insert(row.end(), {number(info->dxgi), number(info->metal), hex(info->gl_internal), fourcc(info->drm), fourcc(info->drm_opaque),
                             hex(info->cuda_array)});
    }
    table.add(std::move(row));
  }
  table.print(std::cout, color);
}

void print_device(const ListedDevice& device, const std::vector<const FormatInfo*>& formats, bool color) {
  std::cout << '\n' << tinted(text(device.id, "  ", device.identity.name, " (", device.type, ")"), Tint::bold, color) << '\n';
  if (!device.manager) {
    std::cout << "  cannot be opened: " << device.failure->message() << '\n';
    return;
  }
  device.enter();
  // A type that the device cannot pass at all is one line, not a column of refusals.
  std::vector<MemoryHandleType> types;
  for (const auto& support : device.manager->capabilities().memory) {
    if (support.can_export || support.can_import) {
      types.push_back(support.type);
    } else {
      std::cout << "  no " << to_string(support.type) << ": " << support.why_not << '\n';
    }
  }
  std::vector<Table::Column> columns{{"NAME"}, {"USABLE AS"}};
  for (const MemoryHandleType type : types) columns.push_back({std::string(to_string(type))});
  Table table(std::move(columns));
  std::size_t shareable = 0;
  for (const FormatInfo* info : formats) {
    const FormatProbe probe = probe_format(*device.manager, info->format);
    shareable += probe.shareable() ? 1 : 0;
    std::vector<std::string> usages;
    if (probe.shareable()) usages.emplace_back("copies");
    for (const TextureUsage usage : probe.usages) usages.push_back(to_string(usage));
    std::vector<Cell> row{std::string(info->name), usages.empty() ? "-" : joined(usages, " ")};
    for (const MemoryHandleType type : types) row.push_back(dimensions_cell(probe, type));
    table.add(std::move(row));
  }
  table.print(std::cout, color, 2);
  std::cout << "  " << shareable << " of " << formats.size() << " formats can be shared as 2D textures.\n";
}

[[nodiscard]] ExitCode run(const Options& options) {
  const auto formats = select(options);
  if (formats.empty()) {
    const std::string kind = options.kind.empty() ? std::string() : text(" of kind ", options.kind);
    return complain(options.names.empty() ? text("No format is", kind, ".")
                                          : text("No format", kind, " matches \"", joined(options.names, "\", \""), "\"."),
                    "run `geyser formats` for all names, or choose a kind: color, depth, stencil, depth_stencil, bc, etc2, astc, planar",
                    ExitCode::not_found);
  }
  // JSON is for programs, which get everything unless they say otherwise; people ask for devices.
  const bool with_devices = !options.no_devices && (options.json || !options.device.empty());
  DeviceList list;
  if (with_devices) {
    auto listed = list_devices(options.device);
    if (!listed) {
      return complain(listed.error(), "run `geyser list` for streams, `geyser devices` for devices",
                      listed.error().code() == Errc::not_found ? ExitCode::not_found : ExitCode::usage);
    }
    list = *std::move(listed);
    if (list.devices.empty()) {
      return complain(text("No device matches \"", options.device, "\"."), "run `geyser devices` for those that there are",
                      ExitCode::not_found);
    }
  }
  if (options.json) {
    Json document{{"geyser", version()}};
    document["devices"] = Json::array();
    for (const auto& device : list.devices) {
      Json entry = to_json(device.identity);
      entry["id"] = device.id;
      if (device.failure) entry["error"] = to_json(*device.failure);
      document["devices"].push_back(std::move(entry));
    }
    if (list.vulkan_failure) document["vulkan_error"] = to_json(*list.vulkan_failure);
    document["formats"] = Json::array();
    for (const FormatInfo* info : formats) {
      Json row = row_json(*info);
      for (const auto& device : list.devices) {
        if (!device.manager) continue;
        device.enter();
        row["devices"][device.id] = probe_json(probe_format(*device.manager, info->format));
      }
      document["formats"].push_back(std::move(row));
    }
    std::cout << dump(document);
    return ExitCode::success;
  }
  const bool color = wants_color(Stream::out);
  print_table(formats, options.wide, color);
  for (const auto& device : list.devices) print_device(device, formats, color);
  if (with_devices && list.vulkan_failure) std::cerr << "geyser: note: no Vulkan devices: " << list.vulkan_failure->message() << '\n';
  return ExitCode::success;
}

}  // namespace

void add_formats(CLI::App& program, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("formats", "Every format, its names in other APIs, and what each device here can share");
  verb->add_option("name", options->names, "Only these: full names, WebGPU's names, or parts of names");
  verb->add_option("--kind", options->kind, "Only this kind")
      ->check(CLI::IsMember({"color", "depth", "stencil", "depth_stencil", "bc", "etc2", "astc", "planar"}));
  verb->add_option("-d,--device", options->device,
                   "Also what this device can share: all, or as every verb takes it: " + std::string(device_words));
  verb->add_flag("--no-devices", options->no_devices, "Ask no device (with --json they are asked by default)");
  verb->add_flag("-w,--wide", options->wide, "The numbers of DXGI, Metal, OpenGL, DRM and CUDA too");
  verb->add_flag("--json", options->json, "For programs");
  verb->footer(
      "Examples:\n  geyser formats rgba8 --wide\n  geyser formats --kind bc --device 0\n  geyser formats --json > formats.json\n\n" +
      std::string(exit_code_help));
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace geyser::tools
