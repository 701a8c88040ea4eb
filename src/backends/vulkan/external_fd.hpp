// File descriptors as memory: what the table of Linux points to.
#pragma once

#include "backends/vulkan/external_types.hpp"

namespace geyser::vulkan {

[[nodiscard]] Result<std::shared_ptr<detail::TextureContents>> allocate_dma_buf(std::shared_ptr<detail::Backend> backend,
                                                                                const std::shared_ptr<Context>& context,
                                                                                const AllocateRequest& request);
[[nodiscard]] Result<std::shared_ptr<detail::TextureContents>> import_dma_buf(std::shared_ptr<detail::Backend> backend,
                                                                              const std::shared_ptr<Context>& context, FormatCache& formats,
                                                                              TextureHandle& handle);
/// The descriptor of the texture's memory. Errors: out_of_memory (no descriptor free), device_lost.
[[nodiscard]] Result<OsHandle> export_memory_fd(const Texture& texture);

}  // namespace geyser::vulkan
