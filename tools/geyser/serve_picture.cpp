#include "tools/geyser/serve_picture.hpp"

#include <algorithm>

#include "core/message.hpp"
#include "tools/common/picture.hpp"

namespace geyser::tools::web {
namespace {

using detail::text;

/// Formats whose bytes are sent as they are.
[[nodiscard]] std::optional<PixelOrder> plain_order(TextureFormat format) noexcept {
  switch (format) {
    case TextureFormat::rgba8_unorm:
    case TextureFormat::rgba8_srgb:
      return PixelOrder::rgba;
    case TextureFormat::bgra8_unorm:
    case TextureFormat::bgra8_srgb:
      return PixelOrder::bgra;
    default:
      return std::nullopt;
  }
}

[[nodiscard]] std::int64_t in_microseconds(const Timestamp& time) { return time.nanoseconds / 1000; }

}  // namespace

BufferPool::Buffer BufferPool::take(std::size_t bytes) {
  std::unique_ptr<std::vector<std::byte>> buffer;
  {
    const std::lock_guard lock(shelf_->mutex);
    if (!shelf_->free.empty()) {
      buffer = std::move(shelf_->free.back());
      shelf_->free.pop_back();
    }
  }
  if (buffer == nullptr) buffer = std::make_unique<std::vector<std::byte>>();
  buffer->resize(bytes);
  return Buffer(buffer.release(), [shelf = shelf_](std::vector<std::byte>* used) {
    std::unique_ptr<std::vector<std::byte>> back(used);
    constexpr std::size_t kept = 4;
    const std::lock_guard lock(shelf->mutex);
    if (shelf->free.size() < kept) shelf->free.push_back(std::move(back));
  });
}

Result<void> check_showable(const TextureDescriptor& texture) {
  const FormatInfo* info = format_info(texture.format);
  const bool showable = texture.dimension == TextureDimension::d2 && info != nullptr &&
                        (info->kind == FormatKind::color || info->kind == FormatKind::planar) && info->block_width == 1;
  if (showable) return {};
  return Error(Errc::unsupported_format,
               text("The stream has ", describe(texture), "; browsers are shown flat textures of colour or planar formats."));
}

PixelOrder order_of(TextureFormat format) noexcept { return plain_order(format).value_or(PixelOrder::rgba); }

void NewestPicture::replace(ReadFrame frame) {
  const TextureDescriptor& texture = frame.texture().descriptor();
  number_ = frame.info().number;
  timestamp_ = in_microseconds(frame.info().timestamp);
  published_ = in_microseconds(frame.info().published);
  size_ = {texture.extent.width, texture.extent.height};
  order_ = order_of(texture.format);
  made_.clear();
  frame_ = std::move(frame);
}

void NewestPicture::clear() {
  frame_.reset();
  made_.clear();
  number_ = 0;
}

Result<void> NewestPicture::read() {
  if (!frame_) return {};
  const TextureDescriptor texture = frame_->texture().descriptor();
  if (auto ok = check_showable(texture); !ok) return ok;
  const FormatInfo& info = *format_info(texture.format);
  std::size_t total = 0;
  std::vector<std::size_t> sizes;
  for (std::uint32_t plane = 0; plane < info.plane_count; ++plane) {
    const auto layout = region_layout(texture, {.plane = plane});
    if (!layout) return layout.error().clone();
    sizes.push_back(static_cast<std::size_t>(layout->total_bytes));
    total += sizes.back();
  }
  const BufferPool::Buffer bytes = pool_.take(total);
  std::size_t offset = 0;
  for (std::uint32_t plane = 0; plane < info.plane_count; offset += sizes[plane++]) {
    if (auto ok = frame_->read_back({.plane = plane}, std::span(*bytes).subspan(offset, sizes[plane])); !ok) return ok;
  }
  frame_.reset();
  if (plain_order(texture.format)) {
    made_.emplace_back(size_, bytes);
    return {};
  }
  auto picture = decode(*bytes, size_.width, size_.height, texture.format);
  if (!picture) return std::move(picture).error();
  made_.emplace_back(size_, std::make_shared<std::vector<std::byte>>(std::move(picture->rgba)));
  return {};
}

Result<Payload> NewestPicture::pixels(Size size) {
  if (auto ok = read(); !ok) return std::move(ok).error();
  const auto of = [this](Size wanted) { return std::ranges::find(made_, wanted, &std::pair<Size, Payload>::first); };
  const auto whole = of(size_);
  if (whole == made_.end()) return Error(Errc::invalid_state, "There is no frame yet.");
  if (const auto found = of(size); found != made_.end()) return found->second;
  const BufferPool::Buffer smaller = pool_.take(std::size_t{size.width} * size.height * 4);
  shrink(*whole->second, size_, *smaller, size);
  made_.emplace_back(size, smaller);
  return Payload(smaller);
}

}  // namespace geyser::tools::web
