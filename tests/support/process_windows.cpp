#include "platform/windows.hpp"

#include <psapi.h>
#include <shellapi.h>

#include <algorithm>
#include <cwchar>
#include <thread>

#include "core/message.hpp"
#include "platform/shared_memory.hpp"
#include "platform/socket.hpp"
#include "platform/system_error.hpp"
#include "platform/wait.hpp"
#include "support/process.hpp"

namespace geyser::test {
namespace {

using std::chrono::steady_clock;

constexpr const wchar_t* channel_variable = L"GEYSER_TEST_CHANNEL";
constexpr UINT killed = 128 + 9;

/// Wine does not count a process's handles, but lists the handles of all.
std::size_t listed_handles() {
  struct Entry {
    USHORT process, backtrace;
    UCHAR type, flags;
    USHORT value;
    void* object;
    ULONG access;
  };
  using NtQuerySystemInformation = LONG(WINAPI*)(int, void*, ULONG, ULONG*);
  static const auto query = platform::system_function<NtQuerySystemInformation>(L"ntdll.dll", "NtQuerySystemInformation");
  constexpr int system_handle_information = 16;
  std::vector<std::uint64_t> room(64 * 1024);
  while (room.size() < 64U * 1024 * 1024) {
    ULONG used = 0;
    if (query(system_handle_information, room.data(), static_cast<ULONG>(room.size() * sizeof(std::uint64_t)), &used) >= 0) {
      ULONG count = 0;
      std::memcpy(&count, room.data(), sizeof(count));
      const auto* entries = reinterpret_cast<const Entry*>(room.data() + 1);
      std::size_t ours = 0;
      for (ULONG i = 0; i < count; ++i) ours += entries[i].process == static_cast<USHORT>(::GetCurrentProcessId()) ? 1U : 0U;
      return ours;
    }
    room.resize(room.size() * 2);
  }
  return 0;
}

/// As the run-time library takes a command line apart again.
std::wstring quoted(const std::string& word) {
  std::wstring out = L"\"";
  std::size_t slashes = 0;
  for (const wchar_t c : platform::wide(word)) {
    if (c == L'"') out.append(slashes + 1, L'\\');
    slashes = c == L'\\' ? slashes + 1 : 0;
    out += c;
  }
  return out.append(slashes, L'\\') + L'"';
}

/// This process's environment, and one variable more.
std::vector<wchar_t> environment_with(const std::wstring& variable) {
  std::vector<wchar_t> block(variable.begin(), variable.end());
  block.push_back(L'\0');
  wchar_t* own = ::GetEnvironmentStringsW();
  for (const wchar_t* at = own; *at != L'\0'; at += std::wcslen(at) + 1) {
    const std::wstring_view entry(at);
    if (entry.starts_with(channel_variable)) continue;
    block.insert(block.end(), entry.begin(), entry.end());
    block.push_back(L'\0');
  }
  ::FreeEnvironmentStringsW(own);
  block.push_back(L'\0');
  return block;
}

void suspend(const OsHandle& process, const char* name) noexcept {
  using Function = LONG(WINAPI*)(HANDLE);
  if (const auto call = platform::system_function<Function>(L"ntdll.dll", name)) call(platform::native(process));
}

/// The system keeps handles of its own from the first use of some calls on (random numbers, identities, threads): they are no leak, so each
/// is used once before anything is counted.
void use_everything_once() {
  static const bool done = [] {
    auto board = platform::SharedMemory::create_read_only_for_others(1, "warm-up");
    OsHandle null =
        platform::owned(::CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0, nullptr));
    static_cast<void>(platform::SharedMemory::open_read_only(null, 1));
    platform::BellKey key;
    auto bell = platform::Bell::create(key);
    std::thread([] {}).join();
    auto pair = platform::Socket::pair();
    if (pair) {
      const std::byte byte{1};
      const OsHandle::Value handle = null.borrow();
      static_cast<void>(pair->first.send({&byte, 1}, {&handle, 1}));
      static_cast<void>(pair->second.wait_readable(std::chrono::seconds(1)));
      static_cast<void>(pair->second.receive());
      static_cast<void>(pair->first.peer());
    }
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace

std::size_t open_descriptors() {
  use_everything_once();
  DWORD count = 0;
  if (::GetProcessHandleCount(::GetCurrentProcess(), &count) != 0 && count != 0) return count;
  return listed_handles();
}

std::uint64_t resident_bytes() {
  PROCESS_MEMORY_COUNTERS counters{};
  return ::K32GetProcessMemoryInfo(::GetCurrentProcess(), &counters, sizeof(counters)) != 0 ? counters.WorkingSetSize : 0;
}

std::vector<std::string> arguments_of(int /*argc*/, char** /*argv*/) {
  int count = 0;
  wchar_t** words = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back(platform::utf8(words[i]));
  ::LocalFree(words);
  return out;
}

bool is_open(OsHandle::Value handle) noexcept {
  DWORD flags = 0;
  return ::GetHandleInformation(platform::native(handle), &flags) != 0;
}

struct Channel::State {
  platform::Socket socket;
};
Channel::Channel(OsHandle socket) noexcept : socket_(std::move(socket)) {}
Channel::Channel(Channel&&) noexcept = default;
Channel& Channel::operator=(Channel&& other) noexcept {
  state_ = std::move(other.state_);  // first: its pipe is the same
  socket_ = std::move(other.socket_);
  return *this;
}
Channel::~Channel() = default;

namespace {

/// At first use: until then another process or object may take the end over.
template <class State>
Result<void> prepare(const OsHandle& end, std::unique_ptr<State>& state) {
  if (state) return {};
  auto copy = end.duplicate();
  if (!copy) return std::move(copy).error();
  auto socket = platform::Socket::adopt(*copy);
  if (!socket) return std::move(socket).error();
  state = std::make_unique<State>(State{std::move(*socket)});
  return {};
}

}  // namespace

Result<void> Channel::send(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) const {
  if (auto ready = prepare(socket_, state_); !ready) return std::move(ready).error();
  constexpr std::chrono::seconds patience{20};
  const auto end = steady_clock::now() + patience;
  while (true) {
    auto sent = state_->socket.send(bytes, handles);
    if (!sent) return std::move(sent).error();
    if (*sent == platform::SendOutcome::sent) return {};
    if (!state_->socket.wait_writable(end - steady_clock::now())) return Error(Errc::timed_out, "the other process takes no test message");
  }
}

Result<Message> Channel::receive(std::chrono::milliseconds timeout) const {
  if (auto ready = prepare(socket_, state_); !ready) return std::move(ready).error();
  if (!state_->socket.wait_readable(timeout)) {
    return Error(Errc::timed_out, detail::text("the other process sends nothing within ", timeout.count(), " ms"));
  }
  auto datagram = state_->socket.receive();
  if (!datagram) return std::move(datagram).error();
  if (!*datagram) return Error(Errc::internal, "what was readable was nothing");
  return Message{std::move((*datagram)->bytes), std::move((*datagram)->handles)};
}

OsHandle Child::inherited_channel() noexcept {
  wchar_t text[32] = {};
  const DWORD size = ::GetEnvironmentVariableW(channel_variable, text, 32);
  ::SetEnvironmentVariableW(channel_variable, nullptr);
  return size == 0 || size >= 32 ? OsHandle() : OsHandle(static_cast<OsHandle::Value>(std::wcstoll(text, nullptr, 10)));
}

Result<Child> Child::start(const std::vector<std::string>& arguments) {
  OsHandle ours;
  OsHandle theirs;
  {
    auto ends = platform::Socket::pair();
    if (!ends) return std::move(ends).error();
    auto first = ends->first.handle().duplicate();
    auto second = ends->second.handle().duplicate();
    if (!first || !second) return Error(Errc::os_error, "no handles for a child's channel");
    ours = std::move(*first);
    theirs = std::move(*second);
  }
  ::SetHandleInformation(platform::native(theirs), HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  std::wstring self(32768, L'\0');
  self.resize(::GetModuleFileNameW(nullptr, self.data(), static_cast<DWORD>(self.size())));
  std::wstring line = L'"' + self + L'"';
  for (const std::string& word : arguments) line += L' ' + quoted(word);
  auto environment = environment_with(std::wstring(channel_variable) + L'=' + std::to_wstring(theirs.borrow()));

  // Only these are inherited, whatever other threads make inheritable meanwhile.
  std::vector<HANDLE> inherited{platform::native(theirs)};
  STARTUPINFOEXW startup{};
  startup.StartupInfo.cb = sizeof(startup);
  startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  const auto standard = [&](DWORD which) {
    const HANDLE handle = ::GetStdHandle(which);
    if (handle == nullptr || handle == INVALID_HANDLE_VALUE) return handle;
    ::SetHandleInformation(handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    if (std::find(inherited.begin(), inherited.end(), handle) == inherited.end()) inherited.push_back(handle);
    return handle;
  };
  startup.StartupInfo.hStdInput = standard(STD_INPUT_HANDLE);
  startup.StartupInfo.hStdOutput = standard(STD_OUTPUT_HANDLE);
  startup.StartupInfo.hStdError = standard(STD_ERROR_HANDLE);
  SIZE_T size = 0;
  ::InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
  std::vector<std::uint64_t> room(size / sizeof(std::uint64_t) + 1);
  auto* list = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(room.data());
  startup.lpAttributeList = list;
  if (::InitializeProcThreadAttributeList(list, 1, 0, &size) == 0 ||
      ::UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, inherited.data(), inherited.size() * sizeof(HANDLE), nullptr,
                                  nullptr) == 0) {
    return platform::system_error("Preparing a child", platform::last_error());
  }
  PROCESS_INFORMATION made{};
  const BOOL started =
      ::CreateProcessW(self.c_str(), line.data(), nullptr, nullptr, TRUE, CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT,
                       environment.data(), nullptr, &startup.StartupInfo, &made);
  const int code = platform::last_error();
  ::DeleteProcThreadAttributeList(list);
  if (started == 0) return platform::system_error("Starting a child", code);
  ::CloseHandle(made.hThread);
  return Child(made.dwProcessId, platform::owned(made.hProcess), Channel(std::move(ours)));
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, none)), process_(std::move(other.process_)), channel_(std::move(other.channel_)) {}

Child::~Child() {
  if (pid_ == none) return;
  kill();
  ::WaitForSingleObject(platform::native(process_), 10'000);
}

void Child::kill() const noexcept { ::TerminateProcess(platform::native(process_), killed); }
void Child::stop() const noexcept { suspend(process_, "NtSuspendProcess"); }
void Child::go_on() const noexcept { suspend(process_, "NtResumeProcess"); }

Result<int> Child::wait(std::chrono::milliseconds timeout) {
  if (::WaitForSingleObject(platform::native(process_), platform::wait_milliseconds(timeout)) != WAIT_OBJECT_0) {
    return Error(Errc::timed_out, "the child process still runs");
  }
  DWORD status = 0;
  if (::GetExitCodeProcess(platform::native(process_), &status) == 0)
    return platform::system_error("Asking how a child ended", platform::last_error());
  pid_ = none;
  return static_cast<int>(status);
}

}  // namespace geyser::test
