#include "backends/host/manager.hpp"

#include <limits>

#include "core/guard.hpp"

namespace geyser::host {

Manager::Manager() : Backend("host") {
  capabilities_.identity.name = "host memory";
  capabilities_.identity.driver = "geyser host backend";
  capabilities_.memory = {{.type = MemoryHandleType::shared_memory, .can_export = true, .can_import = true, .why_not = {}}};
  capabilities_.semaphores = {{.kind = SemaphoreKind::host_timeline,
                               .type = SemaphoreHandleType::host_page,
                               .can_export = true,
                               .can_import = true,
                               .why_not = {}}};
}

Result<std::vector<FormatSupport>> Manager::format_support(const TextureDescriptor& descriptor) {
  constexpr std::uint32_t any = std::numeric_limits<std::uint32_t>::max();
  FormatSupport support;
  support.type = MemoryHandleType::shared_memory;
  support.can_export = true;
  support.can_import = true;
  support.dedicated_required = true;
  support.max_extent = {any, any, descriptor.dimension == TextureDimension::d3 ? any : 1};
  support.max_mip_levels = full_mip_chain(descriptor);
  support.max_array_layers = any;
  std::vector<FormatSupport> all;
  all.push_back(std::move(support));
  return all;
}

Result<TextureShareManager> create_manager() {
  return detail::guard([]() -> Result<TextureShareManager> { return detail::Private::make(std::make_shared<Manager>()); });
}

Result<MappedRegion> map(const SharedTexture& texture, const TextureRegion& region) {
  return detail::guard([&]() -> Result<MappedRegion> {
    detail::TextureContents* contents = detail::Private::contents(texture);
    if (contents == nullptr) return Error(Errc::invalid_argument, "The texture is empty; it was moved from.");
    auto* host = dynamic_cast<Texture*>(contents);
    if (host == nullptr) {
      return Error(Errc::device_mismatch, detail::text("The texture belongs to the ", contents->backend()->name(),
                                                       " backend; only host textures can be mapped, others are read back."));
    }
    return host->map(region);
  });
}

}  // namespace geyser::host
