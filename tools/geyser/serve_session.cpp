#include "tools/geyser/serve_session.hpp"

#include <algorithm>
#include <cmath>

#include "core/message.hpp"
#include "geyser/version.hpp"
#include "tools/common/json.hpp"

namespace geyser::tools::web {
namespace {

using detail::text;

[[nodiscard]] std::shared_ptr<const std::string> packed(const Json& json) {
  return std::make_shared<const std::string>(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

[[nodiscard]] std::string_view name_of(PixelOrder order) { return order == PixelOrder::bgra ? "bgra8unorm" : "rgba8unorm"; }

[[nodiscard]] std::chrono::nanoseconds interval_of(double fps) {
  if (fps <= 0) return {};
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(1 / fps));
}

}  // namespace

Session::Session(Services& services, Connection& connection) : services_(services), connection_(&connection) {}

Session::~Session() { on_closed(); }

void Session::open() {
  Json hello{{"type", "hello"}, {"protocol", protocol_version}, {"server", text("geyser ", version())}};
  hello["encoders"] = Json::array();
  for (const Codec codec : services_.options.codecs) hello["encoders"].push_back(webcodecs_string(codec, 0, 0));
  hello["publish"] = services_.options.allow_publish;
  connection_->send_text(packed(hello));
}

void Session::on_closed() {
  connection_ = nullptr;
  for (auto& [id, subscription] : subscriptions_) subscription.watcher->leave();
  subscriptions_.clear();
  while (!publications_.empty()) drop_publication(publications_.begin()->first);
}

std::size_t Session::limit(bool binary) const {
  if (!binary) return max_control_bytes;
  // A frame for a stream that has just ended may still be on its way, so its header at least is read and answered.
  std::size_t most = max_control_bytes;
  for (const auto& [id, publication] : publications_) {
    most = std::max(most, std::size_t{publication.wish.width} * publication.wish.height * 4 + header_bytes);
  }
  return most;
}

void Session::on_text(std::string_view message) {
  if (connection_ == nullptr) return;
  auto parsed = parse_message(message);
  if (!parsed) return refuse(parsed.error(), close_protocol_error);
  std::visit([this](const auto& each) { handle(each); }, *parsed);
}

void Session::on_binary(std::vector<std::byte> message) {
  if (connection_ == nullptr) return;
  const auto header = read_header(message);
  if (!header) return refuse(header.error(), close_protocol_error);
  const auto found = publications_.find(header->id);
  if (found == publications_.end() || !found->second.open) {
    // It may have been sent before the browser could know.
    return send_error(header->id, found == publications_.end() ? Errc::not_found : Errc::invalid_state,
                      "A frame came for an id under which nothing is published; wait for \"published\", and stop after \"error\".");
  }
  Publication& publication = found->second;
  if (header->width != publication.wish.width || header->height != publication.wish.height || header->format != publication.order) {
    return refuse(Error(Errc::invalid_argument,
                        text("A frame is ", header->width, 'x', header->height, ' ', name_of(header->format), ", announced was ",
                             publication.wish.width, 'x', publication.wish.height, ' ', publication.wish.format, '.')),
                  close_policy_violation);
  }
  ++publishing_;
  publication.sink->give(std::move(message), header->timestamp);
}

void Session::on_too_big(std::size_t limit) {
  if (connection_ == nullptr) return;
  refuse(Error(Errc::limit_exceeded, text("A message is larger than ", limit, " bytes, which is the most that it may have here.")),
         close_too_big);
}

void Session::on_streams(const std::shared_ptr<const std::string>& document) {
  if (connection_ != nullptr && listing_) connection_->send_text(document);
}

void Session::on_second() {
  if (connection_ == nullptr) return;
  for (const auto& [id, subscription] : subscriptions_) send_stats(id, *subscription.watcher);
}

void Session::send_stats(std::uint32_t id, const Watcher& watcher) {
  const Counts counts = watcher.counts();
  connection_->send_text(
      packed({{"type", "stats"}, {"id", id}, {"published", counts.published}, {"sent", counts.sent}, {"skipped", counts.skipped}}));
}

void Session::handle(const ListMessage&) {
  listing_ = true;
  connection_->send_text(services_.streams.document());
}

bool Session::id_is_free(std::uint32_t id) {
  if (!subscriptions_.contains(id) && !publications_.contains(id)) return true;
  send_error(std::nullopt, Errc::invalid_state, text("The id ", id, " is in use on this connection; choose another one."));
  return false;
}

std::optional<Codec> Session::choose_codec(const SubscribeMessage& message) const {
  const auto& ours = services_.options.codecs;
  if (message.codecs.empty()) return ours.empty() ? std::nullopt : std::optional(ours.front());
  for (const std::string& wanted : message.codecs) {
    const auto codec = codec_from_string(wanted);
    if (codec && std::ranges::find(ours, *codec) != ours.end()) return codec;
  }
  return std::nullopt;
}

void Session::handle(const SubscribeMessage& message) {
  if (!id_is_free(message.id)) return;
  if (subscriptions_.size() >= max_subscriptions) {
    return send_error(message.id, Errc::limit_exceeded, text("A connection has at most ", max_subscriptions, " subscriptions."));
  }
  if (!services_.streams.shows(message.stream)) {
    return send_error(message.id, Errc::not_found, text("There is no stream \"", message.stream, "\" here."));
  }
  Watcher::Wish wish{.transport = message.transport, .window = message.window, .max_width = message.max_width.value_or(0)};
  wish.interval = std::max(interval_of(message.max_fps.value_or(0)), interval_of(services_.options.max_fps));
  if (message.transport == Transmission::video) {
    const auto codec = choose_codec(message);
    if (!codec) {
      return send_error(
          message.id, Errc::unsupported_feature,
          "This server encodes none of the codecs that were asked for; \"hello\" has those that it does, and \"raw\" needs none.");
    }
    wish.codec = *codec;
  }
  const std::uint64_t serial = next_serial_++;
  auto watcher =
      std::make_shared<Watcher>(wish, outbox_, [self = weak_from_this(), post = services_.post, id = message.id, serial](Event event) {
        post([self, id, serial, event = std::move(event)]() mutable {
          if (const auto session = self.lock()) session->on_event(id, serial, std::move(event));
        });
      });
  subscriptions_.emplace(message.id, Subscription{serial, message.stream, watcher});
  services_.sources.watch(message.stream, std::move(watcher));
}

void Session::on_event(std::uint32_t id, std::uint64_t serial, Event event) {
  const auto found = subscriptions_.find(id);
  if (connection_ == nullptr || found == subscriptions_.end() || found->second.serial != serial) return;  // it has unsubscribed since
  if (const auto* shape = std::get_if<Shape>(&event)) return send_shape(id, found->second, *shape);
  if (auto* packet = std::get_if<Packet>(&event)) {
    const FrameHeader header{.kind = packet->kind,
                             .id = id,
                             .payload_bytes = static_cast<std::uint32_t>(packet->payload->size()),
                             .number = packet->number,
                             .timestamp = packet->timestamp,
                             .published = packet->published,
                             .width = packet->shape.size.width,
                             .height = packet->shape.size.height,
                             .format = packet->shape.order};
    return connection_->send_frame(header, std::move(packet->payload), std::move(packet->ticket));
  }
  send_stats(id, *found->second.watcher);
  if (const auto* ended = std::get_if<Ended>(&event)) {
    connection_->send_text(packed({{"type", "ended"}, {"id", id}, {"reason", ended->reason}}));
  } else if (const auto* failed = std::get_if<Failed>(&event)) {
    send_error(id, failed->code, failed->message);
  }
  found->second.watcher->leave();
  subscriptions_.erase(found);
}

void Session::send_shape(std::uint32_t id, const Subscription& subscription, const Shape& shape) {
  Json message{{"type", "subscribed"},
               {"id", id},
               {"stream", subscription.stream},
               {"width", shape.size.width},
               {"height", shape.size.height},
               {"format", name_of(shape.order)},
               {"transport", shape.codec.empty() ? "raw" : "video"}};
  if (!shape.codec.empty()) message["codec"] = shape.codec;
  connection_->send_text(packed(message));
}

void Session::handle(const UnsubscribeMessage& message) {
  const auto found = subscriptions_.find(message.id);
  if (found == subscriptions_.end()) return;  // it may have ended meanwhile
  found->second.watcher->leave();
  subscriptions_.erase(found);
}

void Session::handle(const AckMessage& message) {
  const auto found = subscriptions_.find(message.id);
  if (found != subscriptions_.end()) found->second.watcher->acknowledge(message.number);
}

void Session::handle(const KeyframeMessage& message) {
  const auto found = subscriptions_.find(message.id);
  if (found != subscriptions_.end()) found->second.watcher->ask_for_key();
}

void Session::handle(const PublishMessage& message) {
  if (!id_is_free(message.id)) return;
  if (!services_.options.allow_publish) {
    return send_error(message.id, Errc::unsupported_feature, "This server was started with --no-publish and takes no frames.");
  }
  if (publications_.size() >= max_publications) {
    return send_error(message.id, Errc::limit_exceeded, text("A connection publishes at most ", max_publications, " streams."));
  }
  if (message.format != "rgba8unorm" && message.format != "bgra8unorm") {
    return send_error(message.id, Errc::unsupported_format, "A browser publishes \"rgba8unorm\" or \"bgra8unorm\".");
  }
  Publication publication{.serial = next_serial_++, .wish = message};
  publication.order = message.format == "bgra8unorm" ? PixelOrder::bgra : PixelOrder::rgba;
  Sink::Options options{.name = message.name, .device = services_.options.device};
  options.texture.extent = {message.width, message.height, 1};
  options.texture.format = publication.order == PixelOrder::bgra ? TextureFormat::bgra8_unorm : TextureFormat::rgba8_unorm;
  const auto back = [this, id = message.id, serial = publication.serial](auto method) {
    return [self = weak_from_this(), post = services_.post, id, serial, method](Result<void> result) {
      // std::function copies what it holds, a Result cannot be copied.
      post([self, id, serial, method, shared = std::make_shared<Result<void>>(std::move(result))] {
        if (const auto session = self.lock()) ((*session).*method)(id, serial, shared);
      });
    };
  };
  publication.sink = std::make_shared<Sink>(std::move(options), back(&Session::on_opened), back(&Session::on_published));
  publications_.emplace(message.id, std::move(publication));
}

void Session::on_opened(std::uint32_t id, std::uint64_t serial, const std::shared_ptr<Result<void>>& opened) {
  const auto found = publications_.find(id);
  if (connection_ == nullptr || found == publications_.end() || found->second.serial != serial) return;
  if (!*opened) {
    send_error(id, opened->error().code(), opened->error().message());
    return drop_publication(id);
  }
  found->second.open = true;
  services_.log(text("a browser publishes \"", found->second.wish.name, '"'));
  connection_->send_text(packed({{"type", "published"}, {"id", id}, {"name", found->second.wish.name}}));
}

void Session::on_published(std::uint32_t id, std::uint64_t, const std::shared_ptr<Result<void>>& done) {
  if (publishing_ > 0) --publishing_;
  if (connection_ == nullptr) return;
  if (!*done) send_error(id, done->error().code(), done->error().message());
  connection_->go_on_reading();
}

void Session::handle(const UnpublishMessage& message) { drop_publication(message.id); }

void Session::drop_publication(std::uint32_t id) {
  const auto found = publications_.find(id);
  if (found == publications_.end()) return;
  services_.sinks.take(std::move(found->second.sink));
  publications_.erase(found);
}

void Session::handle(const PingMessage& message) {
  connection_->send_text(packed({{"type", "pong"}, {"time", message.time}, {"serverTime", microseconds_now()}}));
}

void Session::send_error(std::optional<std::uint32_t> id, Errc code, std::string_view message) {
  Json json{{"type", "error"}};
  if (id) json["id"] = *id;
  json["code"] = to_string(code);
  json["message"] = message;
  connection_->send_text(packed(json));
}

void Session::refuse(const Error& error, std::uint16_t close_code) {
  services_.log(text("a browser is disconnected: ", error.message()));
  send_error(std::nullopt, error.code(), error.message());
  connection_->close(close_code, to_string(error.code()));
}

}  // namespace geyser::tools::web
