#include "tools/geyser/frame_source.hpp"

#include "core/message.hpp"
#include "platform/system_error.hpp"
#include "tools/common/pattern_frames.hpp"
#include "tools/common/png.hpp"
#include "tools/geyser/process.hpp"

namespace geyser::tools {
namespace {

using detail::text;
using Next = Result<std::optional<std::span<const std::byte>>>;

class PatternSource final : public FrameSource {
 public:
  explicit PatternSource(PatternFrames frames) : frames_(std::move(frames)) {}
  Next next(std::uint64_t number) override {
    auto bytes = frames_.frame(number);
    if (!bytes) return std::move(bytes).error();
    return std::optional(*bytes);
  }

 private:
  PatternFrames frames_;
};

class RawSource final : public FrameSource {
 public:
  explicit RawSource(std::size_t bytes) : frame_(bytes) {}
  Next next(std::uint64_t number) override {
    const Passed passed = read_input(frame_);
    switch (passed.flow) {
      case Flow::done:
        return std::optional(std::span<const std::byte>(frame_));
      case Flow::interrupted:
        return std::optional<std::span<const std::byte>>();
      case Flow::failed:
        return platform::system_error("Reading standard input", passed.error);
      case Flow::ended:
        break;
    }
    if (passed.bytes == 0) return std::optional<std::span<const std::byte>>();
    return Error(Errc::invalid_argument,
                 text("Standard input ends inside frame ", number, ": ", passed.bytes, " of ", frame_.size(), " bytes are there, ",
                      frame_.size() - passed.bytes, " are missing; --size and --format must be those of the input."));
  }

 private:
  std::vector<std::byte> frame_;
};

}  // namespace

Result<std::unique_ptr<FrameSource>> pattern_source(const std::string& pattern, const TextureDescriptor& texture) {
  const Pattern which = *pattern_from_name(pattern);
  if (which == Pattern::counter && code_box(texture.extent.width, texture.extent.height).cell == 0) {
    return Error(Errc::invalid_argument,
                 text("A picture of ", texture.extent.width, "x", texture.extent.height,
                      " has no room for the counter's cells; give a --size of at least ", code_columns, "x", code_rows, "."));
  }
  auto frames = PatternFrames::create(which, texture.extent.width, texture.extent.height, texture.format);
  if (!frames) return std::move(frames).error();
  return std::unique_ptr<FrameSource>(std::make_unique<PatternSource>(*std::move(frames)));
}

Result<std::unique_ptr<FrameSource>> png_source(const std::string& path, TextureDescriptor& texture) {
  const auto picture = read_png(path);
  if (!picture) return picture.error().clone();
  texture.extent = {picture->width, picture->height, 1};
  auto frames = PatternFrames::still(*picture, texture.format);
  if (!frames) return std::move(frames).error();
  return std::unique_ptr<FrameSource>(std::make_unique<PatternSource>(*std::move(frames)));
}

Result<std::unique_ptr<FrameSource>> raw_source(const TextureDescriptor& texture) {
  const auto bytes = content_bytes(texture);
  if (!bytes) return bytes.error().clone();
  return std::unique_ptr<FrameSource>(std::make_unique<RawSource>(static_cast<std::size_t>(*bytes)));
}

}  // namespace geyser::tools
