#include "geyser/device_identity.hpp"

#include <charconv>
#include <cstddef>
#include <cstdio>

#include "core/device_difference.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser {
namespace {

using detail::text;

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t dash_places[] = {8, 13, 18, 23};

[[nodiscard]] std::optional<unsigned> hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10U;
  return std::nullopt;
}

/// One number of a PCI address: all of `digits`, hexadecimal, at most `max`.
[[nodiscard]] std::optional<std::uint32_t> pci_number(std::string_view digits, std::uint32_t max) noexcept {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || value > max) return std::nullopt;
  return value;
}

[[nodiscard]] std::string_view name_of(const DeviceIdentity& identity) {
  return identity.name.empty() ? std::string_view("an unnamed device") : std::string_view(identity.name);
}

/// "NVIDIA H200 with device 0f1e... and driver 8d2c..."
[[nodiscard]] std::string named(const DeviceIdentity& identity) {
  return text(name_of(identity), " with device ", to_string(identity.device_uuid), " and driver ", to_string(identity.driver_uuid));
}

/// Direct3D knows its devices by LUID alone.
[[nodiscard]] bool is_direct3d(const DeviceIdentity& identity) noexcept { return identity.device_uuid.is_nil() && identity.luid; }

/// "NVIDIA H200 with LUID 0102030405060708"
[[nodiscard]] std::string named_by_luid(const DeviceIdentity& identity) {
  std::string out = text(name_of(identity), " with ", identity.luid ? "LUID " : "no LUID");
  if (!identity.luid) return out;
  for (const std::uint8_t byte : *identity.luid) {
    out += hex_digits[byte >> 4U];
    out += hex_digits[byte & 0xFU];
  }
  return out;
}

[[nodiscard]] std::string luid_difference(const DeviceIdentity& exporter, const DeviceIdentity& importer) {
  if (exporter.luid && exporter.luid == importer.luid) return {};
  const bool both = exporter.luid && importer.luid;
  const std::string_view what =
      both ? "the LUIDs differ"
           : "the devices cannot be compared, because a Direct3D device is known by its LUID alone and the other has none";
  return text(what, " (exporter ", named_by_luid(exporter), ", importer ", named_by_luid(importer), ")");
}

}  // namespace

std::string to_string(const Uuid& uuid) {
  std::string out;
  out.reserve(36);
  for (const std::uint8_t byte : uuid.bytes) {
    for (const std::size_t place : dash_places) {
      if (out.size() == place) out += '-';
    }
    out += hex_digits[byte >> 4U];
    out += hex_digits[byte & 0xFU];
  }
  return out;
}

Result<Uuid> parse_uuid(std::string_view given) {
  return detail::guard([&]() -> Result<Uuid> {
    const auto invalid = [given] {
      return Error(Errc::invalid_argument,
                   text("UUID is \"", given, "\"; allowed are 32 hexadecimal digits, or 8-4-4-4-12 of them with dashes between."));
    };
    std::string digits;
    if (given.size() == 36) {
      for (const std::size_t place : dash_places) {
        if (given[place] != '-') return invalid();
      }
      digits = text(given.substr(0, 8), given.substr(9, 4), given.substr(14, 4), given.substr(19, 4), given.substr(24));
    } else {
      digits = given;
    }
    if (digits.size() != 32) return invalid();
    Uuid uuid;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
      const auto high = hex_value(digits[2 * i]);
      const auto low = hex_value(digits[2 * i + 1]);
      if (!high || !low) return invalid();
      uuid.bytes[i] = static_cast<std::uint8_t>(*high << 4U | *low);
    }
    return uuid;
  });
}

std::string to_string(const PciAddress& address) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%04x:%02x:%02x.%x", address.domain, address.bus, address.device, address.function);
  return buffer;
}

Result<PciAddress> parse_pci_address(std::string_view given) {
  return detail::guard([&]() -> Result<PciAddress> {
    const auto invalid = [given] {
      return Error(Errc::invalid_argument, text("PCI address is \"", given,
                                                "\"; allowed is [domain:]bus:device.function in hexadecimal, with bus up to ff, device up "
                                                "to 1f and function up to 7, such as 0000:c1:00.0."));
    };
    const std::size_t dot = given.rfind('.');
    if (dot == std::string_view::npos) return invalid();
    const std::size_t device_colon = given.rfind(':', dot);
    if (device_colon == std::string_view::npos) return invalid();
    const std::string_view front = given.substr(0, device_colon);
    const std::size_t bus_colon = front.rfind(':');
    const bool has_domain = bus_colon != std::string_view::npos;

    const auto domain = has_domain ? pci_number(front.substr(0, bus_colon), 0xFFFFFFFFU) : std::optional<std::uint32_t>(0);
    const auto bus = pci_number(has_domain ? front.substr(bus_colon + 1) : front, 0xFF);
    const auto device = pci_number(given.substr(device_colon + 1, dot - device_colon - 1), 0x1F);
    const auto function = pci_number(given.substr(dot + 1), 7);
    if (!domain || !bus || !device || !function) return invalid();
    return PciAddress{*domain, *bus, *device, *function};
  });
}

std::string detail::device_difference(const DeviceIdentity& exporter, const DeviceIdentity& importer) {
  if (is_direct3d(exporter) || is_direct3d(importer)) return luid_difference(exporter, importer);
  const bool device = exporter.device_uuid == importer.device_uuid;
  // Nil is "not told" for a device, and "none" for host memory.
  const bool told = !exporter.driver_uuid.is_nil() && !importer.driver_uuid.is_nil();
  const bool driver = exporter.driver_uuid == importer.driver_uuid || (!told && device);
  if (device && driver) return {};
  const std::string_view what = device ? "driver UUIDs" : driver ? "device UUIDs" : "device and driver UUIDs";
  return text("the ", what, " differ (exporter ", named(exporter), ", importer ", named(importer), ")");
}

Result<void> check_same_device(const DeviceIdentity& exporter, const DeviceIdentity& importer) {
  return detail::guard([&]() -> Result<void> {
    const std::string difference = detail::device_difference(exporter, importer);
    if (difference.empty()) return {};
    return Error(Errc::device_mismatch, text("An opaque handle passes only between equal device and driver UUIDs (Direct3D: LUIDs), but ",
                                             difference, "; import it on the exporter's device, or export as shared_memory."));
  });
}

}  // namespace geyser
