#include "tools/geyser/serve_wire.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/message.hpp"

namespace geyser::tools::web {
namespace {

using detail::text;
using Value = nlohmann::json;

constexpr std::array<std::byte, 4> magic{std::byte{'G'}, std::byte{'Y'}, std::byte{'S'}, std::byte{'R'}};

template <class Number>
void put(HeaderBytes& bytes, std::size_t at, Number number) {
  auto value = static_cast<std::uint64_t>(number);
  for (std::size_t i = 0; i < sizeof(Number); ++i, value >>= 8) bytes[at + i] = static_cast<std::byte>(value & 0xff);
}

template <class Number>
[[nodiscard]] Number get(std::span<const std::byte> bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = sizeof(Number); i > 0; --i) value = (value << 8) | std::to_integer<std::uint64_t>(bytes[at + i - 1]);
  return static_cast<Number>(value);
}

[[nodiscard]] Error wrong(std::string_view what) { return Error(Errc::protocol_error, what); }

/// The fields of one message; remembers the first that is wrong, so that a message is read in one go.
class Fields {
 public:
  explicit Fields(const Value& object) : object_(object) {}

  [[nodiscard]] std::uint64_t number(const char* key, std::uint64_t least, std::uint64_t most) {
    const auto found = object_.find(key);
    if (found == object_.end()) return refuse(key, "is missing"), least;
    if (!found->is_number_unsigned()) return refuse(key, text("is no whole number from ", least, " to ", most)), least;
    const auto value = found->get<std::uint64_t>();
    if (value < least || value > most) return refuse(key, text("is ", value, "; ", least, " to ", most, " is allowed")), least;
    return value;
  }
  [[nodiscard]] std::uint32_t small(const char* key, std::uint32_t least, std::uint32_t most) {
    return static_cast<std::uint32_t>(number(key, least, most));
  }
  [[nodiscard]] std::uint32_t id() { return small("id", 0, std::numeric_limits<std::uint32_t>::max()); }
  [[nodiscard]] double real(const char* key, double least, double most) {
    const auto found = object_.find(key);
    if (found == object_.end()) return refuse(key, "is missing"), least;
    const double value = found->is_number() ? found->get<double>() : std::numeric_limits<double>::quiet_NaN();
    if (!(value >= least && value <= most)) return refuse(key, text("is no number from ", least, " to ", most)), least;
    return value;
  }
  [[nodiscard]] std::string word(const char* key, std::size_t most) {
    const auto found = object_.find(key);
    if (found == object_.end()) return refuse(key, "is missing"), std::string();
    if (!found->is_string()) return refuse(key, "is no string"), std::string();
    auto value = found->get<std::string>();
    if (value.size() > most) return refuse(key, text("has ", value.size(), " bytes; ", most, " is the most")), std::string();
    return value;
  }
  [[nodiscard]] std::vector<std::string> words(const char* key, std::size_t most, std::size_t most_bytes) {
    const Value& list = object_.at(key);
    std::vector<std::string> all;
    if (!list.is_array() || list.size() > most) return refuse(key, text("is no list of at most ", most, " strings")), all;
    for (const Value& entry : list) {
      if (!entry.is_string() || entry.get_ref<const std::string&>().size() > most_bytes) {
        return refuse(key, text("has an entry that is no string of at most ", most_bytes, " bytes")), all;
      }
      all.push_back(entry.get<std::string>());
    }
    return all;
  }
  [[nodiscard]] bool has(const char* key) const {
    const auto found = object_.find(key);
    return found != object_.end() && !found->is_null();
  }
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  void refuse(std::string_view key, std::string_view why) {
    if (refusal_.empty()) refusal_ = text("In a message, \"", key, "\" ", why, ".");
  }

 private:
  const Value& object_;
  std::string refusal_;
};

[[nodiscard]] SubscribeMessage read_subscribe(Fields& fields) {
  SubscribeMessage message;
  message.id = fields.id();
  message.stream = fields.word("stream", 128);
  const std::string transport = fields.word("transport", 16);
  if (transport == "video") {
    message.transport = Transmission::video;
  } else if (transport != "raw") {
    fields.refuse("transport", "is neither \"raw\" nor \"video\"");
  }
  if (fields.has("codecs")) message.codecs = fields.words("codecs", max_codecs, 64);
  if (fields.has("window")) message.window = fields.small("window", 1, max_window);
  if (fields.has("maxWidth")) message.max_width = fields.small("maxWidth", 1, 16384);
  if (fields.has("maxFps")) message.max_fps = fields.real("maxFps", 0.01, 10000);
  return message;
}

[[nodiscard]] PublishMessage read_publish(Fields& fields) {
  PublishMessage message;
  message.id = fields.id();
  message.name = fields.word("name", 128);
  message.width = fields.small("width", 1, max_side);
  message.height = fields.small("height", 1, max_side);
  message.format = fields.word("format", 64);
  return message;
}

[[nodiscard]] std::optional<ClientMessage> read_fields(const std::string& type, Fields& fields) {
  if (type == "list") return ListMessage{};
  if (type == "subscribe") return read_subscribe(fields);
  if (type == "unsubscribe") return UnsubscribeMessage{fields.id()};
  if (type == "ack") {
    AckMessage message{.id = fields.id()};
    message.number = fields.number("number", 0, std::numeric_limits<std::uint64_t>::max());
    return message;
  }
  if (type == "keyframe") return KeyframeMessage{fields.id()};
  if (type == "publish") return read_publish(fields);
  if (type == "unpublish") return UnpublishMessage{fields.id()};
  if (type == "ping") return PingMessage{fields.real("time", -1e18, 1e18)};
  return std::nullopt;
}

}  // namespace

HeaderBytes write_header(const FrameHeader& header) {
  HeaderBytes bytes{};
  for (std::size_t i = 0; i < magic.size(); ++i) bytes[i] = magic[i];
  put(bytes, 4, static_cast<std::uint16_t>(header_bytes));
  put(bytes, 6, static_cast<std::uint8_t>(header.kind));
  put(bytes, 8, header.id);
  put(bytes, 12, header.payload_bytes);
  put(bytes, 16, header.number);
  put(bytes, 24, header.timestamp);
  put(bytes, 32, header.published);
  put(bytes, 40, header.sent);
  put(bytes, 48, header.width);
  put(bytes, 52, header.height);
  put(bytes, 56, static_cast<std::uint32_t>(header.format));
  return bytes;
}

Result<FrameHeader> read_header(std::span<const std::byte> message) {
  if (message.size() < header_bytes) {
    return wrong(text("A binary message has ", message.size(), " bytes; the header alone has ", header_bytes, "."));
  }
  for (std::size_t i = 0; i < magic.size(); ++i) {
    if (message[i] != magic[i]) return wrong("A binary message does not begin with \"GYSR\".");
  }
  if (const auto size = get<std::uint16_t>(message, 4); size != header_bytes) {
    return wrong(text("A frame's header says that it has ", size, " bytes; in this protocol it has ", header_bytes, "."));
  }
  if (const auto kind = get<std::uint8_t>(message, 6); kind != static_cast<std::uint8_t>(FrameKind::raw)) {
    return wrong(text("A frame's kind is ", unsigned{kind}, "; browsers send 1, raw frames."));
  }
  if (get<std::uint8_t>(message, 7) != 0 || get<std::uint32_t>(message, 60) != 0) {
    return wrong("A reserved field of a frame's header is not 0.");
  }
  FrameHeader header;
  header.id = get<std::uint32_t>(message, 8);
  header.payload_bytes = get<std::uint32_t>(message, 12);
  header.number = get<std::uint64_t>(message, 16);
  header.timestamp = get<std::int64_t>(message, 24);
  header.published = get<std::int64_t>(message, 32);
  header.sent = get<std::int64_t>(message, 40);
  header.width = get<std::uint32_t>(message, 48);
  header.height = get<std::uint32_t>(message, 52);
  const auto format = get<std::uint32_t>(message, 56);
  if (format > static_cast<std::uint32_t>(PixelOrder::bgra)) {
    return wrong(text("A frame's format is ", format, "; 0 (rgba8unorm) and 1 (bgra8unorm) are allowed."));
  }
  header.format = static_cast<PixelOrder>(format);
  if (header.width == 0 || header.width > max_side || header.height == 0 || header.height > max_side) {
    return wrong(text("A frame is ", header.width, 'x', header.height, "; each side is 1 to ", max_side, '.'));
  }
  if (const auto bytes = std::uint64_t{header.width} * header.height * 4; header.payload_bytes != bytes) {
    return wrong(
        text("A frame says that it has ", header.payload_bytes, " bytes; ", header.width, 'x', header.height, " pixels have ", bytes, '.'));
  }
  if (message.size() - header_bytes != header.payload_bytes) {
    return wrong(text("A frame has ", message.size() - header_bytes, " bytes after its header, which says ", header.payload_bytes, '.'));
  }
  // It becomes nanoseconds.
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 1000;
  if (header.timestamp > most || header.timestamp < -most) {
    return wrong(text("A frame's timestamp is ", header.timestamp, " microseconds; ", most, " either way is allowed."));
  }
  return header;
}

Result<ClientMessage> parse_message(std::string_view message) {
  if (message.size() > max_control_bytes) {
    return wrong(text("A message has ", message.size(), " bytes; ", max_control_bytes, " is the most."));
  }
  // Nothing here nests deeper than a list in an object; what does is no message and is not built up.
  bool deep = false;
  const auto shallow = [&deep](int depth, Value::parse_event_t, Value&) {
    deep = deep || depth > 4;
    return !deep;
  };
  const Value object = Value::parse(message, shallow, false);
  if (deep || object.is_discarded() || !object.is_object()) return wrong("A text message is no JSON object.");
  const auto type = object.find("type");
  if (type == object.end() || !type->is_string()) return wrong("A message has no \"type\".");
  const auto& name = type->get_ref<const std::string&>();
  Fields fields(object);
  auto read = read_fields(name, fields);
  if (!read) return wrong(text("A message's type is \"", name.substr(0, 32), "\", which this protocol does not have."));
  if (!fields.refusal().empty()) return wrong(fields.refusal());
  return *std::move(read);
}

}  // namespace geyser::tools::web
