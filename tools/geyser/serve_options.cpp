#include "tools/geyser/serve_options.hpp"

#include "tools/geyser/exit_codes.hpp"
#include "tools/geyser/serve_access.hpp"
#include "tools/geyser/stream_options.hpp"

namespace geyser::tools {

CLI::App* add_serve_options(CLI::App& program, ServeOptions& options) {
  CLI::App* verb = program.add_subcommand("serve", "Show streams in browsers, and take frames from them");
  verb->add_option("name", options.names, "Only these streams; none: all");
  verb->add_option("--host", options.host, "The address to listen on; another than this machine's own needs --unsafe-network")
      ->capture_default_str();
  verb->add_option("--port", options.port, "The port to listen on; 0: any that is free")->capture_default_str();
  verb->add_option("--token", options.token, "What the address has to carry: 16 to 128 letters, digits, - _ . ~; default: random");
  verb->add_option("--allow-origin", options.origins, "A page of this origin may connect too (https://example.org); may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--encoder", options.encoder, "What video is encoded with; none: pixels alone")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "h264", "vp9", "vp8", "none"}));
  verb->add_option("--bitrate", options.bitrate, "Of a video, in thousands of bits a second; 0: by its size")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000));
  verb->add_option("--fps", options.fps, "The most frames a second to each subscription; 0: as they come")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100000.0));
  add_device_option(*verb, options.device,
                    "a stream's own; for what browsers publish the best GPU, else a software device, else host memory");
  verb->add_flag("--no-publish", options.no_publish, "Take no frames from browsers");
  verb->add_flag("--unsafe-network", options.unsafe_network, "Let --host be any address, although nothing is encrypted");
  verb->add_flag("--log", options.log, "Say on standard error who connects, what is refused, and which streams are read");
  verb->add_flag("--json", options.json, "For programs: one object a line, when it listens and when it ends");
  verb->footer(
      "The page's address, with the token, is printed when the server listens. Ctrl-C (SIGINT) and SIGTERM end it cleanly.\n"
      "Examples:\n  geyser serve\n  geyser serve camera-1 --port 8080 --no-publish\n  geyser serve --json | head -n 1 | jq -r .url\n\n" +
      std::string(exit_code_help));
  return verb;
}

void check_serve_options(ServeOptions& options) {
  if (options.host == "localhost") options.host = "127.0.0.1";
  if (!options.token.empty() && !web::is_token(options.token)) {
    throw CLI::ValidationError("--token has " + std::to_string(options.token.size()) +
                               " characters; give 16 to 128 letters, digits, - _ . ~");
  }
  for (const std::string& origin : options.origins) {
    if (!web::is_origin(origin))
      throw CLI::ValidationError("--allow-origin is " + origin + "; give scheme, host and port alone, such as https://example.org");
  }
  if (!web::is_loopback(options.host) && !options.unsafe_network) {
    throw CLI::ValidationError("--host is " + options.host +
                               "; only 127.0.0.1 and ::1 stay on this machine, any other needs --unsafe-network");
  }
}

}  // namespace geyser::tools
