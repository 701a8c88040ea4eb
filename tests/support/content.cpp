#include "support/content.hpp"

#include <bit>
#include <cstdlib>
#include <cstring>
#include <string>

namespace geyser::test {

std::uint64_t seed_for(std::string_view name) {
  std::uint64_t base = 1;
  if (const char* text = std::getenv("GEYSER_TEST_SEED")) base = std::strtoull(text, nullptr, 0);
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ base;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

namespace {

bool is_depth_float(const FormatInfo& format, std::uint32_t plane) {
  return plane == 0 && (format.format == TextureFormat::depth32_float || format.format == TextureFormat::depth32_float_stencil8);
}

// Calls `f` with every 32-bit word.
template <class F>
void each_word(std::span<std::byte> bytes, F&& f) {
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + i, 4);
    word = f(word);
    std::memcpy(bytes.data() + i, &word, 4);
  }
}

}  // namespace

void clear_meaningless_bits(const FormatInfo& format, std::uint32_t plane, std::span<std::byte> bytes) noexcept {
  switch (format.format) {
    case TextureFormat::depth24plus:
    case TextureFormat::depth24plus_stencil8:
      if (plane == 0) each_word(bytes, [](std::uint32_t word) { return word & 0x00ffffffU; });
      break;
    case TextureFormat::p010:
      each_word(bytes, [](std::uint32_t word) { return word & 0xffc0ffc0U; });
      if (bytes.size() % 4 == 2) bytes[bytes.size() - 2] &= std::byte{0xc0};
      break;
    default:
      break;
  }
}

std::vector<std::byte> random_content(Random& random, const FormatInfo& format, std::uint32_t plane, std::uint64_t bytes) {
  std::vector<std::byte> content(bytes);
  std::size_t i = 0;
  while (i < content.size()) {
    const std::uint64_t word = random.next();
    const std::size_t n = std::min<std::size_t>(8, content.size() - i);
    std::memcpy(content.data() + i, &word, n);
    i += n;
  }
  if (is_depth_float(format, plane)) {
    // 24 bits and a scale by a power of two: exact, both ends included.
    each_word(content, [](std::uint32_t word) { return std::bit_cast<std::uint32_t>(static_cast<float>(word % 0x1000001U) * 0x1p-24F); });
  }
  clear_meaningless_bits(format, plane, content);
  return content;
}

void poison(std::span<std::byte> bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(0xa5U ^ (i * 31U));
}

::testing::AssertionResult same_content(const FormatInfo& format, std::uint32_t plane, std::span<const std::byte> wanted,
                                        std::span<const std::byte> found) {
  if (wanted.size() != found.size()) {
    return ::testing::AssertionFailure() << wanted.size() << " bytes are expected and " << found.size() << " are there";
  }
  if (wanted.empty() || std::memcmp(wanted.data(), found.data(), wanted.size()) == 0) return ::testing::AssertionSuccess();
  std::vector<std::byte> a(wanted.begin(), wanted.end());
  std::vector<std::byte> b(found.begin(), found.end());
  clear_meaningless_bits(format, plane, a);
  clear_meaningless_bits(format, plane, b);
  std::size_t first = a.size();
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    if (count++ == 0) first = i;
  }
  if (count == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << count << " of " << a.size() << " bytes differ; the first is byte " << first << ": expected "
                                       << std::to_integer<int>(a[first]) << ", found " << std::to_integer<int>(b[first]);
}

namespace {

// Calls `f(offset in the subresource, offset in the region, bytes)` for every row of blocks of the region.
template <class F>
void each_row(const FormatInfo& format, const TextureRegion& region, const RegionLayout& whole, const RegionLayout& part, F&& f) {
  const std::uint64_t left = std::uint64_t{region.offset.x} / format.block_width * format.planes[region.plane].block_bytes;
  const std::uint64_t top = region.offset.y / format.block_height;
  std::uint64_t in_part = 0;
  for (std::uint32_t z = 0; z < part.extent.depth; ++z) {
    for (std::uint32_t row = 0; row < part.rows; ++row) {
      const std::uint64_t in_whole = ((std::uint64_t{region.offset.z} + z) * whole.rows + top + row) * whole.row_bytes + left;
      f(in_whole, in_part, part.row_bytes);
      in_part += part.row_bytes;
    }
  }
}

}  // namespace

void paste(const FormatInfo& format, const TextureRegion& region, const RegionLayout& whole, const RegionLayout& part,
           std::span<const std::byte> bytes, std::span<std::byte> subresource) {
  each_row(format, region, whole, part, [&](std::uint64_t to, std::uint64_t from, std::size_t n) {
    std::memcpy(subresource.subspan(to, n).data(), bytes.subspan(from, n).data(), n);
  });
}

std::vector<std::byte> cut(const FormatInfo& format, const TextureRegion& region, const RegionLayout& whole, const RegionLayout& part,
                           std::span<const std::byte> subresource) {
  std::vector<std::byte> bytes(part.total_bytes);
  each_row(format, region, whole, part, [&](std::uint64_t from, std::uint64_t to, std::size_t n) {
    std::memcpy(std::span(bytes).subspan(to, n).data(), subresource.subspan(from, n).data(), n);
  });
  return bytes;
}

}  // namespace geyser::test
