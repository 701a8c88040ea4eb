// The fake itself: what our code relies on must be so there.
#include "fixture.hpp"
#include "platform/mach.hpp"

namespace fake_mach {
namespace {

using namespace geyser::platform;
using geyser::unit::ok;

class EmulatedKernel : public Counted {};

TEST_F(EmulatedKernel, a_message_that_comes_back_carries_moved_rights) {
  auto port = mach::make_port(1);
  auto right = mach::make_send_right(*port);
  auto carried = mach::make_port(1);
  ASSERT_TRUE(port && right && carried);
  for (int i = 0; i < 2; ++i) {
    RawMessage message;
    message.put(mach_msg_body_t{1});
    message.put_port(carried->name(), MACH_MSG_TYPE_MAKE_SEND);
    EXPECT_EQ(message.send(right->name(), 1, true), i == 0 ? MACH_MSG_SUCCESS : MACH_SEND_TIMED_OUT);
  }
}

TEST_F(EmulatedKernel, a_death_is_told_once_with_a_reference) {
  auto port = mach::make_port(1);
  auto bell = mach::make_port(1);
  auto right = mach::make_send_right(*port);
  ASSERT_TRUE(port && bell && right);
  mach_port_t previous = MACH_PORT_NULL;
  ASSERT_EQ(mach_port_request_notification(mach_task_self(), right->name(), MACH_NOTIFY_DEAD_NAME, 1, bell->name(),
                                           MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous),
            KERN_SUCCESS);
  EXPECT_EQ(previous, MACH_PORT_NULL);
  EXPECT_FALSE(mach::wait_for_message(bell->name(), std::chrono::nanoseconds::zero()));
  port->reset();
  EXPECT_TRUE(mach::wait_for_message(bell->name(), std::chrono::nanoseconds::zero()));
  mach_port_urefs_t references = 0;
  ASSERT_EQ(mach_port_get_refs(mach_task_self(), right->name(), MACH_PORT_RIGHT_DEAD_NAME, &references), KERN_SUCCESS);
  EXPECT_EQ(references, 2U);
  EXPECT_TRUE(mach::is_dead(right->name()));
  mach_port_deallocate(mach_task_self(), right->name());
}

TEST_F(EmulatedKernel, a_set_has_what_its_members_have) {
  auto first = mach::make_port(5);
  auto second = mach::make_port(5);
  auto right = mach::make_send_right(*second);
  ASSERT_TRUE(first && second && right);
  auto set = mach::make_set(*first, *second);
  ASSERT_TRUE(ok(set));
  EXPECT_FALSE(mach::wait_for_message(set->name(), std::chrono::milliseconds(5)));
  EXPECT_EQ(RawMessage{}.send(right->name(), 1, false), MACH_MSG_SUCCESS);
  EXPECT_TRUE(mach::wait_for_message(set->name(), std::chrono::nanoseconds::zero()));
  second->reset();
  EXPECT_FALSE(mach::wait_for_message(set->name(), std::chrono::nanoseconds::zero()));
}

}  // namespace
}  // namespace fake_mach
