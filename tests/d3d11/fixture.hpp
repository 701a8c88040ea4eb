// An emulated device for each test, and what every test asserts besides its own: nothing left alive in it, no handle left open.
#pragma once

#include "d3d11/common.hpp"
#include "d3d11/local.hpp"
#include "fake_d3d11/fake_d3d11.hpp"
#include "platform/windows.hpp"
#include "support/log_capture.hpp"

namespace d3d11_test {

using geyser::d3d11::KeyedMutexUse;

inline DWORD open_handles() {
  DWORD number = 0;
  ::GetProcessHandleCount(::GetCurrentProcess(), &number);
  return number;
}

class Fixture : public testing::Test {
 protected:
  void SetUp() override {
    fake_d3d11::reset();
    handles_ = open_handles();
  }
  void TearDown() override {
    fake_d3d11::stop_failing();
    fake_d3d11::hold_queues(false);
    fake_d3d11::stop();
    EXPECT_EQ(fake_d3d11::live_objects(), (std::map<std::string, std::size_t>{}));
    // Locks of the process get an event each when two threads first meet in them, and keep it: a few in a whole run are no leak.
    static DWORD locks_left = 4;
    const DWORD now = open_handles();
    const DWORD grown = now > handles_ ? now - handles_ : 0;
    EXPECT_LE(grown, locks_left) << handles_ << " before";
    locks_left -= std::min(grown, locks_left);
  }
  /// A manager on a device of its own.
  [[nodiscard]] static geyser::Result<TextureShareManager> manager(KeyedMutexUse keyed_mutex = KeyedMutexUse::when_needed,
                                                                   std::uint32_t adapter = 0) {
    ID3D11Device* device = fake_d3d11::create_device(adapter);
    auto made = geyser::d3d11::create_manager({.device = device, .keyed_mutex = keyed_mutex, .entry_points = fake_d3d11::entry_points()});
    fake_d3d11::release(device);
    return made;
  }

 private:
  DWORD handles_ = 0;
};

}  // namespace d3d11_test
