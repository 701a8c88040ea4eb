// Any bytes with any handles: a message is refused with a sentence, or believed and could have been said.
#include <vector>

#include "descriptors.hpp"
#include "ipc/codec.hpp"
#include "reader.hpp"

using namespace geyser;

namespace {

/// The handles come from the first two bytes, so that the rest is the message as it would arrive.
std::vector<OsHandle> read_handles(fuzz::Reader& in) {
  const auto count = in.value<std::uint8_t>() % 10U;
  const auto kinds = in.value<std::uint8_t>();
  std::vector<OsHandle> handles;
  for (unsigned i = 0; i < count; ++i) {
    if ((kinds >> (i % 8U) & 1U) != 0) {
      int ends[2] = {-1, -1};
      fuzz::require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2 works");
      ::close(ends[1]);
      handles.emplace_back(ends[0]);
      continue;
    }
    handles.emplace_back(::memfd_create("fuzz", MFD_CLOEXEC));
    fuzz::require(static_cast<bool>(handles.back()), "memfd_create works");
    fuzz::require(::ftruncate(handles.back().fd(), 1 << 24) == 0, "ftruncate works");
  }
  return handles;
}

void run(fuzz::Reader& in) {
  auto handles = read_handles(in);
  const std::size_t count = handles.size();
  const auto rest = in.rest();
  auto message = ipc::decode(std::as_bytes(rest), std::move(handles));
  if (!message) {
    fuzz::require(message.error().code() == Errc::protocol_error, "bad bytes are a protocol error");
    fuzz::require(!message.error().message().empty(), "a refusal says why");
    return;
  }
  const auto again = ipc::encode(*message);
  fuzz::require(again.has_value(), "what is believed could have been said");
  fuzz::require(again->handles.size() == count, "every handle is named");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { return fuzz::keep_descriptors(data, size, run); }
