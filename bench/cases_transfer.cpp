// Upload and read-back: the helpers beside the same copy by hand.
#include "bench/pair.hpp"
#include "bench/raw_texture.hpp"

namespace geyser::bench {
namespace {

struct Size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

struct Transfer : Operation {
  Transfer(const Bench& bench, Size size) : manager_(bench.manager_a), texture_(take(manager_.create_shareable_texture(descriptor(size)))) {
    bytes_.assign(std::size_t{4} * size.width * size.height, std::byte{0x5a});
    take(manager_.upload(texture_, {}, bytes_));
  }

 protected:
  TextureShareManager& manager_;
  SharedTexture texture_;
  std::vector<std::byte> bytes_;

 private:
  [[nodiscard]] static TextureDescriptor descriptor(Size size) {
    TextureDescriptor made;
    made.extent = {size.width, size.height, 1};
    made.format = TextureFormat::rgba8_unorm;
    made.usage = TextureUsage::copy_src | TextureUsage::copy_dst | TextureUsage::texture_binding | TextureUsage::render_attachment;
    return made;
  }
};
struct Upload final : Transfer {
  using Transfer::Transfer;
  void run() override { take(manager_.upload(texture_, {}, bytes_)); }
};
struct ReadBack final : Transfer {
  using Transfer::Transfer;
  void run() override { take(manager_.read_back(texture_, {}, bytes_)); }
};

struct RawCopy : Operation {
  RawCopy(const Bench& bench, Size size)
      : device_(bench.a),
        bytes_(std::size_t{4} * size.width * size.height, std::byte{0x5a}),
        transfer_(device_, bytes_.size()),
        image_(create_image(device_, raw_image_info(VK_FORMAT_R8G8B8A8_UNORM, size.width, size.height))) {
    transfer_.upload(image_, false, bytes_);
  }
  ~RawCopy() override { destroy_image(device_, image_); }

 protected:
  const RawDevice& device_;
  std::vector<std::byte> bytes_;
  RawTransfer transfer_;
  RawImage image_;
};
struct RawUpload final : RawCopy {
  using RawCopy::RawCopy;
  void run() override { transfer_.upload(image_, true, bytes_); }
};
struct RawReadBack final : RawCopy {
  using RawCopy::RawCopy;
  void run() override { transfer_.read_back(image_, bytes_); }
};

}  // namespace

void add_transfer_cases(const Bench& bench) {
  const std::pair<const char*, Size> sizes[] = {{"1080p", {1920, 1080}}, {"4K", {3840, 2160}}};
  for (const auto& [name, size] : sizes) {
    add_pair(bench, std::string("upload/") + name, make<Upload>(size), make<RawUpload>(size));
    add_pair(bench, std::string("read_back/") + name, make<ReadBack>(size), make<RawReadBack>(size));
  }
}

}  // namespace geyser::bench
