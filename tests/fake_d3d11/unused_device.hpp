// Every function of a device: calling one that the library has no business with ends the program.
// Types only, in the order of the interfaces; what the fake implements is overridden again further down.
#pragma once

#include "fake_d3d11/world.hpp"

namespace fake_d3d11 {

class UnusedDevice : public ID3D11Device5 {
 public:
  // ID3D11Device
  HRESULT STDMETHODCALLTYPE CreateBuffer(const D3D11_BUFFER_DESC*, const D3D11_SUBRESOURCE_DATA*, ID3D11Buffer**) override {
    unused("ID3D11Device::CreateBuffer");
  }
  HRESULT STDMETHODCALLTYPE CreateTexture1D(const D3D11_TEXTURE1D_DESC*, const D3D11_SUBRESOURCE_DATA*, ID3D11Texture1D**) override {
    unused("ID3D11Device::CreateTexture1D");
  }
  HRESULT STDMETHODCALLTYPE CreateTexture2D(const D3D11_TEXTURE2D_DESC*, const D3D11_SUBRESOURCE_DATA*, ID3D11Texture2D**) override {
    unused("ID3D11Device::CreateTexture2D");
  }
  HRESULT STDMETHODCALLTYPE CreateTexture3D(const D3D11_TEXTURE3D_DESC*, const D3D11_SUBRESOURCE_DATA*, ID3D11Texture3D**) override {
    unused("ID3D11Device::CreateTexture3D");
  }
  HRESULT STDMETHODCALLTYPE CreateShaderResourceView(ID3D11Resource*, const D3D11_SHADER_RESOURCE_VIEW_DESC*,
                                                     ID3D11ShaderResourceView**) override {
    unused("ID3D11Device::CreateShaderResourceView");
  }
  HRESULT STDMETHODCALLTYPE CreateUnorderedAccessView(ID3D11Resource*, const D3D11_UNORDERED_ACCESS_VIEW_DESC*,
                                                      ID3D11UnorderedAccessView**) override {
    unused("ID3D11Device::CreateUnorderedAccessView");
  }
  HRESULT STDMETHODCALLTYPE CreateRenderTargetView(ID3D11Resource*, const D3D11_RENDER_TARGET_VIEW_DESC*,
                                                   ID3D11RenderTargetView**) override {
    unused("ID3D11Device::CreateRenderTargetView");
  }
  HRESULT STDMETHODCALLTYPE CreateDepthStencilView(ID3D11Resource*, const D3D11_DEPTH_STENCIL_VIEW_DESC*,
                                                   ID3D11DepthStencilView**) override {
    unused("ID3D11Device::CreateDepthStencilView");
  }
  HRESULT STDMETHODCALLTYPE CreateInputLayout(const D3D11_INPUT_ELEMENT_DESC*, UINT, const void*, SIZE_T, ID3D11InputLayout**) override {
    unused("ID3D11Device::CreateInputLayout");
  }
  HRESULT STDMETHODCALLTYPE CreateVertexShader(const void*, SIZE_T, ID3D11ClassLinkage*, ID3D11VertexShader**) override {
    unused("ID3D11Device::CreateVertexShader");
  }
  HRESULT STDMETHODCALLTYPE CreateGeometryShader(const void*, SIZE_T, ID3D11ClassLinkage*, ID3D11GeometryShader**) override {
    unused("ID3D11Device::CreateGeometryShader");
  }
  HRESULT STDMETHODCALLTYPE CreateGeometryShaderWithStreamOutput(const void*, SIZE_T, const D3D11_SO_DECLARATION_ENTRY*, UINT, const UINT*,
                                                                 UINT, UINT, ID3D11ClassLinkage*, ID3D11GeometryShader**) override {
    unused("ID3D11Device::CreateGeometryShaderWithStreamOutput");
  }
  HRESULT STDMETHODCALLTYPE CreatePixelShader(const void*, SIZE_T, ID3D11ClassLinkage*, ID3D11PixelShader**) override {
    unused("ID3D11Device::CreatePixelShader");
  }
  HRESULT STDMETHODCALLTYPE CreateHullShader(const void*, SIZE_T, ID3D11ClassLinkage*, ID3D11HullShader**) override {
    unused("ID3D11Device::CreateHullShader");
  }
  HRESULT STDMETHODCALLTYPE CreateDomainShader(const void*, SIZE_T, ID3D11ClassLinkage*, ID3D11DomainShader**) override {
    unused("ID3D11Device::CreateDomainShader");
  }
  HRESULT STDMETHODCALLTYPE CreateComputeShader(const void*, SIZE_T, ID3D11ClassLinkage*, ID3D11ComputeShader**) override {
    unused("ID3D11Device::CreateComputeShader");
  }
  HRESULT STDMETHODCALLTYPE CreateClassLinkage(ID3D11ClassLinkage**) override { unused("ID3D11Device::CreateClassLinkage"); }
  HRESULT STDMETHODCALLTYPE CreateBlendState(const D3D11_BLEND_DESC*, ID3D11BlendState**) override {
    unused("ID3D11Device::CreateBlendState");
  }
  HRESULT STDMETHODCALLTYPE CreateDepthStencilState(const D3D11_DEPTH_STENCIL_DESC*, ID3D11DepthStencilState**) override {
    unused("ID3D11Device::CreateDepthStencilState");
  }
  HRESULT STDMETHODCALLTYPE CreateRasterizerState(const D3D11_RASTERIZER_DESC*, ID3D11RasterizerState**) override {
    unused("ID3D11Device::CreateRasterizerState");
  }
  HRESULT STDMETHODCALLTYPE CreateSamplerState(const D3D11_SAMPLER_DESC*, ID3D11SamplerState**) override {
    unused("ID3D11Device::CreateSamplerState");
  }
  HRESULT STDMETHODCALLTYPE CreateQuery(const D3D11_QUERY_DESC*, ID3D11Query**) override { unused("ID3D11Device::CreateQuery"); }
  HRESULT STDMETHODCALLTYPE CreatePredicate(const D3D11_QUERY_DESC*, ID3D11Predicate**) override {
    unused("ID3D11Device::CreatePredicate");
  }
  HRESULT STDMETHODCALLTYPE CreateCounter(const D3D11_COUNTER_DESC*, ID3D11Counter**) override { unused("ID3D11Device::CreateCounter"); }
  HRESULT STDMETHODCALLTYPE CreateDeferredContext(UINT, ID3D11DeviceContext**) override { unused("ID3D11Device::CreateDeferredContext"); }
  HRESULT STDMETHODCALLTYPE OpenSharedResource(HANDLE, REFIID, void**) override { unused("ID3D11Device::OpenSharedResource"); }
  HRESULT STDMETHODCALLTYPE CheckFormatSupport(DXGI_FORMAT, UINT*) override { unused("ID3D11Device::CheckFormatSupport"); }
  HRESULT STDMETHODCALLTYPE CheckMultisampleQualityLevels(DXGI_FORMAT, UINT, UINT*) override {
    unused("ID3D11Device::CheckMultisampleQualityLevels");
  }
  void STDMETHODCALLTYPE CheckCounterInfo(D3D11_COUNTER_INFO*) override { unused("ID3D11Device::CheckCounterInfo"); }
  HRESULT STDMETHODCALLTYPE CheckCounter(const D3D11_COUNTER_DESC*, D3D11_COUNTER_TYPE*, UINT*, LPSTR, UINT*, LPSTR, UINT*, LPSTR,
                                         UINT*) override {
    unused("ID3D11Device::CheckCounter");
  }
  HRESULT STDMETHODCALLTYPE CheckFeatureSupport(D3D11_FEATURE, void*, UINT) override { unused("ID3D11Device::CheckFeatureSupport"); }
  HRESULT STDMETHODCALLTYPE GetPrivateData(REFGUID, UINT*, void*) override { unused("ID3D11Device::GetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateData(REFGUID, UINT, const void*) override { unused("ID3D11Device::SetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateDataInterface(REFGUID, const IUnknown*) override { unused("ID3D11Device::SetPrivateDataInterface"); }
  D3D_FEATURE_LEVEL STDMETHODCALLTYPE GetFeatureLevel() override { unused("ID3D11Device::GetFeatureLevel"); }
  UINT STDMETHODCALLTYPE GetCreationFlags() override { unused("ID3D11Device::GetCreationFlags"); }
  HRESULT STDMETHODCALLTYPE GetDeviceRemovedReason() override { unused("ID3D11Device::GetDeviceRemovedReason"); }
  void STDMETHODCALLTYPE GetImmediateContext(ID3D11DeviceContext**) override { unused("ID3D11Device::GetImmediateContext"); }
  HRESULT STDMETHODCALLTYPE SetExceptionMode(UINT) override { unused("ID3D11Device::SetExceptionMode"); }
  UINT STDMETHODCALLTYPE GetExceptionMode() override { unused("ID3D11Device::GetExceptionMode"); }
  // ID3D11Device1
  void STDMETHODCALLTYPE GetImmediateContext1(ID3D11DeviceContext1**) override { unused("ID3D11Device1::GetImmediateContext1"); }
  HRESULT STDMETHODCALLTYPE CreateDeferredContext1(UINT, ID3D11DeviceContext1**) override {
    unused("ID3D11Device1::CreateDeferredContext1");
  }
  HRESULT STDMETHODCALLTYPE CreateBlendState1(const D3D11_BLEND_DESC1*, ID3D11BlendState1**) override {
    unused("ID3D11Device1::CreateBlendState1");
  }
  HRESULT STDMETHODCALLTYPE CreateRasterizerState1(const D3D11_RASTERIZER_DESC1*, ID3D11RasterizerState1**) override {
    unused("ID3D11Device1::CreateRasterizerState1");
  }
  HRESULT STDMETHODCALLTYPE CreateDeviceContextState(UINT, const D3D_FEATURE_LEVEL*, UINT, UINT, REFIID, D3D_FEATURE_LEVEL*,
                                                     ID3DDeviceContextState**) override {
    unused("ID3D11Device1::CreateDeviceContextState");
  }
  HRESULT STDMETHODCALLTYPE OpenSharedResource1(HANDLE, REFIID, void**) override { unused("ID3D11Device1::OpenSharedResource1"); }
  HRESULT STDMETHODCALLTYPE OpenSharedResourceByName(LPCWSTR, DWORD, REFIID, void**) override {
    unused("ID3D11Device1::OpenSharedResourceByName");
  }
  // ID3D11Device2
  void STDMETHODCALLTYPE GetImmediateContext2(ID3D11DeviceContext2**) override { unused("ID3D11Device2::GetImmediateContext2"); }
  HRESULT STDMETHODCALLTYPE CreateDeferredContext2(UINT, ID3D11DeviceContext2**) override {
    unused("ID3D11Device2::CreateDeferredContext2");
  }
  void STDMETHODCALLTYPE GetResourceTiling(ID3D11Resource*, UINT*, D3D11_PACKED_MIP_DESC*, D3D11_TILE_SHAPE*, UINT*, UINT,
                                           D3D11_SUBRESOURCE_TILING*) override {
    unused("ID3D11Device2::GetResourceTiling");
  }
  HRESULT STDMETHODCALLTYPE CheckMultisampleQualityLevels1(DXGI_FORMAT, UINT, UINT, UINT*) override {
    unused("ID3D11Device2::CheckMultisampleQualityLevels1");
  }
  // ID3D11Device3
  HRESULT STDMETHODCALLTYPE CreateTexture2D1(const D3D11_TEXTURE2D_DESC1*, const D3D11_SUBRESOURCE_DATA*, ID3D11Texture2D1**) override {
    unused("ID3D11Device3::CreateTexture2D1");
  }
  HRESULT STDMETHODCALLTYPE CreateTexture3D1(const D3D11_TEXTURE3D_DESC1*, const D3D11_SUBRESOURCE_DATA*, ID3D11Texture3D1**) override {
    unused("ID3D11Device3::CreateTexture3D1");
  }
  HRESULT STDMETHODCALLTYPE CreateRasterizerState2(const D3D11_RASTERIZER_DESC2*, ID3D11RasterizerState2**) override {
    unused("ID3D11Device3::CreateRasterizerState2");
  }
  HRESULT STDMETHODCALLTYPE CreateShaderResourceView1(ID3D11Resource*, const D3D11_SHADER_RESOURCE_VIEW_DESC1*,
                                                      ID3D11ShaderResourceView1**) override {
    unused("ID3D11Device3::CreateShaderResourceView1");
  }
  HRESULT STDMETHODCALLTYPE CreateUnorderedAccessView1(ID3D11Resource*, const D3D11_UNORDERED_ACCESS_VIEW_DESC1*,
                                                       ID3D11UnorderedAccessView1**) override {
    unused("ID3D11Device3::CreateUnorderedAccessView1");
  }
  HRESULT STDMETHODCALLTYPE CreateRenderTargetView1(ID3D11Resource*, const D3D11_RENDER_TARGET_VIEW_DESC1*,
                                                    ID3D11RenderTargetView1**) override {
    unused("ID3D11Device3::CreateRenderTargetView1");
  }
  HRESULT STDMETHODCALLTYPE CreateQuery1(const D3D11_QUERY_DESC1*, ID3D11Query1**) override { unused("ID3D11Device3::CreateQuery1"); }
  void STDMETHODCALLTYPE GetImmediateContext3(ID3D11DeviceContext3**) override { unused("ID3D11Device3::GetImmediateContext3"); }
  HRESULT STDMETHODCALLTYPE CreateDeferredContext3(UINT, ID3D11DeviceContext3**) override {
    unused("ID3D11Device3::CreateDeferredContext3");
  }
  void STDMETHODCALLTYPE WriteToSubresource(ID3D11Resource*, UINT, const D3D11_BOX*, const void*, UINT, UINT) override {
    unused("ID3D11Device3::WriteToSubresource");
  }
  void STDMETHODCALLTYPE ReadFromSubresource(void*, UINT, UINT, ID3D11Resource*, UINT, const D3D11_BOX*) override {
    unused("ID3D11Device3::ReadFromSubresource");
  }
  // ID3D11Device4
  HRESULT STDMETHODCALLTYPE RegisterDeviceRemovedEvent(HANDLE, DWORD*) override { unused("ID3D11Device4::RegisterDeviceRemovedEvent"); }
  void STDMETHODCALLTYPE UnregisterDeviceRemoved(DWORD) override { unused("ID3D11Device4::UnregisterDeviceRemoved"); }
  // ID3D11Device5
  HRESULT STDMETHODCALLTYPE OpenSharedFence(HANDLE, REFIID, void**) override { unused("ID3D11Device5::OpenSharedFence"); }
  HRESULT STDMETHODCALLTYPE CreateFence(UINT64, D3D11_FENCE_FLAG, REFIID, void**) override { unused("ID3D11Device5::CreateFence"); }
};

}  // namespace fake_d3d11
