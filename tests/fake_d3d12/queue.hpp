// A queue: a thread that does what was submitted, in order.
#pragma once

#include <condition_variable>
#include <deque>
#include <thread>

#include "fake_d3d12/command_list.hpp"
#include "fake_d3d12/fence.hpp"

namespace fake_d3d12 {

class Queue final : public Child<ID3D12CommandQueue> {
 public:
  Queue(Device* owner, const D3D12_COMMAND_QUEUE_DESC& desc);
  ~Queue() override;

  void STDMETHODCALLTYPE ExecuteCommandLists(UINT count, ID3D12CommandList* const* lists) override;
  HRESULT STDMETHODCALLTYPE Signal(ID3D12Fence* fence, UINT64 value) override;
  HRESULT STDMETHODCALLTYPE Wait(ID3D12Fence* fence, UINT64 value) override;
#if defined(_MSC_VER)
  D3D12_COMMAND_QUEUE_DESC STDMETHODCALLTYPE GetDesc() override { return desc_; }
  void STDMETHODCALLTYPE UpdateTileMappings(ID3D12Resource*, UINT, const D3D12_TILED_RESOURCE_COORDINATE*, const D3D12_TILE_REGION_SIZE*,
                                            ID3D12Heap*, UINT, const D3D12_TILE_RANGE_FLAGS*, const UINT*, const UINT*,
                                            D3D12_TILE_MAPPING_FLAGS) override {
    unexpected("UpdateTileMappings");
  }
#else
  D3D12_COMMAND_QUEUE_DESC* STDMETHODCALLTYPE GetDesc(D3D12_COMMAND_QUEUE_DESC* out) override { return *out = desc_, out; }
  void STDMETHODCALLTYPE UpdateTileMappings(ID3D12Resource*, UINT, const D3D12_TILED_RESOURCE_COORDINATE*, const D3D12_TILE_REGION_SIZE*,
                                            UINT, const D3D12_TILE_RANGE_FLAGS*, UINT*, UINT*, D3D12_TILE_MAPPING_FLAGS) override {
    unexpected("UpdateTileMappings");
  }
#endif
  void STDMETHODCALLTYPE CopyTileMappings(ID3D12Resource*, const D3D12_TILED_RESOURCE_COORDINATE*, ID3D12Resource*,
                                          const D3D12_TILED_RESOURCE_COORDINATE*, const D3D12_TILE_REGION_SIZE*,
                                          D3D12_TILE_MAPPING_FLAGS) override {
    unexpected("CopyTileMappings");
  }
  void STDMETHODCALLTYPE SetMarker(UINT, const void*, UINT) override {}
  void STDMETHODCALLTYPE BeginEvent(UINT, const void*, UINT) override {}
  void STDMETHODCALLTYPE EndEvent() override {}
  HRESULT STDMETHODCALLTYPE GetTimestampFrequency(UINT64*) override { return unexpected("GetTimestampFrequency"); }
  HRESULT STDMETHODCALLTYPE GetClockCalibration(UINT64*, UINT64*) override { return unexpected("GetClockCalibration"); }

 private:
  struct Job {
    enum class Kind { execute, signal, wait } kind = Kind::execute;
    std::shared_ptr<Commands> commands;
    Weak<Allocator> allocator;
    Weak<Fence> fence;
    UINT64 value = 0;
  };
  void push(Job job);
  void run();
  /// False when the job has to be tried again.
  bool perform(const Job& job);

  D3D12_COMMAND_QUEUE_DESC desc_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;  // guarded by mutex_
  bool stop_ = false;     // guarded by mutex_
  std::thread thread_;
};

}  // namespace fake_d3d12
