// Memory of CUDA's own that can be handed over as opaque_fd: plain rows, by virtual memory management. A Vulkan or OpenGL importer binds a
// linear image to it; another CUDA manager maps the same allocation.
#include "backends/cuda/texture.hpp"
#include "core/byte_count.hpp"
#include "core/message.hpp"
#include "platform/handle_identity.hpp"
#include "platform/inheritance.hpp"

namespace geyser::cuda {
namespace {

using detail::text;

/// Gives the allocation an address that this device may read and write.
Result<void> map(Memory& memory, std::uint64_t bytes) {
  const Context& context = *memory.context;
  const Dispatch& cu = context.cu();
  memory.bytes = bytes;
  auto status = cu.vmm_reserve(&memory.address, bytes, 0, 0, 0);
  if (status != api::Status::success) {
    memory.address = 0;
    return context.error(status, "cuMemAddressReserve");
  }
  status = cu.vmm_map(memory.address, bytes, 0, memory.allocation, 0);
  if (status != api::Status::success) return context.error(status, "cuMemMap");
  memory.mapped = true;
  const api::MemoryAccess access{.location = {api::location_device, context.device}, .flags = api::access_read_write};
  status = cu.vmm_set_access(memory.address, bytes, &access, 1);
  if (status != api::Status::success) return context.error(status, "cuMemSetAccess");
  return {};
}

std::shared_ptr<Texture> make(const Maker& maker, Memory memory, const TextureDescriptor& descriptor, std::uint64_t required,
                              std::uint64_t offset, std::uint64_t row_pitch) {
  const std::uint64_t bytes = memory.bytes;
  auto texture = std::make_shared<Texture>(maker.backend,
                                           detail::TextureContents::Init{.descriptor = descriptor,
                                                                         .handle_type = MemoryHandleType::opaque_fd,
                                                                         .imported = maker.imported,
                                                                         .allocated_bytes = bytes,
                                                                         .required_bytes = required},
                                           std::move(memory));
  texture->base = texture->memory.address + offset;
  texture->row_pitch = row_pitch;
  return texture;
}

}  // namespace

Result<std::shared_ptr<Texture>> allocate_vmm(const Maker& maker, const TextureDescriptor& descriptor) {
  Context& context = *maker.context;
  auto layout = region_layout(descriptor, {});
  if (!layout) return std::move(layout).error();
  const auto aligned = [](std::uint64_t value, std::uint64_t step) { return detail::ceil_div(value, step) * step; };
  MemoryPlane plane{.offset = 0, .row_pitch = aligned(layout->row_bytes, linear_row_alignment), .handle_index = 0};
  if (maker.partner != nullptr) {
    auto theirs = maker.partner->linear_rows(descriptor);
    if (!theirs) return std::move(theirs).error().with_context("asking the partner for its row pitch");
    if (*theirs && (*theirs)->row_pitch >= layout->row_bytes) plane = **theirs;
  }
  const auto rows = detail::checked_mul(plane.row_pitch, layout->rows);
  const auto required = rows ? detail::checked_add(*rows, plane.offset) : std::nullopt;
  if (!required || (context.features.memory != 0 && *required > context.features.memory)) {
    return Error(Errc::limit_exceeded, text("The texture needs ", layout->rows, " plain rows of ", plane.row_pitch, " bytes; ",
                                            context.identity.name, " has ", context.features.memory, " bytes."));
  }
  const Current current(context);
  if (!current) return current.error();
  Memory memory(maker.context);
  const auto properties = context.shareable_memory();
  const std::uint64_t bytes = aligned(*required, context.features.vmm_granularity);
  if (const auto status = context.cu().vmm_create(&memory.allocation, bytes, &properties, 0); status != api::Status::success) {
    memory.allocation = 0;
    return context.error(status, "cuMemCreate");
  }
  if (auto ok = map(memory, bytes); !ok) return std::move(ok).error();
  return make(maker, std::move(memory), descriptor, *required, plane.offset, plane.row_pitch);
}

Result<TextureHandle> export_vmm(const Texture& texture) {
  const Context& context = *texture.memory.context;
  const Current current(context);
  if (!current) return current.error();
  int fd = -1;
  if (const auto status = context.cu().vmm_export(&fd, texture.memory.allocation, api::handle_posix_fd, 0);
      status != api::Status::success) {
    return context.error(status, "cuMemExportToShareableHandle");
  }
  TextureHandle handle;
  handle.handles[0].reset(fd);
  platform::keep_from_children(handle.handles[0]);
  TextureHandleInfo& info = handle.info;
  info.type = MemoryHandleType::opaque_fd;
  info.descriptor = texture.descriptor();
  info.exporter = context.identity;
  info.allocation_size = texture.allocated_bytes();
  info.required_size = texture.required_bytes();
  info.memory_type_index = any_memory_type;
  info.dedicated = false;
  info.linear_tiling = true;
  info.native_format = format_info(texture.descriptor().format)->vulkan;
  info.native_usage = vulkan_usage(texture.descriptor());
  info.memory_plane_count = 1;
  info.memory_planes[0] = {.offset = texture.base - texture.memory.address, .row_pitch = texture.row_pitch, .handle_index = 0};
  return handle;
}

Result<std::shared_ptr<Texture>> import_vmm(const Maker& maker, TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  Context& context = *maker.context;
  if (!context.features.vmm) {
    return Error(Errc::unsupported_handle,
                 text("The memory is CUDA's own, but ", context.identity.name, " has no virtual memory management to map it with."));
  }
  if (!info.linear_tiling) return contradiction("linear_tiling", "false", "memory of CUDA's own is always plain rows");
  auto offset = check_linear(info);
  if (!offset) return std::move(offset).error();
  if (info.allocation_size % context.features.vmm_granularity != 0) {
    return contradiction("allocation_size", text(info.allocation_size, " bytes"),
                         text("allocations of this device are multiples of ", context.features.vmm_granularity));
  }
  if (!platform::may_be_memory(handle.handles[0], info.allocation_size)) {
    return Error(Errc::protocol_error, text("The OS handle is no memory of ", info.allocation_size,
                                            " bytes (a pipe, a socket, or a shorter file); pass the handle that export_texture() made."));
  }
  const Current current(context);
  if (!current) return current.error();
  Memory memory(maker.context);
  // The driver takes a descriptor in the place of a pointer, and leaves it with the caller.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  auto* const value = reinterpret_cast<void*>(static_cast<std::intptr_t>(handle.handles[0].fd()));
  if (const auto status = context.cu().vmm_import(&memory.allocation, value, api::handle_posix_fd); status != api::Status::success) {
    memory.allocation = 0;
    auto error = context.error(status, "cuMemImportFromShareableHandle");
    if (error.code() == Errc::device_lost || error.code() == Errc::out_of_memory) return error;
    return Error(Errc::protocol_error, text("The handle is no memory that a CUDA driver exported: ", error.message()), ErrorDomain::cuda,
                 static_cast<int>(status));
  }
  if (auto ok = map(memory, info.allocation_size); !ok) return std::move(ok).error();
  auto texture = make(maker, std::move(memory), info.descriptor, info.required_size, *offset, info.memory_planes[0].row_pitch);
  handle.handles[0].reset();
  return texture;
}

}  // namespace geyser::cuda
