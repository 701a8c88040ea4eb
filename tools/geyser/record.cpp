// geyser record: a stream's frames, raw, on standard output.
#include <iostream>
#include <memory>

#include "core/message.hpp"
#include "platform/system_error.hpp"
#include "tools/common/terminal.hpp"
#include "tools/geyser/attach.hpp"
#include "tools/geyser/frame_io.hpp"
#include "tools/geyser/process.hpp"
#include "tools/geyser/stream_options.hpp"
#include "tools/geyser/stream_text.hpp"

namespace geyser::tools {
namespace {

using detail::text;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string name;
  std::string device;
  std::uint64_t frames = 0;
  double timeout = 5;
  bool json = false;
};

struct Recording {
  std::uint64_t frames = 0;
  std::uint64_t skipped = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::string ended_by = "frames";  // or "interrupt", "stream", "reader"
  TextureDescriptor texture;
  Transport transport = Transport::none;
};

[[nodiscard]] Result<void> record(Subscriber& subscriber, const Options& options, Recording& recording) {
  const bool live = is_terminal(Stream::err);
  auto said = Clock::now();
  std::vector<std::byte> bytes;
  while (options.frames == 0 || recording.frames < options.frames) {
    auto frame = next_frame(subscriber, seconds(options.timeout));
    if (!frame) return std::move(frame).error();
    if (!*frame) {
      recording.ended_by = interrupted() ? "interrupt" : "stream";
      break;
    }
    const FrameInfo& info = (*frame)->info();
    const TextureDescriptor& texture = (*frame)->texture().descriptor();
    if (recording.frames == 0) {
      recording.texture = texture;
      recording.first = info.number;
      recording.transport = (*frame)->transport();
    } else if (texture.extent != recording.texture.extent || texture.format != recording.texture.format) {
      return Error(Errc::invalid_state, text("The stream changed from ", describe(recording.texture), " to ", describe(texture), " after ",
                                             recording.frames, " frames; raw frames have one size and one format."));
    }
    if (auto ok = read_frame(**frame, bytes); !ok) return ok;
    recording.last = info.number;
    if (recording.frames != 0) recording.skipped += info.skipped;
    if (auto ok = (*frame)->release(); !ok) return ok;
    const Passed passed = write_output(bytes);
    if (passed.flow == Flow::failed) return platform::system_error("Writing to standard output", passed.error);
    if (passed.flow != Flow::done) {
      recording.ended_by = passed.flow == Flow::ended ? "reader" : "interrupt";
      break;
    }
    ++recording.frames;
    if (live && Clock::now() - said > std::chrono::milliseconds(500)) {
      said = Clock::now();
      std::cerr << "\r\x1b[Kframe " << recording.last << "  " << recording.frames << " recorded, " << recording.skipped
                << " skipped   (Ctrl-C ends it)" << std::flush;
    }
  }
  if (live) std::cerr << "\r\x1b[K" << std::flush;
  return {};
}

[[nodiscard]] ExitCode run(const Options& options) {
  if (is_terminal(Stream::out)) {
    return complain("Standard output is a terminal, and raw frames are no text.",
                    text("pipe them: geyser record ", options.name, " | ffmpeg -f rawvideo -pix_fmt rgba -s WxH -i - out.mkv"),
                    ExitCode::usage);
  }
  catch_interrupts();
  SubscriberOptions how;
  how.reconnect = false;  // another publisher is another film
  auto attached = attach(options.name, options.device, seconds(options.timeout), how);
  if (!attached) return complain_about_stream(attached.error());
  Recording recording;
  const auto done = record(attached->subscriber, options, recording);
  // Standard output carries the frames, so what there is to say goes to standard error.
  if (options.json) {
    std::cerr << Json{{"name", options.name},
                      {"frames", recording.frames},
                      {"skipped", recording.skipped},
                      {"first_frame", recording.first},
                      {"last_frame", recording.last},
                      {"width", recording.texture.extent.width},
                      {"height", recording.texture.extent.height},
                      {"format", to_string(recording.texture.format)},
                      {"transport", to_string(recording.transport)},
                      {"ended_by", done ? recording.ended_by : "error"}}
                     .dump()
              << '\n';
  } else if (done && is_terminal(Stream::err)) {
    std::cerr << recording.frames << " frames recorded, " << recording.skipped << " skipped\n";
  }
  if (!done) return complain_about_stream(done.error());
  if (options.frames != 0 && recording.ended_by == "stream") {
    return complain(text("The stream \"", printable(options.name), "\" ended after ", recording.frames, " of ", options.frames, " frames."),
                    "ask for fewer with --frames, or leave it out to record until the stream ends");
  }
  return ExitCode::success;
}

}  // namespace

void add_record(CLI::App& program, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("record", "Write a stream's frames, raw, to standard output");
  verb->add_option("name", options->name, "The stream's name")->required();
  verb->add_option("--frames", options->frames, "Frames until it ends; 0: until the stream ends or it is stopped")->capture_default_str();
  add_device_option(*verb, options->device, "the stream's own");
  add_timeout_option(*verb, options->timeout, "Seconds to wait for the stream, and for each frame");
  verb->add_flag("--json", options->json, "A summary for programs, on standard error");
  verb->footer(
      "Planes in turn, rows without gaps. A stream that was published with --pacing queue comes whole; of others the newest frames are "
      "taken.\n"
      "Ctrl-C (SIGINT), SIGTERM and a reader that goes away end it cleanly.\n"
      "Examples:\n  geyser record camera-1 --frames 600 > camera.raw\n"
      "  geyser record camera-1 | ffmpeg -f rawvideo -pix_fmt rgba -s 1920x1080 -r 60 -i - camera.mkv\n\n" +
      std::string(exit_code_help));
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace geyser::tools
