#include "catalogue.hpp"

#include <thread>

#include "frames.hpp"
#include "support/devices.hpp"
#include "support/kinds.hpp"

namespace geyser::test {
namespace {

int complain(const Slate& slate, const Error& error) {
  slate.say(error.describe());
  return 1;
}

int publish_catalogue(const Settings& settings, const Slate& slate) {
  const DeviceEntry* entry = find_device(settings.text("device", "host"));
  if (entry == nullptr) return 77;
  auto self = Participant::open(*entry);
  if (!self) return complain(slate, self.error());
  PublisherOptions options;
  options.name = settings.text("name");
  options.texture = catalogue().front();
  options.pacing = static_cast<Pacing>(settings.number("pacing", 1));
  options.directory = settings.text("dir");
  options.allow_host_bridge = settings.number("bridge", 1) != 0;
  const auto entries = static_cast<std::uint32_t>(catalogue().size());
  for (std::uint32_t life = 0; life < 2; ++life) {
    auto made = Publisher::create((*self)->manager(), options);
    if (!made) return complain(slate, made.error());
    PublishLoop loop(*made);
    loop.begin_timeout = 100ms;  // in order, the reader may be busy with something else
    for (std::uint32_t i = 0; i < (life == 0 ? entries : 1); ++i) {
      const std::uint32_t number = life == 0 ? i + 1 : entries + 1;
      if (i != 0) {
        // Readers may hold textures of the size before for a moment.
        Result<void> changed;
        for (int tries = 0; tries < 50; ++tries) {
          changed = made->reconfigure(catalogue()[i]);
          if (changed || changed.error().code() != Errc::limit_exceeded) break;
          std::this_thread::sleep_for(10ms);
        }
        if (!changed) {
          slate->skipped.fetch_or(std::uint64_t{1} << i);
          slate.say(changed.error().describe());
          continue;
        }
      }
      slate->step.store(number);
      while (slate->allowed.load() <= number && slate->stop.load() == 0) {
        if (auto published = loop.once(); !published && published.error().code() != Errc::timed_out) {
          return complain(slate, published.error());
        }
        std::this_thread::sleep_for(2ms);
      }
    }
  }
  if ((*self)->validation_messages() != 0) {
    slate.say("validation messages in the publisher");
    return 1;
  }
  return 0;
}

}  // namespace

const std::vector<TextureDescriptor>& catalogue() {
  static const std::vector<TextureDescriptor> all = [] {
    std::vector<TextureDescriptor> made{small_texture()};
    made.push_back(descriptor_of(TextureFormat::nv12, Kind::d2));
    made.push_back(descriptor_of(TextureFormat::rgba16_float, Kind::d2));
    made.push_back(descriptor_of(TextureFormat::bc1_rgba_unorm, Kind::d2_mips));
    made.push_back(descriptor_of(TextureFormat::depth32_float, Kind::d2));
    made.push_back(descriptor_of(TextureFormat::rgba8_unorm, Kind::d2_array));
    made.push_back(descriptor_of(TextureFormat::rgba8_unorm, Kind::d2_mips));
    return made;
  }();
  return all;
}

Role find_catalogue_role(std::string_view name) { return name == "catalogue" ? &publish_catalogue : nullptr; }

}  // namespace geyser::test
