#include "fake_d3d12/fence.hpp"

#include <chrono>
#include <limits>

namespace fake_d3d12 {

Fence::~Fence() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

UINT64 STDMETHODCALLTYPE Fence::GetCompletedValue() {
  return FAILED(removed_reason(device())) ? std::numeric_limits<UINT64>::max() : counter().load();
}

HRESULT STDMETHODCALLTYPE Fence::SetEventOnCompletion(UINT64 value, HANDLE event) {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12Fence::SetEventOnCompletion", answer)) return answer;
  if (event == nullptr) {
    complain("SetEventOnCompletion without an event blocks without end");
    return E_INVALIDARG;
  }
  const std::lock_guard lock(mutex_);
  pending_.push_back({value, event});
  if (!thread_.joinable()) thread_ = std::thread([this] { watch(); });
  wake_.notify_all();
  return S_OK;
}

void Fence::watch() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (pending_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const UINT64 now = GetCompletedValue();
    std::erase_if(pending_, [now](const Pending& each) {
      if (each.value > now) return false;
      if (!::SetEvent(each.event)) complain("an event was closed that a fence still had to set");
      return true;
    });
    wake_.wait_for(lock, std::chrono::milliseconds(1));
  }
}

HRESULT STDMETHODCALLTYPE Fence::Signal(UINT64 value) {
  HRESULT answer = S_OK;
  if (must_fail("ID3D12Fence::Signal", answer)) return answer;
  counter().store(value);
  return S_OK;
}

}  // namespace fake_d3d12
