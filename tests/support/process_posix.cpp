#include "support/process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

#include "core/message.hpp"

extern char** environ;

namespace geyser::test {
namespace {

constexpr std::size_t max_message_bytes = 64 * 1024;
constexpr std::size_t max_message_handles = 8;

Error system_error(std::string_view call) {
  return Error(Errc::os_error, detail::text(call, " fails: ", std::strerror(errno)), ErrorDomain::posix, errno);
}

}  // namespace

std::size_t open_descriptors() {
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  std::size_t n = 0;
  while (const dirent* entry = ::readdir(folder)) n += entry->d_name[0] == '.' ? 0U : 1U;
  ::closedir(folder);
  return n - 1;  // the one that opendir() holds
}

std::uint64_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  unsigned long long total = 0;
  unsigned long long resident = 0;
  const int read = std::fscanf(file, "%llu %llu", &total, &resident);
  std::fclose(file);
  return read == 2 ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

std::vector<std::string> arguments_of(int argc, char** argv) { return {argv, argv + argc}; }

bool is_open(OsHandle::Value handle) noexcept { return ::fcntl(static_cast<int>(handle), F_GETFD) != -1; }

struct Channel::State {};
Channel::Channel(OsHandle socket) noexcept : socket_(std::move(socket)) {}
Channel::Channel(Channel&&) noexcept = default;
Channel& Channel::operator=(Channel&&) noexcept = default;
Channel::~Channel() = default;

Result<void> Channel::send(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) const {
  if (bytes.empty() || bytes.size() > max_message_bytes || handles.size() > max_message_handles) {
    return Error(Errc::invalid_argument, "the test message is empty or too large");
  }
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * max_message_handles)> control{};
  const std::vector<int> descriptors(handles.begin(), handles.end());
  if (!descriptors.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
    cmsghdr* first = CMSG_FIRSTHDR(&header);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
    std::memcpy(CMSG_DATA(first), descriptors.data(), sizeof(int) * descriptors.size());
  }
  if (::sendmsg(socket_.fd(), &header, MSG_NOSIGNAL) < 0) return system_error("sendmsg");
  return {};
}

Result<Message> Channel::receive(std::chrono::milliseconds timeout) const {
  pollfd waiting{socket_.fd(), POLLIN, 0};
  const int ready = ::poll(&waiting, 1, static_cast<int>(timeout.count()));
  if (ready < 0) return system_error("poll");
  if (ready == 0) return Error(Errc::timed_out, detail::text("the other process sends nothing within ", timeout.count(), " ms"));
  Message message;
  message.bytes.resize(max_message_bytes);
  iovec part{message.bytes.data(), message.bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * max_message_handles)> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const ssize_t n = ::recvmsg(socket_.fd(), &header, MSG_CMSG_CLOEXEC);
  if (n < 0) return system_error("recvmsg");
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
      message.handles.emplace_back(fd);
    }
  }
  if (n == 0) return Error(Errc::peer_gone, "the other process closed its end");
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return Error(Errc::protocol_error, "the test message is cut off");
  message.bytes.resize(static_cast<std::size_t>(n));
  return message;
}

Result<Child> Child::start(const std::vector<std::string>& arguments) {
  std::array<int, 2> pair{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) return system_error("socketpair");
  OsHandle ours(pair[0]);
  OsHandle theirs(pair[1]);
  // dup2() onto itself would keep close-on-exec; move the socket out of the way first.
  if (theirs.fd() == channel_descriptor) {
    auto moved = theirs.duplicate();
    if (!moved) return std::move(moved).error();
    theirs = std::move(*moved);
  }
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return system_error("posix_spawn_file_actions_init");
  ::posix_spawn_file_actions_adddup2(&actions, theirs.fd(), channel_descriptor);
  std::array<char, 4096> self{};
  const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size() - 1);
  std::vector<std::string> words{length > 0 ? std::string(self.data(), static_cast<std::size_t>(length)) : std::string("/proc/self/exe")};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, words[0].c_str(), &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    errno = failed;
    return system_error("posix_spawn");
  }
  return Child(pid, OsHandle(), Channel(std::move(ours)));
}

OsHandle Child::inherited_channel() noexcept { return OsHandle(channel_descriptor); }

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, none)), process_(std::move(other.process_)), channel_(std::move(other.channel_)) {}

namespace {
/// To none, which is -1, kill() would send it to every process of this user.
void signal_one(pid_t pid, int signal) noexcept {
  if (pid > 0) ::kill(pid, signal);
}
}  // namespace

void Child::kill() const noexcept { signal_one(pid_, SIGKILL); }
void Child::stop() const noexcept { signal_one(pid_, SIGSTOP); }
void Child::go_on() const noexcept { signal_one(pid_, SIGCONT); }

Child::~Child() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Result<int> Child::wait(std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    int status = 0;
    const pid_t done = ::waitpid(pid_, &status, WNOHANG);
    if (done < 0) return system_error("waitpid");
    if (done == pid_) {
      pid_ = none;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (std::chrono::steady_clock::now() >= end) return Error(Errc::timed_out, "the child process still runs");
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

}  // namespace geyser::test
