// geyser serve in a build without Boost's headers, or on Windows: says so.
#include <memory>

#include "tools/geyser/serve_options.hpp"
#include "tools/geyser/verb.hpp"

namespace geyser::tools {

void add_serve(CLI::App& program, Action& action) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* verb = add_serve_options(program, *options);
  verb->description("Show streams in browsers, and take frames from them (not in this build)");
  verb->callback([options, &action] {
    check_serve_options(*options);
    action = [] {
      return complain("This geyser was built without a web server.", "build it on Linux with libboost-dev installed, or use: geyser view");
    };
  });
}

}  // namespace geyser::tools
