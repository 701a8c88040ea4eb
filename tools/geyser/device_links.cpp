#include "tools/geyser/device_links.hpp"

#include <cstdio>
#include <iostream>

#include "core/message.hpp"
#include "crossing/links.hpp"
#include "tools/common/table.hpp"

namespace geyser::tools {
namespace {

using detail::text;

constexpr Extent3D frame{3840, 2160, 1};
constexpr std::chrono::milliseconds time_each{300};

/// Adds the best way that works, and why the better ones do not.
void measure(Json& link, const DeviceIdentity& from, const DeviceIdentity& to) {
  TextureDescriptor texture;
  texture.extent = frame;
  texture.format = TextureFormat::rgba8_unorm;
  link["rejected"] = Json::array();
  for (const auto& way : detail::carrier_ways()) {
    const auto measured = [&]() -> Result<detail::LinkMeasurement> {
      auto carrier = way.open(from, to, texture);
      if (!carrier) return std::move(carrier).error();
      return detail::measure_link(**carrier, frame, time_each);
    }();
    if (!measured) {
      link["rejected"].push_back({{"transport", to_string(way.transport)}, {"error", to_json(measured.error())}});
      continue;
    }
    link["transport"] = to_string(measured->transport);
    link["frame_bytes"] = measured->frame_bytes;
    link["frames"] = measured->frames;
    link["median_ns"] = measured->median.count();
    link["fastest_ns"] = measured->fastest.count();
    link["bytes_per_second"] = measured->bytes_per_second;
    return;
  }
  link["transport"] = to_string(Transport::none);
}

[[nodiscard]] std::string in_words(std::int64_t nanoseconds, double bytes_per_second) {
  char buffer[96];
  const double milliseconds = static_cast<double>(nanoseconds) / 1e6;
  std::snprintf(buffer, sizeof buffer, "%.*f ms a frame, %.*f GB/s",
                milliseconds < 1    ? 3
                : milliseconds < 10 ? 2
                                    : 1,
                milliseconds, bytes_per_second < 1e10 ? 2 : 0, bytes_per_second / 1e9);
  return buffer;
}

}  // namespace

Json measure_links(const DeviceList& list) {
  Json links = Json::array();
  for (const auto& from : list.devices) {
    for (const auto& to : list.devices) {
      if (from.api != "vulkan" || to.api != "vulkan" || !from.manager || !to.manager) continue;
      Json link{{"from", from.id}, {"to", to.id}};
      const bool same = check_same_device(from.identity, to.identity).has_value();
      link["same_device"] = same;
      if (same) {
        link["transport"] = to_string(Transport::zero_copy);
      } else {
        measure(link, from.identity, to.identity);
      }
      links.push_back(std::move(link));
    }
  }
  return links;
}

void print_links(const Json& links, bool color) {
  std::cout << '\n'
            << tinted(text("links, for a frame of ", frame.width, "x", frame.height, " rgba8_unorm, one at a time"), Tint::bold, color)
            << '\n';
  bool crossing = false;
  for (const auto& link : links) {
    const auto transport = link["transport"].get<std::string>();
    std::cout << "  " << link["from"].get<std::string>() << " -> " << link["to"].get<std::string>() << "  ";
    if (link["same_device"].get<bool>()) {
      std::cout << tinted(transport, Tint::green, color) << "  the same memory\n";
      continue;
    }
    crossing = true;
    if (link.contains("median_ns")) {
      std::cout << transport << "  " << in_words(link["median_ns"].get<std::int64_t>(), link["bytes_per_second"].get<double>()) << '\n';
    } else {
      std::cout << tinted("no way", Tint::red, color) << '\n';
    }
    for (const auto& way : link["rejected"]) {
      std::cout << tinted(text("    not ", way["transport"].get<std::string>(), ": ", way["error"]["message"].get<std::string>()),
                          Tint::dim, color)
                << '\n';
    }
  }
  if (crossing) return;
  std::cout.flush();
  std::cerr << (links.empty() ? "geyser: note: no Vulkan device can be opened here, and links are between those\n"
                              : "geyser: note: there is one Vulkan device here, and no other to reach\n");
}

}  // namespace geyser::tools
