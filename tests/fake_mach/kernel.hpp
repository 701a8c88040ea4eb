// The part of Mach that src/platform uses, for tasks of this machine: ports, rights with reference counts, queues with limits, dead names,
// notifications, names of services, memory entries on memfd. Written from public documentation; says nothing about Darwin's kernel.
#pragma once

#include <mach/mach.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace fake_mach {

/// A file descriptor and its owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] Fd duplicate() const;
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

enum class Op : std::uint32_t {
  allocate,
  deallocate,
  mod_refs,
  get_refs,
  get_send_rights,
  type,
  make_send,
  insert_member,
  set_queue_limit,
  request_notification,
  send,
  receive,
  check_in,
  look_up,
  make_memory,
  open_memory,
  watch,
  unwatch,
  count,
  limit_names,
};

/// A system call, in a form that passes through a socket as well.
struct Call {
  Op op{};
  std::array<std::uint64_t, 4> values{};
  std::vector<std::byte> bytes;
  Fd fd;
};
struct Answer {
  std::int32_t code = 0;
  std::array<std::uint64_t, 4> values{};
  std::vector<std::byte> bytes;
  Fd fd;
};

struct Port;
struct PortSet;

/// Something readable while a port or set has a message.
struct Watcher {
  Fd event;
  std::uint64_t id = 0;
  bool raised = false;
};

struct Right {
  mach_msg_type_name_t kind = 0;  // MACH_MSG_TYPE_PORT_*
  std::shared_ptr<Port> port;     // null: the name was none
  bool dead = false;
};

struct Message {
  mach_msg_bits_t bits = 0;
  mach_msg_id_t id = 0;
  Right reply;
  std::vector<std::byte> body;  // behind the header
  struct Carried {
    std::size_t at = 0;  // of its descriptor in `body`
    Right right;
  };
  std::vector<Carried> rights;
  std::uint32_t process = 0;
  std::uint32_t user = 0;
};

struct Port {
  Port() { ++alive; }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  ~Port() { --alive; }
  std::deque<Message> queue;
  std::uint32_t limit = MACH_PORT_QLIMIT_BASIC;
  bool dead = false;
  std::vector<std::weak_ptr<PortSet>> sets;
  std::vector<std::shared_ptr<Watcher>> watchers;
  // A memory entry, where `memory` is there.
  Fd memory;
  std::uint64_t bytes = 0;
  vm_prot_t protection = 0;
  bool file = false;
  static std::uint64_t alive;
};

struct PortSet {
  std::vector<std::weak_ptr<Port>> members;
  std::vector<std::shared_ptr<Watcher>> watchers;
};

/// What one name of a task stands for.
struct Name {
  std::shared_ptr<Port> port;
  std::uint32_t send = 0;
  bool receive = false;
  bool send_once = false;
  std::uint32_t dead = 0;
  std::shared_ptr<PortSet> set;
  std::shared_ptr<Port> notify;  // when the port dies
};

struct Task {
  std::uint32_t process = 0;
  std::uint32_t user = 0;
  mach_port_name_t next = 0;
  std::size_t most_names = 100'000;
  std::map<mach_port_name_t, Name> names;
  std::map<const Port*, mach_port_name_t> by_port;  // send and receive rights to one port have one name
};

class Kernel {
 public:
  [[nodiscard]] std::shared_ptr<Task> start(std::uint32_t process, std::uint32_t user);
  /// As when a process dies.
  void end(const std::shared_ptr<Task>& task);
  [[nodiscard]] Answer call(Task& task, Call call);

 private:
  // kernel_rights.cpp
  [[nodiscard]] mach_port_name_t new_name(Task& task);
  [[nodiscard]] mach_port_name_t give(Task& task, const Right& right);
  [[nodiscard]] std::int32_t take(Task& task, mach_port_name_t name, mach_msg_type_name_t disposition, Right& right);
  void give_up(Right& right);
  void kill(const std::shared_ptr<Port>& port);
  void drop_if_empty(Task& task, std::map<mach_port_name_t, Name>::iterator name);
  std::int32_t modify(Task& task, mach_port_name_t name, mach_port_right_t right, std::int64_t delta);
  [[nodiscard]] Answer request_notification(Task& task, const Call& call);
  [[nodiscard]] std::uint64_t send_rights(const Port& port) const;
  // kernel_messages.cpp
  [[nodiscard]] Answer send(Task& task, Call call);
  [[nodiscard]] Answer receive(Task& task, const Call& call);
  void notify(const std::shared_ptr<Port>& port, mach_msg_id_t id, mach_port_name_t name);
  void update(Port& port);
  void give_up(Message& message);

  std::mutex mutex_;
  std::set<std::shared_ptr<Task>> tasks_;
  std::map<std::string, std::weak_ptr<Port>> services_;
  std::uint32_t started_ = 0;
};

}  // namespace fake_mach
