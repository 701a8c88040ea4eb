// Linux: gdb where it is there, else a signal handler in every thread.
#include <dirent.h>
#include <execinfo.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "support/watchdog_system.hpp"

namespace geyser::test {
namespace {

// True when gdb was there, was allowed to look and showed the stacks.
bool stacks_by_gdb() {
  const std::string pid = std::to_string(::getpid());
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);  // where only a parent may look, the child may now
  const pid_t child = ::fork();
  if (child < 0) return false;
  if (child == 0) {
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    ::unsetenv("LD_PRELOAD");  // a sanitizer's runtime is not for gdb
    // timeout: this process stands still as long as gdb looks, and cannot end a gdb that hangs.
    ::execlp("timeout", "timeout", "-k", "5", "60", "gdb", "-q", "-batch", "-nx", "-p", pid.c_str(), "-ex", "thread apply all backtrace 40",
             static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::atomic<bool> shown{false};

void show_own_stack(int) {
  std::array<void*, 64> frames{};
  const int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  ::backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
  shown.store(true);
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Each thread prints its own stack in a signal handler. One that is deep in the kernel never does: then its wait channel is all there is.
void stacks_by_signal() {
  std::vector<pid_t> threads;
  if (DIR* folder = ::opendir("/proc/self/task"); folder != nullptr) {
    while (const dirent* entry = ::readdir(folder)) {
      if (entry->d_name[0] != '.') threads.push_back(static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10)));
    }
    ::closedir(folder);
  }
  struct sigaction action{};
  action.sa_handler = &show_own_stack;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR2, &action, nullptr);
  for (const pid_t thread : threads) {
    const std::string folder = "/proc/self/task/" + std::to_string(thread);
    std::fprintf(stderr, "Thread %d (%s), waits in %s, system call %s\n", static_cast<int>(thread), first_line(folder + "/comm").c_str(),
                 first_line(folder + "/wchan").c_str(), first_line(folder + "/syscall").c_str());
    shown.store(false);
    if (::syscall(SYS_tgkill, ::getpid(), thread, SIGUSR2) != 0) continue;
    for (int i = 0; i < 200 && !shown.load(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{10});
    if (!shown.load()) std::fprintf(stderr, "  (no answer within 2 s)\n");
  }
}

}  // namespace

void prepare_stacks() {
  // Loads what backtrace() needs now: in a signal handler it would be too late.
  std::array<void*, 1> frame{};
  static_cast<void>(::backtrace(frame.data(), 1));
}

void print_stacks() {
  if (stacks_by_gdb()) return;
  std::fprintf(stderr, "WATCHDOG: gdb is not here or may not look at this process; each thread tells for itself.\n");
  stacks_by_signal();
}

void start_again(const char* variable, long left) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::setenv(variable, std::to_string(left).c_str(), 1);
  ::execv("/proc/self/exe", arguments.data());
}

}  // namespace geyser::test
