#include "tools/geyser/serve_source.hpp"

#include <algorithm>

#include "core/message.hpp"
#include "tools/geyser/attach.hpp"

namespace geyser::tools::web {
namespace {

using detail::text;

// A picture that waits for a browser to have room is looked after so often; a watcher that joins, or the wish to stop, is noticed in
// `idle`.
constexpr std::chrono::milliseconds busy{2};
constexpr std::chrono::milliseconds idle{20};
// Key frames are large: browsers that fall behind, or ask, get them no more often than this.
constexpr std::chrono::milliseconds key_rest{200};

[[nodiscard]] bool may_be_sent(const Watcher& watcher, Clock::time_point now) {
  return watcher.waiting && !watcher.has_left() && now >= watcher.due && watcher.window_open();
}

}  // namespace

struct Source::Encoding {
  Shape shape;
  std::unique_ptr<VideoEncoder> encoder;
  std::int64_t last_time = 0;
  Clock::time_point last_key{};
  bool used = false;
};

Source::Source(std::string name, SourceOptions options, Log log, std::shared_ptr<Watcher> first)
    : name_(std::move(name)), options_(std::move(options)), log_(std::move(log)), watchers_{std::move(first)} {
  start([this] { run(); });
}

Source::~Source() { join(); }

bool Source::add(std::shared_ptr<Watcher> watcher) {
  const std::lock_guard lock(mutex_);
  if (ended_ || stopping()) return false;
  watchers_.push_back(std::move(watcher));
  return true;
}

Source::Watchers Source::current() {
  const std::lock_guard lock(mutex_);
  std::erase_if(watchers_, [](const auto& watcher) { return watcher->has_left(); });
  if (watchers_.empty() || stopping()) ended_ = true;
  return stopping() ? Watchers() : watchers_;
}

void Source::end(const Event& event) {
  Watchers all;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    all.swap(watchers_);
  }
  for (const auto& watcher : all) {
    if (!watcher->has_left()) watcher->deliver(event);
  }
}

void Source::run() {
  const auto fail = [this](const Error& error) {
    log_(text("stream \"", name_, "\": ", error.describe()));
    end(Failed{error.code(), std::string(error.message())});
  };
  SubscriberOptions how;
  how.reconnect = false;  // a browser decides by itself whether it wants the next one of that name
  auto attached = attach(name_, options_.device, std::chrono::seconds(1), how);
  if (!attached) return fail(attached.error());
  Subscriber& subscriber = attached->subscriber;
  // The frame that is held goes before the device that it is on, and in this thread: some devices are bound to one.
  struct LetGo {
    NewestPicture& picture;
    ~LetGo() { picture.clear(); }
  } const let_go{newest_};
  log_(text("stream \"", name_, "\": attached on ", attached->device.id, ", ", to_string(subscriber.transport())));
  TextureDescriptor texture = subscriber.stream().texture;
  if (auto ok = check_showable(texture); !ok) return fail(ok.error());
  while (true) {
    const Watchers watchers = current();
    if (watchers.empty()) break;
    if (newest_.present()) {
      for (const auto& watcher : watchers) {
        // Who joins later gets the current picture at once; who asks for a key frame gets it again if no other has come.
        if (!watcher->shape || (watcher->take_key_request() && watcher->want_again())) watcher->note_published(0);
      }
    }
    announce(texture, watchers);
    serve(watchers);
    const bool waiting = std::ranges::any_of(watchers, [](const auto& watcher) { return watcher->waiting; });
    auto frame = subscriber.acquire(waiting ? busy : idle);
    if (frame) {
      texture = frame->texture().descriptor();
      const std::uint64_t missed = frame->info().skipped;
      newest_.replace(*std::move(frame));
      for (const auto& watcher : watchers) watcher->note_published(watcher->counts().published != 0 ? missed : 0);
      if (auto ok = check_showable(texture); !ok) return fail(ok.error());
      // A publisher that waits for its readers shall not wait for a browser.
      if (attached->stream.pacing != Pacing::latest) {
        if (auto ok = newest_.read(); !ok) return fail(ok.error());
      }
    } else if (subscriber.state() == SubscriberState::ended) {
      log_(text("stream \"", name_, "\": its publisher has gone"));
      return end(Ended{"The publisher has ended."});
    } else if (frame.error().code() != Errc::timed_out) {
      return fail(frame.error());
    }
  }
  log_(text("stream \"", name_, "\": nobody watches it any more"));
}

void Source::announce(const TextureDescriptor& texture, const Watchers& watchers) {
  for (const auto& watcher : watchers) {
    auto shape = shape_for(*watcher, texture);
    if (!shape) {
      watcher->deliver(Failed{shape.error().code(), std::string(shape.error().message())});
      watcher->leave();
    } else if (watcher->shape != *shape) {
      watcher->shape = *shape;
      watcher->needs_key = true;
      watcher->deliver(*std::move(shape));
    }
  }
}

Result<Shape> Source::shape_for(const Watcher& watcher, const TextureDescriptor& texture) const {
  Shape shape;
  shape.size = fit_width({texture.extent.width, texture.extent.height}, watcher.wish().max_width);
  shape.order = order_of(texture.format);
  if (watcher.wish().transport == Transmission::video) {
    shape.size = {shape.size.width & ~1U, shape.size.height & ~1U};
    shape.order = PixelOrder::rgba;
    if (shape.size.width < least_video_side || shape.size.height < least_video_side) {
      return Error(Errc::unsupported_format,
                   text("A video of ", texture.extent.width, 'x', texture.extent.height, " pixels is too small; from ", least_video_side,
                        'x', least_video_side, " on there is video, below subscribe with \"raw\"."));
    }
    shape.codec = webcodecs_string(watcher.wish().codec, shape.size.width, shape.size.height);
  }
  return shape;
}

void Source::serve(const Watchers& watchers) {
  const auto now = Clock::now();
  for (const auto& encoding : encodings_) encoding->used = false;
  std::vector<std::pair<Encoding*, Watchers>> videos;
  for (const auto& watcher : watchers) {
    if (watcher->has_left()) continue;
    if (watcher->wish().transport == Transmission::raw) {
      if (!may_be_sent(*watcher, now)) continue;
      if (auto ok = serve_raw(*watcher); !ok) {
        watcher->deliver(Failed{ok.error().code(), std::string(ok.error().message())});
        watcher->leave();
      }
      continue;
    }
    Encoding& encoding = encoding_of(*watcher->shape);
    const auto entry = std::ranges::find(videos, &encoding, &std::pair<Encoding*, Watchers>::first);
    (entry == videos.end() ? videos.emplace_back(&encoding, Watchers()) : *entry).second.push_back(watcher);
  }
  for (auto& [encoding, viewers] : videos) {
    if (auto ok = serve_video(*encoding, viewers); !ok) {
      log_(text("stream \"", name_, "\": ", ok.error().describe()));
      for (const auto& viewer : viewers) {
        viewer->deliver(Failed{ok.error().code(), std::string(ok.error().message())});
        viewer->leave();
      }
      encoding->used = false;
    }
  }
  std::erase_if(encodings_, [](const auto& encoding) { return !encoding->used; });
}

Source::Encoding& Source::encoding_of(const Shape& shape) {
  auto found = std::ranges::find_if(encodings_, [&](const auto& encoding) { return encoding->shape == shape; });
  if (found == encodings_.end()) {
    auto encoding = std::make_unique<Encoding>();
    encoding->shape = shape;
    encodings_.push_back(std::move(encoding));
    found = encodings_.end() - 1;
  }
  (*found)->used = true;
  return **found;
}

Packet Source::packet(const Watcher& watcher, FrameKind kind, Payload payload, std::shared_ptr<Outbox::Ticket> ticket) const {
  return {.kind = kind,
          .shape = *watcher.shape,
          .number = newest_.number(),
          .timestamp = newest_.timestamp(),
          .published = newest_.published(),
          .payload = std::move(payload),
          .ticket = std::move(ticket)};
}

void Source::sent(Watcher& watcher, Packet packet) {
  // Regular as long as frames come in time; no hurry after a pause.
  const auto now = Clock::now();
  const auto next = watcher.due + watcher.wish().interval;
  watcher.due = next > now ? next : now + watcher.wish().interval;
  watcher.send(std::move(packet));
}

Result<void> Source::serve_raw(Watcher& watcher) {
  const std::size_t bytes = std::size_t{watcher.shape->size.width} * watcher.shape->size.height * 4;
  auto ticket = watcher.ticket(bytes);
  if (ticket == nullptr) return {};
  auto pixels = newest_.pixels(watcher.shape->size);
  if (!pixels) return std::move(pixels).error();
  sent(watcher, packet(watcher, FrameKind::raw, *std::move(pixels), std::move(ticket)));
  return {};
}

Result<void> Source::serve_video(Encoding& encoding, const Watchers& watchers) {
  const auto now = Clock::now();
  const bool key_may_come = encoding.encoder == nullptr || now - encoding.last_key >= key_rest;
  Watchers ready;
  for (const auto& watcher : watchers) {
    // Compressed frames are small beside the limit, so a look at it will do.
    if (may_be_sent(*watcher, now) && watcher->has_room(0) && (!watcher->needs_key || key_may_come)) ready.push_back(watcher);
  }
  if (ready.empty()) return {};
  const Size size = encoding.shape.size;
  if (encoding.encoder == nullptr) {
    auto encoder = VideoEncoder::create(ready.front()->wish().codec, size.width, size.height, options_.bitrate);
    if (!encoder) return std::move(encoder).error();
    encoding.encoder = *std::move(encoder);
  }
  // An odd row or column is cut off, so the picture may be one pixel larger than the video.
  const Size picture = fit_width(newest_.size(), ready.front()->wish().max_width);
  auto pixels = newest_.pixels(picture);
  if (!pixels) return std::move(pixels).error();
  const bool key = std::ranges::any_of(ready, [](const auto& watcher) { return watcher->needs_key; });
  encoding.last_time = std::max(encoding.last_time + 1, microseconds_now());
  auto encoded = encoding.encoder->encode({**pixels, std::size_t{picture.width} * 4, newest_.order()}, encoding.last_time, key);
  if (!encoded) return std::move(encoded).error();
  if (encoded->key) encoding.last_key = now;
  const auto payload = std::make_shared<const std::vector<std::byte>>(std::move(encoded->bytes));
  for (const auto& watcher : watchers) {
    if (std::ranges::find(ready, watcher) == ready.end()) {
      watcher->needs_key = true;  // it does not get this picture, on which the next ones rest
      continue;
    }
    auto ticket = watcher->ticket(payload->size());
    if (ticket == nullptr || (watcher->needs_key && !encoded->key)) {
      watcher->needs_key = true;
      continue;
    }
    watcher->needs_key = false;
    sent(*watcher, packet(*watcher, encoded->key ? FrameKind::video_key : FrameKind::video_delta, payload, std::move(ticket)));
  }
  return {};
}

void Sources::watch(const std::string& name, std::shared_ptr<Watcher> watcher) {
  const auto found = running_.find(name);
  if (found != running_.end()) {
    if (found->second->add(watcher)) return;
    retired_.take(std::move(found->second));
    running_.erase(found);
  }
  running_.emplace(name, std::make_shared<Source>(name, options_, log_, std::move(watcher)));
}

void Sources::sweep() {
  std::erase_if(running_, [](const auto& entry) { return entry.second->finished(); });
  retired_.sweep();
}

void Sources::stop() {
  for (auto& [name, source] : running_) retired_.take(std::move(source));
  running_.clear();
  retired_.clear();
}

}  // namespace geyser::tools::web
