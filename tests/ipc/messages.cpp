#include "messages.hpp"

#include <algorithm>
#include <array>

#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"
#include "platform/handle_identity.hpp"

namespace geyser::test {
namespace {

constexpr std::array<const char*, message_kinds> names = {"Hello",       "ReaderReady",  "LaneFailed",    "StatusRequest", "Welcome",
                                                          "Refusal",     "TextureOffer", "TextureGone",   "StreamChanged", "Goodbye",
                                                          "StatusReply", "UserTexture",  "UserSemaphore", "UserBytes"};

[[nodiscard]] bool coin(Random& random) { return random.below(2) == 1; }
/// Small, large and extreme numbers alike.
[[nodiscard]] std::uint64_t number(Random& random) { return random.next() >> random.below(64); }
[[nodiscard]] std::uint32_t small_number(Random& random) { return static_cast<std::uint32_t>(random.next() >> (32 + random.below(32))); }

template <class Enum>
[[nodiscard]] Enum one_of(Random& random, Enum first, Enum last) {
  const auto least = static_cast<std::uint32_t>(first);
  return static_cast<Enum>(least + random.below(static_cast<std::uint32_t>(last) - least + 1));
}

[[nodiscard]] std::string random_text(Random& random, std::size_t longest) {
  std::string text(1 + random.below(static_cast<std::uint32_t>(longest)), ' ');
  for (char& c : text) c = static_cast<char>(1 + random.below(127));
  return text;
}

[[nodiscard]] Uuid random_uuid(Random& random) {
  Uuid uuid;
  for (auto& byte : uuid.bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return uuid;
}

[[nodiscard]] DeviceIdentity random_device(Random& random, std::size_t longest) {
  DeviceIdentity device;
  device.device_uuid = random_uuid(random);
  device.driver_uuid = random_uuid(random);
  if (coin(random)) {
    device.luid.emplace();
    for (auto& byte : *device.luid) byte = static_cast<std::uint8_t>(random.below(256));
  }
  if (coin(random)) device.pci = PciAddress{small_number(random), random.below(256), random.below(32), random.below(8)};
  device.name = random_text(random, longest);
  device.driver = random_text(random, longest);
  return device;
}

[[nodiscard]] TextureDescriptor random_descriptor(Random& random, std::size_t longest) {
  constexpr std::array primaries = {ColorPrimaries::bt709,     ColorPrimaries::unspecified, ColorPrimaries::bt601_625,
                                    ColorPrimaries::bt601_525, ColorPrimaries::bt2020,      ColorPrimaries::display_p3};
  constexpr std::array transfers = {TransferFunction::bt709, TransferFunction::unspecified, TransferFunction::linear,
                                    TransferFunction::srgb,  TransferFunction::bt2020_10,   TransferFunction::pq,
                                    TransferFunction::hlg};
  for (;;) {
    TextureDescriptor d;
    d.dimension = one_of(random, TextureDimension::d2, TextureDimension::d3);
    d.extent = {1 + small_number(random) % 16384, 1 + small_number(random) % 16384, 1};
    if (d.dimension == TextureDimension::d3) d.extent.depth = 1 + random.below(256);
    if (d.dimension == TextureDimension::cube || d.dimension == TextureDimension::cube_array) d.extent.height = d.extent.width;
    if (d.dimension == TextureDimension::d2_array) d.array_layers = 1 + random.below(100);
    if (d.dimension == TextureDimension::cube) d.array_layers = 6;
    if (d.dimension == TextureDimension::cube_array) d.array_layers = 6 * (1 + random.below(10));
    d.format = static_cast<TextureFormat>(1 + random.below(format_count));
    d.mip_levels = 1 + random.below(full_mip_chain(d));
    d.usage = static_cast<TextureUsage>(random.below(32));
    d.color = {primaries[random.next() % primaries.size()], transfers[random.next() % transfers.size()],
               one_of(random, ColorRange::full, ColorRange::limited), one_of(random, AlphaMode::premultiplied, AlphaMode::ignored)};
    d.label = random_text(random, std::min(longest, max_label_bytes));
    if (validate(d)) return d;
  }
}

[[nodiscard]] SemaphoreHandle random_semaphore(Random& random, std::size_t longest, bool for_streams) {
  struct Pair {
    SemaphoreKind kind;
    SemaphoreHandleType type;
  };
  constexpr std::array<Pair, 8> pairs = {{{SemaphoreKind::timeline, SemaphoreHandleType::opaque_fd},
                                          {SemaphoreKind::timeline, SemaphoreHandleType::opaque_win32},
                                          {SemaphoreKind::timeline, SemaphoreHandleType::d3d12_fence},
                                          {SemaphoreKind::timeline, SemaphoreHandleType::metal_shared_event},
                                          {SemaphoreKind::host_timeline, SemaphoreHandleType::host_page},
                                          {SemaphoreKind::binary, SemaphoreHandleType::opaque_fd},
                                          {SemaphoreKind::binary, SemaphoreHandleType::opaque_win32},
                                          {SemaphoreKind::binary, SemaphoreHandleType::sync_fd}}};
  const Pair pair = pairs[random.below(for_streams ? 5 : 8)];
  SemaphoreHandle handle;
  handle.kind = pair.kind;
  handle.type = pair.type;
  handle.exporter = random_device(random, longest);
  if (pair.type != SemaphoreHandleType::sync_fd || coin(random)) handle.handle = make_memory(4096);
  return handle;
}

[[nodiscard]] TextureHandle random_texture(Random& random, std::size_t longest) {
  TextureHandle handle;
  TextureHandleInfo& info = handle.info;
  info.type = one_of(random, MemoryHandleType::opaque_fd, MemoryHandleType::metal_texture);
  info.descriptor = random_descriptor(random, longest);
  info.exporter = random_device(random, longest);
  info.required_size = 1 + random.below(1U << 20U);
  info.allocation_size = info.required_size + random.below(1U << 16U);
  info.memory_type_index = random.below(32);
  info.dedicated = coin(random);
  info.linear_tiling = coin(random);
  info.native_format = small_number(random);
  info.native_usage = small_number(random);
  info.native_create_flags = small_number(random);
  info.drm_modifier = number(random);
  const std::uint32_t handles = info.type == MemoryHandleType::dma_buf ? 1 + random.below(max_memory_planes) : 1;
  for (std::uint32_t i = 0; i < handles; ++i) handle.handles[i] = make_memory(info.allocation_size);
  info.memory_plane_count = random.below(max_memory_planes + 1);
  for (std::uint32_t i = 0; i < info.memory_plane_count; ++i) {
    const auto size = static_cast<std::uint32_t>(info.allocation_size);
    info.memory_planes[i] = {random.below(size), random.below(size), random.below(handles)};
  }
  info.initialized = coin(random);
  info.layout = one_of(random, info.initialized ? TextureLayout::general : TextureLayout::undefined, TextureLayout::transfer_dst);
  if (coin(random)) handle.ready_semaphore = random_semaphore(random, longest, false);
  handle.ready_value = number(random);
  return handle;
}

[[nodiscard]] Capabilities random_capabilities(Random& random, std::size_t longest) {
  Capabilities capabilities;
  capabilities.identity = random_device(random, longest);
  for (std::uint32_t i = 1 + random.below(8); i > 0; --i) {
    capabilities.memory.push_back({one_of(random, MemoryHandleType::opaque_fd, MemoryHandleType::metal_texture), coin(random), coin(random),
                                   random_text(random, longest)});
  }
  for (std::uint32_t i = 1 + random.below(8); i > 0; --i) {
    capabilities.semaphores.push_back({one_of(random, SemaphoreKind::timeline, SemaphoreKind::host_timeline),
                                       one_of(random, SemaphoreHandleType::opaque_fd, SemaphoreHandleType::metal_shared_event),
                                       coin(random), coin(random), random_text(random, longest)});
  }
  return capabilities;
}

[[nodiscard]] StreamStatus random_status(Random& random, std::size_t longest) {
  StreamStatus status;
  status.stream = random_stream(random, longest);
  status.frames = number(random);
  status.last_publish = {static_cast<std::int64_t>(random.next()), one_of(random, ClockType::monotonic, ClockType::media)};
  status.textures = small_number(random);
  status.bytes = number(random);
  for (std::uint32_t i = 1 + random.below(5); i > 0; --i) {
    ReaderStatus reader;
    reader.process_id = small_number(random);
    reader.application = random_text(random, longest);
    reader.transport = one_of(random, Transport::none, Transport::host_bridge);
    reader.why_not_zero_copy = random_text(random, longest);
    reader.frames = number(random);
    reader.skipped = number(random);
    reader.last_frame = number(random);
    reader.claims = small_number(random);
    reader.latency_p50 = std::chrono::nanoseconds(number(random) >> 1U);
    reader.latency_p99 = std::chrono::nanoseconds(number(random) >> 1U);
    status.readers.push_back(std::move(reader));
  }
  return status;
}

[[nodiscard]] ipc::Welcome random_welcome(Random& random, std::size_t longest) {
  ipc::Welcome welcome;
  welcome.lane_id = number(random);
  welcome.lane = one_of(random, ipc::LaneKind::native, ipc::LaneKind::host);
  welcome.stream = random_stream(random, longest);
  for (std::uint32_t i = 1 + random.below(5); i > 0; --i) welcome.rejected.push_back(random_text(random, longest));
  welcome.board = make_memory(4096);
  welcome.claims = make_memory(4096);
  welcome.doorbell = make_memory(4096);
  welcome.written = random_semaphore(random, longest, true);
  return welcome;
}

// Comparison: the first field that differs, by name. Handles are equal when they mean one object of the system.

using test::difference;  // beside those below

#define GEYSER_TEST_FIELD(field)                  \
  do {                                            \
    if (!(a.field == b.field)) return "." #field; \
  } while (false)
#define GEYSER_TEST_PART(field)                                                                                      \
  do {                                                                                                               \
    if (const std::string part = difference(a.field, b.field); !part.empty()) return std::string("." #field) + part; \
  } while (false)

[[nodiscard]] std::string difference(const OsHandle& a, const OsHandle& b) {
  if (!a && !b) return {};
  return platform::is_same_object(a, b) ? "" : " (another object)";
}
[[nodiscard]] std::string difference(const DeviceIdentity& a, const DeviceIdentity& b) {
  GEYSER_TEST_FIELD(device_uuid);
  GEYSER_TEST_FIELD(driver_uuid);
  GEYSER_TEST_FIELD(luid);
  GEYSER_TEST_FIELD(pci);
  GEYSER_TEST_FIELD(name);
  GEYSER_TEST_FIELD(driver);
  return {};
}
[[nodiscard]] std::string difference(const SemaphoreHandle& a, const SemaphoreHandle& b) {
  GEYSER_TEST_FIELD(kind);
  GEYSER_TEST_FIELD(type);
  GEYSER_TEST_PART(exporter);
  GEYSER_TEST_PART(handle);
  return {};
}
[[nodiscard]] std::string difference(const TextureHandleInfo& a, const TextureHandleInfo& b) {
  GEYSER_TEST_FIELD(type);
  GEYSER_TEST_FIELD(descriptor);
  GEYSER_TEST_PART(exporter);
  GEYSER_TEST_FIELD(allocation_size);
  GEYSER_TEST_FIELD(required_size);
  GEYSER_TEST_FIELD(memory_type_index);
  GEYSER_TEST_FIELD(dedicated);
  GEYSER_TEST_FIELD(linear_tiling);
  GEYSER_TEST_FIELD(native_format);
  GEYSER_TEST_FIELD(native_usage);
  GEYSER_TEST_FIELD(native_create_flags);
  GEYSER_TEST_FIELD(drm_modifier);
  GEYSER_TEST_FIELD(memory_plane_count);
  GEYSER_TEST_FIELD(memory_planes);
  GEYSER_TEST_FIELD(initialized);
  GEYSER_TEST_FIELD(layout);
  return {};
}
[[nodiscard]] std::string difference(const TextureHandle& a, const TextureHandle& b) {
  GEYSER_TEST_PART(info);
  for (std::size_t i = 0; i < max_memory_planes; ++i) GEYSER_TEST_PART(handles[i]);
  GEYSER_TEST_FIELD(ready_semaphore.has_value());
  if (a.ready_semaphore) GEYSER_TEST_PART(ready_semaphore.value());
  GEYSER_TEST_FIELD(ready_value);
  return {};
}
[[nodiscard]] std::string difference(const MemoryHandleSupport& a, const MemoryHandleSupport& b) {
  GEYSER_TEST_FIELD(type);
  GEYSER_TEST_FIELD(can_export);
  GEYSER_TEST_FIELD(can_import);
  GEYSER_TEST_FIELD(why_not);
  return {};
}
[[nodiscard]] std::string difference(const SemaphoreHandleSupport& a, const SemaphoreHandleSupport& b) {
  GEYSER_TEST_FIELD(kind);
  GEYSER_TEST_FIELD(type);
  GEYSER_TEST_FIELD(can_export);
  GEYSER_TEST_FIELD(can_import);
  GEYSER_TEST_FIELD(why_not);
  return {};
}
[[nodiscard]] std::string difference(const ReaderStatus& a, const ReaderStatus& b) {
  GEYSER_TEST_FIELD(process_id);
  GEYSER_TEST_FIELD(application);
  GEYSER_TEST_FIELD(transport);
  GEYSER_TEST_FIELD(why_not_zero_copy);
  GEYSER_TEST_FIELD(frames);
  GEYSER_TEST_FIELD(skipped);
  GEYSER_TEST_FIELD(last_frame);
  GEYSER_TEST_FIELD(claims);
  GEYSER_TEST_FIELD(latency_p50);
  GEYSER_TEST_FIELD(latency_p99);
  return {};
}
template <class T>
[[nodiscard]] std::string difference(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return ".size()";
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (const std::string part = difference(a[i], b[i]); !part.empty()) return "[" + std::to_string(i) + "]" + part;
  }
  return {};
}
[[nodiscard]] std::string difference(const Capabilities& a, const Capabilities& b) {
  GEYSER_TEST_PART(identity);
  GEYSER_TEST_PART(memory);
  GEYSER_TEST_PART(semaphores);
  return {};
}
[[nodiscard]] std::string difference(const StreamStatus& a, const StreamStatus& b) {
  GEYSER_TEST_PART(stream);
  GEYSER_TEST_FIELD(frames);
  GEYSER_TEST_FIELD(last_publish);
  GEYSER_TEST_FIELD(textures);
  GEYSER_TEST_FIELD(bytes);
  GEYSER_TEST_PART(readers);
  return {};
}

[[nodiscard]] std::string difference(const ipc::Hello& a, const ipc::Hello& b) {
  GEYSER_TEST_FIELD(version);
  GEYSER_TEST_FIELD(application);
  GEYSER_TEST_FIELD(require_zero_copy);
  GEYSER_TEST_FIELD(require_peer);
  GEYSER_TEST_FIELD(max_held);
  GEYSER_TEST_PART(capabilities);
  return {};
}
[[nodiscard]] std::string difference(const ipc::ReaderReady& a, const ipc::ReaderReady& b) {
  GEYSER_TEST_FIELD(lane_id);
  GEYSER_TEST_PART(released);
  return {};
}
[[nodiscard]] std::string difference(const ipc::LaneFailed& a, const ipc::LaneFailed& b) {
  GEYSER_TEST_FIELD(lane_id);
  GEYSER_TEST_FIELD(code);
  GEYSER_TEST_FIELD(message);
  return {};
}
[[nodiscard]] std::string difference(const ipc::StatusRequest& a, const ipc::StatusRequest& b) {
  GEYSER_TEST_FIELD(version);
  return {};
}
[[nodiscard]] std::string difference(const ipc::Welcome& a, const ipc::Welcome& b) {
  GEYSER_TEST_FIELD(version);
  GEYSER_TEST_FIELD(lane_id);
  GEYSER_TEST_FIELD(lane);
  GEYSER_TEST_PART(stream);
  GEYSER_TEST_FIELD(rejected);
  GEYSER_TEST_PART(board);
  GEYSER_TEST_PART(claims);
  GEYSER_TEST_PART(doorbell);
  GEYSER_TEST_PART(written);
  return {};
}
[[nodiscard]] std::string difference(const ipc::Refusal& a, const ipc::Refusal& b) {
  GEYSER_TEST_FIELD(code);
  GEYSER_TEST_FIELD(message);
  return {};
}
[[nodiscard]] std::string difference(const ipc::TextureOffer& a, const ipc::TextureOffer& b) {
  GEYSER_TEST_FIELD(lane_id);
  GEYSER_TEST_FIELD(texture_id);
  GEYSER_TEST_PART(texture);
  return {};
}
[[nodiscard]] std::string difference(const ipc::TextureGone& a, const ipc::TextureGone& b) {
  GEYSER_TEST_FIELD(lane_id);
  GEYSER_TEST_FIELD(texture_id);
  return {};
}
[[nodiscard]] std::string difference(const ipc::StreamChanged& a, const ipc::StreamChanged& b) {
  GEYSER_TEST_PART(stream);
  return {};
}
[[nodiscard]] std::string difference(const ipc::Goodbye&, const ipc::Goodbye&) { return {}; }
[[nodiscard]] std::string difference(const ipc::StatusReply& a, const ipc::StatusReply& b) {
  GEYSER_TEST_PART(status);
  return {};
}
[[nodiscard]] std::string difference(const ipc::UserTexture& a, const ipc::UserTexture& b) {
  GEYSER_TEST_PART(texture);
  return {};
}
[[nodiscard]] std::string difference(const ipc::UserSemaphore& a, const ipc::UserSemaphore& b) {
  GEYSER_TEST_PART(semaphore);
  return {};
}
[[nodiscard]] std::string difference(const ipc::UserBytes& a, const ipc::UserBytes& b) {
  GEYSER_TEST_FIELD(bytes);
  return {};
}

}  // namespace

const char* kind_name(std::size_t kind) { return names.at(kind); }

StreamInfo random_stream(Random& random, std::size_t longest) {
  StreamInfo stream;
  stream.name = random_text(random, std::min(longest, max_stream_name_bytes));
  stream.uuid = random_uuid(random);
  stream.application = random_text(random, longest);
  stream.process_id = small_number(random);
  stream.backend = random_text(random, longest);
  stream.device = random_device(random, longest);
  stream.texture = random_descriptor(random, longest);
  stream.generation = number(random);
  stream.pacing = one_of(random, Pacing::latest, Pacing::lockstep);
  stream.ring = 2 + random.below(max_ring - 1);
  return stream;
}

ipc::Message random_message(Random& random, std::size_t kind, std::size_t longest) {
  switch (kind) {
    case 0:
      return ipc::Hello{.application = random_text(random, longest),
                        .require_zero_copy = coin(random),
                        .require_peer = coin(random),
                        .max_held = 1 + random.below(max_held_frames),
                        .capabilities = random_capabilities(random, longest)};
    case 1: {
      ipc::ReaderReady ready{.lane_id = number(random)};
      for (std::uint32_t i = 1 + random.below(max_held_frames); i > 0; --i)
        ready.released.push_back(random_semaphore(random, longest, true));
      return ready;
    }
    case 2:
      return ipc::LaneFailed{number(random), one_of(random, Errc::invalid_argument, Errc::internal), random_text(random, longest)};
    case 3:
      return ipc::StatusRequest{small_number(random)};
    case 4:
      return random_welcome(random, longest);
    case 5:
      return ipc::Refusal{one_of(random, Errc::invalid_argument, Errc::internal), random_text(random, longest)};
    case 6:
      return ipc::TextureOffer{number(random), number(random), random_texture(random, longest)};
    case 7:
      return ipc::TextureGone{number(random), number(random)};
    case 8:
      return ipc::StreamChanged{random_stream(random, longest)};
    case 9:
      return ipc::Goodbye{};
    case 10:
      return ipc::StatusReply{random_status(random, longest)};
    case 11:
      return ipc::UserTexture{random_texture(random, longest)};
    case 12:
      return ipc::UserSemaphore{random_semaphore(random, longest, false)};
    default: {
      ipc::UserBytes user;
      user.bytes.resize(1 + random.below(static_cast<std::uint32_t>(longest)));
      for (auto& byte : user.bytes) byte = static_cast<std::byte>(random.below(256));
      return user;
    }
  }
}

std::string difference(const StreamInfo& a, const StreamInfo& b) {
  GEYSER_TEST_FIELD(name);
  GEYSER_TEST_FIELD(uuid);
  GEYSER_TEST_FIELD(application);
  GEYSER_TEST_FIELD(process_id);
  GEYSER_TEST_FIELD(backend);
  GEYSER_TEST_PART(device);
  GEYSER_TEST_FIELD(texture);
  GEYSER_TEST_FIELD(generation);
  GEYSER_TEST_FIELD(pacing);
  GEYSER_TEST_FIELD(ring);
  return {};
}

std::string message_difference(const ipc::Message& a, const ipc::Message& b) {
  if (a.index() != b.index()) return std::string("one is a ") + kind_name(a.index()) + ", the other a " + kind_name(b.index());
  return std::visit([&b](const auto& value) -> std::string { return difference(value, std::get<std::remove_cvref_t<decltype(value)>>(b)); },
                    a);
}

std::vector<OsHandle> duplicates(const ipc::Encoded& encoded) {
  std::vector<OsHandle> copies;
  for (const OsHandle::Value value : encoded.handles) {
    OsHandle borrowed(value);
    auto copy = borrowed.duplicate();
    static_cast<void>(borrowed.release());
    if (copy) {
      copies.push_back(std::move(*copy));
    } else {
      ADD_FAILURE() << copy.error().describe();
    }
  }
  return copies;
}

}  // namespace geyser::test
