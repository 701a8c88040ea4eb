// The fake driver itself: it must see misuse, or the other tests say less than they seem to.
#include <cstring>
#include <thread>

#include "backends/cuda/dispatch.hpp"
#include "fixture.hpp"

namespace fake_cuda {
namespace {

namespace api = geyser::cuda::api;
using api::Status;
using FakeDriverDeathTest = Fixture;

class FakeDriver : public Fixture {
 protected:
  void SetUp() override {
    Fixture::SetUp();
    const auto driver = geyser::cuda::open_driver();
    ASSERT_TRUE(ok(driver));
    cu_ = &(*driver)->cu;
    ASSERT_EQ(cu_->init(0), Status::success);
    context_ = static_cast<api::Context>(create_context(0));
    ASSERT_EQ(cu_->context_push(context_), Status::success);
  }
  void TearDown() override {
    api::Context popped = nullptr;
    static_cast<void>(cu_->context_pop(&popped));
    destroy_context(context_);
    Fixture::TearDown();
  }
  const geyser::cuda::Dispatch* cu_ = nullptr;
  api::Context context_ = nullptr;
};

TEST_F(FakeDriver, sees_use_after_free_and_double_free) {
  api::Event event = nullptr;
  ASSERT_EQ(cu_->event_create(&event, 0), Status::success);
  ASSERT_EQ(cu_->event_destroy(event), Status::success);
  EXPECT_DEATH(static_cast<void>(cu_->event_destroy(event)), "use after free");
  EXPECT_DEATH(static_cast<void>(cu_->event_record(event, nullptr)), "use after free");
  int stranger = 0;
  EXPECT_DEATH(static_cast<void>(cu_->event_record(reinterpret_cast<api::Event>(&stranger), nullptr)), "never was one");
}

TEST_F(FakeDriver, sees_leaks) {
  api::Event event = nullptr;
  ASSERT_EQ(cu_->event_create(&event, 0), Status::success);
  EXPECT_EQ(live_objects().at("event"), 1U);
  EXPECT_DEATH(reset(), "still alive");
  ASSERT_EQ(cu_->event_destroy(event), Status::success);
}

TEST_F(FakeDriver, sees_memory_that_is_freed_out_of_order) {
  api::AllocationProperties properties{};
  properties.type = api::allocation_pinned;
  properties.handle_types = api::handle_posix_fd;
  properties.location = {api::location_device, 0};
  constexpr std::size_t bytes = std::size_t{2} << 20U;
  api::Allocation allocation = 0;
  EXPECT_EQ(cu_->vmm_create(&allocation, bytes - 1, &properties, 0), Status::invalid_value);
  ASSERT_EQ(cu_->vmm_create(&allocation, bytes, &properties, 0), Status::success);
  api::DevicePointer address = 0;
  ASSERT_EQ(cu_->vmm_reserve(&address, bytes, 0, 0, 0), Status::success);
  ASSERT_EQ(cu_->vmm_map(address, bytes, 0, allocation, 0), Status::success);
  std::byte byte{};
  EXPECT_DEATH(read_device(address, &byte, 1), "not mapped, or not for this") << "no access was given yet";
  EXPECT_DEATH(static_cast<void>(cu_->vmm_free_address(address, bytes)), "something is mapped there");
  ASSERT_EQ(cu_->vmm_unmap(address, bytes), Status::success);
  ASSERT_EQ(cu_->vmm_free_address(address, bytes), Status::success);
  ASSERT_EQ(cu_->vmm_release(allocation), Status::success);
}

TEST_F(FakeDriver, refuses_structures_that_are_not_clean) {
  api::ExternalSemaphoreHandleDesc handle{};
  handle.type = api::timeline_semaphore_fd;
  handle.handle.fd = new_semaphore('t', 0);
  api::ExternalSemaphore semaphore = nullptr;
  handle.reserved[7] = 1;
  EXPECT_EQ(cu_->external_semaphore_import(&semaphore, &handle), Status::invalid_value);
  handle.reserved[7] = 0;
  ASSERT_EQ(cu_->external_semaphore_import(&semaphore, &handle), Status::success);
  api::ExternalSemaphoreParams params{};
  params.flags = 4;
  EXPECT_EQ(cu_->external_semaphore_wait(&semaphore, &params, 1, nullptr), Status::invalid_value);
  params.flags = 0;
  params.params.value = 1;
  ASSERT_EQ(cu_->external_semaphore_wait(&semaphore, &params, 1, nullptr), Status::success);
  EXPECT_DEATH(static_cast<void>(cu_->external_semaphore_destroy(semaphore)), "still in a stream");
  ASSERT_EQ(cu_->external_semaphore_signal(&semaphore, &params, 1, nullptr), Status::success);
  EXPECT_FALSE(drain()) << "the signal is behind the wait in one stream: it never comes";
}

TEST_F(FakeDriver, runs_a_stream_late_when_it_shall) {
  static_cast<void>(cu_->context_pop(&context_));
  destroy_context(context_);
  Config config;
  config.asynchronous = true;
  reset(config);
  ASSERT_EQ(cu_->init(0), Status::success);
  context_ = static_cast<api::Context>(create_context(0));
  ASSERT_EQ(cu_->context_push(context_), Status::success);
  const std::string from = "late";
  std::string to = "....";
  api::Copy3D copy{};
  copy.src_type = copy.dst_type = api::memory_host;
  copy.src_host = from.data();
  copy.dst_host = to.data();
  copy.width_bytes = 4;
  copy.height = copy.depth = 1;
  close_gate(context_, nullptr);
  ASSERT_EQ(cu_->copy_3d(&copy, nullptr), Status::success);
  EXPECT_EQ(to, "....");
  api::Event event = nullptr;
  ASSERT_EQ(cu_->event_create(&event, 0), Status::success);
  ASSERT_EQ(cu_->event_record(event, nullptr), Status::success);
  EXPECT_EQ(cu_->event_query(event), Status::not_ready);
  open_gate();
  while (cu_->event_query(event) == Status::not_ready) std::this_thread::yield();
  EXPECT_EQ(to, "late");
  ASSERT_EQ(cu_->event_destroy(event), Status::success);
  join();
}

TEST_F(FakeDriver, sees_what_a_copy_between_two_devices_must_not_do) {
  static_cast<void>(cu_->context_pop(&context_));
  destroy_context(context_);
  Config config;
  config.devices.push_back(DeviceConfig{.name = "Another"});
  reset(config);
  ASSERT_EQ(cu_->init(0), Status::success);
  auto* const other = static_cast<api::Context>(create_context(1));
  auto* const other_stream = static_cast<api::Stream>(create_stream(other));
  const api::ArrayDescriptor descriptor{.width = 16, .height = 1, .depth = 0, .format = api::ArrayFormat::uint8, .channels = 1, .flags = 0};
  api::Array theirs = nullptr;
  ASSERT_EQ(cu_->context_push(other), Status::success);
  ASSERT_EQ(cu_->array_create(&theirs, &descriptor), Status::success);
  api::Event event = nullptr;
  ASSERT_EQ(cu_->event_create(&event, 0), Status::success);
  ASSERT_EQ(cu_->event_record(event, other_stream), Status::success);
  api::Context popped = nullptr;
  ASSERT_EQ(cu_->context_pop(&popped), Status::success);
  context_ = static_cast<api::Context>(create_context(0));
  ASSERT_EQ(cu_->context_push(context_), Status::success);
  api::Array ours = nullptr;
  ASSERT_EQ(cu_->array_create(&ours, &descriptor), Status::success);
  api::Copy3DPeer copy{};
  copy.src_type = copy.dst_type = api::memory_array;
  copy.src_array = theirs;
  copy.src_context = other;
  copy.dst_array = ours;
  copy.dst_context = context_;
  copy.width_bytes = 16;
  copy.height = copy.depth = 1;
  EXPECT_DEATH(static_cast<void>(cu_->peer_copy_3d(&copy, nullptr)), "has no access to the other");
  EXPECT_EQ(cu_->peer_enable(context_, 0), Status::invalid_device) << "itself";
  ASSERT_EQ(cu_->peer_enable(other, 0), Status::success);
  EXPECT_EQ(cu_->peer_enable(other, 0), Status::peer_access_already_enabled);
  EXPECT_EQ(cu_->peer_copy_3d(&copy, nullptr), Status::success);
  EXPECT_DEATH(static_cast<void>(cu_->peer_copy_3d(&copy, other_stream)), "another context");
  copy.src_array = ours;
  EXPECT_DEATH(static_cast<void>(cu_->peer_copy_3d(&copy, nullptr)), "another context") << "the array is not the source context's";
  copy.src_array = theirs;
  copy.width_bytes = 17;
  EXPECT_EQ(cu_->peer_copy_3d(&copy, nullptr), Status::invalid_value) << "beyond the end";
  EXPECT_EQ(cu_->stream_wait_event(nullptr, event, 0), Status::success) << "of another device";
  EXPECT_DEATH(static_cast<void>(cu_->event_record(event, nullptr)), "another context");
  EXPECT_DEATH(static_cast<void>(cu_->context_destroy(context_)), "that is current");
  EXPECT_DEATH(static_cast<void>(cu_->context_destroy(other)), "there is still");
  ASSERT_EQ(cu_->array_destroy(ours), Status::success);
  destroy_context(other);
}

}  // namespace
}  // namespace fake_cuda
