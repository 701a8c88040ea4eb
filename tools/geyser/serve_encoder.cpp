// Video by libav: libx264 and libvpx, without pictures that wait for later ones.
#include "tools/geyser/serve_encoder.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <array>
#include <thread>

#include "core/message.hpp"

namespace geyser::tools::web {
namespace {

using detail::text;

struct Free {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

[[nodiscard]] const char* library_of(Codec codec) {
  switch (codec) {
    case Codec::h264:
      return "libx264";
    case Codec::vp9:
      return "libvpx-vp9";
    case Codec::vp8:
      return "libvpx";
  }
  return "";
}

[[nodiscard]] Error failure(std::string_view what, int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> why{};
  av_strerror(code, why.data(), why.size());
  return Error(code == AVERROR(ENOMEM) ? Errc::out_of_memory : Errc::internal, text(what, " fails: ", why.data(), '.'));
}

void set_option(AVCodecContext& context, const char* name, const std::string& value) {
  // An option that this build of the library does not have costs quality or speed, not correctness; what must hold is checked on what comes
  // out.
  (void)av_opt_set(context.priv_data, name, value.c_str(), 0);
}

[[nodiscard]] int threads_for(std::uint32_t width, std::uint32_t height) {
  const auto useful = std::max<std::uint64_t>(1, std::uint64_t{width} * height / 230400);  // 640 x 360 each
  return static_cast<int>(std::min<std::uint64_t>({useful, std::max(1U, std::thread::hardware_concurrency()), 8}));
}

void set_up(AVCodecContext& context, Codec codec, std::uint32_t width, std::uint32_t height, std::uint64_t bitrate) {
  context.width = static_cast<int>(width);
  context.height = static_cast<int>(height);
  context.pix_fmt = AV_PIX_FMT_YUV420P;
  context.time_base = {1, 1'000'000};
  context.framerate = {60, 1};
  context.bit_rate = static_cast<std::int64_t>(bitrate != 0 ? bitrate : std::uint64_t{width} * height * 6 + 500'000);
  context.rc_max_rate = context.bit_rate;
  context.rc_buffer_size = static_cast<int>(std::min<std::int64_t>(context.bit_rate / 2, 1 << 30));
  context.gop_size = 1 << 20;  // key frames come when they are asked for
  context.max_b_frames = 0;
  context.thread_count = threads_for(width, height);
  context.flags |= AV_CODEC_FLAG_LOW_DELAY;
  context.color_range = AVCOL_RANGE_MPEG;
  // VP8 knows BT.601 alone.
  const bool bt601 = codec == Codec::vp8;
  context.colorspace = bt601 ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709;
  context.color_primaries = bt601 ? AVCOL_PRI_SMPTE170M : AVCOL_PRI_BT709;
  context.color_trc = bt601 ? AVCOL_TRC_SMPTE170M : AVCOL_TRC_BT709;
  if (codec == Codec::h264) {
    context.profile = FF_PROFILE_H264_CONSTRAINED_BASELINE;
    context.level = static_cast<int>(std::stoul(webcodecs_string(codec, width, height).substr(9), nullptr, 16));
    set_option(context, "preset", "ultrafast");
    set_option(context, "tune", "zerolatency");
    set_option(context, "profile", "baseline");
    set_option(context, "forced-idr", "1");
  } else {
    set_option(context, "deadline", "realtime");
    set_option(context, "cpu-used", codec == Codec::vp9 ? "8" : "12");
    set_option(context, "lag-in-frames", "0");
    set_option(context, "error-resilient", "0");
    set_option(context, "auto-alt-ref", "0");
    set_option(context, "static-thresh", "0");
    if (codec == Codec::vp9) {
      set_option(context, "row-mt", "1");
      set_option(context, "tile-columns", width >= 1280 ? "2" : width >= 512 ? "1" : "0");
      set_option(context, "aq-mode", "3");
    }
  }
}

class LibavEncoder final : public VideoEncoder {
 public:
  LibavEncoder(Owned<AVCodecContext> context, Owned<AVFrame> frame, Owned<AVPacket> packet)
      : context_(std::move(context)), frame_(std::move(frame)), packet_(std::move(packet)) {}

  Result<EncodedPicture> encode(const PictureView& picture, std::int64_t time, bool key) override {
    if (auto ok = convert(picture); !ok) return std::move(ok).error();
    frame_->pts = time;
    frame_->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    if (const int code = avcodec_send_frame(context_.get(), frame_.get()); code < 0) return failure("Encoding a picture", code);
    if (const int code = avcodec_receive_packet(context_.get(), packet_.get()); code < 0)
      return failure("Encoding a picture without delay", code);
    EncodedPicture encoded;
    encoded.key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
    const auto* bytes = reinterpret_cast<const std::byte*>(packet_->data);
    encoded.bytes.assign(bytes, bytes + packet_->size);
    av_packet_unref(packet_.get());
    return encoded;
  }

 private:
  [[nodiscard]] Result<void> convert(const PictureView& picture) {
    // The encoder may still hold the picture before.
    if (const int code = av_frame_make_writable(frame_.get()); code < 0) return failure("Making room for a picture", code);
    if (scaler_ == nullptr || order_ != picture.order) {
      order_ = picture.order;
      const AVPixelFormat from = order_ == PixelOrder::bgra ? AV_PIX_FMT_BGR0 : AV_PIX_FMT_RGB0;
      scaler_.reset(sws_getContext(context_->width, context_->height, from, context_->width, context_->height, AV_PIX_FMT_YUV420P,
                                   SWS_BILINEAR | SWS_ACCURATE_RND, nullptr, nullptr, nullptr));
      if (scaler_ == nullptr) return Error(Errc::internal, "libswscale has no conversion from RGBA to YUV.");
      const int* matrix = sws_getCoefficients(context_->colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_ITU601);
      if (sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(SWS_CS_DEFAULT), 1, matrix, 0, 0, 1 << 16, 1 << 16) < 0) {
        return Error(Errc::internal, "libswscale cannot convert to the colours of the video.");
      }
    }
    const std::array<const std::uint8_t*, 1> data{reinterpret_cast<const std::uint8_t*>(picture.bytes.data())};
    const std::array<int, 1> pitch{static_cast<int>(picture.pitch)};
    const int rows = sws_scale(scaler_.get(), data.data(), pitch.data(), 0, context_->height, frame_->data, frame_->linesize);
    if (rows != context_->height) return Error(Errc::internal, "libswscale did not convert the whole picture.");
    return {};
  }

  Owned<AVCodecContext> context_;
  Owned<AVFrame> frame_;
  Owned<AVPacket> packet_;
  Owned<SwsContext> scaler_;
  PixelOrder order_ = PixelOrder::rgba;
};

}  // namespace

std::vector<Codec> available_codecs() {
  av_log_set_level(AV_LOG_FATAL);  // libraries do not write to this program's standard error
  std::vector<Codec> codecs;
  for (const Codec codec : {Codec::h264, Codec::vp9, Codec::vp8}) {
    if (VideoEncoder::create(codec, 64, 64, 0)) codecs.push_back(codec);
  }
  return codecs;
}

Result<std::unique_ptr<VideoEncoder>> VideoEncoder::create(Codec codec, std::uint32_t width, std::uint32_t height, std::uint64_t bitrate) {
  if (width < least_video_side || height < least_video_side || (width | height) % 2 != 0 || width > 16384 || height > 16384) {
    return Error(Errc::invalid_argument,
                 text("A video is to be ", width, 'x', height, "; its sides are even, from ", least_video_side, " to 16384."));
  }
  const AVCodec* library = avcodec_find_encoder_by_name(library_of(codec));
  if (library == nullptr) {
    return Error(Errc::unsupported_feature,
                 text("This system's libavcodec has no ", library_of(codec), "; use another codec, or \"raw\"."));
  }
  Owned<AVCodecContext> context(avcodec_alloc_context3(library));
  Owned<AVFrame> frame(av_frame_alloc());
  Owned<AVPacket> packet(av_packet_alloc());
  if (context == nullptr || frame == nullptr || packet == nullptr) return Error(Errc::out_of_memory, "There is no memory for an encoder.");
  set_up(*context, codec, width, height, bitrate);
  if (const int code = avcodec_open2(context.get(), library, nullptr); code < 0) return failure(text("Opening ", library_of(codec)), code);
  frame->format = context->pix_fmt;
  frame->width = context->width;
  frame->height = context->height;
  frame->color_range = context->color_range;
  frame->colorspace = context->colorspace;
  frame->color_primaries = context->color_primaries;
  frame->color_trc = context->color_trc;
  if (const int code = av_frame_get_buffer(frame.get(), 0); code < 0) return failure("Making room for pictures", code);
  return std::unique_ptr<VideoEncoder>(std::make_unique<LibavEncoder>(std::move(context), std::move(frame), std::move(packet)));
}

}  // namespace geyser::tools::web
