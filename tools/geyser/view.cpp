// geyser view: a stream in a window.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "core/message.hpp"
#include "geyser/host.hpp"
#include "tools/common/counter_code.hpp"
#include "tools/geyser/attach.hpp"
#include "tools/geyser/frame_io.hpp"
#include "tools/geyser/overlay.hpp"
#include "tools/geyser/process.hpp"
#include "tools/geyser/stream_options.hpp"
#include "tools/geyser/stream_text.hpp"
#include "tools/geyser/window.hpp"

namespace geyser::tools {
namespace {

using detail::text;
using example::must;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string name;
  std::string device;
  std::string size;
  std::uint64_t frames = 0;
  double timeout = 5;
  bool no_overlay = false;
  bool json = false;
};

/// Where a picture lies in the window: as large as it fits, in the middle.
[[nodiscard]] VkRect2D fit(const Extent3D& picture, VkExtent2D window) {
  const double scale = std::min(static_cast<double>(window.width) / picture.width, static_cast<double>(window.height) / picture.height);
  const auto side = [scale](std::uint32_t value, std::uint32_t most) {
    return std::clamp(static_cast<std::uint32_t>(std::lround(value * scale)), 1U, most);
  };
  const VkExtent2D size{side(picture.width, window.width), side(picture.height, window.height)};
  return {{static_cast<std::int32_t>((window.width - size.width) / 2), static_cast<std::int32_t>((window.height - size.height) / 2)}, size};
}

/// What the overlay says.
class Figures {
 public:
  void shown(const FrameInfo& info, Transport transport) {
    const auto now = Clock::now();
    const auto late = std::chrono::nanoseconds(Timestamp::now().nanoseconds - info.published.nanoseconds);
    latency_ = frames_ == 0 ? late : (latency_ * 7 + late) / 8;
    if (frames_ != 0) dropped_ += info.skipped;
    ++frames_;
    last_ = info.number;
    transport_ = transport;
    ++counted_;
    const double time = std::chrono::duration<double>(now - since_).count();
    if (time >= 0.5) {
      fps_ = static_cast<double>(counted_) / time;
      counted_ = 0;
      since_ = now;
    }
    at_ = now;
  }
  [[nodiscard]] std::vector<std::string> lines(const StreamInfo& stream, const TextureDescriptor& texture, bool there) const {
    std::vector<std::string> all{
        text(printable(stream.name), "  ", size_text(texture.extent), " ", to_string(texture.format), "  ", to_string(transport_))};
    const bool still = frames_ == 0 || Clock::now() - at_ > std::chrono::seconds(1);
    all.push_back(text(rate_text(still ? 0 : fps_), " fps  latency ", duration_text(latency_), "  dropped ", dropped_, "  frame ", last_));
    if (!there) {
      all.emplace_back("the publisher is gone; waiting for it");
    } else if (still) {
      all.emplace_back("no new frames");
    }
    return all;
  }
  [[nodiscard]] Json json() const {
    return {{"frames", frames_},
            {"dropped", dropped_},
            {"last_frame", last_},
            {"fps", fps_},
            {"latency_ns", latency_.count()},
            {"transport", to_string(transport_)}};
  }
  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }

 private:
  std::uint64_t frames_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t counted_ = 0;
  double fps_ = 0;
  std::chrono::nanoseconds latency_{0};
  Transport transport_ = Transport::none;
  Clock::time_point since_ = Clock::now();
  Clock::time_point at_ = since_;
};

/// The layout that a blit may read: others leave it to the CPU.
[[nodiscard]] std::optional<VkImageLayout> blit_layout(TextureLayout layout) {
  if (layout == TextureLayout::general) return VK_IMAGE_LAYOUT_GENERAL;
  if (layout == TextureLayout::transfer_src) return VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
  return std::nullopt;
}

class Viewer {
 public:
  Viewer(Window& window, Subscriber& subscriber, const Options& options) : window_(window), subscriber_(subscriber), options_(options) {}

  /// Shows frames until it is closed, or so many were shown.
  void run() {
    const bool at_own_pace = subscriber_.stream().pacing == Pacing::latest;
    auto drawn = Clock::time_point{};
    while (!window_.closed() && !interrupted()) {
      auto frame = subscriber_.acquire(std::chrono::milliseconds(15));
      const bool fresh = frame.has_value();
      if (!fresh) {
        const Errc code = frame.error().code();
        if (code != Errc::timed_out && code != Errc::peer_gone) throw std::runtime_error(frame.error().describe());
        // The window may have changed its size, and the overlay its words.
        if (Clock::now() - drawn < std::chrono::milliseconds(250)) continue;
        if (at_own_pace && code == Errc::timed_out) frame = subscriber_.acquire_newest(std::chrono::nanoseconds::zero());
      }
      drawn = Clock::now();
      if (fresh) figures_.shown(frame->info(), frame->transport());
      const bool last = fresh && options_.frames != 0 && figures_.frames() == options_.frames;
      if (last) note_counter(*frame);
      draw(frame ? &*frame : nullptr);
      if (last) {
        window_.wait();
        return;
      }
    }
  }

  [[nodiscard]] const Figures& figures() const noexcept { return figures_; }
  [[nodiscard]] std::optional<std::uint64_t> counter() const noexcept { return counter_; }

 private:
  void note_counter(ReadFrame& frame) {
    must(read_frame(frame, bytes_));
    const TextureDescriptor& texture = frame.texture().descriptor();
    counter_ = read_counter(bytes_, texture.extent.width, texture.extent.height, texture.format);
  }

  void draw(ReadFrame* frame) {
    if (frame != nullptr) texture_ = frame->texture().descriptor();
    auto canvas = window_.begin();
    if (!canvas) return;
    arrays_ = {};
    if (frame != nullptr && !blit_frame(*canvas, *frame)) copy_frame(*canvas, *frame);
    if (!options_.no_overlay) draw_overlay_into(*canvas);
    window_.finish(*canvas, arrays_);
  }

  [[nodiscard]] static bool is_integer(TextureFormat format) {
    const FormatInfo* info = format_info(format);
    return info->type == NumericType::uint || info->type == NumericType::sint;
  }

  /// False when no blit can show it.
  [[nodiscard]] bool blit_frame(const Window::Canvas& canvas, ReadFrame& frame) {
    const auto native = vulkan::native(frame.texture());  // fails for a texture of the host
    const TextureLayout as_it_was = frame.access().state().layout;
    const auto layout = blit_layout(as_it_was);
    if (!native || !layout || is_integer(texture_.format) || texture_.dimension == TextureDimension::d3) return false;
    const auto able = window_.blit_from(native->format, native->tiling);
    if (!able.possible) return false;
    const vulkan::ImageUse use{*layout, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_READ_BIT};
    must(vulkan::record_acquire(frame.access(), canvas.commands, use));
    const VkRect2D to = fit(texture_.extent, canvas.extent);
    const bool as_large = to.extent.width == texture_.extent.width && to.extent.height == texture_.extent.height;
    window_.blit(canvas, native->image, *layout, {texture_.extent.width, texture_.extent.height}, to,
                 as_large ? VK_FILTER_NEAREST : able.filter);
    must(vulkan::record_release(frame.access(), canvas.commands, use, as_it_was));
    Access* const accesses[] = {&frame.access()};
    // The GPU signals when it has read the frame: its release waits for nobody here.
    must(vulkan::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays_));
    return true;
  }

  /// For formats that no blit converts: planar, integer, compressed ones are shown as far as tools/common decodes them.
  void copy_frame(const Window::Canvas& canvas, ReadFrame& frame) {
    must(read_frame(frame, bytes_));
    const auto level = must(region_layout(texture_, {}));
    const bool whole = texture_.mip_levels == 1 && texture_.array_layers == 1;
    const auto picture =
        must(decode(whole ? std::span<const std::byte>(bytes_) : std::span(bytes_).first(static_cast<std::size_t>(level.total_bytes)),
                    texture_.extent.width, texture_.extent.height, texture_.format));
    const VkRect2D to = fit(texture_.extent, canvas.extent);
    const std::size_t size = std::size_t{4} * to.extent.width * to.extent.height;
    if (!picture_ || picture_->bytes().size() < size) picture_.emplace(window_.gpu(), size);
    std::byte* out = picture_->bytes().data();
    const bool bgra = window_.bgra();
    for (std::uint64_t y = 0; y < to.extent.height; ++y) {
      for (std::uint64_t x = 0; x < to.extent.width; ++x, out += 4) {
        Pixel value = pixel(picture, static_cast<std::uint32_t>(x * picture.width / to.extent.width),
                            static_cast<std::uint32_t>(y * picture.height / to.extent.height));
        if (bgra) std::swap(value.r, value.b);
        std::memcpy(out, &value, sizeof value);
      }
    }
    window_.copy(canvas, picture_->handle(), 0, to);
  }

  void draw_overlay_into(const Window::Canvas& canvas) {
    const auto lines = figures_.lines(subscriber_.stream(), texture_, subscriber_.state() == SubscriberState::attached);
    const std::uint32_t scale = std::max(1U, std::min(canvas.extent.width / 400, canvas.extent.height / 150));
    const Overlay overlay = draw_overlay(lines, scale, canvas.extent.width);
    if (overlay.height > canvas.extent.height) return;
    if (!words_ || words_->bytes().size() < overlay.pixels.size()) words_.emplace(window_.gpu(), overlay.pixels.size() * 2);
    std::ranges::copy(overlay.pixels, words_->bytes().begin());
    // Below, where it hides no counter.
    const auto top = static_cast<std::int32_t>(canvas.extent.height - overlay.height);
    window_.copy(canvas, words_->handle(), 0, {{0, top}, {overlay.width, overlay.height}});
  }

  Window& window_;
  Subscriber& subscriber_;
  const Options& options_;
  Figures figures_;
  TextureDescriptor texture_;
  vulkan::SubmitArrays arrays_;
  std::vector<std::byte> bytes_;
  std::optional<std::uint64_t> counter_;
  std::optional<example::MappedBuffer> picture_;  // begin() has waited for the submit that read it
  std::optional<example::MappedBuffer> words_;
};

[[nodiscard]] WindowOptions window_options(const Options& options, const StreamInfo& stream, const Glfw& glfw) {
  WindowOptions window;
  window.title = text(printable(stream.name), " - geyser");
  window.device = stream.device.device_uuid;
  const FormatInfo* info = format_info(stream.texture.format);
  window.srgb = info != nullptr && info->srgb;
  Extent3D size = stream.texture.extent;
  if (!options.size.empty()) {
    size = parse_size(options.size);
  } else if (GLFWmonitor* monitor = glfw.primary_monitor()) {
    // No larger than nine tenths of the screen.
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
    glfw.monitor_work_area(monitor, &x, &y, &width, &height);
    const VkExtent2D most{static_cast<std::uint32_t>(std::max(width, 160) * 9 / 10),
                          static_cast<std::uint32_t>(std::max(height, 120) * 9 / 10)};
    if (size.width > most.width || size.height > most.height) {
      const VkExtent2D smaller = fit(size, most).extent;
      size = {smaller.width, smaller.height, 1};
    }
  }
  window.width = std::max(size.width, 160U);
  window.height = std::max(size.height, 120U);
  return window;
}

/// What the device has no textures for is read through the host, and decoded there.
[[nodiscard]] bool shares(const TextureShareManager& manager, const TextureDescriptor& texture) {
  const auto support = manager.format_support(texture);
  return support && std::ranges::any_of(*support, [](const FormatSupport& each) { return each.can_import || each.can_export; });
}

[[nodiscard]] ExitCode show(const Options& options, const StreamInfo& stream, const Glfw& glfw) {
  WindowOptions how = window_options(options, stream, glfw);
  if (!options.device.empty()) {
    const auto listed = list_devices(options.device);
    if (!listed) {
      return complain(listed.error(), "run `geyser list` for streams, `geyser devices` for devices",
                      listed.error().code() == Errc::not_found ? ExitCode::not_found : ExitCode::usage);
    }
    const DeviceList& devices = *listed;
    const auto chosen = std::ranges::find_if(devices.devices, [](const ListedDevice& device) { return device.api == "vulkan"; });
    if (chosen == devices.devices.end()) {
      return complain(text("No Vulkan device matches \"", options.device, "\"."), "run `geyser devices` for those that there are",
                      ExitCode::not_found);
    }
    how.device = chosen->identity.device_uuid;
    how.only_that_device = true;
  }
  Window window(how, glfw);
  auto manager = vulkan::create_manager(window.adopt_info());
  if (manager && !shares(*manager, stream.texture)) manager = host::create_manager();
  if (!manager) return complain_about_stream(manager.error());
  SubscriberOptions reading;
  reading.connect_timeout = seconds(options.timeout);
  auto subscriber = Subscriber::connect(*manager, options.name, reading);
  if (!subscriber) return complain_about_stream(subscriber.error());
  const std::string why = subscriber->why_not_zero_copy();
  if (!why.empty() && !options.json) std::cerr << "geyser: note: frames come through host memory: " << printable(why) << '\n';
  {
    Viewer viewer(window, *subscriber, options);
    viewer.run();
    window.wait();
    if (options.json) {
      Json document{{"name", options.name}, {"device", window.device_name()}};
      document.update(viewer.figures().json());
      document["counter"] = viewer.counter() ? Json(*viewer.counter()) : Json(nullptr);
      std::cout << dump(document);
    }
  }
  return ExitCode::success;
}

[[nodiscard]] ExitCode run(const Options& options) {
  catch_interrupts();
  auto stream = find_stream(options.name, seconds(options.timeout));
  if (!stream) return complain_about_stream(stream.error());
  auto glfw = Glfw::open();
  if (!glfw) {
    return complain(glfw.error(), glfw.error().code() == Errc::not_found
                                      ? "sudo apt-get install libglfw3, or write a frame to a file: geyser snapshot NAME frame.png"
                                      : "set DISPLAY, log in with `ssh -X`, or write a frame to a file: geyser snapshot NAME frame.png");
  }
  try {
    return show(options, *stream, *glfw);
  } catch (const std::runtime_error& failure) {
    return complain(failure.what(), "`geyser doctor` looks at the drivers; `geyser snapshot NAME frame.png` needs no window");
  }
}

}  // namespace

void add_view(CLI::App& program, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("view", "Show a stream in a window");
  verb->add_option("name", options->name, "The stream's name")->required();
  verb->add_option("-d,--device", options->device, "The Vulkan device to draw with; default: the stream's own, where it can draw here");
  verb->add_option("-s,--size", options->size, "The window's WIDTHxHEIGHT; default: the stream's, as far as the screen has room");
  verb->add_option("--frames", options->frames, "Close after so many frames; 0: when it is closed")->capture_default_str();
  add_timeout_option(*verb, options->timeout, "Seconds to wait for the stream");
  verb->add_flag("--no-overlay", options->no_overlay, "The picture alone");
  verb->add_flag("--json", options->json, "A summary for programs, at the end");
  verb->footer(
      "Escape closes the window. The overlay has frames a second, the time from publish() to the window, and frames that were missed.\n"
      "Examples:\n  geyser view camera-1\n  geyser view camera-1 --size 640x360 --no-overlay\n\n" +
      std::string(exit_code_help));
  verb->callback([options, &action] {
    if (!options->size.empty()) (void)parse_size(options->size);
    action = [options] { return run(*options); };
  });
}

}  // namespace geyser::tools
