// geyser publish: a stream from a test picture, a PNG, or raw frames on standard input.
#include <algorithm>
#include <array>
#include <iostream>
#include <memory>

#include "core/message.hpp"
#include "tools/common/file_path.hpp"
#include "tools/common/terminal.hpp"
#include "tools/geyser/device_list.hpp"
#include "tools/geyser/frame_io.hpp"
#include "tools/geyser/frame_source.hpp"
#include "tools/geyser/process.hpp"
#include "tools/geyser/stream_options.hpp"
#include "tools/geyser/stream_text.hpp"

namespace geyser::tools {
namespace {

using detail::text;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string name;
  std::string pattern = "smpte";
  std::string png;
  bool raw = false;
  std::string size = "1920x1080";
  std::string format = "rgba8_unorm";
  std::string pacing = "latest";
  std::string device;
  double fps = 60;
  bool fps_given = false;
  std::uint64_t frames = 0;
  std::uint32_t ring = 3;
  std::size_t wait_for_readers = 0;
  double linger = 5;
  bool no_host_bridge = false;
  std::string memory;
  bool json = false;
};

constexpr std::array memory_types{MemoryHandleType::opaque_fd,    MemoryHandleType::dma_buf,       MemoryHandleType::shared_memory,
                                  MemoryHandleType::opaque_win32, MemoryHandleType::d3d11_texture, MemoryHandleType::d3d12_resource,
                                  MemoryHandleType::io_surface,   MemoryHandleType::metal_texture};

[[nodiscard]] std::optional<MemoryHandleType> memory_type_of(const std::string& name) {
  const auto* const found = std::ranges::find(memory_types, name, [](MemoryHandleType type) { return to_string(type); });
  return found == memory_types.end() ? std::nullopt : std::optional(*found);
}

[[nodiscard]] Pacing pacing_of(const std::string& name) {
  for (const Pacing pacing : {Pacing::queue, Pacing::lockstep}) {
    if (to_string(pacing) == name) return pacing;
  }
  return Pacing::latest;
}

/// Without a name of its own a stream has its source's.
[[nodiscard]] std::string name_of(const Options& options) {
  if (!options.name.empty()) return options.name;
  if (options.raw) return "raw";
  return options.png.empty() ? options.pattern : utf8_of(path_of(options.png).stem());
}

[[nodiscard]] Result<std::unique_ptr<FrameSource>> source_of(const Options& options, TextureDescriptor& texture) {
  if (options.raw) return raw_source(texture);
  if (!options.png.empty()) return png_source(options.png, texture);
  return pattern_source(options.pattern, texture);
}

/// What is said while frames go out.
class Reporter {
 public:
  Reporter(const Options& options, const Publisher& publisher) : json_(options.json), publisher_(publisher) {}

  void started(const ListedDevice& device, Pacing pacing, std::uint32_t ring) {
    start_ = last_ = Clock::now();
    const TextureDescriptor& texture = publisher_.descriptor();
    if (json_) {
      print_line({{"event", "started"},
                  {"name", publisher_.name()},
                  {"uuid", to_string(publisher_.uuid())},
                  {"width", texture.extent.width},
                  {"height", texture.extent.height},
                  {"format", to_string(texture.format)},
                  {"pacing", to_string(pacing)},
                  {"ring", ring},
                  {"device", to_json(device.identity)},
                  {"backend", device.api}});
    } else {
      std::cout << "publishing " << publisher_.name() << ": " << size_text(texture.extent) << ' ' << to_string(texture.format) << ", "
                << to_string(pacing) << ", ring of " << ring << ", on " << device.identity.name << '\n'
                << std::flush;
    }
  }
  void published(std::uint64_t count) {
    frames_ = count;
    if (!live_) return;
    const auto now = Clock::now();
    if (now - last_ < std::chrono::milliseconds(500)) return;
    const double rate = static_cast<double>(count - counted_) / std::chrono::duration<double>(now - last_).count();
    const auto status = publisher_.status();
    std::cerr << "\r\x1b[Kframe " << count << "  " << rate_text(rate) << " fps  "
              << (status ? text(status->readers.size(), status->readers.size() == 1 ? " reader" : " readers") : std::string())
              << "   (Ctrl-C ends it)" << std::flush;
    last_ = now;
    counted_ = count;
  }
  void held_up(const Error& why) {
    if (warned_) return;
    warned_ = true;
    clear_line();
    std::cerr << "geyser: note: " << why.message() << " Waiting.\n";
  }
  void ended() {
    clear_line();
    const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
    const double rate = elapsed > 0 ? static_cast<double>(frames_) / elapsed : 0;
    if (json_) {
      Json event{{"event", "ended"}, {"name", publisher_.name()}, {"frames", frames_}, {"seconds", elapsed}, {"fps", rate}};
      event["interrupted"] = interrupted();
      event["readers"] = Json::array();
      if (const auto status = publisher_.status()) {
        for (const auto& reader : status->readers) event["readers"].push_back(to_json(reader));
      }
      print_line(event);
    } else {
      std::cout << "ended " << publisher_.name() << ": " << frames_ << (frames_ == 1 ? " frame in " : " frames in ") << rate_text(elapsed)
                << " s, " << rate_text(rate) << " fps" << '\n'
                << std::flush;
    }
  }

 private:
  void clear_line() const {
    if (live_) std::cerr << "\r\x1b[K" << std::flush;
  }
  bool json_;
  bool live_ = is_terminal(Stream::err);
  bool warned_ = false;
  const Publisher& publisher_;
  Clock::time_point start_;
  Clock::time_point last_;
  std::uint64_t frames_ = 0;
  std::uint64_t counted_ = 0;
};

/// Readers of a stream that promises every frame get the last ones too, if they take them within that time.
void let_readers_finish(const Publisher& publisher, std::uint64_t last, std::chrono::nanoseconds patience) {
  const auto until = Clock::now() + patience;
  while (!interrupted() && Clock::now() < until) {
    const auto status = publisher.status();
    if (!status) return;
    const bool busy = std::ranges::any_of(status->readers, [last](const ReaderStatus& reader) {
      return reader.transport != Transport::none && (reader.last_frame < last || reader.claims != 0);
    });
    if (!busy) return;
    sleep_until(Clock::now() + std::chrono::milliseconds(5));
  }
}

/// Begins a frame, however long readers hold it up; empty when the user ended it.
[[nodiscard]] Result<std::optional<WriteFrame>> begin(Publisher& publisher, Reporter& reporter) {
  auto since = Clock::now();
  while (!interrupted()) {
    auto frame = publisher.begin_frame(std::chrono::milliseconds(100));
    if (frame) return std::optional(*std::move(frame));
    if (frame.error().code() != Errc::timed_out) return std::move(frame).error();
    if (Clock::now() - since > std::chrono::seconds(2)) reporter.held_up(frame.error());
  }
  return std::optional<WriteFrame>();
}

[[nodiscard]] Result<void> wait_for_readers(const Publisher& publisher, std::size_t count) {
  while (count != 0 && !interrupted()) {
    const auto there = publisher.wait_for_subscribers(count, std::chrono::milliseconds(100));
    if (there) break;
    if (there.error().code() != Errc::timed_out) return there.error().clone();
  }
  return {};
}

[[nodiscard]] Result<void> send(Publisher& publisher, FrameSource& source, const Options& options, Pacing pacing, Reporter& reporter) {
  if (auto ok = wait_for_readers(publisher, options.wait_for_readers); !ok) return ok;
  // Raw frames come at their own pace unless told otherwise.
  const double fps = options.raw && !options.fps_given ? 0 : options.fps;
  const auto period = fps > 0 ? seconds(1 / fps) : std::chrono::nanoseconds::zero();
  auto due = Clock::now();
  std::uint64_t published = 0;
  while (!interrupted() && (options.frames == 0 || published < options.frames)) {
    // The source first: nobody waits for a frame that is still on its way through the pipe.
    auto bytes = source.next(published + 1);
    if (!bytes) return std::move(bytes).error();
    if (!*bytes) break;
    if (!sleep_until(due)) break;
    auto frame = begin(publisher, reporter);
    if (!frame) return std::move(frame).error();
    if (!*frame) break;
    if (auto ok = upload_frame(**frame, **bytes); !ok) return ok;
    auto number = publisher.publish(**std::move(frame));
    if (!number) return std::move(number).error();
    published = *number;
    reporter.published(published);
    // A machine that is too slow gives up the pictures it missed instead of hurrying after them.
    due = std::max(due + period, Clock::now() - period);
  }
  if (pacing != Pacing::latest) let_readers_finish(publisher, published, seconds(options.linger));
  return {};
}

[[nodiscard]] ExitCode run(const Options& options) {
  if (options.raw && input_is_terminal()) {
    return complain("--raw reads frames from standard input, which is a terminal.",
                    "pipe frames in: ffmpeg -i FILE -f rawvideo -pix_fmt rgba - | geyser publish NAME --raw --size WxH", ExitCode::usage);
  }
  TextureDescriptor texture;
  texture.extent = parse_size(options.size);
  texture.format = parse_format(options.format);
  if (format_info(texture.format)->kind == FormatKind::planar) {
    texture.color = {ColorPrimaries::bt709, TransferFunction::bt709, ColorRange::limited, AlphaMode::ignored};
  }
  catch_interrupts();
  auto source = source_of(options, texture);
  if (!source) {
    const Errc code = source.error().code();
    return complain(source.error(), "`geyser publish --help` has examples; `geyser formats --kind color` lists formats for pictures",
                    code == Errc::not_found                                              ? ExitCode::not_found
                    : code == Errc::unsupported_format || code == Errc::invalid_argument ? ExitCode::usage
                                                                                         : ExitCode::failure);
  }
  auto device = open_device(options.device);
  if (!device) {
    return complain(device.error(), "run `geyser devices` for those that there are",
                    device.error().code() == Errc::not_found ? ExitCode::not_found : ExitCode::failure);
  }
  PublisherOptions how;
  how.name = name_of(options);
  how.texture = texture;
  how.pacing = pacing_of(options.pacing);
  how.ring = options.ring;
  how.allow_host_bridge = !options.no_host_bridge;
  how.handle_type = memory_type_of(options.memory);
  auto publisher = Publisher::create(*device->manager, how);
  if (!publisher) {
    return complain(publisher.error(), publisher.error().code() == Errc::invalid_state
                                           ? "choose another name, or end the process that has it"
                                           : "`geyser formats --device` says what a device shares");
  }
  Reporter reporter(options, *publisher);
  reporter.started(*device, how.pacing, how.ring);
  const auto sent = send(*publisher, **source, options, how.pacing, reporter);
  reporter.ended();
  if (!sent) return complain(sent.error(), options.raw ? "check what is piped in, for example with ffprobe" : "run `geyser doctor`");
  return ExitCode::success;
}

}  // namespace

void add_publish(CLI::App& program, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("publish", "Publish a stream: a test picture, a PNG, or raw frames from standard input");
  verb->add_option("-n,--name,name", options->name, "The stream's name; default: the source's");
  CLI::Option* pattern = verb->add_option("-p,--pattern", options->pattern, "A test picture; counter has the frame number in its pixels")
                             ->capture_default_str()
                             ->check(CLI::IsMember({"smpte", "gradient", "checker", "counter"}));
  CLI::Option* png = verb->add_option("--png", options->png, "A PNG file")->excludes(pattern);
  CLI::Option* raw =
      verb->add_flag("--raw", options->raw, "Raw frames from standard input: planes in turn, rows without gaps; its end ends the stream");
  raw->excludes(pattern)->excludes(png);
  verb->add_option("-s,--size", options->size, "WIDTHxHEIGHT")->capture_default_str()->excludes(png);
  verb->add_option("-f,--format", options->format, "A texture format (geyser formats)")->capture_default_str();
  CLI::Option* fps =
      verb->add_option("--fps", options->fps, "Frames a second; 0: as fast as it goes; raw frames: as they come unless given")
          ->capture_default_str()
          ->check(CLI::Range(0.0, 100000.0));
  verb->add_option("--frames", options->frames, "Frames until it ends; 0: until it is stopped")->capture_default_str();
  verb->add_option("--ring", options->ring, "Textures in turn")->capture_default_str()->check(CLI::Range(2U, max_ring));
  verb->add_option("--pacing", options->pacing, "latest: readers skip what they miss; queue, lockstep: every reader sees every frame")
      ->capture_default_str()
      ->check(CLI::IsMember({"latest", "queue", "lockstep"}));
  add_device_option(*verb, options->device, "the best GPU, else a software device, else host memory");
  std::vector<std::string> types;
  types.reserve(memory_types.size());
  for (const MemoryHandleType type : memory_types) types.emplace_back(to_string(type));
  verb->add_option("--memory", options->memory,
                   "How textures cross, for readers that hand them on to who takes nothing else; default: the device's best")
      ->check(CLI::IsMember(types));
  verb->add_option("--wait-for-readers", options->wait_for_readers, "Publish the first frame when so many read")->capture_default_str();
  verb->add_option("--linger", options->linger, "Seconds that readers get for the last frames (queue, lockstep)")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 86400.0));
  verb->add_flag("--no-host-bridge", options->no_host_bridge, "Refuse readers on other devices instead of copying for them");
  verb->add_flag("--json", options->json, "For programs: one object a line, when it starts and when it ends");
  verb->footer(
      "Ctrl-C (SIGINT) and SIGTERM end the stream cleanly.\n"
      "Examples:\n  geyser publish test --pattern smpte --size 3840x2160 --fps 60\n  geyser publish logo --png logo.png --fps 1\n"
      "  ffmpeg -re -i film.mkv -f rawvideo -pix_fmt nv12 - | geyser publish film --raw --size 1920x1080 --format nv12\n\n" +
      std::string(exit_code_help));
  verb->callback([options, fps, &action] {
    (void)parse_size(options->size);
    (void)parse_format(options->format);
    options->fps_given = fps->count() != 0;
    action = [options] { return run(*options); };
  });
}

}  // namespace geyser::tools
