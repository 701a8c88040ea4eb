#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "stage_system.hpp"

namespace geyser::test {

std::string make_private_folder(const std::string& prefix) {
  std::string pattern = prefix + "XXXXXX";
  return ::mkdtemp(pattern.data()) != nullptr ? pattern : std::string();
}

void* map_file(const std::string& file, std::size_t bytes, bool create) {
  const OsHandle handle(::open(file.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0), 0600));
  if (!handle || (create && ::ftruncate(handle.fd(), static_cast<off_t>(bytes)) != 0)) return nullptr;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, handle.fd(), 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

void unmap_file(void* memory, std::size_t bytes) noexcept { ::munmap(memory, bytes); }

void end_with_parent(std::uint32_t) { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

void wait_until_stopped(ProcessId child) noexcept {
  // WNOWAIT leaves an end for wait().
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WSTOPPED | WEXITED | WNOWAIT);
}

bool has_ended(ProcessId child) noexcept {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid == child;
}

}  // namespace geyser::test
