// Shared memory of the host backend, used by the device where it lies: the pages are pinned and mapped, nothing is copied.
#include "backends/cuda/texture.hpp"
#include "core/host_layout.hpp"

namespace geyser::cuda {
Result<std::shared_ptr<Texture>> import_shared_memory(const Maker& maker, TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  Context& context = *maker.context;
  if (auto ok = detail::check_host_layout(info); !ok) return std::move(ok).error();
  const Current current(context);
  if (!current) return current.error();
  // Through a duplicate: the caller keeps the handle when the driver refuses the pages.
  auto copy = handle.handles[0].duplicate();
  if (!copy) return std::move(copy).error();
  auto pages = platform::SharedMemory::open(*copy, info.required_size);
  unsigned flags = api::host_register_portable | api::host_register_device_map;
  if (!pages && context.features.read_only_host_register) {
    auto second = handle.handles[0].duplicate();
    if (!second) return std::move(second).error();
    auto read_only = platform::SharedMemory::open_read_only(*second, info.required_size);
    if (read_only) {
      pages = std::move(read_only);
      flags |= api::host_register_read_only;
    }
  }
  if (!pages) return std::move(pages).error();
  Memory memory(maker.context);
  memory.pages.emplace(*std::move(pages));
  const auto bytes = memory.pages->bytes();
  if (const auto status = context.cu().host_register(bytes.data(), bytes.size(), flags); status != api::Status::success) {
    return context.error(status, "cuMemHostRegister");
  }
  memory.registered = true;
  memory.read_only = (flags & api::host_register_read_only) != 0;
  api::DevicePointer base = 0;
  if (const auto status = context.cu().host_pointer(&base, bytes.data(), 0); status != api::Status::success) {
    return context.error(status, "cuMemHostGetDevicePointer");
  }
  auto texture = std::make_shared<Texture>(maker.backend,
                                           detail::TextureContents::Init{.descriptor = info.descriptor,
                                                                         .handle_type = MemoryHandleType::shared_memory,
                                                                         .imported = true,
                                                                         .allocated_bytes = info.allocation_size,
                                                                         .required_bytes = info.required_size},
                                           std::move(memory));
  texture->base = base;
  handle.handles[0].reset();
  return texture;
}

}  // namespace geyser::cuda
