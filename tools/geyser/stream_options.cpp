#include "tools/geyser/stream_options.hpp"

#include <cstdio>

namespace geyser::tools {

Extent3D parse_size(const std::string& text) {
  unsigned width = 0;
  unsigned height = 0;
  char rest = '\0';
  constexpr unsigned most = 16384;
  if (text.size() > 11 || std::sscanf(text.c_str(), "%ux%u%c", &width, &height, &rest) != 2 || width == 0 || height == 0 || width > most ||
      height > most) {
    throw CLI::ValidationError("--size is " + text + "; give WIDTHxHEIGHT, each from 1 to 16384, such as 1920x1080");
  }
  return {width, height, 1};
}

TextureFormat parse_format(const std::string& text) {
  const auto format = format_from_name(text);
  if (!format) throw CLI::ValidationError("--format is " + text + "; give a name that `geyser formats` lists, such as rgba8_unorm");
  return *format;
}

void add_device_option(CLI::App& verb, std::string& device, const std::string& otherwise) {
  verb.add_option("-d,--device", device, std::string(device_words) + "; default: " + otherwise);
}

void add_timeout_option(CLI::App& verb, double& seconds, const std::string& what) {
  verb.add_option("--timeout", seconds, what)->capture_default_str()->check(CLI::Range(0.001, 86400.0));
}

std::chrono::nanoseconds seconds(double value) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(value));
}

}  // namespace geyser::tools
