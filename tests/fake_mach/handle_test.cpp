// OsHandle as a Mach send right, and what handles mean.
#include "fixture.hpp"
#include "geyser/os_handle.hpp"
#include "platform/handle_identity.hpp"
#include "platform/inheritance.hpp"
#include "platform/mach.hpp"

namespace geyser::platform {
namespace {

using fake_mach::counts;
using unit::fails;
using unit::ok;

class EmulatedHandle : public fake_mach::Counted {
 protected:
  [[nodiscard]] static std::uint32_t references(OsHandle::Value name) {
    mach_port_urefs_t count = 0;
    return mach_port_get_refs(mach_task_self(), static_cast<mach_port_name_t>(name), MACH_PORT_RIGHT_SEND, &count) == KERN_SUCCESS ? count
                                                                                                                                   : 0;
  }
  [[nodiscard]] static OsHandle handle() {
    auto copy = fake_mach::memory().handle().duplicate();
    if (!copy) std::abort();
    return std::move(*copy);
  }
};

TEST_F(EmulatedHandle, duplicates_share_a_name_and_count) {
  OsHandle a = handle();
  auto b = a.duplicate();
  auto c = a.duplicate();
  ASSERT_TRUE(ok(b));
  ASSERT_TRUE(ok(c));
  EXPECT_EQ(a.borrow(), b->borrow());
  EXPECT_EQ(references(a.borrow()), 3U);
  *b = std::move(*c);  // the same name: one reference still goes
  EXPECT_EQ(references(a.borrow()), 2U);
  b->reset();
  EXPECT_EQ(references(a.borrow()), 1U);
  const auto name = a.borrow();
  OsHandle& same = a;
  a = std::move(same);
  EXPECT_EQ(references(name), 1U);
  a.reset();
  EXPECT_EQ(references(name), 0U);
}

TEST_F(EmulatedHandle, names_that_are_none_are_none) {
  for (const OsHandle::Value value : {OsHandle::Value{-7}, OsHandle::Value{0}, OsHandle::Value{0xFFFFFFFF}}) {
    EXPECT_FALSE(OsHandle(value)) << value;
  }
  EXPECT_TRUE(fails(OsHandle().duplicate(), Errc::invalid_argument, {"no handle"}));
  OsHandle wrong(0x7FFF03);
  EXPECT_TRUE(fails(wrong.duplicate(), Errc::invalid_argument, {"cannot be duplicated", "no send right"}));
  EXPECT_FALSE(is_same_object(wrong, wrong));
  EXPECT_FALSE(may_be_memory(wrong, 1));
  EXPECT_EQ(file_type(wrong), FileType::closed);
  static_cast<void>(wrong.release());
}

TEST_F(EmulatedHandle, references_that_run_out_are_out_of_memory) {
  const OsHandle a = handle();
  fake_mach::fail_after(0);
  EXPECT_TRUE(fails(a.duplicate(), Errc::out_of_memory, {"Duplicating"}));
  EXPECT_TRUE(fake_mach::has_failed());
}

TEST_F(EmulatedHandle, of_a_port_that_died_is_a_dead_name_and_goes_like_any_other) {
  auto port = mach::make_port(1);
  ASSERT_TRUE(ok(port));
  auto right = mach::make_send_right(*port);
  ASSERT_TRUE(ok(right));
  const OsHandle named(mach::value_of(right->release()));
  EXPECT_TRUE(is_same_object(named, named));
  port->reset();
  EXPECT_FALSE(is_same_object(named, named));
  EXPECT_FALSE(may_be_memory(named, 1));
  EXPECT_TRUE(fails(named.duplicate(), Errc::invalid_argument, {"port that lives"}));
}

TEST_F(EmulatedHandle, identity_and_memory) {
  const SharedMemory first = fake_mach::memory(8192);
  const SharedMemory second = fake_mach::memory(4096);
  auto copy = first.handle().duplicate();
  ASSERT_TRUE(ok(copy));
  EXPECT_TRUE(is_same_object(first.handle(), *copy));
  EXPECT_FALSE(is_same_object(first.handle(), second.handle()));
  EXPECT_FALSE(is_same_object(OsHandle(), OsHandle()));
  EXPECT_TRUE(may_be_memory(first.handle(), 8192));
  EXPECT_TRUE(may_be_memory(first.handle(), 0));
  EXPECT_FALSE(may_be_memory(first.handle(), 8193));
  EXPECT_FALSE(may_be_memory(first.handle(), UINT64_MAX));
  EXPECT_FALSE(may_be_memory(second.handle(), 4097));
  const auto [a, b] = fake_mach::connected();
  EXPECT_TRUE(may_be_memory(a.handle(), 1)) << "what is no memory entry, its framework judges";
  EXPECT_EQ(file_type(first.handle()), FileType::anonymous);
  keep_from_children(first.handle());
}

}  // namespace
}  // namespace geyser::platform
