// Textures: create, export, import, views, pool.
#include <gtest/gtest.h>

#include "fake_vulkan/scenario.hpp"

namespace fake_vulkan {

using geyser::MemoryHandleType;
using geyser::Result;
using geyser::TextureDescriptor;
using geyser::TextureDimension;
using geyser::TextureFormat;

namespace {

struct Kind {
  std::string name;
  TextureDescriptor descriptor;
  MemoryHandleType type = MemoryHandleType::opaque_fd;
};

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  const auto add = [&all](std::string name, TextureDescriptor d, MemoryHandleType type = MemoryHandleType::opaque_fd) {
    all.push_back({std::move(name), std::move(d), type});
  };
  add("d2", descriptor());
  auto mips = descriptor();
  mips.dimension = TextureDimension::d2_array;
  mips.mip_levels = 4;
  mips.array_layers = 3;
  add("d2_array_with_mips", mips);
  auto cube = descriptor(TextureFormat::rgba16_float, 16, 16);
  cube.dimension = TextureDimension::cube;
  cube.array_layers = 6;
  add("cube", cube);
  auto d3 = descriptor(TextureFormat::r32_float, 16, 8);
  d3.dimension = TextureDimension::d3;
  d3.extent.depth = 4;
  add("d3", d3);
  add("depth_stencil", descriptor(TextureFormat::depth32_float_stencil8));
  add("bc7", descriptor(TextureFormat::bc7_rgba_unorm));
  add("nv12", descriptor(TextureFormat::nv12));
  add("dma_buf", descriptor(), MemoryHandleType::dma_buf);
  add("dma_buf_nv12", descriptor(TextureFormat::nv12), MemoryHandleType::dma_buf);
  return all;
}

Config config_for(const Kind& kind) {
  Config config;
  config.devices = {kind.type == MemoryHandleType::dma_buf ? mesa_like() : nvidia_like()};
  return config;
}

void create(World& w, const Kind& kind) {
  open_managers(w);
  geyser::CreateOptions options;
  options.handle_type = kind.type;
  w.texture = must(w.producer().create_shareable_texture(kind.descriptor, options));
}

void attach(World& w) {
  w.semaphore = must(w.producer().create_shared_semaphore());
  must(w.producer().attach_semaphore(*w.texture, w.semaphore));
}

void caller_owns_handle(World& w) {
  ASSERT_TRUE(w.handle.has_value());
  EXPECT_EQ(w.handle->handle_count(), 1U);
  EXPECT_TRUE(!w.handle->ready_semaphore || w.handle->ready_semaphore->handle);
  EXPECT_TRUE(validate(*w.handle));
}

}  // namespace

std::vector<Scenario> texture_scenarios() {
  std::vector<Scenario> all;
  for (const Kind& kind : kinds()) {
    all.push_back({"create_texture_" + kind.name, config_for(kind), [](World& w) { open_managers(w); },
                   [kind](World& w) {
                     geyser::CreateOptions options;
                     options.handle_type = kind.type;
                     return keep(w.texture, w.producer().create_shareable_texture(kind.descriptor, options));
                   }});
    all.push_back({"export_texture_" + kind.name, config_for(kind), [kind](World& w) { create(w, kind); },
                   [](World& w) { return keep(w.handle, w.producer().export_texture(*w.texture)); }});
    all.push_back({"import_texture_" + kind.name, config_for(kind),
                   [kind](World& w) {
                     create(w, kind);
                     w.handle = must(w.producer().export_texture(*w.texture));
                   },
                   [](World& w) { return keep(w.imported, w.consumer().import_texture(std::move(*w.handle))); }, caller_owns_handle});
  }
  const Kind plain = kinds()[0];
  all.push_back({"export_texture_with_ready_semaphore", config_for(plain),
                 [plain](World& w) {
                   create(w, plain);
                   attach(w);
                 },
                 [](World& w) { return keep(w.handle, w.producer().export_texture(*w.texture)); }});
  all.push_back({"import_texture_with_ready_semaphore", config_for(plain),
                 [plain](World& w) {
                   create(w, plain);
                   attach(w);
                   w.handle = must(w.producer().export_texture(*w.texture));
                 },
                 [](World& w) { return keep(w.imported, w.consumer().import_texture(std::move(*w.handle))); }, caller_owns_handle});
  all.push_back({"format_support", config_for(kinds().back()), [](World& w) { open_managers(w); },
                 [](World& w) -> Result<void> {
                   auto support = w.producer().format_support(descriptor(TextureFormat::nv12));
                   if (!support) return std::move(support).error();
                   return {};
                 }});
  all.push_back({"pool_acquire", config_for(plain),
                 [](World& w) {
                   open_managers(w);
                   w.pool.emplace(w.producer());
                 },
                 [](World& w) { return keep(w.pooled, w.pool->acquire(descriptor())); }});
  all.push_back({"view",
                 config_for(plain),
                 [plain](World& w) { create(w, plain); },
                 [](World& w) -> Result<void> {
                   for (const auto format : {TextureFormat::undefined, TextureFormat::rgba8_srgb}) {
                     geyser::vulkan::ViewInfo info;
                     info.format = format;
                     auto made = geyser::vulkan::view(*w.texture, info);
                     if (!made) return std::move(made).error();
                   }
                   return {};
                 },
                 {},
                 {},
                 {"VkImageView"}});
  return all;
}

}  // namespace fake_vulkan
