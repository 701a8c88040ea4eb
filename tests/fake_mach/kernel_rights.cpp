// Rights: names, reference counts, deaths.
#include <unistd.h>

#include "fake_mach/kernel.hpp"

namespace fake_mach {

std::uint64_t Port::alive = 0;

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}
Fd Fd::duplicate() const { return Fd(fd_ >= 0 ? ::dup(fd_) : -1); }

std::shared_ptr<Task> Kernel::start(std::uint32_t process, std::uint32_t user) {
  const std::scoped_lock lock(mutex_);
  auto task = std::make_shared<Task>();
  task->process = process;
  task->user = user;
  // Tasks have different names, so that one that is used in another task is none there.
  task->next = (++started_ << 20U) + 0x103;
  tasks_.insert(task);
  return task;
}

void Kernel::end(const std::shared_ptr<Task>& task) {
  const std::scoped_lock lock(mutex_);
  tasks_.erase(task);
  std::vector<Right> rights;
  for (auto& [number, name] : task->names) {
    if (name.receive) rights.push_back({MACH_MSG_TYPE_PORT_RECEIVE, name.port});
    if (name.send_once) rights.push_back({MACH_MSG_TYPE_PORT_SEND_ONCE, name.port});
  }
  task->names.clear();
  task->by_port.clear();
  for (Right& right : rights) give_up(right);
}

mach_port_name_t Kernel::new_name(Task& task) {
  if (task.names.size() >= task.most_names) return MACH_PORT_NULL;
  task.next += 0x100;
  return task.next;
}

mach_port_name_t Kernel::give(Task& task, const Right& right) {
  if (right.dead || (right.port && right.port->dead && right.kind != MACH_MSG_TYPE_PORT_RECEIVE)) return MACH_PORT_DEAD;
  if (!right.port) return MACH_PORT_NULL;
  if (right.kind != MACH_MSG_TYPE_PORT_SEND_ONCE) {
    if (const auto known = task.by_port.find(right.port.get()); known != task.by_port.end()) {
      Name& name = task.names[known->second];
      if (right.kind == MACH_MSG_TYPE_PORT_RECEIVE) {
        name.receive = true;
      } else {
        ++name.send;
      }
      return known->second;
    }
  }
  const mach_port_name_t number = new_name(task);
  if (number == MACH_PORT_NULL) return number;
  Name& name = task.names[number];
  name.port = right.port;
  name.receive = right.kind == MACH_MSG_TYPE_PORT_RECEIVE;
  name.send = right.kind == MACH_MSG_TYPE_PORT_SEND ? 1 : 0;
  name.send_once = right.kind == MACH_MSG_TYPE_PORT_SEND_ONCE;
  if (!name.send_once) task.by_port[right.port.get()] = number;
  return number;
}

std::int32_t Kernel::take(Task& task, mach_port_name_t number, mach_msg_type_name_t disposition, Right& right) {
  right = {};
  if (!MACH_PORT_VALID(number)) {
    right.kind = disposition == MACH_MSG_TYPE_MOVE_RECEIVE                                                    ? MACH_MSG_TYPE_PORT_RECEIVE
                 : disposition == MACH_MSG_TYPE_MOVE_SEND_ONCE || disposition == MACH_MSG_TYPE_MAKE_SEND_ONCE ? MACH_MSG_TYPE_PORT_SEND_ONCE
                                                                                                              : MACH_MSG_TYPE_PORT_SEND;
  }
  if (number == MACH_PORT_NULL) return MACH_MSG_SUCCESS;
  if (number == MACH_PORT_DEAD) {
    right.dead = true;
    return MACH_MSG_SUCCESS;
  }
  const auto found = task.names.find(number);
  if (found == task.names.end()) return MACH_SEND_INVALID_RIGHT;
  Name& name = found->second;
  const auto as = [&](mach_msg_type_name_t kind, bool allowed) {
    if (!allowed) return static_cast<std::int32_t>(MACH_SEND_INVALID_RIGHT);
    right = {kind, name.port, false};
    return static_cast<std::int32_t>(MACH_MSG_SUCCESS);
  };
  if (name.dead != 0 && (disposition == MACH_MSG_TYPE_COPY_SEND || disposition == MACH_MSG_TYPE_MOVE_SEND)) {
    right.dead = true;
    right.kind = MACH_MSG_TYPE_PORT_SEND;
    if (disposition == MACH_MSG_TYPE_MOVE_SEND) {
      --name.dead;
      drop_if_empty(task, found);
    }
    return MACH_MSG_SUCCESS;
  }
  std::int32_t code = MACH_SEND_INVALID_RIGHT;
  switch (disposition) {
    case MACH_MSG_TYPE_COPY_SEND:
      return as(MACH_MSG_TYPE_PORT_SEND, name.send != 0);
    case MACH_MSG_TYPE_MAKE_SEND:
      return as(MACH_MSG_TYPE_PORT_SEND, name.receive);
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
      return as(MACH_MSG_TYPE_PORT_SEND_ONCE, name.receive);
    case MACH_MSG_TYPE_MOVE_SEND:
      code = as(MACH_MSG_TYPE_PORT_SEND, name.send != 0);
      if (code == MACH_MSG_SUCCESS) --name.send;
      break;
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
      code = as(MACH_MSG_TYPE_PORT_SEND_ONCE, name.send_once);
      if (code == MACH_MSG_SUCCESS) name.send_once = false;
      break;
    case MACH_MSG_TYPE_MOVE_RECEIVE:
      code = as(MACH_MSG_TYPE_PORT_RECEIVE, name.receive);
      if (code == MACH_MSG_SUCCESS) {
        name.receive = false;
        right.port->sets.clear();  // who moves a port takes it out of its sets
      }
      break;
    default:
      break;
  }
  if (code == MACH_MSG_SUCCESS) drop_if_empty(task, found);
  return code;
}

void Kernel::drop_if_empty(Task& task, std::map<mach_port_name_t, Name>::iterator found) {
  const Name& name = found->second;
  if (name.send != 0 || name.receive || name.send_once || name.dead != 0 || name.set) return;
  if (name.port) {
    if (const auto known = task.by_port.find(name.port.get()); known != task.by_port.end() && known->second == found->first) {
      task.by_port.erase(known);
    }
  }
  Right request{MACH_MSG_TYPE_PORT_SEND_ONCE, name.notify};
  task.names.erase(found);
  give_up(request);  // a request ends with its name
}

void Kernel::give_up(Right& right) {
  const std::shared_ptr<Port> port = std::move(right.port);
  right.port.reset();
  if (!port || port->dead) return;
  if (right.kind == MACH_MSG_TYPE_PORT_RECEIVE) kill(port);
  if (right.kind == MACH_MSG_TYPE_PORT_SEND_ONCE) notify(port, MACH_NOTIFY_FIRST + 7, MACH_PORT_NULL);
}

void Kernel::kill(const std::shared_ptr<Port>& port) {
  port->dead = true;
  std::deque<Message> queue = std::move(port->queue);
  port->queue.clear();
  struct Notice {
    std::shared_ptr<Port> to;
    mach_port_name_t name;
  };
  std::vector<Notice> notices;
  for (const auto& task : tasks_) {
    task->by_port.erase(port.get());
    for (auto& [number, name] : task->names) {
      if (name.port != port || (name.send == 0 && !name.send_once)) continue;
      name.dead = name.send + (name.send_once ? 1 : 0);
      name.send = 0;
      name.send_once = false;
      name.port.reset();
      if (name.notify) {
        ++name.dead;
        notices.push_back({std::move(name.notify), number});
        name.notify.reset();
      }
    }
  }
  update(*port);
  for (Message& message : queue) give_up(message);
  for (const Notice& notice : notices) {
    if (!notice.to->dead) notify(notice.to, MACH_NOTIFY_DEAD_NAME, notice.name);
  }
}

std::int32_t Kernel::modify(Task& task, mach_port_name_t number, mach_port_right_t right, std::int64_t delta) {
  const auto found = task.names.find(number);
  if (found == task.names.end()) return KERN_INVALID_NAME;
  Name& name = found->second;
  std::uint32_t* count = nullptr;
  switch (right) {
    case MACH_PORT_RIGHT_SEND:
      count = &name.send;
      break;
    case MACH_PORT_RIGHT_DEAD_NAME:
      count = &name.dead;
      break;
    case MACH_PORT_RIGHT_RECEIVE: {
      if (!name.receive) return KERN_INVALID_RIGHT;
      if (delta != -1) return delta == 0 ? KERN_SUCCESS : KERN_INVALID_VALUE;
      Right gone{MACH_MSG_TYPE_PORT_RECEIVE, name.port};
      name.receive = false;
      give_up(gone);
      drop_if_empty(task, task.names.find(number));
      return KERN_SUCCESS;
    }
    case MACH_PORT_RIGHT_SEND_ONCE: {
      if (!name.send_once) return KERN_INVALID_RIGHT;
      Right gone{MACH_MSG_TYPE_PORT_SEND_ONCE, name.port};
      name.send_once = false;
      drop_if_empty(task, found);
      give_up(gone);
      return KERN_SUCCESS;
    }
    case MACH_PORT_RIGHT_PORT_SET:
      if (!name.set) return KERN_INVALID_RIGHT;
      name.set.reset();
      drop_if_empty(task, found);
      return KERN_SUCCESS;
    default:
      return KERN_INVALID_VALUE;
  }
  if (*count == 0) return KERN_INVALID_RIGHT;
  if (static_cast<std::int64_t>(*count) + delta < 0) return KERN_INVALID_VALUE;
  if (static_cast<std::int64_t>(*count) + delta > 0xFFFF) return KERN_UREFS_OVERFLOW;
  *count = static_cast<std::uint32_t>(*count + delta);
  drop_if_empty(task, found);
  return KERN_SUCCESS;
}

Answer Kernel::request_notification(Task& task, const Call& call) {
  Answer answer;
  const auto number = static_cast<mach_port_name_t>(call.values[0]);
  const auto notify_name = static_cast<mach_port_name_t>(call.values[2]);
  const auto found = task.names.find(number);
  if (found == task.names.end()) {
    answer.code = KERN_INVALID_NAME;
    return answer;
  }
  std::shared_ptr<Port> to;
  if (notify_name != MACH_PORT_NULL) {
    const auto target = task.names.find(notify_name);
    if (target == task.names.end() || !target->second.receive) {
      answer.code = KERN_INVALID_CAPABILITY;
      return answer;
    }
    to = target->second.port;
  }
  Name& name = found->second;
  if (name.dead != 0) {
    if (!to || call.values[1] == 0) {
      answer.code = KERN_INVALID_ARGUMENT;
      return answer;
    }
    ++name.dead;
    notify(to, MACH_NOTIFY_DEAD_NAME, number);
    return answer;
  }
  if (name.send == 0 && !name.send_once) {
    answer.code = KERN_INVALID_RIGHT;
    return answer;
  }
  std::swap(name.notify, to);
  if (to && !to->dead) answer.values[0] = give(task, {MACH_MSG_TYPE_PORT_SEND_ONCE, to});
  return answer;
}

std::uint64_t Kernel::send_rights(const Port& port) const {
  std::uint64_t count = 0;
  for (const auto& task : tasks_) {
    for (const auto& [number, name] : task->names) {
      if (name.port.get() == &port && name.send != 0) ++count;
      if (!name.receive || !name.port) continue;
      for (const Message& message : name.port->queue) {
        for (const auto& carried : message.rights) count += carried.right.port.get() == &port ? 1U : 0U;
      }
    }
  }
  return count;
}

}  // namespace fake_mach
