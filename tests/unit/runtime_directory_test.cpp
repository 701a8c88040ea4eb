// Names that live processes hold.
#include "platform/runtime_directory.hpp"

#include <set>
#include <string>
#include <vector>

#include "check.hpp"
#include "platform/socket.hpp"
#include "runtime.hpp"

namespace geyser::platform {
namespace {

using namespace std::chrono_literals;
using unit::announced;
using unit::bytes_of;
using unit::directory;
using unit::fails;
using unit::files_in;
using unit::Folder;
using unit::held;
using unit::live_names;
using unit::ok;
using unit::open_descriptors;
using unit::text_of;

TEST(RuntimeDirectory, a_name_is_held_announced_found_and_freed) {
  const std::size_t before = open_descriptors();
  const Folder folder;
  {
    const RuntimeDirectory dir = directory(folder);
    EXPECT_EQ(dir.path(), folder.path());
    EXPECT_EQ(announced(dir, "camera"), "-");
    {
      const HeldName name = held(dir, "camera");
      EXPECT_EQ(announced(dir, "camera"), "");
      ASSERT_TRUE(ok(name.announce(bytes_of("first"))));
      EXPECT_EQ(announced(dir, "camera"), "first");
      ASSERT_TRUE(ok(name.announce(bytes_of("2nd"))));
      EXPECT_EQ(announced(dir, "camera"), "2nd");
      ASSERT_TRUE(ok(name.announce({})));
      EXPECT_EQ(announced(dir, "camera"), "");
      auto listener = ListeningSocket::listen(name.socket_path());
      ASSERT_TRUE(ok(listener));
      const auto found = dir.find("stream", "camera");
      ASSERT_TRUE(ok(found));
      ASSERT_TRUE(found->has_value());
      EXPECT_EQ((*found)->name, "camera");
      EXPECT_TRUE(ok(Socket::connect((*found)->socket_path, 1s)));
      EXPECT_TRUE(fails(dir.hold("stream", "camera"), Errc::invalid_state, {"camera", "live process"}));
      EXPECT_TRUE(ok(dir.hold("channel", "camera")));  // kinds are apart
    }
    EXPECT_EQ(announced(dir, "camera"), "-");
    EXPECT_EQ(files_in(folder.path()), 0U);
    EXPECT_TRUE(ok(dir.hold("stream", "camera")));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(RuntimeDirectory, lists_every_live_name_of_a_kind_sorted) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  EXPECT_TRUE(live_names(dir).empty());
  const HeldName c = held(dir, "c");
  const HeldName a = held(dir, "a");
  const HeldName b = held(dir, "b");
  auto other = dir.hold("channel", "d");
  ASSERT_TRUE(ok(other));
  EXPECT_EQ(live_names(dir), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(live_names(dir, "channel"), std::vector<std::string>{"d"});
}

TEST(RuntimeDirectory, moving_moves_the_name) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  HeldName a = held(dir, "a");
  HeldName b = held(dir, "b");
  b = std::move(a);
  EXPECT_EQ(live_names(dir), std::vector<std::string>{"a"});
  const HeldName c = std::move(b);
  EXPECT_EQ(live_names(dir), std::vector<std::string>{"a"});
  EXPECT_TRUE(ok(c.announce(bytes_of("x"))));
}

TEST(RuntimeDirectory, any_name_comes_back_as_it_went) {
  auto random = unit::random_source();
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  std::set<std::string> names{".",
                              "..",
                              "/",
                              "a/b",
                              "a.stream",
                              "A",
                              "a",
                              "%41",
                              "a~b",
                              std::string(128, 'x'),
                              std::string(127, 'x') + 'y',
                              std::string(128, '\xE4'),
                              std::string(48, 'z'),
                              std::string(49, 'z'),
                              "\xE6\x98\xA0\xE5\x83\x8F",
                              " ",
                              "\n"};
  for (int i = 0; i < 100; ++i) {
    std::string name(unit::between(random, 1, 128), '?');
    for (char& c : name) c = static_cast<char>(unit::between(random, 1, 255));
    names.insert(name);
  }
  std::vector<HeldName> held_names;
  for (const std::string& name : names) {
    auto taken = dir.hold("stream", name);
    ASSERT_TRUE(ok(taken)) << name;
    ASSERT_TRUE(ok(taken->announce(bytes_of(name))));
    ASSERT_TRUE(ok(ListeningSocket::listen(taken->socket_path()))) << "every name has room for its socket";
    held_names.push_back(std::move(*taken));
  }
  const auto live = dir.live("stream");
  ASSERT_TRUE(ok(live));
  ASSERT_EQ(live->size(), names.size());
  auto expected = names.begin();
  for (const LiveName& found : *live) {
    EXPECT_EQ(found.name, *expected++);
    EXPECT_EQ(text_of(found.announcement), found.name);
  }
  for (const std::string& name : names) EXPECT_EQ(announced(dir, name), name);
  held_names.clear();
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(RuntimeDirectory, refuses_names_and_kinds_that_are_none) {
  const Folder folder;
  const RuntimeDirectory dir = directory(folder);
  EXPECT_TRUE(fails(dir.hold("stream", ""), Errc::invalid_argument, {"0 bytes", "128"}));
  EXPECT_TRUE(fails(dir.hold("stream", std::string(129, 'x')), Errc::invalid_argument, {"129", "128"}));
  EXPECT_TRUE(fails(dir.find("stream", std::string("a\0b", 3)), Errc::invalid_argument, {"NUL"}));
  for (const char* kind : {"", "../x", "Stream", "a.b", "abcdefghijklmnopq"}) {
    EXPECT_TRUE(fails(dir.hold(kind, "a"), Errc::invalid_argument, {"kind"})) << kind;
    EXPECT_TRUE(fails(dir.live(kind), Errc::invalid_argument, {"kind"})) << kind;
  }
  EXPECT_TRUE(fails(held(dir, "a").announce(std::vector<std::byte>(65'537)), Errc::limit_exceeded, {"65537", "65536"}));
  EXPECT_EQ(files_in(folder.path()), 0U);
}

}  // namespace
}  // namespace geyser::platform
