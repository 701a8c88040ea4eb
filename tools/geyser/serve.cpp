// geyser serve: native streams in browsers, and browsers' frames as native streams.
#include <iostream>
#include <memory>

#include "core/message.hpp"
#include "tools/geyser/process.hpp"
#include "tools/geyser/serve_access.hpp"
#include "tools/geyser/serve_http.hpp"
#include "tools/geyser/serve_options.hpp"
#include "tools/geyser/serve_session.hpp"
#include "tools/geyser/stream_text.hpp"

namespace geyser::tools {
namespace {

using detail::text;
using namespace web;

[[nodiscard]] std::vector<Codec> codecs_of(const std::string& encoder) {
  if (encoder == "none") return {};
  std::vector<Codec> codecs = available_codecs();
  if (encoder != "auto") std::erase_if(codecs, [&](Codec codec) { return to_string(codec) != encoder; });
  return codecs;
}

[[nodiscard]] Log log_of(bool wanted) {
  if (!wanted) return [](const std::string&) {};
  return [](const std::string& line) { std::cerr << "geyser: " + printable(line) + "\n"; };
}

void say_where(const ServeOptions& options, const Server& server, const std::string& token, const std::vector<Codec>& codecs) {
  const std::string url = page_url(options.host, server.port(), token);
  if (!options.json) {
    std::cout << url << '\n' << std::flush;
    return;
  }
  Json event{{"event", "started"}, {"url", url}, {"host", options.host}, {"port", server.port()}, {"token", token}};
  event["encoders"] = Json::array();
  for (const Codec codec : codecs) event["encoders"].push_back(to_string(codec));
  print_line(event);
}

[[nodiscard]] ExitCode run(const ServeOptions& options) {
  catch_interrupts();
  const auto codecs = codecs_of(options.encoder);
  if (codecs.empty() && options.encoder != "auto" && options.encoder != "none") {
    return complain(text("There is no encoder for ", options.encoder, " here."),
                    "use --encoder auto; the packages libavcodec-dev and libx264 bring encoders", ExitCode::not_found);
  }
  auto directory = Directory::open();
  if (!directory) return complain(directory.error(), "set XDG_RUNTIME_DIR to a folder of your own");
  const std::string token = options.token.empty() ? random_token() : options.token;
  auto server = Server::listen({options.host, options.port, token, options.origins});
  if (!server) return complain(server.error(), "choose another --port, or leave it out for one that is free");
  if (options.unsafe_network) {
    std::cerr
        << "geyser: warning: " << options.host
        << " may be reached from the network, and what goes over it is not encrypted: whoever can listen sees the token and the pictures\n";
  }
  const Log log = log_of(options.log);
  Retirement sinks;
  Sources sources({options.device, options.bitrate * 1000}, log);
  StreamWatch streams(*std::move(directory), options.names, [&server](std::shared_ptr<const std::string> document) {
    (*server)->post()([&server, document = std::move(document)] { (*server)->tell_streams(document); });
  });
  Services services{sources, streams, sinks, (*server)->post(), log, {!options.no_publish, options.fps, codecs, options.device}};
  say_where(options, **server, token, codecs);
  (*server)->run(services);
  // All threads that post are ended before the server is.
  sources.stop();
  sinks.clear();
  if (options.json) print_line({{"event", "ended"}});
  return ExitCode::success;
}

}  // namespace

void add_serve(CLI::App& program, Action& action) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* verb = add_serve_options(program, *options);
  verb->callback([options, &action] {
    check_serve_options(*options);
    action = [options] { return run(*options); };
  });
}

}  // namespace geyser::tools
