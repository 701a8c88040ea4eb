#include "backends/d3d12/texture.hpp"

#include <limits>

#include "backends/d3d12/external_nt.hpp"
#include "backends/d3d12/formats.hpp"
#include "core/message.hpp"

namespace geyser::d3d12 {

using detail::text;

Texture::Texture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<Context> device_context, Init init, Com<ID3D12Resource> native)
    : TextureContents(std::move(backend), std::move(init)),
      context(std::move(device_context)),
      resource(std::move(native)),
      desc(resource->GetDesc()) {
  if (const auto& label = descriptor().label; !label.empty()) {
    static_cast<void>(resource->SetName(platform::wide(label).c_str()));  // for debuggers only
  }
}

Result<Com<ID3D12Resource>> create_resource(const Context& context, const D3D12_RESOURCE_DESC& desc, D3D12_HEAP_FLAGS flags) {
  D3D12_HEAP_PROPERTIES heap{};
  heap.Type = D3D12_HEAP_TYPE_DEFAULT;
  heap.CreationNodeMask = context.node_mask;
  heap.VisibleNodeMask = context.node_mask;
  Com<ID3D12Resource> resource;
  const HRESULT answer = context.device->CreateCommittedResource(&heap, flags, &desc, D3D12_RESOURCE_STATE_COMMON, nullptr,
                                                                 iid<ID3D12Resource>, resource.put());
  if (SUCCEEDED(answer)) return resource;
  Error error = context.error(answer, "ID3D12Device::CreateCommittedResource");
  if (error.code() != Errc::invalid_argument) return error;
  return Error(Errc::unsupported_format, text("This device makes no such texture: ", clause_of(error), "."), error.domain(),
               error.native_code());
}

Result<std::uint64_t> required_bytes(const Context& context, const D3D12_RESOURCE_DESC& desc) {
  const D3D12_RESOURCE_ALLOCATION_INFO info = context.device->GetResourceAllocationInfo(context.node_mask, 1, &desc);
  if (info.SizeInBytes != std::numeric_limits<UINT64>::max() && info.SizeInBytes != 0) return info.SizeInBytes;
  return Error(Errc::unsupported_format, "This device has no such texture: ID3D12Device::GetResourceAllocationInfo knows no size for it.");
}

Result<std::shared_ptr<Texture>> allocate(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<Context>& context,
                                          const TextureDescriptor& descriptor, D3D12_HEAP_FLAGS flags) {
  const D3D12_RESOURCE_DESC desc = resource_desc(descriptor);
  auto bytes = required_bytes(*context, desc);
  if (!bytes) return std::move(bytes).error();
  auto resource = create_resource(*context, desc, flags);
  if (!resource) return std::move(resource).error();
  return std::make_shared<Texture>(std::move(backend), context,
                                   detail::TextureContents::Init{descriptor, MemoryHandleType::d3d12_resource, false, *bytes, *bytes},
                                   *std::move(resource));
}

Result<Texture*> d3d12_texture(const SharedTexture& texture) {
  auto* contents = detail::Private::contents(texture);
  if (auto* own = dynamic_cast<Texture*>(contents)) return own;
  if (contents == nullptr) return Error(Errc::invalid_argument, "The texture is empty; it was moved from or never created.");
  return Error(Errc::device_mismatch, text("The texture belongs to the ", contents->backend()->name(),
                                           " backend; export it there and import it into a Direct3D 12 manager."));
}

Result<void> probe_memory(const Context& context) {
  TextureDescriptor smallest;
  smallest.extent = {4, 4, 1};
  smallest.format = TextureFormat::rgba8_unorm;
  auto resource = create_resource(context, resource_desc(smallest), D3D12_HEAP_FLAG_SHARED);
  if (!resource) return std::move(resource).error();
  auto handle = make_nt_handle(context, resource->get());
  if (!handle) return std::move(handle).error();
  auto opened = open_nt_handle<ID3D12Resource>(context, *handle, "texture");
  if (!opened) return std::move(opened).error();
  return {};
}

Result<D3D12_RESOURCE_STATES> state_before(const Texture& texture, const TextureState& state) {
  if (!state.initialized || state.layout == TextureLayout::general) return D3D12_RESOURCE_STATE_COMMON;
  if (state.layout == texture.left_in.load()) return static_cast<D3D12_RESOURCE_STATES>(resource_states(state.layout));
  return Error(Errc::unsupported_feature,
               text("The texture was released in layout ", to_string(state.layout),
                    "; Direct3D 12 takes textures of other devices over in D3D12_RESOURCE_STATE_COMMON only, so release it in general."));
}

D3D12_RESOURCE_BARRIER transition(const Texture& texture, D3D12_RESOURCE_STATES before, D3D12_RESOURCE_STATES after) noexcept {
  D3D12_RESOURCE_BARRIER barrier{};
  barrier.Type = D3D12_RESOURCE_BARRIER_TYPE_TRANSITION;
  barrier.Transition.pResource = texture.resource.get();
  barrier.Transition.Subresource = D3D12_RESOURCE_BARRIER_ALL_SUBRESOURCES;
  barrier.Transition.StateBefore = before;
  barrier.Transition.StateAfter = after;
  return barrier;
}

Result<NativeTexture> native(const SharedTexture& texture) {
  auto own = d3d12_texture(texture);
  if (!own) return std::move(own).error();
  return NativeTexture{.resource = (*own)->resource.get(),
                       .format = static_cast<std::uint32_t>((*own)->desc.Format),
                       .flags = static_cast<std::uint32_t>((*own)->desc.Flags)};
}

}  // namespace geyser::d3d12
