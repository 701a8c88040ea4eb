// geyser snapshot: one frame of a stream as a file.
#include <fstream>
#include <iostream>
#include <memory>

#include "core/message.hpp"
#include "tools/common/counter_code.hpp"
#include "tools/common/file_path.hpp"
#include "tools/common/png.hpp"
#include "tools/geyser/attach.hpp"
#include "tools/geyser/frame_io.hpp"
#include "tools/geyser/process.hpp"
#include "tools/geyser/stream_options.hpp"
#include "tools/geyser/stream_text.hpp"

namespace geyser::tools {
namespace {

using detail::text;

struct Options {
  std::string name;
  std::string file;
  std::string device;
  double timeout = 5;
  bool json = false;
};

[[nodiscard]] Result<void> write_raw(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream file(path_of(path), std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (file.flush()) return {};
  return Error(Errc::os_error,
               text(path, " cannot be written; name a file that you may write to, on a disk with ", bytes.size(), " free bytes."));
}

[[nodiscard]] Result<void> write_file(const std::string& path, std::span<const std::byte> bytes, const TextureDescriptor& texture) {
  if (path.ends_with(".raw")) return write_raw(path, bytes);
  if (texture.dimension != TextureDimension::d2) {
    return Error(Errc::unsupported_format,
                 text("A PNG holds one flat picture, the stream has ", describe(texture), "; name a file that ends in .raw."));
  }
  const auto layout = region_layout(texture, {});
  if (!layout) return layout.error().clone();
  // Level 0 is first; what follows it a PNG cannot hold.
  const bool all = texture.mip_levels == 1;
  auto picture = decode(all ? bytes : bytes.first(static_cast<std::size_t>(layout->total_bytes)), texture.extent.width,
                        texture.extent.height, texture.format);
  if (!picture) return std::move(picture).error();
  return write_png(path, *picture);
}

[[nodiscard]] ExitCode run(const Options& options) {
  catch_interrupts();
  SubscriberOptions how;
  how.reconnect = false;
  auto attached = attach(options.name, options.device, seconds(options.timeout), how);
  if (!attached) return complain_about_stream(attached.error());
  auto frame = next_frame(attached->subscriber, seconds(options.timeout));
  if (!frame) return complain_about_stream(frame.error());
  if (!*frame) {
    return complain(
        interrupted() ? "Stopped before a frame came." : text("The stream \"", printable(options.name), "\" ended before a frame came."),
        "start the publisher again; `geyser list` shows what there is");
  }
  std::vector<std::byte> bytes;
  if (auto ok = read_frame(**frame, bytes); !ok) return complain_about_stream(ok.error());
  const TextureDescriptor texture = (*frame)->texture().descriptor();
  const FrameInfo info = (*frame)->info();
  const Transport transport = (*frame)->transport();
  if (auto ok = (*frame)->release(); !ok) return complain_about_stream(ok.error());
  if (auto ok = write_file(options.file, bytes, texture); !ok) {
    return complain(ok.error(), ok.error().code() == Errc::unsupported_format ? "name a file that ends in .raw: it takes every format"
                                                                              : "name a file that you may write to");
  }
  const auto counter = read_counter(bytes, texture.extent.width, texture.extent.height, texture.format);
  if (options.json) {
    std::cout << dump({{"name", options.name},
                       {"frame", info.number},
                       {"generation", info.generation},
                       {"width", texture.extent.width},
                       {"height", texture.extent.height},
                       {"format", to_string(texture.format)},
                       {"transport", to_string(transport)},
                       {"device", attached->device.id},
                       {"counter", counter ? Json(*counter) : Json(nullptr)},
                       {"bytes", bytes.size()},
                       {"file", options.file}});
  } else {
    std::cout << options.file << ": frame " << info.number << " of " << printable(options.name) << ", " << size_text(texture.extent) << ' '
              << to_string(texture.format) << ", " << to_string(transport) << '\n';
    if (counter) std::cout << "the counter in the picture reads " << *counter << '\n';
  }
  return ExitCode::success;
}

}  // namespace

void add_snapshot(CLI::App& program, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("snapshot", "Write a stream's newest frame to a PNG or raw file");
  verb->add_option("name", options->name, "The stream's name")->required();
  verb->add_option("file", options->file, "FILE.png, or FILE.raw: planes in turn, rows without gaps")->required();
  add_device_option(*verb, options->device, "the stream's own");
  add_timeout_option(*verb, options->timeout, "Seconds to wait for the stream, and for a frame");
  verb->add_flag("--json", options->json, "For programs");
  verb->footer("Examples:\n  geyser snapshot camera-1 frame.png\n  geyser snapshot camera-1 frame.raw --json\n\n" +
               std::string(exit_code_help));
  verb->callback([options, &action] {
    if (!options->file.ends_with(".png") && !options->file.ends_with(".raw")) {
      throw CLI::ValidationError("file is " + options->file + "; its name has to end in .png or .raw");
    }
    action = [options] { return run(*options); };
  });
}

}  // namespace geyser::tools
