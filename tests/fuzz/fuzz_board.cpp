// The pages of streams: a board as a hostile publisher might write it, claims and a doorbell as a hostile reader might.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <vector>

#include "descriptors.hpp"
#include "geyser/geyser.hpp"
#include "reader.hpp"
#include "stream/board.hpp"
#include "stream/claims.hpp"

using namespace geyser;
using namespace geyser::detail;

namespace {

/// The peer's mapping of a page.
class Page {
 public:
  explicit Page(const OsHandle& handle) {
    struct stat info{};
    fuzz::require(::fstat(handle.fd(), &info) == 0, "a page has a size");
    size_ = static_cast<std::size_t>(info.st_size);
    void* data = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, handle.fd(), 0);
    fuzz::require(data != MAP_FAILED, "the peer can map the page");
    data_ = static_cast<std::uint8_t*>(data);
  }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;
  ~Page() { ::munmap(data_, size_); }
  void scribble(fuzz::Reader& in) {
    const std::size_t at = in.value<std::uint16_t>() % size_;
    const auto content = in.bytes(size_ - at);
    if (!content.empty()) std::memcpy(data_ + at, content.data(), content.size());
  }
  void copy_from(const OsHandle& handle) {
    fuzz::require(::pread(handle.fd(), data_, size_, 0) == static_cast<ssize_t>(size_), "a page can be copied");
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

BoardFrame read_frame(fuzz::Reader& in) {
  BoardFrame frame;
  frame.number = in.value<std::uint8_t>() + std::uint64_t{1};
  frame.generation = in.value<std::uint64_t>();
  frame.texture_id = in.value<std::uint64_t>();
  frame.written_value = in.value<std::uint64_t>();
  frame.layout = in.value<TextureLayout>();
  frame.info.timestamp = {.nanoseconds = in.value<std::int64_t>(), .clock = in.value<ClockType>()};
  if (in.value<bool>()) frame.info.damage = in.value<Rect>();
  if (in.value<bool>()) frame.info.color = in.value<ColorInfo>();
  if (in.value<bool>()) frame.info.hdr = in.value<HdrMetadata>();
  const auto user = in.bytes(max_user_data_bytes);
  frame.info.user_bytes = user.size();
  if (!user.empty()) std::memcpy(frame.info.user_storage.data(), user.data(), user.size());
  return frame;
}

void look(const BoardReader& reader, FrameRef ref) {
  BoardFrame frame;
  if (!reader.read(ref, frame)) return;
  fuzz::require(frame.number == frame_of(ref) && frame.info.number == frame.number, "a frame has the number of its reference");
  fuzz::require(frame.generation != 0 && frame.texture_id != 0, "a frame belongs to a texture");
  fuzz::require(frame.info.user_bytes <= max_user_data_bytes, "a frame's bytes fit");
  fuzz::require(frame.layout > TextureLayout::undefined && frame.layout <= TextureLayout::transfer_dst, "a frame has a layout");
  fuzz::require(frame.info.timestamp.clock >= ClockType::monotonic && frame.info.timestamp.clock <= ClockType::media, "a clock is known");
  TextureDescriptor descriptor;
  descriptor.extent = {1, 1, 1};
  descriptor.format = TextureFormat::rgba8_unorm;
  descriptor.color = frame.info.color;
  fuzz::require(validate(descriptor).has_value(), "a frame's colour is one of a texture");
}

void run_board(fuzz::Reader& in) {
  auto writer = BoardWriter::create();
  fuzz::require(writer.has_value(), "a board can be made");
  for (auto frames = in.value<std::uint8_t>() % 4; frames > 0; --frames) {
    const BoardFrame frame = read_frame(in);
    writer->publish(in.value<std::uint8_t>() % max_stream_textures, frame);
  }
  // The publisher's own page cannot be written by anybody else, so a hostile publisher's is a copy that can.
  struct stat info{};
  fuzz::require(::fstat(writer->handle().fd(), &info) == 0, "a board has a size");
  auto memory = platform::SharedMemory::create(static_cast<std::uint64_t>(info.st_size), "fuzz");
  fuzz::require(memory.has_value(), "shared memory can be made");
  Page page(memory->handle());
  page.copy_from(writer->handle());
  if (in.value<bool>()) page.scribble(in);
  auto handle = memory->handle().duplicate();
  fuzz::require(handle.has_value(), "a handle can be duplicated");
  auto reader = BoardReader::open(*handle);
  fuzz::require(reader.has_value() != static_cast<bool>(*handle), "a handle is taken on success only");
  if (!reader) return;
  for (int step = 0; step < 8; ++step) {
    look(*reader, reader->newest());
    for (std::uint64_t number = 0; number < board_history; ++number) {
      const FrameRef ref = reader->find(number);
      fuzz::require(ref == 0 || frame_of(ref) == number, "what is found was looked for");
      if (ref != 0) look(*reader, ref);
    }
    const auto cursor = in.value<std::uint64_t>();
    const FrameRef next = reader->next(cursor);
    fuzz::require(next == 0 || frame_of(next) >= cursor, "the next frame is not one of before");
    for (std::uint32_t slot = 0; slot < 0xff; slot += 5) look(*reader, frame_ref(in.value<std::uint8_t>(), slot));
    look(*reader, in.value<std::uint64_t>());
    static_cast<void>(reader->closed());
    reader->wait(reader->ticket(), std::chrono::nanoseconds(in.value<std::uint8_t>()));
    if (in.empty()) return;
    page.scribble(in);
  }
}

void run_claims(fuzz::Reader& in) {
  auto publisher = ClaimReader::create(in.value<std::uint64_t>());
  fuzz::require(publisher.has_value(), "a claim page can be made");
  Page page(publisher->handle());
  for (int step = 0; step < 8; ++step) {
    page.scribble(in);
    fuzz::require(publisher->held() <= max_held_frames, "nobody holds more slots than there are claims");
    std::uint32_t held = 0;
    for (std::uint32_t slot = 0; slot < max_stream_textures; ++slot) {
      held += publisher->holds(slot) ? 1U : 0U;
      static_cast<void>(publisher->releases(slot));
    }
    fuzz::require(held == publisher->held(), "a slot is held or not");
    const std::uint32_t slot = in.value<std::uint8_t>() % max_stream_textures;
    publisher->forget(slot);
    const auto left = publisher->releases(slot);
    fuzz::require(std::all_of(left.begin(), left.end(), [](std::uint64_t value) { return value == 0; }), "what is forgotten is gone");
    const ClaimCounters counters = publisher->counters();
    fuzz::require(counters.latency_p50.count() >= 0 && counters.latency_p50 <= counters.latency_p99, "latencies are in order");
    static_cast<void>(publisher->cursor());
    static_cast<void>(publisher->sleeping());
    if (in.empty()) break;
  }
  // The other way round: the page is the publisher's, and the reader goes on with it.
  auto handle = publisher->handle().duplicate();
  fuzz::require(handle.has_value(), "a handle can be duplicated");
  auto reader = ClaimWriter::open(*handle);
  fuzz::require(reader.has_value() != static_cast<bool>(*handle), "a handle is taken on success only");
  if (!reader) return;
  for (int step = 0; step < 8; ++step) {
    const std::uint32_t index = in.value<std::uint8_t>() % max_held_frames;
    const auto ref = in.value<std::uint64_t>();
    reader->claim(index, ref);
    fuzz::require(ref == 0 || slot_of(ref) >= max_stream_textures || publisher->holds(slot_of(ref)), "a claim is seen");
    page.scribble(in);
    reader->release(index, in.value<std::uint64_t>());
    reader->count(in.value<std::uint64_t>(), in.value<std::uint64_t>(), std::chrono::nanoseconds(in.value<std::int64_t>()));
    static_cast<void>(reader->cursor());
    if (in.empty()) return;
  }
}

void run_doorbell(fuzz::Reader& in) {
  auto bell = Doorbell::create();
  fuzz::require(bell.has_value(), "a doorbell can be made");
  Page page(bell->handle());
  for (int step = 0; step < 4; ++step) {
    page.scribble(in);
    const auto start = std::chrono::steady_clock::now();
    bell->wait(in.value<bool>() ? bell->ticket() : in.value<std::uint32_t>(), std::chrono::nanoseconds(in.value<std::uint16_t>()));
    fuzz::require(std::chrono::steady_clock::now() - start < std::chrono::seconds(2), "a wait is bounded, whatever the peer writes");
    bell->ring();
  }
}

/// Any handle at all.
template <class Opened>
void run_open(fuzz::Reader& in) {
  OsHandle handle = fuzz::read_os_handle(in);
  const bool had = static_cast<bool>(handle);
  auto opened = Opened::open(handle);
  fuzz::require(opened.has_value() ? !handle : static_cast<bool>(handle) == had, "a handle is taken on success only");
}

void run(fuzz::Reader& in) {
  switch (in.value<std::uint8_t>() % 6) {
    case 0:
    case 1:
      return run_board(in);
    case 2:
      return run_claims(in);
    case 3:
      return run_doorbell(in);
    case 4:
      return run_open<BoardReader>(in);
    default:
      return in.value<bool>() ? run_open<ClaimWriter>(in) : run_open<Doorbell>(in);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  set_log_level(LogLevel::off);
  const int before = fuzz::open_descriptors();
  fuzz::Reader in(data, size);
  run(in);
  fuzz::require(fuzz::open_descriptors() == before, "no descriptor is left open");
  return 0;
}
