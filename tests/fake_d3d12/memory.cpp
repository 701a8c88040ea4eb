#include "fake_d3d12/memory.hpp"

#include <algorithm>

#include "core/byte_count.hpp"
#include "geyser/format.hpp"

namespace fake_d3d12 {
namespace {

/// The row of the format table behind a DXGI_FORMAT, the typeless ones of depth among them.
const geyser::FormatInfo* info_of(DXGI_FORMAT format) {
  using geyser::TextureFormat;
  switch (format) {
    case DXGI_FORMAT_R16_TYPELESS:
      return geyser::format_info(TextureFormat::depth16_unorm);
    case DXGI_FORMAT_R32_TYPELESS:
      return geyser::format_info(TextureFormat::depth32_float);
    case DXGI_FORMAT_R24G8_TYPELESS:
      return geyser::format_info(TextureFormat::depth24plus_stencil8);
    case DXGI_FORMAT_R32G8X24_TYPELESS:
      return geyser::format_info(TextureFormat::depth32_float_stencil8);
    default:
      break;
  }
  for (const auto& row : geyser::all_formats()) {
    if (row.dxgi != 0 && row.dxgi == static_cast<std::uint32_t>(format)) return &row;
  }
  return nullptr;
}

DXGI_FORMAT copy_format(const geyser::FormatInfo& row, DXGI_FORMAT format, std::uint32_t plane) {
  using geyser::FormatKind;
  if (row.kind == FormatKind::depth || row.kind == FormatKind::depth_stencil) {
    if (plane == 1) return DXGI_FORMAT_R8_TYPELESS;
    return row.planes[0].block_bytes == 2 ? DXGI_FORMAT_R16_TYPELESS : DXGI_FORMAT_R32_TYPELESS;
  }
  if (row.kind != FormatKind::planar) return format;
  if (row.planes[0].block_bytes == 2) return plane == 0 ? DXGI_FORMAT_R16_TYPELESS : DXGI_FORMAT_R16G16_TYPELESS;
  return plane == 0 ? DXGI_FORMAT_R8_TYPELESS : DXGI_FORMAT_R8G8_TYPELESS;
}

}  // namespace

Section Section::create(std::uint32_t kind, const LUID& luid, std::uint64_t bytes) {
  Section section;
  const std::uint64_t size = Head::bytes + bytes;
  section.handle_ = ::CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, static_cast<DWORD>(size >> 32U),
                                         static_cast<DWORD>(size & 0xFFFFFFFFU), nullptr);
  if (section.handle_ == nullptr) return section;
  section.data_ = static_cast<std::byte*>(::MapViewOfFile(section.handle_, FILE_MAP_ALL_ACCESS, 0, 0, 0));
  if (section.data_ == nullptr) return section;
  section.head().kind = kind;
  section.head().luid = luid;
  return section;
}

Section Section::open(HANDLE handle, std::uint32_t kind, const LUID& luid) {
  Section section;
  const HANDLE self = ::GetCurrentProcess();
  if (!::DuplicateHandle(self, handle, self, &section.handle_, 0, FALSE, DUPLICATE_SAME_ACCESS)) return {};
  auto* const data = static_cast<std::byte*>(::MapViewOfFile(section.handle_, FILE_MAP_ALL_ACCESS, 0, 0, 0));
  if (data == nullptr) return {};
  section.data_ = data;
  const bool same_adapter = section.head().luid.LowPart == luid.LowPart && section.head().luid.HighPart == luid.HighPart;
  if (section.head().kind != kind || !same_adapter) return {};
  return section;
}

Section::~Section() {
  if (data_ != nullptr) ::UnmapViewOfFile(data_);
  if (handle_ != nullptr) ::CloseHandle(handle_);
}

std::vector<Place> places_of(const D3D12_RESOURCE_DESC& desc, std::uint64_t& total) {
  std::vector<Place> places;
  total = 0;
  if (desc.Dimension == D3D12_RESOURCE_DIMENSION_BUFFER) {
    total = desc.Width;
    return {Place{.offset = 0, .width = static_cast<std::uint32_t>(desc.Width), .height = 1, .block_bytes = 1}};
  }
  const auto* row = info_of(desc.Format);
  if (row == nullptr) return {};
  const bool volume = desc.Dimension == D3D12_RESOURCE_DIMENSION_TEXTURE3D;
  const UINT layers = volume ? 1 : desc.DepthOrArraySize;
  for (std::uint32_t plane = 0; plane < row->plane_count; ++plane) {
    for (UINT layer = 0; layer < layers; ++layer) {
      for (UINT level = 0; level < desc.MipLevels; ++level) {
        const geyser::Extent3D whole{std::max(static_cast<std::uint32_t>(desc.Width) >> level, 1U), std::max(desc.Height >> level, 1U),
                                     volume ? std::max(static_cast<std::uint32_t>(desc.DepthOrArraySize) >> level, 1U) : 1U};
        const auto extent = geyser::detail::plane_extent(row->planes[plane], whole);
        Place place{.offset = total,
                    .width = extent.width,
                    .height = extent.height,
                    .depth = extent.depth,
                    .block_width = row->block_width,
                    .block_height = row->block_height,
                    .block_bytes = row->planes[plane].block_bytes,
                    .copy_format = copy_format(*row, desc.Format, plane),
                    .depth_or_stencil = row->kind == geyser::FormatKind::depth || row->kind == geyser::FormatKind::depth_stencil};
        total += std::uint64_t{place.columns()} * place.rows() * place.depth * place.block_bytes;
        places.push_back(place);
      }
    }
  }
  return places;
}

Resource::Resource(Device* device, Section section, const D3D12_RESOURCE_DESC& desc, D3D12_HEAP_TYPE heap, D3D12_HEAP_FLAGS flags)
    : Child(device), section_(std::move(section)), desc_(desc), heap_(heap), flags_(flags) {
  std::uint64_t total = 0;
  places_ = places_of(desc_, total);
}

HRESULT STDMETHODCALLTYPE Resource::Map(UINT, const D3D12_RANGE*, void** out) {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12Resource::Map", answer)) return answer;
  if (heap_ == D3D12_HEAP_TYPE_DEFAULT) return E_INVALIDARG;
  ++mapped_;
  *out = data();
  return S_OK;
}

void STDMETHODCALLTYPE Resource::Unmap(UINT, const D3D12_RANGE*) {
  if (--mapped_ < 0) complain("Unmap without Map");
}

HRESULT STDMETHODCALLTYPE Resource::GetHeapProperties(D3D12_HEAP_PROPERTIES* properties, D3D12_HEAP_FLAGS* flags) {
  if (properties != nullptr) *properties = {.Type = heap_};
  if (flags != nullptr) *flags = flags_;
  return S_OK;
}

void Resource::last_words() {
  if (!simultaneous() && heap_ == D3D12_HEAP_TYPE_DEFAULT && (flags_ & D3D12_HEAP_FLAG_SHARED) != 0 && state().load() != 0) {
    complain("a shared texture without simultaneous access was left in a state other than COMMON");
  }
}

}  // namespace fake_d3d12
