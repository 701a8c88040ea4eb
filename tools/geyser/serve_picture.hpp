// The newest frame of a stream in host memory: read back once, whoever wants it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "geyser/subscriber.hpp"
#include "tools/geyser/serve_scale.hpp"
#include "tools/geyser/serve_watcher.hpp"

namespace geyser::tools::web {

/// Buffers that come back when their last user lets go, from any thread.
class BufferPool {
 public:
  using Buffer = std::shared_ptr<std::vector<std::byte>>;
  [[nodiscard]] Buffer take(std::size_t bytes);

 private:
  struct Shelf {
    std::mutex mutex;
    std::vector<std::unique_ptr<std::vector<std::byte>>> free;
  };
  std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
};

/// Errors: unsupported_format, naming it, for what cannot become RGBA with 8 bits a channel.
[[nodiscard]] Result<void> check_showable(const TextureDescriptor& texture);

/// How a stream of this format is sent. Errors: none; other formats become RGBA.
[[nodiscard]] PixelOrder order_of(TextureFormat format) noexcept;

/// Threading: one thread at a time.
class NewestPicture {
 public:
  /// Takes over the frame, unread; the one before is let go.
  void replace(ReadFrame frame);
  void clear();
  [[nodiscard]] bool present() const noexcept { return number_ != 0; }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] std::int64_t timestamp() const noexcept { return timestamp_; }
  [[nodiscard]] std::int64_t published() const noexcept { return published_; }
  [[nodiscard]] Size size() const noexcept { return size_; }
  [[nodiscard]] PixelOrder order() const noexcept { return order_; }
  /// Copies the frame out, if that has not been done, and releases it. Errors: as ReadFrame::read_back(), check_showable().
  [[nodiscard]] Result<void> read();
  /// Its pixels, `size` or smaller; made once for each size. Errors: as read().
  [[nodiscard]] Result<Payload> pixels(Size size);

 private:
  BufferPool pool_;
  std::optional<ReadFrame> frame_;
  std::uint64_t number_ = 0;
  std::int64_t timestamp_ = 0;
  std::int64_t published_ = 0;
  Size size_;
  PixelOrder order_ = PixelOrder::rgba;
  std::vector<std::pair<Size, Payload>> made_;
};

}  // namespace geyser::tools::web
