// Windows: each other thread is stopped for a moment and its instruction pointer printed, as an offset into its module: what a linker map
// or a debugger turns into a function.
#include "platform/windows.hpp"
// After windows.h, which they rest on.
#include <tlhelp32.h>

#include <cstdint>
#include <cstdio>
#include <string>

#include "support/watchdog_system.hpp"

namespace geyser::test {
namespace {

std::string place_of(const void* address) {
  HMODULE module = nullptr;
  constexpr DWORD how = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
  wchar_t name[1024] = L"";
  if (::GetModuleHandleExW(how, static_cast<LPCWSTR>(address), &module) == 0 || ::GetModuleFileNameW(module, name, 1024) == 0) return "?";
  char offset[32];
  std::snprintf(offset, sizeof offset, "+0x%llx",
                static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(module)));
  return platform::utf8(name) + offset;
}

void print_thread(DWORD id) {
  const OsHandle thread = platform::owned(::OpenThread(THREAD_SUSPEND_RESUME | THREAD_GET_CONTEXT | THREAD_QUERY_INFORMATION, FALSE, id));
  if (!thread) return;
  CONTEXT context{};
  context.ContextFlags = CONTEXT_CONTROL;
  if (::SuspendThread(platform::native(thread)) == static_cast<DWORD>(-1)) return;
  // Nothing here may wait for the stopped thread, the heap's lock included: printing comes after.
  const bool known = ::GetThreadContext(platform::native(thread), &context) != 0;
  ::ResumeThread(platform::native(thread));
#if defined(_M_ARM64) || defined(__aarch64__)
  const auto* at = reinterpret_cast<const void*>(context.Pc);
#else
  const auto* at = reinterpret_cast<const void*>(context.Rip);
#endif
  std::fprintf(stderr, "Thread %lu is at %s\n", static_cast<unsigned long>(id), known ? place_of(at).c_str() : "an unknown place");
}

}  // namespace

void prepare_stacks() {}

void print_stacks() {
  const OsHandle threads = platform::owned(::CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0));
  THREADENTRY32 entry{};
  entry.dwSize = sizeof entry;
  for (BOOL more = ::Thread32First(platform::native(threads), &entry); more != 0;
       more = ::Thread32Next(platform::native(threads), &entry)) {
    if (entry.th32OwnerProcessID == ::GetCurrentProcessId() && entry.th32ThreadID != ::GetCurrentThreadId())
      print_thread(entry.th32ThreadID);
  }
}

void start_again(const char*, long) { std::fprintf(stderr, "WATCHDOG: no process can take the place of another on this system.\n"); }

}  // namespace geyser::test
