// Two processes: this program starts itself again, hands memory and semaphore over a socket, and content passes both ways.
#include "pair.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include "core/between_processes.hpp"
#include "support/handle_codec.hpp"
#include "support/log_capture.hpp"
#include "support/process.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

constexpr auto peer_timeout = 60s;  // a sanitizer build that opens a Vulkan device under load

TextureDescriptor shared_texture(Kind kind) {
  TextureDescriptor descriptor = descriptor_of(TextureFormat::rgba8_unorm, kind);
  descriptor.label = "between processes";
  return descriptor;
}

std::vector<std::byte> content_of(const FormatInfo& format, const TextureRegion& region, const RegionLayout& layout, std::uint64_t seed) {
  Random random(seed * 1000 + region.mip_level * 31 + region.array_layer);
  return random_content(random, format, region.plane, layout.total_bytes);
}

// What travels with each turn: whose content it is and the point that makes it readable.
struct Turn {
  std::uint64_t seed = 0;
  std::uint64_t value = 0;
  bool initialized = false;
  TextureLayout layout = TextureLayout::undefined;
};

// One process's end: its texture and its semaphore.
struct End {
  TextureShareManager* manager = nullptr;
  SharedTexture* texture = nullptr;
  SharedSemaphore semaphore;

  [[nodiscard]] AccessInfo after(const Turn& turn) const {
    AccessInfo info;
    TextureState state;
    state.initialized = turn.initialized;
    state.layout = turn.layout;
    if (turn.value != 0) state.points.push_back({semaphore, turn.value});
    info.state = state;
    return info;
  }

  // Writes every subresource; the last write signals `value`. `before`: what must be waited for first.
  [[nodiscard]] Result<Turn> write(const Turn& before, std::uint64_t seed, std::uint64_t value) const {
    const auto& descriptor = texture->descriptor();
    const auto regions = all_subresources(descriptor);
    for (std::size_t i = 0; i < regions.size(); ++i) {
      auto layout = region_layout(descriptor, regions[i]);
      if (!layout) return std::move(layout).error();
      AccessInfo info;
      if (i == 0) info = after(before);
      if (i + 1 == regions.size()) info.signal = SyncPoint{semaphore, value};
      const auto bytes = content_of(*format_info(descriptor.format), regions[i], *layout, seed);
      if (auto r = manager->upload(*texture, regions[i], bytes, info); !r) return std::move(r).error();
    }
    return Turn{.seed = seed, .value = value, .initialized = true, .layout = texture->state().layout};
  }

  // Reads every subresource and compares; empty text when all is equal.
  [[nodiscard]] Result<std::string> compare(const Turn& turn) const {
    const auto& descriptor = texture->descriptor();
    const FormatInfo& format = *format_info(descriptor.format);
    bool first = true;
    for (const auto& region : all_subresources(descriptor)) {
      auto layout = region_layout(descriptor, region);
      if (!layout) return std::move(layout).error();
      std::vector<std::byte> found(layout->total_bytes);
      poison(found);
      if (auto r = manager->read_back(*texture, region, found, first ? after(turn) : AccessInfo{}); !r) return std::move(r).error();
      first = false;
      if (auto same = same_content(format, region.plane, content_of(format, region, *layout, turn.seed), found); !same) {
        return "level " + std::to_string(region.mip_level) + ", layer " + std::to_string(region.array_layer) + ": " + same.message();
      }
    }
    return std::string();
  }
};

Result<void> reply(const Channel& channel, const std::string& words, const Turn& turn) {
  Writer writer;
  writer.put_text(words);
  writer.put(turn);
  return channel.send(writer.bytes());
}

struct Reply {
  std::string words;
  Turn turn;
};
Result<Reply> receive_reply(const Channel& channel) {
  auto message = channel.receive(peer_timeout);
  if (!message) return std::move(message).error();
  Reader reader(message->bytes);
  Reply made;
  made.words = reader.take_text();
  made.turn = reader.take<Turn>();
  if (!reader.good()) return Error(Errc::protocol_error, "the child's reply is cut off");
  return made;
}

Result<void> child_main(Participant& self, const Channel& channel) {
  auto message = channel.receive(peer_timeout);
  if (!message) return std::move(message).error();
  if (message->handles.size() != 2) return Error(Errc::protocol_error, "the offer must carry two descriptors");
  Reader reader(message->bytes);
  TextureHandle handle;
  handle.info = decode_info(reader);
  SemaphoreHandle semaphore_handle;
  semaphore_handle.kind = reader.take<SemaphoreKind>();
  semaphore_handle.type = reader.take<SemaphoreHandleType>();
  semaphore_handle.exporter = decode_identity(reader);
  const Turn written = reader.take<Turn>();
  if (!reader.good()) return Error(Errc::protocol_error, "the offer is cut off");
  handle.handles[0] = std::move(message->handles[0]);
  semaphore_handle.handle = std::move(message->handles[1]);

  auto texture = self.manager().import_texture(std::move(handle));
  if (!texture) return std::move(texture).error();
  auto semaphore = self.manager().import_semaphore(std::move(semaphore_handle));
  if (!semaphore) return std::move(semaphore).error();
  const End end{&self.manager(), &*texture, *semaphore};

  // The point may lie in the future: then the wait is this process's GPU's.
  auto words = end.compare(written);
  if (!words) return std::move(words).error();
  if (!words->empty()) return Error(Errc::internal, "the child reads other content: " + *words);
  const std::uint64_t value = semaphore->kind() == SemaphoreKind::binary ? 1 : written.value + 1;
  Turn idle = written;
  idle.value = 0;  // waited for
  auto turn = end.write(idle, 22, value);
  if (!turn) return std::move(turn).error();
  if (auto r = reply(channel, {}, *turn); !r) return r;
  // The parent says when it is done with the memory.
  auto bye = channel.receive(peer_timeout);
  if (!bye) return std::move(bye).error();
  return {};
}

// The richer of two shapes that both sides have, in memory of that type.
TextureDescriptor shared_by(Pair& pair, MemoryHandleType type) {
  const auto can = [&](const std::vector<FormatSupport>& all, bool FormatSupport::* what) {
    return std::any_of(all.begin(), all.end(), [&](const FormatSupport& s) { return s.type == type && s.*what; });
  };
  const TextureDescriptor rich = shared_texture(Kind::d2_array_mips);
  auto exporter = pair.exporter().manager().format_support(rich);
  auto importer = pair.importer().manager().format_support(rich);
  const bool both = exporter && importer && can(*exporter, &FormatSupport::can_export) && can(*importer, &FormatSupport::can_import);
  return both && !plain_only() ? rich : shared_texture(Kind::d2);
}

void two_processes(Pair& pair) {
  const Capabilities from = detail::between_processes(pair.exporter().manager().capabilities());
  const Capabilities to = detail::between_processes(pair.importer().manager().capabilities());
  auto chosen = negotiate(from, to);
  ASSERT_TRUE(ok(chosen));
  const TextureDescriptor wanted = shared_by(pair, chosen->memory);
  const char* kind = wanted.array_layers > 1 ? "d2_array_mips" : "d2";
  record_case(pair, pair.record("processes", "rgba8_unorm", kind, {}), [&] {
    TextureShareManager& manager = pair.exporter().manager();  // the importer is in the other process
    auto texture = manager.create_shareable_texture(wanted, {.handle_type = chosen->memory});
    ASSERT_TRUE(ok(texture));
    auto semaphore = manager.create_shared_semaphore({.kind = chosen->semaphore, .initial_value = 0, .label = "processes"});
    ASSERT_TRUE(ok(semaphore));
    auto child = Child::start({"--child", pair.importer_entry().key});
    ASSERT_TRUE(ok(child));

    const bool binary = chosen->semaphore == SemaphoreKind::binary;
    const End end{&manager, &*texture, *semaphore};
    auto first = end.write({}, 10, 1);
    ASSERT_TRUE(ok(first));
    Turn promised = *first;
    if (!binary) {
      promised.seed = 11;
      promised.value = 2;
    }
    auto handle = manager.export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    auto semaphore_handle = manager.export_semaphore(*semaphore, chosen->semaphore_handle);
    ASSERT_TRUE(ok(semaphore_handle));
    Writer writer;
    encode(writer, handle->info);
    writer.put(semaphore_handle->kind);
    writer.put(semaphore_handle->type);
    encode(writer, semaphore_handle->exporter);
    writer.put(promised);
    const OsHandle::Value descriptors[] = {handle->handles[0].borrow(), semaphore_handle->handle.borrow()};
    ASSERT_TRUE(ok(child->channel().send(writer.bytes(), descriptors)));
    if (!binary) {
      // The child has what it needs and reads already; its wait must hold it back until this.
      std::this_thread::sleep_for(100ms);
      auto second = end.write(*first, 11, 2);
      ASSERT_TRUE(ok(second));
      EXPECT_EQ(second->layout, promised.layout);
    }
    pair.exporter().enter();
    auto answer = receive_reply(child->channel());
    ASSERT_TRUE(ok(answer));
    ASSERT_EQ(answer->words, "");
    auto words = end.compare(answer->turn);
    ASSERT_TRUE(ok(words));
    EXPECT_EQ(*words, "");
    ASSERT_TRUE(ok(reply(child->channel(), {}, {})));
    auto status = child->wait(peer_timeout);
    ASSERT_TRUE(ok(status));
    EXPECT_EQ(*status, 0);
  });
}

}  // namespace

int run_child(const std::string& device_key) {
  const Channel channel{Child::inherited_channel()};
  const auto fail = [&](const std::string& words) {
    std::cerr << "child: " << words << "\n";
    static_cast<void>(reply(channel, words, {}));
    return 1;
  };
  const DeviceEntry* entry = find_device(device_key);
  if (entry == nullptr) return fail("the child finds no device " + device_key);
  auto self = Participant::open(*entry);
  if (!self) return fail(self.error().describe());
  const std::size_t mark = log_mark();
  if (auto done = child_main(**self, channel); !done) return fail(done.error().describe());
  for (const auto& line : lines_since(mark, LogLevel::error)) return fail("logged: " + line.text);
  if ((*self)->validation_messages() != 0) return fail("validation messages in the child");
  return 0;
}

void add_process_tests(const std::shared_ptr<Pair>& pair) { add_test(pair, "two_processes", &two_processes); }

}  // namespace geyser::test
