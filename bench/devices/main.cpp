// geyser_device_bench: what a frame from one device to another costs, each way of src/crossing beside its floor; see usage().
//
// Cases, for 4K and 8K frames of RGBA8:
//   device_crossing/one/SIZE/WAY      a frame at a time: from carry() until the frame's point is reached, beside the floor's one frame
//   device_crossing/stream/SIZE/WAY   frames back to back, a ring of three on both sides: time of one of many
//   device_crossing/{one,stream}/SIZE/raw_{peer_pushed,peer_array,bounce}   floors beside the raw peer copy: what arrays cost, and the link
// The floor of peer_copy is plain CUDA's peer copy; of the others the bounce through pinned host memory; without CUDA on both devices two
// copies by the CPU. Content is random, and read by a third device handle on the target before the figures are taken.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "bench/devices/raw_cuda.hpp"
#include "bench/stream/record.hpp"
#include "core/backend.hpp"
#include "crossing/carrier.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::bench {
namespace {

using Clock = std::chrono::steady_clock;
using detail::Carrier;
using detail::Private;

constexpr std::uint32_t ring = 3;
constexpr std::chrono::seconds patience{15};

struct Options {
  std::string from;
  std::string to;
  double seconds = 60;
  bool quick = false;
  std::string out;
  std::string only;
};

const char* usage() {
  return "geyser_device_bench [--from NAME|INDEX] [--to NAME|INDEX] [--seconds 60] [--quick] [--out FILE.json] [--only PART]\n"
         "  --from, --to  part of a Vulkan device's name, or its index in `geyser devices`; default: the first, and the next other one\n"
         "  --seconds     about how long the measuring takes, all cases together; the process ends itself after three times that and a "
         "minute\n"
         "  --quick       small frames, a few of them: do the ways work?\n"
         "  --only        ways and sizes whose case name contains PART\n";
}

Options parse(int argc, char** argv) {
  Options made;
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i];
    if (flag == "--quick") {
      made.quick = true;
      made.seconds = 2;
      continue;
    }
    std::string value;
    if (const auto equals = flag.find('='); equals != flag.npos) {
      value = flag.substr(equals + 1);
      flag.resize(equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    } else {
      throw std::runtime_error(flag + " needs a value\n" + usage());
    }
    if (flag == "--from") {
      made.from = value;
    } else if (flag == "--to") {
      made.to = value;
    } else if (flag == "--seconds") {
      made.seconds = std::strtod(value.c_str(), nullptr);
      if (!(made.seconds > 0 && made.seconds <= 3600)) throw std::runtime_error("--seconds needs a number above 0, at most 3600");
    } else if (flag == "--out") {
      made.out = value;
    } else if (flag == "--only") {
      made.only = value;
    } else {
      throw std::runtime_error("unknown option " + flag + "\n" + usage());
    }
  }
  return made;
}

template <class T>
[[nodiscard]] T take(Result<T>&& result) {
  if (!result) throw std::runtime_error(result.error().describe());
  return std::move(*result);
}
void take(Result<void>&& result) {
  if (!result) throw std::runtime_error(result.error().describe());
}

[[nodiscard]] double ns_since(Clock::time_point start) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count());
}
[[nodiscard]] double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const auto half = values.size() / 2;
  return values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
}

struct Size {
  const char* name;
  std::uint32_t width;
  std::uint32_t height;
  [[nodiscard]] std::size_t bytes() const { return std::size_t{4} * width * height; }
};

TextureDescriptor descriptor_of(const Size& size) {
  TextureDescriptor made;
  made.extent = {size.width, size.height, 1};
  made.format = TextureFormat::rgba8_unorm;
  made.usage = TextureUsage::copy_src | TextureUsage::copy_dst | TextureUsage::texture_binding | TextureUsage::render_attachment;
  return made;
}

/// Another reference to a manager that is only shown as const.
TextureShareManager same(const TextureShareManager& manager) { return Private::make(Private::shared(manager)); }

/// Looks until the value is there: NVIDIA's vkWaitSemaphores sees what CUDA signalled some 10 ms late, and a reader's queue does not wait
/// so long.
void reach(const SharedSemaphore& semaphore, std::uint64_t value) {
  const auto deadline = Clock::now() + patience;
  while (take(semaphore.value()) < value) {
    if (Clock::now() > deadline) throw std::runtime_error("a point is not reached");
    std::this_thread::yield();
  }
}

/// A carrier with a ring of textures on both sides: the publisher's on the source, and what a reader on the target would be given.
class Way {
 public:
  Way(std::unique_ptr<Carrier> carrier, TextureShareManager& publisher, const Size& size)
      : carrier_(std::move(carrier)), source_(same(carrier_->source())), target_(same(carrier_->target())) {
    std::mt19937_64 random(size.width);
    for (std::uint32_t i = 0; i < ring; ++i) {
      std::vector<std::byte> bytes(size.bytes());
      for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
        const std::uint64_t word = random();
        std::copy_n(reinterpret_cast<const std::byte*>(&word), 8, bytes.begin() + static_cast<std::ptrdiff_t>(at));
      }
      originals_.push_back(take(publisher.create_shareable_texture(descriptor_of(size))));
      take(publisher.upload(originals_.back(), {}, bytes));
      from_.push_back(take(source_.import_texture(take(publisher.export_texture(originals_.back())))));
      to_.push_back(take(target_.create_shareable_texture(descriptor_of(size))));
      contents_.push_back(std::move(bytes));
    }
    const auto kind = [](const TextureShareManager& maker, const TextureShareManager& user) {
      const auto type = SemaphoreHandleType::opaque_fd;
      return maker.capabilities().exports(SemaphoreKind::timeline, type) && user.capabilities().imports(SemaphoreKind::timeline, type)
                 ? SemaphoreKind::timeline
                 : SemaphoreKind::host_timeline;
    };
    auto released = take(publisher.create_shared_semaphore({.kind = kind(publisher, source_)}));
    released_ = take(source_.import_semaphore(take(publisher.export_semaphore(released))));
    originals_released_ = std::move(released);
    written_ = take(target_.create_shared_semaphore({.kind = kind(target_, target_)}));
    on_device_ = written_.kind() == SemaphoreKind::timeline && released_.kind() == SemaphoreKind::timeline;
  }

  [[nodiscard]] std::string name() const { return std::string(to_string(carrier_->transport())); }
  [[nodiscard]] bool on_device() const noexcept { return on_device_; }

  void push() {
    const std::size_t slot = static_cast<std::size_t>(frame_ % ring);
    ++frame_;
    // As in a stream: a slot is filled again when it was read.
    if (frame_ > ring) reach(written_, reached_[slot]);
    auto read = take(from_[slot].begin_read({.signal = SyncPoint{released_, frame_}}));
    auto write = take(to_[slot].begin_write({.signal = SyncPoint{written_, frame_}}));
    const TextureRegion whole;
    auto done = carrier_->carry({.texture = &from_[slot], .access = &read}, {.texture = &to_[slot], .access = &write}, {&whole, 1});
    // Who was not asked for a signal is done.
    for (Access* access : {&read, &write}) {
      if (Private::signal_taken(*access)) continue;
      on_device_ = false;
      const SyncPoint point = *Private::signal(*access);
      Private::signal(*access).reset();
      if (done) done = point.semaphore.signal(point.value);
    }
    static_cast<void>(take(std::move(read).end()));
    static_cast<void>(take(std::move(write).end()));
    take(std::move(done));
    reached_[slot] = frame_;
  }
  void finish() {
    reach(written_, frame_);
    reach(released_, frame_);
  }
  /// Reads every texture of the ring as another device handle of the target's sees it.
  void check(TextureShareManager& reader) {
    for (std::uint32_t i = 0; i < ring; ++i) push();
    finish();
    for (std::uint32_t i = 0; i < ring; ++i) {
      auto seen = take(reader.import_texture(take(target_.export_texture(to_[i]))));
      std::vector<std::byte> found(contents_[i].size());
      take(reader.read_back(seen, {}, found, {.state = TextureState{.initialized = true, .layout = TextureLayout::general, .points = {}}}));
      if (found != contents_[i]) throw std::runtime_error(name() + ": frame " + std::to_string(i) + " did not arrive as it was");
    }
  }

 private:
  std::unique_ptr<Carrier> carrier_;
  TextureShareManager source_;
  TextureShareManager target_;
  std::vector<SharedTexture> originals_;
  SharedSemaphore originals_released_;
  std::vector<SharedTexture> from_;
  std::vector<SharedTexture> to_;
  std::vector<std::vector<std::byte>> contents_;
  SharedSemaphore released_;
  SharedSemaphore written_;
  bool on_device_ = false;  ///< the devices signal, and do so by semaphores of their own
  std::uint64_t frame_ = 0;
  std::array<std::uint64_t, ring> reached_{};
};

/// Something that moves frames, and how long one took.
struct Subject {
  std::string name;
  std::function<void()> push;
  std::function<void()> finish;
  std::vector<double> one;
  std::vector<double> stream;
};

void measure(std::vector<Subject>& subjects, int frames, Clock::time_point deadline) {
  for (int round = 0; round < 3 || (round < 400 && Clock::now() < deadline); ++round) {
    for (Subject& each : subjects) {
      auto start = Clock::now();
      each.push();
      each.finish();
      each.one.push_back(ns_since(start));
      start = Clock::now();
      for (int i = 0; i < frames; ++i) each.push();
      each.finish();
      each.stream.push_back(ns_since(start) / frames);
    }
  }
}

vulkan::DeviceSummary find(const std::vector<vulkan::DeviceSummary>& all, const std::string& wanted, const DeviceIdentity* other) {
  const bool number = !wanted.empty() && wanted.find_first_not_of("0123456789") == wanted.npos;
  for (const auto& each : all) {
    if (number ? std::to_string(each.index) != wanted : each.identity.name.find(wanted) == std::string::npos) continue;
    if (other != nullptr && check_same_device(*other, each.identity)) continue;
    return each;
  }
  throw NoFloor(wanted.empty() ? "there is no second device" : "there is no such device (other than the first): " + wanted);
}

void describe(Record& record, const vulkan::DeviceSummary& source, const DeviceIdentity& to) {
  const DeviceIdentity& from = source.identity;
  record.describe("program", "geyser_device_bench");
  record.describe("device", from.name);
  record.describe("driver", from.driver);
  record.describe("to_device", to.name);
  record.describe("to_driver", to.driver);
  record.describe("from_uuid", to_string(from.device_uuid));
  record.describe("to_uuid", to_string(to.device_uuid));
  const std::uint32_t version = source.api_version;
  record.describe("vulkan", std::to_string(VK_API_VERSION_MAJOR(version)) + '.' + std::to_string(VK_API_VERSION_MINOR(version)) + '.' +
                                std::to_string(VK_API_VERSION_PATCH(version)));
  record.describe_run();
}

struct Devices {
  DeviceIdentity from;
  DeviceIdentity to;
  TextureShareManager publisher;
  TextureShareManager reader;
};

void cases(const Options& options, Record& record, Devices& devices, const Size& size, double seconds) {
  const auto case_name = [&](const char* how, const std::string& way) {
    return std::string("device_crossing/") + how + '/' + size.name + '/' + way;
  };
  const auto wanted = [&](const std::string& way) {
    return options.only.empty() || case_name("one", way).find(options.only) != std::string::npos ||
           case_name("stream", way).find(options.only) != std::string::npos;
  };
  std::vector<Subject> subjects;
  std::vector<std::unique_ptr<RawWay>> floors;  // as long as they are measured
  const auto add_floor = [&](const char* name, const std::function<std::unique_ptr<RawWay>()>& open) {
    try {
      floors.push_back(open());
      RawWay* const way = floors.back().get();
      subjects.push_back({name, [way] { way->push(); }, [way] { way->finish(); }, {}, {}});
    } catch (const NoFloor& none) {
      record.add_error(case_name("one", name), std::string("skipped: ") + none.what());
    }
  };
  std::unique_ptr<RawPair> pair;
  try {
    pair = std::make_unique<RawPair>(devices.from.device_uuid, devices.to.device_uuid);
  } catch (const NoFloor& none) {
    record.add_error(case_name("one", "raw_peer"), std::string("skipped: ") + none.what());
  }
  if (pair) {
    add_floor("raw_peer", [&] { return pair->peer(size.bytes()); });
    add_floor("raw_peer_pushed", [&] { return pair->peer_pushed(size.bytes()); });
    add_floor("raw_peer_array", [&] { return pair->peer_array(size.width, size.height); });
    add_floor("raw_bounce", [&] { return pair->bounce(size.bytes()); });
  } else {
    add_floor("raw_memcpy_twice", [&] { return raw_memcpy_twice(size.bytes()); });
  }
  std::vector<std::unique_ptr<Way>> ways;
  std::vector<std::string> on_device;
  for (const auto& way : detail::carrier_ways()) {
    const std::string name(to_string(way.transport));
    if (!wanted(name)) continue;
    auto carrier = way.open(devices.from, devices.to, descriptor_of(size));
    if (!carrier) {
      record.add_error(case_name("one", name), "skipped: " + carrier.error().describe());
      continue;
    }
    try {
      ways.push_back(std::make_unique<Way>(*std::move(carrier), devices.publisher, size));
      Way* const made = ways.back().get();
      made->check(devices.reader);
      if (made->on_device()) on_device.push_back(name);
      subjects.push_back({name, [made] { made->push(); }, [made] { made->finish(); }, {}, {}});
    } catch (const std::exception& failure) {
      record.add_error(case_name("one", name), std::string("failed: ") + failure.what());
    }
  }
  if (subjects.empty()) return;
  measure(subjects, options.quick ? 5 : 30,
          Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)));
  const auto floor_of = [&](const std::string& way) -> const Subject* {
    const auto named = [&](const char* name) -> const Subject* {
      const auto at = std::ranges::find(subjects, name, &Subject::name);
      return at == subjects.end() || way == name ? nullptr : &*at;
    };
    if (const auto* none = named("raw_memcpy_twice")) return none;
    if (way == "peer_copy" || way == "raw_peer_pushed" || way == "raw_peer_array") return named("raw_peer");
    if (way == "raw_bounce") return named("raw_peer");
    return way.starts_with("raw_") ? nullptr : named("raw_bounce");
  };
  for (const Subject& each : subjects) {
    for (const bool one : {true, false}) {
      const double time = median(one ? each.one : each.stream);
      Figures figures{{"library_ns", time},
                      {"gigabytes_per_second", static_cast<double>(size.bytes()) / time},
                      {"samples", static_cast<double>(each.one.size())}};
      if (const Subject* floor = floor_of(each.name)) {
        figures["floor_ns"] = median(one ? floor->one : floor->stream);
        figures["ratio"] = time / figures["floor_ns"];
      }
      if (!each.name.starts_with("raw_")) figures["device_semaphores"] = std::ranges::count(on_device, each.name) != 0 ? 1 : 0;
      record.add(case_name(one ? "one" : "stream", each.name), figures);
    }
  }
}

int run(const Options& options) {
  Record record(options.out);
  const auto all = take(vulkan::enumerate_devices());
  std::optional<Devices> devices;
  try {
    const auto from = find(all, options.from, nullptr);
    const auto to = find(all, options.to, &from.identity);
    std::printf("from %s (%s)\nto   %s (%s)\n", from.identity.name.c_str(), to_string(from.identity.device_uuid).c_str(),
                to.identity.name.c_str(), to_string(to.identity.device_uuid).c_str());
    describe(record, from, to.identity);
    const auto open = [](std::uint32_t index) {
      return take(take(vulkan::Device::create({.selector = {.index = index}, .application_name = "geyser_device_bench"})).create_manager());
    };
    devices.emplace(Devices{from.identity, to.identity, open(from.index), open(to.index)});
  } catch (const NoFloor& none) {
    record.add_error("device_crossing", std::string("skipped: ") + none.what());
    record.save(true);
    return 0;
  }
  const std::vector<Size> sizes =
      options.quick ? std::vector<Size>{{"small", 512, 256}} : std::vector<Size>{{"4K", 3840, 2160}, {"8K", 7680, 4320}};
  for (const Size& size : sizes) {
    try {
      cases(options, record, *devices, size, options.seconds / static_cast<double>(sizes.size()));
    } catch (const std::exception& failure) {
      record.add_error(std::string("device_crossing/one/") + size.name, std::string("failed: ") + failure.what());
      record.save(false);
      std::fflush(nullptr);
      std::_Exit(1);  // a device may hang: destroying anything of it could wait for ever
    }
    record.save(false);
  }
  record.save(true);
  return record.failed() ? 1 : 0;
}

}  // namespace
}  // namespace geyser::bench

int main(int argc, char** argv) {
  try {
    const auto options = geyser::bench::parse(argc, argv);
    ::alarm(static_cast<unsigned>(options.seconds * 3) + 60);  // whatever a driver does: this process ends
    return geyser::bench::run(options);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "geyser_device_bench: %s\n", failure.what());
    return 1;
  }
}
