#include "tools/geyser/serve_streams.hpp"

#include <algorithm>
#include <cmath>

#include "tools/common/json.hpp"

namespace geyser::tools::web {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds look_again{200};
constexpr std::chrono::seconds ask_again{1};
constexpr std::chrono::milliseconds answer_within{200};

[[nodiscard]] std::string document_of(const std::vector<ListedStream>& streams) {
  Json list = Json::array();
  for (const ListedStream& stream : streams) {
    list.push_back({{"name", stream.name},
                    {"width", stream.width},
                    {"height", stream.height},
                    {"format", stream.format},
                    {"fps", stream.fps},
                    {"readers", stream.readers},
                    {"alive", stream.alive}});
  }
  return Json{{"type", "streams"}, {"streams", std::move(list)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

[[nodiscard]] std::string web_format(TextureFormat format) {
  const FormatInfo* info = format_info(format);
  return std::string(info != nullptr && !info->webgpu.empty() ? info->webgpu : to_string(format));
}

}  // namespace

StreamWatch::StreamWatch(Directory directory, std::vector<std::string> names, Changed changed)
    : directory_(std::move(directory)),
      names_(std::move(names)),
      changed_(std::move(changed)),
      document_(std::make_shared<const std::string>(document_of({}))) {
  start([this] { run(); });
}

StreamWatch::~StreamWatch() { join(); }

std::shared_ptr<const std::string> StreamWatch::document() const {
  const std::lock_guard lock(mutex_);
  return document_;
}

bool StreamWatch::shows(const std::string& name) const { return names_.empty() || std::ranges::find(names_, name) != names_.end(); }

void StreamWatch::ask(const StreamInfo& stream, Seen& seen) const {
  const auto now = Clock::now();
  const auto status = directory_.status(stream.name, answer_within);
  const bool known = seen.uuid == stream.uuid && seen.when != Clock::time_point();
  if (seen.uuid != stream.uuid) seen = Seen{.uuid = stream.uuid};
  seen.alive = status.has_value();
  if (!status) return;
  const std::chrono::duration<double> passed = now - seen.when;
  if (known && status->frames >= seen.frames) {
    seen.fps = std::round(static_cast<double>(status->frames - seen.frames) / passed.count() * 10) / 10;
  }
  seen.frames = status->frames;
  seen.when = now;
  seen.readers = status->readers.size();
}

void StreamWatch::run() {
  auto found = directory_.list();
  auto asked = Clock::time_point();
  std::vector<ListedStream> before;
  while (!stopping()) {
    if (found) {
      const bool ask_all = Clock::now() - asked >= ask_again;
      if (ask_all) asked = Clock::now();
      std::map<std::string, Seen> seen;
      std::vector<ListedStream> now;
      for (const StreamInfo& stream : *found) {
        if (!shows(stream.name) || stopping()) continue;
        Seen& entry = seen.emplace(stream.name, seen_[stream.name]).first->second;
        if (ask_all || entry.uuid != stream.uuid) ask(stream, entry);
        now.push_back({stream.name, stream.texture.extent.width, stream.texture.extent.height, web_format(stream.texture.format), entry.fps,
                       entry.readers, entry.alive});
      }
      seen_ = std::move(seen);
      if (now != before && !stopping()) {
        before = std::move(now);
        auto document = std::make_shared<const std::string>(document_of(before));
        {
          const std::lock_guard lock(mutex_);
          document_ = document;
        }
        changed_(std::move(document));
      }
    }
    found = directory_.wait_for_change(look_again);
  }
}

}  // namespace geyser::tools::web
