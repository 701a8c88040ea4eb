// One browser: the protocol of docs/web.md over a connection that somebody else keeps.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/geyser/serve_sink.hpp"
#include "tools/geyser/serve_source.hpp"
#include "tools/geyser/serve_streams.hpp"

namespace geyser::tools::web {

inline constexpr std::size_t max_subscriptions = 16;
inline constexpr std::size_t max_publications = 4;

// Codes of RFC 6455, 7.4.1.
inline constexpr std::uint16_t close_going_away = 1001;
inline constexpr std::uint16_t close_protocol_error = 1002;
inline constexpr std::uint16_t close_policy_violation = 1008;
inline constexpr std::uint16_t close_too_big = 1009;

/// What a session talks through. Threading: one thread.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void send_text(std::shared_ptr<const std::string> text) = 0;
  /// `keep` goes when the bytes have.
  virtual void send_frame(const FrameHeader& header, Payload payload, std::shared_ptr<const void> keep) = 0;
  /// After the texts that are queued; frames that are queued are dropped.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  /// Session::may_read() is true again.
  virtual void go_on_reading() = 0;
};

struct SessionOptions {
  bool allow_publish = true;
  double max_fps = 0;         ///< 0: none
  std::vector<Codec> codecs;  ///< best first
  std::string device;         ///< for what browsers publish
};
/// What sessions share. They outlive every session.
struct Services {
  Sources& sources;
  StreamWatch& streams;
  Retirement& sinks;
  Post post;
  Log log;
  SessionOptions options;
};

/// Threading: the thread of its connection.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Services& services, Connection& connection);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void open();
  void on_text(std::string_view message);
  void on_binary(std::vector<std::byte> message);
  void on_too_big(std::size_t limit);
  void on_streams(const std::shared_ptr<const std::string>& document);
  /// Once a second.
  void on_second();
  /// The connection has gone: nothing is sent any more.
  void on_closed();

  /// Bytes of the next message, as far as this session takes it.
  [[nodiscard]] std::size_t limit(bool binary) const;
  /// False while a frame that it sent is being published.
  [[nodiscard]] bool may_read() const noexcept { return publishing_ == 0; }

 private:
  struct Subscription {
    std::uint64_t serial = 0;
    std::string stream;
    std::shared_ptr<Watcher> watcher;
  };
  struct Publication {
    std::uint64_t serial = 0;
    PublishMessage wish;
    PixelOrder order = PixelOrder::rgba;
    bool open = false;
    std::shared_ptr<Sink> sink;
  };

  void handle(const ListMessage& message);
  void handle(const SubscribeMessage& message);
  void handle(const UnsubscribeMessage& message);
  void handle(const AckMessage& message);
  void handle(const KeyframeMessage& message);
  void handle(const PublishMessage& message);
  void handle(const UnpublishMessage& message);
  void handle(const PingMessage& message);

  void on_event(std::uint32_t id, std::uint64_t serial, Event event);
  void on_opened(std::uint32_t id, std::uint64_t serial, const std::shared_ptr<Result<void>>& opened);
  void on_published(std::uint32_t id, std::uint64_t serial, const std::shared_ptr<Result<void>>& done);
  void send_shape(std::uint32_t id, const Subscription& subscription, const Shape& shape);
  void send_stats(std::uint32_t id, const Watcher& watcher);
  void send_error(std::optional<std::uint32_t> id, Errc code, std::string_view message);
  /// The browser broke the protocol: says so, and ends.
  void refuse(const Error& error, std::uint16_t close_code);
  [[nodiscard]] bool id_is_free(std::uint32_t id);
  [[nodiscard]] std::optional<Codec> choose_codec(const SubscribeMessage& message) const;
  void drop_publication(std::uint32_t id);

  Services& services_;
  Connection* connection_;  // null: gone
  std::shared_ptr<Outbox> outbox_ = std::make_shared<Outbox>();
  std::unordered_map<std::uint32_t, Subscription> subscriptions_;
  std::unordered_map<std::uint32_t, Publication> publications_;
  std::uint64_t next_serial_ = 1;
  std::size_t publishing_ = 0;
  bool listing_ = false;
};

}  // namespace geyser::tools::web
