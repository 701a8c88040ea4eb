// Messages, notifications, and the switch of the calls.
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "fake_mach/kernel.hpp"

namespace fake_mach {
namespace {

template <class Value>
Value read_at(const std::vector<std::byte>& bytes, std::size_t at) {
  Value value{};
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}
template <class Value>
void write_at(std::vector<std::byte>& bytes, std::size_t at, const Value& value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
}

void raise(Watcher& watcher, bool up) {
  if (watcher.raised == up) return;
  watcher.raised = up;
  std::uint64_t value = 1;
  [[maybe_unused]] const ssize_t done =
      up ? ::write(watcher.event.get(), &value, sizeof(value)) : ::read(watcher.event.get(), &value, sizeof(value));
}

}  // namespace

void Kernel::update(Port& port) {
  // Who waits for a dead port must not sleep on.
  const bool up = port.dead || !port.queue.empty();
  for (const auto& watcher : port.watchers) raise(*watcher, up);
  for (const auto& weak : port.sets) {
    const auto set = weak.lock();
    if (!set) continue;
    const bool any = std::ranges::any_of(set->members, [&](const auto& member) {
      const auto one = member.lock();
      return one && !one->queue.empty() && std::ranges::any_of(one->sets, [&](const auto& in) { return in.lock() == set; });
    });
    for (const auto& watcher : set->watchers) raise(*watcher, any);
  }
}

void Kernel::notify(const std::shared_ptr<Port>& port, mach_msg_id_t id, mach_port_name_t name) {
  Message message;
  message.bits = MACH_MSGH_BITS(0U, MACH_MSG_TYPE_PORT_SEND_ONCE);
  message.id = id;
  message.body.resize(12);  // a data representation, the name
  write_at(message.body, 8, name);
  port->queue.push_back(std::move(message));  // a send-once right asks for no room
  update(*port);
}

void Kernel::give_up(Message& message) {
  for (auto& carried : message.rights) give_up(carried.right);
  give_up(message.reply);
  message.rights.clear();
}

Answer Kernel::send(Task& task, Call call) {
  Answer answer;
  const auto fail = [&](std::int32_t code) {
    answer.code = code;
    return std::move(answer);
  };
  std::vector<std::byte>& bytes = call.bytes;
  if (bytes.size() < sizeof(mach_msg_header_t)) return fail(MACH_SEND_MSG_TOO_SMALL);
  auto header = read_at<mach_msg_header_t>(bytes, 0);
  const mach_msg_bits_t bits = header.msgh_bits;
  Message message;
  message.id = header.msgh_id;
  message.process = task.process;
  message.user = task.user;
  message.body.assign(bytes.begin() + sizeof(header), bytes.end());
  // Descriptors are looked through before any right is taken: a message that is refused here takes nothing.
  struct Place {
    std::size_t at;
    mach_msg_type_descriptor_t head;
  };
  std::vector<Place> places;
  if ((bits & MACH_MSGH_BITS_COMPLEX) != 0) {
    if (message.body.size() < sizeof(mach_msg_body_t)) return fail(MACH_SEND_MSG_TOO_SMALL);
    std::size_t at = sizeof(mach_msg_body_t);
    for (auto left = read_at<mach_msg_body_t>(message.body, 0).msgh_descriptor_count; left > 0; --left) {
      if (message.body.size() < at + sizeof(mach_msg_type_descriptor_t)) return fail(MACH_SEND_MSG_TOO_SMALL);
      const auto head = read_at<mach_msg_type_descriptor_t>(message.body, at);
      if (head.type > MACH_MSG_OOL_DESCRIPTOR) return fail(MACH_SEND_INVALID_TYPE);
      places.push_back({at, head});
      at += head.type == MACH_MSG_PORT_DESCRIPTOR ? sizeof(mach_msg_port_descriptor_t) : sizeof(mach_msg_ool_descriptor_t);
      if (message.body.size() < at) return fail(MACH_SEND_MSG_TOO_SMALL);
    }
  }
  Right destination;
  std::int32_t code = take(task, header.msgh_remote_port, MACH_MSGH_BITS_REMOTE(bits), destination);
  if (code != MACH_MSG_SUCCESS || !destination.port || destination.port->dead || destination.port->memory) {
    return fail(MACH_SEND_INVALID_DEST);
  }
  if (header.msgh_local_port != MACH_PORT_NULL) {
    code = take(task, header.msgh_local_port, MACH_MSGH_BITS_LOCAL(bits), message.reply);
    if (code != MACH_MSG_SUCCESS) {
      give_up(destination);
      return fail(MACH_SEND_INVALID_REPLY);
    }
  }
  for (const Place& place : places) {
    if (place.head.type != MACH_MSG_PORT_DESCRIPTOR) continue;
    const auto descriptor = read_at<mach_msg_port_descriptor_t>(message.body, place.at);
    Right right;
    code = take(task, descriptor.name, descriptor.disposition, right);
    if (code != MACH_MSG_SUCCESS) {
      give_up(message);
      return fail(code);
    }
    message.rights.push_back({place.at, std::move(right)});
  }
  Port& port = *destination.port;
  const bool once = destination.kind == MACH_MSG_TYPE_PORT_SEND_ONCE;
  if (!once && port.queue.size() >= port.limit) {
    // Back to the sender, who finds every right as one that was moved.
    for (auto& carried : message.rights) {
      auto descriptor = read_at<mach_msg_port_descriptor_t>(message.body, carried.at);
      descriptor.name = give(task, carried.right);
      descriptor.disposition = carried.right.kind & 0xFFU;
      write_at(message.body, carried.at, descriptor);
    }
    header.msgh_remote_port = give(task, destination);
    const mach_port_name_t reply = give(task, message.reply);
    header.msgh_local_port = reply;
    header.msgh_bits = (bits & MACH_MSGH_BITS_COMPLEX) | MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND, message.reply.kind);
    answer.bytes.resize(sizeof(header));
    write_at(answer.bytes, 0, header);
    answer.bytes.insert(answer.bytes.end(), message.body.begin(), message.body.end());
    answer.code = MACH_SEND_TIMED_OUT;
    return answer;
  }
  message.bits = (bits & MACH_MSGH_BITS_COMPLEX) | MACH_MSGH_BITS(message.reply.kind, destination.kind);
  port.queue.push_back(std::move(message));
  update(port);
  return answer;
}

Answer Kernel::receive(Task& task, const Call& call) {
  Answer answer;
  const auto number = static_cast<mach_port_name_t>(call.values[0]);
  const std::uint64_t room = call.values[1];
  const bool large = call.values[2] != 0;
  const bool audit = call.values[3] != 0;
  const auto found = task.names.find(number);
  std::shared_ptr<Port> port;
  if (found != task.names.end() && found->second.receive) port = found->second.port;
  if (found != task.names.end() && found->second.set) {
    const auto& set = found->second.set;
    for (const auto& weak : set->members) {
      const auto member = weak.lock();
      if (!member || member->queue.empty()) continue;
      if (std::ranges::none_of(member->sets, [&](const auto& in) { return in.lock() == set; })) continue;
      port = member;
      break;
    }
    if (!port) {
      answer.code = MACH_RCV_TIMED_OUT;
      return answer;
    }
  }
  if (!port) {
    answer.code = MACH_RCV_INVALID_NAME;
    return answer;
  }
  if (port->queue.empty()) {
    answer.code = MACH_RCV_TIMED_OUT;
    return answer;
  }
  const std::size_t trailer_bytes = audit ? sizeof(mach_msg_audit_trailer_t) : sizeof(mach_msg_trailer_t);
  const std::size_t size = sizeof(mach_msg_header_t) + port->queue.front().body.size();
  if (size + trailer_bytes > room) {
    answer.code = MACH_RCV_TOO_LARGE;
    answer.values[0] = size;
    if (large) return answer;
    Message message = std::move(port->queue.front());
    port->queue.pop_front();
    update(*port);
    give_up(message);
    return answer;
  }
  Message message = std::move(port->queue.front());
  port->queue.pop_front();
  update(*port);
  for (auto& carried : message.rights) {
    auto descriptor = read_at<mach_msg_port_descriptor_t>(message.body, carried.at);
    descriptor.disposition = carried.right.kind & 0xFFU;
    descriptor.name = give(task, carried.right);
    if (descriptor.name == MACH_PORT_NULL && carried.right.port) {
      answer.code = MACH_RCV_BODY_ERROR | MACH_MSG_IPC_SPACE;
      give_up(carried.right);
    }
    write_at(message.body, carried.at, descriptor);
  }
  mach_msg_header_t header{};
  header.msgh_bits = message.bits;
  header.msgh_size = static_cast<mach_msg_size_t>(size);
  header.msgh_remote_port = give(task, message.reply);
  header.msgh_local_port = number;
  header.msgh_id = message.id;
  mach_msg_audit_trailer_t trailer{};
  trailer.msgh_trailer_type = MACH_MSG_TRAILER_FORMAT_0;
  trailer.msgh_trailer_size = static_cast<mach_msg_trailer_size_t>(trailer_bytes);
  trailer.msgh_sender.val[0] = message.user;
  trailer.msgh_audit.val[1] = message.user;
  trailer.msgh_audit.val[5] = message.process;
  answer.bytes.resize(size + trailer_bytes);
  write_at(answer.bytes, 0, header);
  if (!message.body.empty()) std::memcpy(answer.bytes.data() + sizeof(header), message.body.data(), message.body.size());
  std::memcpy(answer.bytes.data() + size, &trailer, trailer_bytes);
  return answer;
}

Answer Kernel::call(Task& task, Call call) {
  const std::scoped_lock lock(mutex_);
  Answer answer;
  const auto number = static_cast<mach_port_name_t>(call.values[0]);
  const auto found = task.names.find(number);
  const bool known = found != task.names.end();
  const auto give_new = [&](std::shared_ptr<Port> port, mach_msg_type_name_t kind) {
    const mach_port_name_t name = give(task, {kind, std::move(port)});
    answer.values[0] = name;
    if (name == MACH_PORT_NULL) answer.code = KERN_NO_SPACE;
  };
  switch (call.op) {
    case Op::allocate:
      if (call.values[0] == MACH_PORT_RIGHT_PORT_SET) {
        const mach_port_name_t name = new_name(task);
        if (name != MACH_PORT_NULL) task.names[name].set = std::make_shared<PortSet>();
        answer.values[0] = name;
        answer.code = name != MACH_PORT_NULL ? KERN_SUCCESS : KERN_NO_SPACE;
      } else {
        give_new(std::make_shared<Port>(), MACH_MSG_TYPE_PORT_RECEIVE);
      }
      return answer;
    case Op::deallocate:
      if (!known) {
        answer.code = KERN_INVALID_NAME;
      } else if (found->second.dead != 0) {
        answer.code = modify(task, number, MACH_PORT_RIGHT_DEAD_NAME, -1);
      } else if (found->second.send_once) {
        answer.code = modify(task, number, MACH_PORT_RIGHT_SEND_ONCE, -1);
      } else {
        answer.code = modify(task, number, MACH_PORT_RIGHT_SEND, -1);
      }
      return answer;
    case Op::mod_refs:
      answer.code = modify(task, number, static_cast<mach_port_right_t>(call.values[1]), static_cast<std::int64_t>(call.values[2]));
      return answer;
    case Op::get_refs:
      answer.code = known ? KERN_SUCCESS : KERN_INVALID_NAME;
      if (known) answer.values[0] = call.values[1] == MACH_PORT_RIGHT_DEAD_NAME ? found->second.dead : found->second.send;
      return answer;
    case Op::get_send_rights:
      answer.code = known && found->second.receive ? KERN_SUCCESS : KERN_INVALID_RIGHT;
      if (answer.code == KERN_SUCCESS) answer.values[0] = send_rights(*found->second.port);
      return answer;
    case Op::type:
      answer.code = known ? KERN_SUCCESS : KERN_INVALID_NAME;
      if (known) {
        const Name& name = found->second;
        answer.values[0] = (name.send != 0 ? MACH_PORT_TYPE_SEND : 0U) | (name.receive ? MACH_PORT_TYPE_RECEIVE : 0U) |
                           (name.send_once ? MACH_PORT_TYPE_SEND_ONCE : 0U) | (name.dead != 0 ? MACH_PORT_TYPE_DEAD_NAME : 0U) |
                           (name.set ? MACH_PORT_TYPE_PORT_SET : 0U);
      }
      return answer;
    case Op::make_send:
      answer.code = !known ? KERN_INVALID_NAME : found->second.receive ? KERN_SUCCESS : KERN_INVALID_RIGHT;
      if (answer.code == KERN_SUCCESS) ++found->second.send;
      return answer;
    case Op::insert_member: {
      const auto set = task.names.find(static_cast<mach_port_name_t>(call.values[1]));
      if (!known || !found->second.receive || set == task.names.end() || !set->second.set) {
        answer.code = KERN_INVALID_RIGHT;
        return answer;
      }
      set->second.set->members.push_back(found->second.port);
      found->second.port->sets.push_back(set->second.set);
      update(*found->second.port);
      return answer;
    }
    case Op::set_queue_limit:
      answer.code = known && found->second.receive && call.values[1] <= MACH_PORT_QLIMIT_MAX ? KERN_SUCCESS : KERN_INVALID_RIGHT;
      if (answer.code == KERN_SUCCESS) found->second.port->limit = static_cast<std::uint32_t>(call.values[1]);
      return answer;
    case Op::request_notification:
      return request_notification(task, call);
    case Op::send:
      return send(task, std::move(call));
    case Op::receive:
      return receive(task, call);
    case Op::check_in:
    case Op::look_up: {
      std::string name(reinterpret_cast<const char*>(call.bytes.data()), call.bytes.size());
      std::shared_ptr<Port> service = services_[name].lock();
      if (service && service->dead) service.reset();
      if (call.op == Op::check_in) {
        if (service) {
          answer.code = 1103;  // BOOTSTRAP_SERVICE_ACTIVE
          return answer;
        }
        service = std::make_shared<Port>();
        services_[name] = service;
        give_new(service, MACH_MSG_TYPE_PORT_RECEIVE);
      } else if (service) {
        give_new(service, MACH_MSG_TYPE_PORT_SEND);
      } else {
        answer.code = 1102;  // BOOTSTRAP_UNKNOWN_SERVICE
      }
      std::erase_if(services_, [](const auto& entry) { return entry.second.expired(); });
      return answer;
    }
    case Op::make_memory: {
      auto entry = std::make_shared<Port>();
      entry->memory = std::move(call.fd);
      entry->bytes = call.values[0];
      entry->protection = static_cast<vm_prot_t>(call.values[1]);
      entry->file = call.values[2] != 0;
      give_new(entry, MACH_MSG_TYPE_PORT_SEND);
      return answer;
    }
    case Op::open_memory:
      if (!known || found->second.send == 0) {
        answer.code = KERN_INVALID_ARGUMENT;
      } else if (!found->second.port->memory) {
        answer.code = KERN_INVALID_OBJECT;
      } else {
        const Port& entry = *found->second.port;
        answer.values = {entry.bytes, static_cast<std::uint64_t>(entry.protection), entry.file ? 1U : 0U, 0};
        answer.fd = entry.memory.duplicate();
      }
      return answer;
    case Op::watch: {
      if (!known || (!found->second.receive && !found->second.set)) {
        answer.code = KERN_INVALID_NAME;
        return answer;
      }
      auto watcher = std::make_shared<Watcher>();
      watcher->event = std::move(call.fd);
      watcher->id = call.values[1];
      if (found->second.set) {
        found->second.set->watchers.push_back(watcher);
        for (const auto& member : found->second.set->members) {
          if (const auto port = member.lock()) update(*port);
        }
      } else {
        found->second.port->watchers.push_back(watcher);
        update(*found->second.port);
      }
      return answer;
    }
    case Op::unwatch:
      if (known) {
        const auto is_it = [&](const auto& watcher) { return watcher->id == call.values[1]; };
        if (found->second.set) std::erase_if(found->second.set->watchers, is_it);
        if (found->second.port) std::erase_if(found->second.port->watchers, is_it);
      }
      return answer;
    case Op::count:
      answer.values = {task.names.size(), Port::alive, tasks_.size(), 0};
      for (const auto& [name, right] : task.names) answer.values[3] += right.send + right.dead;
      return answer;
    case Op::limit_names:
      task.most_names =
          static_cast<std::size_t>(call.values[0]) == 0 ? 100'000 : task.names.size() + static_cast<std::size_t>(call.values[0]) - 1;
      return answer;
  }
  answer.code = KERN_FAILURE;
  return answer;
}

}  // namespace fake_mach
