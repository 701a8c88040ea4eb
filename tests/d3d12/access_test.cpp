// Barriers and submits in the caller's own command lists (emulated): the states are checked by the fake.
#include <thread>

#include "d3d12/emulated.hpp"
#include "geyser/host.hpp"

namespace d3d12_test {
namespace {

using geyser::Access;
using geyser::TextureLayout;

class access : public Emulated {};

/// A command list of the test's own.
struct Recorder {
  explicit Recorder(Side& side) : queue(side.queue) {
    EXPECT_EQ(
        side.device->CreateCommandAllocator(D3D12_COMMAND_LIST_TYPE_DIRECT, geyser::d3d12::iid<ID3D12CommandAllocator>, allocator.put()),
        S_OK);
    EXPECT_EQ(side.device->CreateCommandList(0, D3D12_COMMAND_LIST_TYPE_DIRECT, allocator.get(), nullptr,
                                             geyser::d3d12::iid<ID3D12GraphicsCommandList>, list.put()),
              S_OK);
  }
  fake_d3d12::Com<ID3D12CommandQueue> queue;
  fake_d3d12::Com<ID3D12CommandAllocator> allocator;
  fake_d3d12::Com<ID3D12GraphicsCommandList> list;
};

/// Acquires in `states` and releases in `layout`; waits until the GPU is done. False (with the error in `why`) when acquiring fails.
bool use(Side& side, SharedTexture& texture, std::uint32_t states, TextureLayout layout, std::string* why = nullptr) {
  auto done = take(side->create_shared_semaphore({.kind = SemaphoreKind::timeline}), "a fence");
  auto opened = take(texture.begin_write({.state = {}, .wait_for = {}, .signal = geyser::SyncPoint{*done, 1}}), "an access");
  Recorder recorder(side);
  auto acquired = geyser::d3d12::record_acquire(*opened, recorder.list.get(), states);
  if (!acquired) {
    if (why != nullptr) *why = refusal(acquired);
    EXPECT_EQ(recorder.list->Close(), S_OK);
    EXPECT_TRUE(done->signal(1));
    EXPECT_TRUE(std::move(*opened).end(texture.state().layout));
    return false;
  }
  EXPECT_TRUE(geyser::d3d12::record_release(*opened, recorder.list.get(), states, layout));
  EXPECT_EQ(recorder.list->Close(), S_OK);
  ID3D12CommandList* const lists[] = {recorder.list.get()};
  Access* const accesses[] = {&*opened};
  EXPECT_TRUE(geyser::d3d12::submit(*side, lists, accesses));
  auto state = std::move(*opened).end();
  EXPECT_TRUE(state && state->layout == layout);
  EXPECT_TRUE(done->wait(1, std::chrono::seconds(5)));
  return true;
}

TEST_F(access, states_go_there_and_back) {
  Side a;
  auto descriptor = plain();
  descriptor.usage = descriptor.usage | TextureUsage::render_attachment;
  auto texture = take(a->create_shareable_texture(descriptor), "creating");
  EXPECT_TRUE(use(a, *texture, D3D12_RESOURCE_STATE_RENDER_TARGET, TextureLayout::general));
  EXPECT_TRUE(use(a, *texture, D3D12_RESOURCE_STATE_COMMON, TextureLayout::general));
  const auto wrong = round_trip(*a, *texture, 1);
  EXPECT_TRUE(wrong.empty()) << wrong;
}

TEST_F(access, a_layout_left_by_this_device_is_taken_up_again) {
  Side a;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  EXPECT_TRUE(use(a, *texture, D3D12_RESOURCE_STATE_COPY_DEST, TextureLayout::transfer_src));
  // Copies of the library go from that state and back to it.
  const auto wrong = round_trip(*a, *texture, 1);
  EXPECT_TRUE(wrong.empty()) << wrong;
  EXPECT_EQ(texture->state().layout, TextureLayout::transfer_src);
  EXPECT_TRUE(use(a, *texture, D3D12_RESOURCE_STATE_COPY_DEST, TextureLayout::general));
}

TEST_F(access, a_layout_left_by_another_device_is_refused) {
  Side a;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  const geyser::TextureState foreign{.initialized = true, .layout = TextureLayout::shader_read_only, .points = {}};
  std::vector<std::byte> bytes(60 * 36 * 4);
  const auto why = refusal(a->read_back(*texture, {}, bytes, {.state = foreign}));
  EXPECT_TRUE(why.starts_with("unsupported_feature: The texture was released in layout shader_read_only")) << why;
}

TEST_F(access, misuse_is_named) {
  Side a;
  Side b;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  auto opened = take(texture->begin_write(), "an access");
  Recorder recorder(a);
  EXPECT_TRUE(
      refusal(geyser::d3d12::record_release(*opened, recorder.list.get(), 0)).starts_with("invalid_state: The access was not acquired"));
  EXPECT_TRUE(refusal(geyser::d3d12::record_acquire(*opened, nullptr, 0)).starts_with("invalid_argument: The command list is null"));
  ASSERT_TRUE(geyser::d3d12::record_acquire(*opened, recorder.list.get(), D3D12_RESOURCE_STATE_COMMON));
  EXPECT_TRUE(
      refusal(geyser::d3d12::record_release(*opened, recorder.list.get(), 0, TextureLayout::undefined)).starts_with("invalid_argument: "));
  Access* const accesses[] = {&*opened};
  EXPECT_TRUE(refusal(geyser::d3d12::submit(*b, {}, accesses)).starts_with("device_mismatch: "));
  ID3D12CommandList* const none[] = {nullptr};
  EXPECT_TRUE(refusal(geyser::d3d12::submit(*a, none, accesses)).starts_with("invalid_argument: A pointer in `commands` is null"));
  EXPECT_EQ(recorder.list->Close(), S_OK);
  ASSERT_TRUE(std::move(*opened).end());
  EXPECT_TRUE(refusal(geyser::d3d12::record_acquire(*opened, recorder.list.get(), 0)).starts_with("invalid_state: The access has ended"));

  auto host = take(geyser::host::create_manager(), "a host manager");
  auto pages = take(host->create_shareable_texture(plain()), "host memory");
  EXPECT_TRUE(refusal(geyser::d3d12::native(*pages)).starts_with("device_mismatch: "));
  EXPECT_TRUE(refusal(geyser::d3d12::submit(*host, {}, {})).starts_with("device_mismatch: "));
  auto native = take(geyser::d3d12::native(*texture), "the resource");
  ASSERT_TRUE(native && native->resource != nullptr);
  EXPECT_EQ(native->format, static_cast<std::uint32_t>(DXGI_FORMAT_R8G8B8A8_UNORM));
  EXPECT_EQ(native->flags, static_cast<std::uint32_t>(D3D12_RESOURCE_FLAG_ALLOW_SIMULTANEOUS_ACCESS));
}

TEST_F(access, several_readers_read_at_once) {
  Side a;
  Side b;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  const auto sent = random_bytes(60 * 36 * 4, 4);
  ASSERT_TRUE(a->upload(*texture, {}, sent));
  auto handle = take(a->export_texture(*texture), "exporting");
  auto view = take(b->import_texture(std::move(*handle)), "importing");
  ASSERT_TRUE(view);
  const auto read = [&](TextureShareManager& manager, SharedTexture& from) {
    for (int i = 0; i < 20; ++i) {
      std::vector<std::byte> found(sent.size());
      EXPECT_TRUE(manager.read_back(from, {}, found));
      EXPECT_EQ(found, sent);
    }
  };
  std::thread other([&] { read(*b, *view); });
  read(*a, *texture);
  other.join();
}

}  // namespace
}  // namespace d3d12_test
