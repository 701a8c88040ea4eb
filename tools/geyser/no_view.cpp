// geyser view in a build without GLFW's headers or without the Vulkan backend: says so.
#include <memory>

#include "tools/geyser/verb.hpp"

namespace geyser::tools {

void add_view(CLI::App& program, Action& action) {
  auto name = std::make_shared<std::string>();
  CLI::App* verb = program.add_subcommand("view", "Show a stream in a window (not in this build)");
  verb->add_option("name", *name, "The stream's name")->required();
  verb->footer("Example:\n  geyser view camera-1\n\n" + std::string(exit_code_help));
  verb->callback([name, &action] {
    action = [name] {
      return complain("This geyser was built without windows.",
                      "build it with libglfw3-dev installed and GEYSER_WITH_VULKAN=ON, or use: geyser snapshot " + *name + " frame.png");
    };
  });
}

}  // namespace geyser::tools
