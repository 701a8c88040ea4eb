// Where `publish` takes its frames from: a test picture, a PNG, raw frames on standard input.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "geyser/texture.hpp"

namespace geyser::tools {

class FrameSource {
 public:
  FrameSource() = default;
  FrameSource(const FrameSource&) = delete;
  FrameSource& operator=(const FrameSource&) = delete;
  virtual ~FrameSource() = default;
  /// The bytes of the frame with that number, as upload_frame() takes them; they live until the next call. Empty: there are no more, or the
  /// user asked to stop. Errors: the source's.
  [[nodiscard]] virtual Result<std::optional<std::span<const std::byte>>> next(std::uint64_t number) = 0;
};

/// `pattern`: a name of pattern_from_name() (unchecked). Errors: unsupported_format; invalid_argument (too small for the counter's cells).
[[nodiscard]] Result<std::unique_ptr<FrameSource>> pattern_source(const std::string& pattern, const TextureDescriptor& texture);
/// Sets the texture's extent to the PNG's. Errors: as read_png(); unsupported_format.
[[nodiscard]] Result<std::unique_ptr<FrameSource>> png_source(const std::string& path, TextureDescriptor& texture);
/// Standard input. A frame that ends early is an error that says how many bytes are missing.
[[nodiscard]] Result<std::unique_ptr<FrameSource>> raw_source(const TextureDescriptor& texture);

}  // namespace geyser::tools
