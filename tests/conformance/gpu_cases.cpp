// The caller's own command buffers and vkQueueSubmit: nothing waits on the host between a write on one device and the read on the other.
#include "pair.hpp"

#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "support/vulkan_commands.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t width = 64;
constexpr std::uint32_t height = 32;
constexpr std::uint64_t image_bytes = std::uint64_t{width} * height * 4;

TextureDescriptor descriptor() {
  TextureDescriptor made;
  made.extent = {width, height, 1};
  made.format = TextureFormat::r32_uint;
  made.label = "own commands";
  return made;
}

::testing::AssertionResult all_texels(std::span<const std::byte> bytes, std::uint32_t wanted) {
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    std::uint32_t found = 0;
    std::memcpy(&found, bytes.data() + i, 4);
    if (found != wanted) return ::testing::AssertionFailure() << "texel " << i / 4 << " is " << found << ", not " << wanted;
  }
  return ::testing::AssertionSuccess();
}

// A pair with a command pool on each side and one shared texture.
class Rig {
 public:
  static Result<std::unique_ptr<Rig>> create(Pair& pair, Link& link) {
    auto exchange = Exchange::create(link, descriptor());
    if (!exchange) return std::move(exchange).error();
    std::unique_ptr<Rig> rig(new Rig(link, std::move(*exchange)));
    for (const Who who : {Who::exporter, Who::importer}) {
      auto commands = Commands::create(pair.side(who).device().adopt_info());
      if (!commands) return std::move(commands).error();
      rig->commands_[static_cast<std::size_t>(who)] = std::move(*commands);
    }
    return rig;
  }
  Commands& commands(Who who) { return *commands_[static_cast<std::size_t>(who)]; }
  Exchange& exchange() { return exchange_; }

  // Clears the image to `value`, waiting and signalling on the GPU.
  Result<void> clear(Who who, std::uint32_t value, VkFence fence = VK_NULL_HANDLE) {
    return use(who, AccessMode::write, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_ACCESS_TRANSFER_WRITE_BIT, fence,
               [&](VkCommandBuffer buffer, VkImage image) {
                 clear_color(commands(who), buffer, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, value);
               });
  }
  // Copies the image to `to` at `offset`. Signals too when `signal`: a write after it must wait.
  Result<void> fetch(Who who, const MappedBuffer& to, std::uint64_t offset, VkFence fence = VK_NULL_HANDLE) {
    return use(who, AccessMode::read, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, VK_ACCESS_TRANSFER_READ_BIT, fence,
               [&](VkCommandBuffer buffer, VkImage image) {
                 copy_out(commands(who), buffer, image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, {width, height, 1}, to, offset);
               });
  }
  // One access with the caller's own submit, from a state that may lie in the future.
  template <class Record>
  Result<void> use(Who who, AccessMode mode, VkImageLayout layout, VkAccessFlags access_mask, VkFence fence, Record&& record,
                   std::optional<AccessInfo> given = std::nullopt) {
    const AccessInfo info = given ? *given : exchange_.next_access(who, true);
    SharedTexture& texture = exchange_.texture(who);
    auto access = mode == AccessMode::write ? texture.begin_write(info) : texture.begin_read(info);
    if (!access) return std::move(access).error();
    auto native = vulkan::native(texture);
    if (!native) return std::move(native).error();
    auto buffer = commands(who).begin();
    if (!buffer) return std::move(buffer).error();
    const vulkan::ImageUse image_use{.layout = layout, .stages = VK_PIPELINE_STAGE_TRANSFER_BIT, .access = access_mask};
    if (auto r = vulkan::record_acquire(*access, *buffer, image_use); !r) return r;
    record(*buffer, native->image);
    if (auto r = vulkan::record_release(*access, *buffer, image_use); !r) return r;
    if (auto r = commands(who).end(*buffer); !r) return r;
    Access* const accesses[] = {&*access};
    if (auto r = vulkan::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays_); !r) return r;
    const VkCommandBuffer buffers[] = {*buffer};
    if (auto r = commands(who).submit(arrays_.submit_info(buffers), fence); !r) return r;
    auto state = std::move(*access).end();
    if (!state) return std::move(state).error();
    if (!given) exchange_.ended(who, info, *state);
    return {};
  }
  Result<void> idle() {
    for (const Who who : {Who::exporter, Who::importer}) {
      if (auto r = commands(who).wait_idle(); !r) return r;
    }
    return {};
  }

 private:
  Rig(Link& link, Exchange exchange) : exchange_(std::move(exchange)) { static_cast<void>(link); }
  Exchange exchange_;
  std::unique_ptr<Commands> commands_[2];
  vulkan::SubmitArrays arrays_;
};

// Runs `body` for every rung that both sides have and that a submit can wait for directly.
void each_rung(Pair& pair, const char* name, const std::function<void(Link&)>& body) {
  const Capabilities& exporter = pair.exporter().manager().capabilities();
  const Capabilities& importer = pair.importer().manager().capabilities();
  for (const auto& offered : exporter.semaphores) {
    if (offered.type == SemaphoreHandleType::sync_fd || !offered.can_export || !importer.imports(offered.kind, offered.type)) continue;
    if (offered.kind == SemaphoreKind::binary && std::string_view(name) == "wait_before_signal") {
      CaseRecord record = pair.record("own commands", "r32_uint", name, "binary/" + std::string(to_string(offered.type)));
      record.outcome = Outcome::skipped;
      record.why = "Vulkan forbids a binary wait before its signal; tests/regression has the refusal";
      ledger().add(std::move(record));
      continue;
    }
    record_case(
        pair,
        pair.record("own commands", "r32_uint", name, std::string(to_string(offered.kind)) + "/" + std::string(to_string(offered.type))),
        [&] {
          auto link = Link::create(pair.exporter(), pair.importer(), offered.kind, offered.type);
          ASSERT_TRUE(ok(link));
          body(*link);
        });
  }
}

// 200 turns, all submitted before any has to be over; each read goes to a slot of its own. First the exporter writes, then the importer.
void pipeline(Pair& pair) {
  each_rung(pair, "pipeline_of_200", [&](Link& link) {
    constexpr std::uint32_t turns = 100;
    auto back = Link::create(pair.importer(), pair.exporter(), link.kind(), link.handle_type());
    ASSERT_TRUE(ok(back));
    auto rig = Rig::create(pair, link);
    ASSERT_TRUE(ok(rig));
    (*rig)->exchange().answer_over(*back);
    for (const Who writer : {Who::exporter, Who::importer}) {
      const Who reader = other(writer);
      const std::uint32_t base = writer == Who::exporter ? 0x10000U : 0x20000U;
      auto slots = MappedBuffer::create((*rig)->commands(reader), image_bytes * turns);
      ASSERT_TRUE(ok(slots));
      poison((*slots)->bytes());
      for (std::uint32_t turn = 0; turn < turns && !::testing::Test::HasFailure(); ++turn) {
        EXPECT_TRUE(ok((*rig)->clear(writer, base + turn))) << "turn " << turn;
        EXPECT_TRUE(ok((*rig)->fetch(reader, **slots, image_bytes * turn))) << "turn " << turn;
      }
      ASSERT_TRUE(ok((*rig)->idle()));
      ASSERT_TRUE(ok((*rig)->exchange().settle(10s)));  // the next writer is who signalled last
      for (std::uint32_t turn = 0; turn < turns; ++turn) {
        ASSERT_TRUE(all_texels((*slots)->bytes().subspan(image_bytes * turn, image_bytes), base + turn)) << "turn " << turn;
      }
    }
  });
}

// The reader's submit is queued before the writer has done anything: only the semaphore can hold it back.
void wait_before_signal(Pair& pair) {
  each_rung(pair, "wait_before_signal", [&](Link& link) {
    auto rig = Rig::create(pair, link);
    ASSERT_TRUE(ok(rig));
    auto buffer = MappedBuffer::create((*rig)->commands(Who::importer), image_bytes);
    ASSERT_TRUE(ok(buffer));
    ASSERT_TRUE(ok((*rig)->clear(Who::exporter, 1)));
    ASSERT_TRUE(ok((*rig)->idle()));
    poison((*buffer)->bytes());

    // The state that the second write will leave, before it happens.
    AccessInfo future = (*rig)->exchange().next_access(Who::importer, false);
    AccessInfo write = (*rig)->exchange().next_access(Who::exporter, true);
    future.state->points.clear();
    future.state->points.push_back({link.semaphore(Who::importer), write.signal->value});
    auto fence = (*rig)->commands(Who::importer).create_fence();
    ASSERT_TRUE(ok(fence));
    auto queued = (*rig)->use(
        Who::importer, AccessMode::read, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, VK_ACCESS_TRANSFER_READ_BIT, *fence,
        [&](VkCommandBuffer commands, VkImage image) {
          copy_out((*rig)->commands(Who::importer), commands, image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, {width, height, 1}, **buffer, 0);
        },
        future);
    EXPECT_TRUE(ok(queued));
    auto early = (*rig)->commands(Who::importer).wait(*fence, 30ms);
    EXPECT_TRUE(ok(early));
    EXPECT_FALSE(early && *early) << "the read does not wait for the write";
    EXPECT_TRUE(ok((*rig)->use(
        Who::exporter, AccessMode::write, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_ACCESS_TRANSFER_WRITE_BIT, VK_NULL_HANDLE,
        [&](VkCommandBuffer commands, VkImage image) {
          clear_color((*rig)->commands(Who::exporter), commands, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 2);
        },
        write)));
    auto done = (*rig)->commands(Who::importer).wait(*fence, 10s);
    EXPECT_TRUE(ok(done));
    EXPECT_TRUE(done && *done) << "the signal does not reach the reader's queue";
    EXPECT_TRUE(all_texels((*buffer)->bytes(), 2));
    (*rig)->commands(Who::importer).destroy(*fence);
  });
}

// vulkan::submit(): the library's own queue submit with the same accesses.
void library_submit(Pair& pair) {
  record_case(pair, pair.record("own commands", "r32_uint", "library_submit", {}), [&] {
    auto link = Link::create(pair.exporter(), pair.importer());
    ASSERT_TRUE(ok(link));
    auto rig = Rig::create(pair, *link);
    ASSERT_TRUE(ok(rig));
    auto target = MappedBuffer::create((*rig)->commands(Who::importer), image_bytes);
    ASSERT_TRUE(ok(target));
    poison((*target)->bytes());
    for (const Who who : {Who::exporter, Who::importer}) {
      Commands& commands = (*rig)->commands(who);
      SharedTexture& texture = (*rig)->exchange().texture(who);
      const bool writes = who == Who::exporter;
      const AccessInfo info = (*rig)->exchange().next_access(who, writes);
      auto access = writes ? texture.begin_write(info) : texture.begin_read(info);
      ASSERT_TRUE(ok(access));
      auto native = vulkan::native(texture);
      ASSERT_TRUE(ok(native));
      auto buffer = commands.begin();
      ASSERT_TRUE(ok(buffer));
      const vulkan::ImageUse general{.layout = VK_IMAGE_LAYOUT_GENERAL,
                                     .stages = VK_PIPELINE_STAGE_TRANSFER_BIT,
                                     .access = VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT};
      ASSERT_TRUE(ok(vulkan::record_acquire(*access, *buffer, general)));
      if (writes) {
        clear_color(commands, *buffer, native->image, VK_IMAGE_LAYOUT_GENERAL, 77);
      } else {
        copy_out(commands, *buffer, native->image, VK_IMAGE_LAYOUT_GENERAL, {width, height, 1}, **target, 0);
      }
      ASSERT_TRUE(ok(vulkan::record_release(*access, *buffer, general)));
      ASSERT_TRUE(ok(commands.end(*buffer)));
      auto fence = commands.create_fence();
      ASSERT_TRUE(ok(fence));
      const VkCommandBuffer buffers[] = {*buffer};
      Access* const accesses[] = {&*access};
      ASSERT_TRUE(ok(vulkan::submit(pair.side(who).manager(), buffers, accesses, *fence)));
      auto state = std::move(*access).end();
      ASSERT_TRUE(ok(state));
      (*rig)->exchange().ended(who, info, *state);
      if (!writes) {
        auto done = commands.wait(*fence, 10s);
        ASSERT_TRUE(ok(done));
        ASSERT_TRUE(*done);
      }
      ASSERT_TRUE(ok((*rig)->idle()));
      commands.destroy(*fence);
    }
    EXPECT_TRUE(all_texels((*target)->bytes(), 77));
  });
}

// record_acquire and record_release out of order are refused.
void order_of_records(Pair& pair) {
  record_case(pair, pair.record("own commands", "r32_uint", "order_of_records", {}), [&] {
    auto texture = pair.exporter().manager().create_shareable_texture(descriptor());
    ASSERT_TRUE(ok(texture));
    auto commands = Commands::create(pair.exporter().device().adopt_info());
    ASSERT_TRUE(ok(commands));
    auto buffer = (*commands)->begin();
    ASSERT_TRUE(ok(buffer));
    auto access = texture->begin_write();
    ASSERT_TRUE(ok(access));
    EXPECT_TRUE(fails(vulkan::record_release(*access, *buffer, {}), Errc::invalid_state));
    EXPECT_TRUE(ok(vulkan::record_acquire(*access, *buffer, {})));
    EXPECT_TRUE(ok(vulkan::record_release(*access, *buffer, {})));
    ASSERT_TRUE(ok((*commands)->end(*buffer)));
    VkSubmitInfo submit{};
    submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &*buffer;
    ASSERT_TRUE(ok((*commands)->submit(submit)));
    ASSERT_TRUE(ok((*commands)->wait_idle()));
    EXPECT_TRUE(ok(std::move(*access).end()));
  });
}

// Host memory that the device reads directly, in and out of a texture that another device then sees.
void host_memory(Pair& pair) {
  CaseRecord record = pair.record("own commands", "rgba8_unorm", "host_memory", {});
  TextureShareManager& manager = pair.exporter().manager();
  const std::uint64_t alignment = vulkan::host_memory_alignment(manager);
  if (alignment == 0) {
    record.outcome = Outcome::skipped;
    record.why = "the device lacks VK_EXT_external_memory_host";
    ledger().add(std::move(record));
    std::vector<std::byte> any(4096);
    EXPECT_TRUE(fails(vulkan::import_host_memory(manager, any), Errc::unsupported_feature, "external_memory_host"));
    return;
  }
  record_case(pair, std::move(record), [&] {
    TextureDescriptor texture_descriptor = descriptor();
    texture_descriptor.format = TextureFormat::rgba8_unorm;
    auto link = Link::create(pair.exporter(), pair.importer());
    ASSERT_TRUE(ok(link));
    auto exchange = Exchange::create(*link, texture_descriptor);
    ASSERT_TRUE(ok(exchange));
    const std::uint64_t size = (image_bytes * 2 + alignment - 1) / alignment * alignment;
    std::vector<std::byte> storage(size + alignment);
    void* start = storage.data();
    std::size_t room = storage.size();
    ASSERT_NE(std::align(alignment, size, start, room), nullptr);
    const std::span<std::byte> memory(static_cast<std::byte*>(start), size);
    EXPECT_TRUE(fails(vulkan::import_host_memory(manager, memory.subspan(1)), Errc::invalid_argument));
    auto buffer = vulkan::import_host_memory(manager, memory);
    ASSERT_TRUE(ok(buffer));
    EXPECT_GE(buffer->size(), size);
    Random random(seed_for("host_memory"));
    const auto content = random_content(random, *format_info(TextureFormat::rgba8_unorm), 0, image_bytes);
    std::memcpy(memory.data(), content.data(), content.size());
    const AccessInfo write = exchange->next_access(Who::exporter, true);
    ASSERT_TRUE(ok(vulkan::copy_to_texture(manager, *buffer, 0, exchange->texture(Who::exporter), {}, write)));
    exchange->ended(Who::exporter, write, exchange->texture(Who::exporter).state());
    std::vector<std::byte> found(image_bytes);
    poison(found);
    ASSERT_TRUE(ok(exchange->read(Who::importer, {}, found)));
    EXPECT_TRUE(same_content(*format_info(TextureFormat::rgba8_unorm), 0, content, found));
    poison(memory.subspan(image_bytes, image_bytes));
    const AccessInfo read = exchange->next_access(Who::exporter, false);
    ASSERT_TRUE(ok(vulkan::copy_from_texture(manager, exchange->texture(Who::exporter), {}, *buffer, image_bytes, read)));
    EXPECT_TRUE(same_content(*format_info(TextureFormat::rgba8_unorm), 0, content, memory.subspan(image_bytes, image_bytes)));
    EXPECT_TRUE(
        fails(vulkan::copy_from_texture(manager, exchange->texture(Who::exporter), {}, *buffer, size - 4, read), Errc::invalid_argument));
  });
}

}  // namespace

void add_gpu_tests(const std::shared_ptr<Pair>& pair) {
  add_test(pair, "own_commands_pipeline", &pipeline);
  add_test(pair, "own_commands_wait_before_signal", &wait_before_signal);
  add_test(pair, "own_commands_library_submit", &library_submit);
  add_test(pair, "own_commands_order_of_records", &order_of_records);
  add_test(pair, "own_commands_host_memory", &host_memory);
}

}  // namespace geyser::test
