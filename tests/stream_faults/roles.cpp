// The honest children: readers and publishers as any program would write them.
#include <thread>

#include "catalogue.hpp"
#include "crowd_roles.hpp"
#include "frames.hpp"
#include "handmade_roles.hpp"
#include "liar_roles.hpp"
#include "resource_roles.hpp"

namespace geyser::test {
namespace {

int fail(const Slate& slate, const std::string& words) {
  slate.say(words);
  slate->errors.fetch_add(1);
  return 1;
}

int complain(const Slate& slate, const Error& error) { return fail(slate, error.describe()); }

Result<std::unique_ptr<Participant>> open_device(const Settings& settings) {
  const std::string key = settings.text("device", "host");
  const DeviceEntry* entry = find_device(key);
  if (entry == nullptr) return Error(Errc::not_found, "the child finds no device " + key);
  return Participant::open(*entry);
}

SubscriberOptions reader_options(const Settings& settings) {
  SubscriberOptions options;
  options.directory = settings.text("dir");
  options.connect_timeout = std::chrono::milliseconds(settings.number("connect_ms", 5000));
  options.max_held = static_cast<std::uint32_t>(settings.number("max_held", 2));
  options.spin = std::chrono::microseconds(settings.number("spin_us", 0));
  options.reconnect = settings.number("reconnect", 1) != 0;
  options.require_zero_copy = settings.number("zero_copy", 0) != 0;
  options.application = "honest reader";
  return options;
}

void note(Page& page, const Subscriber& subscriber) {
  const auto numbers = subscriber.statistics();
  page.skipped.store(numbers.skipped);
  page.attachments.store(numbers.attachments);
  page.generations.store(numbers.generations);
  page.transport.store(static_cast<std::uint64_t>(subscriber.transport()));
}

// Reads until it is told to stop or has `frames` frames. Step 1: attached. Step 2: the first frame is verified.
// check=mapped (host) looks at every word twice, check=read copies the pixels out, check=none counts.
int reader(const Settings& settings, const Slate& slate) {
  auto self = open_device(settings);
  if (!self) return complain(slate, self.error());
  auto subscriber = Subscriber::connect((*self)->manager(), settings.text("name"), reader_options(settings));
  if (!subscriber) return complain(slate, subscriber.error());
  note(*slate, *subscriber);
  slate->step.store(1);
  const std::uint64_t wanted = settings.number("frames");
  const std::string check = settings.text("check", "mapped");
  const std::chrono::microseconds hold(settings.number("hold_us"));
  std::uint64_t attachment = 1;
  std::uint64_t last = 0;
  while (slate->stop.load() == 0 && (wanted == 0 || slate->frames.load() < wanted)) {
    auto frame = subscriber->acquire(50ms);
    if (!frame) {
      const Errc code = frame.error().code();
      if (code == Errc::timed_out || code == Errc::peer_gone) continue;
      return complain(slate, frame.error());
    }
    const std::uint64_t number = frame->info().number;
    if (check != "none") {
      auto different = check == "mapped" ? compare_mapped(*frame, hold) : compare(*frame);
      if (!different) return complain(slate, different.error());
      if (!different->empty()) {
        slate->torn.fetch_add(1);
        slate.say(*different);
      }
    }
    note(*slate, *subscriber);
    if (slate->attachments.load() != attachment) last = 0;
    attachment = slate->attachments.load();
    if (last != 0 && number != last + 1) slate->gaps.fetch_add(1);
    last = number;
    slate->last.store(number);
    const auto done = slate->frames.fetch_add(1) + 1;
    if (done % 4096 == 0) {
      slate->descriptors.store(open_descriptors());
      slate->resident.store(resident_bytes());
    }
    if (auto released = frame->release(); !released) return complain(slate, released.error());
    if (slate->step.load() < 2) slate->step.store(2);
  }
  slate->descriptors.store(open_descriptors());
  slate->resident.store(resident_bytes());
  if (slate->torn.load() != 0) return 1;
  if ((*self)->validation_messages() != 0) return fail(slate, "validation messages in the reader");
  return 0;
}

// Takes one frame and keeps it. Step 1: it is held. Ends when allowed; `torn` when the frame changed meanwhile.
int holder(const Settings& settings, const Slate& slate) {
  auto self = open_device(settings);
  if (!self) return complain(slate, self.error());
  auto subscriber = Subscriber::connect((*self)->manager(), settings.text("name"), reader_options(settings));
  if (!subscriber) return complain(slate, subscriber.error());
  auto frame = subscriber->acquire(5s);
  if (!frame) return complain(slate, frame.error());
  slate->last.store(frame->info().number);
  slate.reach(1);
  auto different = compare_mapped(*frame, 0us);
  if (!different) return complain(slate, different.error());
  if (!different->empty()) return fail(slate, *different);
  return 0;
}

// Attaches and goes again, as often as it can, until told to stop. `rounds` counts.
int connector(const Settings& settings, const Slate& slate) {
  auto self = open_device(settings);
  if (!self) return complain(slate, self.error());
  slate->step.store(1);
  while (slate->stop.load() == 0) {
    auto subscriber = Subscriber::connect((*self)->manager(), settings.text("name"), reader_options(settings));
    if (!subscriber) return complain(slate, subscriber.error());
    if (settings.number("take_frame") != 0) {
      auto frame = subscriber->acquire(5s);
      if (!frame) return complain(slate, frame.error());
    }
    slate->rounds.fetch_add(1);
    slate->descriptors.store(open_descriptors());
  }
  return 0;
}

// Publishes until told to stop. Step 1: announced. step 2: the first frame. reconfigure=N: another size after every N frames.
// restart=N: ends the stream after N frames and begins it again.
int publisher(const Settings& settings, const Slate& slate) {
  auto self = open_device(settings);
  if (!self) return complain(slate, self.error());
  PublisherOptions options;
  options.name = settings.text("name");
  options.texture = small_texture();
  options.pacing = static_cast<Pacing>(settings.number("pacing", 1));
  options.directory = settings.text("dir");
  options.application = "honest publisher";
  const std::uint64_t reconfigure = settings.number("reconfigure");
  const std::uint64_t restart = settings.number("restart");
  const std::chrono::microseconds pause(settings.number("pause_us", 500));
  const std::uint64_t wanted = settings.number("frames");
  while (slate->stop.load() == 0) {
    auto made = Publisher::create((*self)->manager(), options);
    if (!made) return complain(slate, made.error());
    if (slate->step.load() < 1) slate->step.store(1);
    if (const auto readers = settings.number("wait_for"); readers != 0) {
      if (auto here = made->wait_for_subscribers(readers, 20s); !here) return complain(slate, here.error());
    }
    PublishLoop loop(*made);
    std::uint64_t since = 0;
    while (slate->stop.load() == 0 && (restart == 0 || since < restart) && (wanted == 0 || slate->frames.load() < wanted)) {
      ++since;
      if (auto number = loop.once(); !number) {
        slate->errors.fetch_add(1);
        slate.say(number.error().describe());
        continue;
      }
      slate->frames.fetch_add(1);
      if (slate->step.load() < 2) slate->step.store(2);
      if (reconfigure != 0 && since % reconfigure == 0) {
        const auto width = static_cast<std::uint32_t>(16 + since / reconfigure % 5 * 8);
        if (auto done = made->reconfigure(small_texture(width, 24)); !done) {
          slate->errors.fetch_add(1);
          slate.say(done.error().describe());
        }
      }
      if (pause.count() != 0) std::this_thread::sleep_for(pause);
    }
    if (wanted != 0) {
      slate.reach(3);  // the readers may still be at it
      break;
    }
    slate->rounds.fetch_add(1);
  }
  return 0;
}

}  // namespace

Role find_role(std::string_view name) {
  if (name == "reader") return &reader;
  if (name == "holder") return &holder;
  if (name == "connector") return &connector;
  if (name == "publisher") return &publisher;
  if (const Role role = find_crowd_role(name); role != nullptr) return role;
  if (const Role role = find_resource_role(name); role != nullptr) return role;
  if (const Role role = find_liar_role(name); role != nullptr) return role;
  if (const Role role = find_catalogue_role(name); role != nullptr) return role;
  return find_handmade_role(name);
}

}  // namespace geyser::test
