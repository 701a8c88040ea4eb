// The state of the fake: what is alive, what shall fail, the queues and the thread that runs them.
#pragma once

#include "platform/windows.hpp"

// Direct3D's headers want windows.h first.
#include <d3d11_4.h>
#include <dxgi1_4.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "fake_d3d11/fake_d3d11.hpp"

namespace fake_d3d11 {

/// Ends the program with a message: what a real device would not survive, or would not notice.
[[noreturn]] void misuse(std::string_view function, std::string_view what);
[[noreturn]] void unused(std::string_view function);

/// One immediate context's commands. Those that are not flushed do not run, as with a real one.
struct Queue {
  /// Each runs once it answers true; the next ones wait for it.
  std::deque<std::function<bool()>> recorded;
  std::deque<std::function<bool()>> flushed;
  bool dropped = false;
};

/// What shall happen once `done` answers true.
struct Watch {
  std::function<bool()> done;
  std::function<void()> act;
  std::weak_ptr<void> owner;  // forgotten with it
};

struct World {
  std::recursive_mutex mutex;  // objects may go while commands run
  std::condition_variable_any changed;
  Config config;
  std::map<std::string, std::size_t, std::less<>> alive;
  std::map<std::string, std::uint64_t, std::less<>> calls;
  std::string fail_function;
  std::uint64_t fail_nth = 0;
  bool fail_any = false;
  bool fail_forever = false;
  HRESULT fail_result = S_OK;
  std::string injected;
  HRESULT removed = S_OK;
  bool held = false;
  unsigned delay_ms = 0;
  bool forget_holder = false;
  std::vector<std::shared_ptr<Queue>> queues;
  std::vector<Watch> watches;
  std::thread worker;
  bool stop_worker = false;
};
[[nodiscard]] World& world();

/// Counts a call and says what it must answer at once: an injected failure, or that the device is gone.
[[nodiscard]] std::optional<HRESULT> refusal(std::string_view function);
/// Counts a call that cannot fail.
void count(std::string_view function);

/// Puts a command behind the others of that queue.
void record(Queue& queue, std::function<bool()> command);
/// Lets the commands so far run.
void flush(Queue& queue);
/// Runs `act` once `done` is true, while `owner` lives.
void watch(std::function<bool()> done, std::function<void()> act, std::weak_ptr<void> owner);

/// Counts the object that it is a member of.
class Alive {
 public:
  explicit Alive(const char* type);
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  ~Alive();

 private:
  const char* type_;
};

/// A HANDLE, closed with the object.
class Handle {
 public:
  explicit Handle(HANDLE handle = nullptr) noexcept : handle_(handle) {}
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (handle_ != nullptr) ::CloseHandle(handle_);
  }
  [[nodiscard]] HANDLE get() const noexcept { return handle_; }

 private:
  HANDLE handle_;
};
/// A second handle to the same object, this process's; null when there is none.
[[nodiscard]] HANDLE duplicate(HANDLE handle);

}  // namespace fake_d3d11
