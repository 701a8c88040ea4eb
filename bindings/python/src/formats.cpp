// Formats and descriptors: what a texture is.
#include <nanobind/operators.h>

#include <cstring>

#include "common.hpp"
#include "texels.hpp"

namespace geyser::python {
namespace {

using Size = std::array<std::uint32_t, 3>;

[[nodiscard]] std::uint32_t size_of(nb::handle value, const char* field) {
  if (PyLong_Check(value.ptr()) == 0) {
    fail(Errc::invalid_argument, std::string(field) + " is " + nb::cast<std::string>(nb::repr(value)) + "; allowed are whole numbers.");
  }
  const long long number = PyLong_AsLongLong(value.ptr());
  const bool beyond = PyErr_Occurred() != nullptr;
  PyErr_Clear();
  if (beyond || number < 0 || number > 0xFFFFFFFFLL) {
    fail(Errc::invalid_argument, std::string(field) + " is " + nb::cast<std::string>(nb::repr(value)) + "; allowed are 0 to 4294967295.");
  }
  return static_cast<std::uint32_t>(number);
}

void bind_enums(nb::module_& m) {
  nb::enum_<TextureFormat> formats(m, "TextureFormat",
                                   "Texture formats. A format can be given by name too: \"rgba8_unorm\". format_info() tells about each.");
  formats.value("undefined", TextureFormat::undefined);
  for (const FormatInfo& row : all_formats()) formats.value(row.name.data(), row.format);  // names are literals: a null byte follows

  nb::enum_<FormatKind>(m, "FormatKind", "Families of formats.")
      .value("color", FormatKind::color)
      .value("depth", FormatKind::depth)
      .value("stencil", FormatKind::stencil)
      .value("depth_stencil", FormatKind::depth_stencil)
      .value("bc", FormatKind::bc)
      .value("etc2", FormatKind::etc2)
      .value("astc", FormatKind::astc)
      .value("planar", FormatKind::planar);
  nb::enum_<NumericType>(m, "NumericType", "What the bits of a channel mean.")
      .value("unorm", NumericType::unorm)
      .value("snorm", NumericType::snorm)
      .value("uint", NumericType::uint)
      .value("sint", NumericType::sint)
      .value("sfloat", NumericType::sfloat)
      .value("ufloat", NumericType::ufloat);
  nb::enum_<TextureDimension>(m, "TextureDimension", "Shape of a texture.")
      .value("d2", TextureDimension::d2)
      .value("d2_array", TextureDimension::d2_array)
      .value("cube", TextureDimension::cube)
      .value("cube_array", TextureDimension::cube_array)
      .value("d3", TextureDimension::d3);
  nb::enum_<TextureUsage>(m, "TextureUsage", nb::is_flag(), "What a texture may be used for; joined by |. Copies are always possible.")
      .value("none", TextureUsage::none)
      .value("copy_src", TextureUsage::copy_src)
      .value("copy_dst", TextureUsage::copy_dst)
      .value("texture_binding", TextureUsage::texture_binding)
      .value("storage_binding", TextureUsage::storage_binding)
      .value("render_attachment", TextureUsage::render_attachment);
  nb::enum_<TextureLayout>(m, "TextureLayout", "The layout an image is handed over in.")
      .value("undefined", TextureLayout::undefined)
      .value("general", TextureLayout::general)
      .value("color_attachment", TextureLayout::color_attachment)
      .value("depth_stencil_attachment", TextureLayout::depth_stencil_attachment)
      .value("depth_stencil_read_only", TextureLayout::depth_stencil_read_only)
      .value("shader_read_only", TextureLayout::shader_read_only)
      .value("transfer_src", TextureLayout::transfer_src)
      .value("transfer_dst", TextureLayout::transfer_dst);
  nb::enum_<ColorPrimaries>(m, "ColorPrimaries", "Code points of ITU-T H.273.")
      .value("bt709", ColorPrimaries::bt709)
      .value("unspecified", ColorPrimaries::unspecified)
      .value("bt601_625", ColorPrimaries::bt601_625)
      .value("bt601_525", ColorPrimaries::bt601_525)
      .value("bt2020", ColorPrimaries::bt2020)
      .value("display_p3", ColorPrimaries::display_p3);
  nb::enum_<TransferFunction>(m, "TransferFunction", "Code points of ITU-T H.273.")
      .value("bt709", TransferFunction::bt709)
      .value("unspecified", TransferFunction::unspecified)
      .value("linear", TransferFunction::linear)
      .value("srgb", TransferFunction::srgb)
      .value("bt2020_10", TransferFunction::bt2020_10)
      .value("pq", TransferFunction::pq)
      .value("hlg", TransferFunction::hlg);
  nb::enum_<ColorRange>(m, "ColorRange", "Which numbers are black and white.")
      .value("full", ColorRange::full)
      .value("limited", ColorRange::limited);
  nb::enum_<AlphaMode>(m, "AlphaMode", "How alpha is meant.")
      .value("premultiplied", AlphaMode::premultiplied)
      .value("straight", AlphaMode::straight)
      .value("ignored", AlphaMode::ignored);
}

void bind_info(nb::module_& m) {
  nb::class_<FormatPlane>(m, "FormatPlane", "One plane (or aspect) of a format as copies see it.")
      .def_ro("block_bytes", &FormatPlane::block_bytes, "Bytes of a texel or block.")
      .def_ro("subsample_x", &FormatPlane::subsample_x, "The plane is the texture's width divided by this.")
      .def_ro("subsample_y", &FormatPlane::subsample_y, "The plane is the texture's height divided by this.");
  nb::class_<FormatInfo>(m, "FormatInfo", "One row of the table of formats. Numbers of other APIs are 0 where they have no such format.")
      .def_ro("format", &FormatInfo::format, "The format.")
      .def_prop_ro(
          "name", [](const FormatInfo& f) { return text_of(f.name); }, "\"rgba8_unorm\"")
      .def_ro("kind", &FormatInfo::kind, "Its family.")
      .def_ro("type", &FormatInfo::type, "Numeric type of the first channel or plane.")
      .def_ro("channels", &FormatInfo::channels, "Colour channels; depth and stencil count one each.")
      .def_ro("block_width", &FormatInfo::block_width, "Texels.")
      .def_ro("block_height", &FormatInfo::block_height, "Texels.")
      .def_prop_ro(
          "planes", [](const FormatInfo& f) { return std::vector<FormatPlane>(f.planes.begin(), f.planes.begin() + f.plane_count); },
          "Planes of a planar format; depth and stencil of depth + stencil; one otherwise.")
      .def_ro("srgb", &FormatInfo::srgb, "Colour channels carry the sRGB transfer function.")
      .def_ro("srgb_twin", &FormatInfo::srgb_twin, "The same bits with or without the sRGB transfer function.")
      .def_ro("vulkan", &FormatInfo::vulkan, "VkFormat.")
      .def_ro("dxgi", &FormatInfo::dxgi, "DXGI_FORMAT.")
      .def_ro("metal", &FormatInfo::metal, "MTLPixelFormat.")
      .def_ro("gl_internal", &FormatInfo::gl_internal, "OpenGL's sized internal format.")
      .def_ro("drm", &FormatInfo::drm, "DRM fourcc with alpha.")
      .def_ro("drm_opaque", &FormatInfo::drm_opaque, "DRM fourcc whose alpha is ignored.")
      .def_prop_ro(
          "webgpu", [](const FormatInfo& f) { return text_of(f.webgpu); }, "WebGPU's name; empty where it has none.")
      .def_ro("cuda_array", &FormatInfo::cuda_array, "CUarray_format.")
      .def(
          "dtype",
          [](const FormatInfo& f, std::uint32_t plane) {
            if (plane >= f.plane_count) {
              fail(Errc::invalid_argument, text_of(f.name) + " has " + std::to_string(f.plane_count) + " plane(s), and plane " +
                                               std::to_string(plane) + " was asked for.");
            }
            return nb::module_::import_("numpy").attr("dtype")(texel_type(f, plane).numpy);
          },
          "plane"_a = 0, nb::sig("def dtype(self, plane: int = 0) -> numpy.dtype[typing.Any]"),
          "NumPy's type of one component: uint8 for rgba8_unorm, uint32 for packed formats, uint8 for the bytes of compressed blocks.")
      .def("__repr__", [](const FormatInfo& f) { return "<FormatInfo " + text_of(f.name) + ">"; });
  m.def(
      "format_info",
      [](nb::handle format) {
        const FormatInfo* info = format_info(enumerator<TextureFormat>(format, "format"));
        if (info == nullptr) fail(Errc::invalid_argument, "format is undefined; allowed is a format of TextureFormat.");
        return *info;
      },
      "format"_a, nb::sig("def format_info(format: TextureFormat | str) -> FormatInfo"),
      "The row of a format, which may be given by name.");
  m.def("all_formats", [] { return std::vector<FormatInfo>(all_formats().begin(), all_formats().end()); }, "All formats.");
}

void bind_descriptor(nb::module_& m) {
  nb::class_<ColorInfo>(m, "ColorInfo", "How the numbers in a texture are meant. It travels with the texture; nothing is converted.")
      .def(
          "__init__",
          [](ColorInfo* self, nb::handle primaries, nb::handle transfer, nb::handle range, nb::handle alpha) {
            new (self) ColorInfo{enumerator<ColorPrimaries>(primaries, "primaries"), enumerator<TransferFunction>(transfer, "transfer"),
                                 enumerator<ColorRange>(range, "range"), enumerator<AlphaMode>(alpha, "alpha")};
          },
          "primaries"_a = "bt709", "transfer"_a = "srgb", "range"_a = "full", "alpha"_a = "premultiplied",
          nb::sig("def __init__(self, primaries: ColorPrimaries | str = 'bt709', transfer: TransferFunction | str = 'srgb', range: "
                  "ColorRange | "
                  "str = 'full', alpha: AlphaMode | str = 'premultiplied') -> None"),
          "Every part may be given by name.")
      .def_rw("primaries", &ColorInfo::primaries, "Primaries and white point.")
      .def_rw("transfer", &ColorInfo::transfer, "Transfer function.")
      .def_rw("range", &ColorInfo::range, "Full or limited.")
      .def_rw("alpha", &ColorInfo::alpha, "Premultiplied, straight or ignored.")
      .def(nb::self == nb::self, nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__repr__", [](const ColorInfo& c) {
        return nb::str("ColorInfo({}, {}, {}, {})")
            .format(nb::cast(c.primaries).attr("name"), nb::cast(c.transfer).attr("name"), nb::cast(c.range).attr("name"),
                    nb::cast(c.alpha).attr("name"));
      });

  nb::class_<TextureDescriptor>(m, "TextureDescriptor", "Everything that two sides must agree on about a texture.")
      .def(
          "__init__",
          [](TextureDescriptor* self, nb::handle width, nb::handle height, nb::handle format, nb::handle depth, nb::handle dimension,
             nb::handle mip_levels, nb::handle array_layers, TextureUsage usage, const ColorInfo& color, std::string label) {
            new (self) TextureDescriptor{enumerator<TextureDimension>(dimension, "dimension"),
                                         {size_of(width, "width"), size_of(height, "height"), size_of(depth, "depth")},
                                         size_of(mip_levels, "mip_levels"),
                                         size_of(array_layers, "array_layers"),
                                         enumerator<TextureFormat>(format, "format"),
                                         usage,
                                         color,
                                         std::move(label)};
          },
          "width"_a, "height"_a, "format"_a, nb::kw_only(), "depth"_a = 1, "dimension"_a = "d2", "mip_levels"_a = 1, "array_layers"_a = 1,
          "usage"_a = TextureDescriptor{}.usage, "color"_a = ColorInfo{}, "label"_a = "",
          nb::sig(
              "def __init__(self, width: int, height: int, format: TextureFormat | str, *, depth: int = 1, dimension: TextureDimension | "
              "str = 'd2', mip_levels: int = 1, array_layers: int = 1, usage: TextureUsage = ..., color: ColorInfo = ..., label: str = "
              "'') -> None"),
          "Sizes are texels of mip level 0. It is checked when it is used, or by validate().")
      .def_prop_rw(
          "width", [](const TextureDescriptor& d) { return d.extent.width; },
          [](TextureDescriptor& d, std::uint32_t v) { d.extent.width = v; }, "Texels of mip level 0.")
      .def_prop_rw(
          "height", [](const TextureDescriptor& d) { return d.extent.height; },
          [](TextureDescriptor& d, std::uint32_t v) { d.extent.height = v; }, "Texels of mip level 0.")
      .def_prop_rw(
          "depth", [](const TextureDescriptor& d) { return d.extent.depth; },
          [](TextureDescriptor& d, std::uint32_t v) { d.extent.depth = v; }, "Texels of mip level 0; 1 unless d3.")
      .def_rw("dimension", &TextureDescriptor::dimension, "Shape.")
      .def_rw("mip_levels", &TextureDescriptor::mip_levels, "Mip levels.")
      .def_rw("array_layers", &TextureDescriptor::array_layers, "1 for d2 and d3, 6 for a cube, a multiple of 6 for a cube array.")
      .def_rw("format", &TextureDescriptor::format, "The format.")
      .def_rw("usage", &TextureDescriptor::usage, "What it may be used for.")
      .def_rw("color", &TextureDescriptor::color, "How its numbers are meant.")
      .def_rw("label", &TextureDescriptor::label, "For people and debuggers; at most 255 bytes of UTF-8.")
      .def(
          "validate", [](const TextureDescriptor& d) { unwrap(validate(d)); },
          "Raises InvalidArgument, UnsupportedFormat or LimitExceeded.")
      .def(
          "content_bytes", [](const TextureDescriptor& d) { return unwrap(content_bytes(d)); },
          "Bytes of all levels, layers and planes, rows without gaps.")
      .def(
          "shape", [](const TextureDescriptor& d, const TextureRegion& region) { return nb::tuple(nb::cast(tensor_of(d, region).shape)); },
          "region"_a = TextureRegion{}, nb::sig("def shape(self, region: TextureRegion = ...) -> tuple[int, ...]"),
          "Shape of a region as a NumPy array: (height, width) for one component, (height, width, components) for more, with the depth "
          "first for d3. Compressed formats: (rows of blocks, blocks in a row, bytes of a block).")
      .def(nb::self == nb::self, nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__repr__", [](const TextureDescriptor& d) { return "<TextureDescriptor " + describe(d) + ">"; });
}

}  // namespace

void bind_formats(nb::module_& m) {
  bind_enums(m);
  bind_info(m);
  nb::class_<TextureRegion>(m, "TextureRegion", "One mip level, one layer, one plane; the whole of it unless extent says less.")
      .def(
          "__init__",
          [](TextureRegion* self, std::uint32_t mip_level, std::uint32_t array_layer, std::uint32_t plane, const Size& offset,
             const std::optional<Size>& extent) {
            new (self) TextureRegion{mip_level, array_layer, plane, {offset[0], offset[1], offset[2]}, std::nullopt};
            if (extent) self->extent = Extent3D{(*extent)[0], (*extent)[1], (*extent)[2]};
          },
          "mip_level"_a = 0, "array_layer"_a = 0, "plane"_a = 0, "offset"_a = Size{0, 0, 0}, "extent"_a = nb::none(),
          nb::sig("def __init__(self, mip_level: int = 0, array_layer: int = 0, plane: int = 0, offset: tuple[int, int, int] = (0, 0, 0), "
                  "extent: tuple[int, int, int] | None = None) -> None"),
          "offset and extent are x, y, z in texels of the plane.")
      .def_rw("mip_level", &TextureRegion::mip_level, "Mip level.")
      .def_rw("array_layer", &TextureRegion::array_layer, "Layer, or cube face + 6 x cube.")
      .def_rw("plane", &TextureRegion::plane, "Plane of a planar format; of depth + stencil: 0 = depth, 1 = stencil.")
      .def_prop_ro(
          "offset", [](const TextureRegion& r) { return std::tuple(r.offset.x, r.offset.y, r.offset.z); }, "Texels of the plane.")
      .def_prop_ro(
          "extent",
          [](const TextureRegion& r) {
            return r.extent ? std::optional(std::tuple(r.extent->width, r.extent->height, r.extent->depth)) : std::nullopt;
          },
          "Texels of the plane; None: to the end of the level.");
  bind_descriptor(m);
}

}  // namespace geyser::python
