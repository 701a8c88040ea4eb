// Every function of a device context: calling one that the library has no business with (all of the pipeline) ends the program.
// Types only, in the order of the interfaces; what the fake implements is overridden again further down.
#pragma once

#include "fake_d3d11/world.hpp"

namespace fake_d3d11 {

class UnusedContext : public ID3D11DeviceContext4 {
 public:
  // ID3D11DeviceChild
  void STDMETHODCALLTYPE GetDevice(ID3D11Device**) override { unused("ID3D11DeviceChild::GetDevice"); }
  HRESULT STDMETHODCALLTYPE GetPrivateData(REFGUID, UINT*, void*) override { unused("ID3D11DeviceChild::GetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateData(REFGUID, UINT, const void*) override { unused("ID3D11DeviceChild::SetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateDataInterface(REFGUID, const IUnknown*) override {
    unused("ID3D11DeviceChild::SetPrivateDataInterface");
  }
  // ID3D11DeviceContext
  void STDMETHODCALLTYPE VSSetConstantBuffers(UINT, UINT, ID3D11Buffer* const*) override {
    unused("ID3D11DeviceContext::VSSetConstantBuffers");
  }
  void STDMETHODCALLTYPE PSSetShaderResources(UINT, UINT, ID3D11ShaderResourceView* const*) override {
    unused("ID3D11DeviceContext::PSSetShaderResources");
  }
  void STDMETHODCALLTYPE PSSetShader(ID3D11PixelShader*, ID3D11ClassInstance* const*, UINT) override {
    unused("ID3D11DeviceContext::PSSetShader");
  }
  void STDMETHODCALLTYPE PSSetSamplers(UINT, UINT, ID3D11SamplerState* const*) override { unused("ID3D11DeviceContext::PSSetSamplers"); }
  void STDMETHODCALLTYPE VSSetShader(ID3D11VertexShader*, ID3D11ClassInstance* const*, UINT) override {
    unused("ID3D11DeviceContext::VSSetShader");
  }
  void STDMETHODCALLTYPE DrawIndexed(UINT, UINT, INT) override { unused("ID3D11DeviceContext::DrawIndexed"); }
  void STDMETHODCALLTYPE Draw(UINT, UINT) override { unused("ID3D11DeviceContext::Draw"); }
  HRESULT STDMETHODCALLTYPE Map(ID3D11Resource*, UINT, D3D11_MAP, UINT, D3D11_MAPPED_SUBRESOURCE*) override {
    unused("ID3D11DeviceContext::Map");
  }
  void STDMETHODCALLTYPE Unmap(ID3D11Resource*, UINT) override { unused("ID3D11DeviceContext::Unmap"); }
  void STDMETHODCALLTYPE PSSetConstantBuffers(UINT, UINT, ID3D11Buffer* const*) override {
    unused("ID3D11DeviceContext::PSSetConstantBuffers");
  }
  void STDMETHODCALLTYPE IASetInputLayout(ID3D11InputLayout*) override { unused("ID3D11DeviceContext::IASetInputLayout"); }
  void STDMETHODCALLTYPE IASetVertexBuffers(UINT, UINT, ID3D11Buffer* const*, const UINT*, const UINT*) override {
    unused("ID3D11DeviceContext::IASetVertexBuffers");
  }
  void STDMETHODCALLTYPE IASetIndexBuffer(ID3D11Buffer*, DXGI_FORMAT, UINT) override { unused("ID3D11DeviceContext::IASetIndexBuffer"); }
  void STDMETHODCALLTYPE DrawIndexedInstanced(UINT, UINT, UINT, INT, UINT) override { unused("ID3D11DeviceContext::DrawIndexedInstanced"); }
  void STDMETHODCALLTYPE DrawInstanced(UINT, UINT, UINT, UINT) override { unused("ID3D11DeviceContext::DrawInstanced"); }
  void STDMETHODCALLTYPE GSSetConstantBuffers(UINT, UINT, ID3D11Buffer* const*) override {
    unused("ID3D11DeviceContext::GSSetConstantBuffers");
  }
  void STDMETHODCALLTYPE GSSetShader(ID3D11GeometryShader*, ID3D11ClassInstance* const*, UINT) override {
    unused("ID3D11DeviceContext::GSSetShader");
  }
  void STDMETHODCALLTYPE IASetPrimitiveTopology(D3D11_PRIMITIVE_TOPOLOGY) override {
    unused("ID3D11DeviceContext::IASetPrimitiveTopology");
  }
  void STDMETHODCALLTYPE VSSetShaderResources(UINT, UINT, ID3D11ShaderResourceView* const*) override {
    unused("ID3D11DeviceContext::VSSetShaderResources");
  }
  void STDMETHODCALLTYPE VSSetSamplers(UINT, UINT, ID3D11SamplerState* const*) override { unused("ID3D11DeviceContext::VSSetSamplers"); }
  void STDMETHODCALLTYPE Begin(ID3D11Asynchronous*) override { unused("ID3D11DeviceContext::Begin"); }
  void STDMETHODCALLTYPE End(ID3D11Asynchronous*) override { unused("ID3D11DeviceContext::End"); }
  HRESULT STDMETHODCALLTYPE GetData(ID3D11Asynchronous*, void*, UINT, UINT) override { unused("ID3D11DeviceContext::GetData"); }
  void STDMETHODCALLTYPE SetPredication(ID3D11Predicate*, BOOL) override { unused("ID3D11DeviceContext::SetPredication"); }
  void STDMETHODCALLTYPE GSSetShaderResources(UINT, UINT, ID3D11ShaderResourceView* const*) override {
    unused("ID3D11DeviceContext::GSSetShaderResources");
  }
  void STDMETHODCALLTYPE GSSetSamplers(UINT, UINT, ID3D11SamplerState* const*) override { unused("ID3D11DeviceContext::GSSetSamplers"); }
  void STDMETHODCALLTYPE OMSetRenderTargets(UINT, ID3D11RenderTargetView* const*, ID3D11DepthStencilView*) override {
    unused("ID3D11DeviceContext::OMSetRenderTargets");
  }
  void STDMETHODCALLTYPE OMSetRenderTargetsAndUnorderedAccessViews(UINT, ID3D11RenderTargetView* const*, ID3D11DepthStencilView*, UINT,
                                                                   UINT, ID3D11UnorderedAccessView* const*, const UINT*) override {
    unused("ID3D11DeviceContext::OMSetRenderTargetsAndUnorderedAccessViews");
  }
  void STDMETHODCALLTYPE OMSetBlendState(ID3D11BlendState*, const FLOAT[4], UINT) override {
    unused("ID3D11DeviceContext::OMSetBlendState");
  }
  void STDMETHODCALLTYPE OMSetDepthStencilState(ID3D11DepthStencilState*, UINT) override {
    unused("ID3D11DeviceContext::OMSetDepthStencilState");
  }
  void STDMETHODCALLTYPE SOSetTargets(UINT, ID3D11Buffer* const*, const UINT*) override { unused("ID3D11DeviceContext::SOSetTargets"); }
  void STDMETHODCALLTYPE DrawAuto() override { unused("ID3D11DeviceContext::DrawAuto"); }
  void STDMETHODCALLTYPE DrawIndexedInstancedIndirect(ID3D11Buffer*, UINT) override {
    unused("ID3D11DeviceContext::DrawIndexedInstancedIndirect");
  }
  void STDMETHODCALLTYPE DrawInstancedIndirect(ID3D11Buffer*, UINT) override { unused("ID3D11DeviceContext::DrawInstancedIndirect"); }
  void STDMETHODCALLTYPE Dispatch(UINT, UINT, UINT) override { unused("ID3D11DeviceContext::Dispatch"); }
  void STDMETHODCALLTYPE DispatchIndirect(ID3D11Buffer*, UINT) override { unused("ID3D11DeviceContext::DispatchIndirect"); }
  void STDMETHODCALLTYPE RSSetState(ID3D11RasterizerState*) override { unused("ID3D11DeviceContext::RSSetState"); }
  void STDMETHODCALLTYPE RSSetViewports(UINT, const D3D11_VIEWPORT*) override { unused("ID3D11DeviceContext::RSSetViewports"); }
  void STDMETHODCALLTYPE RSSetScissorRects(UINT, const D3D11_RECT*) override { unused("ID3D11DeviceContext::RSSetScissorRects"); }
  void STDMETHODCALLTYPE CopySubresourceRegion(ID3D11Resource*, UINT, UINT, UINT, UINT, ID3D11Resource*, UINT, const D3D11_BOX*) override {
    unused("ID3D11DeviceContext::CopySubresourceRegion");
  }
  void STDMETHODCALLTYPE CopyResource(ID3D11Resource*, ID3D11Resource*) override { unused("ID3D11DeviceContext::CopyResource"); }
  void STDMETHODCALLTYPE UpdateSubresource(ID3D11Resource*, UINT, const D3D11_BOX*, const void*, UINT, UINT) override {
    unused("ID3D11DeviceContext::UpdateSubresource");
  }
  void STDMETHODCALLTYPE CopyStructureCount(ID3D11Buffer*, UINT, ID3D11UnorderedAccessView*) override {
    unused("ID3D11DeviceContext::CopyStructureCount");
  }
  void STDMETHODCALLTYPE ClearRenderTargetView(ID3D11RenderTargetView*, const FLOAT[4]) override {
    unused("ID3D11DeviceContext::ClearRenderTargetView");
  }
  void STDMETHODCALLTYPE ClearUnorderedAccessViewUint(ID3D11UnorderedAccessView*, const UINT[4]) override {
    unused("ID3D11DeviceContext::ClearUnorderedAccessViewUint");
  }
  void STDMETHODCALLTYPE ClearUnorderedAccessViewFloat(ID3D11UnorderedAccessView*, const FLOAT[4]) override {
    unused("ID3D11DeviceContext::ClearUnorderedAccessViewFloat");
  }
  void STDMETHODCALLTYPE ClearDepthStencilView(ID3D11DepthStencilView*, UINT, FLOAT, UINT8) override {
    unused("ID3D11DeviceContext::ClearDepthStencilView");
  }
  void STDMETHODCALLTYPE GenerateMips(ID3D11ShaderResourceView*) override { unused("ID3D11DeviceContext::GenerateMips"); }
  void STDMETHODCALLTYPE SetResourceMinLOD(ID3D11Resource*, FLOAT) override { unused("ID3D11DeviceContext::SetResourceMinLOD"); }
  FLOAT STDMETHODCALLTYPE GetResourceMinLOD(ID3D11Resource*) override { unused("ID3D11DeviceContext::GetResourceMinLOD"); }
  void STDMETHODCALLTYPE ResolveSubresource(ID3D11Resource*, UINT, ID3D11Resource*, UINT, DXGI_FORMAT) override {
    unused("ID3D11DeviceContext::ResolveSubresource");
  }
  void STDMETHODCALLTYPE ExecuteCommandList(ID3D11CommandList*, BOOL) override { unused("ID3D11DeviceContext::ExecuteCommandList"); }
  void STDMETHODCALLTYPE HSSetShaderResources(UINT, UINT, ID3D11ShaderResourceView* const*) override {
    unused("ID3D11DeviceContext::HSSetShaderResources");
  }
  void STDMETHODCALLTYPE HSSetShader(ID3D11HullShader*, ID3D11ClassInstance* const*, UINT) override {
    unused("ID3D11DeviceContext::HSSetShader");
  }
  void STDMETHODCALLTYPE HSSetSamplers(UINT, UINT, ID3D11SamplerState* const*) override { unused("ID3D11DeviceContext::HSSetSamplers"); }
  void STDMETHODCALLTYPE HSSetConstantBuffers(UINT, UINT, ID3D11Buffer* const*) override {
    unused("ID3D11DeviceContext::HSSetConstantBuffers");
  }
  void STDMETHODCALLTYPE DSSetShaderResources(UINT, UINT, ID3D11ShaderResourceView* const*) override {
    unused("ID3D11DeviceContext::DSSetShaderResources");
  }
  void STDMETHODCALLTYPE DSSetShader(ID3D11DomainShader*, ID3D11ClassInstance* const*, UINT) override {
    unused("ID3D11DeviceContext::DSSetShader");
  }
  void STDMETHODCALLTYPE DSSetSamplers(UINT, UINT, ID3D11SamplerState* const*) override { unused("ID3D11DeviceContext::DSSetSamplers"); }
  void STDMETHODCALLTYPE DSSetConstantBuffers(UINT, UINT, ID3D11Buffer* const*) override {
    unused("ID3D11DeviceContext::DSSetConstantBuffers");
  }
  void STDMETHODCALLTYPE CSSetShaderResources(UINT, UINT, ID3D11ShaderResourceView* const*) override {
    unused("ID3D11DeviceContext::CSSetShaderResources");
  }
  void STDMETHODCALLTYPE CSSetUnorderedAccessViews(UINT, UINT, ID3D11UnorderedAccessView* const*, const UINT*) override {
    unused("ID3D11DeviceContext::CSSetUnorderedAccessViews");
  }
  void STDMETHODCALLTYPE CSSetShader(ID3D11ComputeShader*, ID3D11ClassInstance* const*, UINT) override {
    unused("ID3D11DeviceContext::CSSetShader");
  }
  void STDMETHODCALLTYPE CSSetSamplers(UINT, UINT, ID3D11SamplerState* const*) override { unused("ID3D11DeviceContext::CSSetSamplers"); }
  void STDMETHODCALLTYPE CSSetConstantBuffers(UINT, UINT, ID3D11Buffer* const*) override {
    unused("ID3D11DeviceContext::CSSetConstantBuffers");
  }
  void STDMETHODCALLTYPE VSGetConstantBuffers(UINT, UINT, ID3D11Buffer**) override { unused("ID3D11DeviceContext::VSGetConstantBuffers"); }
  void STDMETHODCALLTYPE PSGetShaderResources(UINT, UINT, ID3D11ShaderResourceView**) override {
    unused("ID3D11DeviceContext::PSGetShaderResources");
  }
  void STDMETHODCALLTYPE PSGetShader(ID3D11PixelShader**, ID3D11ClassInstance**, UINT*) override {
    unused("ID3D11DeviceContext::PSGetShader");
  }
  void STDMETHODCALLTYPE PSGetSamplers(UINT, UINT, ID3D11SamplerState**) override { unused("ID3D11DeviceContext::PSGetSamplers"); }
  void STDMETHODCALLTYPE VSGetShader(ID3D11VertexShader**, ID3D11ClassInstance**, UINT*) override {
    unused("ID3D11DeviceContext::VSGetShader");
  }
  void STDMETHODCALLTYPE PSGetConstantBuffers(UINT, UINT, ID3D11Buffer**) override { unused("ID3D11DeviceContext::PSGetConstantBuffers"); }
  void STDMETHODCALLTYPE IAGetInputLayout(ID3D11InputLayout**) override { unused("ID3D11DeviceContext::IAGetInputLayout"); }
  void STDMETHODCALLTYPE IAGetVertexBuffers(UINT, UINT, ID3D11Buffer**, UINT*, UINT*) override {
    unused("ID3D11DeviceContext::IAGetVertexBuffers");
  }
  void STDMETHODCALLTYPE IAGetIndexBuffer(ID3D11Buffer**, DXGI_FORMAT*, UINT*) override { unused("ID3D11DeviceContext::IAGetIndexBuffer"); }
  void STDMETHODCALLTYPE GSGetConstantBuffers(UINT, UINT, ID3D11Buffer**) override { unused("ID3D11DeviceContext::GSGetConstantBuffers"); }
  void STDMETHODCALLTYPE GSGetShader(ID3D11GeometryShader**, ID3D11ClassInstance**, UINT*) override {
    unused("ID3D11DeviceContext::GSGetShader");
  }
  void STDMETHODCALLTYPE IAGetPrimitiveTopology(D3D11_PRIMITIVE_TOPOLOGY*) override {
    unused("ID3D11DeviceContext::IAGetPrimitiveTopology");
  }
  void STDMETHODCALLTYPE VSGetShaderResources(UINT, UINT, ID3D11ShaderResourceView**) override {
    unused("ID3D11DeviceContext::VSGetShaderResources");
  }
  void STDMETHODCALLTYPE VSGetSamplers(UINT, UINT, ID3D11SamplerState**) override { unused("ID3D11DeviceContext::VSGetSamplers"); }
  void STDMETHODCALLTYPE GetPredication(ID3D11Predicate**, BOOL*) override { unused("ID3D11DeviceContext::GetPredication"); }
  void STDMETHODCALLTYPE GSGetShaderResources(UINT, UINT, ID3D11ShaderResourceView**) override {
    unused("ID3D11DeviceContext::GSGetShaderResources");
  }
  void STDMETHODCALLTYPE GSGetSamplers(UINT, UINT, ID3D11SamplerState**) override { unused("ID3D11DeviceContext::GSGetSamplers"); }
  void STDMETHODCALLTYPE OMGetRenderTargets(UINT, ID3D11RenderTargetView**, ID3D11DepthStencilView**) override {
    unused("ID3D11DeviceContext::OMGetRenderTargets");
  }
  void STDMETHODCALLTYPE OMGetRenderTargetsAndUnorderedAccessViews(UINT, ID3D11RenderTargetView**, ID3D11DepthStencilView**, UINT, UINT,
                                                                   ID3D11UnorderedAccessView**) override {
    unused("ID3D11DeviceContext::OMGetRenderTargetsAndUnorderedAccessViews");
  }
  void STDMETHODCALLTYPE OMGetBlendState(ID3D11BlendState**, FLOAT[4], UINT*) override { unused("ID3D11DeviceContext::OMGetBlendState"); }
  void STDMETHODCALLTYPE OMGetDepthStencilState(ID3D11DepthStencilState**, UINT*) override {
    unused("ID3D11DeviceContext::OMGetDepthStencilState");
  }
  void STDMETHODCALLTYPE SOGetTargets(UINT, ID3D11Buffer**) override { unused("ID3D11DeviceContext::SOGetTargets"); }
  void STDMETHODCALLTYPE RSGetState(ID3D11RasterizerState**) override { unused("ID3D11DeviceContext::RSGetState"); }
  void STDMETHODCALLTYPE RSGetViewports(UINT*, D3D11_VIEWPORT*) override { unused("ID3D11DeviceContext::RSGetViewports"); }
  void STDMETHODCALLTYPE RSGetScissorRects(UINT*, D3D11_RECT*) override { unused("ID3D11DeviceContext::RSGetScissorRects"); }
  void STDMETHODCALLTYPE HSGetShaderResources(UINT, UINT, ID3D11ShaderResourceView**) override {
    unused("ID3D11DeviceContext::HSGetShaderResources");
  }
  void STDMETHODCALLTYPE HSGetShader(ID3D11HullShader**, ID3D11ClassInstance**, UINT*) override {
    unused("ID3D11DeviceContext::HSGetShader");
  }
  void STDMETHODCALLTYPE HSGetSamplers(UINT, UINT, ID3D11SamplerState**) override { unused("ID3D11DeviceContext::HSGetSamplers"); }
  void STDMETHODCALLTYPE HSGetConstantBuffers(UINT, UINT, ID3D11Buffer**) override { unused("ID3D11DeviceContext::HSGetConstantBuffers"); }
  void STDMETHODCALLTYPE DSGetShaderResources(UINT, UINT, ID3D11ShaderResourceView**) override {
    unused("ID3D11DeviceContext::DSGetShaderResources");
  }
  void STDMETHODCALLTYPE DSGetShader(ID3D11DomainShader**, ID3D11ClassInstance**, UINT*) override {
    unused("ID3D11DeviceContext::DSGetShader");
  }
  void STDMETHODCALLTYPE DSGetSamplers(UINT, UINT, ID3D11SamplerState**) override { unused("ID3D11DeviceContext::DSGetSamplers"); }
  void STDMETHODCALLTYPE DSGetConstantBuffers(UINT, UINT, ID3D11Buffer**) override { unused("ID3D11DeviceContext::DSGetConstantBuffers"); }
  void STDMETHODCALLTYPE CSGetShaderResources(UINT, UINT, ID3D11ShaderResourceView**) override {
    unused("ID3D11DeviceContext::CSGetShaderResources");
  }
  void STDMETHODCALLTYPE CSGetUnorderedAccessViews(UINT, UINT, ID3D11UnorderedAccessView**) override {
    unused("ID3D11DeviceContext::CSGetUnorderedAccessViews");
  }
  void STDMETHODCALLTYPE CSGetShader(ID3D11ComputeShader**, ID3D11ClassInstance**, UINT*) override {
    unused("ID3D11DeviceContext::CSGetShader");
  }
  void STDMETHODCALLTYPE CSGetSamplers(UINT, UINT, ID3D11SamplerState**) override { unused("ID3D11DeviceContext::CSGetSamplers"); }
  void STDMETHODCALLTYPE CSGetConstantBuffers(UINT, UINT, ID3D11Buffer**) override { unused("ID3D11DeviceContext::CSGetConstantBuffers"); }
  void STDMETHODCALLTYPE ClearState() override { unused("ID3D11DeviceContext::ClearState"); }
  void STDMETHODCALLTYPE Flush() override { unused("ID3D11DeviceContext::Flush"); }
  D3D11_DEVICE_CONTEXT_TYPE STDMETHODCALLTYPE GetType() override { unused("ID3D11DeviceContext::GetType"); }
  UINT STDMETHODCALLTYPE GetContextFlags() override { unused("ID3D11DeviceContext::GetContextFlags"); }
  HRESULT STDMETHODCALLTYPE FinishCommandList(BOOL, ID3D11CommandList**) override { unused("ID3D11DeviceContext::FinishCommandList"); }
  // ID3D11DeviceContext1
  void STDMETHODCALLTYPE CopySubresourceRegion1(ID3D11Resource*, UINT, UINT, UINT, UINT, ID3D11Resource*, UINT, const D3D11_BOX*,
                                                UINT) override {
    unused("ID3D11DeviceContext1::CopySubresourceRegion1");
  }
  void STDMETHODCALLTYPE UpdateSubresource1(ID3D11Resource*, UINT, const D3D11_BOX*, const void*, UINT, UINT, UINT) override {
    unused("ID3D11DeviceContext1::UpdateSubresource1");
  }
  void STDMETHODCALLTYPE DiscardResource(ID3D11Resource*) override { unused("ID3D11DeviceContext1::DiscardResource"); }
  void STDMETHODCALLTYPE DiscardView(ID3D11View*) override { unused("ID3D11DeviceContext1::DiscardView"); }
  void STDMETHODCALLTYPE VSSetConstantBuffers1(UINT, UINT, ID3D11Buffer* const*, const UINT*, const UINT*) override {
    unused("ID3D11DeviceContext1::VSSetConstantBuffers1");
  }
  void STDMETHODCALLTYPE HSSetConstantBuffers1(UINT, UINT, ID3D11Buffer* const*, const UINT*, const UINT*) override {
    unused("ID3D11DeviceContext1::HSSetConstantBuffers1");
  }
  void STDMETHODCALLTYPE DSSetConstantBuffers1(UINT, UINT, ID3D11Buffer* const*, const UINT*, const UINT*) override {
    unused("ID3D11DeviceContext1::DSSetConstantBuffers1");
  }
  void STDMETHODCALLTYPE GSSetConstantBuffers1(UINT, UINT, ID3D11Buffer* const*, const UINT*, const UINT*) override {
    unused("ID3D11DeviceContext1::GSSetConstantBuffers1");
  }
  void STDMETHODCALLTYPE PSSetConstantBuffers1(UINT, UINT, ID3D11Buffer* const*, const UINT*, const UINT*) override {
    unused("ID3D11DeviceContext1::PSSetConstantBuffers1");
  }
  void STDMETHODCALLTYPE CSSetConstantBuffers1(UINT, UINT, ID3D11Buffer* const*, const UINT*, const UINT*) override {
    unused("ID3D11DeviceContext1::CSSetConstantBuffers1");
  }
  void STDMETHODCALLTYPE VSGetConstantBuffers1(UINT, UINT, ID3D11Buffer**, UINT*, UINT*) override {
    unused("ID3D11DeviceContext1::VSGetConstantBuffers1");
  }
  void STDMETHODCALLTYPE HSGetConstantBuffers1(UINT, UINT, ID3D11Buffer**, UINT*, UINT*) override {
    unused("ID3D11DeviceContext1::HSGetConstantBuffers1");
  }
  void STDMETHODCALLTYPE DSGetConstantBuffers1(UINT, UINT, ID3D11Buffer**, UINT*, UINT*) override {
    unused("ID3D11DeviceContext1::DSGetConstantBuffers1");
  }
  void STDMETHODCALLTYPE GSGetConstantBuffers1(UINT, UINT, ID3D11Buffer**, UINT*, UINT*) override {
    unused("ID3D11DeviceContext1::GSGetConstantBuffers1");
  }
  void STDMETHODCALLTYPE PSGetConstantBuffers1(UINT, UINT, ID3D11Buffer**, UINT*, UINT*) override {
    unused("ID3D11DeviceContext1::PSGetConstantBuffers1");
  }
  void STDMETHODCALLTYPE CSGetConstantBuffers1(UINT, UINT, ID3D11Buffer**, UINT*, UINT*) override {
    unused("ID3D11DeviceContext1::CSGetConstantBuffers1");
  }
  void STDMETHODCALLTYPE SwapDeviceContextState(ID3DDeviceContextState*, ID3DDeviceContextState**) override {
    unused("ID3D11DeviceContext1::SwapDeviceContextState");
  }
  void STDMETHODCALLTYPE ClearView(ID3D11View*, const FLOAT[4], const D3D11_RECT*, UINT) override {
    unused("ID3D11DeviceContext1::ClearView");
  }
  void STDMETHODCALLTYPE DiscardView1(ID3D11View*, const D3D11_RECT*, UINT) override { unused("ID3D11DeviceContext1::DiscardView1"); }
  // ID3D11DeviceContext2
  HRESULT STDMETHODCALLTYPE UpdateTileMappings(ID3D11Resource*, UINT, const D3D11_TILED_RESOURCE_COORDINATE*, const D3D11_TILE_REGION_SIZE*,
                                               ID3D11Buffer*, UINT, const UINT*, const UINT*, const UINT*, UINT) override {
    unused("ID3D11DeviceContext2::UpdateTileMappings");
  }
  HRESULT STDMETHODCALLTYPE CopyTileMappings(ID3D11Resource*, const D3D11_TILED_RESOURCE_COORDINATE*, ID3D11Resource*,
                                             const D3D11_TILED_RESOURCE_COORDINATE*, const D3D11_TILE_REGION_SIZE*, UINT) override {
    unused("ID3D11DeviceContext2::CopyTileMappings");
  }
  void STDMETHODCALLTYPE CopyTiles(ID3D11Resource*, const D3D11_TILED_RESOURCE_COORDINATE*, const D3D11_TILE_REGION_SIZE*, ID3D11Buffer*,
                                   UINT64, UINT) override {
    unused("ID3D11DeviceContext2::CopyTiles");
  }
  void STDMETHODCALLTYPE UpdateTiles(ID3D11Resource*, const D3D11_TILED_RESOURCE_COORDINATE*, const D3D11_TILE_REGION_SIZE*, const void*,
                                     UINT) override {
    unused("ID3D11DeviceContext2::UpdateTiles");
  }
  HRESULT STDMETHODCALLTYPE ResizeTilePool(ID3D11Buffer*, UINT64) override { unused("ID3D11DeviceContext2::ResizeTilePool"); }
  void STDMETHODCALLTYPE TiledResourceBarrier(ID3D11DeviceChild*, ID3D11DeviceChild*) override {
    unused("ID3D11DeviceContext2::TiledResourceBarrier");
  }
  BOOL STDMETHODCALLTYPE IsAnnotationEnabled() override { unused("ID3D11DeviceContext2::IsAnnotationEnabled"); }
  void STDMETHODCALLTYPE SetMarkerInt(const WCHAR*, int) override { unused("ID3D11DeviceContext2::SetMarkerInt"); }
  void STDMETHODCALLTYPE BeginEventInt(const WCHAR*, int) override { unused("ID3D11DeviceContext2::BeginEventInt"); }
  void STDMETHODCALLTYPE EndEvent() override { unused("ID3D11DeviceContext2::EndEvent"); }
  // ID3D11DeviceContext3
  void STDMETHODCALLTYPE Flush1(D3D11_CONTEXT_TYPE, HANDLE) override { unused("ID3D11DeviceContext3::Flush1"); }
  void STDMETHODCALLTYPE SetHardwareProtectionState(BOOL) override { unused("ID3D11DeviceContext3::SetHardwareProtectionState"); }
  void STDMETHODCALLTYPE GetHardwareProtectionState(BOOL*) override { unused("ID3D11DeviceContext3::GetHardwareProtectionState"); }
  // ID3D11DeviceContext4
  HRESULT STDMETHODCALLTYPE Signal(ID3D11Fence*, UINT64) override { unused("ID3D11DeviceContext4::Signal"); }
  HRESULT STDMETHODCALLTYPE Wait(ID3D11Fence*, UINT64) override { unused("ID3D11DeviceContext4::Wait"); }
};

}  // namespace fake_d3d11
