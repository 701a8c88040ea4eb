// Handles on their way: CUDA's own memory between managers, the host backend's memory, and what must be refused.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "partner.hpp"
#include "platform/shared_memory.hpp"

namespace fake_cuda {
namespace {

using Handles = PartnerFixture;
using geyser::TextureHandle;

/// Refused with that error, and the handle is as it was.
testing::AssertionResult refused(TextureShareManager& manager, TextureHandle& handle, Errc code, std::string_view part = {}) {
  const auto number = handle.handles[0].fd();
  if (auto result = fails(manager.import_texture(std::move(handle)), code, part); !result) return result;
  if (handle.handles[0].fd() != number) return testing::AssertionFailure() << "the handle was taken";
  return testing::AssertionSuccess();
}

TEST_F(Handles, own_memory_passes_between_managers) {
  auto first = geyser::cuda::create_manager();
  auto second = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(first));
  ASSERT_TRUE(ok(second));
  auto texture = first->create_shareable_texture(plain(TextureFormat::rgba16_float));
  ASSERT_TRUE(ok(texture));
  auto handle = first->export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  const auto& info = handle->info;
  EXPECT_EQ(info.memory_type_index, geyser::any_memory_type);
  EXPECT_TRUE(info.linear_tiling);
  EXPECT_FALSE(info.dedicated);
  EXPECT_EQ(info.memory_plane_count, 1U);
  EXPECT_EQ(info.memory_planes[0].row_pitch, 640U);  // 67 x 8 bytes, on multiples of 128
  EXPECT_EQ(info.required_size, 640U * 29);
  EXPECT_EQ(info.allocation_size, 2U << 20U);
  EXPECT_EQ(info.native_format, 97U);  // VK_FORMAT_R16G16B16A16_SFLOAT
  EXPECT_EQ(info.native_usage, 0x7U);
  EXPECT_TRUE(ok(geyser::validate(*handle)));
  auto imported = second->import_texture(*std::move(handle));
  ASSERT_TRUE(ok(imported));
  EXPECT_TRUE(imported->imported());
  const auto there = content_of(texture->descriptor());
  ASSERT_TRUE(ok(first->upload(*texture, {}, there)));
  EXPECT_TRUE(holds(*second, *imported, {}, there, {.state = texture->state()}));
  const auto back = content_of(texture->descriptor());
  ASSERT_TRUE(ok(second->upload(*imported, {}, back)));
  EXPECT_TRUE(holds(*first, *texture, {}, back));
  EXPECT_TRUE(fails(second->export_texture(*imported), Errc::unsupported_handle));
}

TEST_F(Handles, exported_descriptors_are_closed_in_children) {
  auto manager = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto handle = manager->export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  // A program started now would not see it: /proc tells the flag (octal 02000000).
  const std::string path = "/proc/self/fdinfo/" + std::to_string(handle->handles[0].fd());
  std::FILE* file = std::fopen(path.c_str(), "re");
  ASSERT_NE(file, nullptr);
  unsigned flags = 0;
  long long position = 0;
  ASSERT_EQ(std::fscanf(file, "pos:\t%lld\nflags:\t%o", &position, &flags), 2);
  std::fclose(file);
  EXPECT_NE(flags & 02000000U, 0U);
}

TEST_F(Handles, own_memory_that_lies_is_refused) {
  auto first = geyser::cuda::create_manager();
  auto second = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(first));
  ASSERT_TRUE(ok(second));
  auto texture = first->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  const auto fresh = [&] { return Partners::must(first->export_texture(*texture)); };
  auto handle = fresh();
  handle.info.exporter.device_uuid.bytes[3] ^= 1U;
  EXPECT_TRUE(refused(*second, handle, Errc::device_mismatch));
  // It did no harm: the manager allocates, exports and imports as before.
  auto own = second->create_shareable_texture(plain());
  ASSERT_TRUE(ok(own));
  auto own_handle = second->export_texture(*own);
  ASSERT_TRUE(ok(own_handle));
  EXPECT_TRUE(ok(second->import_texture(*std::move(own_handle))));
  handle = fresh();
  handle.info.linear_tiling = false;
  EXPECT_TRUE(refused(*second, handle, Errc::protocol_error, "linear_tiling"));
  handle = fresh();
  handle.info.allocation_size += 4096;
  EXPECT_TRUE(refused(*second, handle, Errc::protocol_error, "allocation_size"));
  handle = fresh();
  handle.info.allocation_size *= 2;
  EXPECT_TRUE(refused(*second, handle, Errc::protocol_error, "no memory of"));
  handle = fresh();
  handle.info.memory_planes[0].row_pitch = 64;
  EXPECT_TRUE(refused(*second, handle, Errc::protocol_error, "row_pitch"));
  handle = fresh();
  handle.info.memory_planes[0].offset = handle.info.allocation_size - 4;
  EXPECT_TRUE(refused(*second, handle, Errc::protocol_error, "do not fit"));
  handle = fresh();
  handle.info.memory_plane_count = 0;
  EXPECT_TRUE(refused(*second, handle, Errc::protocol_error, "memory_plane_count"));
  int pipe_ends[2] = {};
  ASSERT_EQ(::pipe(pipe_ends), 0);
  handle = fresh();
  handle.handles[0].reset(pipe_ends[0]);
  EXPECT_TRUE(refused(*second, handle, Errc::protocol_error, "a pipe"));
  handle.handles[0].reset();
  ::close(pipe_ends[1]);
  handle = fresh();
  ::close(handle.handles[0].fd());
  EXPECT_TRUE(refused(*second, handle, Errc::protocol_error));
  static_cast<void>(handle.handles[0].release());
  // Memory of another kind under the same claim.
  auto host = geyser::host::create_manager();
  ASSERT_TRUE(ok(host));
  auto pages = host->create_shareable_texture(plain(TextureFormat::rgba8_unorm, 1024, 1024));
  ASSERT_TRUE(ok(pages));
  auto other = Partners::must(host->export_texture(*pages));
  handle = fresh();
  handle.handles[0] = std::move(other.handles[0]);
  EXPECT_TRUE(refused(*second, handle, Errc::protocol_error, "no memory that a CUDA driver exported"));
}

TEST_F(Handles, memory_of_vulkan_that_lies_is_refused) {
  auto both = Partners::open();
  auto texture = both.vulkan.create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  const auto fresh = [&] { return Partners::must(both.vulkan.export_texture(*texture)); };
  auto handle = fresh();
  handle.info.native_format = 44;
  EXPECT_TRUE(refused(both.cuda, handle, Errc::protocol_error, "native_format"));
  handle = fresh();
  handle.info.required_size = 16;
  EXPECT_TRUE(refused(both.cuda, handle, Errc::protocol_error, "required_size"));
  handle = fresh();
  handle.info.allocation_size = std::uint64_t{1} << 40U;
  EXPECT_TRUE(refused(both.cuda, handle, Errc::protocol_error, "the device has"));
  handle = fresh();
  handle.info.allocation_size += 1U << 20U;
  EXPECT_TRUE(refused(both.cuda, handle, Errc::protocol_error, "no memory of"));
  handle = fresh();
  handle.info.descriptor.extent = {640, 480, 1};
  handle.info.required_size = handle.info.allocation_size = std::uint64_t{640} * 480 * 4;
  EXPECT_TRUE(refused(both.cuda, handle, Errc::protocol_error, "no memory of"));
  // A size that fits the file but not the image: only the driver can tell.
  handle = fresh();
  handle.info.required_size = handle.info.allocation_size;
  handle.info.descriptor.extent.height = static_cast<std::uint32_t>(handle.info.allocation_size / 320 + 1);  // rows lie 320 bytes apart
  EXPECT_TRUE(refused(both.cuda, handle, Errc::unsupported_format, "does not map 67x"));
  handle = fresh();
  ::close(handle.handles[0].fd());
  EXPECT_TRUE(refused(both.cuda, handle, Errc::invalid_argument, "Bad file descriptor"));
  static_cast<void>(handle.handles[0].release());
}

TEST_F(Handles, a_descriptor_that_is_no_file_like_the_partners_never_reaches_the_driver) {
  auto both = Partners::open();
  auto texture = both.vulkan.create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto handle = Partners::must(both.vulkan.export_texture(*texture));
  auto right = std::move(handle.handles[0]);
  for (const auto& [fd, wanted] :
       {std::pair{::open("/dev/zero", O_RDWR | O_CLOEXEC), "The OS handle is no memory of"},
        std::pair{::eventfd(0, EFD_CLOEXEC), "The OS handle is an anonymous file, and this driver's memory is a regular file"}}) {
    ASSERT_GE(fd, 0);
    handle.handles[0].reset(fd);
    EXPECT_TRUE(refused(both.cuda, handle, Errc::protocol_error, wanted));
  }
  EXPECT_EQ(calls("cuImportExternalMemory"), 0U);
  // Without a partner nobody knows, and the driver judges.
  auto alone = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(alone));
  EXPECT_TRUE(refused(*alone, handle, Errc::protocol_error, "no memory that this driver exported"));
  EXPECT_EQ(calls("cuImportExternalMemory"), 1U);
  handle.handles[0] = std::move(right);
  EXPECT_TRUE(ok(both.cuda.import_texture(std::move(handle))));
}

TEST_F(Handles, the_type_of_the_partners_memory_is_asked_once_and_again_when_it_could_not_answer) {
  auto both = Partners::open();
  auto texture = both.vulkan.create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto wrong = Partners::must(both.vulkan.export_texture(*texture));
  wrong.handles[0].reset(::eventfd(0, EFD_CLOEXEC));
  ASSERT_TRUE(wrong.handles[0]);
  fake_vulkan::fail_function("vkCreateImage", 1, VK_ERROR_OUT_OF_HOST_MEMORY);
  EXPECT_TRUE(refused(both.cuda, wrong, Errc::protocol_error, "no memory that this driver exported")) << "no answer, no refusal";
  const auto before = fake_vulkan::calls("vkCreateImage");
  EXPECT_TRUE(refused(both.cuda, wrong, Errc::protocol_error, "an anonymous file"));
  EXPECT_TRUE(refused(both.cuda, wrong, Errc::protocol_error, "an anonymous file"));
  EXPECT_EQ(fake_vulkan::calls("vkCreateImage"), before + 1);
}

TEST_F(Handles, a_driver_that_closes_what_it_refuses_costs_no_strangers_descriptor) {
  auto both = Partners::open();
  auto texture = both.vulkan.create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  for (const char* function : {"cuImportExternalMemory", "cuExternalMemoryGetMappedMipmappedArray"}) {
    auto handle = Partners::must(both.vulkan.export_texture(*texture));
    fail_function(function, 1, 999);
    EXPECT_FALSE(both.cuda.import_texture(std::move(handle))) << function;
    EXPECT_EQ(injected(), function);
    EXPECT_TRUE(ok(both.cuda.import_texture(std::move(handle)))) << "the handle can be used again after " << function;
  }
}

TEST_F(Handles, host_memory_is_used_where_it_lies_for_every_kind_and_format) {
  auto host = geyser::host::create_manager();
  auto cuda = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(host));
  ASSERT_TRUE(ok(cuda));
  std::size_t passed = 0;
  for (const auto& format : geyser::all_formats()) {
    for (const auto kind : geyser::test::all_kinds) {
      const auto descriptor = geyser::test::descriptor_of(format.format, kind);
      if (!geyser::validate(descriptor)) continue;
      SCOPED_TRACE(std::string(format.name) + " " + std::string(to_string(kind)));
      auto texture = host->create_shareable_texture(descriptor);
      ASSERT_TRUE(ok(texture));
      auto imported = cuda->import_texture(Partners::must(host->export_texture(*texture)));
      ASSERT_TRUE(ok(imported));
      for (const auto& region : geyser::test::all_subresources(descriptor)) {
        const auto there = content_of(descriptor, region);
        ASSERT_TRUE(ok(host->upload(*texture, region, there)));
        ASSERT_TRUE(holds(*cuda, *imported, region, there, {.state = texture->state()}));
        const auto back = content_of(descriptor, region);
        ASSERT_TRUE(ok(cuda->upload(*imported, region, back)));
        ASSERT_TRUE(holds(*host, *texture, region, back));
      }
      ++passed;
    }
  }
  EXPECT_GT(passed, 800U);
}

TEST_F(Handles, planes_of_host_memory_are_told_apart) {
  auto host = geyser::host::create_manager();
  auto cuda = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(host));
  ASSERT_TRUE(ok(cuda));
  const auto descriptor = plain(TextureFormat::nv12, 64, 32);
  auto texture = host->create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(texture));
  auto imported = cuda->import_texture(Partners::must(host->export_texture(*texture)));
  ASSERT_TRUE(ok(imported));
  EXPECT_TRUE(*geyser::cuda::is_linear(*imported));
  for (std::uint32_t plane = 0; plane < 2; ++plane) {
    const auto bytes = content_of(descriptor, {.plane = plane});
    ASSERT_TRUE(ok(host->upload(*texture, {.plane = plane}, bytes)));
    const auto memory = geyser::cuda::linear_memory(*imported, plane);
    ASSERT_TRUE(ok(memory));
    EXPECT_EQ(memory->row_pitch, 64U);
    std::vector<std::byte> seen(bytes.size());
    read_device(memory->pointer, seen.data(), seen.size());
    EXPECT_EQ(seen, bytes);
  }
  EXPECT_TRUE(fails(geyser::cuda::linear_memory(*imported, 2), Errc::invalid_argument, "plane"));
  EXPECT_TRUE(fails(geyser::cuda::native(*imported), Errc::invalid_state, "linear_memory()"));
  EXPECT_TRUE(fails(geyser::cuda::linear_memory(*texture), Errc::device_mismatch, "host"));
}

TEST_F(Handles, layers_and_slices_of_host_memory_have_a_pitch) {
  auto host = geyser::host::create_manager();
  auto cuda = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(host));
  ASSERT_TRUE(ok(cuda));
  for (const auto kind : {geyser::test::Kind::d2_array, geyser::test::Kind::d3}) {
    const auto descriptor = geyser::test::descriptor_of(TextureFormat::r8_unorm, kind);
    auto texture = host->create_shareable_texture(descriptor);
    ASSERT_TRUE(ok(texture));
    auto imported = cuda->import_texture(Partners::must(host->export_texture(*texture)));
    ASSERT_TRUE(ok(imported));
    const bool d3 = kind == geyser::test::Kind::d3;
    const TextureRegion second{.array_layer = d3 ? 0U : 1U, .offset = {0, 0, d3 ? 1U : 0U}};
    const auto bytes = content_of(descriptor, second);
    ASSERT_TRUE(ok(host->upload(*texture, second, bytes)));
    const auto memory = geyser::cuda::linear_memory(*imported);
    ASSERT_TRUE(ok(memory));
    std::vector<std::byte> row(descriptor.extent.width);
    read_device(memory->pointer + memory->slice_pitch, row.data(), row.size());
    EXPECT_TRUE(std::equal(row.begin(), row.end(), bytes.begin()));
    std::byte last{};
    read_device(memory->pointer + memory->bytes - 1, &last, 1);
  }
}

TEST_F(Handles, host_memory_that_lies_or_cannot_be_mapped_is_refused) {
  auto host = geyser::host::create_manager();
  auto cuda = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(host));
  ASSERT_TRUE(ok(cuda));
  auto texture = host->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  const auto fresh = [&] { return Partners::must(host->export_texture(*texture)); };
  auto handle = fresh();
  handle.info.required_size -= 256;
  EXPECT_TRUE(refused(*cuda, handle, Errc::protocol_error, "required_size"));
  handle = fresh();
  handle.info.memory_planes[0].row_pitch = 272;
  EXPECT_TRUE(refused(*cuda, handle, Errc::protocol_error, "row pitch 272"));
  int pipe_ends[2] = {};
  ASSERT_EQ(::pipe(pipe_ends), 0);
  handle = fresh();
  handle.handles[0].reset(pipe_ends[0]);
  EXPECT_TRUE(refused(*cuda, handle, Errc::protocol_error));
  handle.handles[0].reset();
  ::close(pipe_ends[1]);
  for (const char* function : {"cuMemHostRegister_v2", "cuMemHostGetDevicePointer_v2"}) {
    handle = fresh();
    fail_function(function, 1, 2);
    EXPECT_TRUE(refused(*cuda, handle, Errc::out_of_memory, function == std::string("cuMemHostRegister_v2") ? "cuMemHostRegister" : ""));
  }
}

TEST_F(Handles, pages_that_are_for_reading_only_are_read) {
  const auto descriptor = plain();
  const auto bytes = content_of(descriptor);
  const auto prepare = [&] {
    auto host = geyser::host::create_manager();
    auto handle = Partners::must(host->export_texture(Partners::must(host->create_shareable_texture(descriptor))));
    auto memory = Partners::must(geyser::platform::SharedMemory::create_read_only_for_others(handle.info.required_size, "pages"));
    std::copy(bytes.begin(), bytes.end(), memory.bytes().begin());
    handle.handles[0] = Partners::must(memory.handle().duplicate());
    handle.info.initialized = true;
    handle.info.layout = geyser::TextureLayout::general;
    return handle;
  };
  {
    auto cuda = geyser::cuda::create_manager();
    ASSERT_TRUE(ok(cuda));
    auto texture = cuda->import_texture(prepare());
    ASSERT_TRUE(ok(texture));
    EXPECT_TRUE(holds(*cuda, *texture, {}, bytes));
    EXPECT_TRUE(fails(cuda->upload(*texture, {}, bytes), Errc::invalid_argument, "for reading only"));
  }
  Config config;
  config.devices[0].read_only_host_register = false;
  use(config);
  auto cuda = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(cuda));
  auto handle = prepare();
  EXPECT_TRUE(refused(*cuda, handle, Errc::protocol_error));
}

TEST_F(Handles, devices_that_cannot_map_host_memory_say_so) {
  Config config;
  config.devices[0].host_register = false;
  use(config);
  auto host = geyser::host::create_manager();
  auto cuda = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(host));
  ASSERT_TRUE(ok(cuda));
  auto texture = host->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  auto handle = Partners::must(host->export_texture(*texture));
  EXPECT_FALSE(cuda->capabilities().imports(geyser::MemoryHandleType::shared_memory));
  EXPECT_TRUE(refused(*cuda, handle, Errc::unsupported_handle, "cannot map host memory"));
  const auto support = cuda->format_support(plain());
  ASSERT_TRUE(ok(support));
  EXPECT_EQ((*support)[1].why_not, "the device cannot map host memory");
}

}  // namespace
}  // namespace fake_cuda
