// dma-bufs through EGL images. Compiled, and tried over an emulation of EGL's side; never run: no machine here has a DRM node.
#pragma once

#include <unordered_map>

#include "backends/opengl/texture.hpp"

namespace geyser::opengl {

/// What the EGL display of the adopted context can do. Threading: everything but support() in the context's thread.
class DmaBuf {
 public:
  /// The context is current.
  explicit DmaBuf(const AdoptedContext& context);
  DmaBuf(const DmaBuf&) = delete;
  DmaBuf& operator=(const DmaBuf&) = delete;
  ~DmaBuf();
  /// The entry of Capabilities::memory.
  [[nodiscard]] MemoryHandleSupport capability() const;
  [[nodiscard]] FormatSupport support(const FormatCaps& formats, const TextureDescriptor& descriptor) const;

  [[nodiscard]] Result<std::shared_ptr<Texture>> import(std::shared_ptr<detail::Backend> backend,
                                                        const std::shared_ptr<AdoptedContext>& context, const FormatCaps& formats,
                                                        TextureHandle& handle) const;
  [[nodiscard]] Result<std::shared_ptr<Texture>> allocate(std::shared_ptr<detail::Backend> backend,
                                                          const std::shared_ptr<AdoptedContext>& context, const FormatCaps& formats,
                                                          const TextureDescriptor& descriptor, const CreateOptions& options) const;
  [[nodiscard]] Result<TextureHandle> export_memory(const Texture& texture, const DeviceIdentity& exporter) const;

 private:
  struct Display;
  [[nodiscard]] std::string why_not(const FormatCaps& formats, const TextureDescriptor& descriptor) const;
  std::shared_ptr<const Display> display_;  // images keep it
};

}  // namespace geyser::opengl
