// Windows: GetLastError().
#include "platform/system_error.hpp"

#include "core/message.hpp"
#include "platform/windows.hpp"

namespace geyser::platform {
namespace {

/// The system's sentence, without the full stop and the line end that it has there.
std::string words_of(DWORD code) {
  wchar_t* text = nullptr;
  const DWORD size = ::FormatMessageW(
      FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK, nullptr,
      code, 0, reinterpret_cast<wchar_t*>(&text), 0, nullptr);
  if (size == 0) return detail::text("system error ", code);
  std::string words;
  try {
    words = utf8({text, size});
  } catch (const std::bad_alloc&) {
    ::LocalFree(text);
    throw;
  }
  ::LocalFree(text);
  while (!words.empty() && (words.back() == ' ' || words.back() == '.' || words.back() == '\r' || words.back() == '\n')) words.pop_back();
  return words;
}

}  // namespace

Error system_error(std::string_view what, int code) {
  const auto number = static_cast<DWORD>(code);
  bool used_up = false;
  switch (number) {
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_PAGEFILE_QUOTA:
    case ERROR_NOT_ENOUGH_QUOTA:
    case ERROR_WORKING_SET_QUOTA:
      used_up = true;
      break;
    default:
      break;
  }
  const char* hint = number == ERROR_COMMITMENT_LIMIT ? " Close some programs or enlarge the paging file." : "";
  return Error(used_up ? Errc::out_of_memory : Errc::os_error, detail::text(what, " failed: ", words_of(number), ".", hint),
               ErrorDomain::win32, code);
}

}  // namespace geyser::platform
