#include "platform/pipe_server_windows.hpp"

#include <list>
#include <mutex>

#include "platform/pipe_name_windows.hpp"
#include "platform/security_windows.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

/// Clients beyond these wait in connect() until some are taken.
constexpr std::size_t waiting_instances = 16;
/// How much may lie unread before a sender is told to wait.
constexpr DWORD room = 256 * 1024;

}  // namespace

Result<OsHandle> make_instance(const std::wstring& name, bool first, DWORD most) {
  auto security = SecurityDescriptor::for_user_only("GA");
  if (!security) return std::move(security).error();
  SECURITY_ATTRIBUTES attributes = security->attributes();
  OsHandle pipe = owned(::CreateNamedPipeW(
      full_pipe_name(name).c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0U),
      PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, most, room, room, 0, &attributes));
  if (pipe) return pipe;
  const int code = last_error();
  if (first && code == ERROR_ACCESS_DENIED) {
    return Error(Errc::os_error, "Another program listens there already, under the same name; end it.", ErrorDomain::win32, code);
  }
  return system_error("Making a pipe", code);
}

struct PipeServer::Block {
  struct Instance {
    OVERLAPPED state{};
    OsHandle pipe;
    enum class Phase : std::uint8_t { idle, waits, connected } phase = Phase::idle;
  };

  std::mutex mutex;
  std::wstring name;
  OsHandle event;  // one for all: set while at least one instance has a client
  std::list<Instance> instances;

  ~Block() {
    for (Instance& instance : instances) {
      if (instance.phase != Instance::Phase::waits) continue;
      ::CancelIoEx(native(instance.pipe), &instance.state);
      while (static_cast<LONG>(static_cast<volatile OVERLAPPED&>(instance.state).Internal) == STATUS_PENDING) ::Sleep(1);
    }
  }

  [[nodiscard]] Result<void> add(bool first) {
    auto pipe = make_instance(name, first, PIPE_UNLIMITED_INSTANCES);
    if (!pipe) return std::move(pipe).error();
    instances.emplace_back().pipe = std::move(*pipe);
    return {};
  }
  void begin(Instance& instance) noexcept {
    instance.state = {};
    instance.state.hEvent = native(event);
    instance.phase = Instance::Phase::idle;
    if (::ConnectNamedPipe(native(instance.pipe), &instance.state) != 0) {
      instance.phase = Instance::Phase::connected;
      return;
    }
    switch (::GetLastError()) {
      case ERROR_IO_PENDING:
        instance.phase = Instance::Phase::waits;
        break;
      case ERROR_PIPE_CONNECTED:
        instance.phase = Instance::Phase::connected;
        break;
      default:  // a client came and went: the instance cannot be used before it is disconnected
        ::DisconnectNamedPipe(native(instance.pipe));
        break;
    }
  }
  /// Brings every instance to its phase, and the event in line with them. A request resets the event when it begins, so they are looked at
  /// after all have begun: what ends later sets it anew.
  void settle() noexcept {
    ::ResetEvent(native(event));
    bool any = false;
    for (Instance& instance : instances) {
      if (instance.phase == Instance::Phase::idle) begin(instance);
      if (instance.phase == Instance::Phase::idle) any = true;  // to be tried again
    }
    for (Instance& instance : instances) {
      if (instance.phase == Instance::Phase::waits) {
        DWORD bytes = 0;
        if (::GetOverlappedResult(native(instance.pipe), &instance.state, &bytes, FALSE) != 0) {
          instance.phase = Instance::Phase::connected;
        } else if (::GetLastError() != ERROR_IO_INCOMPLETE) {
          // Given up with the thread that had begun it, or with its client.
          ::DisconnectNamedPipe(native(instance.pipe));
          instance.phase = Instance::Phase::idle;
          any = true;
        }
      }
      any = any || instance.phase == Instance::Phase::connected;
    }
    if (any) ::SetEvent(native(event));
  }
};

PipeServer::PipeServer(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
PipeServer::PipeServer(PipeServer&&) noexcept = default;
PipeServer::~PipeServer() = default;

Result<PipeServer> PipeServer::create(const std::wstring& name) {
  auto block = std::make_unique<Block>();
  block->name = name;
  block->event = owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!block->event) return system_error("Making an event", last_error());
  for (std::size_t i = 0; i < waiting_instances; ++i) {
    if (auto added = block->add(i == 0); !added) return std::move(added).error();
  }
  block->settle();
  return PipeServer(std::move(block));
}

Result<std::optional<OsHandle>> PipeServer::take() {
  const std::lock_guard lock(block_->mutex);
  block_->settle();
  auto& instances = block_->instances;
  for (auto at = instances.begin(); at != instances.end(); ++at) {
    if (at->phase != Block::Instance::Phase::connected) continue;
    // Another one in its place first: without it the client stays in the queue.
    if (auto added = block_->add(false); !added) return std::move(added).error();
    std::optional<OsHandle> pipe(std::move(at->pipe));
    instances.erase(at);
    block_->settle();
    return pipe;
  }
  return std::optional<OsHandle>();
}

Watchable PipeServer::watchable() const noexcept { return {block_->event.borrow(), block_->event.borrow()}; }

}  // namespace geyser::platform
