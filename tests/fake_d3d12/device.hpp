// The device: makes everything, shares it and opens it.
#pragma once

#include "fake_d3d12/queue.hpp"

namespace fake_d3d12 {

class Device final : public Object<ID3D12Device, ID3D12Object> {
 public:
  explicit Device(const Options& options) : options_(options) {}
  [[nodiscard]] const Options& options() const noexcept { return options_; }
  std::atomic<HRESULT> removed{S_OK};

  UINT STDMETHODCALLTYPE GetNodeCount() override { return 1; }
  HRESULT STDMETHODCALLTYPE CreateCommandQueue(const D3D12_COMMAND_QUEUE_DESC* desc, REFIID id, void** out) override;
  HRESULT STDMETHODCALLTYPE CreateCommandAllocator(D3D12_COMMAND_LIST_TYPE type, REFIID id, void** out) override;
  HRESULT STDMETHODCALLTYPE CreateCommandList(UINT, D3D12_COMMAND_LIST_TYPE type, ID3D12CommandAllocator* allocator, ID3D12PipelineState*,
                                              REFIID id, void** out) override;
  HRESULT STDMETHODCALLTYPE CheckFeatureSupport(D3D12_FEATURE feature, void* data, UINT size) override;
  HRESULT STDMETHODCALLTYPE CreateCommittedResource(const D3D12_HEAP_PROPERTIES* heap, D3D12_HEAP_FLAGS flags,
                                                    const D3D12_RESOURCE_DESC* desc, D3D12_RESOURCE_STATES state, const D3D12_CLEAR_VALUE*,
                                                    REFIID id, void** out) override;
  HRESULT STDMETHODCALLTYPE CreateSharedHandle(ID3D12DeviceChild* object, const SECURITY_ATTRIBUTES* attributes, DWORD access,
                                               const WCHAR* name, HANDLE* handle) override;
  HRESULT STDMETHODCALLTYPE OpenSharedHandle(HANDLE handle, REFIID id, void** out) override;
  HRESULT STDMETHODCALLTYPE CreateFence(UINT64 value, D3D12_FENCE_FLAGS flags, REFIID id, void** out) override;
  HRESULT STDMETHODCALLTYPE GetDeviceRemovedReason() override { return removed.load(); }
  void STDMETHODCALLTYPE GetCopyableFootprints(const D3D12_RESOURCE_DESC* desc, UINT first, UINT count, UINT64 base,
                                               D3D12_PLACED_SUBRESOURCE_FOOTPRINT* layouts, UINT* rows, UINT64* row_bytes,
                                               UINT64* total) override;
#if defined(_MSC_VER)
  D3D12_RESOURCE_ALLOCATION_INFO STDMETHODCALLTYPE GetResourceAllocationInfo(UINT, UINT, const D3D12_RESOURCE_DESC* desc) override {
    return allocation_info(*desc);
  }
  D3D12_HEAP_PROPERTIES STDMETHODCALLTYPE GetCustomHeapProperties(UINT, D3D12_HEAP_TYPE type) override { return {.Type = type}; }
  LUID STDMETHODCALLTYPE GetAdapterLuid() override { return options_.luid; }
#else
  D3D12_RESOURCE_ALLOCATION_INFO* STDMETHODCALLTYPE GetResourceAllocationInfo(D3D12_RESOURCE_ALLOCATION_INFO* out, UINT, UINT,
                                                                              const D3D12_RESOURCE_DESC* desc) override {
    return *out = allocation_info(*desc), out;
  }
  D3D12_HEAP_PROPERTIES* STDMETHODCALLTYPE GetCustomHeapProperties(D3D12_HEAP_PROPERTIES* out, UINT, D3D12_HEAP_TYPE type) override {
    return *out = {.Type = type}, out;
  }
  LUID* STDMETHODCALLTYPE GetAdapterLuid(LUID* out) override { return *out = options_.luid, out; }
#endif

  HRESULT STDMETHODCALLTYPE CreateGraphicsPipelineState(const D3D12_GRAPHICS_PIPELINE_STATE_DESC*, REFIID, void**) override {
    return unexpected("CreateGraphicsPipelineState");
  }
  HRESULT STDMETHODCALLTYPE CreateComputePipelineState(const D3D12_COMPUTE_PIPELINE_STATE_DESC*, REFIID, void**) override {
    return unexpected("CreateComputePipelineState");
  }
  HRESULT STDMETHODCALLTYPE CreateDescriptorHeap(const D3D12_DESCRIPTOR_HEAP_DESC*, REFIID, void**) override {
    return unexpected("CreateDescriptorHeap");
  }
  UINT STDMETHODCALLTYPE GetDescriptorHandleIncrementSize(D3D12_DESCRIPTOR_HEAP_TYPE) override {
    return unexpected("GetDescriptorHandleIncrementSize"), 0;
  }
  HRESULT STDMETHODCALLTYPE CreateRootSignature(UINT, const void*, SIZE_T, REFIID, void**) override {
    return unexpected("CreateRootSignature");
  }
  void STDMETHODCALLTYPE CreateConstantBufferView(const D3D12_CONSTANT_BUFFER_VIEW_DESC*, D3D12_CPU_DESCRIPTOR_HANDLE) override {
    unexpected("CreateConstantBufferView");
  }
  void STDMETHODCALLTYPE CreateShaderResourceView(ID3D12Resource*, const D3D12_SHADER_RESOURCE_VIEW_DESC*,
                                                  D3D12_CPU_DESCRIPTOR_HANDLE) override {
    unexpected("CreateShaderResourceView");
  }
  void STDMETHODCALLTYPE CreateUnorderedAccessView(ID3D12Resource*, ID3D12Resource*, const D3D12_UNORDERED_ACCESS_VIEW_DESC*,
                                                   D3D12_CPU_DESCRIPTOR_HANDLE) override {
    unexpected("CreateUnorderedAccessView");
  }
  void STDMETHODCALLTYPE CreateRenderTargetView(ID3D12Resource*, const D3D12_RENDER_TARGET_VIEW_DESC*,
                                                D3D12_CPU_DESCRIPTOR_HANDLE) override {
    unexpected("CreateRenderTargetView");
  }
  void STDMETHODCALLTYPE CreateDepthStencilView(ID3D12Resource*, const D3D12_DEPTH_STENCIL_VIEW_DESC*,
                                                D3D12_CPU_DESCRIPTOR_HANDLE) override {
    unexpected("CreateDepthStencilView");
  }
  void STDMETHODCALLTYPE CreateSampler(const D3D12_SAMPLER_DESC*, D3D12_CPU_DESCRIPTOR_HANDLE) override { unexpected("CreateSampler"); }
  void STDMETHODCALLTYPE CopyDescriptors(UINT, const D3D12_CPU_DESCRIPTOR_HANDLE*, const UINT*, UINT, const D3D12_CPU_DESCRIPTOR_HANDLE*,
                                         const UINT*, D3D12_DESCRIPTOR_HEAP_TYPE) override {
    unexpected("CopyDescriptors");
  }
  void STDMETHODCALLTYPE CopyDescriptorsSimple(UINT, const D3D12_CPU_DESCRIPTOR_HANDLE, const D3D12_CPU_DESCRIPTOR_HANDLE,
                                               D3D12_DESCRIPTOR_HEAP_TYPE) override {
    unexpected("CopyDescriptorsSimple");
  }
  HRESULT STDMETHODCALLTYPE CreateHeap(const D3D12_HEAP_DESC*, REFIID, void**) override { return unexpected("CreateHeap"); }
  HRESULT STDMETHODCALLTYPE CreatePlacedResource(ID3D12Heap*, UINT64, const D3D12_RESOURCE_DESC*, D3D12_RESOURCE_STATES,
                                                 const D3D12_CLEAR_VALUE*, REFIID, void**) override {
    return unexpected("CreatePlacedResource");
  }
  HRESULT STDMETHODCALLTYPE CreateReservedResource(const D3D12_RESOURCE_DESC*, D3D12_RESOURCE_STATES, const D3D12_CLEAR_VALUE*, REFIID,
                                                   void**) override {
    return unexpected("CreateReservedResource");
  }
  HRESULT STDMETHODCALLTYPE OpenSharedHandleByName(const WCHAR*, DWORD, HANDLE*) override { return unexpected("OpenSharedHandleByName"); }
  HRESULT STDMETHODCALLTYPE MakeResident(UINT, ID3D12Pageable* const*) override { return unexpected("MakeResident"); }
  HRESULT STDMETHODCALLTYPE Evict(UINT, ID3D12Pageable* const*) override { return unexpected("Evict"); }
  HRESULT STDMETHODCALLTYPE CreateQueryHeap(const D3D12_QUERY_HEAP_DESC*, REFIID, void**) override { return unexpected("CreateQueryHeap"); }
  HRESULT STDMETHODCALLTYPE SetStablePowerState(BOOL) override { return unexpected("SetStablePowerState"); }
  HRESULT STDMETHODCALLTYPE CreateCommandSignature(const D3D12_COMMAND_SIGNATURE_DESC*, ID3D12RootSignature*, REFIID, void**) override {
    return unexpected("CreateCommandSignature");
  }
  void STDMETHODCALLTYPE GetResourceTiling(ID3D12Resource*, UINT*, D3D12_PACKED_MIP_INFO*, D3D12_TILE_SHAPE*, UINT*, UINT,
                                           D3D12_SUBRESOURCE_TILING*) override {
    unexpected("GetResourceTiling");
  }

 private:
  static D3D12_RESOURCE_ALLOCATION_INFO allocation_info(const D3D12_RESOURCE_DESC& desc);
  Options options_;
};

}  // namespace fake_d3d12
