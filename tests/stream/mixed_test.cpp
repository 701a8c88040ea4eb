// Streams with another API on every end, each reader in a process of its own: every pixel of every frame is looked at.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <thread>

#include "geyser/publisher.hpp"
#include "geyser/subscriber.hpp"
#include "support/check.hpp"
#include "support/emulation.hpp"
#include "support/handle_codec.hpp"
#include "support/log_capture.hpp"
#include "support/painter.hpp"
#include "support/process.hpp"
#include "support/watchdog.hpp"
#include "tests/ipc/temporary_folder.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t width = 48;
constexpr std::uint32_t height = 40;
constexpr std::uint32_t frames = 60;
constexpr auto peer_time = 60s;  // a sanitizer build that opens devices under load
constexpr std::string_view stream_name = "mixed";

TextureDescriptor stream_texture() {
  TextureDescriptor descriptor;
  descriptor.extent = {width, height, 1};
  descriptor.format = TextureFormat::r32_uint;
  descriptor.usage = descriptor.usage | TextureUsage::render_attachment;
  return descriptor;
}

/// Odd frames come from the host, every texel another; even ones from the device, in one colour.
std::uint32_t texel(std::uint64_t number, std::size_t at) {
  const auto base = static_cast<std::uint32_t>(number * 2654435761U);
  return number % 2 == 0 ? base : base + static_cast<std::uint32_t>(at * 40503U);
}

std::string compare(std::uint64_t number, const std::vector<std::uint32_t>& found) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] == texel(number, i)) continue;
    return "frame " + std::to_string(number) + ": texel " + std::to_string(i) + " is " + std::to_string(found[i]) + ", not " +
           std::to_string(texel(number, i));
  }
  return {};
}

// The reader's process.

struct Report {
  std::string problem;  // empty: every frame was right
  Transport transport = Transport::none;
  std::uint64_t seen = 0;
  std::uint64_t by_device = 0;  // frames that the device's own queue read
};

Report read_stream(Participant& self, const std::string& folder) {
  Report report;
  SubscriberOptions options;
  options.directory = folder;
  options.connect_timeout = peer_time;
  options.application = self.entry().key;
  auto subscriber = Subscriber::connect(self.manager(), stream_name, options);
  if (!subscriber) return {.problem = subscriber.error().describe()};
  report.transport = subscriber->transport();
  // Frames without that usage come from the host, so the host reads them.
  const bool drawn = has(subscriber->stream().texture.usage, TextureUsage::render_attachment);
  auto painter = drawn ? create_painter(self, width, height, 1)
                       : Result<std::unique_ptr<Painter>>(Error(Errc::unsupported_feature, "Linear frames are read back."));
  const bool in_order = subscriber->stream().pacing != Pacing::latest;
  for (std::uint64_t last = 0; last < frames;) {
    auto frame = subscriber->acquire(peer_time);
    if (!frame) return {.problem = frame.error().describe()};
    const std::uint64_t number = frame->info().number;
    if (number <= last || (in_order && last != 0 && number != last + 1)) {
      return {.problem = "frame " + std::to_string(number) + " comes after frame " + std::to_string(last)};
    }
    last = number;
    const Transport frame_transport = frame->transport();
    std::vector<std::uint32_t> found(std::size_t{width} * height, 0xEEEEEEEEU);
    // In turn by the device's own queue, whose signal frees the frame, and by the library's copy to the host.
    if (painter && report.seen % 2 == 0) {
      if (auto ok = (*painter)->work(frame->texture(), frame->access(), 0, std::nullopt); !ok) return {.problem = ok.error().describe()};
      if (auto ok = frame->release(); !ok) return {.problem = ok.error().describe()};
      auto fetched = (*painter)->fetched(0);
      if (!fetched) return {.problem = fetched.error().describe()};
      found = *std::move(fetched);
      ++report.by_device;
    } else if (auto ok = frame->read_back({}, std::as_writable_bytes(std::span(found))); !ok) {
      return {.problem = ok.error().describe()};
    }
    if (auto wrong = compare(number, found); !wrong.empty()) return {.problem = wrong};
    ++report.seen;
    report.transport = frame_transport;  // a bridge to this device may come after the first frames
  }
  return report;
}

// The publisher's side, in the process of the test.

/// Copied to the reader's device by the publisher.
bool is_bridged(Transport transport) {
  return transport == Transport::peer_copy || transport == Transport::pinned_copy || transport == Transport::host_copy;
}

class Reading {
 public:
  Reading(const DeviceEntry& entry, const std::string& folder) : entry_(entry) {
    auto started = Child::start({"--reader", entry.key, folder});
    EXPECT_TRUE(ok(started));
    if (started) child_.emplace(*std::move(started));
  }
  /// True once the reader has reported. Never waits.
  bool look() {
    if (report_ || !child_) return true;
    auto message = child_->channel().receive(0ms);
    if (!message && message.error().code() == Errc::timed_out) return false;
    report_.emplace();
    if (!message) {
      report_->problem = "the reader ended without a word: " + message.error().describe();
      return true;
    }
    test::Reader reader(message->bytes);
    report_->problem = reader.take_text();
    report_->transport = reader.take<Transport>();
    report_->seen = reader.take<std::uint64_t>();
    report_->by_device = reader.take<std::uint64_t>();
    return true;
  }
  void expect_good(const Capabilities& publisher, Pacing pacing, bool linear) {
    SCOPED_TRACE("the reader on " + entry_.key);
    ASSERT_TRUE(report_.has_value());
    EXPECT_EQ(report_->problem, "");
    const auto own = capabilities_of(entry_);
    ASSERT_TRUE(ok(own));
    // Streams use no binary semaphores, so what negotiate() says with them taken out is what the reader must get.
    const auto without_binary = [](Capabilities all) {
      std::erase_if(all.semaphores, [](const auto& s) { return s.kind == SemaphoreKind::binary; });
      return all;
    };
    const bool zero_copy = negotiate(without_binary(publisher), without_binary(*own)).has_value();
    // Whether a device takes linear textures is known when it is given one; the bridge serves it otherwise.
    const bool apart = !publisher.identity.device_uuid.is_nil() && !own->identity.device_uuid.is_nil() &&
                       !check_same_device(publisher.identity, own->identity);
    if (apart && !zero_copy) {
      EXPECT_TRUE(is_bridged(report_->transport) || (pacing == Pacing::latest && report_->transport == Transport::host_bridge))
          << to_string(report_->transport);
    } else if (!linear || !zero_copy) {
      EXPECT_EQ(report_->transport, zero_copy ? Transport::zero_copy : Transport::host_bridge);
    }
    EXPECT_GT(report_->seen, 0U);
    if (entry_.api != Api::host && !entry_.es && !linear) {
      EXPECT_GT(report_->by_device, 0U) << "its queue has read no frame";
    }
    const auto status = child_->wait(peer_time);
    ASSERT_TRUE(ok(status));
    EXPECT_EQ(*status, 0);
  }

 private:
  DeviceEntry entry_;
  std::optional<Child> child_;
  std::optional<Report> report_;
};

Result<void> publish_one(Publisher& publisher, Painter* painter) {
  auto frame = publisher.begin_frame(peer_time);
  if (!frame) return std::move(frame).error();
  const std::uint64_t number = frame->number();
  if (painter != nullptr && number % 2 == 0) {
    if (auto ok = painter->work(frame->texture(), frame->access(), std::nullopt, texel(number, 0)); !ok) return ok;
  } else {
    std::vector<std::uint32_t> texels(std::size_t{width} * height);
    for (std::size_t i = 0; i < texels.size(); ++i) texels[i] = texel(number, i);
    if (auto ok = frame->upload({}, std::as_bytes(std::span(texels))); !ok) return ok;
  }
  auto published = publisher.publish(*std::move(frame));
  if (!published) return std::move(published).error();
  return {};
}

void run_stream(const std::string& publisher_key, const std::vector<std::string>& reader_keys, Pacing pacing, bool linear = false) {
  SCOPED_TRACE(publisher_key + ", " + std::string(to_string(pacing)) + (linear ? ", linear" : ""));
  auto self = Participant::open(*find_device(publisher_key));
  ASSERT_TRUE(ok(self));
  const Quiet quiet({self->get()});
  const TemporaryFolder folder;
  PublisherOptions options;
  options.name = stream_name;
  options.texture = stream_texture();
  options.pacing = pacing;
  options.linear = linear;
  // Fewer devices draw into linear textures than sample them.
  if (linear) options.texture.usage = TextureUsage::texture_binding;
  options.directory = folder.path();
  auto publisher = Publisher::create((*self)->manager(), options);
  ASSERT_TRUE(ok(publisher));
  auto painter = linear ? Result<std::unique_ptr<Painter>>(Error(Errc::unsupported_feature, "Linear frames are uploaded."))
                        : create_painter(**self, width, height, frames);
  std::vector<std::unique_ptr<Reading>> readers;
  for (const auto& key : reader_keys) readers.push_back(std::make_unique<Reading>(*find_device(key), folder.path()));
  ASSERT_TRUE(ok(publisher->wait_for_subscribers(readers.size(), peer_time)));
  for (std::uint32_t i = 0; i < frames; ++i) {
    const auto done = publish_one(*publisher, painter ? painter->get() : nullptr);
    ASSERT_TRUE(ok(done)) << "frame " << i + 1;
    if (pacing == Pacing::latest) std::this_thread::sleep_for(3ms);
  }
  // What a thread-bound publisher could not carry to the host yet goes with begin_frame().
  const auto end = std::chrono::steady_clock::now() + peer_time;
  const auto all_done = [&] { return std::all_of(readers.begin(), readers.end(), [](const auto& r) { return r->look(); }); };
  while (!all_done() && std::chrono::steady_clock::now() < end) {
    const auto frame = publisher->begin_frame(0s);
    if (!frame && frame.error().code() != Errc::timed_out) {
      ADD_FAILURE() << frame.error().describe();
      break;
    }
    std::this_thread::sleep_for(2ms);
  }
  for (const auto& reader : readers) reader->expect_good((*self)->manager().capabilities(), pacing, linear);
}

/// Everything that is on one device: the Vulkan entry's key, then those of OpenGL and CUDA beside it.
std::vector<std::string> family_of(const std::string& vulkan) {
  std::vector<std::string> keys{vulkan};
  for (const auto& entry : all_devices()) {
    if (entry.partner == vulkan) keys.push_back(entry.key);
  }
  return keys;
}

std::vector<std::string> vulkan_keys() {
  std::vector<std::string> keys;
  for (const auto& entry : devices()) {
    if (entry.vulkan) keys.push_back(entry.key);
  }
  return keys;
}

class MixedStream : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    family_ = family_of(GetParam());
    if (family_.size() < 2) GTEST_SKIP() << "there is no OpenGL and no CUDA on " << GetParam() << " here";
  }
  /// All the others of the family at once, the host, and a device that shares nothing with them.
  void publish_on(const std::string& key) {
    std::vector<std::string> readers;
    for (const auto& each : family_) {
      if (each != key) readers.push_back(each);
    }
    readers.emplace_back("host");
    for (const auto& each : vulkan_keys()) {
      if (each == GetParam()) continue;
      readers.push_back(each);
      break;
    }
    for (const Pacing pacing : {Pacing::latest, Pacing::queue, Pacing::lockstep}) {
      run_stream(key, readers, pacing);
      if (HasFatalFailure()) return;
    }
  }
  [[nodiscard]] const std::vector<std::string>& family() const { return family_; }
  [[nodiscard]] std::optional<std::string> of(Api api) const {
    for (const auto& key : family_) {
      const auto* entry = find_device(key);
      if (entry->api == api && !entry->es) return key;
    }
    return std::nullopt;
  }

 private:
  std::vector<std::string> family_;
};

TEST_P(MixedStream, VulkanPublishesToEveryApiAtOnce) { publish_on(GetParam()); }

// Rows one after the other: what CUDA reads as plain memory.
TEST_P(MixedStream, VulkanPublishesLinearTexturesToEveryApiAtOnce) {
  auto readers = family();
  readers.emplace_back("host");
  run_stream(GetParam(), readers, Pacing::queue, true);
}

TEST_P(MixedStream, OpenGlPublishesToEveryApiAtOnce) {
  const auto key = of(Api::opengl);
  if (!key) GTEST_SKIP() << "there is no OpenGL on " << GetParam() << " here";
  publish_on(*key);
}

TEST_P(MixedStream, CudaPublishesToEveryApiAtOnce) {
  const auto key = of(Api::cuda);
  if (!key) GTEST_SKIP() << "there is no CUDA on " << GetParam() << " here";
  publish_on(*key);
}

// Readers on a device that shares nothing with the publisher's: through host memory, uploaded there by each API's own copy.
TEST_P(MixedStream, TheHostPublishesToEveryApiAtOnce) {
  const std::vector<std::string>& readers = family();
  run_stream("host", readers, Pacing::queue);
}

std::string test_name(const ::testing::TestParamInfo<std::string>& key) {
  std::string name = key.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Devices, MixedStream, ::testing::ValuesIn(vulkan_keys()), test_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(MixedStream);

int read_in_child(const std::string& key, const std::string& folder) {
  const Watched watched("the reader on " + key);
  const Channel channel{Child::inherited_channel()};
  Report report;
  if (const DeviceEntry* entry = find_device(key)) {
    auto self = Participant::open(*entry);
    if (self) {
      report = read_stream(**self, folder);
      const auto messages = (*self)->validation_messages();
      if (messages != 0 && report.problem.empty()) report.problem = std::to_string(messages) + " validation messages";
    } else {
      report.problem = self.error().describe();
    }
  } else {
    report.problem = "there is no device " + key;
  }
  for (const auto& line : lines_since(0, LogLevel::error)) {
    if (report.problem.empty()) report.problem = "logged: " + line.text;
  }
  Writer writer;
  writer.put_text(report.problem);
  writer.put(report.transport);
  writer.put(report.seen);
  writer.put(report.by_device);
  return channel.send(writer.bytes()) && report.problem.empty() ? 0 : 1;
}

}  // namespace
}  // namespace geyser::test

int main(int argc, char** argv) {
  using namespace geyser::test;
  select_drivers();
  capture_log();
  ::testing::InitGoogleTest(&argc, argv);
  start_watchdog();
  emulate_cuda();
  if (argc == 4 && std::string_view(argv[1]) == "--reader") return read_in_child(argv[2], argv[3]);
  std::cout << "Devices:";
  for (const auto& device : all_devices()) std::cout << " " << device.key;
  std::cout << "\n";
  for (const auto& why : missing_devices()) std::cout << "Not here: " << why << "\n";
  if (std::none_of(all_devices().begin(), all_devices().end(), [](const DeviceEntry& d) { return !d.partner.empty(); })) {
    std::cout << "SKIPPED: there is no OpenGL and no CUDA on a Vulkan device here.\n";
    return 77;
  }
  return RUN_ALL_TESTS();
}
