// One writer, or any number of readers.
#include "core/access_state.hpp"
#include "check.hpp"

namespace geyser::detail {
namespace {

using unit::fails;
using unit::ok;

TEST(AccessState, starts_idle) { EXPECT_TRUE(AccessState().idle()); }

TEST(AccessState, a_writer_is_alone) {
  AccessState state;
  ASSERT_TRUE(ok(state.begin(AccessMode::write)));
  EXPECT_FALSE(state.idle());
  EXPECT_TRUE(fails(state.begin(AccessMode::write), Errc::access_conflict, {"write access", "end it"}));
  EXPECT_TRUE(fails(state.begin(AccessMode::read), Errc::access_conflict, {"write access", "end it"}));
  state.end(AccessMode::write);
  EXPECT_TRUE(state.idle());
}

TEST(AccessState, readers_share) {
  AccessState state;
  ASSERT_TRUE(ok(state.begin(AccessMode::read)));
  ASSERT_TRUE(ok(state.begin(AccessMode::read)));
  EXPECT_TRUE(fails(state.begin(AccessMode::write), Errc::access_conflict, {"2 read accesses are"}));
  state.end(AccessMode::read);
  EXPECT_TRUE(fails(state.begin(AccessMode::write), Errc::access_conflict, {"1 read access is"}));
  EXPECT_FALSE(state.idle());
  state.end(AccessMode::read);
  EXPECT_TRUE(state.idle());
  EXPECT_TRUE(ok(state.begin(AccessMode::write)));
}

TEST(AccessState, a_refusal_changes_nothing) {
  AccessState state;
  ASSERT_TRUE(ok(state.begin(AccessMode::read)));
  EXPECT_FALSE(state.begin(AccessMode::write).has_value());
  state.end(AccessMode::read);
  EXPECT_TRUE(state.idle());
  ASSERT_TRUE(ok(state.begin(AccessMode::write)));
  EXPECT_FALSE(state.begin(AccessMode::read).has_value());
  state.end(AccessMode::write);
  EXPECT_TRUE(state.idle());
}

TEST(AccessState, any_order_agrees_with_a_counting_model) {
  auto random = unit::random_source();
  AccessState state;
  int readers = 0;
  bool writing = false;
  for (int i = 0; i < 20'000; ++i) {
    switch (random() % 4) {
      case 0:
        EXPECT_EQ(state.begin(AccessMode::read).has_value(), !writing);
        readers += writing ? 0 : 1;
        break;
      case 1:
        EXPECT_EQ(state.begin(AccessMode::write).has_value(), !writing && readers == 0);
        writing = writing || readers == 0;
        break;
      case 2:
        if (readers == 0) break;
        state.end(AccessMode::read);
        --readers;
        break;
      default:
        if (!writing) break;
        state.end(AccessMode::write);
        writing = false;
    }
    EXPECT_EQ(state.idle(), readers == 0 && !writing);
  }
}

}  // namespace
}  // namespace geyser::detail
