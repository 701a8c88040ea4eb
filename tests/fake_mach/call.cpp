// How a call reaches the kernel: directly where the kernel is, else through a Unix socket.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

#include "fake_mach/fake_mach.hpp"

namespace fake_mach {

std::uint64_t mapping_count();

namespace {

constexpr std::size_t largest = 80 * 1024;
constexpr const char* kernel_variable = "GEYSER_FAKE_MACH_KERNEL";

struct Head {
  std::uint32_t op_or_code;
  std::uint32_t bytes;
  std::array<std::uint64_t, 4> values;
};

bool write_packet(int socket, const Head& head, const std::vector<std::byte>& bytes, int fd) {
  std::array<iovec, 2> parts{iovec{const_cast<Head*>(&head), sizeof(head)}, iovec{const_cast<std::byte*>(bytes.data()), bytes.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = 2;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(part), &fd, sizeof(fd));
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0;
}

bool read_packet(int socket, Head& head, std::vector<std::byte>& bytes, Fd& fd) {
  bytes.resize(largest);
  std::array<iovec, 2> parts{iovec{&head, sizeof(head)}, iovec{bytes.data(), bytes.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = 2;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = -1;
  while ((size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  if (size < static_cast<ssize_t>(sizeof(head))) return false;
  bytes.resize(head.bytes);
  if (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr) {
    int value = -1;
    std::memcpy(&value, CMSG_DATA(part), sizeof(value));
    fd = Fd(value);
  }
  return true;
}

/// The kernel and its door. Lives as long as the process: tasks end in destructors of statics.
struct Machine {
  Kernel kernel;
  std::shared_ptr<Task> task;
  pid_t process = 0;
  Fd door;
  sockaddr_un address{};

  void serve(Fd client) {
    ucred peer{};
    socklen_t size = sizeof(peer);
    ::getsockopt(client.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
    const auto own = kernel.start(static_cast<std::uint32_t>(peer.pid), peer.uid);
    while (true) {
      Head head{};
      Call request;
      if (!read_packet(client.get(), head, request.bytes, request.fd)) break;
      request.op = static_cast<Op>(head.op_or_code);
      request.values = head.values;
      const Answer answer = kernel.call(*own, std::move(request));
      const Head reply{static_cast<std::uint32_t>(answer.code), static_cast<std::uint32_t>(answer.bytes.size()), answer.values};
      if (!write_packet(client.get(), reply, answer.bytes, answer.fd.get())) break;
    }
    kernel.end(own);
  }
};
Machine* machine = nullptr;

/// A forked or started process's way to the machine.
struct Line {
  std::mutex mutex;
  Fd socket;
  pid_t process = 0;
};
Line& line() {
  static Line own;
  return own;
}

std::atomic<int> countdown = -1;
std::atomic<bool> failed = false;
std::atomic<bool> sandboxed = false;

Answer call_remotely(Call request) {
  Line& way = line();
  const std::scoped_lock lock(way.mutex);
  Answer answer;
  answer.code = KERN_INVALID_TASK;
  if (way.process != ::getpid()) {  // a fork brings no task along
    way.process = ::getpid();
    way.socket = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (::connect(way.socket.get(), reinterpret_cast<const sockaddr*>(&machine->address), sizeof(machine->address)) != 0) return answer;
  }
  const Head head{static_cast<std::uint32_t>(request.op), static_cast<std::uint32_t>(request.bytes.size()), request.values};
  Head reply{};
  if (!write_packet(way.socket.get(), head, request.bytes, request.fd.get()) ||
      !read_packet(way.socket.get(), reply, answer.bytes, answer.fd)) {
    return answer;
  }
  answer.code = static_cast<std::int32_t>(reply.op_or_code);
  answer.values = reply.values;
  return answer;
}

}  // namespace

void start_kernel() {
  if (machine != nullptr) return;
  machine = new Machine;
  if (const char* there = ::getenv(kernel_variable); there != nullptr) {  // started by a process that has one
    machine->address.sun_family = AF_UNIX;
    std::memcpy(machine->address.sun_path + 1, there, std::min(std::strlen(there), sizeof(machine->address.sun_path) - 1));
    return;
  }
  machine->process = ::getpid();
  machine->task = machine->kernel.start(static_cast<std::uint32_t>(::getpid()), ::geteuid());
  machine->address.sun_family = AF_UNIX;
  const std::string name = "geyser-fake-mach-" + std::to_string(::getpid());
  std::memcpy(machine->address.sun_path + 1, name.data(), name.size());  // abstract: leaves no file
  machine->door = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (::bind(machine->door.get(), reinterpret_cast<const sockaddr*>(&machine->address), sizeof(machine->address)) != 0 ||
      ::listen(machine->door.get(), 64) != 0) {
    std::abort();
  }
  std::thread([] {
    while (true) {
      Fd client(::accept4(machine->door.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (client) std::thread([](Fd socket) { machine->serve(std::move(socket)); }, std::move(client)).detach();
    }
  }).detach();
}

Answer call(Call request, std::int32_t failure) {
  if (failure != 0) {
    const int before = countdown.load();
    if (before >= 0 && countdown.fetch_sub(1) == 0) {
      failed = true;
      Answer answer;
      answer.code = failure;
      return answer;
    }
  }
  static std::once_flag once;
  std::call_once(once, start_kernel);
  if (machine->process == ::getpid()) return machine->kernel.call(*machine->task, std::move(request));
  return call_remotely(std::move(request));
}

void show_kernel_to_children() {
  const std::string name = machine->address.sun_path + 1;
  ::setenv(kernel_variable, name.c_str(), 1);
}

void fail_after(int after) {
  failed = false;
  countdown = after;
}
bool has_failed() { return failed; }
void limit_names(int more) { static_cast<void>(call({Op::limit_names, {more < 0 ? 0U : static_cast<std::uint64_t>(more) + 1}, {}, {}})); }
void be_user(std::uint32_t user) { machine->task->user = user; }
void be_sandboxed(bool is) { sandboxed = is; }
bool is_sandboxed() { return sandboxed; }

Counts counts() {
  const Answer answer = call({Op::count, {}, {}, {}});
  return {answer.values[0], answer.values[3], answer.values[1], answer.values[2], mapping_count()};
}

}  // namespace fake_mach
