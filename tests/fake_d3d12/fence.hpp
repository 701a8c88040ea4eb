// Fences: a counter in a section, so that a fence can be shared.
#pragma once

#include <condition_variable>
#include <thread>
#include <vector>

#include "fake_d3d12/memory.hpp"

namespace fake_d3d12 {

class Fence final : public Child<ID3D12Fence> {
 public:
  Fence(Device* device, Section section, D3D12_FENCE_FLAGS flags) : Child(device), section_(std::move(section)), flags_(flags) {}
  ~Fence() override;

  [[nodiscard]] const Section& section() const noexcept { return section_; }
  [[nodiscard]] bool shared() const noexcept { return (flags_ & D3D12_FENCE_FLAG_SHARED) != 0; }
  /// The counter itself, whatever became of the device.
  [[nodiscard]] std::atomic<std::uint64_t>& counter() const noexcept { return section_.head().value; }

  UINT64 STDMETHODCALLTYPE GetCompletedValue() override;
  HRESULT STDMETHODCALLTYPE SetEventOnCompletion(UINT64 value, HANDLE event) override;
  HRESULT STDMETHODCALLTYPE Signal(UINT64 value) override;

 private:
  struct Pending {
    UINT64 value;
    HANDLE event;
  };
  void watch();

  Section section_;
  D3D12_FENCE_FLAGS flags_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Pending> pending_;  // guarded by mutex_
  bool stop_ = false;             // guarded by mutex_
  std::thread thread_;            // another process may signal, so somebody has to look
};

}  // namespace fake_d3d12
