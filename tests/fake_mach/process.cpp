// tests/support/process.hpp for Apple's files. Ports are not inherited, so a child meets its parent under a name; what must not leak is
// rights.
#include "support/process.hpp"

#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "fake_mach/fake_mach.hpp"
#include "platform/socket.hpp"

extern char** environ;

namespace geyser::test {
namespace {

using namespace std::chrono_literals;
constexpr const char* path_variable = "GEYSER_FAKE_MACH_CHANNEL";

/// An end that is told by handle is kept by it.
Result<OsHandle> handle_of(Result<std::optional<platform::Socket>> socket) {
  if (!socket) return std::move(socket).error();
  if (!*socket) return Error(Errc::timed_out, "the child does not connect");
  return (*socket)->handle().duplicate();
}

}  // namespace

std::size_t open_descriptors() {
  // The tasks of children that ended are gone a moment later.
  for (int i = 0; i < 2'000 && fake_mach::counts().tasks > 1; ++i) std::this_thread::sleep_for(1ms);
  const fake_mach::Counts counts = fake_mach::counts();
  return counts.names * 1'000'000 + counts.references * 1'000 + counts.ports;
}
std::vector<std::string> arguments_of(int argc, char** argv) { return {argv, argv + argc}; }

struct Channel::State {};
Channel::Channel(OsHandle socket) noexcept : socket_(std::move(socket)) {}
Channel::Channel(Channel&&) noexcept = default;
Channel& Channel::operator=(Channel&&) noexcept = default;
Channel::~Channel() = default;

OsHandle Child::inherited_channel() noexcept {
  const char* path = ::getenv(path_variable);
  auto socket = platform::Socket::connect(path != nullptr ? path : "", 20s);
  if (!socket) return {};
  auto handle = socket->handle().duplicate();
  return handle ? std::move(*handle) : OsHandle();
}

Result<Child> Child::start(const std::vector<std::string>& arguments) {
  std::string folder = (std::filesystem::temp_directory_path() / "geyser-fake-mach-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return Error(Errc::os_error, "mkdtemp fails");
  auto listener = platform::ListeningSocket::listen(folder + "/s");
  if (!listener) return std::move(listener).error();
  ::setenv(path_variable, (folder + "/s").c_str(), 1);
  fake_mach::show_kernel_to_children();
  std::vector<std::string> words{"/proc/self/exe"};
  words[0] = std::filesystem::read_symlink(words[0]).string();
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, words[0].c_str(), nullptr, nullptr, pointers.data(), environ);
  if (failed != 0) return Error(Errc::os_error, "posix_spawn fails");
  Result<std::optional<platform::Socket>> accepted = std::optional<platform::Socket>();
  // A part that asks for no channel ends without one, or goes on: then there is none.
  for (int i = 0; i < 20'000 && accepted && !*accepted; ++i) {
    accepted = listener->accept();
    if (accepted && !*accepted) std::this_thread::sleep_for(1ms);
    if (arguments.size() > 1 && arguments[1] == "connect") break;
  }
  std::filesystem::remove_all(folder);
  auto handle = handle_of(std::move(accepted));
  return Child(pid, OsHandle(), Channel(handle ? std::move(*handle) : OsHandle()));
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, none)), channel_(std::move(other.channel_)) {}

Child::~Child() {
  if (pid_ == none) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

namespace {
/// To none, which is -1, kill() would send it to every process of this user.
void signal_one(pid_t pid, int signal) noexcept {
  if (pid > 0) ::kill(pid, signal);
}
}  // namespace

void Child::kill() const noexcept { signal_one(pid_, SIGKILL); }
void Child::stop() const noexcept { signal_one(pid_, SIGSTOP); }
void Child::go_on() const noexcept { signal_one(pid_, SIGCONT); }

Result<int> Child::wait(std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (true) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = none;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (std::chrono::steady_clock::now() >= end) return Error(Errc::timed_out, "the child process still runs");
    std::this_thread::sleep_for(1ms);
  }
}

}  // namespace geyser::test

// tests/ipc/peers.hpp: no part is one system's alone here.
#include "peers.hpp"

namespace geyser::test {
std::optional<int> run_system_part(const std::vector<std::string>&) { return std::nullopt; }
}  // namespace geyser::test
