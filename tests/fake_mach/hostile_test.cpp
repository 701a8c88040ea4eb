// Peers that send what no peer of ours sends. Nothing of it may stay, and nobody else may notice.
#include "fixture.hpp"
#include "platform/handle_identity.hpp"
#include "platform/mach.hpp"
#include "platform/message_apple.hpp"
#include "servers/bootstrap.h"

#include <filesystem>
#include <fstream>
#include <functional>

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using fake_mach::pattern;
using fake_mach::RawMessage;
using unit::fails;
using unit::Folder;
using unit::ok;

/// A client that speaks Mach itself, and a server that is ours.
class EmulatedHostile : public fake_mach::Counted {
 protected:
  void SetUp() override {
    Counted::SetUp();
    path_ = folder_ / "s";
    auto listener = ListeningSocket::listen(path_);
    ASSERT_TRUE(ok(listener));
    listener_.emplace(std::move(*listener));
    std::ifstream file(path_);
    std::string line;
    std::string name;
    std::getline(file, line);
    std::getline(file, name);
    mach_port_t service = MACH_PORT_NULL;
    ASSERT_EQ(bootstrap_look_up(bootstrap_port, name.c_str(), &service), BOOTSTRAP_SUCCESS);
    service_ = mach::SendRight(service);
  }
  void TearDown() override {
    drop();
    service_.reset();
    listener_.reset();
    std::filesystem::remove_all(folder_.path());
    Counted::TearDown();
  }
  void drop() {
    server_.reset();
    for (auto* port : {&inbox_, &control_}) port->reset();
    for (auto* right : {&to_inbox_, &to_control_}) right->reset();
  }
  /// A good introduction, by hand. Afterwards the server's inbox and control port are to_inbox_ and to_control_.
  void introduce(std::uint32_t version = 1) {
    drop();
    auto theirs = mach::make_port(32);
    auto their_control = mach::make_port(16);
    auto inbox = mach::make_port(32);
    auto control = mach::make_port(16);
    ASSERT_TRUE(theirs && their_control && inbox && control);
    inbox_ = std::move(*inbox);
    control_ = std::move(*control);
    to_inbox_ = std::move(*mach::make_send_right(*theirs));
    to_control_ = std::move(*mach::make_send_right(*their_control));
    RawMessage message;
    message.put(mach_msg_body_t{4});
    message.put_port(inbox_.name(), MACH_MSG_TYPE_MAKE_SEND);
    message.put_port(control_.name(), MACH_MSG_TYPE_MAKE_SEND);
    message.put_port(theirs->release(), MACH_MSG_TYPE_MOVE_RECEIVE);
    message.put_port(their_control->release(), MACH_MSG_TYPE_MOVE_RECEIVE);
    message.put(std::uint32_t{4});
    message.put(version);
    ASSERT_EQ(message.send(service_.name(), mach::introduction_id, true), MACH_MSG_SUCCESS);
  }
  void connect() {
    introduce();
    auto accepted = listener_->accept();
    ASSERT_TRUE(ok(accepted));
    ASSERT_TRUE(accepted->has_value());
    server_.emplace(std::move(**accepted));
  }
  /// One message of ours as it should be.
  void send_good() {
    RawMessage message;
    message.put(std::uint32_t{3});
    message.put(std::uint32_t{0x00636261});
    ASSERT_EQ(message.send(to_inbox_.name(), mach::datagram_id, false), MACH_MSG_SUCCESS);
  }
  void expect_refused(const char* part) {
    EXPECT_TRUE(fails(server_->receive(), Errc::protocol_error, {part}));
    send_good();
    const auto next = server_->receive();  // the queue is in step
    ASSERT_TRUE(ok(next));
    ASSERT_TRUE(next->has_value());
    EXPECT_EQ((*next)->bytes.size(), 3U);
  }

  Folder folder_;
  std::string path_;
  std::optional<ListeningSocket> listener_;
  mach::SendRight service_;
  std::optional<Socket> server_;
  mach::ReceiveRight inbox_, control_;
  mach::SendRight to_inbox_, to_control_;
};

TEST_F(EmulatedHostile, what_is_no_introduction_is_dropped_and_the_next_client_served) {
  const SharedMemory memory = fake_mach::memory();
  const auto entry = static_cast<mach_port_t>(memory.handle().borrow());
  const auto reply = mach::make_port(5);
  ASSERT_TRUE(ok(reply));
  const std::vector<std::function<void()>> attacks = {
      [&] { EXPECT_EQ(RawMessage{}.send(service_.name(), 0, false), MACH_MSG_SUCCESS); },
      [&] { EXPECT_EQ(RawMessage{}.send(service_.name(), mach::introduction_id, false), MACH_MSG_SUCCESS); },
      [&] {  // the complex bit and no descriptors
        RawMessage message;
        message.put(mach_msg_body_t{0});
        EXPECT_EQ(message.send(service_.name(), mach::introduction_id, true), MACH_MSG_SUCCESS);
      },
      [&] {  // rights of other kinds
        RawMessage message;
        message.put(mach_msg_body_t{4});
        for (int i = 0; i < 4; ++i) message.put_port(entry, MACH_MSG_TYPE_COPY_SEND);
        message.put(std::uint32_t{4});
        message.put(std::uint32_t{1});
        EXPECT_EQ(message.send(service_.name(), mach::introduction_id, true), MACH_MSG_SUCCESS);
      },
      [&] {  // rights that are none
        RawMessage message;
        message.put(mach_msg_body_t{4});
        message.put_port(MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND);
        message.put_port(MACH_PORT_DEAD, MACH_MSG_TYPE_COPY_SEND);
        message.put_port(MACH_PORT_NULL, MACH_MSG_TYPE_MOVE_RECEIVE);
        message.put_port(MACH_PORT_NULL, MACH_MSG_TYPE_MOVE_RECEIVE);
        message.put(std::uint32_t{4});
        message.put(std::uint32_t{1});
        EXPECT_EQ(message.send(service_.name(), mach::introduction_id, true), MACH_MSG_SUCCESS);
      },
      [&] {  // memory out of line
        RawMessage message;
        message.put(mach_msg_body_t{1});
        mach_msg_ool_descriptor_t memory_descriptor{};
        memory_descriptor.type = MACH_MSG_OOL_DESCRIPTOR;
        message.put(memory_descriptor);
        EXPECT_EQ(message.send(service_.name(), mach::introduction_id, true), MACH_MSG_SUCCESS);
      },
      [&] {  // larger than any introduction, with rights
        RawMessage message;
        message.put(mach_msg_body_t{1});
        message.put_port(entry, MACH_MSG_TYPE_COPY_SEND);
        message.body.resize(10'000);
        EXPECT_EQ(message.send(service_.name(), mach::introduction_id, true), MACH_MSG_SUCCESS);
      },
      [&] {  // wants an answer
        RawMessage message;
        message.header.msgh_local_port = reply->name();
        message.header.msgh_bits = MACH_MSGH_BITS(0U, MACH_MSG_TYPE_MAKE_SEND);
        EXPECT_EQ(message.send(service_.name(), mach::introduction_id, false), MACH_MSG_SUCCESS);
      },
      [&] { introduce(2); },  // another version
  };
  for (std::size_t i = 0; i < attacks.size(); ++i) {
    SCOPED_TRACE(i);
    attacks[i]();
    const auto nobody = listener_->accept();
    ASSERT_TRUE(ok(nobody));
    EXPECT_FALSE(nobody->has_value());
    drop();
    auto client = Socket::connect(path_, 1s);
    ASSERT_TRUE(ok(client));
    const auto accepted = listener_->accept();
    ASSERT_TRUE(ok(accepted));
    EXPECT_TRUE(accepted->has_value());
  }
  // A flood takes the time of one call, and not for ever.
  for (int i = 0; i < 128; ++i) EXPECT_EQ(RawMessage{}.send(service_.name(), 0, false), MACH_MSG_SUCCESS);
  EXPECT_FALSE(listener_->accept()->has_value());
  EXPECT_FALSE(listener_->accept()->has_value());
}

TEST_F(EmulatedHostile, another_users_process_is_told_apart) {
  introduce();
  fake_mach::be_user(54'321);
  drop();
  introduce();
  fake_mach::be_user(::geteuid());
  bool foreign = false;
  while (true) {
    const auto accepted = listener_->accept();
    ASSERT_TRUE(ok(accepted));
    if (!*accepted) break;
    const auto peer = (*accepted)->peer();
    ASSERT_TRUE(ok(peer));
    if (peer->user_id == 54'321) foreign = !peer->same_user;
  }
  EXPECT_TRUE(foreign);
}

TEST_F(EmulatedHostile, messages_that_are_none_are_refused_and_leak_nothing) {
  const SharedMemory memory = fake_mach::memory();
  const auto entry = static_cast<mach_port_t>(memory.handle().borrow());
  connect();
  struct Case {
    const char* part;
    std::function<void(RawMessage&)> fill;
    bool complex;
    mach_msg_id_t id = mach::datagram_id;
  };
  const std::vector<Case> cases = {
      {"another kind", [](RawMessage&) {}, false, 72},
      {"another kind", [](RawMessage&) {}, false, mach::introduction_id},
      {"cut off", [](RawMessage&) {}, false},
      {"no bytes", [](RawMessage& m) { m.put(std::uint32_t{0}); }, false},
      {"cut off", [](RawMessage& m) { m.put(std::uint32_t{5}), m.put(std::uint32_t{0}); }, false},
      {"65536 bytes", [](RawMessage& m) { m.put(std::uint32_t{0xFFFFFFFF}); }, false},
      {"65536 bytes", [](RawMessage& m) { m.body.resize(70'000); }, false},
      {"handles and no bytes",
       [&](RawMessage& m) { m.put(mach_msg_body_t{1}), m.put_port(entry, MACH_MSG_TYPE_COPY_SEND), m.put(std::uint32_t{0}); }, true},
      {"cut off", [&](RawMessage& m) { m.put(mach_msg_body_t{1}), m.put_port(entry, MACH_MSG_TYPE_COPY_SEND); }, true},
      {"8 handles",
       [&](RawMessage& m) {
         m.put(mach_msg_body_t{9});
         for (int i = 0; i < 9; ++i) m.put_port(entry, MACH_MSG_TYPE_COPY_SEND);
         m.put(std::uint32_t{1}), m.put(std::uint32_t{1});
       },
       true},
      {"8 handles",
       [&](RawMessage& m) {
         m.put(mach_msg_body_t{1'000});
         for (int i = 0; i < 1'000; ++i) m.put_port(entry, MACH_MSG_TYPE_COPY_SEND);
       },
       true},
      {"wrong kind",
       [&](RawMessage& m) {
         m.put(mach_msg_body_t{2}), m.put_port(entry, MACH_MSG_TYPE_COPY_SEND);
         m.put_port(control_.name(), MACH_MSG_TYPE_MAKE_SEND_ONCE), m.put(std::uint32_t{1}), m.put(std::uint32_t{1});
       },
       true},
      {"dead",
       [&](RawMessage& m) {
         m.put(mach_msg_body_t{2}), m.put_port(entry, MACH_MSG_TYPE_COPY_SEND), m.put_port(MACH_PORT_DEAD, MACH_MSG_TYPE_COPY_SEND);
         m.put(std::uint32_t{1}), m.put(std::uint32_t{1});
       },
       true},
      {"memory",
       [&](RawMessage& m) {
         m.put(mach_msg_body_t{2}), m.put_port(entry, MACH_MSG_TYPE_COPY_SEND);
         mach_msg_ool_descriptor_t out_of_line{};
         out_of_line.type = MACH_MSG_OOL_DESCRIPTOR;
         m.put(out_of_line), m.put(std::uint32_t{1}), m.put(std::uint32_t{1});
       },
       true},
      {"reply",
       [&](RawMessage& m) {
         m.header.msgh_local_port = control_.name();
         m.header.msgh_bits = MACH_MSGH_BITS(0U, MACH_MSG_TYPE_MAKE_SEND_ONCE);
         m.put(std::uint32_t{1}), m.put(std::uint32_t{1});
       },
       false},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    RawMessage message;
    cases[i].fill(message);
    ASSERT_EQ(message.send(to_inbox_.name(), cases[i].id, cases[i].complex), MACH_MSG_SUCCESS);
    expect_refused(cases[i].part);
  }
}

TEST_F(EmulatedHostile, random_messages_end_in_nothing_but_errors) {
  auto random = unit::random_source();
  const SharedMemory memory = fake_mach::memory();
  const auto entry = static_cast<mach_port_t>(memory.handle().borrow());
  connect();
  for (int i = 0; i < 3'000; ++i) {
    RawMessage message;
    const bool complex = random() % 2 == 0;
    if (complex) {
      const auto count = static_cast<mach_msg_size_t>(random() % 12);
      message.put(mach_msg_body_t{count});
      for (mach_msg_size_t n = 0; n < count; ++n) {
        message.put_port(random() % 4 == 0 ? MACH_PORT_NULL : entry, MACH_MSG_TYPE_COPY_SEND);
      }
    }
    const std::size_t bytes = random() % 40;
    for (std::size_t n = 0; n < bytes; ++n) message.body.push_back(static_cast<std::byte>(random() % 3 == 0 ? random() : 0));
    const auto destination = random() % 3 == 0 ? to_control_.name() : to_inbox_.name();
    const auto id = random() % 2 == 0 ? mach::datagram_id : mach::room_id;
    if (message.send(destination, id, complex) != MACH_MSG_SUCCESS) continue;  // full: its own loss
    while (server_->wait_readable(0ns)) {
      const auto received = server_->receive();
      if (!received) {
        EXPECT_EQ(received.error().code(), Errc::protocol_error) << received.error().describe();
      }
    }
  }
  EXPECT_TRUE(ok(server_->send(pattern(5), {})));
}

TEST_F(EmulatedHostile, promised_room_that_is_none_makes_nobody_spin_or_block) {
  connect();
  RawMessage much;
  much.put(std::uint32_t{4});
  much.put(std::uint32_t{0xFFFFFFFF});
  int sent = 0;
  for (int i = 0; i < 200; ++i) {
    static_cast<void>(much.send(to_control_.name(), mach::room_id, false));
    const auto outcome = server_->send(pattern(10), {});
    ASSERT_TRUE(ok(outcome));
    sent += *outcome == SendOutcome::sent ? 1 : 0;
  }
  EXPECT_EQ(sent, 32) << "the kernel's limit holds";
  for (int i = 0; i < 50; ++i) {
    const auto outcome = server_->send(pattern(10), {});
    ASSERT_TRUE(ok(outcome));
    EXPECT_EQ(*outcome, SendOutcome::full);
  }
  EXPECT_FALSE(server_->wait_writable(10ms));
}

TEST_F(EmulatedHostile, a_control_port_that_two_connections_share_ends_the_first) {
  connect();
  Socket first = std::move(*server_);
  // The same ports once more, for another connection.
  auto theirs = mach::make_port(32);
  auto their_control = mach::make_port(16);
  ASSERT_TRUE(theirs && their_control);
  RawMessage message;
  message.put(mach_msg_body_t{4});
  message.put_port(inbox_.name(), MACH_MSG_TYPE_MAKE_SEND);
  message.put_port(control_.name(), MACH_MSG_TYPE_MAKE_SEND);
  message.put_port(theirs->release(), MACH_MSG_TYPE_MOVE_RECEIVE);
  message.put_port(their_control->release(), MACH_MSG_TYPE_MOVE_RECEIVE);
  message.put(std::uint32_t{4});
  message.put(std::uint32_t{1});
  ASSERT_EQ(message.send(service_.name(), mach::introduction_id, true), MACH_MSG_SUCCESS);
  auto second = listener_->accept();
  ASSERT_TRUE(ok(second));
  ASSERT_TRUE(second->has_value());
  EXPECT_TRUE(fails(first.receive(), Errc::peer_gone, {"closed"}));
  EXPECT_TRUE(ok((*second)->send(pattern(1), {})));
  first = Socket(OsHandle());
  second = std::optional<Socket>();
}

TEST_F(EmulatedHostile, without_names_handles_are_refused_by_name_and_none_leaks) {
  auto [a, b] = fake_mach::connected();
  connect();
  std::vector<SharedMemory> memory;
  for (int i = 0; i < 3; ++i) memory.push_back(fake_mach::memory());
  // In one process the names are there already: another process has to send them.
  const Folder folder;
  auto listener = ListeningSocket::listen(folder / "t");
  ASSERT_TRUE(ok(listener));
  const unit::Gate sent;
  const unit::Gate end;
  unit::Child child([&] {
    auto socket = Socket::connect(folder / "t", 5s);
    if (!socket) return 1;
    std::vector<SharedMemory> own;
    std::vector<OsHandle::Value> values;
    for (int i = 0; i < 8; ++i) {
      own.push_back(fake_mach::memory());
      values.push_back(own.back().handle().borrow());
    }
    if (!socket->send(pattern(11), values) || !socket->send(pattern(12), {}) || !socket->send(pattern(13), values)) return 2;
    sent.pass();
    return end.wait() ? 0 : 3;
  });
  ASSERT_TRUE(sent.wait());
  auto socket = listener->accept();
  ASSERT_TRUE(ok(socket));
  ASSERT_TRUE(socket->has_value());
  const auto before = fake_mach::counts();
  fake_mach::limit_names(3);
  EXPECT_TRUE(fails((*socket)->receive(), Errc::out_of_memory, {"Receiving"}));
  fake_mach::limit_names(-1);
  EXPECT_EQ(fake_mach::counts().names, before.names);
  EXPECT_EQ((*(*socket)->receive())->bytes.size(), 12U);
  EXPECT_EQ((*(*socket)->receive())->handles.size(), 8U);
  end.pass();
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace geyser::platform
