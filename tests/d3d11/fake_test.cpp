// What the other tests believe of the fake.
#include "d3d11/fixture.hpp"

namespace {

using namespace d3d11_test;
using geyser::d3d11::Com;

class Fake : public Fixture {
 protected:
  struct Parts {
    Com<ID3D11Device> device;
    Com<ID3D11DeviceContext> context;
  };
  static Parts parts() {
    Parts made;
    ID3D11Device* device = fake_d3d11::create_device();
    made.device = Com<ID3D11Device>::share(device);
    device->Release();
    made.device->GetImmediateContext(made.context.out());
    return made;
  }
};

TEST_F(Fake, CommandsRunAfterFlushOnly) {
  const auto made = parts();
  const D3D11_QUERY_DESC desc{D3D11_QUERY_EVENT, 0};
  Com<ID3D11Query> query;
  ASSERT_EQ(made.device->CreateQuery(&desc, query.out()), S_OK);
  made.context->End(query.get());
  BOOL done = FALSE;
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(made.context->GetData(query.get(), &done, sizeof done, D3D11_ASYNC_GETDATA_DONOTFLUSH), S_FALSE);
  made.context->Flush();
  for (int i = 0; i < 500 && made.context->GetData(query.get(), &done, sizeof done, D3D11_ASYNC_GETDATA_DONOTFLUSH) != S_OK; ++i)
    ::Sleep(1);
  EXPECT_NE(done, FALSE);
}

TEST_F(Fake, QueuesWaitForFences) {
  const auto made = parts();
  const auto device = made.device.as<ID3D11Device5>();
  const auto context = made.context.as<ID3D11DeviceContext4>();
  Com<ID3D11Fence> gate;
  Com<ID3D11Fence> done;
  ASSERT_EQ(device->CreateFence(0, D3D11_FENCE_FLAG_SHARED, __uuidof(ID3D11Fence), gate.out_void()), S_OK);
  ASSERT_EQ(device->CreateFence(0, D3D11_FENCE_FLAG_SHARED, __uuidof(ID3D11Fence), done.out_void()), S_OK);
  context->Wait(gate.get(), 1);
  context->Signal(done.get(), 1);
  context->Flush();
  const auto other = parts();
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(done->GetCompletedValue(), 0U);
  other.context.as<ID3D11DeviceContext4>()->Signal(gate.get(), 1);
  other.context->Flush();
  for (int i = 0; i < 500 && done->GetCompletedValue() == 0; ++i) ::Sleep(1);
  EXPECT_EQ(done->GetCompletedValue(), 1U);
}

TEST_F(Fake, HandlesAreCounted) {
  const auto before = open_handles();
  EXPECT_GT(before, 0U);
  const auto one = geyser::platform::owned(::CreateEventW(nullptr, FALSE, FALSE, nullptr));
  EXPECT_EQ(open_handles(), before + 1);
}

TEST_F(Fake, RefusesWhatTheDocumentationForbids) {
  const auto made = parts();
  D3D11_TEXTURE2D_DESC desc{};
  desc.Width = desc.Height = 64;
  desc.MipLevels = desc.ArraySize = 1;
  desc.Format = DXGI_FORMAT_R8G8B8A8_UNORM;
  desc.SampleDesc.Count = 1;
  desc.BindFlags = D3D11_BIND_SHADER_RESOURCE;
  const auto create = [&] {
    Com<ID3D11Texture2D> texture;
    return made.device->CreateTexture2D(&desc, nullptr, texture.out());
  };
  EXPECT_EQ(create(), S_OK);
  desc.MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX;  // mutually exclusive
  EXPECT_EQ(create(), E_INVALIDARG);
  desc.MiscFlags = D3D11_RESOURCE_MISC_SHARED_NTHANDLE;  // alone
  EXPECT_EQ(create(), E_INVALIDARG);
  desc.MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE;
  EXPECT_EQ(create(), S_OK);
  desc.MipLevels = 2;  // 2D non-mipmapped only
  EXPECT_EQ(create(), E_INVALIDARG);
  desc.MipLevels = 1;
  desc.MiscFlags = 0;
  desc.Format = DXGI_FORMAT_D24_UNORM_S8_UINT;  // shaders read depth through typeless textures
  EXPECT_EQ(create(), E_INVALIDARG);
}

}  // namespace
