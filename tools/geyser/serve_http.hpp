// HTTP and WebSocket for `geyser serve`. serve_http.cpp is the only file that knows the library behind it (Boost.Beast).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "geyser/result.hpp"
#include "tools/geyser/serve_worker.hpp"

namespace geyser::tools::web {

struct Services;

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< an IP literal
  std::uint16_t port = 0;             ///< 0: any that is free
  std::string token;
  std::vector<std::string> origins;  ///< pages of others that may connect
};

/// Threading: one thread, save post().
class Server {
 public:
  static constexpr std::size_t max_connections = 64;

  /// Errors: os_error (the port is taken, or not allowed), invalid_argument (no such address).
  [[nodiscard]] static Result<std::unique_ptr<Server>> listen(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// Runs things in the thread of run(). Valid as long as the server.
  [[nodiscard]] Post post() noexcept;
  /// A `streams` message for every browser that follows the list.
  void tell_streams(const std::shared_ptr<const std::string>& document);
  /// Until the user asks to stop; then says good-bye to browsers, which takes a second at most.
  void run(Services& services);

  class Core;

 private:
  explicit Server(std::unique_ptr<Core> core) noexcept;
  std::unique_ptr<Core> core_;
};

}  // namespace geyser::tools::web
