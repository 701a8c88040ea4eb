// Creating, exporting, importing and destroying textures.
#include <optional>

#include "bench/pair.hpp"
#include "bench/raw_texture.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::bench {
namespace {

struct Shape {
  TextureFormat format = TextureFormat::rgba8_unorm;
  VkFormat native = VK_FORMAT_R8G8B8A8_UNORM;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};
constexpr Shape full_hd{TextureFormat::rgba8_unorm, VK_FORMAT_R8G8B8A8_UNORM, 1920, 1080};
constexpr Shape ultra_hd{TextureFormat::rgba8_unorm, VK_FORMAT_R8G8B8A8_UNORM, 3840, 2160};
[[nodiscard]] constexpr Shape square(std::uint32_t size) { return {TextureFormat::rgba8_unorm, VK_FORMAT_R8G8B8A8_UNORM, size, size}; }

[[nodiscard]] TextureDescriptor descriptor(const Shape& shape) {
  TextureDescriptor made;
  made.extent = {shape.width, shape.height, 1};
  made.format = shape.format;
  made.usage = TextureUsage::copy_src | TextureUsage::copy_dst | TextureUsage::texture_binding | TextureUsage::render_attachment;
  return made;
}
[[nodiscard]] RawImageInfo image_info(const Shape& shape) { return raw_image_info(shape.native, shape.width, shape.height); }

/// A floor that makes another image than the library does would be no floor.
void require_same_parameters(const SharedTexture& texture, const RawImageInfo& info) {
  const vulkan::NativeTexture native = take(vulkan::native(texture));
  if (native.format != info.format || native.usage != info.usage || native.flags != info.flags ||
      native.tiling != VK_IMAGE_TILING_OPTIMAL) {
    throw std::runtime_error("the floor's image differs from the library's: usage " + std::to_string(info.usage) + " and " +
                             std::to_string(native.usage) + ", flags " + std::to_string(info.flags) + " and " +
                             std::to_string(native.flags));
  }
}
void require_memory_fd(const RawDevice& device) {
  if (!device.has_extension(VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME)) throw Unsupported("the device has no VK_KHR_external_memory_fd");
}

// Library.

class Texture : public Operation {
 public:
  Texture(const Bench& bench, Shape shape) : bench_(bench), descriptor_(descriptor(shape)) {
    const SharedTexture probe = take(bench_.manager_a.create_shareable_texture(descriptor_));
    if (probe.handle_type() == MemoryHandleType::opaque_fd) require_same_parameters(probe, image_info(shape));
  }

 protected:
  void create() { texture_.emplace(take(bench_.manager_a.create_shareable_texture(descriptor_))); }
  void export_() { handle_.emplace(take(bench_.manager_a.export_texture(*texture_))); }
  void import() { imported_.emplace(take(bench_.manager_b.import_texture(std::move(*handle_)))); }

  const Bench& bench_;
  TextureDescriptor descriptor_;
  std::optional<SharedTexture> texture_;
  std::optional<TextureHandle> handle_;
  std::optional<SharedTexture> imported_;
};

struct Create final : Texture {
  using Texture::Texture;
  void run() override { create(); }
  void after() override { texture_.reset(); }
};
struct Destroy final : Texture {
  using Texture::Texture;
  void before() override { create(); }
  void run() override { texture_.reset(); }
};
struct Export final : Texture {
  Export(const Bench& bench, Shape shape) : Texture(bench, shape) { create(); }
  void run() override { export_(); }
  void after() override { handle_.reset(); }
};
struct Import final : Texture {
  Import(const Bench& bench, Shape shape) : Texture(bench, shape) { create(); }
  void before() override { export_(); }
  void run() override { import(); }
  void after() override {
    imported_.reset();
    handle_.reset();
  }
};
struct RoundTrip final : Texture {
  RoundTrip(const Bench& bench, Shape shape) : Texture(bench, shape) { create(); }
  void run() override {
    export_();
    import();
    imported_.reset();
  }
};
struct Lifecycle final : Texture {
  using Texture::Texture;
  void run() override {
    create();
    export_();
    handle_.reset();
    texture_.reset();
  }
};
struct Memory final : Texture {
  using Texture::Texture;
  void run() override { create(); }
  void after() override {
    allocated_ = static_cast<double>(texture_->allocated_bytes());
    required_ = static_cast<double>(texture_->required_bytes());
    texture_.reset();
  }
  std::map<std::string, double> figures() const override {
    return {{"allocated_bytes", allocated_}, {"required_bytes", required_}, {"allocated_over_required", allocated_ / required_}};
  }

 private:
  double allocated_ = 0;
  double required_ = 0;
};

// Floor.

class RawTexture : public Operation {
 public:
  RawTexture(const Bench& bench, Shape shape) : a_(bench.a), b_(bench.b), info_(image_info(shape)) {
    require_memory_fd(a_);
    image_ = create_image(a_, info_);
    destroy();
  }
  ~RawTexture() override {
    destroy();
    close_handle(handle_);
  }

 protected:
  void create() { image_ = create_image(a_, info_); }
  void destroy() {
    if (image_.image != VK_NULL_HANDLE) destroy_image(a_, image_);
  }
  void export_() { handle_ = export_image(a_, image_); }
  void import() { imported_ = import_image(b_, handle_); }
  void destroy_imported() { destroy_image(b_, imported_); }

  const RawDevice& a_;
  const RawDevice& b_;
  RawImageInfo info_;
  RawImage image_;
  RawHandle handle_;
  RawImage imported_;
};

struct RawCreate final : RawTexture {
  using RawTexture::RawTexture;
  void run() override { create(); }
  void after() override { destroy(); }
};
struct RawDestroy final : RawTexture {
  using RawTexture::RawTexture;
  void before() override { create(); }
  void run() override { destroy(); }
};
struct RawExport final : RawTexture {
  RawExport(const Bench& bench, Shape shape) : RawTexture(bench, shape) { create(); }
  void run() override { export_(); }
  void after() override { close_handle(handle_); }
};
struct RawImport final : RawTexture {
  RawImport(const Bench& bench, Shape shape) : RawTexture(bench, shape) { create(); }
  void before() override { export_(); }
  void run() override { import(); }
  void after() override { destroy_imported(); }
};
struct RawRoundTrip final : RawTexture {
  RawRoundTrip(const Bench& bench, Shape shape) : RawTexture(bench, shape) { create(); }
  void run() override {
    export_();
    import();
    destroy_imported();
  }
};
struct RawLifecycle final : RawTexture {
  using RawTexture::RawTexture;
  void run() override {
    create();
    export_();
    close_handle(handle_);
    destroy();
  }
};
struct RawMemory final : RawTexture {
  using RawTexture::RawTexture;
  void run() override { create(); }
  void after() override {
    allocated_ = static_cast<double>(image_.allocated);
    required_ = static_cast<double>(image_.required);
    destroy();
  }
  std::map<std::string, double> figures() const override {
    return {{"allocated_bytes", allocated_}, {"required_bytes", required_}, {"allocated_over_required", allocated_ / required_}};
  }

 private:
  double allocated_ = 0;
  double required_ = 0;
};

template <class Library, class Floor>
void add(const Bench& bench, const std::string& name, Shape shape) {
  add_pair(bench, name, make<Library>(shape), make<Floor>(shape));
}

}  // namespace

void add_texture_cases(const Bench& bench) {
  for (const std::uint32_t size : {256U, 512U, 1024U, 2048U}) {
    add<Create, RawCreate>(bench, "texture_creation/" + std::to_string(size), square(size));
  }
  const std::pair<const char*, Shape> screens[] = {{"1080p", full_hd}, {"4K", ultra_hd}};
  for (const auto& [name, shape] : screens) {
    const std::string size = name;
    add<Create, RawCreate>(bench, "texture_creation/" + size, shape);
    add<Export, RawExport>(bench, "texture_export/" + size, shape);
    add<Import, RawImport>(bench, "texture_import/" + size, shape);
    add<Destroy, RawDestroy>(bench, "texture_destroy/" + size, shape);
    add<Lifecycle, RawLifecycle>(bench, "texture_lifecycle/" + size, shape);
  }
  add<Export, RawExport>(bench, "texture_export", square(1024));
  add<Import, RawImport>(bench, "texture_import", square(1024));
  add<Destroy, RawDestroy>(bench, "texture_destroy", square(1024));
  add<RoundTrip, RawRoundTrip>(bench, "export_import_roundtrip", square(1024));
  const std::pair<const char*, Shape> formats[] = {
      {"RGBA8", {TextureFormat::rgba8_unorm, VK_FORMAT_R8G8B8A8_UNORM, 1024, 1024}},
      {"RGBA16F", {TextureFormat::rgba16_float, VK_FORMAT_R16G16B16A16_SFLOAT, 1024, 1024}},
      {"RGBA32F", {TextureFormat::rgba32_float, VK_FORMAT_R32G32B32A32_SFLOAT, 1024, 1024}},
      {"Depth32F", {TextureFormat::depth32_float, VK_FORMAT_D32_SFLOAT, 1024, 1024}},
  };
  for (const auto& [name, shape] : formats) add<Create, RawCreate>(bench, std::string("texture_formats/") + name, shape);
  for (const std::uint32_t size : {512U, 1024U, 2048U, 4096U}) {
    add<Memory, RawMemory>(bench, "memory_overhead/" + std::to_string(size), square(size));
  }
}

}  // namespace geyser::bench
