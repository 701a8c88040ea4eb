#include "crossing/links.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "core/backend.hpp"
#include "core/guard.hpp"

namespace geyser::detail {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t untimed = 2;  // staging memory is made, clocks rise
constexpr std::uint32_t least = 5;
constexpr std::uint32_t most = 1000;

std::vector<std::byte> random_bytes(std::uint64_t count) {
  std::mt19937_64 engine{0x6765797365720001U};  // the same every time: a difference can be looked at
  std::vector<std::byte> bytes(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t word = engine();
    std::copy_n(reinterpret_cast<const std::byte*>(&word), std::min(sizeof word, bytes.size() - i), bytes.data() + i);
  }
  return bytes;
}

Result<void> carry_once(Carrier& carrier, SharedTexture& from, SharedTexture& to) {
  TextureState from_before = from.state();
  TextureState to_before = to.state();
  auto reading = from.begin_read();
  if (!reading) return std::move(reading).error();
  auto writing = to.begin_write();
  if (!writing) {
    cancel_access(*std::move(reading), std::move(from_before));
    return std::move(writing).error();
  }
  const TextureRegion whole;
  if (auto ok = carrier.carry({&from, &*reading}, {&to, &*writing}, {&whole, 1}); !ok) {
    cancel_access(*std::move(reading), std::move(from_before));
    cancel_access(*std::move(writing), std::move(to_before));
    return ok;
  }
  auto read = (*std::move(reading)).end();
  auto written = (*std::move(writing)).end();
  if (!read) return std::move(read).error();
  if (!written) return std::move(written).error();
  return {};
}

}  // namespace

Result<LinkMeasurement> measure_link(Carrier& carrier, Extent3D extent, std::chrono::nanoseconds time) {
  return guard([&]() -> Result<LinkMeasurement> {
    if (time <= time.zero() || time > std::chrono::minutes(1)) {
      return Error(Errc::invalid_argument, text("A link is measured for ", time.count(), " ns; give more than 0 and at most a minute."));
    }
    TextureDescriptor descriptor;
    descriptor.extent = extent;
    descriptor.format = TextureFormat::rgba8_unorm;
    descriptor.label = "link";
    if (auto ok = validate(descriptor); !ok) return std::move(ok).error();
    const auto layout = region_layout(descriptor, {});
    if (!layout) return layout.error().clone();
    // More managers on the carrier's own devices.
    TextureShareManager source = Private::make(Private::shared(carrier.source()));
    TextureShareManager target = Private::make(Private::shared(carrier.target()));
    auto from = source.create_shareable_texture(descriptor);
    if (!from) return std::move(from).error();
    auto to = target.create_shareable_texture(descriptor);
    if (!to) return std::move(to).error();
    const std::vector<std::byte> sent = random_bytes(layout->total_bytes);
    if (auto ok = source.upload(*from, {}, sent); !ok) return std::move(ok).error();

    for (std::uint32_t i = 0; i < untimed; ++i) {
      if (auto ok = carry_once(carrier, *from, *to); !ok) return std::move(ok).error();
    }
    std::vector<std::byte> arrived(sent.size());
    if (auto ok = target.read_back(*to, {}, arrived); !ok) return std::move(ok).error();
    if (arrived != sent) {
      const auto at = std::ranges::mismatch(arrived, sent).in1 - arrived.begin();
      return Error(Errc::internal, text("What ", to_string(carrier.transport()), " carried from ", source.identity().name, " to ",
                                        target.identity().name, " differs from byte ", at, " on; do not use this way, and report it."));
    }

    std::vector<std::chrono::nanoseconds> times;
    const auto until = Clock::now() + time;
    while (times.size() < least || (times.size() < most && Clock::now() < until)) {
      const auto begin = Clock::now();
      if (auto ok = carry_once(carrier, *from, *to); !ok) return std::move(ok).error();
      times.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin));
    }
    std::ranges::sort(times);
    LinkMeasurement result;
    result.transport = carrier.transport();
    result.frame_bytes = layout->total_bytes;
    result.frames = static_cast<std::uint32_t>(times.size());
    result.median = std::max(times[times.size() / 2], std::chrono::nanoseconds(1));
    result.fastest = times.front();
    result.bytes_per_second = static_cast<double>(result.frame_bytes) * 1e9 / static_cast<double>(result.median.count());
    return result;
  });
}

}  // namespace geyser::detail
