#include "handmade.hpp"

#include <cstring>
#include <thread>

#include "core/message.hpp"
#include "frames.hpp"
#include "geyser/host.hpp"
#include "stream/names.hpp"

namespace geyser::test {
namespace {

using detail::text;

Result<platform::SharedMemory> map_copy(const OsHandle& handle) {
  auto copy = handle.duplicate();
  if (!copy) return std::move(copy).error();
  return platform::SharedMemory::open(*copy, 1);
}

}  // namespace

Result<HandmadeReader> HandmadeReader::connect(const std::string& directory, const std::string& name, std::chrono::milliseconds timeout) {
  auto manager = host::create_manager();
  if (!manager) return std::move(manager).error();
  auto folder = platform::RuntimeDirectory::open(directory);
  if (!folder) return std::move(folder).error();
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (true) {
    auto live = folder->find(detail::stream_kind, name);
    if (!live) return std::move(live).error();
    if (*live) {
      auto socket = platform::Socket::connect((*live)->socket_path, timeout);
      if (socket) return HandmadeReader(std::move(*manager), std::move(*socket));
    }
    if (std::chrono::steady_clock::now() >= end) return Error(Errc::not_found, text("no stream ", name));
    std::this_thread::sleep_for(1ms);
  }
}

ipc::Hello HandmadeReader::hello() const {
  ipc::Hello said;
  said.application = "handmade reader";
  said.max_held = max_held_frames;
  said.capabilities = manager_.capabilities();
  return said;
}

Result<void> HandmadeReader::send_raw(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) const {
  return send_bytes(link_->socket(), bytes, handles);
}

Result<void> HandmadeReader::greet() {
  if (auto sent = send(hello()); !sent) return sent;
  auto message = link_->receive(5s);
  if (!message) return std::move(message).error();
  if (const auto* refusal = std::get_if<ipc::Refusal>(&*message)) return Error(refusal->code, refusal->message);
  auto* welcome = std::get_if<ipc::Welcome>(&*message);
  if (welcome == nullptr) return Error(Errc::protocol_error, "the answer to Hello is no Welcome");
  lane_id_ = welcome->lane_id;
  auto claims_memory = map_copy(welcome->claims);
  if (!claims_memory) return std::move(claims_memory).error();
  claims_memory_.emplace(std::move(*claims_memory));
  auto doorbell_memory = map_copy(welcome->doorbell);
  if (!doorbell_memory) return std::move(doorbell_memory).error();
  doorbell_memory_.emplace(std::move(*doorbell_memory));
  auto board_handle = welcome->board.duplicate();
  if (!board_handle) return std::move(board_handle).error();
  board_handle_ = std::move(*board_handle);
  auto written_handle = welcome->written.handle.duplicate();
  if (!written_handle) return std::move(written_handle).error();
  written_handle_ = std::move(*written_handle);
  auto board = detail::BoardReader::open(welcome->board);
  if (!board) return std::move(board).error();
  board_.emplace(std::move(*board));
  auto claims = detail::ClaimWriter::open(welcome->claims);
  if (!claims) return std::move(claims).error();
  claims_.emplace(std::move(*claims));
  auto doorbell = detail::Doorbell::open(welcome->doorbell);
  if (!doorbell) return std::move(doorbell).error();
  doorbell_.emplace(std::move(*doorbell));
  auto written = manager_.import_semaphore(std::move(welcome->written));
  if (!written) return std::move(written).error();
  written_.emplace(std::move(*written));
  return {};
}

Result<void> HandmadeReader::take_textures(std::size_t textures) {
  while (offers_.size() < textures) {
    auto message = link_->receive(5s);
    if (!message) return std::move(message).error();
    if (auto* offer = std::get_if<ipc::TextureOffer>(&*message)) offers_.push_back(std::move(*offer));
  }
  return {};
}

Result<void> HandmadeReader::be_ready(std::uint32_t count) {
  ipc::ReaderReady ready;
  ready.lane_id = lane_id_;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto semaphore = manager_.create_shared_semaphore();
    if (!semaphore) return std::move(semaphore).error();
    auto handle = manager_.export_semaphore(*semaphore);
    if (!handle) return std::move(handle).error();
    ready.released.push_back(std::move(*handle));
    released_.push_back(*semaphore);
  }
  return send(std::move(ready));
}

Result<detail::FrameRef> HandmadeReader::claim_newest(std::uint32_t index, std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (std::chrono::steady_clock::now() < end) {
    const detail::FrameRef ref = board_->newest();
    if (ref != 0) {
      claims_->claim(index, ref);
      if (board_->find(detail::frame_of(ref)) == ref) return ref;
      claims_->drop(index);
    }
    std::this_thread::sleep_for(200us);
  }
  return Error(Errc::timed_out, "there is no frame to claim");
}

Result<void> HandmadeReader::wait_for_change() {
  while (true) {
    auto message = link_->receive(10s);
    if (!message) return std::move(message).error();
    if (std::holds_alternative<ipc::StreamChanged>(*message)) return {};
    if (auto* offer = std::get_if<ipc::TextureOffer>(&*message)) offers_.push_back(std::move(*offer));
  }
}

Result<std::vector<platform::SharedMemory>> HandmadeReader::map_textures() {
  std::vector<platform::SharedMemory> all;
  for (const auto& offer : offers_) {
    auto memory = map_copy(offer.texture.handles[0]);
    if (!memory) return std::move(memory).error();
    all.push_back(std::move(*memory));
  }
  return all;
}

Result<HandmadePublisher> HandmadePublisher::hold(const std::string& directory, const std::string& name) {
  auto manager = host::create_manager();
  if (!manager) return std::move(manager).error();
  auto folder = platform::RuntimeDirectory::open(directory);
  if (!folder) return std::move(folder).error();
  auto held = folder->hold(detail::stream_kind, name);
  if (!held) return std::move(held).error();
  HandmadePublisher made(std::move(*manager), std::move(*held));
  StreamInfo& info = made.info_;
  info.name = name;
  info.uuid.bytes[0] = 7;
  info.application = "handmade publisher";
  info.process_id = platform::current_process();
  info.backend = "host";
  info.device = made.manager_.identity();
  info.texture = small_texture();
  info.generation = 1;
  info.pacing = Pacing::latest;
  info.ring = 3;
  return made;
}

Result<void> HandmadePublisher::listen() {
  auto listener = platform::ListeningSocket::listen(held_.socket_path());
  if (!listener) return std::move(listener).error();
  listener_.emplace(std::move(*listener));
  return {};
}

Result<void> HandmadePublisher::announce() {
  auto bytes = ipc::encode_announcement(info_);
  if (!bytes) return std::move(bytes).error();
  return held_.announce(*bytes);
}

Result<void> HandmadePublisher::accept(std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (std::chrono::steady_clock::now() < end) {
    auto socket = listener_->accept();
    if (!socket) return std::move(socket).error();
    if (*socket) {
      link_ = std::make_unique<ipc::Link>(std::move(**socket));
      return {};
    }
    std::this_thread::sleep_for(1ms);
  }
  return Error(Errc::timed_out, "no reader connects");
}

Result<ipc::Hello> HandmadePublisher::take_hello() {
  auto message = link_->receive(10s);
  if (!message) return std::move(message).error();
  auto* hello = std::get_if<ipc::Hello>(&*message);
  if (hello == nullptr) return Error(Errc::protocol_error, "the reader's first message is no Hello");
  return std::move(*hello);
}

Result<ipc::Welcome> HandmadePublisher::welcome() {
  auto lane = detail::Lane::create(manager_, {.id = 1, .texture = info_.texture}, {});
  if (!lane) return std::move(lane).error();
  lane_ = std::move(*lane);
  number_ = 0;
  auto reader = lane_->attach(platform::current_process(), "reader");
  if (!reader) return std::move(reader).error();
  reader_ = std::move(*reader);
  ipc::Welcome message;
  message.lane_id = 1;
  message.stream = info_;
  const std::pair<const OsHandle*, OsHandle*> handles[] = {{&lane_->board().handle(), &message.board},
                                                           {&reader_->claims.handle(), &message.claims},
                                                           {&lane_->doorbell().handle(), &message.doorbell}};
  for (const auto& [from, to] : handles) {
    auto copy = from->duplicate();
    if (!copy) return std::move(copy).error();
    *to = std::move(*copy);
  }
  auto written = lane_->export_written();
  if (!written) return std::move(written).error();
  message.written = std::move(*written);
  return message;
}

Result<void> HandmadePublisher::send_raw(std::span<const std::byte> bytes, std::span<const OsHandle::Value> handles) const {
  return send_bytes(link_->socket(), bytes, handles);
}

Result<void> HandmadePublisher::offer(std::size_t count) {
  std::vector<ipc::TextureOffer> offers;
  Result<void> copied;
  lane_->for_each_texture([&](std::uint64_t id, const TextureHandle& handle) {
    if (offers.size() >= count || !copied) return;
    ipc::TextureOffer offer;
    offer.lane_id = 1;
    offer.texture_id = id;
    offer.texture.info = handle.info;
    for (std::size_t i = 0; i < handle.handles.size(); ++i) {
      if (!handle.handles[i]) continue;
      auto copy = handle.handles[i].duplicate();
      if (copy) {
        offer.texture.handles[i] = std::move(*copy);
      } else {
        copied = std::move(copy).error();
      }
    }
    offers.push_back(std::move(offer));
  });
  if (!copied) return copied;
  for (auto& offer : offers) {
    if (auto sent = send(std::move(offer)); !sent) return sent;
  }
  return {};
}

Result<void> HandmadePublisher::publish(bool finished) {
  auto open = lane_->begin(1s);
  if (!open) return std::move(open).error();
  ++number_;
  auto mapped = host::map(*open->texture);
  if (!mapped) return std::move(mapped).error();
  const auto word = static_cast<std::uint32_t>(number_);
  for (std::uint64_t i = 0; i < mapped->layout.total_bytes; i += sizeof word) std::memcpy(mapped->data + i, &word, sizeof word);
  if (!finished) static_cast<void>(open->access->signal());  // promised, and never kept
  detail::BoardFrame frame;
  frame.number = number_;
  frame.info.number = number_;
  frame.info.published = Timestamp::now();
  frame.info.timestamp = frame.info.published;
  frame.info.color = info_.texture.color;
  return lane_->publish(std::move(*open), frame);
}

}  // namespace geyser::test
