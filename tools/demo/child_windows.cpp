#include <array>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "platform/system_error.hpp"
#include "platform/windows.hpp"
#include "tools/demo/child.hpp"

namespace geyser::demo {
namespace {

[[noreturn]] void fail(std::string_view what) {
  throw std::runtime_error(std::string(platform::system_error(what, platform::last_error()).message()));
}

/// One argument as CommandLineToArgvW takes it apart again: backslashes count double before a quotation mark, and only there.
void append_quoted(std::wstring& line, std::wstring_view word) {
  if (!line.empty()) line += L' ';
  line += L'"';
  std::size_t backslashes = 0;
  for (const wchar_t c : word) {
    if (c == L'"') line.append(backslashes + 1, L'\\');
    backslashes = c == L'\\' ? backslashes + 1 : 0;
    line += c;
  }
  line.append(backslashes, L'\\');
  line += L'"';
}

[[nodiscard]] std::wstring own_file() {
  std::wstring name(32768, L'\0');  // the longest path that there is
  const DWORD size = ::GetModuleFileNameW(nullptr, name.data(), static_cast<DWORD>(name.size()));
  if (size == 0 || size == name.size()) fail("Asking for this program's file");
  name.resize(size);
  return name;
}

/// The handles that the child inherits, and no others of this process.
class Inherited {
 public:
  explicit Inherited(std::vector<HANDLE> handles) : handles_(std::move(handles)) {
    SIZE_T bytes = 0;
    (void)::InitializeProcThreadAttributeList(nullptr, 1, 0, &bytes);
    memory_.resize(bytes);
    list_ = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
    if (::InitializeProcThreadAttributeList(list_, 1, 0, &bytes) == 0) fail("InitializeProcThreadAttributeList");
    if (::UpdateProcThreadAttribute(list_, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles_.data(), handles_.size() * sizeof(HANDLE), nullptr,
                                    nullptr) == 0) {
      ::DeleteProcThreadAttributeList(list_);
      fail("UpdateProcThreadAttribute");
    }
  }
  Inherited(const Inherited&) = delete;
  Inherited& operator=(const Inherited&) = delete;
  ~Inherited() { ::DeleteProcThreadAttributeList(list_); }
  [[nodiscard]] LPPROC_THREAD_ATTRIBUTE_LIST list() const noexcept { return list_; }

 private:
  std::vector<HANDLE> handles_;
  std::vector<std::byte> memory_;
  LPPROC_THREAD_ATTRIBUTE_LIST list_ = nullptr;
};

/// A copy that a child may inherit. Empty for a stream that this process does not have.
[[nodiscard]] OsHandle inheritable(HANDLE handle) {
  HANDLE copy = nullptr;
  const HANDLE self = ::GetCurrentProcess();
  if (handle == nullptr || ::DuplicateHandle(self, handle, self, &copy, 0, TRUE, DUPLICATE_SAME_ACCESS) == 0) return {};
  return platform::owned(copy);
}

}  // namespace

Child::Child(std::vector<std::string> arguments) {
  HANDLE read_end = nullptr;
  HANDLE write_end = nullptr;
  // As much as a pipe holds on Linux: a report is a line.
  if (::CreatePipe(&read_end, &write_end, nullptr, 64 * 1024) == 0) fail("CreatePipe");
  pipe_ = platform::owned(read_end);
  const OsHandle ours = platform::owned(write_end);
  const OsHandle output = inheritable(write_end);
  const OsHandle errors = inheritable(::GetStdHandle(STD_ERROR_HANDLE));
  if (!output) fail("DuplicateHandle");
  std::vector<HANDLE> handles{platform::native(output)};
  if (errors) handles.push_back(platform::native(errors));
  const Inherited inherited(std::move(handles));

  const std::wstring file = own_file();
  std::wstring line;
  append_quoted(line, file);
  for (const std::string& argument : arguments) append_quoted(line, platform::wide(argument));
  STARTUPINFOEXW start{};
  start.StartupInfo.cb = sizeof start;
  start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  start.StartupInfo.hStdOutput = platform::native(output);
  start.StartupInfo.hStdError = platform::native(errors);
  start.lpAttributeList = inherited.list();
  PROCESS_INFORMATION made{};
  if (::CreateProcessW(file.c_str(), line.data(), nullptr, nullptr, TRUE, EXTENDED_STARTUPINFO_PRESENT, nullptr, nullptr,
                       &start.StartupInfo, &made) == 0) {
    fail("Starting another process of the demo");
  }
  ::CloseHandle(made.hThread);
  process_ = platform::owned(made.hProcess);
}

Child::Child(Child&& other) noexcept
    : process_(std::move(other.process_)), pipe_(std::move(other.pipe_)), code_(std::exchange(other.code_, std::nullopt)) {}

Child::~Child() {
  if (process_ && running()) {
    ::TerminateProcess(platform::native(process_), 128 + 9);
    static_cast<void>(wait(std::chrono::seconds(5)));
  }
}

bool Child::running() {
  if (code_) return false;
  return !wait(std::chrono::nanoseconds::zero());
}

std::optional<int> Child::wait(std::chrono::nanoseconds timeout) {
  if (!code_ && ::WaitForSingleObject(platform::native(process_), platform::wait_milliseconds(timeout)) == WAIT_OBJECT_0) {
    DWORD code = 0;
    code_ = ::GetExitCodeProcess(platform::native(process_), &code) != 0 ? static_cast<int>(code) : -1;
  }
  return code_;
}

std::string Child::output() {
  std::string all;
  std::array<char, 4096> part{};
  DWORD bytes = 0;
  while (::ReadFile(platform::native(pipe_), part.data(), static_cast<DWORD>(part.size()), &bytes, nullptr) != 0) {
    all.append(part.data(), bytes);
  }
  return all;  // the other end is closed: there is nobody to wait for
}

}  // namespace geyser::demo
