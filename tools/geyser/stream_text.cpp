#include "tools/geyser/stream_text.hpp"

#include <cstdio>
#include <iostream>

#include "core/message.hpp"

namespace geyser::tools {

std::string size_text(const Extent3D& extent) {
  std::string size = detail::text(extent.width, 'x', extent.height);
  if (extent.depth > 1) size += detail::text('x', extent.depth);
  return size;
}

std::string rate_text(double per_second) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, per_second < 1000 ? "%.1f" : "%.0f", per_second);
  return buffer;
}

std::string duration_text(std::chrono::nanoseconds time) {
  const double microseconds = std::chrono::duration<double, std::micro>(time).count();
  char buffer[32];
  if (microseconds < 1000) {
    std::snprintf(buffer, sizeof buffer, "%.1f us", microseconds);
  } else if (microseconds < 1'000'000) {
    std::snprintf(buffer, sizeof buffer, "%.2f ms", microseconds / 1000);
  } else {
    std::snprintf(buffer, sizeof buffer, "%.2f s", microseconds / 1'000'000);
  }
  return buffer;
}

std::string printable(std::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return clean;
}

Json to_json(const StreamInfo& stream) {
  const Extent3D& extent = stream.texture.extent;
  return Json{{"name", stream.name},
              {"uuid", to_string(stream.uuid)},
              {"application", stream.application},
              {"pid", stream.process_id},
              {"backend", stream.backend},
              {"device", to_json(stream.device)},
              {"width", extent.width},
              {"height", extent.height},
              {"depth", extent.depth},
              {"dimension", to_string(stream.texture.dimension)},
              {"mip_levels", stream.texture.mip_levels},
              {"array_layers", stream.texture.array_layers},
              {"format", to_string(stream.texture.format)},
              {"generation", stream.generation},
              {"pacing", to_string(stream.pacing)},
              {"ring", stream.ring}};
}

Json to_json(const ReaderStatus& reader) {
  return Json{{"pid", reader.process_id},
              {"application", reader.application},
              {"transport", to_string(reader.transport)},
              {"why_not_zero_copy", reader.why_not_zero_copy.empty() ? Json(nullptr) : Json(reader.why_not_zero_copy)},
              {"frames", reader.frames},
              {"skipped", reader.skipped},
              {"last_frame", reader.last_frame},
              {"claims", reader.claims},
              {"latency_p50_ns", reader.latency_p50.count()},
              {"latency_p99_ns", reader.latency_p99.count()}};
}

void print_line(const Json& json) { std::cout << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush; }

ExitCode complain_about_stream(const Error& error) {
  switch (error.code()) {
    case Errc::not_found:
      return complain(error, "run `geyser list` for the streams there are, `geyser devices` for the devices", ExitCode::not_found);
    case Errc::timed_out:
      return complain(error, "look at the publisher: it may be stopped, busy, or publish nothing; `geyser stat` says when it last did");
    case Errc::peer_gone:
      return complain(error, "start the publisher again; `geyser list --watch` shows when it is there");
    case Errc::unsupported_handle:
    case Errc::device_mismatch:
      return complain(error, "choose the stream's own device with --device; `geyser devices --explain` says what goes between devices");
    default:
      return complain(error, "`geyser doctor` looks for what is missing on this machine");
  }
}

}  // namespace geyser::tools
