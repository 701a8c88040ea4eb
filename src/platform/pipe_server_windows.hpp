// Windows: the instances of a named pipe that wait for clients.
#pragma once

#include <memory>
#include <optional>

#include "platform/socket.hpp"
#include "platform/windows.hpp"

namespace geyser::platform {

/// A new instance of a pipe for this user alone. `first`: fails when somebody has the name already. Errors: os_error, out_of_memory.
[[nodiscard]] Result<OsHandle> make_instance(const std::wstring& name, bool first, DWORD most);

/// Several clients can connect before anyone looks. Ownership: move-only. Threading: any thread.
class PipeServer {
 public:
  /// Errors: os_error (somebody listens already), out_of_memory.
  static Result<PipeServer> create(const std::wstring& name);
  PipeServer(PipeServer&&) noexcept;
  PipeServer& operator=(PipeServer&&) = delete;
  ~PipeServer();
  /// The pipe of a client that has connected. Empty when there is none. Errors: os_error, out_of_memory (the client then waits on).
  [[nodiscard]] Result<std::optional<OsHandle>> take();
  [[nodiscard]] Watchable watchable() const noexcept;

 private:
  struct Block;
  explicit PipeServer(std::unique_ptr<Block> block) noexcept;
  std::unique_ptr<Block> block_;
};

}  // namespace geyser::platform
