// Messages that are as they should be, and messages that were damaged on the way.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "geyser/channel.hpp"
#include "handles.hpp"
#include "messages.hpp"
#include "platform/socket.hpp"
#include "support/check.hpp"
#include "support/process.hpp"

namespace geyser::test {
namespace {

class Codec : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override { descriptors_ = open_descriptors(); }
  void TearDown() override { EXPECT_EQ(open_descriptors(), descriptors_) << "a descriptor was left open"; }
  Random random_{seed_for("codec") + GetParam()};

 private:
  std::size_t descriptors_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Messages, Codec, ::testing::Range<std::size_t>(0, message_kinds),
                         [](const auto& kind) { return std::string(kind_name(kind.param)); });

TEST_P(Codec, RoundTrip) {
  for (int i = 0; i < 200; ++i) {
    const ipc::Message message = random_message(random_, GetParam(), i % 10 == 0 ? ipc::max_text_bytes : 40);
    auto encoded = ipc::encode(message);
    ASSERT_TRUE(ok(encoded));
    auto decoded = ipc::decode(encoded->bytes, duplicates(*encoded));
    ASSERT_TRUE(ok(decoded));
    ASSERT_EQ(message_difference(message, *decoded), "");
  }
}

TEST_P(Codec, WorksWhereverTheBytesLie) {
  const ipc::Message message = random_message(random_, GetParam());
  auto encoded = ipc::encode(message);
  ASSERT_TRUE(ok(encoded));
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::vector<std::byte> moved(encoded->bytes.size() + shift);
    std::ranges::copy(encoded->bytes, moved.begin() + static_cast<std::ptrdiff_t>(shift));
    auto decoded = ipc::decode(std::span(moved).subspan(shift), duplicates(*encoded));
    ASSERT_TRUE(ok(decoded)) << "moved by " << shift;
    EXPECT_EQ(message_difference(message, *decoded), "");
  }
}

TEST_P(Codec, RefusesEveryTruncation) {
  for (int i = 0; i < 3; ++i) {
    const ipc::Message message = random_message(random_, GetParam(), 12);
    auto encoded = ipc::encode(message);
    ASSERT_TRUE(ok(encoded));
    for (std::size_t size = 0; size < encoded->bytes.size(); ++size) {
      // A copy of just that size, so that the address sanitizer sees a read behind it.
      const std::vector<std::byte> cut(encoded->bytes.begin(), encoded->bytes.begin() + static_cast<std::ptrdiff_t>(size));
      ASSERT_TRUE(fails(ipc::decode(cut, duplicates(*encoded)), Errc::protocol_error)) << size << " of " << encoded->bytes.size();
    }
    auto longer = encoded->bytes;
    longer.resize(longer.size() + 8);
    EXPECT_TRUE(fails(ipc::decode(longer, duplicates(*encoded)), Errc::protocol_error)) << "bytes behind the end";
  }
}

TEST_P(Codec, SurvivesEveryFlippedBit) {
  const ipc::Message message = random_message(random_, GetParam(), 8);
  auto encoded = ipc::encode(message);
  ASSERT_TRUE(ok(encoded));
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < encoded->bytes.size() * 8; ++bit) {
    auto flipped = encoded->bytes;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    auto decoded = ipc::decode(flipped, duplicates(*encoded));
    if (!decoded) {
      ++refused;
      ASSERT_TRUE(fails(decoded, Errc::protocol_error)) << "bit " << bit;
      ASSERT_FALSE(decoded.error().message().empty());
      continue;
    }
    // What was believed is something that could have been said.
    ASSERT_TRUE(ok(ipc::encode(*decoded))) << "bit " << bit;
  }
  EXPECT_GE(refused, 32U) << "the size and the identifier alone have more bits than that";
}

TEST_P(Codec, WantsExactlyItsHandles) {
  for (int i = 0; i < 20; ++i) {
    const ipc::Message message = random_message(random_, GetParam());
    auto encoded = ipc::encode(message);
    ASSERT_TRUE(ok(encoded));
    for (std::size_t count = 0; count <= platform::max_datagram_handles; ++count) {
      auto handles = duplicates(*encoded);
      while (handles.size() > count) handles.pop_back();
      while (handles.size() < count) handles.push_back(make_memory(1U << 21U));
      auto decoded = ipc::decode(encoded->bytes, std::move(handles));
      if (count == encoded->handles.size()) {
        EXPECT_TRUE(ok(decoded));
      } else {
        EXPECT_TRUE(fails(decoded, Errc::protocol_error, "handles")) << count << " instead of " << encoded->handles.size();
      }
    }
  }
}

TEST_P(Codec, RefusesAnEmptyHandle) {
  const ipc::Message message = random_message(random_, GetParam());
  auto encoded = ipc::encode(message);
  ASSERT_TRUE(ok(encoded));
  auto handles = duplicates(*encoded);
  handles.emplace_back();
  EXPECT_TRUE(fails(ipc::decode(encoded->bytes, std::move(handles)), Errc::protocol_error, "empty"));
}

class CodecOfHandles : public Codec {};
INSTANTIATE_TEST_SUITE_P(Messages, CodecOfHandles, ::testing::Values<std::size_t>(1, 4, 6, 11, 12),
                         [](const auto& kind) { return std::string(kind_name(kind.param)); });

TEST_P(CodecOfHandles, RefusesWhatIsNoMemory) {
  ipc::Message message = random_message(random_, GetParam());
  auto encoded = ipc::encode(message);
  while (encoded && encoded->handles.empty()) {  // a signalled sync_fd has none
    message = random_message(random_, GetParam());
    encoded = ipc::encode(message);
  }
  ASSERT_TRUE(ok(encoded));
  const auto wrong = no_memory();
  ASSERT_GE(wrong.size(), 5U);
  for (std::size_t place = 0; place < encoded->handles.size(); ++place) {
    for (const OsHandle& other : wrong) {
      auto handles = duplicates(*encoded);
      auto copy = other.duplicate();
      ASSERT_TRUE(ok(copy));
      handles[place] = std::move(*copy);
      EXPECT_TRUE(fails(ipc::decode(encoded->bytes, std::move(handles)), Errc::protocol_error, "cannot be memory")) << "handle " << place;
    }
  }
}

TEST(CodecLimits, MemoryMustBeAsLargeAsItIsSaidToBe) {
  Random random(seed_for("short memory"));
  for (int i = 0; i < 50; ++i) {
    ipc::Message message = random_message(random, 11);
    const TextureHandleInfo& info = std::get<ipc::UserTexture>(message).texture.info;
    if (info.type == MemoryHandleType::dma_buf) continue;  // its planes may lie in several allocations
    auto encoded = ipc::encode(message);
    ASSERT_TRUE(ok(encoded));
    auto handles = duplicates(*encoded);
    handles[0] = make_shorter_memory(info.allocation_size);
    if (!handles[0]) continue;
    EXPECT_TRUE(fails(ipc::decode(encoded->bytes, std::move(handles)), Errc::protocol_error, "UserTexture.texture.handles[0]"));
  }
}

TEST(CodecLimits, RefusesArbitraryBytes) {
  Random random(seed_for("arbitrary bytes"));
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::byte> bytes(random.below(600));
    for (auto& byte : bytes) byte = static_cast<std::byte>(random.below(256));
    ASSERT_TRUE(fails(ipc::decode(bytes, {}), Errc::protocol_error));
    ASSERT_TRUE(fails(ipc::decode_announcement(bytes), Errc::protocol_error));
  }
}

TEST(CodecLimits, RefusesMoreThanADatagram) {
  auto encoded = ipc::encode(ipc::Goodbye{});
  ASSERT_TRUE(ok(encoded));
  encoded->bytes.resize(platform::max_datagram_bytes + 8);
  const auto size = static_cast<std::uint32_t>(encoded->bytes.size() - 4);
  std::ranges::copy(std::as_bytes(std::span(&size, 1)), encoded->bytes.begin());  // an honest size prefix
  EXPECT_TRUE(fails(ipc::decode(encoded->bytes, {}), Errc::protocol_error));
  encoded->bytes.resize(platform::max_datagram_bytes);
  const auto smaller = static_cast<std::uint32_t>(encoded->bytes.size() - 4);
  std::ranges::copy(std::as_bytes(std::span(&smaller, 1)), encoded->bytes.begin());
  EXPECT_TRUE(ok(ipc::decode(encoded->bytes, {}))) << "the largest that may arrive";
}

TEST(CodecLimits, UserBytesUpToTheLimit) {
  const std::vector<std::byte> most(max_channel_message_bytes, std::byte{0x5a});
  auto encoded = ipc::encode_user(most);
  ASSERT_TRUE(ok(encoded));
  EXPECT_LE(encoded->bytes.size(), platform::max_datagram_bytes);
  auto decoded = ipc::decode(encoded->bytes, {});
  ASSERT_TRUE(ok(decoded));
  EXPECT_EQ(std::get<ipc::UserBytes>(*decoded).bytes, most);
  EXPECT_TRUE(fails(ipc::encode_user(std::vector<std::byte>(max_channel_message_bytes + 1)), Errc::invalid_argument, "32768"));
  auto none = ipc::encode_user(std::span<const std::byte>{});
  ASSERT_TRUE(ok(none));
  auto nothing = ipc::decode(none->bytes, {});
  ASSERT_TRUE(ok(nothing));
  EXPECT_TRUE(std::get<ipc::UserBytes>(*nothing).bytes.empty());
}

TEST(CodecLimits, LongTextsAreCutBetweenCharacters) {
  std::string text(ipc::max_text_bytes - 1, 'x');
  text += "\xc3\xa9 and more";  // the limit falls into the middle of a character
  auto encoded = ipc::encode(ipc::Refusal{Errc::not_found, text});
  ASSERT_TRUE(ok(encoded));
  auto decoded = ipc::decode(encoded->bytes, {});
  ASSERT_TRUE(ok(decoded));
  EXPECT_EQ(std::get<ipc::Refusal>(*decoded).message, text.substr(0, ipc::max_text_bytes - 1));
  encoded = ipc::encode(ipc::Refusal{Errc::not_found, std::string("before\0after", 12)});
  ASSERT_TRUE(ok(encoded));
  decoded = ipc::decode(encoded->bytes, {});
  ASSERT_TRUE(ok(decoded));
  EXPECT_EQ(std::get<ipc::Refusal>(*decoded).message, "before");
}

TEST(CodecLimits, AStatusOfTheMostReadersFits) {
  Random random(seed_for("most readers"));
  ipc::StatusReply reply{StreamStatus{.stream = random_stream(random), .last_publish = {}, .readers = {}}};
  for (std::size_t i = 0; i < max_stream_readers; ++i) {
    ReaderStatus reader;
    reader.process_id = static_cast<std::uint32_t>(i);
    reader.application = "application " + std::to_string(i) + std::string(900, 'a');
    reader.why_not_zero_copy = "reason " + std::to_string(i) + std::string(2000, 'b');
    reader.frames = ~std::uint64_t{0} - i;
    reply.status.readers.push_back(std::move(reader));
  }
  const ipc::Message message = std::move(reply);
  auto encoded = ipc::encode(message);
  ASSERT_TRUE(ok(encoded));
  auto decoded = ipc::decode(encoded->bytes, {});
  ASSERT_TRUE(ok(decoded));
  const auto& readers = std::get<ipc::StatusReply>(*decoded).status.readers;
  ASSERT_EQ(readers.size(), max_stream_readers);
  EXPECT_TRUE(readers[255].application.starts_with("application 255"));
  EXPECT_EQ(readers[255].frames, ~std::uint64_t{0} - 255);
}

TEST(CodecLimits, AnotherVersionSaysHelloInWordsThatCanBeAnswered) {
  ipc::Hello hello{.version = 7, .application = "newer", .max_held = 99};
  auto encoded = ipc::encode(hello);
  ASSERT_TRUE(ok(encoded));
  auto decoded = ipc::decode(encoded->bytes, {});
  ASSERT_TRUE(ok(decoded));
  EXPECT_EQ(std::get<ipc::Hello>(*decoded).version, 7U);
  EXPECT_EQ(std::get<ipc::Hello>(*decoded).application, "newer");
  encoded = ipc::encode(ipc::StatusRequest{9});
  ASSERT_TRUE(ok(encoded));
  decoded = ipc::decode(encoded->bytes, {});
  ASSERT_TRUE(ok(decoded));
  EXPECT_EQ(std::get<ipc::StatusRequest>(*decoded).version, 9U);
}

TEST(CodecLimits, WhatWasMovedFromIsNotSent) {
  Random random(seed_for("moved from"));
  const auto spoil_and_encode = [&](std::size_t kind, auto spoil) {
    ipc::Message message = random_message(random, kind);
    spoil(message);
    return ipc::encode(message);
  };
  EXPECT_TRUE(fails(spoil_and_encode(4, [](ipc::Message& m) { std::get<ipc::Welcome>(m).claims.reset(); }), Errc::invalid_argument,
                    "Welcome.claims"));
  EXPECT_TRUE(fails(spoil_and_encode(11, [](ipc::Message& m) { std::get<ipc::UserTexture>(m).texture.handles[0].reset(); }),
                    Errc::protocol_error, "no OS handle"));
  EXPECT_TRUE(fails(spoil_and_encode(12, [](ipc::Message& m) { std::get<ipc::UserSemaphore>(m).semaphore = SemaphoreHandle{}; }),
                    Errc::protocol_error, "type"));
  EXPECT_TRUE(fails(spoil_and_encode(8, [](ipc::Message& m) { std::get<ipc::StreamChanged>(m).stream.texture.extent.width = 0; }),
                    Errc::invalid_argument, "extent.width"));
}

TEST(CodecLimits, TooManyHandlesAreNotSent) {
  Random random(seed_for("too many"));
  ipc::ReaderReady ready;
  for (std::size_t i = 0; i <= platform::max_datagram_handles; ++i) {
    ready.released.push_back(std::move(std::get<ipc::ReaderReady>(random_message(random, 1)).released.front()));
  }
  EXPECT_TRUE(fails(ipc::encode(std::move(ready)), Errc::limit_exceeded, "handles"));
}

TEST(Announcement, RoundTripTruncationAndFlippedBits) {
  Random random(seed_for("announcement"));
  for (int i = 0; i < 100; ++i) {
    const StreamInfo stream = random_stream(random, i % 10 == 0 ? ipc::max_text_bytes : 40);
    auto bytes = ipc::encode_announcement(stream);
    ASSERT_TRUE(ok(bytes));
    auto decoded = ipc::decode_announcement(*bytes);
    ASSERT_TRUE(ok(decoded));
    ASSERT_EQ(difference(stream, *decoded), "");
  }
  auto bytes = ipc::encode_announcement(random_stream(random, 12));
  ASSERT_TRUE(ok(bytes));
  for (std::size_t size = 0; size < bytes->size(); ++size) {
    const std::vector<std::byte> cut(bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_TRUE(fails(ipc::decode_announcement(cut), Errc::protocol_error)) << size;
  }
  for (std::size_t bit = 0; bit < bytes->size() * 8; ++bit) {
    auto flipped = *bytes;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    if (auto decoded = ipc::decode_announcement(flipped); !decoded) {
      ASSERT_TRUE(fails(decoded, Errc::protocol_error)) << bit;
    }
  }
}

TEST(Announcement, IsNoMessageAndAMessageIsNone) {
  Random random(seed_for("identifiers"));
  auto announcement = ipc::encode_announcement(random_stream(random));
  ASSERT_TRUE(ok(announcement));
  EXPECT_TRUE(fails(ipc::decode(*announcement, {}), Errc::protocol_error));
  auto message = ipc::encode(random_message(random, 8));
  ASSERT_TRUE(ok(message));
  EXPECT_TRUE(fails(ipc::decode_announcement(message->bytes), Errc::protocol_error));
}

}  // namespace
}  // namespace geyser::test
