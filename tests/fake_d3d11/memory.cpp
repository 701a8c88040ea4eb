#include "fake_d3d11/memory.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "geyser/format.hpp"

namespace fake_d3d11 {
namespace {

constexpr std::uint64_t magic = 0x6465'6d6d'6531'3144;
constexpr std::size_t header_bytes = 4096;
constexpr std::size_t pitch_step = 64;  // rows have gaps, so that nobody may count on none

std::size_t round_up(std::size_t value, std::size_t step) noexcept { return (value + step - 1) / step * step; }

Level level_without_data(const Shape& shape, std::uint32_t index) noexcept {
  const Format format = format_of(shape.format);
  Level level;
  level.width = std::max(shape.width >> index, 1U);
  level.height = std::max(shape.height >> index, 1U);
  level.depth = std::max(shape.depth >> index, 1U);
  level.block = format.block;
  level.block_bytes = format.block_bytes;
  level.rows = (level.height + format.block - 1) / format.block;
  if (format.planar) level.rows += level.height / 2;
  level.row_pitch = round_up((level.width + format.block - 1) / format.block * format.block_bytes + 1, pitch_step);
  level.slice_pitch = level.row_pitch * level.rows;
  return level;
}

std::size_t bytes_of(const Shape& shape) noexcept {
  std::size_t layer = 0;
  for (std::uint32_t i = 0; i < shape.levels; ++i) {
    const Level level = level_without_data(shape, i);
    layer += level.slice_pitch * level.depth;
  }
  return shape.dimension == 0 ? 0 : layer * shape.layers;
}

std::uint32_t typeless(std::uint32_t dxgi) noexcept {
  switch (dxgi) {
    case DXGI_FORMAT_D16_UNORM:
      return DXGI_FORMAT_R16_TYPELESS;
    case DXGI_FORMAT_D32_FLOAT:
      return DXGI_FORMAT_R32_TYPELESS;
    case DXGI_FORMAT_D24_UNORM_S8_UINT:
      return DXGI_FORMAT_R24G8_TYPELESS;
    case DXGI_FORMAT_D32_FLOAT_S8X24_UINT:
      return DXGI_FORMAT_R32G8X24_TYPELESS;
    default:
      return dxgi;
  }
}

}  // namespace

Format format_of(std::uint32_t dxgi) noexcept {
  Format format;
  format.family = typeless(dxgi);
  switch (format.family) {
    case DXGI_FORMAT_R16_TYPELESS:
      format.block_bytes = 2;
      format.depth = true;
      return format;
    case DXGI_FORMAT_R32_TYPELESS:
    case DXGI_FORMAT_R24G8_TYPELESS:
      format.block_bytes = 4;
      format.depth = true;
      return format;
    case DXGI_FORMAT_R32G8X24_TYPELESS:
      format.block_bytes = 8;
      format.depth = true;
      return format;
    default:
      break;
  }
  for (const auto& row : geyser::all_formats()) {
    if (row.dxgi != dxgi || dxgi == 0) continue;
    format.block = row.block_width;
    format.block_bytes = row.planes[0].block_bytes;
    format.planar = row.kind == geyser::FormatKind::planar;
    return format;
  }
  return format;
}

std::shared_ptr<Memory> Memory::create(const Shape& shape, std::uint64_t luid) {
  const std::uint64_t bytes = header_bytes + bytes_of(shape);
  Handle section(::CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, static_cast<DWORD>(bytes >> 32U),
                                      static_cast<DWORD>(bytes), nullptr));
  if (section.get() == nullptr) return nullptr;
  void* view = ::MapViewOfFile(section.get(), FILE_MAP_ALL_ACCESS, 0, 0, 0);
  if (view == nullptr) return nullptr;
  std::memset(static_cast<std::byte*>(view) + header_bytes, 0xCD, bytes - header_bytes);
  auto* page = new (view) Page{};
  page->magic = magic;
  page->luid = luid;
  page->shape = shape;
  return std::make_shared<Memory>(std::move(section), view);
}

std::shared_ptr<Memory> Memory::open(HANDLE handle, std::uint64_t luid, bool fence) {
  Handle section(duplicate(handle));
  if (section.get() == nullptr) return nullptr;
  void* view = ::MapViewOfFile(section.get(), FILE_MAP_ALL_ACCESS, 0, 0, 0);
  if (view == nullptr) return nullptr;
  const auto* page = static_cast<const Page*>(view);
  if (page->magic != magic || page->luid != luid || (page->shape.dimension == 0) != fence) {
    ::UnmapViewOfFile(view);
    return nullptr;
  }
  return std::make_shared<Memory>(std::move(section), view);
}

Memory::~Memory() { ::UnmapViewOfFile(page_); }

Level Memory::level(std::uint32_t subresource) const noexcept {
  const Shape& own = shape();
  std::byte* at = reinterpret_cast<std::byte*>(page_) + header_bytes;
  for (std::uint32_t i = 0;; ++i) {
    Level level = level_without_data(own, i % own.levels);
    if (i == subresource) {
      level.data = at;
      return level;
    }
    at += level.slice_pitch * level.depth;
  }
}

}  // namespace fake_d3d11
