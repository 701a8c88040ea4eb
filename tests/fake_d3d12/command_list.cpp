#include "fake_d3d12/command_list.hpp"

#include <algorithm>
#include <cstring>

namespace fake_d3d12 {
namespace {

constexpr auto whole_texture = D3D12_RESOURCE_BARRIER_ALL_SUBRESOURCES;

Location remember(const D3D12_TEXTURE_COPY_LOCATION& from) {
  auto* resource = static_cast<Resource*>(from.pResource);
  Location to{.resource = {resource, resource->number()}, .type = from.Type};
  if (from.Type == D3D12_TEXTURE_COPY_TYPE_PLACED_FOOTPRINT) {
    to.footprint = from.PlacedFootprint;
  } else {
    to.subresource = from.SubresourceIndex;
  }
  return to;
}

void execute_barrier(const Barrier& barrier) {
  Resource* const resource = barrier.resource.get("a texture with a barrier");
  if (resource == nullptr) return;
  if (barrier.before == barrier.after) complain("a barrier from a state to itself");
  if (barrier.subresource != whole_texture) complain("a barrier for a part of a texture, which this library never needs");
  if (resource->state().exchange(barrier.after) != barrier.before) complain("a barrier from a state that the texture is not in");
}

/// What a copy moves: a box of blocks of one subresource, and a footprint in a buffer.
void execute_copy(const Copy& copy) {
  const bool up = copy.from.type == D3D12_TEXTURE_COPY_TYPE_PLACED_FOOTPRINT;
  const Location& memory = up ? copy.from : copy.to;
  const Location& image = up ? copy.to : copy.from;
  Resource* const buffer = memory.resource.get("a staging buffer");
  Resource* const texture = image.resource.get("a copied texture");
  if (buffer == nullptr || texture == nullptr) return;
  if (memory.type == image.type) return complain("a copy that is not between a buffer and a texture");
  if (buffer->heap() != (up ? D3D12_HEAP_TYPE_UPLOAD : D3D12_HEAP_TYPE_READBACK)) return complain("a copy with a buffer in the wrong heap");
  if (image.subresource >= texture->places().size()) return complain("a copy of a subresource that the texture does not have");
  const auto state = texture->state().load();
  if (state != static_cast<std::uint32_t>(up ? D3D12_RESOURCE_STATE_COPY_DEST : D3D12_RESOURCE_STATE_COPY_SOURCE)) {
    return complain("a copy of a texture that is not in the state for it");
  }
  const Place& place = texture->places()[image.subresource];
  const auto& foot = memory.footprint.Footprint;
  const std::uint32_t padded_width = place.columns() * place.block_width;
  const std::uint32_t padded_height = place.rows() * place.block_height;
  if (foot.Format != place.copy_format) return complain("a footprint in another format than the plane's");
  if (foot.RowPitch % D3D12_TEXTURE_DATA_PITCH_ALIGNMENT != 0) return complain("a row pitch that is no multiple of 256");
  if (memory.footprint.Offset % D3D12_TEXTURE_DATA_PLACEMENT_ALIGNMENT != 0)
    return complain("a footprint whose offset is no multiple of 512");
  if (foot.Width % place.block_width != 0 || foot.Height % place.block_height != 0) return complain("a footprint of parts of blocks");
  D3D12_BOX box{copy.x, copy.y, copy.z, copy.x + foot.Width, copy.y + foot.Height, copy.z + foot.Depth};
  if (!up && copy.has_box) box = copy.box;
  if (!up && !copy.has_box) box = {0, 0, 0, padded_width, padded_height, place.depth};
  if (box.right > padded_width || box.bottom > padded_height || box.back > place.depth) return complain("a copy beyond the level's edge");
  if (box.left % place.block_width != 0 || box.top % place.block_height != 0) return complain("a copy that starts inside a block");
  const bool everything = box.left == 0 && box.top == 0 && box.right == padded_width && box.bottom == padded_height;
  if (place.depth_or_stencil && (!everything || copy.has_box)) return complain("a copy of a part of a depth or stencil plane");
  const std::uint32_t columns = (box.right - box.left) / place.block_width;
  const std::uint32_t rows = (box.bottom - box.top) / place.block_height;
  const std::size_t bytes = std::size_t{columns} * place.block_bytes;
  const std::uint32_t memory_rows = foot.Height / place.block_height;
  if (bytes > foot.RowPitch || rows > memory_rows) return complain("a copy that does not fit its footprint");
  const std::uint64_t end = memory.footprint.Offset + (std::uint64_t{box.back - box.front} * memory_rows - 1) * foot.RowPitch + bytes;
  if (end > buffer->desc().Width) return complain("a copy beyond its buffer");
  for (UINT z = box.front; z < box.back; ++z) {
    for (std::uint32_t row = 0; row < rows; ++row) {
      const std::uint64_t first =
          (std::uint64_t{z} * place.rows() + box.top / place.block_height + row) * place.columns() + box.left / place.block_width;
      std::byte* const in_texture = texture->data() + place.offset + first * place.block_bytes;
      std::byte* const in_buffer =
          buffer->data() + memory.footprint.Offset + (std::uint64_t{z - box.front} * memory_rows + row) * foot.RowPitch;
      std::memcpy(up ? in_texture : in_buffer, up ? in_buffer : in_texture, bytes);
    }
  }
}

}  // namespace

void execute(const Command& command) {
  if (const auto* barrier = std::get_if<Barrier>(&command)) return execute_barrier(*barrier);
  execute_copy(std::get<Copy>(command));
}

HRESULT unexpected(const char* method) {
  complain(std::string(method) + " is not emulated");
  return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE Allocator::Reset() {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12CommandAllocator::Reset", answer)) return answer;
  if (executing.load() != 0) complain("a command allocator was reset while its commands were executed");
  if (recording.load()) complain("a command allocator was reset while a list recorded into it");
  return S_OK;
}

void Allocator::last_words() {
  if (executing.load() != 0) complain("a command allocator was destroyed while its commands were executed");
}

CommandList::CommandList(Device* owner, Allocator* allocator)
    : Child(owner), type_(allocator->type), allocator_{allocator, allocator->number()} {
  allocator->recording.store(true);
}

HRESULT STDMETHODCALLTYPE CommandList::Close() {
  if (recording_) {
    if (auto* allocator = allocator_.get("the allocator of an open list")) allocator->recording.store(false);
  }
  recording_ = false;
  HRESULT answer = S_OK;
  if (must_fail("ID3D12GraphicsCommandList::Close", answer)) return answer;
  return S_OK;
}

HRESULT STDMETHODCALLTYPE CommandList::Reset(ID3D12CommandAllocator* allocator, ID3D12PipelineState*) {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12GraphicsCommandList::Reset", answer)) return answer;
  if (recording_) {
    complain("a command list was reset while it recorded");
    return E_FAIL;
  }
  auto* const into = static_cast<Allocator*>(allocator);
  allocator_ = {into, into->number()};
  into->recording.store(true);
  commands_ = std::make_shared<Commands>();
  recording_ = true;
  return S_OK;
}

void STDMETHODCALLTYPE CommandList::CopyTextureRegion(const D3D12_TEXTURE_COPY_LOCATION* to, UINT x, UINT y, UINT z,
                                                      const D3D12_TEXTURE_COPY_LOCATION* from, const D3D12_BOX* box) {
  if (!recording_) return complain("a copy was recorded into a closed list");
  Copy copy{.to = remember(*to), .x = x, .y = y, .z = z, .from = remember(*from), .has_box = box != nullptr};
  if (box != nullptr) copy.box = *box;
  commands_->push_back(copy);
}

void STDMETHODCALLTYPE CommandList::ResourceBarrier(UINT count, const D3D12_RESOURCE_BARRIER* barriers) {
  if (!recording_) return complain("a barrier was recorded into a closed list");
  for (UINT i = 0; i < count; ++i) {
    auto* const resource = static_cast<Resource*>(barriers[i].Transition.pResource);
    commands_->push_back(Barrier{{resource, resource->number()},
                                 barriers[i].Transition.Subresource,
                                 static_cast<std::uint32_t>(barriers[i].Transition.StateBefore),
                                 static_cast<std::uint32_t>(barriers[i].Transition.StateAfter)});
  }
}

}  // namespace fake_d3d12
