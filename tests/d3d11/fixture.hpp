// An emulated device for each test, and what every test asserts besides its own: nothing left alive in it, no handle left open.
#pragma once

#include "d3d11/common.hpp"
#include "d3d11/local.hpp"
#include "fake_d3d11/fake_d3d11.hpp"
#include "platform/windows.hpp"
#include "support/log_capture.hpp"

namespace d3d11_test {

using geyser::d3d11::KeyedMutexUse;

/// Asked of every number that may be a handle: Wine 8 answers 0 to GetProcessHandleCount.
inline DWORD open_handles() {
  constexpr std::uintptr_t last = 8192;  // numbers are given from below, in steps of 4
  DWORD number = 0;
  for (std::uintptr_t value = 4; value <= last; value += 4) {
    DWORD flags = 0;
    number += ::GetHandleInformation(reinterpret_cast<HANDLE>(value), &flags) != 0 ? 1U : 0U;
  }
  return number;
}

/// winpthreads keeps an event of each lock that two threads met in.
inline constexpr std::size_t events_of_locks = 8;

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
    // mingw's std::mutex keeps an event for good once two threads meet in it. Tests repeat what could leak much oftener than this.
    EXPECT_LE(open_handles(), handles_ + events_of_locks);
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
