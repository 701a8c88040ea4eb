#include "tools/geyser/serve_http.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <optional>

#include "core/message.hpp"
#include "geyser/version.hpp"
#include "tools/geyser/process.hpp"
#include "tools/geyser/serve_access.hpp"
#include "tools/geyser/serve_assets.hpp"
#include "tools/geyser/serve_session.hpp"

namespace geyser::tools::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using detail::text;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr std::chrono::seconds request_within{10};
constexpr std::chrono::seconds write_within{60};  // a page may stand in a debugger for a while
constexpr std::chrono::milliseconds goodbye_within{1000};
constexpr std::uint32_t most_request_head = 8192;
constexpr std::size_t most_queued_texts = 256;

[[nodiscard]] std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }
[[nodiscard]] beast::string_view view(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

class WebSocket;

/// What connections share.
class Server::Core {
 public:
  void accept();
  void add(const std::shared_ptr<WebSocket>& socket) { sockets.push_back(socket); }
  template <class Each>
  void for_each(Each each);

  std::size_t connections = 0;  // older than the handlers that count in it
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  std::optional<AccessRules> rules;
  std::uint16_t port = 0;
  Services* services = nullptr;
  std::vector<std::weak_ptr<WebSocket>> sockets;
};

namespace {

/// Counts a connection for as long as it lives.
class Place {
 public:
  explicit Place(std::size_t& count) : count_(&count) { ++count; }
  Place(Place&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (count_ != nullptr) --*count_;
  }

 private:
  std::size_t* count_;
};

}  // namespace

/// A browser's WebSocket: one read and one write at a time.
class WebSocket final : public Connection, public std::enable_shared_from_this<WebSocket> {
 public:
  WebSocket(tcp::socket socket, Place place, Services& services)
      : socket_(std::move(socket)), deadline_(socket_.get_executor()), place_(std::move(place)), log_(services.log) {
    session_ = std::make_shared<Session>(services, *this);
  }
  ~WebSocket() override { session_->on_closed(); }

  void accept(const Request& request) {
    auto timeout = websocket::stream_base::timeout::suggested(beast::role_type::server);
    timeout.handshake_timeout = request_within;
    socket_.set_option(timeout);
    socket_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(http::field::server, text("geyser ", version()));
      response.set(http::field::sec_websocket_protocol, view(subprotocol));
    }));
    socket_.auto_fragment(false);
    socket_.read_message_max(std::uint64_t{max_side} * max_side * 4 + header_bytes + 1);
    socket_.async_accept(request, [self = shared_from_this()](error_code error) {
      if (error) return;
      self->open_ = true;
      self->session_->open();
      self->read();
    });
  }
  [[nodiscard]] Session& session() { return *session_; }

  void send_text(std::shared_ptr<const std::string> message) override {
    if (closing_) return;
    ++texts_;
    enqueue({.text = std::move(message)});
  }
  void send_frame(const FrameHeader& header, Payload payload, std::shared_ptr<const void> keep) override {
    if (closing_) return;
    enqueue({.header = header, .payload = std::move(payload), .keep = std::move(keep)});
  }
  void close(std::uint16_t code, std::string_view reason) override {
    if (closing_) return;
    closing_ = true;
    reason_.code = code;
    reason_.reason = view(reason);
    const auto first_idle = queue_.begin() + (writing_ ? 1 : 0);
    queue_.erase(std::remove_if(first_idle, queue_.end(), [](const Item& item) { return item.text == nullptr; }), queue_.end());
    deadline_.expires_after(goodbye_within);
    deadline_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->cut();
    });
    if (!writing_) say_goodbye();
  }
  void go_on_reading() override {
    if (idle_) read();
  }
  /// At once, without a good-bye.
  void cut() {
    const auto self = shared_from_this();
    kept_.reset();
    closing_ = true;
    session_->on_closed();
    deadline_.cancel();
    queue_.erase(queue_.begin() + (writing_ && !queue_.empty() ? 1 : 0), queue_.end());
    error_code ignored;
    beast::get_lowest_layer(socket_).close(ignored);
  }

 private:
  struct Item {
    std::shared_ptr<const std::string> text{};
    FrameHeader header{};
    Payload payload{};
    std::shared_ptr<const void> keep{};
  };

  void read() {
    // A browser that sends faster than it reads, or than its frames are published, waits.
    const auto self = shared_from_this();
    idle_ = !session_->may_read() || texts_ > most_queued_texts;
    kept_ = idle_ && !closing_ ? self : nullptr;
    if (idle_ || closing_) return;
    constexpr std::size_t piece = std::size_t{256} << 10;
    if (message_.size() < filled_ + 4096) message_.resize(filled_ == 0 ? 4096 : filled_ + std::min(std::max(filled_, piece), piece * 16));
    socket_.async_read_some(asio::buffer(message_.data() + filled_, message_.size() - filled_),
                            [self = shared_from_this()](error_code error, std::size_t bytes) { self->on_read(error, bytes); });
  }
  void on_read(error_code error, std::size_t bytes) {
    if (closing_) return;
    if (error) {
      log_(text("a browser has gone: ", error.message()));
      return cut();
    }
    filled_ += bytes;
    const bool binary = socket_.got_binary();
    if (const std::size_t limit = session_->limit(binary); filled_ > limit) {
      return session_->on_too_big(limit);
    }
    if (socket_.is_message_done()) {
      std::vector<std::byte> message = std::exchange(message_, {});
      message.resize(std::exchange(filled_, 0));
      if (binary) {
        session_->on_binary(std::move(message));
      } else {
        session_->on_text({reinterpret_cast<const char*>(message.data()), message.size()});
      }
    }
    read();
  }

  void enqueue(Item item) {
    queue_.push_back(std::move(item));
    if (!writing_ && open_) write();
  }
  void write() {
    writing_ = true;
    deadline_.expires_after(write_within);
    deadline_.async_wait([self = shared_from_this()](error_code error) {
      if (error) return;
      self->log_("a browser is disconnected: it has read nothing for a minute");
      self->cut();
    });
    const auto done = [self = shared_from_this()](error_code error, std::size_t) { self->on_written(error); };
    Item& item = queue_.front();
    if (item.text != nullptr) {
      socket_.text(true);
      return socket_.async_write(asio::buffer(*item.text), done);
    }
    item.header.sent = microseconds_now();
    head_ = write_header(item.header);
    socket_.binary(true);
    socket_.async_write(
        std::array{asio::const_buffer(head_.data(), head_.size()), asio::const_buffer(item.payload->data(), item.payload->size())}, done);
  }
  void on_written(error_code error) {
    writing_ = false;
    if (!closing_) deadline_.cancel();
    if (error) return cut();
    if (queue_.front().text != nullptr) --texts_;
    queue_.pop_front();
    if (!queue_.empty()) return write_more();
    if (closing_) return say_goodbye();
    if (idle_) read();
  }
  void write_more() {
    if (closing_) {
      // The deadline is the good-bye's now.
      writing_ = true;
      socket_.text(true);
      return socket_.async_write(asio::buffer(*queue_.front().text),
                                 [self = shared_from_this()](error_code error, std::size_t) { self->on_written(error); });
    }
    write();
    if (idle_) read();
  }
  void say_goodbye() {
    session_->on_closed();
    if (!open_) return cut();
    socket_.async_close(reason_, [self = shared_from_this()](error_code) { self->cut(); });
  }
  websocket::stream<tcp::socket, false> socket_;
  asio::steady_timer deadline_;
  Place place_;
  Log log_;
  std::shared_ptr<Session> session_;
  std::deque<Item> queue_;
  HeaderBytes head_{};
  std::vector<std::byte> message_;
  std::size_t filled_ = 0;
  std::size_t texts_ = 0;
  websocket::close_reason reason_;
  bool open_ = false;
  bool writing_ = false;
  bool idle_ = false;
  std::shared_ptr<WebSocket> kept_;  // itself, while it does not read: no operation is under way then that would keep it
  bool closing_ = false;
};

namespace {

/// Requests until one of them becomes a WebSocket.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(tcp::socket socket, Place place, Server::Core& core, bool full)
      : stream_(std::move(socket)), place_(std::move(place)), core_(core), full_(full) {}

  void read() {
    parser_.emplace();
    parser_->header_limit(most_request_head);
    parser_->body_limit(0);
    stream_.expires_after(request_within);
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) return self->answer();
      const bool spoke =
          error.category() == http::make_error_code(http::error::bad_method).category() && error != http::error::end_of_stream;
      if (!spoke) return self->end();
      self->refuse(http::status::bad_request, "This is no request that the server understands.");
    });
  }

 private:
  void answer() {
    const Request& request = parser_->get();
    keep_alive_ = request.keep_alive();
    const auto host = view(request[http::field::host]);
    const auto origin = view(request[http::field::origin]);
    const auto [path, query] = split_target(view(request.target()));
    if (full_)
      return refuse(http::status::service_unavailable, text("More than ", Server::max_connections, " connections are open; close a page."));
    if (request.count(http::field::host) != 1 || !core_.rules->host_allowed(host))
      return refuse(http::status::forbidden, "The Host header is not this server's address.");
    if (const auto origins = request.count(http::field::origin);
        origins > 1 || (origins == 1 && !core_.rules->origin_allowed(origin, host))) {
      return refuse(http::status::forbidden, "Pages of that origin may not connect; `geyser serve --allow-origin` allows one.");
    }
    if (request.method() != http::verb::get) return refuse(http::status::method_not_allowed, "Only GET is served.");
    const bool needs_token = path == "/" || path == "/streams" || path == "/ws";
    if (needs_token && !core_.rules->token_matches(query_value(query, "token"))) {
      return refuse(http::status::forbidden, "The token is missing or wrong; `geyser serve` prints the address with it.");
    }
    if (path == "/ws") return upgrade(request);
    if (path == "/streams") return send(http::status::ok, "application/json", *core_.services->streams.document());
    for (const Asset& asset : assets()) {
      if (asset.path == path) return send(http::status::ok, asset.type, std::string(asset.body));
    }
    refuse(http::status::not_found, "There is nothing under that path.");
  }

  void upgrade(const Request& request) {
    if (!websocket::is_upgrade(request)) return refuse(http::status::upgrade_required, "This path speaks WebSocket alone.");
    http::token_list offered(request[http::field::sec_websocket_protocol]);
    if (!offered.exists(view(subprotocol))) {
      return refuse(http::status::bad_request, text("The WebSocket has to offer the subprotocol \"", subprotocol, "\"."));
    }
    if (buffer_.size() != 0)
      return refuse(http::status::bad_request, "A WebSocket's first message has to wait for the answer to its request.");
    auto socket = std::make_shared<WebSocket>(stream_.release_socket(), std::move(place_), *core_.services);
    core_.add(socket);
    core_.services->log("a browser has connected");
    socket->accept(request);
  }

  void refuse(http::status status, std::string why) {
    core_.services->log(text("refused with ", static_cast<unsigned>(status), ": ", why));
    why += '\n';
    send(status, "text/plain; charset=utf-8", std::move(why));
  }

  void send(http::status status, std::string_view type, std::string body) {
    const Request& request = parser_->get();
    const auto host = view(request[http::field::host]);
    const auto origin = view(request[http::field::origin]);
    response_ = Response(status, 11);
    response_.set(http::field::server, text("geyser ", version()));
    response_.set(http::field::content_type, view(type));
    response_.set(http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    response_.set("Referrer-Policy", "no-referrer");
    response_.set("Cross-Origin-Opener-Policy", "same-origin");
    response_.set("Cross-Origin-Embedder-Policy", "require-corp");
    const bool foreign = core_.rules->is_foreign(origin);
    response_.set("Cross-Origin-Resource-Policy", foreign ? "cross-origin" : "same-origin");
    if (foreign) response_.set(http::field::access_control_allow_origin, view(origin));
    response_.set(http::field::vary, "Origin");
    // Some browsers do not take a WebSocket for 'self'. The host stands here only after it was checked.
    std::string policy =
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; connect-src 'self'";
    if (status == http::status::ok) policy += text(" ws://", host);
    response_.set("Content-Security-Policy", policy);
    if (status == http::status::method_not_allowed) response_.set(http::field::allow, "GET");
    response_.body() = std::move(body);
    response_.prepare_payload();
    keep_alive_ = keep_alive_ && status == http::status::ok;
    response_.keep_alive(keep_alive_);
    stream_.expires_after(request_within);
    http::async_write(stream_, response_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error || !self->keep_alive_) return self->end();
      self->read();
    });
  }
  void end() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.socket().close(ignored);
  }

  beast::tcp_stream stream_;
  Place place_;
  Server::Core& core_;
  const bool full_;
  bool keep_alive_ = false;
  beast::flat_buffer buffer_{most_request_head + 1024};
  std::optional<http::request_parser<http::empty_body>> parser_;
  Response response_;
};

}  // namespace

void Server::Core::accept() {
  acceptor.async_accept(io, [this](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) {
      // Out of descriptors, most likely: later there may be some again.
      pause.expires_after(std::chrono::milliseconds(200));
      return pause.async_wait([this](error_code ended) {
        if (!ended) accept();
      });
    }
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    // Some more are let in, to be told that there are too many.
    if (connections < max_connections + 8) {
      const bool full = connections >= max_connections;
      std::make_shared<HttpConnection>(std::move(socket), Place(connections), *this, full)->read();
    }
    accept();
  });
}

template <class Each>
void Server::Core::for_each(Each each) {
  std::erase_if(sockets, [](const auto& socket) { return socket.expired(); });
  const auto now = sockets;  // a session that ends changes the list
  for (const auto& weak : now) {
    if (const auto socket = weak.lock()) each(*socket);
  }
}

Server::Server(std::unique_ptr<Core> core) noexcept : core_(std::move(core)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(ServerOptions options) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) return Error(Errc::invalid_argument, text("--host is ", options.address, "; give an IP address, such as 127.0.0.1 or ::1."));
  auto core = std::make_unique<Core>();
  const tcp::endpoint wanted(address, options.port);
  core->acceptor.open(wanted.protocol(), error);
  if (!error) core->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) core->acceptor.bind(wanted, error);
  if (!error) core->acceptor.listen(asio::socket_base::max_listen_connections, error);
  tcp::endpoint bound;
  if (!error) bound = core->acceptor.local_endpoint(error);
  if (error) {
    return Error(Errc::os_error, text("Listening on ", options.address, " port ", options.port, " fails: ", error.message(), "."),
                 ErrorDomain::posix, error.value());
  }
  core->port = bound.port();
  core->rules.emplace(address.to_string(), bound.port(), std::move(options.token), std::move(options.origins));
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

std::uint16_t Server::port() const noexcept { return core_->port; }

Post Server::post() noexcept {
  return [core = core_.get()](std::function<void()> what) { asio::post(core->io, std::move(what)); };
}

void Server::tell_streams(const std::shared_ptr<const std::string>& document) {
  core_->for_each([&](WebSocket& socket) { socket.session().on_streams(document); });
}

void Server::run(Services& services) {
  core_->services = &services;
  core_->accept();
  auto second = Clock::now();
  while (!interrupted()) {
    core_->io.run_for(std::chrono::milliseconds(50));
    const auto now = Clock::now();
    if (now - second < std::chrono::seconds(1)) continue;
    second = now;
    core_->for_each([](WebSocket& socket) { socket.session().on_second(); });
    services.sources.sweep();
    services.sinks.sweep();
  }
  error_code ignored;
  core_->acceptor.close(ignored);
  core_->pause.cancel();
  core_->for_each([](WebSocket& socket) { socket.close(close_going_away, "The server ends."); });
  const auto until = Clock::now() + goodbye_within;
  const auto open = [this] { return std::ranges::any_of(core_->sockets, [](const auto& socket) { return !socket.expired(); }); };
  while (open() && Clock::now() < until) core_->io.run_for(std::chrono::milliseconds(10));
  // What is still there lets go of its streams while they, and the services, are alive.
  core_->for_each([](WebSocket& socket) { socket.cut(); });
  core_->io.poll();
}

}  // namespace geyser::tools::web
