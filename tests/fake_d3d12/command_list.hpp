// Command lists: what is recorded for the GPU. Of Direct3D's commands there are two, barriers and copies of textures.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "fake_d3d12/memory.hpp"

namespace fake_d3d12 {

struct Barrier {
  Weak<Resource> resource;
  UINT subresource = 0;
  std::uint32_t before = 0;
  std::uint32_t after = 0;
};
struct Location {
  Weak<Resource> resource;
  D3D12_TEXTURE_COPY_TYPE type{};
  UINT subresource = 0;
  D3D12_PLACED_SUBRESOURCE_FOOTPRINT footprint{};
};
struct Copy {
  Location to;
  UINT x = 0;
  UINT y = 0;
  UINT z = 0;
  Location from;
  bool has_box = false;
  D3D12_BOX box{};
};
using Command = std::variant<Barrier, Copy>;
using Commands = std::vector<Command>;
/// On the GPU; world() is held.
void execute(const Command& command);

/// Says that the fake lacks a method that was called.
HRESULT unexpected(const char* method);

class Allocator final : public Child<ID3D12CommandAllocator, ID3D12Object> {
 public:
  Allocator(Device* owner, D3D12_COMMAND_LIST_TYPE list_type) : Child(owner), type(list_type) {}
  HRESULT STDMETHODCALLTYPE Reset() override;
  const D3D12_COMMAND_LIST_TYPE type;
  std::atomic<int> executing{0};
  std::atomic<bool> recording{false};

 protected:
  void last_words() override;
};

class CommandList final : public Child<ID3D12GraphicsCommandList, ID3D12CommandList> {
 public:
  CommandList(Device* owner, Allocator* allocator);
  [[nodiscard]] bool closed() const noexcept { return !recording_; }
  [[nodiscard]] const std::shared_ptr<Commands>& commands() const noexcept { return commands_; }
  [[nodiscard]] const Weak<Allocator>& allocator() const noexcept { return allocator_; }

  HRESULT STDMETHODCALLTYPE Close() override;
  HRESULT STDMETHODCALLTYPE Reset(ID3D12CommandAllocator* allocator, ID3D12PipelineState*) override;
  void STDMETHODCALLTYPE CopyTextureRegion(const D3D12_TEXTURE_COPY_LOCATION* to, UINT x, UINT y, UINT z,
                                           const D3D12_TEXTURE_COPY_LOCATION* from, const D3D12_BOX* box) override;
  void STDMETHODCALLTYPE ResourceBarrier(UINT count, const D3D12_RESOURCE_BARRIER* barriers) override;
  D3D12_COMMAND_LIST_TYPE STDMETHODCALLTYPE GetType() override { return type_; }

  HRESULT STDMETHODCALLTYPE ClearState(ID3D12PipelineState*) override { return unexpected("ClearState"); }
  void STDMETHODCALLTYPE DrawInstanced(UINT, UINT, UINT, UINT) override { unexpected("DrawInstanced"); }
  void STDMETHODCALLTYPE DrawIndexedInstanced(UINT, UINT, UINT, INT, UINT) override { unexpected("DrawIndexedInstanced"); }
  void STDMETHODCALLTYPE Dispatch(UINT, UINT, UINT) override { unexpected("Dispatch"); }
  void STDMETHODCALLTYPE CopyBufferRegion(ID3D12Resource*, UINT64, ID3D12Resource*, UINT64, UINT64) override {
    unexpected("CopyBufferRegion");
  }
  void STDMETHODCALLTYPE CopyResource(ID3D12Resource*, ID3D12Resource*) override { unexpected("CopyResource"); }
  void STDMETHODCALLTYPE CopyTiles(ID3D12Resource*, const D3D12_TILED_RESOURCE_COORDINATE*, const D3D12_TILE_REGION_SIZE*, ID3D12Resource*,
                                   UINT64, D3D12_TILE_COPY_FLAGS) override {
    unexpected("CopyTiles");
  }
  void STDMETHODCALLTYPE ResolveSubresource(ID3D12Resource*, UINT, ID3D12Resource*, UINT, DXGI_FORMAT) override {
    unexpected("ResolveSubresource");
  }
  void STDMETHODCALLTYPE IASetPrimitiveTopology(D3D12_PRIMITIVE_TOPOLOGY) override { unexpected("IASetPrimitiveTopology"); }
  void STDMETHODCALLTYPE RSSetViewports(UINT, const D3D12_VIEWPORT*) override { unexpected("RSSetViewports"); }
  void STDMETHODCALLTYPE RSSetScissorRects(UINT, const D3D12_RECT*) override { unexpected("RSSetScissorRects"); }
  void STDMETHODCALLTYPE OMSetBlendFactor(const FLOAT*) override { unexpected("OMSetBlendFactor"); }
  void STDMETHODCALLTYPE OMSetStencilRef(UINT) override { unexpected("OMSetStencilRef"); }
  void STDMETHODCALLTYPE SetPipelineState(ID3D12PipelineState*) override { unexpected("SetPipelineState"); }
  void STDMETHODCALLTYPE ExecuteBundle(ID3D12GraphicsCommandList*) override { unexpected("ExecuteBundle"); }
  void STDMETHODCALLTYPE SetDescriptorHeaps(UINT, ID3D12DescriptorHeap* const*) override { unexpected("SetDescriptorHeaps"); }
  void STDMETHODCALLTYPE SetComputeRootSignature(ID3D12RootSignature*) override { unexpected("SetComputeRootSignature"); }
  void STDMETHODCALLTYPE SetGraphicsRootSignature(ID3D12RootSignature*) override { unexpected("SetGraphicsRootSignature"); }
  void STDMETHODCALLTYPE SetComputeRootDescriptorTable(UINT, D3D12_GPU_DESCRIPTOR_HANDLE) override {
    unexpected("SetComputeRootDescriptorTable");
  }
  void STDMETHODCALLTYPE SetGraphicsRootDescriptorTable(UINT, D3D12_GPU_DESCRIPTOR_HANDLE) override {
    unexpected("SetGraphicsRootDescriptorTable");
  }
  void STDMETHODCALLTYPE SetComputeRoot32BitConstant(UINT, UINT, UINT) override { unexpected("SetComputeRoot32BitConstant"); }
  void STDMETHODCALLTYPE SetGraphicsRoot32BitConstant(UINT, UINT, UINT) override { unexpected("SetGraphicsRoot32BitConstant"); }
  void STDMETHODCALLTYPE SetComputeRoot32BitConstants(UINT, UINT, const void*, UINT) override {
    unexpected("SetComputeRoot32BitConstants");
  }
  void STDMETHODCALLTYPE SetGraphicsRoot32BitConstants(UINT, UINT, const void*, UINT) override {
    unexpected("SetGraphicsRoot32BitConstants");
  }
  void STDMETHODCALLTYPE SetComputeRootConstantBufferView(UINT, D3D12_GPU_VIRTUAL_ADDRESS) override {
    unexpected("SetComputeRootConstantBufferView");
  }
  void STDMETHODCALLTYPE SetGraphicsRootConstantBufferView(UINT, D3D12_GPU_VIRTUAL_ADDRESS) override {
    unexpected("SetGraphicsRootConstantBufferView");
  }
  void STDMETHODCALLTYPE SetComputeRootShaderResourceView(UINT, D3D12_GPU_VIRTUAL_ADDRESS) override {
    unexpected("SetComputeRootShaderResourceView");
  }
  void STDMETHODCALLTYPE SetGraphicsRootShaderResourceView(UINT, D3D12_GPU_VIRTUAL_ADDRESS) override {
    unexpected("SetGraphicsRootShaderResourceView");
  }
  void STDMETHODCALLTYPE SetComputeRootUnorderedAccessView(UINT, D3D12_GPU_VIRTUAL_ADDRESS) override {
    unexpected("SetComputeRootUnorderedAccessView");
  }
  void STDMETHODCALLTYPE SetGraphicsRootUnorderedAccessView(UINT, D3D12_GPU_VIRTUAL_ADDRESS) override {
    unexpected("SetGraphicsRootUnorderedAccessView");
  }
  void STDMETHODCALLTYPE IASetIndexBuffer(const D3D12_INDEX_BUFFER_VIEW*) override { unexpected("IASetIndexBuffer"); }
  void STDMETHODCALLTYPE IASetVertexBuffers(UINT, UINT, const D3D12_VERTEX_BUFFER_VIEW*) override { unexpected("IASetVertexBuffers"); }
  void STDMETHODCALLTYPE SOSetTargets(UINT, UINT, const D3D12_STREAM_OUTPUT_BUFFER_VIEW*) override { unexpected("SOSetTargets"); }
  void STDMETHODCALLTYPE OMSetRenderTargets(UINT, const D3D12_CPU_DESCRIPTOR_HANDLE*, BOOL, const D3D12_CPU_DESCRIPTOR_HANDLE*) override {
    unexpected("OMSetRenderTargets");
  }
  void STDMETHODCALLTYPE ClearDepthStencilView(D3D12_CPU_DESCRIPTOR_HANDLE, D3D12_CLEAR_FLAGS, FLOAT, UINT8, UINT,
                                               const D3D12_RECT*) override {
    unexpected("ClearDepthStencilView");
  }
  void STDMETHODCALLTYPE ClearRenderTargetView(D3D12_CPU_DESCRIPTOR_HANDLE, const FLOAT*, UINT, const D3D12_RECT*) override {
    unexpected("ClearRenderTargetView");
  }
  void STDMETHODCALLTYPE ClearUnorderedAccessViewUint(D3D12_GPU_DESCRIPTOR_HANDLE, D3D12_CPU_DESCRIPTOR_HANDLE, ID3D12Resource*,
                                                      const UINT*, UINT, const D3D12_RECT*) override {
    unexpected("ClearUnorderedAccessViewUint");
  }
  void STDMETHODCALLTYPE ClearUnorderedAccessViewFloat(D3D12_GPU_DESCRIPTOR_HANDLE, D3D12_CPU_DESCRIPTOR_HANDLE, ID3D12Resource*,
                                                       const float*, UINT, const D3D12_RECT*) override {
    unexpected("ClearUnorderedAccessViewFloat");
  }
  void STDMETHODCALLTYPE DiscardResource(ID3D12Resource*, const D3D12_DISCARD_REGION*) override { unexpected("DiscardResource"); }
  void STDMETHODCALLTYPE BeginQuery(ID3D12QueryHeap*, D3D12_QUERY_TYPE, UINT) override { unexpected("BeginQuery"); }
  void STDMETHODCALLTYPE EndQuery(ID3D12QueryHeap*, D3D12_QUERY_TYPE, UINT) override { unexpected("EndQuery"); }
  void STDMETHODCALLTYPE ResolveQueryData(ID3D12QueryHeap*, D3D12_QUERY_TYPE, UINT, UINT, ID3D12Resource*, UINT64) override {
    unexpected("ResolveQueryData");
  }
  void STDMETHODCALLTYPE SetPredication(ID3D12Resource*, UINT64, D3D12_PREDICATION_OP) override { unexpected("SetPredication"); }
  void STDMETHODCALLTYPE SetMarker(UINT, const void*, UINT) override { unexpected("SetMarker"); }
  void STDMETHODCALLTYPE BeginEvent(UINT, const void*, UINT) override { unexpected("BeginEvent"); }
  void STDMETHODCALLTYPE EndEvent() override { unexpected("EndEvent"); }
  void STDMETHODCALLTYPE ExecuteIndirect(ID3D12CommandSignature*, UINT, ID3D12Resource*, UINT64, ID3D12Resource*, UINT64) override {
    unexpected("ExecuteIndirect");
  }

 private:
  D3D12_COMMAND_LIST_TYPE type_;
  Weak<Allocator> allocator_;
  std::shared_ptr<Commands> commands_ = std::make_shared<Commands>();
  bool recording_ = true;
};

}  // namespace fake_d3d12
