#include "platform/pipe_windows.hpp"

#include <algorithm>
#include <cstring>
#include <thread>

#include "core/message.hpp"
#include "platform/system_error.hpp"

namespace geyser::platform {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds longest_linger{1};
constexpr std::chrono::milliseconds linger_step{2};

bool is_end(DWORD code) noexcept {
  return code == ERROR_BROKEN_PIPE || code == ERROR_NO_DATA || code == ERROR_PIPE_NOT_CONNECTED || code == ERROR_HANDLE_EOF ||
         code == ERROR_PIPE_LISTENING;
}

/// Waits for `event` in steps that the wait functions can take.
bool wait_until(const OsHandle& event, steady_clock::time_point begin, nanoseconds timeout) noexcept {
  while (true) {
    const nanoseconds left = timeout - (steady_clock::now() - begin);
    const DWORD step = wait_milliseconds(left);
    const DWORD ended = ::WaitForSingleObject(native(event), step);
    if (ended == WAIT_OBJECT_0) return true;
    if (ended != WAIT_TIMEOUT || steady_clock::now() - begin >= timeout) return false;
  }
}

}  // namespace

Result<void> Pipe::prepare(Request& request, bool signalled) const {
  request.event = owned(::CreateEventW(nullptr, TRUE, signalled ? TRUE : FALSE, nullptr));
  if (!request.event) return system_error("Making an event", last_error());
  request.state.hEvent = native(request.event);
  return {};
}

Result<std::unique_ptr<Pipe>> Pipe::create(OsHandle handle, std::unique_ptr<Courier> courier) {
  std::unique_ptr<Pipe> pipe(new Pipe(std::move(handle), std::move(courier)));
  for (const auto& [request, signalled] : {std::pair{&pipe->read_, false}, {&pipe->write_, true}, {&pipe->end_, false}}) {
    if (auto made = pipe->prepare(*request, signalled); !made) return std::move(made).error();
  }
  // Not zeroed: only what arrives is looked at.
  pipe->incoming_ = std::make_unique_for_overwrite<std::byte[]>(max_frame_bytes);
  pipe->outgoing_ = std::make_unique_for_overwrite<std::byte[]>(max_frame_bytes);
  return pipe;
}

Error Pipe::gone() const {
  return Error(Errc::peer_gone, ended_here_ ? "The connection was closed by this process." : "The other process has closed the connection.",
               ErrorDomain::win32, ERROR_BROKEN_PIPE);
}

void Pipe::is_gone() noexcept {
  gone_ = true;
  ::SetEvent(native(read_.event));
}

Error Pipe::broke_rules(std::string_view how) {
  // What follows cannot be trusted to be in step.
  end_here();
  is_gone();
  return Error(Errc::protocol_error, detail::text("A message of the other process ", how, "; the connection is closed."));
}

// ---- sending

bool Pipe::start_write() noexcept {
  if (::WriteFile(native(pipe_), outgoing_.get(), static_cast<DWORD>(outgoing_bytes_), nullptr, &write_.state) != 0 ||
      ::GetLastError() == ERROR_IO_PENDING) {
    write_.under_way = true;
    return true;
  }
  ::SetEvent(native(write_.event));
  return false;
}

Pipe::Write Pipe::look_at_write() noexcept {
  while (write_.under_way) {
    DWORD bytes = 0;
    if (::GetOverlappedResult(native(pipe_), &write_.state, &bytes, FALSE) != 0) {
      write_.under_way = false;
      break;
    }
    const DWORD code = ::GetLastError();
    if (code == ERROR_IO_INCOMPLETE) return Write::under_way;
    write_.under_way = false;
    // The system gives up the requests of a thread that ends.
    if (code == ERROR_OPERATION_ABORTED && start_write()) continue;
    if (outgoing_handles_) courier_->undo();
    return Write::broken;
  }
  return Write::done;
}

Result<SendOutcome> Pipe::write(FrameHead head, std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) {
  courier_->prune();
  if (ended_here_ || courier_->ended()) return gone();
  switch (look_at_write()) {
    case Write::under_way:
      return SendOutcome::full;
    case Write::broken:
      return gone();
    case Write::done:
      break;
  }
  // Else a peer that is gone would be noticed only after handles were prepared for it.
  if (auto packed = courier_->pack(handles, head); !packed) return std::move(packed).error();
  head.bytes = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(outgoing_.get(), &head, sizeof(head));
  if (!bytes.empty()) std::memcpy(outgoing_.get() + sizeof(head), bytes.data(), bytes.size());
  outgoing_bytes_ = sizeof(head) + bytes.size();
  outgoing_handles_ = !handles.empty();
  if (start_write() && look_at_write() != Write::broken) return SendOutcome::sent;
  const int code = last_error();
  if (outgoing_handles_) courier_->undo();
  if (is_end(static_cast<DWORD>(code))) return gone();
  return system_error("Sending a message", code);
}

Result<SendOutcome> Pipe::send(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) {
  const std::lock_guard lock(mutex_);
  // A client that only sends learns here of the counters that tell it what has been fetched.
  if (!courier_->welcomed()) static_cast<void>(look());
  return write(FrameHead(), bytes, handles);
}

Result<void> Pipe::greet() {
  const std::lock_guard lock(mutex_);
  FrameHead head;
  head.kind = FrameKind::welcome;
  const OsHandle::Value page = courier_->page();
  auto sent = write(head, {}, {&page, 1});
  if (!sent) return std::move(sent).error();
  return {};
}

bool Pipe::wait_writable(nanoseconds timeout) noexcept {
  const auto begin = steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (look_at_write() != Write::under_way || ended_here_) return true;
  }
  return wait_until(write_.event, begin, timeout);
}

// ---- receiving

void Pipe::start_read() noexcept {
  receives_ = true;
  read_error_ = 0;
  if (::ReadFile(native(pipe_), incoming_.get(), static_cast<DWORD>(max_frame_bytes), nullptr, &read_.state) != 0) {
    read_.under_way = true;
    return;
  }
  const DWORD code = ::GetLastError();
  read_.under_way = code == ERROR_IO_PENDING;
  if (read_.under_way) return;
  read_error_ = code;
  ::SetEvent(native(read_.event));
}

bool Pipe::has_waiting_frame() const noexcept {
  DWORD bytes = 0;
  return ::PeekNamedPipe(native(pipe_), nullptr, 0, nullptr, &bytes, nullptr) != 0 && bytes != 0;
}

Result<std::optional<FrameHead>> Pipe::next_frame() {
  while (true) {
    if (gone_) return gone();
    if (!read_.under_way && read_error_ == 0) {
      if (ended_here_ && !has_waiting_frame()) {
        is_gone();
        continue;
      }
      start_read();
    }
    DWORD code = std::exchange(read_error_, 0);
    DWORD bytes = 0;
    if (read_.under_way) {
      code = ::GetOverlappedResult(native(pipe_), &read_.state, &bytes, FALSE) != 0 ? 0 : ::GetLastError();
      if (code == ERROR_IO_INCOMPLETE) {
        if (!ended_here_) return std::optional<FrameHead>();
        cancel(read_);
        code = ::GetOverlappedResult(native(pipe_), &read_.state, &bytes, FALSE) != 0 ? 0 : ::GetLastError();
      }
      read_.under_way = false;
    }
    if (code == ERROR_OPERATION_ABORTED) continue;  // by shut_down(), or with the thread that had begun it
    if (code == ERROR_MORE_DATA) return broke_rules(detail::text("has more than ", max_datagram_bytes, " bytes"));
    if (is_end(code)) {
      is_gone();
      continue;
    }
    if (code != 0) {
      is_gone();
      return system_error("Receiving a message", static_cast<int>(code));
    }
    FrameHead head;
    if (const auto wrong = read_head({incoming_.get(), bytes}, head); !wrong.empty()) return broke_rules(wrong);
    return std::optional(head);
  }
}

bool Pipe::look() noexcept {
  try {
    while (!waiting_ && !failure_ && !gone_) {
      auto frame = next_frame();
      if (!frame) {
        if (frame.error().code() != Errc::peer_gone) failure_.emplace(std::move(frame).error());
        return true;
      }
      if (!frame->has_value()) return false;
      if ((*frame)->kind == FrameKind::message) {
        waiting_ = **frame;
      } else if ((*frame)->kind == FrameKind::end) {
        is_gone();
      } else if (auto welcomed = courier_->welcome(**frame); !welcomed) {
        failure_.emplace(std::move(welcomed).error());
        end_here();
        is_gone();
      }
    }
  } catch (const std::exception&) {
    failure_.emplace(Errc::out_of_memory, "The process has no host memory left for a message.");
  }
  return true;
}

Result<std::optional<Datagram>> Pipe::receive() {
  const std::lock_guard lock(mutex_);
  if (!look()) return std::optional<Datagram>();
  if (failure_) return *std::exchange(failure_, std::nullopt);
  if (!waiting_) return gone();
  const FrameHead head = *waiting_;
  Datagram datagram;
  datagram.bytes.assign(incoming_.get() + sizeof(head), incoming_.get() + sizeof(head) + head.bytes);
  auto handles = courier_->take(head);
  waiting_.reset();
  if (!handles && handles.error().code() != Errc::out_of_memory) {
    end_here();
    is_gone();
    return std::move(handles).error();
  }
  if (!ended_here_) start_read();  // at once: its event says whether there is more
  if (!handles) return std::move(handles).error();
  datagram.handles = std::move(*handles);
  return std::optional(std::move(datagram));
}

bool Pipe::wait_readable(nanoseconds timeout) noexcept {
  const auto begin = steady_clock::now();
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (look()) return true;
    }
    if (!wait_until(read_.event, begin, timeout)) return false;
  }
}

Watchable Pipe::watchable() noexcept {
  const std::lock_guard lock(mutex_);
  static_cast<void>(look());
  return {read_.event.borrow(), write_.event.borrow()};
}

// ---- the end

void Pipe::end_here() noexcept {
  if (ended_here_) return;
  ended_here_ = true;
  courier_->mark_ended();
  // A request of its own: it waits behind a message that the peer has yet to make room for.
  end_frame_.kind = FrameKind::end;
  end_.under_way =
      ::WriteFile(native(pipe_), &end_frame_, sizeof(end_frame_), nullptr, &end_.state) != 0 || ::GetLastError() == ERROR_IO_PENDING;
  if (read_.under_way) {
    ::CancelIoEx(native(pipe_), &read_.state);
  } else {
    ::SetEvent(native(read_.event));
  }
  ::SetEvent(native(write_.event));
}

void Pipe::shut_down() noexcept {
  const std::lock_guard lock(mutex_);
  end_here();
}

/// Not GetOverlappedResult(): the events are set by hand too.
void Pipe::settle(Request& request) const noexcept {
  while (request.under_way && static_cast<LONG>(static_cast<volatile OVERLAPPED&>(request.state).Internal) == STATUS_PENDING) ::Sleep(1);
}

void Pipe::cancel(Request& request) const noexcept {
  if (!request.under_way) return;
  ::CancelIoEx(native(pipe_), &request.state);
  settle(request);
}

bool Pipe::is_broken() const noexcept { return ::PeekNamedPipe(native(pipe_), nullptr, 0, nullptr, nullptr, nullptr) == 0; }

/// Closes the handles of what nobody will read.
void Pipe::drain(steady_clock::time_point until) noexcept {
  do {
    if (waiting_) courier_->drop(*waiting_);
    waiting_.reset();
    failure_.reset();
  } while (!gone_ && look() && steady_clock::now() < until);
}

void Pipe::linger() noexcept {
  const auto until = steady_clock::now() + longest_linger;
  // What lies in a pair may be for another process that holds this end too.
  const bool drains = courier_->named();
  if (drains) drain(until);
  if (courier_->named() && courier_->side() == PipeSide::server)
    return;  // what it pushed needs it no more, and a client must not hold it up
  while (steady_clock::now() < until && !is_broken()) {
    if (look_at_write() != Write::under_way && !courier_->owes()) return;
    if (drains) drain(until);
    std::this_thread::sleep_for(linger_step);
  }
}

Pipe::~Pipe() {
  if (!read_.event || !write_.event || !incoming_) return;  // never was in use
  linger();
  cancel(end_);
  cancel(write_);
  DWORD bytes = 0;
  if (write_.under_way && outgoing_handles_ && ::GetOverlappedResult(native(pipe_), &write_.state, &bytes, FALSE) == 0) courier_->undo();
  const bool was_reading = read_.under_way;
  cancel(read_);
  FrameHead head;
  if (was_reading && courier_->named() && ::GetOverlappedResult(native(pipe_), &read_.state, &bytes, FALSE) != 0 &&
      read_head({incoming_.get(), bytes}, head).empty()) {
    courier_->drop(head);  // it came at the last moment
  }
  courier_->finish(is_broken());
}

}  // namespace geyser::platform
