// The demo's two devices, measured without its pictures.
#include <exception>

#include "tools/demo/duo.hpp"
#include "tools/geyser/measure.hpp"

namespace geyser::tools {
namespace {

[[nodiscard]] std::chrono::nanoseconds whole(demo::Milliseconds time) { return std::chrono::duration_cast<std::chrono::nanoseconds>(time); }

}  // namespace

Result<std::optional<HandOver>> measure_hand_over(const DeviceIdentity& device, const TextureDescriptor& texture, int rounds) {
  try {
    vulkan::DeviceOptions options;
    options.selector.uuid = device.device_uuid;
    demo::Duo duo(options, texture);
    // Content for both ways: a texture that nobody has written cannot be read.
    const std::vector<std::byte> pixels(static_cast<std::size_t>(example::must(content_bytes(texture))), std::byte{0x40});
    (void)duo.write_and_read(true, {}, pixels);
    const demo::PassTimes there = duo.time_passes(true, rounds);
    const demo::PassTimes back = duo.time_passes(false, rounds);
    const demo::SetupTimes& setup = duo.setup();
    HandOver result;
    result.create = whole(setup.create);
    result.export_handles = whole(setup.export_handles);
    result.import_handles = whole(setup.import_handles);
    result.shared = whole((there.shared + back.shared) / 2);
    result.read_back = whole((there.read_back + back.read_back) / 2);
    result.memory_copy = whole((there.memory_copy + back.memory_copy) / 2);
    result.upload = whole((there.upload + back.upload) / 2);
    return std::optional(result);
  } catch (const std::exception& failure) {
    return Error(Errc::unsupported_feature, failure.what());
  }
}

}  // namespace geyser::tools
