// Host memory: a frame is filled with its number.
#include <array>
#include <cstring>

#include "bench/stream/engine.hpp"
#include "geyser/host.hpp"

namespace geyser::bench {

TextureDescriptor descriptor_of(std::uint32_t width, std::uint32_t height) {
  TextureDescriptor made;
  made.extent = {width, height, 1};
  made.format = TextureFormat::rgba8_unorm;
  made.usage = TextureUsage::copy_src | TextureUsage::copy_dst | TextureUsage::texture_binding | TextureUsage::render_attachment;
  return made;
}

namespace {

void fill(const host::MappedRegion& region, std::uint64_t number, bool all) {
  if (all) {
    for (std::uint32_t row = 0; row < region.layout.rows; ++row) {
      std::memset(region.data + row * region.row_pitch, static_cast<int>(number & 0xffU), region.layout.row_bytes);
    }
  }
  std::memcpy(region.data, &number, sizeof number);
}

class HostClears final : public PlainClears {
 public:
  HostClears(TextureShareManager& manager, const Size& size) {
    for (int i = 0; i < 3; ++i) textures_.push_back(must(manager.create_shareable_texture(descriptor_of(size.width, size.height))));
  }
  void run() override {
    ++number_;
    fill(must(host::map(textures_[number_ % textures_.size()])), number_, true);
  }

 private:
  std::vector<SharedTexture> textures_;
  std::uint64_t number_ = 0;
};

class HostEngine final : public Engine {
 public:
  HostEngine() : manager_(must(host::create_manager())) {}
  TextureShareManager& manager() override { return manager_; }
  void draw(WriteFrame& frame, Drawing drawing) override {
    fill(must(host::map(frame.texture())), frame.number(), drawing == Drawing::clear);
  }
  void use(ReadFrame& frame) override {
    if (!looks_right(frame)) throw std::runtime_error("a frame's content is not that of its number");
  }
  bool looks_right(ReadFrame& frame) override {
    must(frame.access().wait(std::chrono::seconds(5)));
    std::uint64_t number = 0;
    std::memcpy(&number, must(host::map(frame.texture())).data, sizeof number);
    return number == frame.info().number;
  }
  void settle() override {}
  std::unique_ptr<PlainClears> plain_clears(const Size& size) override { return std::make_unique<HostClears>(manager_, size); }

 private:
  TextureShareManager manager_;
};

}  // namespace

std::unique_ptr<Engine> open_host() { return std::make_unique<HostEngine>(); }

}  // namespace geyser::bench
