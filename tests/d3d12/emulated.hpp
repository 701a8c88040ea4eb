// Two managers on the emulated device, as an exporter and an importer are: sharing emulated, nothing of Direct3D needed.
#pragma once

#include "d3d12/fixture.hpp"
#include "fake_d3d12/fake_d3d12.hpp"

namespace d3d12_test {

/// An emulated device with a queue and a manager. Several with the same LUID are one adapter to each other.
struct Side {
  explicit Side(const fake_d3d12::Options& options = {}, D3D12_COMMAND_LIST_TYPE type = D3D12_COMMAND_LIST_TYPE_DIRECT)
      : device(fake_d3d12::make_device(options)), queue(fake_d3d12::make_queue(device.get(), type)) {
    manager.emplace(*take(geyser::d3d12::create_manager({.device = device.get(), .queue = queue.get()}), "adopting"));
  }
  TextureShareManager& operator*() { return *manager; }
  TextureShareManager* operator->() { return &*manager; }

  fake_d3d12::Com<ID3D12Device> device;
  fake_d3d12::Com<ID3D12CommandQueue> queue;
  std::optional<TextureShareManager> manager;
};

/// Nothing that Direct3D forbids was done, no object lives on, and no handle is open more than before.
class Emulated : public testing::Test {
 protected:
  Emulated() {
    const Side warm_up;  // what the first use opens for good
    static_cast<void>(fake_d3d12::take_complaints());
  }
  void SetUp() override {
    handles_ = open_handles();
    objects_ = fake_d3d12::live_objects();
  }
  void TearDown() override {
    fake_d3d12::fail_call(0, S_OK);
    for (const auto& each : fake_d3d12::take_complaints()) ADD_FAILURE() << "Direct3D forbids: " << each;
    EXPECT_EQ(fake_d3d12::live_objects(), objects_ + left_behind);
    EXPECT_LE(open_handles(), handles_ + slack) << "handles are left open";
  }
  DWORD slack = 0;      ///< handles that may be open more than before
  int left_behind = 0;  ///< objects that stay on purpose

 private:
  DWORD handles_ = 0;
  int objects_ = 0;
};

}  // namespace d3d12_test
