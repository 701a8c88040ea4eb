// The parts of `geyser serve` that need no socket: the wire, who may connect, sizes, windows, video.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>
#include <set>

#include "tools/geyser/serve_access.hpp"
#include "tools/geyser/serve_encoder.hpp"
#include "tools/geyser/serve_picture.hpp"
#include "tools/geyser/serve_scale.hpp"
#include "tools/geyser/serve_watcher.hpp"
#include "tools/geyser/serve_wire.hpp"

namespace geyser::tools::web {
namespace {

[[nodiscard]] std::mt19937_64& dice() {
  static std::mt19937_64 generator(std::random_device{}());
  return generator;
}
[[nodiscard]] std::vector<std::byte> random_bytes(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(dice()());
  return bytes;
}
[[nodiscard]] std::vector<std::byte> message_of(const FrameHeader& header, std::span<const std::byte> payload) {
  const HeaderBytes head = write_header(header);
  std::vector<std::byte> message(head.begin(), head.end());
  message.insert(message.end(), payload.begin(), payload.end());
  return message;
}
[[nodiscard]] FrameHeader a_header() {
  return {.id = 0xfffffffe,
          .payload_bytes = 24,
          .number = 1ULL << 60,
          .timestamp = -5,
          .published = 7,
          .sent = 9,
          .width = 3,
          .height = 2,
          .format = PixelOrder::bgra};
}

TEST(ServeWire, HeaderIsAsDocumented) {
  const HeaderBytes bytes = write_header({.kind = FrameKind::video_delta,
                                          .id = 0x01020304,
                                          .payload_bytes = 5,
                                          .number = 0x1122334455667788,
                                          .timestamp = -2,
                                          .published = 3,
                                          .sent = 4,
                                          .width = 640,
                                          .height = 480});
  const std::array<int, header_bytes> expected{
      'G',  'Y',  'S',  'R',  64,   0,    3,    0,    4,    3,    2, 1, 5, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33,
      0x22, 0x11, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 3, 0, 0, 0, 0, 0, 0,    0,    4,    0,    0,    0,
      0,    0,    0,    0,    0x80, 2,    0,    0,    0xe0, 1,    0, 0, 0, 0, 0, 0, 0,    0,    0,    0};
  for (std::size_t i = 0; i < header_bytes; ++i) EXPECT_EQ(std::to_integer<int>(bytes[i]), expected[i]) << "byte " << i;
}

TEST(ServeWire, FramesSurviveARoundTrip) {
  const auto message = message_of(a_header(), random_bytes(24));
  const auto read = read_header(message);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, a_header());
}

TEST(ServeWire, EveryWrongFieldIsRefusedByName) {
  const auto good = message_of(a_header(), random_bytes(24));
  const auto refusal = [](std::span<const std::byte> message) {
    const auto read = read_header(message);
    EXPECT_FALSE(read);
    if (read) return std::string();
    EXPECT_EQ(read.error().code(), Errc::protocol_error);
    return std::string(read.error().message());
  };
  struct Change {
    std::size_t at;
    int value;
    const char* says;
  };
  for (const auto& [at, value, says] :
       {Change{0, 'X', "GYSR"}, Change{4, 63, "header"}, Change{5, 1, "header"}, Change{6, 0, "kind"}, Change{6, 2, "kind"},
        Change{7, 1, "reserved"}, Change{12, 23, "bytes"}, Change{31, 0x7f, "timestamp"}, Change{48, 0, "1 to 8192"},
        Change{49, 0x21, "1 to 8192"}, Change{52, 3, "pixels have"}, Change{56, 2, "format"}, Change{60, 1, "reserved"},
        Change{63, 1, "reserved"}}) {
    auto bad = good;
    bad[at] = static_cast<std::byte>(value);
    EXPECT_NE(refusal(bad).find(says), std::string::npos) << "byte " << at << ": " << refusal(bad);
  }
  for (std::size_t size = 0; size < good.size(); ++size) (void)refusal(std::span(good).first(size));
  auto longer = good;
  longer.push_back(std::byte{0});
  EXPECT_NE(refusal(longer).find("after its header"), std::string::npos);
}

template <class Message>
[[nodiscard]] Message must_be(std::string_view text) {
  auto parsed = parse_message(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message());
  if (!parsed) return {};
  const auto* message = std::get_if<Message>(&*parsed);
  EXPECT_NE(message, nullptr) << text;
  return message != nullptr ? *message : Message{};
}

TEST(ServeWire, EveryMessageIsRead) {
  (void)must_be<ListMessage>(R"({"type":"list"})");
  const auto subscribe = must_be<SubscribeMessage>(
      R"({"type":"subscribe","id":7,"stream":"käse 1","transport":"video","codecs":["vp8","avc1.42E01F"],"window":8,"maxWidth":640,"maxFps":0.5,"new":{}})");
  EXPECT_EQ(subscribe.id, 7U);
  EXPECT_EQ(subscribe.stream, "käse 1");
  EXPECT_EQ(subscribe.transport, Transmission::video);
  EXPECT_EQ(subscribe.codecs, (std::vector<std::string>{"vp8", "avc1.42E01F"}));
  EXPECT_EQ(subscribe.window, 8U);
  EXPECT_EQ(subscribe.max_width, 640U);
  EXPECT_EQ(subscribe.max_fps, 0.5);
  const auto plain = must_be<SubscribeMessage>(R"({"type":"subscribe","id":4294967295,"stream":"","transport":"raw","maxWidth":null})");
  EXPECT_EQ(plain.id, 4294967295U);
  EXPECT_EQ(plain.window, 2U);
  EXPECT_FALSE(plain.max_width || plain.max_fps);
  EXPECT_EQ(must_be<UnsubscribeMessage>(R"({"type":"unsubscribe","id":1})").id, 1U);
  EXPECT_EQ(must_be<AckMessage>(R"({"type":"ack","id":1,"number":18446744073709551615})").number,
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(must_be<KeyframeMessage>(R"({"type":"keyframe","id":3})").id, 3U);
  const auto publish = must_be<PublishMessage>(R"({"type":"publish","id":1,"name":"n","width":8192,"height":1,"format":"bgra8unorm"})");
  EXPECT_EQ(publish.width, 8192U);
  EXPECT_EQ(publish.format, "bgra8unorm");
  EXPECT_EQ(must_be<UnpublishMessage>(R"({"type":"unpublish","id":9})").id, 9U);
  EXPECT_EQ(must_be<PingMessage>(R"({"type":"ping","time":-1.5})").time, -1.5);
}

TEST(ServeWire, EveryWrongMessageIsRefusedByName) {
  struct Case {
    std::string text;
    const char* says;
  };
  const std::vector<Case> cases{
      {"", "JSON"},
      {"{", "JSON"},
      {"[]", "JSON"},
      {"null", "JSON"},
      {"\"list\"", "JSON"},
      {"{\"type\":\"list\"} x", "JSON"},
      {"{\"type\":\"l\xff\"}", "JSON"},
      {"{}", "type"},
      {R"({"type":1})", "type"},
      {R"({"type":"fly"})", "fly"},
      {R"({"type":"unsubscribe"})", "\"id\" is missing"},
      {R"({"type":"unsubscribe","id":-1})", "\"id\""},
      {R"({"type":"unsubscribe","id":1.0})", "\"id\""},
      {R"({"type":"unsubscribe","id":4294967296})", "\"id\" is 4294967296"},
      {R"({"type":"unsubscribe","id":"1"})", "\"id\""},
      {R"({"type":"ack","id":1})", "\"number\""},
      {R"({"type":"ack","id":1,"number":18446744073709551616})", "\"number\""},
      {R"({"type":"subscribe","id":1,"transport":"raw"})", "\"stream\""},
      {R"({"type":"subscribe","id":1,"stream":1,"transport":"raw"})", "\"stream\""},
      {R"({"type":"subscribe","id":1,"stream":")" + std::string(129, 'n') + R"(","transport":"raw"})", "129 bytes"},
      {R"({"type":"subscribe","id":1,"stream":"s"})", "\"transport\""},
      {R"({"type":"subscribe","id":1,"stream":"s","transport":"pigeon"})", "neither"},
      {R"({"type":"subscribe","id":1,"stream":"s","transport":"raw","window":0})", "\"window\" is 0; 1 to 8"},
      {R"({"type":"subscribe","id":1,"stream":"s","transport":"raw","window":9})", "\"window\" is 9"},
      {R"({"type":"subscribe","id":1,"stream":"s","transport":"raw","maxWidth":0})", "\"maxWidth\""},
      {R"({"type":"subscribe","id":1,"stream":"s","transport":"raw","maxFps":0})", "\"maxFps\""},
      {R"({"type":"subscribe","id":1,"stream":"s","transport":"raw","maxFps":1e999})", "JSON"},
      {R"({"type":"subscribe","id":1,"stream":"s","transport":"video","codecs":"vp8"})", "\"codecs\""},
      {R"({"type":"subscribe","id":1,"stream":"s","transport":"video","codecs":[8]})", "\"codecs\""},
      {R"({"type":"subscribe","id":1,"stream":"s","transport":"video","codecs":["","","","","","","","","","","","","","","","",""]})",
       "\"codecs\""},
      {R"({"type":"publish","id":1,"name":"n","width":0,"height":1,"format":"rgba8unorm"})", "\"width\""},
      {R"({"type":"publish","id":1,"name":"n","width":1,"height":8193,"format":"rgba8unorm"})", "\"height\" is 8193"},
      {R"({"type":"publish","id":1,"name":"n","width":1,"height":1})", "\"format\""},
      {R"({"type":"ping"})", "\"time\""},
      {R"({"type":"ping","time":true})", "\"time\""},
      {R"({"type":"list","deep":)" + std::string(30000, '[') + std::string(30000, ']') + "}", "JSON"},
      {R"({"type":"list","x":")" + std::string(max_control_bytes, 'x') + "\"}", "65536"},
  };
  for (const auto& [message, says] : cases) {
    const auto parsed = parse_message(message);
    ASSERT_FALSE(parsed) << message;
    EXPECT_EQ(parsed.error().code(), Errc::protocol_error);
    EXPECT_NE(parsed.error().message().find(says), std::string_view::npos) << message.substr(0, 100) << ": " << parsed.error().message();
  }
}

TEST(ServeAccess, Tokens) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string token = random_token();
    EXPECT_EQ(token.size(), 32U);
    EXPECT_TRUE(is_token(token));
    EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(seen.insert(token).second);
  }
  EXPECT_FALSE(is_token("short") || is_token(std::string(129, 'a')) || is_token("0123456789abcde&") || is_token("0123456789abcde "));
  const AccessRules rules("127.0.0.1", 80, "0123456789abcdef", {});
  EXPECT_TRUE(rules.token_matches("0123456789abcdef"));
  for (const char* wrong : {"", "0", "0123456789abcdeF", "0123456789abcdef0", "1123456789abcdef"})
    EXPECT_FALSE(rules.token_matches(wrong)) << wrong;
  EXPECT_FALSE(AccessRules("127.0.0.1", 80, "", {}).token_matches(""));
}

TEST(ServeAccess, HostsAndOrigins) {
  const AccessRules here("127.0.0.1", 8080, "t", {"https://example.org"});
  for (const char* host : {"127.0.0.1:8080", "localhost:8080", "LocalHost:8080", "[::1]:8080"})
    EXPECT_TRUE(here.host_allowed(host)) << host;
  for (const char* host : {"", ":8080", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:08080", "evil.example:8080", "127.0.0.1.evil.example:8080",
                           "localhost.evil:8080", "10.0.0.1:8080", "127.0.0.1:8080:8080", "[::1]", "[::2]:8080", "localhost:8080 "}) {
    EXPECT_FALSE(here.host_allowed(host)) << host;
  }
  EXPECT_TRUE(AccessRules("127.0.0.1", 80, "t", {}).host_allowed("localhost"));
  const AccessRules all("0.0.0.0", 8080, "t", {});
  for (const char* host : {"192.168.1.2:8080", "localhost:8080", "[fe80::1]:8080"}) EXPECT_TRUE(all.host_allowed(host)) << host;
  for (const char* host : {"evil.example:8080", "1.2.3.evil:8080", "[evil]:8080", "[]:8080", "192.168.1.2:8081"})
    EXPECT_FALSE(all.host_allowed(host)) << host;
  const AccessRules one("192.168.1.2", 8080, "t", {});
  EXPECT_TRUE(one.host_allowed("192.168.1.2:8080"));
  EXPECT_FALSE(one.host_allowed("localhost:8080") || one.host_allowed("192.168.1.3:8080"));
  EXPECT_TRUE(AccessRules("::1", 8080, "t", {}).host_allowed("[::1]:8080"));

  EXPECT_TRUE(here.origin_allowed("http://localhost:8080", "localhost:8080"));
  EXPECT_TRUE(here.origin_allowed("https://example.org", "localhost:8080"));
  for (const char* origin : {"", "null", "http://localhost", "https://localhost:8080", "http://127.0.0.1:8080", "https://example.org.evil",
                             "http://example.org"}) {
    EXPECT_FALSE(here.origin_allowed(origin, "localhost:8080")) << origin;
  }
  EXPECT_TRUE(is_origin("https://example.org") && is_origin("http://[::1]:80") && is_origin("http://a-b.c:1"));
  EXPECT_FALSE(is_origin("null") || is_origin("*") || is_origin("https://") || is_origin("https://a/") || is_origin("ftp://a") ||
               is_origin("https://A"));
  EXPECT_TRUE(is_loopback("127.0.0.1") && is_loopback("::1"));
  EXPECT_FALSE(is_loopback("0.0.0.0") || is_loopback("::") || is_loopback("128.0.0.1"));
  EXPECT_EQ(page_url("::1", 5, "t"), "http://[::1]:5/?token=t");
}

TEST(ServeAccess, Targets) {
  const auto [path, query] = split_target("/ws?a=1&token=x=y&token=z");
  EXPECT_EQ(path, "/ws");
  EXPECT_EQ(query_value(query, "token"), "x=y");
  EXPECT_EQ(query_value(query, "oken"), "");
  EXPECT_EQ(query_value("&&token&token=", "token"), "");
  EXPECT_EQ(split_target("/").query, "");
}

TEST(ServeScale, MeansOfWhatIsCovered) {
  EXPECT_EQ(fit_width({1920, 1080}, 0), (Size{1920, 1080}));
  EXPECT_EQ(fit_width({1920, 1080}, 1920), (Size{1920, 1080}));
  EXPECT_EQ(fit_width({1920, 1080}, 640), (Size{640, 360}));
  EXPECT_EQ(fit_width({16384, 1}, 2), (Size{2, 1}));
  for (const auto& [from, to] : {std::pair(Size{7, 5}, Size{3, 2}), std::pair(Size{8, 8}, Size{4, 4}), std::pair(Size{5, 1}, Size{1, 1}),
                                 std::pair(Size{6, 4}, Size{6, 4})}) {
    const auto pixels = random_bytes(std::size_t{from.width} * from.height * 4);
    std::vector<std::byte> small(std::size_t{to.width} * to.height * 4, std::byte{0xa5});
    shrink(pixels, from, small, to);
    for (std::uint32_t y = 0; y < to.height; ++y) {
      for (std::uint32_t x = 0; x < to.width; ++x) {
        for (std::uint32_t channel = 0; channel < 4; ++channel) {
          double sum = 0;
          int count = 0;
          for (std::uint32_t v = y * from.height / to.height; v < (y + 1) * from.height / to.height; ++v) {
            for (std::uint32_t u = x * from.width / to.width; u < (x + 1) * from.width / to.width; ++u, ++count) {
              sum += std::to_integer<int>(pixels[(std::size_t{v} * from.width + u) * 4 + channel]);
            }
          }
          EXPECT_NEAR(std::to_integer<int>(small[(std::size_t{y} * to.width + x) * 4 + channel]), sum / count, 0.5);
        }
      }
    }
  }
}

TEST(ServePicture, WhatCanBeShown) {
  const auto shows = [](TextureFormat format, TextureDimension dimension = TextureDimension::d2) {
    TextureDescriptor texture;
    texture.extent = {64, 64, 1};
    texture.format = format;
    texture.dimension = dimension;
    return check_showable(texture).has_value();
  };
  EXPECT_TRUE(shows(TextureFormat::rgba8_unorm) && shows(TextureFormat::rgba16_float) && shows(TextureFormat::nv12));
  EXPECT_FALSE(shows(TextureFormat::bc1_rgba_unorm) || shows(TextureFormat::depth32_float) || shows(TextureFormat::undefined));
  EXPECT_FALSE(shows(TextureFormat::rgba8_unorm, TextureDimension::d3) || shows(TextureFormat::rgba8_unorm, TextureDimension::d2_array));
  EXPECT_EQ(order_of(TextureFormat::bgra8_srgb), PixelOrder::bgra);
  EXPECT_EQ(order_of(TextureFormat::rgba16_float), PixelOrder::rgba);
}

TEST(ServePicture, BuffersComeBackAndAreNotShared) {
  BufferPool pool;
  auto first = pool.take(100);
  const auto* where = first->data();
  auto second = pool.take(100);
  EXPECT_NE(second->data(), where);
  first.reset();
  EXPECT_EQ(pool.take(100)->data(), where);
  auto outlives = pool.take(10);
  pool = BufferPool();
  std::ranges::fill(*outlives, std::byte{1});
}

TEST(ServeWatcher, TheWindowClosesAndAcknowledgementsOpenIt) {
  std::size_t delivered = 0;
  auto box = std::make_shared<Outbox>();
  Watcher watcher({.window = 2}, box, [&](const Event&) { ++delivered; });
  for (std::uint64_t number = 1; number <= 2; ++number) {
    watcher.note_published(0);
    EXPECT_TRUE(watcher.window_open());
    watcher.send({.number = number});
  }
  EXPECT_FALSE(watcher.window_open());
  watcher.note_published(0);  // 3 waits
  watcher.note_published(4);  // 8 waits; 3 and four more are skipped
  watcher.acknowledge(99);
  EXPECT_FALSE(watcher.window_open());
  watcher.acknowledge(1);
  EXPECT_TRUE(watcher.window_open());
  watcher.send({.number = 8});
  EXPECT_FALSE(watcher.window_open());
  watcher.acknowledge(8);  // and 2, which was sent before
  EXPECT_TRUE(watcher.window_open());
  const Counts counts = watcher.counts();
  EXPECT_EQ(counts.published, 8U);
  EXPECT_EQ(counts.sent, 3U);
  EXPECT_EQ(counts.skipped, 5U);
  EXPECT_EQ(delivered, 3U);
}

TEST(ServeWatcher, OneBrowserHasSoMuchRoom) {
  auto box = std::make_shared<Outbox>();
  auto huge = Outbox::take(box, Outbox::limit * 2);  // a frame that is larger than the limit goes alone
  ASSERT_NE(huge, nullptr);
  EXPECT_EQ(Outbox::take(box, 1), nullptr);
  huge.reset();
  auto half = Outbox::take(box, Outbox::limit / 2);
  auto other = Outbox::take(box, Outbox::limit / 2);
  EXPECT_TRUE(half != nullptr && other != nullptr);
  EXPECT_FALSE(box->has_room(1));
  other.reset();
  EXPECT_TRUE(box->has_room(1));
}

TEST(ServeCodecs, NamesAndLevels) {
  EXPECT_EQ(webcodecs_string(Codec::h264, 0, 0), "avc1.42E01F");
  EXPECT_EQ(webcodecs_string(Codec::h264, 1280, 720), "avc1.42C020");   // 3.2: 720p at 60
  EXPECT_EQ(webcodecs_string(Codec::h264, 1920, 1080), "avc1.42C02A");  // 4.2
  EXPECT_EQ(webcodecs_string(Codec::h264, 3840, 2160), "avc1.42C034");  // 5.2
  EXPECT_EQ(webcodecs_string(Codec::vp9, 0, 0), "vp09.00.10.08");
  EXPECT_EQ(webcodecs_string(Codec::vp9, 1920, 1080), "vp09.00.41.08");
  EXPECT_EQ(webcodecs_string(Codec::vp9, 3840, 2160), "vp09.00.51.08");
  EXPECT_EQ(webcodecs_string(Codec::vp8, 1920, 1080), "vp8");
  for (const Codec codec : {Codec::h264, Codec::vp9, Codec::vp8}) EXPECT_EQ(codec_from_string(webcodecs_string(codec, 640, 480)), codec);
  EXPECT_FALSE(codec_from_string("av01.0.04M.08") || codec_from_string("") || codec_from_string("vp80"));
}

/// The first sequence parameter set of an Annex B stream: profile, constraints, level.
[[nodiscard]] std::string parameter_set(std::span<const std::byte> stream) {
  for (std::size_t i = 0; i + 6 < stream.size(); ++i) {
    if (stream[i] != std::byte{0} || stream[i + 1] != std::byte{0} || stream[i + 2] != std::byte{1}) continue;
    if (std::to_integer<int>(stream[i + 3]) % 32 != 7) continue;
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "avc1.%02X%02X%02X", std::to_integer<unsigned>(stream[i + 4]),
                  std::to_integer<unsigned>(stream[i + 5]), std::to_integer<unsigned>(stream[i + 6]));
    return buffer;
  }
  return {};
}

TEST(ServeEncoder, EveryPictureComesOutAtOnceAndKeyFramesWhenAskedFor) {
  const auto codecs = available_codecs();
  if (codecs.empty()) GTEST_SKIP() << "built without libav, or its encoders are missing";
  constexpr std::uint32_t width = 320;
  constexpr std::uint32_t height = 180;
  for (const Codec codec : codecs) {
    SCOPED_TRACE(to_string(codec));
    auto encoder = VideoEncoder::create(codec, width, height, 0);
    ASSERT_TRUE(encoder) << encoder.error().message();
    for (int number = 0; number < 40; ++number) {
      const auto pixels = random_bytes(std::size_t{width + 1} * height * 4);
      const bool key = number == 0 || number == 17;
      const auto encoded = (*encoder)->encode({pixels, std::size_t{width + 1} * 4, number % 2 != 0 ? PixelOrder::bgra : PixelOrder::rgba},
                                              std::int64_t{number} * 16'667, key);
      ASSERT_TRUE(encoded) << number << ": " << encoded.error().message();
      EXPECT_EQ(encoded->key, key) << number;
      EXPECT_FALSE(encoded->bytes.empty());
      if (codec == Codec::h264) {
        // The string that the browser is given is what the stream says of itself, in every key frame.
        EXPECT_EQ(parameter_set(encoded->bytes), key ? webcodecs_string(codec, width, height) : "") << number;
      }
    }
  }
}

TEST(ServeEncoder, RefusesSizesThatNoVideoHas) {
  for (const auto& [width, height] :
       {std::pair(15U, 64U), std::pair(64U, 15U), std::pair(65U, 64U), std::pair(0U, 0U), std::pair(20000U, 64U)}) {
    EXPECT_FALSE(VideoEncoder::create(Codec::h264, width, height, 0)) << width << 'x' << height;
  }
}

}  // namespace
}  // namespace geyser::tools::web
