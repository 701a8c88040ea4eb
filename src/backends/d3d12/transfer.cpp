#include "backends/d3d12/transfer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "backends/d3d12/formats.hpp"
#include "backends/d3d12/sync.hpp"
#include "core/byte_count.hpp"
#include "core/message.hpp"

namespace geyser::d3d12 {
namespace {

using detail::text;

constexpr std::uint64_t smallest_staging = std::uint64_t{64} << 10U;

constexpr std::uint64_t pitch_of(std::uint64_t row_bytes) noexcept {
  return detail::ceil_div(row_bytes, D3D12_TEXTURE_DATA_PITCH_ALIGNMENT) * D3D12_TEXTURE_DATA_PITCH_ALIGNMENT;
}
constexpr UINT whole_blocks(std::uint32_t texels, std::uint32_t block) noexcept {
  return static_cast<UINT>(detail::ceil_div(texels, block) * block);
}

}  // namespace

/// A box of one subresource, and its bytes in rows without gaps.
struct Transfer::Box {
  UINT subresource = 0;
  DXGI_FORMAT copy_format = DXGI_FORMAT_UNKNOWN;  ///< of that plane in a buffer
  Offset3D at{};
  Extent3D extent{};       ///< texels
  bool everything = true;  ///< the whole level
  std::uint32_t block_width = 1;
  std::uint32_t block_height = 1;
  std::uint32_t row_bytes = 0;
  std::uint32_t rows = 0;  ///< rows of blocks in a slice
  std::uint64_t first_row = 0;
  std::uint32_t first_slice = 0;

  [[nodiscard]] std::uint64_t pitch() const noexcept { return pitch_of(row_bytes); }
  [[nodiscard]] std::uint64_t staging_bytes() const noexcept { return pitch() * rows * extent.depth; }
};

/// Command list and staging memory of one copy at a time.
struct Transfer::State {
  struct Buffer {
    Com<ID3D12Resource> resource;
    std::uint64_t size = 0;
  };
  Com<ID3D12CommandAllocator> allocator;
  Com<ID3D12GraphicsCommandList> list;
  Buffer upload;
  Buffer readback;
};

Transfer::Transfer(std::shared_ptr<Context> context, std::uint64_t staging_limit) noexcept
    : context_(std::move(context)), staging_limit_(staging_limit) {}
Transfer::~Transfer() = default;

Result<Transfer::State*> Transfer::ready_state(std::uint64_t bytes, bool upload) {
  ID3D12Device& device = *context_->device.get();
  if (!state_) {
    auto made = std::make_unique<State>();
    HRESULT answer = device.CreateCommandAllocator(context_->list_type, iid<ID3D12CommandAllocator>, made->allocator.put());
    if (FAILED(answer)) return context_->error(answer, "ID3D12Device::CreateCommandAllocator");
    answer = device.CreateCommandList(context_->node_mask, context_->list_type, made->allocator.get(), nullptr,
                                      iid<ID3D12GraphicsCommandList>, made->list.put());
    if (FAILED(answer)) return context_->error(answer, "ID3D12Device::CreateCommandList");
    answer = made->list->Close();  // it is made recording
    if (FAILED(answer)) return context_->error(answer, "ID3D12GraphicsCommandList::Close");
    state_ = std::move(made);
  }
  State::Buffer& buffer = upload ? state_->upload : state_->readback;
  if (bytes <= buffer.size) return state_.get();
  const std::uint64_t rounded = std::max(bytes, std::min(std::bit_ceil(std::max(bytes, smallest_staging)), staging_limit_));
  buffer = {};
  D3D12_HEAP_PROPERTIES heap{};
  heap.Type = upload ? D3D12_HEAP_TYPE_UPLOAD : D3D12_HEAP_TYPE_READBACK;
  heap.CreationNodeMask = context_->node_mask;
  heap.VisibleNodeMask = context_->node_mask;
  D3D12_RESOURCE_DESC desc{};
  desc.Dimension = D3D12_RESOURCE_DIMENSION_BUFFER;
  desc.Width = rounded;
  desc.Height = 1;
  desc.DepthOrArraySize = 1;
  desc.MipLevels = 1;
  desc.SampleDesc.Count = 1;
  desc.Layout = D3D12_TEXTURE_LAYOUT_ROW_MAJOR;
  const auto state = upload ? D3D12_RESOURCE_STATE_GENERIC_READ : D3D12_RESOURCE_STATE_COPY_DEST;  // the only ones of these heaps
  const HRESULT answer =
      device.CreateCommittedResource(&heap, D3D12_HEAP_FLAG_NONE, &desc, state, nullptr, iid<ID3D12Resource>, buffer.resource.put());
  if (FAILED(answer)) {
    return context_->error(answer, "ID3D12Device::CreateCommittedResource")
        .with_context(text("allocating ", rounded, " bytes of staging memory"));
  }
  buffer.size = rounded;
  return state_.get();
}

Result<void> Transfer::run(Texture& texture, const Box& piece, bool to_texture, Access& access) {
  State& state = *state_;
  auto before = state_before(texture, access.state());
  if (!before) return std::move(before).error();
  if (const HRESULT answer = state.allocator->Reset(); FAILED(answer)) return context_->error(answer, "ID3D12CommandAllocator::Reset");
  if (const HRESULT answer = state.list->Reset(state.allocator.get(), nullptr); FAILED(answer)) {
    return context_->error(answer, "ID3D12GraphicsCommandList::Reset");
  }
  D3D12_TEXTURE_COPY_LOCATION image{};
  image.pResource = texture.resource.get();
  image.Type = D3D12_TEXTURE_COPY_TYPE_SUBRESOURCE_INDEX;
  image.SubresourceIndex = piece.subresource;
  D3D12_TEXTURE_COPY_LOCATION memory{};
  memory.pResource = (to_texture ? state.upload : state.readback).resource.get();
  memory.Type = D3D12_TEXTURE_COPY_TYPE_PLACED_FOOTPRINT;
  memory.PlacedFootprint.Footprint.Format = piece.copy_format;
  memory.PlacedFootprint.Footprint.Width = whole_blocks(piece.extent.width, piece.block_width);
  memory.PlacedFootprint.Footprint.Height = whole_blocks(piece.extent.height, piece.block_height);
  memory.PlacedFootprint.Footprint.Depth = piece.extent.depth;
  memory.PlacedFootprint.Footprint.RowPitch = static_cast<UINT>(piece.pitch());

  const auto inside = to_texture ? D3D12_RESOURCE_STATE_COPY_DEST : D3D12_RESOURCE_STATE_COPY_SOURCE;
  const auto take = transition(texture, *before, inside);
  const auto give = transition(texture, inside, *before);
  if (*before != inside) state.list->ResourceBarrier(1, &take);
  if (to_texture) {
    state.list->CopyTextureRegion(&image, piece.at.x, piece.at.y, piece.at.z, &memory, nullptr);
  } else {
    // Blocks count whole, at the edge of a level too.
    const D3D12_BOX box{piece.at.x,
                        piece.at.y,
                        piece.at.z,
                        piece.at.x + memory.PlacedFootprint.Footprint.Width,
                        piece.at.y + memory.PlacedFootprint.Footprint.Height,
                        piece.at.z + piece.extent.depth};
    state.list->CopyTextureRegion(&memory, 0, 0, 0, &image, piece.everything ? nullptr : &box);
  }
  if (*before != inside) state.list->ResourceBarrier(1, &give);
  if (const HRESULT answer = state.list->Close(); FAILED(answer)) return context_->error(answer, "ID3D12GraphicsCommandList::Close");

  Result<std::uint64_t> mark = 0;
  {
    const auto lock = context_->lock_queue();
    ID3D12CommandList* const lists[] = {state.list.get()};
    context_->queue->ExecuteCommandLists(1, lists);
    mark = context_->mark();
  }
  Result<bool> done = false;
  if (mark) {
    done = context_->wait_for_mark(*mark, default_gpu_timeout);
  } else {
    done = std::move(mark).error();
  }
  if (done && *done) return {};
  // The GPU may still be at it, with the texture too.
  for (IUnknown* used : {static_cast<IUnknown*>(state.allocator.get()), static_cast<IUnknown*>(state.list.get()),
                         static_cast<IUnknown*>(state.upload.resource.get()), static_cast<IUnknown*>(state.readback.resource.get()),
                         static_cast<IUnknown*>(texture.resource.get())}) {
    context_->retire(Com<IUnknown>::of(used));
  }
  state_.reset();
  if (!done) return std::move(done).error();
  return Error(Errc::timed_out, text("The GPU did not finish the copy within ", default_gpu_timeout.count(),
                                     " s; something before it on the queue does not end."));
}

template <class Each>
Result<void> Transfer::in_pieces(Texture& texture, const Box& box, bool to_texture, Access& access, Each&& each) {
  const bool in_one = has_depth_or_stencil(*format_info(texture.descriptor().format));
  const std::uint64_t slice_bytes = box.pitch() * box.rows;
  const bool whole_slices = in_one || slice_bytes <= staging_limit_;
  const auto slices_at_once = in_one ? box.extent.depth
                              : whole_slices
                                  ? static_cast<std::uint32_t>(std::min<std::uint64_t>(box.extent.depth, staging_limit_ / slice_bytes))
                                  : 1U;
  const auto rows_at_once = whole_slices ? box.rows : static_cast<std::uint32_t>(std::max<std::uint64_t>(1, staging_limit_ / box.pitch()));
  for (std::uint32_t z = 0; z < box.extent.depth; z += slices_at_once) {
    for (std::uint32_t row = 0; row < box.rows; row += rows_at_once) {
      Box piece = box;
      piece.first_slice = z;
      piece.first_row = row;
      piece.rows = std::min(rows_at_once, box.rows - row);
      const std::uint32_t y = row * box.block_height;
      piece.at = {box.at.x, box.at.y + y, box.at.z + z};
      piece.extent = {box.extent.width, std::min(piece.rows * box.block_height, box.extent.height - y),
                      std::min(slices_at_once, box.extent.depth - z)};
      piece.everything = box.everything && piece.extent == box.extent;
      auto state = ready_state(piece.staging_bytes(), to_texture);
      if (!state) return std::move(state).error();
      // The state lives until run() fails; what the buffer is does not change meanwhile.
      const Com<ID3D12Resource> buffer = (to_texture ? (*state)->upload : (*state)->readback).resource;
      const D3D12_RANGE nothing{0, 0};
      const D3D12_RANGE filled{0, static_cast<SIZE_T>(piece.staging_bytes())};
      const auto on_host = [&]() -> Result<void> {
        void* mapped = nullptr;
        const HRESULT answer = buffer->Map(0, to_texture ? &nothing : &filled, &mapped);
        if (FAILED(answer)) return context_->error(answer, "ID3D12Resource::Map");
        each(static_cast<std::byte*>(mapped), piece);
        buffer->Unmap(0, to_texture ? &filled : &nothing);
        return {};
      };
      if (to_texture) {
        if (auto ok = on_host(); !ok) return ok;
      }
      if (auto ok = run(texture, piece, to_texture, access); !ok) return ok;
      if (!to_texture) {
        if (auto ok = on_host(); !ok) return ok;
      }
    }
  }
  return {};
}

namespace {

/// Calls move(staging row, byte where the row starts among bytes without gaps). `tight_rows` is a slice's.
template <class Box, class Move>
void for_each_row(std::byte* mapped, const Box& piece, std::uint32_t tight_rows, Move&& move) {
  for (std::uint32_t z = 0; z < piece.extent.depth; ++z) {
    for (std::uint32_t row = 0; row < piece.rows; ++row) {
      const std::uint64_t tight = (std::uint64_t{piece.first_slice + z} * tight_rows + piece.first_row + row) * piece.row_bytes;
      move(mapped + (std::uint64_t{z} * piece.rows + row) * piece.pitch(), tight);
    }
  }
}

/// Moves the rows of a region between the bytes of its whole level and its own. Depth and stencil: blocks of one texel, one slice.
template <class Move>
void for_each_region_row(const TextureRegion& region, const RegionLayout& layout, std::uint64_t level_row_bytes, std::uint32_t texel_bytes,
                         Move&& move) {
  for (std::uint32_t row = 0; row < layout.rows; ++row) {
    move((region.offset.y + std::uint64_t{row}) * level_row_bytes + std::uint64_t{region.offset.x} * texel_bytes,
         std::uint64_t{row} * layout.row_bytes);
  }
}

template <class Box>
Result<Box> box_of(const Texture& texture, const TextureRegion& region, const RegionLayout& layout) {
  const TextureDescriptor& descriptor = texture.descriptor();
  const FormatInfo& format = *format_info(descriptor.format);
  Box box;
  box.subresource = region.mip_level + descriptor.mip_levels * (region.array_layer + descriptor.array_layers * region.plane);
  const Extent3D level = detail::plane_extent(format.planes[region.plane], mip_extent(descriptor, region.mip_level));
  box.at = region.offset;
  box.extent = layout.extent;
  box.everything = region.offset == Offset3D{} && layout.extent == level;
  box.block_width = format.block_width;
  box.block_height = format.block_height;
  box.row_bytes = layout.row_bytes;
  box.rows = layout.rows;
  // The runtime says what format a plane has in a buffer. For what it cannot copy every number is the highest; Wine 8 gives the planes of
  // depth + stencil as whole texels, whose copies overrun their buffers.
  D3D12_PLACED_SUBRESOURCE_FOOTPRINT footprint{};
  UINT64 level_row_bytes = 0;
  texture.context->device->GetCopyableFootprints(&texture.desc, box.subresource, 1, 0, &footprint, nullptr, &level_row_bytes, nullptr);
  const auto& found = footprint.Footprint;
  const bool same_size = found.Width == whole_blocks(level.width, format.block_width) &&
                         found.Height == whole_blocks(level.height, format.block_height) && found.Depth == level.depth &&
                         level_row_bytes == detail::row_bytes(format, format.planes[region.plane], level.width);
  const bool one_plane = format.plane_count == 1 || found.Format != texture.desc.Format;
  if (!same_size || !one_plane) {
    return Error(Errc::unsupported_format, text("ID3D12Device::GetCopyableFootprints knows no copy of plane ", region.plane, " of ",
                                                format.name, " alone; this system's Direct3D 12 cannot upload it or read it back."));
  }
  box.copy_format = footprint.Footprint.Format;
  return box;
}

/// Depth and stencil planes are copied whole: parts of them only newer devices can copy.
bool must_widen(const Texture& texture, bool everything) noexcept {
  return !everything && has_depth_or_stencil(*format_info(texture.descriptor().format));
}

Result<void> finish(Context& context, const Access& access) {
  const auto& point = access.signal();
  if (!point) return {};
  auto* fence = fence_semaphore(*detail::Private::contents(point->semaphore));
  if (fence == nullptr) return point->semaphore.signal(point->value);  // the copy is over
  const auto lock = context.lock_queue();
  return enqueue_signal(context, *fence, point->value);
}

}  // namespace

Result<void> Transfer::copy_in(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<const std::byte> bytes,
                               Access& access) {
  // On the host: what a peer never signals then leaves nothing on the queue.
  if (auto ok = access.wait(default_gpu_timeout); !ok) return ok;
  const std::lock_guard lock(mutex_);
  context_->collect();
  auto box = box_of<Box>(texture, region, layout);
  if (!box) return std::move(box).error();
  const auto upload = [&](const Box& what, std::span<const std::byte> from) {
    return in_pieces(texture, what, true, access, [&](std::byte* mapped, const Box& piece) {
      for_each_row(mapped, piece, what.rows,
                   [&](std::byte* row, std::uint64_t tight) { std::memcpy(row, from.data() + tight, what.row_bytes); });
    });
  };
  if (must_widen(texture, box->everything)) {
    const TextureRegion all{.mip_level = region.mip_level, .array_layer = region.array_layer, .plane = region.plane};
    auto whole = region_layout(texture.descriptor(), all);
    if (!whole) return std::move(whole).error();
    auto wide = box_of<Box>(texture, all, *whole);
    if (!wide) return std::move(wide).error();
    const Box& level = *wide;
    std::vector<std::byte> content(whole->total_bytes);
    auto kept = in_pieces(texture, level, false, access, [&](std::byte* mapped, const Box& piece) {
      for_each_row(mapped, piece, level.rows,
                   [&](std::byte* row, std::uint64_t tight) { std::memcpy(content.data() + tight, row, level.row_bytes); });
    });
    if (!kept) return kept;
    const std::uint32_t texel = format_info(texture.descriptor().format)->planes[region.plane].block_bytes;
    for_each_region_row(region, layout, level.row_bytes, texel, [&](std::uint64_t in_level, std::uint64_t tight) {
      std::memcpy(content.data() + in_level, bytes.data() + tight, layout.row_bytes);
    });
    if (auto ok = upload(level, content); !ok) return ok;
  } else if (auto ok = upload(*box, bytes); !ok) {
    return ok;
  }
  detail::Private::released(access) = access.state().initialized ? access.state().layout : TextureLayout::general;
  return finish(*context_, access);
}

Result<void> Transfer::copy_out(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<std::byte> bytes,
                                Access& access) {
  if (auto ok = access.wait(default_gpu_timeout); !ok) return ok;
  const std::lock_guard lock(mutex_);
  context_->collect();
  auto made = box_of<Box>(texture, region, layout);
  if (!made) return std::move(made).error();
  Box box = *made;
  const bool widen = must_widen(texture, box.everything);
  RegionLayout wanted = layout;
  if (widen) {
    const TextureRegion all{.mip_level = region.mip_level, .array_layer = region.array_layer, .plane = region.plane};
    auto whole = region_layout(texture.descriptor(), all);
    if (!whole) return std::move(whole).error();
    wanted = *whole;
    auto wide = box_of<Box>(texture, all, wanted);
    if (!wide) return std::move(wide).error();
    box = *wide;
  }
  std::vector<std::byte> level(widen ? wanted.total_bytes : 0);
  std::byte* const to = widen ? level.data() : bytes.data();
  auto read = in_pieces(texture, box, false, access, [&](std::byte* mapped, const Box& piece) {
    for_each_row(mapped, piece, box.rows, [&](std::byte* row, std::uint64_t tight) { std::memcpy(to + tight, row, box.row_bytes); });
  });
  if (!read) return read;
  if (widen) {
    const std::uint32_t texel = format_info(texture.descriptor().format)->planes[region.plane].block_bytes;
    for_each_region_row(region, layout, box.row_bytes, texel, [&](std::uint64_t in_level, std::uint64_t tight) {
      std::memcpy(bytes.data() + tight, level.data() + in_level, layout.row_bytes);
    });
  }
  return finish(*context_, access);
}

}  // namespace geyser::d3d12
