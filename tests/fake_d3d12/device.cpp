#include "fake_d3d12/device.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace fake_d3d12 {
namespace {

constexpr auto feature_options8 = static_cast<D3D12_FEATURE>(36);
constexpr UINT64 page = 65536;

/// Gives `object`, made with one reference, as `id`.
template <class T>
HRESULT give(T* object, REFIID id, void** out) {
  const HRESULT answer = object->QueryInterface(id, out);
  object->Release();
  return answer;
}

/// What a device of this fake makes; a sentence for what it does not.
std::string why_not(const D3D12_RESOURCE_DESC& desc, bool unaligned_blocks) {
  std::uint64_t total = 0;
  const auto places = places_of(desc, total);
  if (places.empty()) return "a format that no device has";
  if (desc.SampleDesc.Count != 1) return "samples";
  if (desc.Dimension == D3D12_RESOURCE_DIMENSION_BUFFER) return {};
  if (desc.MipLevels == 0 || desc.DepthOrArraySize == 0) return "no level or no layer";
  const bool depth = (desc.Flags & D3D12_RESOURCE_FLAG_ALLOW_DEPTH_STENCIL) != 0;
  if (depth != places[0].depth_or_stencil) return "a depth format without its flag, or the flag without it";
  if (depth && (desc.Flags & D3D12_RESOURCE_FLAG_ALLOW_SIMULTANEOUS_ACCESS) != 0) return "depth with simultaneous access";
  if (depth && (desc.Flags & D3D12_RESOURCE_FLAG_ALLOW_RENDER_TARGET) != 0) return "depth as render target";
  const bool whole = desc.Width % places[0].block_width == 0 && desc.Height % places[0].block_height == 0;
  if (!whole && !unaligned_blocks) return "parts of blocks";
  return {};
}

D3D12_FORMAT_SUPPORT1 support_of(DXGI_FORMAT format) {
  const D3D12_RESOURCE_DESC desc{.Dimension = D3D12_RESOURCE_DIMENSION_TEXTURE2D,
                                 .Alignment = 0,
                                 .Width = 4,
                                 .Height = 4,
                                 .DepthOrArraySize = 1,
                                 .MipLevels = 1,
                                 .Format = format,
                                 .SampleDesc = {1, 0},
                                 .Layout = D3D12_TEXTURE_LAYOUT_UNKNOWN,
                                 .Flags = D3D12_RESOURCE_FLAG_NONE};
  std::uint64_t total = 0;
  const auto places = places_of(desc, total);
  // Views of the depth plane, which are no resources.
  if (format == DXGI_FORMAT_R24_UNORM_X8_TYPELESS || format == DXGI_FORMAT_R32_FLOAT_X8X24_TYPELESS)
    return D3D12_FORMAT_SUPPORT1_SHADER_LOAD;
  if (places.empty()) return D3D12_FORMAT_SUPPORT1_NONE;
  auto support = D3D12_FORMAT_SUPPORT1_TEXTURE2D | D3D12_FORMAT_SUPPORT1_TEXTURECUBE | D3D12_FORMAT_SUPPORT1_MIP;
  if (places[0].depth_or_stencil) return support | D3D12_FORMAT_SUPPORT1_DEPTH_STENCIL;
  support |= D3D12_FORMAT_SUPPORT1_TEXTURE3D | D3D12_FORMAT_SUPPORT1_SHADER_LOAD | D3D12_FORMAT_SUPPORT1_SHADER_SAMPLE;
  const bool blocks = places[0].block_width != 1;
  if (!blocks && format != DXGI_FORMAT_R9G9B9E5_SHAREDEXP) support |= D3D12_FORMAT_SUPPORT1_RENDER_TARGET;
  if (!blocks) support |= D3D12_FORMAT_SUPPORT1_TYPED_UNORDERED_ACCESS_VIEW;
  return support;
}

}  // namespace

HRESULT removed_reason(Device* device) { return device->removed.load(); }
HRESULT query_device(Device* device, REFIID id, void** out) { return device->QueryInterface(id, out); }
void add_reference(Device* device) { device->AddRef(); }
void drop_reference(Device* device) { device->Release(); }

Com<ID3D12Device> make_device(const Options& options) { return Com<ID3D12Device>(new Device(options)); }

Com<ID3D12CommandQueue> make_queue(ID3D12Device* device, D3D12_COMMAND_LIST_TYPE type) {
  D3D12_COMMAND_QUEUE_DESC desc{};
  desc.Type = type;
  Com<ID3D12CommandQueue> queue;
  static_cast<void>(device->CreateCommandQueue(&desc, iid<ID3D12CommandQueue>, queue.put()));
  return queue;
}

void remove_device(ID3D12Device* device, HRESULT reason) { static_cast<Device*>(device)->removed.store(reason); }

HRESULT STDMETHODCALLTYPE Device::CreateCommandQueue(const D3D12_COMMAND_QUEUE_DESC* desc, REFIID id, void** out) {
  return give(new Queue(this, *desc), id, out);
}

HRESULT STDMETHODCALLTYPE Device::CreateCommandAllocator(D3D12_COMMAND_LIST_TYPE type, REFIID id, void** out) {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12Device::CreateCommandAllocator", answer)) return answer;
  return give(new Allocator(this, type), id, out);
}

HRESULT STDMETHODCALLTYPE Device::CreateCommandList(UINT, D3D12_COMMAND_LIST_TYPE type, ID3D12CommandAllocator* allocator,
                                                    ID3D12PipelineState*, REFIID id, void** out) {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12Device::CreateCommandList", answer)) return answer;
  if (static_cast<Allocator*>(allocator)->type != type) return E_INVALIDARG;
  return give(new CommandList(this, static_cast<Allocator*>(allocator)), id, out);
}

HRESULT STDMETHODCALLTYPE Device::CheckFeatureSupport(D3D12_FEATURE feature, void* data, UINT size) {
  if (feature == feature_options8 && size == sizeof(BOOL)) {
    *static_cast<BOOL*>(data) = options_.unaligned_blocks ? TRUE : FALSE;
    return S_OK;
  }
  if (feature != D3D12_FEATURE_FORMAT_SUPPORT || size != sizeof(D3D12_FEATURE_DATA_FORMAT_SUPPORT)) return E_INVALIDARG;
  auto* const question = static_cast<D3D12_FEATURE_DATA_FORMAT_SUPPORT*>(data);
  question->Support1 = support_of(question->Format);
  return question->Support1 == D3D12_FORMAT_SUPPORT1_NONE ? E_FAIL : S_OK;
}

D3D12_RESOURCE_ALLOCATION_INFO Device::allocation_info(const D3D12_RESOURCE_DESC& desc) {
  std::uint64_t total = 0;
  if (places_of(desc, total).empty()) return {std::numeric_limits<UINT64>::max(), page};
  return {(total + page - 1) / page * page, page};
}

HRESULT STDMETHODCALLTYPE Device::CreateCommittedResource(const D3D12_HEAP_PROPERTIES* heap, D3D12_HEAP_FLAGS flags,
                                                          const D3D12_RESOURCE_DESC* desc, D3D12_RESOURCE_STATES state,
                                                          const D3D12_CLEAR_VALUE*, REFIID id, void** out) {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12Device::CreateCommittedResource", answer)) return answer;
  if (FAILED(removed.load())) return DXGI_ERROR_DEVICE_REMOVED;
  if (auto why = why_not(*desc, options_.unaligned_blocks); !why.empty()) return E_INVALIDARG;
  const auto only_state = heap->Type == D3D12_HEAP_TYPE_UPLOAD     ? D3D12_RESOURCE_STATE_GENERIC_READ
                          : heap->Type == D3D12_HEAP_TYPE_READBACK ? D3D12_RESOURCE_STATE_COPY_DEST
                                                                   : D3D12_RESOURCE_STATE_COMMON;
  if (state != only_state) return E_INVALIDARG;
  if ((flags & D3D12_HEAP_FLAG_SHARED) != 0 && heap->Type != D3D12_HEAP_TYPE_DEFAULT) return E_INVALIDARG;
  Section section = Section::create(Head::resource, options_.luid, allocation_info(*desc).SizeInBytes);  // as much as it says it needs
  if (!section) return E_OUTOFMEMORY;
  section.head().desc = *desc;
  section.head().heap_flags = flags;
  return give(new Resource(this, std::move(section), *desc, heap->Type, flags), id, out);
}

HRESULT STDMETHODCALLTYPE Device::CreateSharedHandle(ID3D12DeviceChild* object, const SECURITY_ATTRIBUTES* attributes, DWORD access,
                                                     const WCHAR* name, HANDLE* handle) {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12Device::CreateSharedHandle", answer)) return answer;
  if (!options_.shares) return E_NOTIMPL;
  if (FAILED(removed.load())) return DXGI_ERROR_DEVICE_REMOVED;
  if (access != GENERIC_ALL) return E_INVALIDARG;
  if (name != nullptr) complain("a shared handle with a name, which anybody can guess");
  if (attributes == nullptr || attributes->lpSecurityDescriptor == nullptr) complain("a shared handle that others than the user may open");
  if (attributes != nullptr && attributes->bInheritHandle != FALSE) complain("a shared handle that children inherit");
  HANDLE section = nullptr;
  Com<ID3D12Resource> resource;
  Com<ID3D12Fence> fence;
  if (SUCCEEDED(object->QueryInterface(iid<ID3D12Resource>, resource.put()))) {
    auto* const own = static_cast<Resource*>(resource.get());
    if ((own->flags() & D3D12_HEAP_FLAG_SHARED) == 0) return E_INVALIDARG;
    section = own->section().handle();
  } else if (SUCCEEDED(object->QueryInterface(iid<ID3D12Fence>, fence.put()))) {
    auto* const own = static_cast<Fence*>(fence.get());
    if (!own->shared()) return E_INVALIDARG;
    section = own->section().handle();
  }
  const HANDLE self = ::GetCurrentProcess();
  if (section == nullptr || !::DuplicateHandle(self, section, self, handle, 0, FALSE, DUPLICATE_SAME_ACCESS)) return E_INVALIDARG;
  return S_OK;
}

HRESULT STDMETHODCALLTYPE Device::OpenSharedHandle(HANDLE handle, REFIID id, void** out) {
  *out = nullptr;
  HRESULT answer = S_OK;
  if (must_fail("ID3D12Device::OpenSharedHandle", answer)) return answer;
  if (!options_.shares) return E_NOTIMPL;
  if (FAILED(removed.load())) return DXGI_ERROR_DEVICE_REMOVED;
  if (Section fence = Section::open(handle, Head::fence, options_.luid)) {
    return give(new Fence(this, std::move(fence), D3D12_FENCE_FLAG_SHARED), id, out);
  }
  Section section = Section::open(handle, Head::resource, options_.luid);
  if (!section) return E_INVALIDARG;
  const D3D12_RESOURCE_DESC desc = section.head().desc;
  const D3D12_HEAP_FLAGS flags = section.head().heap_flags;
  return give(new Resource(this, std::move(section), desc, D3D12_HEAP_TYPE_DEFAULT, flags), id, out);
}

HRESULT STDMETHODCALLTYPE Device::CreateFence(UINT64 value, D3D12_FENCE_FLAGS flags, REFIID id, void** out) {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12Device::CreateFence", answer)) return answer;
  Section section = Section::create(Head::fence, options_.luid, 0);
  if (!section) return E_OUTOFMEMORY;
  section.head().value.store(value);
  return give(new Fence(this, std::move(section), flags), id, out);
}

void STDMETHODCALLTYPE Device::GetCopyableFootprints(const D3D12_RESOURCE_DESC* desc, UINT first, UINT count, UINT64 base,
                                                     D3D12_PLACED_SUBRESOURCE_FOOTPRINT* layouts, UINT* rows, UINT64* row_bytes,
                                                     UINT64* total) {
  std::uint64_t bytes = 0;
  const auto places = places_of(*desc, bytes);
  if (count != 1 || first >= places.size() || rows != nullptr || row_bytes == nullptr || total != nullptr) {
    complain("GetCopyableFootprints is emulated for one subresource, its layout and the bytes of its rows only");
    if (layouts != nullptr) std::memset(layouts, 0xFF, sizeof(*layouts) * count);
    return;
  }
  const Place& place = places[first];
  const UINT width = place.columns() * place.block_width;
  layouts->Offset = base;
  *row_bytes = std::uint64_t{place.columns()} * place.block_bytes;
  layouts->Footprint = {.Format = place.copy_format,
                        .Width = width,
                        .Height = place.rows() * place.block_height,
                        .Depth = place.depth,
                        .RowPitch = (place.columns() * place.block_bytes + 255U) / 256U * 256U};
}

}  // namespace fake_d3d12
