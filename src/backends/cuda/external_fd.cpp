// OPAQUE_FD memory of another API on the same device: plain rows as a buffer, everything else as arrays. What the exporter says is compared
// with what this side computes before the driver sees the handle.
#include "backends/cuda/texture.hpp"
#include "core/byte_count.hpp"
#include "core/imported_fd.hpp"
#include "core/message.hpp"
#include "platform/handle_identity.hpp"

namespace geyser::cuda {

using detail::text;

Error contradiction(std::string_view field, const std::string& given, const std::string& expected) {
  return Error(Errc::protocol_error, text("TextureHandleInfo::", field, " is ", given, "; ", expected, "."));
}

Result<std::uint64_t> check_linear(const TextureHandleInfo& info) {
  if (const auto why = why_not_linear(info.descriptor); !why.empty()) {
    return Error(Errc::unsupported_format, text("CUDA cannot use this texture as plain memory: ", why, "."));
  }
  if (info.memory_plane_count != 1) {
    return contradiction("memory_plane_count", text(info.memory_plane_count), "a linear texture of one plane has exactly 1");
  }
  auto layout = region_layout(info.descriptor, {});
  if (!layout) return std::move(layout).error();
  const MemoryPlane& plane = info.memory_planes[0];
  if (plane.row_pitch < layout->row_bytes) {
    return contradiction("memory_planes[0].row_pitch", text(plane.row_pitch), text("a row has ", layout->row_bytes, " bytes"));
  }
  // validate() made sure that offset and row pitch are no larger than the allocation.
  const auto rows = detail::checked_mul(plane.row_pitch, layout->rows - 1);
  const auto to_last = rows ? detail::checked_add(*rows, layout->row_bytes) : std::nullopt;
  const auto end = to_last ? detail::checked_add(*to_last, plane.offset) : std::nullopt;
  if (!end || *end > info.allocation_size) {
    return contradiction("allocation_size", text(info.allocation_size, " bytes"),
                         text(layout->rows, " rows of ", plane.row_pitch, " bytes from offset ", plane.offset, " on do not fit into it"));
  }
  return plane.offset;
}

namespace {

Result<void> check_sizes(const Context& context, const TextureHandleInfo& info) {
  const FormatInfo& format = *format_info(info.descriptor.format);
  if (info.native_format != format.vulkan) {
    return contradiction("native_format", text(info.native_format), text("VkFormat of ", format.name, " is ", format.vulkan));
  }
  auto content = content_bytes(info.descriptor);
  if (!content) return std::move(content).error();
  if (info.required_size < *content) {
    return contradiction("required_size", text(info.required_size, " bytes"), text("the texels alone have ", *content));
  }
  if (context.features.memory != 0 && info.allocation_size > context.features.memory) {
    return contradiction("allocation_size", text(info.allocation_size, " bytes"), text("the device has ", context.features.memory));
  }
  return {};
}

/// Gives the driver a duplicate: it owns what it accepted, even when a later step fails.
Result<void> import_memory(Memory& memory, const Maker& maker, const TextureHandleInfo& info, const OsHandle& original) {
  auto spare = original.duplicate();
  if (!spare) return std::move(spare).error();
  if (!platform::may_be_memory(*spare, info.allocation_size)) {
    return Error(Errc::protocol_error, text("The OS handle is no memory of ", info.allocation_size,
                                            " bytes (a pipe, a socket, or a shorter file); pass the handle that export_texture() made."));
  }
  if (maker.imported && maker.partner != nullptr) {
    if (auto ok = maker.partner->check_own_kind(*spare); !ok) return ok;
  }
  api::ExternalMemoryHandleDesc handle{};
  handle.type = api::opaque_fd;
  handle.handle.fd = spare->fd();
  handle.size = info.allocation_size;
  handle.flags = info.dedicated ? api::external_memory_dedicated : 0;
  const auto status = memory.context->cu().external_memory_import(&memory.external, &handle);
  if (status == api::Status::success) {
    static_cast<void>(spare->release());
    return {};
  }
  memory.external = nullptr;
  detail::settle_failed_import(*spare, original);
  const auto error = memory.context->error(status, "cuImportExternalMemory");
  if (error.code() == Errc::device_lost || error.code() == Errc::out_of_memory) return error.clone();
  return Error(Errc::protocol_error, text("The handle is no memory that this driver exported, or of another size: ", error.message()),
               ErrorDomain::cuda, static_cast<int>(status));
}

Result<void> map_rows(Memory& memory, const TextureHandleInfo& info) {
  api::ExternalMemoryBufferDesc buffer{};
  buffer.size = info.allocation_size;
  const auto status = memory.context->cu().external_memory_buffer(&memory.buffer, memory.external, &buffer);
  if (status == api::Status::success) return {};
  memory.buffer = 0;
  return memory.context->error(status, "cuExternalMemoryGetMappedBuffer");
}

Result<void> map_array(Memory& memory, const TextureHandleInfo& info, const ArrayShape& shape) {
  api::ExternalMemoryMipmappedArrayDesc array{};
  array.array = array_descriptor(info.descriptor, shape);
  array.levels = info.descriptor.mip_levels;
  const auto status = memory.context->cu().external_memory_array(&memory.array, memory.external, &array);
  if (status == api::Status::success) return {};
  memory.array = nullptr;
  auto error = memory.context->error(status, "cuExternalMemoryGetMappedMipmappedArray");
  if (status != api::Status::invalid_value && status != api::Status::not_supported) return error;
  return Error(Errc::unsupported_format, text("The CUDA driver does not map ", describe(info.descriptor), ": ", error.message()),
               ErrorDomain::cuda, static_cast<int>(status));
}

}  // namespace

Result<std::shared_ptr<Texture>> import_opaque_fd(const Maker& maker, TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  if (auto ok = check_sizes(*maker.context, info); !ok) return std::move(ok).error();
  ArrayShape shape;
  std::uint64_t offset = 0;
  if (info.linear_tiling) {
    auto checked = check_linear(info);
    if (!checked) return std::move(checked).error();
    offset = *checked;
  } else {
    auto found = array_shape(*maker.context, info.descriptor);
    if (!found) return std::move(found).error();
    shape = *found;
    if (auto ok = check_array_limits(maker.context->features, info.descriptor); !ok) return std::move(ok).error();
  }
  const Current current(*maker.context);
  if (!current) return current.error();
  Memory memory(maker.context);
  if (auto ok = import_memory(memory, maker, info, handle.handles[0]); !ok) return std::move(ok).error();
  if (auto ok = info.linear_tiling ? map_rows(memory, info) : map_array(memory, info, shape); !ok) return std::move(ok).error();
  auto texture = std::make_shared<Texture>(maker.backend,
                                           detail::TextureContents::Init{.descriptor = info.descriptor,
                                                                         .handle_type = MemoryHandleType::opaque_fd,
                                                                         .imported = maker.imported,
                                                                         .allocated_bytes = info.allocation_size,
                                                                         .required_bytes = info.required_size},
                                           std::move(memory));
  texture->shape = shape;
  if (info.linear_tiling) {
    texture->base = texture->memory.buffer + offset;
    texture->row_pitch = info.memory_planes[0].row_pitch;
  }
  handle.handles[0].reset();
  return texture;
}

}  // namespace geyser::cuda
