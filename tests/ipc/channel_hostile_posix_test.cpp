// Channels whose other end is a bare socket and says what no socket of the library would.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "messages.hpp"
#include "peers.hpp"
#include "platform/runtime_directory.hpp"
#include "support/check.hpp"
#include "support/log_capture.hpp"
#include "temporary_folder.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

class BareSocket : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = open_descriptors();
    connect();
  }
  void TearDown() override {
    channel_.reset();
    raw_.reset();
    EXPECT_EQ(open_descriptors(), before_) << "a descriptor was left open";
  }
  /// Ours, and a bare socket that says what it likes.
  void connect() {
    std::array<int, 2> ends{-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    raw_.reset(ends[1]);
    auto channel = geyser::Channel::adopt(OsHandle(ends[0]));
    ASSERT_TRUE(ok(channel));
    channel_.emplace(std::move(*channel));
  }
  void say(std::span<const std::byte> bytes, std::span<const int> descriptors = {}) {
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 64)> control{};
    if (!descriptors.empty()) {
      message.msg_control = control.data();
      message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
      cmsghdr* head = CMSG_FIRSTHDR(&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
      std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
    }
    ASSERT_GE(::sendmsg(raw_.fd(), &message, MSG_NOSIGNAL), 0) << std::strerror(errno);
  }
  void say(const ipc::Encoded& encoded, std::size_t handles) {
    std::vector<int> descriptors;
    for (std::size_t i = 0; i < handles; ++i) {
      descriptors.push_back(static_cast<int>(encoded.handles[i % encoded.handles.size()]));
    }
    say(encoded.bytes, descriptors);
  }
  /// The peer sees that it has lost the connection.
  void expect_lost() {
    std::byte byte{};
    EXPECT_EQ(::recv(raw_.fd(), &byte, 1, MSG_DONTWAIT), 0);
  }

  std::optional<geyser::Channel> channel_;
  OsHandle raw_;

 private:
  std::size_t before_ = 0;
};

TEST_F(BareSocket, MoreHandlesThanAMessageMayHave) {
  Random random(seed_for("many handles"));
  const ipc::Message message = random_message(random, 11);
  auto encoded = ipc::encode(message);
  ASSERT_TRUE(ok(encoded));
  for (const std::size_t count : {9U, 10U, 60U}) {
    connect();
    say(*encoded, count);
    EXPECT_TRUE(fails(channel_->receive_handle(1s), Errc::protocol_error, "handles"));
    expect_lost();
  }
}

TEST_F(BareSocket, MoreThanADatagram) {
  std::vector<std::byte> bytes(70000);
  const int size = 1 << 20;
  ASSERT_EQ(::setsockopt(raw_.fd(), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
  say(bytes);
  EXPECT_TRUE(fails(channel_->receive(1s), Errc::protocol_error, "65536"));
  expect_lost();
}

TEST_F(BareSocket, HandlesWithoutBytesAreAnEnd) {
  const int descriptor = raw_.fd();
  say({}, {&descriptor, 1});
  auto received = channel_->receive(1s);
  ASSERT_FALSE(received);
  EXPECT_TRUE(received.error().code() == Errc::protocol_error || received.error().code() == Errc::peer_gone) << received.error().describe();
}

TEST_F(BareSocket, NoFreeDescriptorIsSaidAndIsOver) {
  Random random(seed_for("no descriptor"));
  ipc::Message message = random_message(random, 11);
  while (!std::get<ipc::UserTexture>(message).texture.ready_semaphore) message = random_message(random, 11);
  auto encoded = ipc::encode(message);
  ASSERT_TRUE(ok(encoded));
  say(*encoded, encoded->handles.size());
  say(*encoded, encoded->handles.size());
  // The lowest free number is the first that would be taken: no number from there on is allowed.
  auto lowest = raw_.duplicate();
  ASSERT_TRUE(ok(lowest));
  const auto first_free = static_cast<rlim_t>(lowest->fd());
  lowest->reset();
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  const rlimit tight{first_free, usual.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  auto received = channel_->receive_handle(1s);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
  EXPECT_TRUE(fails(received, Errc::out_of_memory, "descriptor"));
  EXPECT_TRUE(ok(channel_->receive_handle(1s))) << "the next message arrives";
}

TEST_F(BareSocket, HalfClosed) {
  ASSERT_EQ(::shutdown(raw_.fd(), SHUT_WR), 0);
  EXPECT_TRUE(fails(channel_->receive(1s), Errc::peer_gone));
  EXPECT_TRUE(ok(channel_->send({}, 1s))) << "the peer still reads";
  connect();
  ASSERT_EQ(::shutdown(raw_.fd(), SHUT_RD), 0);
  EXPECT_TRUE(fails(channel_->send({}, 1s), Errc::peer_gone)) << "an error and no SIGPIPE";
  auto bytes = ipc::encode_user(std::span<const std::byte>{});
  ASSERT_TRUE(ok(bytes));
  say(bytes->bytes);
  EXPECT_TRUE(ok(channel_->receive(1s))) << "the peer still speaks";
}

TEST(ChannelTrust, AnotherUserIsTurnedAway) {
  if (::geteuid() != 0) GTEST_SKIP() << "becoming another user needs root";
  const TemporaryFolder folder;
  auto names = platform::RuntimeDirectory::open(folder.path());
  ASSERT_TRUE(ok(names));
  auto listener = ChannelListener::listen("ours", folder.path());
  ASSERT_TRUE(ok(listener));
  auto live = names->find("channel", "ours");
  ASSERT_TRUE(ok(live));
  ASSERT_TRUE(live->has_value());
  // As if somebody had opened the doors that usually keep others out.
  ASSERT_EQ(::chmod(folder.path().c_str(), 0711), 0);
  ASSERT_EQ(::chmod((*live)->socket_path.c_str(), 0666), 0);
  const std::size_t mark = log_mark();
  auto child = Child::start({"--peer", "other-user", (*live)->socket_path});
  ASSERT_TRUE(ok(child));
  Result<int> status = Error(Errc::internal, "not asked yet");
  for (int i = 0; i < 600 && !status; ++i) {
    EXPECT_TRUE(fails(listener->accept(100ms), Errc::timed_out));
    status = child->wait(0ms);
  }
  ASSERT_TRUE(ok(status));
  EXPECT_EQ(*status, 0) << "it was let in";
  const auto lines = lines_since(mark, LogLevel::warning);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].text.find("user 65534"), std::string::npos) << lines[0].text;
}

}  // namespace
}  // namespace geyser::test
