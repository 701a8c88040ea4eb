// The command line of `geyser serve`: the same whether the verb is built or not.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace geyser::tools {

struct ServeOptions {
  std::vector<std::string> names;
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string token;
  std::vector<std::string> origins;
  std::string encoder = "auto";
  std::uint64_t bitrate = 0;  ///< thousands of bits a second
  double fps = 0;
  std::string device;
  bool no_publish = false;
  bool unsafe_network = false;
  bool log = false;
  bool json = false;
};

/// Adds the verb. Ownership: the program's; `options` outlive it.
[[nodiscard]] CLI::App* add_serve_options(CLI::App& program, ServeOptions& options);
/// What goes together and what does not. Throws CLI::ValidationError.
void check_serve_options(ServeOptions& options);

}  // namespace geyser::tools
