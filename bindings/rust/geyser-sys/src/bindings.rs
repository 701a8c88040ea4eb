// Made from include/geyser/geyser.h by ../tests/bindings.rs, which says how to make it again.
pub const GEYSER_NO_OS_HANDLE: geyser_os_handle = -1;
pub const GEYSER_ABI_VERSION: u32 = 1;

pub const GEYSER_MAX_CHANNEL_MESSAGE_BYTES: u32 = 32768;
pub const GEYSER_MAX_USER_DATA_BYTES: u32 = 1024;
/// The class of a failure: what a program branches on. See geyser/error.hpp for each.
pub type geyser_status = i32;
pub const GEYSER_STATUS_OK: geyser_status = 0;
pub const GEYSER_STATUS_INVALID_ARGUMENT: geyser_status = 1;
pub const GEYSER_STATUS_UNSUPPORTED_FORMAT: geyser_status = 2;
pub const GEYSER_STATUS_UNSUPPORTED_HANDLE: geyser_status = 3;
pub const GEYSER_STATUS_UNSUPPORTED_FEATURE: geyser_status = 4;
pub const GEYSER_STATUS_LIMIT_EXCEEDED: geyser_status = 5;
pub const GEYSER_STATUS_DEVICE_MISMATCH: geyser_status = 6;
pub const GEYSER_STATUS_ACCESS_CONFLICT: geyser_status = 7;
pub const GEYSER_STATUS_INVALID_STATE: geyser_status = 8;
pub const GEYSER_STATUS_NOT_INITIALIZED: geyser_status = 9;
pub const GEYSER_STATUS_TIMED_OUT: geyser_status = 10;
pub const GEYSER_STATUS_OUT_OF_MEMORY: geyser_status = 11;
pub const GEYSER_STATUS_NOT_FOUND: geyser_status = 12;
pub const GEYSER_STATUS_PEER_GONE: geyser_status = 13;
pub const GEYSER_STATUS_PROTOCOL_ERROR: geyser_status = 14;
pub const GEYSER_STATUS_DEVICE_LOST: geyser_status = 15;
pub const GEYSER_STATUS_OS_ERROR: geyser_status = 16;
pub const GEYSER_STATUS_INTERNAL: geyser_status = 17;
/// What this library was built with; a bit set.
pub type geyser_feature = u32;
pub const GEYSER_FEATURE_VULKAN: geyser_feature = 1;
pub const GEYSER_FEATURE_OPENGL: geyser_feature = 2;
pub const GEYSER_FEATURE_CUDA: geyser_feature = 4;
pub const GEYSER_FEATURE_STREAMS: geyser_feature = 8;
/// False and true, with a size that does not depend on the compiler. Anything but 0 is true.
pub type geyser_bool = u32;
/// A descriptor on POSIX, a HANDLE on Windows; GEYSER_NO_OS_HANDLE is none.
pub type geyser_os_handle = isize;
/// As vkGetInstanceProcAddr and eglGetProcAddress give it: to be cast to what it is.
pub type geyser_function = ::core::option::Option<unsafe extern "C" fn()>;
unsafe extern "C" {
    /// GEYSER_ABI_VERSION of the library that is loaded. Threads: any. Errors: none.
    pub fn geyser_abi_version() -> u32;
}
unsafe extern "C" {
    /// Version of the library that is loaded ("0.1.0"). Static storage. Threads: any. Errors: none.
    pub fn geyser_version() -> *const ::core::ffi::c_char;
}
unsafe extern "C" {
    /// What it was built with: GEYSER_FEATURE_ bits. Threads: any. Errors: none.
    pub fn geyser_features() -> geyser_feature;
}
unsafe extern "C" {
    /// "timed_out", "ok", "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_status_name(status: geyser_status) -> *const ::core::ffi::c_char;
}
pub type geyser_format = u32;
pub const GEYSER_FORMAT_UNDEFINED: geyser_format = 0;
pub const GEYSER_FORMAT_R8_UNORM: geyser_format = 1;
pub const GEYSER_FORMAT_R8_SNORM: geyser_format = 2;
pub const GEYSER_FORMAT_R8_UINT: geyser_format = 3;
pub const GEYSER_FORMAT_R8_SINT: geyser_format = 4;
pub const GEYSER_FORMAT_RG8_UNORM: geyser_format = 5;
pub const GEYSER_FORMAT_RG8_SNORM: geyser_format = 6;
pub const GEYSER_FORMAT_RG8_UINT: geyser_format = 7;
pub const GEYSER_FORMAT_RG8_SINT: geyser_format = 8;
pub const GEYSER_FORMAT_RGBA8_UNORM: geyser_format = 9;
pub const GEYSER_FORMAT_RGBA8_SRGB: geyser_format = 10;
pub const GEYSER_FORMAT_RGBA8_SNORM: geyser_format = 11;
pub const GEYSER_FORMAT_RGBA8_UINT: geyser_format = 12;
pub const GEYSER_FORMAT_RGBA8_SINT: geyser_format = 13;
pub const GEYSER_FORMAT_BGRA8_UNORM: geyser_format = 14;
pub const GEYSER_FORMAT_BGRA8_SRGB: geyser_format = 15;
pub const GEYSER_FORMAT_R16_UNORM: geyser_format = 16;
pub const GEYSER_FORMAT_R16_SNORM: geyser_format = 17;
pub const GEYSER_FORMAT_R16_UINT: geyser_format = 18;
pub const GEYSER_FORMAT_R16_SINT: geyser_format = 19;
pub const GEYSER_FORMAT_R16_FLOAT: geyser_format = 20;
pub const GEYSER_FORMAT_RG16_UNORM: geyser_format = 21;
pub const GEYSER_FORMAT_RG16_SNORM: geyser_format = 22;
pub const GEYSER_FORMAT_RG16_UINT: geyser_format = 23;
pub const GEYSER_FORMAT_RG16_SINT: geyser_format = 24;
pub const GEYSER_FORMAT_RG16_FLOAT: geyser_format = 25;
pub const GEYSER_FORMAT_RGBA16_UNORM: geyser_format = 26;
pub const GEYSER_FORMAT_RGBA16_SNORM: geyser_format = 27;
pub const GEYSER_FORMAT_RGBA16_UINT: geyser_format = 28;
pub const GEYSER_FORMAT_RGBA16_SINT: geyser_format = 29;
pub const GEYSER_FORMAT_RGBA16_FLOAT: geyser_format = 30;
pub const GEYSER_FORMAT_R32_UINT: geyser_format = 31;
pub const GEYSER_FORMAT_R32_SINT: geyser_format = 32;
pub const GEYSER_FORMAT_R32_FLOAT: geyser_format = 33;
pub const GEYSER_FORMAT_RG32_UINT: geyser_format = 34;
pub const GEYSER_FORMAT_RG32_SINT: geyser_format = 35;
pub const GEYSER_FORMAT_RG32_FLOAT: geyser_format = 36;
pub const GEYSER_FORMAT_RGBA32_UINT: geyser_format = 37;
pub const GEYSER_FORMAT_RGBA32_SINT: geyser_format = 38;
pub const GEYSER_FORMAT_RGBA32_FLOAT: geyser_format = 39;
pub const GEYSER_FORMAT_RGB10A2_UNORM: geyser_format = 40;
pub const GEYSER_FORMAT_RGB10A2_UINT: geyser_format = 41;
pub const GEYSER_FORMAT_RG11B10_FLOAT: geyser_format = 42;
pub const GEYSER_FORMAT_RGB9E5_FLOAT: geyser_format = 43;
pub const GEYSER_FORMAT_STENCIL8: geyser_format = 44;
pub const GEYSER_FORMAT_DEPTH16_UNORM: geyser_format = 45;
pub const GEYSER_FORMAT_DEPTH24PLUS: geyser_format = 46;
pub const GEYSER_FORMAT_DEPTH24PLUS_STENCIL8: geyser_format = 47;
pub const GEYSER_FORMAT_DEPTH32_FLOAT: geyser_format = 48;
pub const GEYSER_FORMAT_DEPTH32_FLOAT_STENCIL8: geyser_format = 49;
pub const GEYSER_FORMAT_BC1_RGBA_UNORM: geyser_format = 50;
pub const GEYSER_FORMAT_BC1_RGBA_SRGB: geyser_format = 51;
pub const GEYSER_FORMAT_BC2_RGBA_UNORM: geyser_format = 52;
pub const GEYSER_FORMAT_BC2_RGBA_SRGB: geyser_format = 53;
pub const GEYSER_FORMAT_BC3_RGBA_UNORM: geyser_format = 54;
pub const GEYSER_FORMAT_BC3_RGBA_SRGB: geyser_format = 55;
pub const GEYSER_FORMAT_BC4_R_UNORM: geyser_format = 56;
pub const GEYSER_FORMAT_BC4_R_SNORM: geyser_format = 57;
pub const GEYSER_FORMAT_BC5_RG_UNORM: geyser_format = 58;
pub const GEYSER_FORMAT_BC5_RG_SNORM: geyser_format = 59;
pub const GEYSER_FORMAT_BC6H_RGB_UFLOAT: geyser_format = 60;
pub const GEYSER_FORMAT_BC6H_RGB_FLOAT: geyser_format = 61;
pub const GEYSER_FORMAT_BC7_RGBA_UNORM: geyser_format = 62;
pub const GEYSER_FORMAT_BC7_RGBA_SRGB: geyser_format = 63;
pub const GEYSER_FORMAT_ETC2_RGB8_UNORM: geyser_format = 64;
pub const GEYSER_FORMAT_ETC2_RGB8_SRGB: geyser_format = 65;
pub const GEYSER_FORMAT_ETC2_RGB8A1_UNORM: geyser_format = 66;
pub const GEYSER_FORMAT_ETC2_RGB8A1_SRGB: geyser_format = 67;
pub const GEYSER_FORMAT_ETC2_RGBA8_UNORM: geyser_format = 68;
pub const GEYSER_FORMAT_ETC2_RGBA8_SRGB: geyser_format = 69;
pub const GEYSER_FORMAT_EAC_R11_UNORM: geyser_format = 70;
pub const GEYSER_FORMAT_EAC_R11_SNORM: geyser_format = 71;
pub const GEYSER_FORMAT_EAC_RG11_UNORM: geyser_format = 72;
pub const GEYSER_FORMAT_EAC_RG11_SNORM: geyser_format = 73;
pub const GEYSER_FORMAT_ASTC_4X4_UNORM: geyser_format = 74;
pub const GEYSER_FORMAT_ASTC_4X4_SRGB: geyser_format = 75;
pub const GEYSER_FORMAT_ASTC_5X4_UNORM: geyser_format = 76;
pub const GEYSER_FORMAT_ASTC_5X4_SRGB: geyser_format = 77;
pub const GEYSER_FORMAT_ASTC_5X5_UNORM: geyser_format = 78;
pub const GEYSER_FORMAT_ASTC_5X5_SRGB: geyser_format = 79;
pub const GEYSER_FORMAT_ASTC_6X5_UNORM: geyser_format = 80;
pub const GEYSER_FORMAT_ASTC_6X5_SRGB: geyser_format = 81;
pub const GEYSER_FORMAT_ASTC_6X6_UNORM: geyser_format = 82;
pub const GEYSER_FORMAT_ASTC_6X6_SRGB: geyser_format = 83;
pub const GEYSER_FORMAT_ASTC_8X5_UNORM: geyser_format = 84;
pub const GEYSER_FORMAT_ASTC_8X5_SRGB: geyser_format = 85;
pub const GEYSER_FORMAT_ASTC_8X6_UNORM: geyser_format = 86;
pub const GEYSER_FORMAT_ASTC_8X6_SRGB: geyser_format = 87;
pub const GEYSER_FORMAT_ASTC_8X8_UNORM: geyser_format = 88;
pub const GEYSER_FORMAT_ASTC_8X8_SRGB: geyser_format = 89;
pub const GEYSER_FORMAT_ASTC_10X5_UNORM: geyser_format = 90;
pub const GEYSER_FORMAT_ASTC_10X5_SRGB: geyser_format = 91;
pub const GEYSER_FORMAT_ASTC_10X6_UNORM: geyser_format = 92;
pub const GEYSER_FORMAT_ASTC_10X6_SRGB: geyser_format = 93;
pub const GEYSER_FORMAT_ASTC_10X8_UNORM: geyser_format = 94;
pub const GEYSER_FORMAT_ASTC_10X8_SRGB: geyser_format = 95;
pub const GEYSER_FORMAT_ASTC_10X10_UNORM: geyser_format = 96;
pub const GEYSER_FORMAT_ASTC_10X10_SRGB: geyser_format = 97;
pub const GEYSER_FORMAT_ASTC_12X10_UNORM: geyser_format = 98;
pub const GEYSER_FORMAT_ASTC_12X10_SRGB: geyser_format = 99;
pub const GEYSER_FORMAT_ASTC_12X12_UNORM: geyser_format = 100;
pub const GEYSER_FORMAT_ASTC_12X12_SRGB: geyser_format = 101;
pub const GEYSER_FORMAT_NV12: geyser_format = 102;
pub const GEYSER_FORMAT_P010: geyser_format = 103;
pub const GEYSER_FORMAT_I420: geyser_format = 104;
pub type geyser_format_kind = u32;
pub const GEYSER_FORMAT_KIND_COLOR: geyser_format_kind = 0;
pub const GEYSER_FORMAT_KIND_DEPTH: geyser_format_kind = 1;
pub const GEYSER_FORMAT_KIND_STENCIL: geyser_format_kind = 2;
pub const GEYSER_FORMAT_KIND_DEPTH_STENCIL: geyser_format_kind = 3;
pub const GEYSER_FORMAT_KIND_BC: geyser_format_kind = 4;
pub const GEYSER_FORMAT_KIND_ETC2: geyser_format_kind = 5;
pub const GEYSER_FORMAT_KIND_ASTC: geyser_format_kind = 6;
pub const GEYSER_FORMAT_KIND_PLANAR: geyser_format_kind = 7;
pub type geyser_numeric_type = u32;
pub const GEYSER_NUMERIC_TYPE_UNORM: geyser_numeric_type = 0;
pub const GEYSER_NUMERIC_TYPE_SNORM: geyser_numeric_type = 1;
pub const GEYSER_NUMERIC_TYPE_UINT: geyser_numeric_type = 2;
pub const GEYSER_NUMERIC_TYPE_SINT: geyser_numeric_type = 3;
pub const GEYSER_NUMERIC_TYPE_SFLOAT: geyser_numeric_type = 4;
pub const GEYSER_NUMERIC_TYPE_UFLOAT: geyser_numeric_type = 5;
/// One plane (or aspect) as copies see it.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_format_plane {
    pub block_bytes: u32,
    pub subsample_x: u32,
    pub subsample_y: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_format_plane",
    ][::core::mem::size_of::<geyser_format_plane>() - 12usize];
    [
        "Alignment of geyser_format_plane",
    ][::core::mem::align_of::<geyser_format_plane>() - 4usize];
    [
        "Offset of field: geyser_format_plane::block_bytes",
    ][::core::mem::offset_of!(geyser_format_plane, block_bytes) - 0usize];
    [
        "Offset of field: geyser_format_plane::subsample_x",
    ][::core::mem::offset_of!(geyser_format_plane, subsample_x) - 4usize];
    [
        "Offset of field: geyser_format_plane::subsample_y",
    ][::core::mem::offset_of!(geyser_format_plane, subsample_y) - 8usize];
};
/// One row of the table. Columns of other APIs hold that API's number, 0 or "" where it has no such format.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_format_info {
    pub struct_size: u32,
    pub format: geyser_format,
    /// "rgba8_unorm"; static storage
    pub name: *const ::core::ffi::c_char,
    /// GPUTextureFormat; static storage
    pub webgpu_name: *const ::core::ffi::c_char,
    pub kind: geyser_format_kind,
    /// of the first channel or plane
    pub type_: geyser_numeric_type,
    /// colour channels; depth and stencil count one each
    pub channels: u32,
    /// texels
    pub block_width: u32,
    /// texels
    pub block_height: u32,
    /// planes of a planar format; 2 for depth + stencil (aspects); else 1
    pub plane_count: u32,
    pub planes: [geyser_format_plane; 3usize],
    /// colour channels carry the sRGB transfer function
    pub srgb: geyser_bool,
    /// the same bits with / without the sRGB transfer function; 0: none
    pub srgb_twin: geyser_format,
    /// VkFormat
    pub vulkan: u32,
    /// DXGI_FORMAT
    pub dxgi: u32,
    /// MTLPixelFormat
    pub metal: u32,
    /// sized internal format
    pub gl_internal: u32,
    /// DRM fourcc with alpha
    pub drm: u32,
    /// DRM fourcc whose alpha is ignored
    pub drm_opaque: u32,
    /// CUarray_format
    pub cuda_array: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_format_info",
    ][::core::mem::size_of::<geyser_format_info>() - 120usize];
    [
        "Alignment of geyser_format_info",
    ][::core::mem::align_of::<geyser_format_info>() - 8usize];
    [
        "Offset of field: geyser_format_info::struct_size",
    ][::core::mem::offset_of!(geyser_format_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_format_info::format",
    ][::core::mem::offset_of!(geyser_format_info, format) - 4usize];
    [
        "Offset of field: geyser_format_info::name",
    ][::core::mem::offset_of!(geyser_format_info, name) - 8usize];
    [
        "Offset of field: geyser_format_info::webgpu_name",
    ][::core::mem::offset_of!(geyser_format_info, webgpu_name) - 16usize];
    [
        "Offset of field: geyser_format_info::kind",
    ][::core::mem::offset_of!(geyser_format_info, kind) - 24usize];
    [
        "Offset of field: geyser_format_info::type_",
    ][::core::mem::offset_of!(geyser_format_info, type_) - 28usize];
    [
        "Offset of field: geyser_format_info::channels",
    ][::core::mem::offset_of!(geyser_format_info, channels) - 32usize];
    [
        "Offset of field: geyser_format_info::block_width",
    ][::core::mem::offset_of!(geyser_format_info, block_width) - 36usize];
    [
        "Offset of field: geyser_format_info::block_height",
    ][::core::mem::offset_of!(geyser_format_info, block_height) - 40usize];
    [
        "Offset of field: geyser_format_info::plane_count",
    ][::core::mem::offset_of!(geyser_format_info, plane_count) - 44usize];
    [
        "Offset of field: geyser_format_info::planes",
    ][::core::mem::offset_of!(geyser_format_info, planes) - 48usize];
    [
        "Offset of field: geyser_format_info::srgb",
    ][::core::mem::offset_of!(geyser_format_info, srgb) - 84usize];
    [
        "Offset of field: geyser_format_info::srgb_twin",
    ][::core::mem::offset_of!(geyser_format_info, srgb_twin) - 88usize];
    [
        "Offset of field: geyser_format_info::vulkan",
    ][::core::mem::offset_of!(geyser_format_info, vulkan) - 92usize];
    [
        "Offset of field: geyser_format_info::dxgi",
    ][::core::mem::offset_of!(geyser_format_info, dxgi) - 96usize];
    [
        "Offset of field: geyser_format_info::metal",
    ][::core::mem::offset_of!(geyser_format_info, metal) - 100usize];
    [
        "Offset of field: geyser_format_info::gl_internal",
    ][::core::mem::offset_of!(geyser_format_info, gl_internal) - 104usize];
    [
        "Offset of field: geyser_format_info::drm",
    ][::core::mem::offset_of!(geyser_format_info, drm) - 108usize];
    [
        "Offset of field: geyser_format_info::drm_opaque",
    ][::core::mem::offset_of!(geyser_format_info, drm_opaque) - 112usize];
    [
        "Offset of field: geyser_format_info::cuda_array",
    ][::core::mem::offset_of!(geyser_format_info, cuda_array) - 116usize];
};
unsafe extern "C" {
    /// Formats there are: they are numbered from 1 to this. Threads: any. Errors: none.
    pub fn geyser_format_count() -> u32;
}
unsafe extern "C" {
    /// The row of a format. Threads: any. Errors: not_found (no such number).
    pub fn geyser_format_query(
        format: geyser_format,
        out: *mut geyser_format_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The format of that name ("rgba8_unorm"; WebGPU's "rgba8unorm" too). Threads: any. Errors: not_found.
    pub fn geyser_format_from_name(
        name: *const ::core::ffi::c_char,
        out: *mut geyser_format,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Its name, "undefined" or "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_format_name(format: geyser_format) -> *const ::core::ffi::c_char;
}
/// Texels.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_extent {
    pub width: u32,
    pub height: u32,
    pub depth: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of geyser_extent"][::core::mem::size_of::<geyser_extent>() - 12usize];
    ["Alignment of geyser_extent"][::core::mem::align_of::<geyser_extent>() - 4usize];
    [
        "Offset of field: geyser_extent::width",
    ][::core::mem::offset_of!(geyser_extent, width) - 0usize];
    [
        "Offset of field: geyser_extent::height",
    ][::core::mem::offset_of!(geyser_extent, height) - 4usize];
    [
        "Offset of field: geyser_extent::depth",
    ][::core::mem::offset_of!(geyser_extent, depth) - 8usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_offset {
    pub x: u32,
    pub y: u32,
    pub z: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of geyser_offset"][::core::mem::size_of::<geyser_offset>() - 12usize];
    ["Alignment of geyser_offset"][::core::mem::align_of::<geyser_offset>() - 4usize];
    [
        "Offset of field: geyser_offset::x",
    ][::core::mem::offset_of!(geyser_offset, x) - 0usize];
    [
        "Offset of field: geyser_offset::y",
    ][::core::mem::offset_of!(geyser_offset, y) - 4usize];
    [
        "Offset of field: geyser_offset::z",
    ][::core::mem::offset_of!(geyser_offset, z) - 8usize];
};
pub type geyser_dimension = u32;
pub const GEYSER_DIMENSION_D2: geyser_dimension = 0;
pub const GEYSER_DIMENSION_D2_ARRAY: geyser_dimension = 1;
pub const GEYSER_DIMENSION_CUBE: geyser_dimension = 2;
pub const GEYSER_DIMENSION_CUBE_ARRAY: geyser_dimension = 3;
pub const GEYSER_DIMENSION_D3: geyser_dimension = 4;
/// A bit set. Copies both ways are always possible.
pub type geyser_usage = u32;
pub const GEYSER_USAGE_COPY_SRC: geyser_usage = 1;
pub const GEYSER_USAGE_COPY_DST: geyser_usage = 2;
pub const GEYSER_USAGE_TEXTURE_BINDING: geyser_usage = 4;
pub const GEYSER_USAGE_STORAGE_BINDING: geyser_usage = 8;
pub const GEYSER_USAGE_RENDER_ATTACHMENT: geyser_usage = 16;
/// Code points of ITU-T H.273.
pub type geyser_color_primaries = u32;
pub const GEYSER_COLOR_PRIMARIES_BT709: geyser_color_primaries = 1;
pub const GEYSER_COLOR_PRIMARIES_UNSPECIFIED: geyser_color_primaries = 2;
pub const GEYSER_COLOR_PRIMARIES_BT601_625: geyser_color_primaries = 5;
pub const GEYSER_COLOR_PRIMARIES_BT601_525: geyser_color_primaries = 6;
pub const GEYSER_COLOR_PRIMARIES_BT2020: geyser_color_primaries = 9;
pub const GEYSER_COLOR_PRIMARIES_DISPLAY_P3: geyser_color_primaries = 12;
pub type geyser_transfer_function = u32;
pub const GEYSER_TRANSFER_FUNCTION_BT709: geyser_transfer_function = 1;
pub const GEYSER_TRANSFER_FUNCTION_UNSPECIFIED: geyser_transfer_function = 2;
pub const GEYSER_TRANSFER_FUNCTION_LINEAR: geyser_transfer_function = 8;
pub const GEYSER_TRANSFER_FUNCTION_SRGB: geyser_transfer_function = 13;
pub const GEYSER_TRANSFER_FUNCTION_BT2020_10: geyser_transfer_function = 14;
pub const GEYSER_TRANSFER_FUNCTION_PQ: geyser_transfer_function = 16;
pub const GEYSER_TRANSFER_FUNCTION_HLG: geyser_transfer_function = 18;
pub type geyser_color_range = u32;
pub const GEYSER_COLOR_RANGE_FULL: geyser_color_range = 0;
pub const GEYSER_COLOR_RANGE_LIMITED: geyser_color_range = 1;
pub type geyser_alpha_mode = u32;
pub const GEYSER_ALPHA_MODE_PREMULTIPLIED: geyser_alpha_mode = 0;
pub const GEYSER_ALPHA_MODE_STRAIGHT: geyser_alpha_mode = 1;
pub const GEYSER_ALPHA_MODE_IGNORED: geyser_alpha_mode = 2;
/// How the numbers in the texture are meant. It travels with the texture; the library never converts.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_color_info {
    /// 0: bt709
    pub primaries: geyser_color_primaries,
    /// 0: srgb
    pub transfer: geyser_transfer_function,
    pub range: geyser_color_range,
    pub alpha: geyser_alpha_mode,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of geyser_color_info"][::core::mem::size_of::<geyser_color_info>() - 16usize];
    [
        "Alignment of geyser_color_info",
    ][::core::mem::align_of::<geyser_color_info>() - 4usize];
    [
        "Offset of field: geyser_color_info::primaries",
    ][::core::mem::offset_of!(geyser_color_info, primaries) - 0usize];
    [
        "Offset of field: geyser_color_info::transfer",
    ][::core::mem::offset_of!(geyser_color_info, transfer) - 4usize];
    [
        "Offset of field: geyser_color_info::range",
    ][::core::mem::offset_of!(geyser_color_info, range) - 8usize];
    [
        "Offset of field: geyser_color_info::alpha",
    ][::core::mem::offset_of!(geyser_color_info, alpha) - 12usize];
};
/// Everything two sides must agree on. Only extent.width, extent.height and format have no default.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_texture_descriptor {
    pub struct_size: u32,
    pub dimension: geyser_dimension,
    /// texels of mip level 0; depth 0 is 1
    pub extent: geyser_extent,
    /// 0: 1
    pub mip_levels: u32,
    /// 0: 1, of cubes 6
    pub array_layers: u32,
    pub format: geyser_format,
    /// 0: copy_src | copy_dst | texture_binding
    pub usage: geyser_usage,
    pub color: geyser_color_info,
    /// 0
    pub reserved: u32,
    /// at most 255 bytes of UTF-8; null: none
    pub label: *const ::core::ffi::c_char,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_texture_descriptor",
    ][::core::mem::size_of::<geyser_texture_descriptor>() - 64usize];
    [
        "Alignment of geyser_texture_descriptor",
    ][::core::mem::align_of::<geyser_texture_descriptor>() - 8usize];
    [
        "Offset of field: geyser_texture_descriptor::struct_size",
    ][::core::mem::offset_of!(geyser_texture_descriptor, struct_size) - 0usize];
    [
        "Offset of field: geyser_texture_descriptor::dimension",
    ][::core::mem::offset_of!(geyser_texture_descriptor, dimension) - 4usize];
    [
        "Offset of field: geyser_texture_descriptor::extent",
    ][::core::mem::offset_of!(geyser_texture_descriptor, extent) - 8usize];
    [
        "Offset of field: geyser_texture_descriptor::mip_levels",
    ][::core::mem::offset_of!(geyser_texture_descriptor, mip_levels) - 20usize];
    [
        "Offset of field: geyser_texture_descriptor::array_layers",
    ][::core::mem::offset_of!(geyser_texture_descriptor, array_layers) - 24usize];
    [
        "Offset of field: geyser_texture_descriptor::format",
    ][::core::mem::offset_of!(geyser_texture_descriptor, format) - 28usize];
    [
        "Offset of field: geyser_texture_descriptor::usage",
    ][::core::mem::offset_of!(geyser_texture_descriptor, usage) - 32usize];
    [
        "Offset of field: geyser_texture_descriptor::color",
    ][::core::mem::offset_of!(geyser_texture_descriptor, color) - 36usize];
    [
        "Offset of field: geyser_texture_descriptor::reserved",
    ][::core::mem::offset_of!(geyser_texture_descriptor, reserved) - 52usize];
    [
        "Offset of field: geyser_texture_descriptor::label",
    ][::core::mem::offset_of!(geyser_texture_descriptor, label) - 56usize];
};
/// The layout an image is in when one side hands it to the other.
pub type geyser_layout = u32;
pub const GEYSER_LAYOUT_UNDEFINED: geyser_layout = 0;
pub const GEYSER_LAYOUT_GENERAL: geyser_layout = 1;
pub const GEYSER_LAYOUT_COLOR_ATTACHMENT: geyser_layout = 2;
pub const GEYSER_LAYOUT_DEPTH_STENCIL_ATTACHMENT: geyser_layout = 3;
pub const GEYSER_LAYOUT_DEPTH_STENCIL_READ_ONLY: geyser_layout = 4;
pub const GEYSER_LAYOUT_SHADER_READ_ONLY: geyser_layout = 5;
pub const GEYSER_LAYOUT_TRANSFER_SRC: geyser_layout = 6;
pub const GEYSER_LAYOUT_TRANSFER_DST: geyser_layout = 7;
/// One mip level, one layer, one plane. Null where a region is optional: level 0, layer 0, plane 0, all of it.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_texture_region {
    pub struct_size: u32,
    pub mip_level: u32,
    /// layer, or cube face + 6 x cube
    pub array_layer: u32,
    /// of a planar format; of depth + stencil: 0 = depth, 1 = stencil
    pub plane: u32,
    /// texels of the plane; a multiple of the block size
    pub offset: geyser_offset,
    /// texels of the plane; all three 0: to the end of the level
    pub extent: geyser_extent,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_texture_region",
    ][::core::mem::size_of::<geyser_texture_region>() - 40usize];
    [
        "Alignment of geyser_texture_region",
    ][::core::mem::align_of::<geyser_texture_region>() - 4usize];
    [
        "Offset of field: geyser_texture_region::struct_size",
    ][::core::mem::offset_of!(geyser_texture_region, struct_size) - 0usize];
    [
        "Offset of field: geyser_texture_region::mip_level",
    ][::core::mem::offset_of!(geyser_texture_region, mip_level) - 4usize];
    [
        "Offset of field: geyser_texture_region::array_layer",
    ][::core::mem::offset_of!(geyser_texture_region, array_layer) - 8usize];
    [
        "Offset of field: geyser_texture_region::plane",
    ][::core::mem::offset_of!(geyser_texture_region, plane) - 12usize];
    [
        "Offset of field: geyser_texture_region::offset",
    ][::core::mem::offset_of!(geyser_texture_region, offset) - 16usize];
    [
        "Offset of field: geyser_texture_region::extent",
    ][::core::mem::offset_of!(geyser_texture_region, extent) - 28usize];
};
/// Size and step of a region's bytes when rows follow each other without gaps.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_region_layout {
    pub struct_size: u32,
    /// texels of the plane
    pub extent: geyser_extent,
    /// bytes in a row of blocks
    pub row_bytes: u32,
    /// rows of blocks in a slice
    pub rows: u32,
    /// row_bytes x rows x extent.depth
    pub total_bytes: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_region_layout",
    ][::core::mem::size_of::<geyser_region_layout>() - 32usize];
    [
        "Alignment of geyser_region_layout",
    ][::core::mem::align_of::<geyser_region_layout>() - 8usize];
    [
        "Offset of field: geyser_region_layout::struct_size",
    ][::core::mem::offset_of!(geyser_region_layout, struct_size) - 0usize];
    [
        "Offset of field: geyser_region_layout::extent",
    ][::core::mem::offset_of!(geyser_region_layout, extent) - 4usize];
    [
        "Offset of field: geyser_region_layout::row_bytes",
    ][::core::mem::offset_of!(geyser_region_layout, row_bytes) - 16usize];
    [
        "Offset of field: geyser_region_layout::rows",
    ][::core::mem::offset_of!(geyser_region_layout, rows) - 20usize];
    [
        "Offset of field: geyser_region_layout::total_bytes",
    ][::core::mem::offset_of!(geyser_region_layout, total_bytes) - 24usize];
};
unsafe extern "C" {
    /** Checks a descriptor against the rules that hold on every device. Threads: any.
 Errors: invalid_argument, unsupported_format, limit_exceeded.*/
    pub fn geyser_descriptor_validate(
        descriptor: *const geyser_texture_descriptor,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// "1920x1080 rgba8_unorm d2, 1 mip level, 1 layer". Threads: any. Errors: invalid_argument, out_of_memory.
    pub fn geyser_descriptor_describe(
        descriptor: *const geyser_texture_descriptor,
        buffer: *mut ::core::ffi::c_char,
        capacity: usize,
        length: *mut usize,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Mip levels of a full chain (0 for an empty extent). Threads: any. Errors: invalid_argument.
    pub fn geyser_descriptor_full_mip_chain(
        descriptor: *const geyser_texture_descriptor,
        out: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Extent of a mip level in texels of the whole texture, at least 1. Threads: any. Errors: invalid_argument.
    pub fn geyser_descriptor_mip_extent(
        descriptor: *const geyser_texture_descriptor,
        mip_level: u32,
        out: *mut geyser_extent,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Byte layout of a region. Threads: any. Errors: invalid_argument naming the field that is out of range.
    pub fn geyser_descriptor_region_layout(
        descriptor: *const geyser_texture_descriptor,
        region: *const geyser_texture_region,
        out: *mut geyser_region_layout,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Bytes of all levels, layers and planes, rows without gaps. Threads: any. Errors: as geyser_descriptor_validate().
    pub fn geyser_descriptor_content_bytes(
        descriptor: *const geyser_texture_descriptor,
        out: *mut u64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// "d2_array", "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_dimension_name(
        dimension: geyser_dimension,
    ) -> *const ::core::ffi::c_char;
}
unsafe extern "C" {
    /// "shader_read_only", "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_layout_name(layout: geyser_layout) -> *const ::core::ffi::c_char;
}
/// Shares the textures of one device: geyser/c/manager.h, and one header for each API.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_manager {
    _unused: [u8; 0],
}
/// 16 opaque bytes, as Vulkan's deviceUUID and driverUUID, GL_DEVICE_UUID_EXT and cuDeviceGetUuid give them.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_uuid {
    pub bytes: [u8; 16usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of geyser_uuid"][::core::mem::size_of::<geyser_uuid>() - 16usize];
    ["Alignment of geyser_uuid"][::core::mem::align_of::<geyser_uuid>() - 1usize];
    [
        "Offset of field: geyser_uuid::bytes",
    ][::core::mem::offset_of!(geyser_uuid, bytes) - 0usize];
};
/// Position on the PCI bus.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_pci_address {
    pub domain: u32,
    pub bus: u32,
    pub device: u32,
    pub function: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_pci_address",
    ][::core::mem::size_of::<geyser_pci_address>() - 16usize];
    [
        "Alignment of geyser_pci_address",
    ][::core::mem::align_of::<geyser_pci_address>() - 4usize];
    [
        "Offset of field: geyser_pci_address::domain",
    ][::core::mem::offset_of!(geyser_pci_address, domain) - 0usize];
    [
        "Offset of field: geyser_pci_address::bus",
    ][::core::mem::offset_of!(geyser_pci_address, bus) - 4usize];
    [
        "Offset of field: geyser_pci_address::device",
    ][::core::mem::offset_of!(geyser_pci_address, device) - 8usize];
    [
        "Offset of field: geyser_pci_address::function",
    ][::core::mem::offset_of!(geyser_pci_address, function) - 12usize];
};
/// Names a device across APIs and processes.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_device_identity {
    pub struct_size: u32,
    pub has_luid: geyser_bool,
    pub has_pci: geyser_bool,
    /// when has_pci
    pub pci: geyser_pci_address,
    /// when has_luid: Windows
    pub luid: [u8; 8usize],
    /// nil for host memory
    pub device_uuid: geyser_uuid,
    /// nil for host memory, and where the API does not tell (CUDA)
    pub driver_uuid: geyser_uuid,
    /// for people, never compared; cut at the end when it is longer
    pub name: [::core::ffi::c_char; 256usize],
    /// likewise
    pub driver: [::core::ffi::c_char; 256usize],
    /// 0
    pub reserved: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_device_identity",
    ][::core::mem::size_of::<geyser_device_identity>() - 584usize];
    [
        "Alignment of geyser_device_identity",
    ][::core::mem::align_of::<geyser_device_identity>() - 4usize];
    [
        "Offset of field: geyser_device_identity::struct_size",
    ][::core::mem::offset_of!(geyser_device_identity, struct_size) - 0usize];
    [
        "Offset of field: geyser_device_identity::has_luid",
    ][::core::mem::offset_of!(geyser_device_identity, has_luid) - 4usize];
    [
        "Offset of field: geyser_device_identity::has_pci",
    ][::core::mem::offset_of!(geyser_device_identity, has_pci) - 8usize];
    [
        "Offset of field: geyser_device_identity::pci",
    ][::core::mem::offset_of!(geyser_device_identity, pci) - 12usize];
    [
        "Offset of field: geyser_device_identity::luid",
    ][::core::mem::offset_of!(geyser_device_identity, luid) - 28usize];
    [
        "Offset of field: geyser_device_identity::device_uuid",
    ][::core::mem::offset_of!(geyser_device_identity, device_uuid) - 36usize];
    [
        "Offset of field: geyser_device_identity::driver_uuid",
    ][::core::mem::offset_of!(geyser_device_identity, driver_uuid) - 52usize];
    [
        "Offset of field: geyser_device_identity::name",
    ][::core::mem::offset_of!(geyser_device_identity, name) - 68usize];
    [
        "Offset of field: geyser_device_identity::driver",
    ][::core::mem::offset_of!(geyser_device_identity, driver) - 324usize];
    [
        "Offset of field: geyser_device_identity::reserved",
    ][::core::mem::offset_of!(geyser_device_identity, reserved) - 580usize];
};
/// How texture memory crosses. Values are part of the wire protocol.
pub type geyser_memory_type = u32;
pub const GEYSER_MEMORY_TYPE_NONE: geyser_memory_type = 0;
pub const GEYSER_MEMORY_TYPE_OPAQUE_FD: geyser_memory_type = 1;
pub const GEYSER_MEMORY_TYPE_DMA_BUF: geyser_memory_type = 2;
pub const GEYSER_MEMORY_TYPE_SHARED_MEMORY: geyser_memory_type = 3;
pub const GEYSER_MEMORY_TYPE_OPAQUE_WIN32: geyser_memory_type = 4;
pub const GEYSER_MEMORY_TYPE_D3D11_TEXTURE: geyser_memory_type = 5;
pub const GEYSER_MEMORY_TYPE_D3D12_RESOURCE: geyser_memory_type = 6;
pub const GEYSER_MEMORY_TYPE_IO_SURFACE: geyser_memory_type = 7;
pub const GEYSER_MEMORY_TYPE_METAL_TEXTURE: geyser_memory_type = 8;
/// How a semaphore crosses. Values are part of the wire protocol.
pub type geyser_semaphore_type = u32;
pub const GEYSER_SEMAPHORE_TYPE_NONE: geyser_semaphore_type = 0;
pub const GEYSER_SEMAPHORE_TYPE_OPAQUE_FD: geyser_semaphore_type = 1;
pub const GEYSER_SEMAPHORE_TYPE_SYNC_FD: geyser_semaphore_type = 2;
pub const GEYSER_SEMAPHORE_TYPE_HOST_PAGE: geyser_semaphore_type = 3;
pub const GEYSER_SEMAPHORE_TYPE_OPAQUE_WIN32: geyser_semaphore_type = 4;
pub const GEYSER_SEMAPHORE_TYPE_D3D12_FENCE: geyser_semaphore_type = 5;
pub const GEYSER_SEMAPHORE_TYPE_METAL_SHARED_EVENT: geyser_semaphore_type = 6;
/// The rungs of the synchronisation ladder, best first.
pub type geyser_semaphore_kind = u32;
pub const GEYSER_SEMAPHORE_KIND_TIMELINE: geyser_semaphore_kind = 1;
pub const GEYSER_SEMAPHORE_KIND_BINARY: geyser_semaphore_kind = 2;
pub const GEYSER_SEMAPHORE_KIND_HOST_TIMELINE: geyser_semaphore_kind = 3;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_memory_support {
    pub struct_size: u32,
    pub type_: geyser_memory_type,
    pub can_export: geyser_bool,
    pub can_import: geyser_bool,
    /// one clause when one of the two is false, else ""; lives as long as the manager
    pub why_not: *const ::core::ffi::c_char,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_memory_support",
    ][::core::mem::size_of::<geyser_memory_support>() - 24usize];
    [
        "Alignment of geyser_memory_support",
    ][::core::mem::align_of::<geyser_memory_support>() - 8usize];
    [
        "Offset of field: geyser_memory_support::struct_size",
    ][::core::mem::offset_of!(geyser_memory_support, struct_size) - 0usize];
    [
        "Offset of field: geyser_memory_support::type_",
    ][::core::mem::offset_of!(geyser_memory_support, type_) - 4usize];
    [
        "Offset of field: geyser_memory_support::can_export",
    ][::core::mem::offset_of!(geyser_memory_support, can_export) - 8usize];
    [
        "Offset of field: geyser_memory_support::can_import",
    ][::core::mem::offset_of!(geyser_memory_support, can_import) - 12usize];
    [
        "Offset of field: geyser_memory_support::why_not",
    ][::core::mem::offset_of!(geyser_memory_support, why_not) - 16usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_semaphore_support {
    pub struct_size: u32,
    pub kind: geyser_semaphore_kind,
    pub type_: geyser_semaphore_type,
    pub can_export: geyser_bool,
    pub can_import: geyser_bool,
    /// 0
    pub reserved: u32,
    /// as geyser_memory_support::why_not
    pub why_not: *const ::core::ffi::c_char,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_semaphore_support",
    ][::core::mem::size_of::<geyser_semaphore_support>() - 32usize];
    [
        "Alignment of geyser_semaphore_support",
    ][::core::mem::align_of::<geyser_semaphore_support>() - 8usize];
    [
        "Offset of field: geyser_semaphore_support::struct_size",
    ][::core::mem::offset_of!(geyser_semaphore_support, struct_size) - 0usize];
    [
        "Offset of field: geyser_semaphore_support::kind",
    ][::core::mem::offset_of!(geyser_semaphore_support, kind) - 4usize];
    [
        "Offset of field: geyser_semaphore_support::type_",
    ][::core::mem::offset_of!(geyser_semaphore_support, type_) - 8usize];
    [
        "Offset of field: geyser_semaphore_support::can_export",
    ][::core::mem::offset_of!(geyser_semaphore_support, can_export) - 12usize];
    [
        "Offset of field: geyser_semaphore_support::can_import",
    ][::core::mem::offset_of!(geyser_semaphore_support, can_import) - 16usize];
    [
        "Offset of field: geyser_semaphore_support::reserved",
    ][::core::mem::offset_of!(geyser_semaphore_support, reserved) - 20usize];
    [
        "Offset of field: geyser_semaphore_support::why_not",
    ][::core::mem::offset_of!(geyser_semaphore_support, why_not) - 24usize];
};
/// A DRM format modifier with the number of memory planes it needs.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_modifier {
    pub modifier: u64,
    pub memory_planes: u32,
    /// 0
    pub reserved: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of geyser_modifier"][::core::mem::size_of::<geyser_modifier>() - 16usize];
    [
        "Alignment of geyser_modifier",
    ][::core::mem::align_of::<geyser_modifier>() - 8usize];
    [
        "Offset of field: geyser_modifier::modifier",
    ][::core::mem::offset_of!(geyser_modifier, modifier) - 0usize];
    [
        "Offset of field: geyser_modifier::memory_planes",
    ][::core::mem::offset_of!(geyser_modifier, memory_planes) - 8usize];
    [
        "Offset of field: geyser_modifier::reserved",
    ][::core::mem::offset_of!(geyser_modifier, reserved) - 12usize];
};
/// What a device can do with textures of one description, for each memory type.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_format_support_list {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_format_support {
    pub struct_size: u32,
    pub type_: geyser_memory_type,
    pub can_export: geyser_bool,
    pub can_import: geyser_bool,
    /// the driver wants one allocation per texture
    pub dedicated_required: geyser_bool,
    /// texels
    pub max_extent: geyser_extent,
    pub max_mip_levels: u32,
    pub max_array_layers: u32,
    pub modifier_count: u32,
    /// 0
    pub reserved: u32,
    /// dma_buf only; lives as long as the list
    pub modifiers: *const geyser_modifier,
    /// one clause when it can neither be exported nor imported, else ""; lives as long as the list
    pub why_not: *const ::core::ffi::c_char,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_format_support",
    ][::core::mem::size_of::<geyser_format_support>() - 64usize];
    [
        "Alignment of geyser_format_support",
    ][::core::mem::align_of::<geyser_format_support>() - 8usize];
    [
        "Offset of field: geyser_format_support::struct_size",
    ][::core::mem::offset_of!(geyser_format_support, struct_size) - 0usize];
    [
        "Offset of field: geyser_format_support::type_",
    ][::core::mem::offset_of!(geyser_format_support, type_) - 4usize];
    [
        "Offset of field: geyser_format_support::can_export",
    ][::core::mem::offset_of!(geyser_format_support, can_export) - 8usize];
    [
        "Offset of field: geyser_format_support::can_import",
    ][::core::mem::offset_of!(geyser_format_support, can_import) - 12usize];
    [
        "Offset of field: geyser_format_support::dedicated_required",
    ][::core::mem::offset_of!(geyser_format_support, dedicated_required) - 16usize];
    [
        "Offset of field: geyser_format_support::max_extent",
    ][::core::mem::offset_of!(geyser_format_support, max_extent) - 20usize];
    [
        "Offset of field: geyser_format_support::max_mip_levels",
    ][::core::mem::offset_of!(geyser_format_support, max_mip_levels) - 32usize];
    [
        "Offset of field: geyser_format_support::max_array_layers",
    ][::core::mem::offset_of!(geyser_format_support, max_array_layers) - 36usize];
    [
        "Offset of field: geyser_format_support::modifier_count",
    ][::core::mem::offset_of!(geyser_format_support, modifier_count) - 40usize];
    [
        "Offset of field: geyser_format_support::reserved",
    ][::core::mem::offset_of!(geyser_format_support, reserved) - 44usize];
    [
        "Offset of field: geyser_format_support::modifiers",
    ][::core::mem::offset_of!(geyser_format_support, modifiers) - 48usize];
    [
        "Offset of field: geyser_format_support::why_not",
    ][::core::mem::offset_of!(geyser_format_support, why_not) - 56usize];
};
/// What two devices have in common.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_negotiation {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_negotiation_info {
    pub struct_size: u32,
    pub memory: geyser_memory_type,
    pub semaphore_kind: geyser_semaphore_kind,
    pub semaphore_type: geyser_semaphore_type,
    pub same_device: geyser_bool,
    pub rejected_count: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_negotiation_info",
    ][::core::mem::size_of::<geyser_negotiation_info>() - 24usize];
    [
        "Alignment of geyser_negotiation_info",
    ][::core::mem::align_of::<geyser_negotiation_info>() - 4usize];
    [
        "Offset of field: geyser_negotiation_info::struct_size",
    ][::core::mem::offset_of!(geyser_negotiation_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_negotiation_info::memory",
    ][::core::mem::offset_of!(geyser_negotiation_info, memory) - 4usize];
    [
        "Offset of field: geyser_negotiation_info::semaphore_kind",
    ][::core::mem::offset_of!(geyser_negotiation_info, semaphore_kind) - 8usize];
    [
        "Offset of field: geyser_negotiation_info::semaphore_type",
    ][::core::mem::offset_of!(geyser_negotiation_info, semaphore_type) - 12usize];
    [
        "Offset of field: geyser_negotiation_info::same_device",
    ][::core::mem::offset_of!(geyser_negotiation_info, same_device) - 16usize];
    [
        "Offset of field: geyser_negotiation_info::rejected_count",
    ][::core::mem::offset_of!(geyser_negotiation_info, rejected_count) - 20usize];
};
unsafe extern "C" {
    /// Reads "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"; dashes are optional. Threads: any. Errors: invalid_argument.
    pub fn geyser_uuid_parse(
        text: *const ::core::ffi::c_char,
        out: *mut geyser_uuid,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Writes what geyser_uuid_parse() reads: 36 characters. Threads: any. Errors: invalid_argument.
    pub fn geyser_uuid_format(
        uuid: *const geyser_uuid,
        buffer: *mut ::core::ffi::c_char,
        capacity: usize,
        length: *mut usize,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Reads "\[domain:\]bus:device.function", hexadecimal. Threads: any. Errors: invalid_argument.
    pub fn geyser_pci_address_parse(
        text: *const ::core::ffi::c_char,
        out: *mut geyser_pci_address,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// "0000:c1:00.0". Threads: any. Errors: invalid_argument.
    pub fn geyser_pci_address_format(
        address: *const geyser_pci_address,
        buffer: *mut ::core::ffi::c_char,
        capacity: usize,
        length: *mut usize,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** OK when opaque handles pass between the two: device and driver UUID are equal, or the driver's is not told. Threads: any.
 Errors: device_mismatch with both in the message.*/
    pub fn geyser_check_same_device(
        exporter: *const geyser_device_identity,
        importer: *const geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The manager's device. Threads: any. Errors: invalid_argument.
    pub fn geyser_manager_identity(
        manager: *const geyser_manager,
        out: *mut geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Memory types that the backend knows. Threads: any. Errors: invalid_argument.
    pub fn geyser_manager_memory_support_count(
        manager: *const geyser_manager,
        out: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// One of them, best first. Threads: any. Errors: invalid_argument (no such index).
    pub fn geyser_manager_memory_support(
        manager: *const geyser_manager,
        index: u32,
        out: *mut geyser_memory_support,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Pairs of kind and type that the backend knows. Threads: any. Errors: invalid_argument.
    pub fn geyser_manager_semaphore_support_count(
        manager: *const geyser_manager,
        out: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// One of them, best first. Threads: any. Errors: invalid_argument (no such index).
    pub fn geyser_manager_semaphore_support(
        manager: *const geyser_manager,
        index: u32,
        out: *mut geyser_semaphore_support,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** What the device can do with textures like `descriptor`, for every memory type it knows. Ownership: the list is the caller's. Threads:
 any. Errors: as geyser_descriptor_validate(), out_of_memory.*/
    pub fn geyser_manager_format_support(
        manager: *const geyser_manager,
        descriptor: *const geyser_texture_descriptor,
        out: *mut *mut geyser_format_support_list,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Entries of the list. Threads: any. Errors: invalid_argument.
    pub fn geyser_format_support_list_count(
        list: *const geyser_format_support_list,
        out: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// One of them. Threads: any. Errors: invalid_argument (no such index).
    pub fn geyser_format_support_list_at(
        list: *const geyser_format_support_list,
        index: u32,
        out: *mut geyser_format_support,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Frees the list. Threads: any. Errors: none.
    pub fn geyser_format_support_list_destroy(list: *mut geyser_format_support_list);
}
unsafe extern "C" {
    /** Modifiers that both lists have with the same number of memory planes, in the exporter's order. Writes at most `capacity` of them to
 `out` and says in `count` how many there are. Threads: any. Errors: invalid_argument, out_of_memory.*/
    pub fn geyser_common_modifiers(
        exporter: *const geyser_modifier,
        exporter_count: u32,
        importer: *const geyser_modifier,
        importer_count: u32,
        out: *mut geyser_modifier,
        capacity: u32,
        count: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Chooses memory and semaphore types that `exporter` can export and `importer` can import, best first. Ownership: the result is the
 caller's. Threads: any. Errors: device_mismatch when a shared type exists but the devices differ, unsupported_handle when there is none;
 the message carries every reason.*/
    pub fn geyser_negotiate(
        exporter: *const geyser_manager,
        importer: *const geyser_manager,
        out: *mut *mut geyser_negotiation,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// What was chosen. Threads: any. Errors: invalid_argument.
    pub fn geyser_negotiation_query(
        negotiation: *const geyser_negotiation,
        out: *mut geyser_negotiation_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Why a better rung was not: "opaque_fd: the device UUIDs differ (...)". Lives as long as the negotiation. Threads: any.
 Errors: invalid_argument (no such index).*/
    pub fn geyser_negotiation_rejected(
        negotiation: *const geyser_negotiation,
        index: u32,
        out: *mut *const ::core::ffi::c_char,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Frees the result. Threads: any. Errors: none.
    pub fn geyser_negotiation_destroy(negotiation: *mut geyser_negotiation);
}
unsafe extern "C" {
    /// For people: what `exporter` can hand to `importer` and, where not, why. Threads: any. Errors: invalid_argument, out_of_memory.
    pub fn geyser_explain(
        exporter: *const geyser_manager,
        importer: *const geyser_manager,
        buffer: *mut ::core::ffi::c_char,
        capacity: usize,
        length: *mut usize,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// "dma_buf", "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_memory_type_name(
        type_: geyser_memory_type,
    ) -> *const ::core::ffi::c_char;
}
unsafe extern "C" {
    /// "sync_fd", "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_semaphore_type_name(
        type_: geyser_semaphore_type,
    ) -> *const ::core::ffi::c_char;
}
unsafe extern "C" {
    /// "timeline", "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_semaphore_kind_name(
        kind: geyser_semaphore_kind,
    ) -> *const ::core::ffi::c_char;
}
/// Owns the OS handles of one texture, and those of its ready semaphore if it has one.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_texture_handle {
    _unused: [u8; 0],
}
/// Owns the OS handle of one semaphore.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_semaphore_handle {
    _unused: [u8; 0],
}
/// Where a memory plane lies in its allocation.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_memory_plane {
    /// bytes
    pub offset: u64,
    /// bytes
    pub row_pitch: u64,
    pub handle_index: u32,
    /// 0
    pub reserved: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_memory_plane",
    ][::core::mem::size_of::<geyser_memory_plane>() - 24usize];
    [
        "Alignment of geyser_memory_plane",
    ][::core::mem::align_of::<geyser_memory_plane>() - 8usize];
    [
        "Offset of field: geyser_memory_plane::offset",
    ][::core::mem::offset_of!(geyser_memory_plane, offset) - 0usize];
    [
        "Offset of field: geyser_memory_plane::row_pitch",
    ][::core::mem::offset_of!(geyser_memory_plane, row_pitch) - 8usize];
    [
        "Offset of field: geyser_memory_plane::handle_index",
    ][::core::mem::offset_of!(geyser_memory_plane, handle_index) - 16usize];
    [
        "Offset of field: geyser_memory_plane::reserved",
    ][::core::mem::offset_of!(geyser_memory_plane, reserved) - 20usize];
};
/** What the importer must repeat exactly; geyser::TextureHandleInfo says more of each. Whoever carries a handle through a connection of his
 own sends this struct, the descriptor, the exporter and the OS handles, and makes the handle anew at the other end.*/
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_texture_handle_info {
    pub struct_size: u32,
    pub type_: geyser_memory_type,
    /// bytes, of the whole allocation
    pub allocation_size: u64,
    /// bytes that the image itself needs
    pub required_size: u64,
    pub memory_type_index: u32,
    pub dedicated: geyser_bool,
    pub linear_tiling: geyser_bool,
    /// VkFormat used, for opaque handles
    pub native_format: u32,
    /// VkImageUsageFlags used
    pub native_usage: u32,
    /// VkImageCreateFlags used
    pub native_create_flags: u32,
    /// dma_buf only
    pub drm_modifier: u64,
    pub memory_plane_count: u32,
    /// somebody has written it
    pub initialized: geyser_bool,
    pub memory_planes: [geyser_memory_plane; 4usize],
    /// the layout it was released in
    pub layout: geyser_layout,
    /// OS handles set; ignored by geyser_texture_handle_create()
    pub handle_count: u32,
    /// ignored by geyser_texture_handle_create()
    pub has_ready_semaphore: geyser_bool,
    /// 0
    pub reserved: u32,
    /// newest value announced when it was exported
    pub ready_value: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_texture_handle_info",
    ][::core::mem::size_of::<geyser_texture_handle_info>() - 184usize];
    [
        "Alignment of geyser_texture_handle_info",
    ][::core::mem::align_of::<geyser_texture_handle_info>() - 8usize];
    [
        "Offset of field: geyser_texture_handle_info::struct_size",
    ][::core::mem::offset_of!(geyser_texture_handle_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_texture_handle_info::type_",
    ][::core::mem::offset_of!(geyser_texture_handle_info, type_) - 4usize];
    [
        "Offset of field: geyser_texture_handle_info::allocation_size",
    ][::core::mem::offset_of!(geyser_texture_handle_info, allocation_size) - 8usize];
    [
        "Offset of field: geyser_texture_handle_info::required_size",
    ][::core::mem::offset_of!(geyser_texture_handle_info, required_size) - 16usize];
    [
        "Offset of field: geyser_texture_handle_info::memory_type_index",
    ][::core::mem::offset_of!(geyser_texture_handle_info, memory_type_index) - 24usize];
    [
        "Offset of field: geyser_texture_handle_info::dedicated",
    ][::core::mem::offset_of!(geyser_texture_handle_info, dedicated) - 28usize];
    [
        "Offset of field: geyser_texture_handle_info::linear_tiling",
    ][::core::mem::offset_of!(geyser_texture_handle_info, linear_tiling) - 32usize];
    [
        "Offset of field: geyser_texture_handle_info::native_format",
    ][::core::mem::offset_of!(geyser_texture_handle_info, native_format) - 36usize];
    [
        "Offset of field: geyser_texture_handle_info::native_usage",
    ][::core::mem::offset_of!(geyser_texture_handle_info, native_usage) - 40usize];
    [
        "Offset of field: geyser_texture_handle_info::native_create_flags",
    ][::core::mem::offset_of!(geyser_texture_handle_info, native_create_flags)
        - 44usize];
    [
        "Offset of field: geyser_texture_handle_info::drm_modifier",
    ][::core::mem::offset_of!(geyser_texture_handle_info, drm_modifier) - 48usize];
    [
        "Offset of field: geyser_texture_handle_info::memory_plane_count",
    ][::core::mem::offset_of!(geyser_texture_handle_info, memory_plane_count) - 56usize];
    [
        "Offset of field: geyser_texture_handle_info::initialized",
    ][::core::mem::offset_of!(geyser_texture_handle_info, initialized) - 60usize];
    [
        "Offset of field: geyser_texture_handle_info::memory_planes",
    ][::core::mem::offset_of!(geyser_texture_handle_info, memory_planes) - 64usize];
    [
        "Offset of field: geyser_texture_handle_info::layout",
    ][::core::mem::offset_of!(geyser_texture_handle_info, layout) - 160usize];
    [
        "Offset of field: geyser_texture_handle_info::handle_count",
    ][::core::mem::offset_of!(geyser_texture_handle_info, handle_count) - 164usize];
    [
        "Offset of field: geyser_texture_handle_info::has_ready_semaphore",
    ][::core::mem::offset_of!(geyser_texture_handle_info, has_ready_semaphore)
        - 168usize];
    [
        "Offset of field: geyser_texture_handle_info::reserved",
    ][::core::mem::offset_of!(geyser_texture_handle_info, reserved) - 172usize];
    [
        "Offset of field: geyser_texture_handle_info::ready_value",
    ][::core::mem::offset_of!(geyser_texture_handle_info, ready_value) - 176usize];
};
unsafe extern "C" {
    /** A handle without OS handles: give them with geyser_texture_handle_give(). Ownership: the caller's. Threads: any. Errors:
 invalid_argument, out_of_memory. What is wrong with the numbers, geyser_texture_handle_validate() and the import say.*/
    pub fn geyser_texture_handle_create(
        info: *const geyser_texture_handle_info,
        descriptor: *const geyser_texture_descriptor,
        exporter: *const geyser_device_identity,
        out: *mut *mut geyser_texture_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Closes what it still owns. Threads: any. Errors: none.
    pub fn geyser_texture_handle_destroy(handle: *mut geyser_texture_handle);
}
unsafe extern "C" {
    /// Threads: any. Errors: invalid_argument.
    pub fn geyser_texture_handle_query(
        handle: *const geyser_texture_handle,
        out: *mut geyser_texture_handle_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// What the texture is; the label lives as long as the handle. Threads: any. Errors: invalid_argument.
    pub fn geyser_texture_handle_descriptor(
        handle: *const geyser_texture_handle,
        out: *mut geyser_texture_descriptor,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The device that it belongs to. Threads: any. Errors: invalid_argument.
    pub fn geyser_texture_handle_exporter(
        handle: *const geyser_texture_handle,
        out: *mut geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** One OS handle, still owned by `handle`; GEYSER_NO_OS_HANDLE where none is set. `index` is below 4. Threads: any. Errors:
 invalid_argument.*/
    pub fn geyser_texture_handle_borrow(
        handle: *const geyser_texture_handle,
        index: u32,
        out: *mut geyser_os_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The same, now owned by the caller. Threads: any. Errors: invalid_argument.
    pub fn geyser_texture_handle_take(
        handle: *mut geyser_texture_handle,
        index: u32,
        out: *mut geyser_os_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Hands an OS handle over; what was there is closed. On failure it stays the caller's. Threads: any. Errors: invalid_argument
 (it is not open, with errno), out_of_memory.*/
    pub fn geyser_texture_handle_give(
        handle: *mut geyser_texture_handle,
        index: u32,
        value: geyser_os_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Takes the ready semaphore's handle out. Ownership: the caller's. Threads: any. Errors: not_found (there is none), out_of_memory.
    pub fn geyser_texture_handle_take_ready_semaphore(
        handle: *mut geyser_texture_handle,
        out: *mut *mut geyser_semaphore_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Puts one in: `semaphore` is consumed on success. Threads: any. Errors: invalid_argument.
    pub fn geyser_texture_handle_give_ready_semaphore(
        handle: *mut geyser_texture_handle,
        semaphore: *mut geyser_semaphore_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Checks everything that needs no device; import does so by itself. Threads: any. Errors: protocol_error, invalid_argument.
    pub fn geyser_texture_handle_validate(
        handle: *const geyser_texture_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** A semaphore's handle around an OS handle; GEYSER_NO_OS_HANDLE is a sync_fd that is signalled already. On failure `value` stays the
 caller's. Ownership: the caller's. Threads: any. Errors: invalid_argument (it is not open, with errno), out_of_memory.*/
    pub fn geyser_semaphore_handle_create(
        kind: geyser_semaphore_kind,
        type_: geyser_semaphore_type,
        exporter: *const geyser_device_identity,
        value: geyser_os_handle,
        out: *mut *mut geyser_semaphore_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Closes what it still owns. Threads: any. Errors: none.
    pub fn geyser_semaphore_handle_destroy(handle: *mut geyser_semaphore_handle);
}
unsafe extern "C" {
    /// Kind and type. Threads: any. Errors: invalid_argument.
    pub fn geyser_semaphore_handle_query(
        handle: *const geyser_semaphore_handle,
        kind: *mut geyser_semaphore_kind,
        type_: *mut geyser_semaphore_type,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The device that it belongs to. Threads: any. Errors: invalid_argument.
    pub fn geyser_semaphore_handle_exporter(
        handle: *const geyser_semaphore_handle,
        out: *mut geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The OS handle, still owned by `handle`. Threads: any. Errors: invalid_argument.
    pub fn geyser_semaphore_handle_borrow(
        handle: *const geyser_semaphore_handle,
        out: *mut geyser_os_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The same, now owned by the caller. Threads: any. Errors: invalid_argument.
    pub fn geyser_semaphore_handle_take(
        handle: *mut geyser_semaphore_handle,
        out: *mut geyser_os_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// As geyser_texture_handle_validate(). Threads: any. Errors: protocol_error.
    pub fn geyser_semaphore_handle_validate(
        handle: *const geyser_semaphore_handle,
    ) -> geyser_status;
}
/** A reference to a semaphore that another API or process can use; the semaphore lives until the last reference and the last point are
 gone.*/
#[repr(C)]
#[derive(Debug)]
pub struct geyser_semaphore {
    _unused: [u8; 0],
}
/** "This semaphore reaches this value." Binary semaphores always have value 1. Given to the library, the reference stays the caller's; from
 the library it is borrowed from the object that was asked (geyser_semaphore_clone() keeps it).*/
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_sync_point {
    pub semaphore: *const geyser_semaphore,
    pub value: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of geyser_sync_point"][::core::mem::size_of::<geyser_sync_point>() - 16usize];
    [
        "Alignment of geyser_sync_point",
    ][::core::mem::align_of::<geyser_sync_point>() - 8usize];
    [
        "Offset of field: geyser_sync_point::semaphore",
    ][::core::mem::offset_of!(geyser_sync_point, semaphore) - 0usize];
    [
        "Offset of field: geyser_sync_point::value",
    ][::core::mem::offset_of!(geyser_sync_point, value) - 8usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_semaphore_info {
    pub struct_size: u32,
    pub kind: geyser_semaphore_kind,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_semaphore_info",
    ][::core::mem::size_of::<geyser_semaphore_info>() - 8usize];
    [
        "Alignment of geyser_semaphore_info",
    ][::core::mem::align_of::<geyser_semaphore_info>() - 4usize];
    [
        "Offset of field: geyser_semaphore_info::struct_size",
    ][::core::mem::offset_of!(geyser_semaphore_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_semaphore_info::kind",
    ][::core::mem::offset_of!(geyser_semaphore_info, kind) - 4usize];
};
unsafe extern "C" {
    /// Another reference to the same semaphore. Ownership: the caller's. Threads: any. Errors: out_of_memory.
    pub fn geyser_semaphore_clone(
        semaphore: *const geyser_semaphore,
        out: *mut *mut geyser_semaphore,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Drops a reference. A borrowed one is not to be dropped (checked: nothing happens). Threads: any. Errors: none.
    pub fn geyser_semaphore_destroy(semaphore: *mut geyser_semaphore);
}
unsafe extern "C" {
    /// Its kind. Threads: any. Errors: invalid_argument.
    pub fn geyser_semaphore_query(
        semaphore: *const geyser_semaphore,
        out: *mut geyser_semaphore_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// 1 when both references are to one semaphore. Threads: any. Errors: invalid_argument.
    pub fn geyser_semaphore_equal(
        a: *const geyser_semaphore,
        b: *const geyser_semaphore,
        out: *mut geyser_bool,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The counter now. Threads: any. Errors: invalid_argument for a binary semaphore, device_lost.
    pub fn geyser_semaphore_value(
        semaphore: *const geyser_semaphore,
        out: *mut u64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Sets a timeline's counter from the host: above the counter and above every pending signal. Threads: any. Errors: invalid_argument,
 device_lost.*/
    pub fn geyser_semaphore_signal(
        semaphore: *const geyser_semaphore,
        value: u64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Blocks until the counter is at least `value`, or the time is over. Threads: any. Errors: timed_out naming the value reached,
 invalid_argument, device_lost.*/
    pub fn geyser_semaphore_wait(
        semaphore: *const geyser_semaphore,
        value: u64,
        timeout: i64,
    ) -> geyser_status;
}
/// A texture of a manager, of a frame (borrowed), or of a pool (destroying gives it back).
#[repr(C)]
#[derive(Debug)]
pub struct geyser_texture {
    _unused: [u8; 0],
}
/// The right to use a texture: exclusive for a write, shared between reads of one texture. Used by one thread at a time.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_access {
    _unused: [u8; 0],
}
/// What travels with a texture from one access to the next: whether there is content, its layout, and what must be waited for.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_texture_state {
    _unused: [u8; 0],
}
/// Keeps a texture's memory and native objects alive, and nothing else: no right to touch them.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_texture_hold {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_texture_info {
    pub struct_size: u32,
    /// how the memory was, or can be, handed over
    pub memory_type: geyser_memory_type,
    pub imported: geyser_bool,
    /// 0
    pub reserved: u32,
    /// bytes allocated
    pub allocated_bytes: u64,
    /// bytes that the image needs of them
    pub required_bytes: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_texture_info",
    ][::core::mem::size_of::<geyser_texture_info>() - 32usize];
    [
        "Alignment of geyser_texture_info",
    ][::core::mem::align_of::<geyser_texture_info>() - 8usize];
    [
        "Offset of field: geyser_texture_info::struct_size",
    ][::core::mem::offset_of!(geyser_texture_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_texture_info::memory_type",
    ][::core::mem::offset_of!(geyser_texture_info, memory_type) - 4usize];
    [
        "Offset of field: geyser_texture_info::imported",
    ][::core::mem::offset_of!(geyser_texture_info, imported) - 8usize];
    [
        "Offset of field: geyser_texture_info::reserved",
    ][::core::mem::offset_of!(geyser_texture_info, reserved) - 12usize];
    [
        "Offset of field: geyser_texture_info::allocated_bytes",
    ][::core::mem::offset_of!(geyser_texture_info, allocated_bytes) - 16usize];
    [
        "Offset of field: geyser_texture_info::required_bytes",
    ][::core::mem::offset_of!(geyser_texture_info, required_bytes) - 24usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_texture_state_info {
    pub struct_size: u32,
    /// somebody has written it
    pub initialized: geyser_bool,
    /// the layout it was released in
    pub layout: geyser_layout,
    /// ignored by geyser_texture_state_create()
    pub point_count: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_texture_state_info",
    ][::core::mem::size_of::<geyser_texture_state_info>() - 16usize];
    [
        "Alignment of geyser_texture_state_info",
    ][::core::mem::align_of::<geyser_texture_state_info>() - 4usize];
    [
        "Offset of field: geyser_texture_state_info::struct_size",
    ][::core::mem::offset_of!(geyser_texture_state_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_texture_state_info::initialized",
    ][::core::mem::offset_of!(geyser_texture_state_info, initialized) - 4usize];
    [
        "Offset of field: geyser_texture_state_info::layout",
    ][::core::mem::offset_of!(geyser_texture_state_info, layout) - 8usize];
    [
        "Offset of field: geyser_texture_state_info::point_count",
    ][::core::mem::offset_of!(geyser_texture_state_info, point_count) - 12usize];
};
/// How an access begins. Everything is optional, and is looked at during the call only.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_access_info {
    pub struct_size: u32,
    pub wait_count: u32,
    /// what the access before ended with; null: what the texture recorded itself
    pub state: *const geyser_texture_state,
    /// further points to wait for
    pub wait_for: *const geyser_sync_point,
    /// the point that the caller's submit will signal when the access is over; null: none
    pub signal: *const geyser_sync_point,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_access_info",
    ][::core::mem::size_of::<geyser_access_info>() - 32usize];
    [
        "Alignment of geyser_access_info",
    ][::core::mem::align_of::<geyser_access_info>() - 8usize];
    [
        "Offset of field: geyser_access_info::struct_size",
    ][::core::mem::offset_of!(geyser_access_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_access_info::wait_count",
    ][::core::mem::offset_of!(geyser_access_info, wait_count) - 4usize];
    [
        "Offset of field: geyser_access_info::state",
    ][::core::mem::offset_of!(geyser_access_info, state) - 8usize];
    [
        "Offset of field: geyser_access_info::wait_for",
    ][::core::mem::offset_of!(geyser_access_info, wait_for) - 16usize];
    [
        "Offset of field: geyser_access_info::signal",
    ][::core::mem::offset_of!(geyser_access_info, signal) - 24usize];
};
pub type geyser_access_mode = u32;
pub const GEYSER_ACCESS_MODE_READ: geyser_access_mode = 0;
pub const GEYSER_ACCESS_MODE_WRITE: geyser_access_mode = 1;
/// An access as it began.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_access_begin_info {
    pub struct_size: u32,
    pub mode: geyser_access_mode,
    /// there is content to keep
    pub initialized: geyser_bool,
    /// the layout to acquire from
    pub layout: geyser_layout,
    /// points to be reached before the first use
    pub wait_count: u32,
    /// 0
    pub reserved: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_access_begin_info",
    ][::core::mem::size_of::<geyser_access_begin_info>() - 24usize];
    [
        "Alignment of geyser_access_begin_info",
    ][::core::mem::align_of::<geyser_access_begin_info>() - 4usize];
    [
        "Offset of field: geyser_access_begin_info::struct_size",
    ][::core::mem::offset_of!(geyser_access_begin_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_access_begin_info::mode",
    ][::core::mem::offset_of!(geyser_access_begin_info, mode) - 4usize];
    [
        "Offset of field: geyser_access_begin_info::initialized",
    ][::core::mem::offset_of!(geyser_access_begin_info, initialized) - 8usize];
    [
        "Offset of field: geyser_access_begin_info::layout",
    ][::core::mem::offset_of!(geyser_access_begin_info, layout) - 12usize];
    [
        "Offset of field: geyser_access_begin_info::wait_count",
    ][::core::mem::offset_of!(geyser_access_begin_info, wait_count) - 16usize];
    [
        "Offset of field: geyser_access_begin_info::reserved",
    ][::core::mem::offset_of!(geyser_access_begin_info, reserved) - 20usize];
};
unsafe extern "C" {
    /** Frees the texture, or gives it back to its pool. Borrowed ones are not to be destroyed (checked: nothing happens). Threads: any.
 Errors: none.*/
    pub fn geyser_texture_destroy(texture: *mut geyser_texture);
}
unsafe extern "C" {
    /// Threads: any. Errors: invalid_argument.
    pub fn geyser_texture_query(
        texture: *const geyser_texture,
        out: *mut geyser_texture_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** The texture's memory and native objects (VkImage ...) stay as long as the hold does, even when the texture goes, or the frame that lent
 it, its stream or its pool. For engines that wrap a native object in one of their own and cannot say when the last use of that is over.
 A frame's texture is used again by its stream all the same. Ownership: the caller's. Threads: any. Errors: invalid_argument (a frame's
 texture, after the frame), out_of_memory.*/
    pub fn geyser_texture_hold_create(
        texture: *const geyser_texture,
        out: *mut *mut geyser_texture_hold,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Lets go; the last owner waits up to two seconds for signals that accesses of the texture promised. Threads: any. Errors: none.
    pub fn geyser_texture_hold_destroy(hold: *mut geyser_texture_hold);
}
unsafe extern "C" {
    /// What it is; the label lives as long as the texture. Threads: any. Errors: invalid_argument.
    pub fn geyser_texture_descriptor_of(
        texture: *const geyser_texture,
        out: *mut geyser_texture_descriptor,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// What the last ended access left. Ownership: the caller's. Threads: any. Errors: out_of_memory.
    pub fn geyser_texture_state_of(
        texture: *const geyser_texture,
        out: *mut *mut geyser_texture_state,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** A state from its parts, as it came from somewhere else. Ownership: the caller's; it keeps the points' semaphores. Threads: any.
 Errors: invalid_argument, out_of_memory.*/
    pub fn geyser_texture_state_create(
        info: *const geyser_texture_state_info,
        points: *const geyser_sync_point,
        count: u32,
        out: *mut *mut geyser_texture_state,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: invalid_argument.
    pub fn geyser_texture_state_query(
        state: *const geyser_texture_state,
        out: *mut geyser_texture_state_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// One of its points; the reference lives as long as the state. Threads: any. Errors: invalid_argument (no such index).
    pub fn geyser_texture_state_point(
        state: *const geyser_texture_state,
        index: u32,
        out: *mut geyser_sync_point,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Frees the state. Threads: any. Errors: none.
    pub fn geyser_texture_state_destroy(state: *mut geyser_texture_state);
}
unsafe extern "C" {
    /** Starts an exclusive access. Does not block. Ownership: the access is the caller's, to be given to geyser_access_end(). Threads: any.
 Errors: access_conflict, device_mismatch, invalid_argument.*/
    pub fn geyser_texture_begin_write(
        texture: *mut geyser_texture,
        info: *const geyser_access_info,
        out: *mut *mut geyser_access,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Starts a shared access. As geyser_texture_begin_write(), and not_initialized when nobody has written the texture. Threads: any.
    pub fn geyser_texture_begin_read(
        texture: *mut geyser_texture,
        info: *const geyser_access_info,
        out: *mut *mut geyser_access,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Mode, layout and number of waits. Threads: one at a time. Errors: invalid_argument, invalid_state (a frame's, after it was published or
 released).*/
    pub fn geyser_access_query(
        access: *const geyser_access,
        out: *mut geyser_access_begin_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** A point that must be reached before the first use; the reference lives as long as the access. Threads: one at a time. Errors: as
 geyser_access_query(), invalid_argument (no such index).*/
    pub fn geyser_access_wait_point(
        access: *mut geyser_access,
        index: u32,
        out: *mut geyser_sync_point,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** The point to signal when the use is over. Whoever asks promises that signal. `out->semaphore` is null when there is nothing to signal;
 it lives as long as the access. Threads: one at a time. Errors: as geyser_access_query().*/
    pub fn geyser_access_signal_point(
        access: *mut geyser_access,
        out: *mut geyser_sync_point,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Blocks the host until every point is reached. Threads: one at a time. Errors: timed_out naming the point, device_lost.
    pub fn geyser_access_wait(
        access: *const geyser_access,
        timeout: i64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Ends the access: it is consumed. `layout` is what the content was released in; undefined: what the backend's release recorded, else
 general. `state` says what the next access must wait for, and is the caller's. Threads: one at a time. Errors: invalid_state (a frame's
 access ends with the frame), out_of_memory.*/
    pub fn geyser_access_end(
        access: *mut geyser_access,
        layout: geyser_layout,
        state: *mut *mut geyser_texture_state,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Gives an access up that was not ended: after a write the content is gone, and the log says so. Not for a frame's (checked: nothing
 happens). Threads: any. Errors: none.*/
    pub fn geyser_access_destroy(access: *mut geyser_access);
}
/// One end of a connection. Used by one thread for sending and one for receiving.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_channel {
    _unused: [u8; 0],
}
/// Accepts connections under a name.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_channel_listener {
    _unused: [u8; 0],
}
unsafe extern "C" {
    /// Two connected ends in this process. Ownership: both are the caller's. Threads: any. Errors: out_of_memory, os_error.
    pub fn geyser_channel_create_pair(
        first: *mut *mut geyser_channel,
        second: *mut *mut geyser_channel,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Connects to a listener of that name; `directory` null: the user's own. Ownership: the caller's. Threads: any. Errors: not_found,
 timed_out, invalid_state (another user owns it), os_error.*/
    pub fn geyser_channel_connect(
        name: *const ::core::ffi::c_char,
        timeout: i64,
        directory: *const ::core::ffi::c_char,
        out: *mut *mut geyser_channel,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Takes over an end that was inherited (a connected SOCK_SEQPACKET socket); on failure it stays the caller's. Ownership: the caller's.
 Threads: any. Errors: invalid_argument.*/
    pub fn geyser_channel_adopt(
        socket: geyser_os_handle,
        out: *mut *mut geyser_channel,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Closes it; the peer sees that. Threads: any. Errors: none.
    pub fn geyser_channel_destroy(channel: *mut geyser_channel);
}
unsafe extern "C" {
    /** Sends a handle, which stays the caller's. Threads: one at a time. Errors: peer_gone, timed_out, out_of_memory, as
 geyser_texture_handle_validate().*/
    pub fn geyser_channel_send_texture(
        channel: *mut geyser_channel,
        handle: *const geyser_texture_handle,
        timeout: i64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The same for a semaphore. Threads: one at a time. Errors: as geyser_channel_send_texture().
    pub fn geyser_channel_send_semaphore(
        channel: *mut geyser_channel,
        handle: *const geyser_semaphore_handle,
        timeout: i64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Receives a handle. Ownership: the caller's. Threads: one at a time. Errors: peer_gone, timed_out, protocol_error (another kind, or
 broken), out_of_memory.*/
    pub fn geyser_channel_receive_texture(
        channel: *mut geyser_channel,
        timeout: i64,
        out: *mut *mut geyser_texture_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The same for a semaphore. Threads: one at a time. Errors: as geyser_channel_receive_texture().
    pub fn geyser_channel_receive_semaphore(
        channel: *mut geyser_channel,
        timeout: i64,
        out: *mut *mut geyser_semaphore_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** The caller's own bytes, at most GEYSER_MAX_CHANNEL_MESSAGE_BYTES. Threads: one at a time. Errors: as geyser_channel_send_texture(),
 invalid_argument.*/
    pub fn geyser_channel_send(
        channel: *mut geyser_channel,
        bytes: *const ::core::ffi::c_void,
        size: usize,
        timeout: i64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Receives one message whole; `size` is its length. A message that is longer than `capacity` is kept, and the next call gives it: its
 length is written all the same. Threads: one at a time. Errors: limit_exceeded (longer), and as geyser_channel_receive_texture().*/
    pub fn geyser_channel_receive(
        channel: *mut geyser_channel,
        bytes: *mut ::core::ffi::c_void,
        capacity: usize,
        size: *mut usize,
        timeout: i64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Process and user at the other end, as the operating system says. Threads: any. Errors: os_error.
    pub fn geyser_channel_peer(
        channel: *const geyser_channel,
        process_id: *mut u32,
        user_id: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The socket, still owned by the channel. Threads: any. Errors: invalid_argument.
    pub fn geyser_channel_borrow(
        channel: *const geyser_channel,
        out: *mut geyser_os_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Listens; `directory` null: the user's own. Ownership: the caller's. Threads: any. Errors: invalid_argument (name), invalid_state (taken
 by a live process), os_error.*/
    pub fn geyser_channel_listener_create(
        name: *const ::core::ffi::c_char,
        directory: *const ::core::ffi::c_char,
        out: *mut *mut geyser_channel_listener,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The name is free again. Threads: any. Errors: none.
    pub fn geyser_channel_listener_destroy(listener: *mut geyser_channel_listener);
}
unsafe extern "C" {
    /// Accepts one connection. Ownership: the caller's. Threads: one at a time. Errors: timed_out, os_error, out_of_memory.
    pub fn geyser_channel_listener_accept(
        listener: *mut geyser_channel_listener,
        timeout: i64,
        out: *mut *mut geyser_channel,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// A manager for host memory. Ownership: the caller's. Threads: any. Errors: out_of_memory, os_error.
    pub fn geyser_host_manager_create(out: *mut *mut geyser_manager) -> geyser_status;
}
unsafe extern "C" {
    /// Gives it up; textures and semaphores that it made keep what they need. Threads: any. Errors: none.
    pub fn geyser_manager_destroy(manager: *mut geyser_manager);
}
unsafe extern "C" {
    /// "vulkan", "host", ... Static storage. Threads: any. Errors: invalid_argument.
    pub fn geyser_manager_backend_name(
        manager: *const geyser_manager,
        out: *mut *const ::core::ffi::c_char,
    ) -> geyser_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_create_options {
    pub struct_size: u32,
    /// how it will be handed over; none: the best
    pub memory_type: geyser_memory_type,
    /// dma_buf: what the importer accepts, in order of preference
    pub modifiers: *const geyser_modifier,
    pub modifier_count: u32,
    /// rows of texels one after the other
    pub linear: geyser_bool,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_create_options",
    ][::core::mem::size_of::<geyser_create_options>() - 24usize];
    [
        "Alignment of geyser_create_options",
    ][::core::mem::align_of::<geyser_create_options>() - 8usize];
    [
        "Offset of field: geyser_create_options::struct_size",
    ][::core::mem::offset_of!(geyser_create_options, struct_size) - 0usize];
    [
        "Offset of field: geyser_create_options::memory_type",
    ][::core::mem::offset_of!(geyser_create_options, memory_type) - 4usize];
    [
        "Offset of field: geyser_create_options::modifiers",
    ][::core::mem::offset_of!(geyser_create_options, modifiers) - 8usize];
    [
        "Offset of field: geyser_create_options::modifier_count",
    ][::core::mem::offset_of!(geyser_create_options, modifier_count) - 16usize];
    [
        "Offset of field: geyser_create_options::linear",
    ][::core::mem::offset_of!(geyser_create_options, linear) - 20usize];
};
unsafe extern "C" {
    /** Creates a texture whose memory can be exported. Ownership: the caller's. Threads: any (OpenGL: the context's). Errors: as
 geyser_descriptor_validate(); unsupported_format, unsupported_handle, limit_exceeded, out_of_memory, device_lost.*/
    pub fn geyser_manager_create_texture(
        manager: *mut geyser_manager,
        descriptor: *const geyser_texture_descriptor,
        options: *const geyser_create_options,
        out: *mut *mut geyser_texture,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Makes a handle to the texture's memory, and to its ready semaphore. Ownership: the caller's. Threads: any. Errors: device_mismatch,
 unsupported_handle, out_of_memory, device_lost.*/
    pub fn geyser_manager_export_texture(
        manager: *mut geyser_manager,
        texture: *const geyser_texture,
        out: *mut *mut geyser_texture_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Makes a texture from a handle, which is consumed on success; on failure it stays the caller's, unchanged. Threads: any (OpenGL: the
 context's). Errors: protocol_error, device_mismatch, unsupported_handle, unsupported_format, limit_exceeded, out_of_memory, device_lost.*/
    pub fn geyser_manager_import_texture(
        manager: *mut geyser_manager,
        handle: *mut geyser_texture_handle,
        out: *mut *mut geyser_texture,
    ) -> geyser_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_semaphore_options {
    pub struct_size: u32,
    /// 0: the best that the device can export
    pub kind: geyser_semaphore_kind,
    /// timelines only
    pub initial_value: u64,
    /// for debuggers; null: none
    pub label: *const ::core::ffi::c_char,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_semaphore_options",
    ][::core::mem::size_of::<geyser_semaphore_options>() - 24usize];
    [
        "Alignment of geyser_semaphore_options",
    ][::core::mem::align_of::<geyser_semaphore_options>() - 8usize];
    [
        "Offset of field: geyser_semaphore_options::struct_size",
    ][::core::mem::offset_of!(geyser_semaphore_options, struct_size) - 0usize];
    [
        "Offset of field: geyser_semaphore_options::kind",
    ][::core::mem::offset_of!(geyser_semaphore_options, kind) - 4usize];
    [
        "Offset of field: geyser_semaphore_options::initial_value",
    ][::core::mem::offset_of!(geyser_semaphore_options, initial_value) - 8usize];
    [
        "Offset of field: geyser_semaphore_options::label",
    ][::core::mem::offset_of!(geyser_semaphore_options, label) - 16usize];
};
unsafe extern "C" {
    /** Creates a semaphore that can be exported. Ownership: the caller's. Threads: any. Errors: unsupported_feature, out_of_memory,
 device_lost.*/
    pub fn geyser_manager_create_semaphore(
        manager: *mut geyser_manager,
        options: *const geyser_semaphore_options,
        out: *mut *mut geyser_semaphore,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Makes a handle; `type` none: the best for the semaphore's kind. Exporting a sync_fd takes the pending signal out of the semaphore.
 Ownership: the caller's. Threads: any. Errors: device_mismatch, unsupported_handle, invalid_state, out_of_memory.*/
    pub fn geyser_manager_export_semaphore(
        manager: *mut geyser_manager,
        semaphore: *const geyser_semaphore,
        type_: geyser_semaphore_type,
        out: *mut *mut geyser_semaphore_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Makes a semaphore from a handle, which is consumed on success only. Ownership: the caller's. Threads: any. Errors: protocol_error,
 device_mismatch, unsupported_handle, out_of_memory, device_lost.*/
    pub fn geyser_manager_import_semaphore(
        manager: *mut geyser_manager,
        handle: *mut geyser_semaphore_handle,
        out: *mut *mut geyser_semaphore,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Makes `semaphore` the texture's ready semaphore: it travels with exports, and is what the next three functions use. Threads: any.
 Errors: device_mismatch, access_conflict, invalid_argument.*/
    pub fn geyser_manager_attach_semaphore(
        manager: *mut geyser_manager,
        texture: *mut geyser_texture,
        semaphore: *const geyser_semaphore,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// A reference to the ready semaphore. Ownership: the caller's. Threads: any. Errors: not_found (there is none), out_of_memory.
    pub fn geyser_manager_attached_semaphore(
        manager: *const geyser_manager,
        texture: *const geyser_texture,
        out: *mut *mut geyser_semaphore,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Announces that everything submitted to the manager's queue so far is done with the texture, and marks it initialized; `value` is what
 the ready semaphore will have. Threads: any. Errors: invalid_state (no ready semaphore), access_conflict, device_mismatch, device_lost.*/
    pub fn geyser_manager_signal_ready(
        manager: *mut geyser_manager,
        texture: *mut geyser_texture,
        value: *mut u64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Blocks until the ready semaphore is beyond what this texture last waited for; marks it initialized; `value` is what was reached.
 Threads: any. Errors: timed_out, invalid_state, device_lost.*/
    pub fn geyser_manager_wait_ready(
        manager: *mut geyser_manager,
        texture: *mut geyser_texture,
        timeout: i64,
        value: *mut u64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Copies bytes (rows without gaps, geyser_descriptor_region_layout()) into the texture and waits until they are there; opens and ends a
 write access of its own. `size` is the layout's total_bytes. Threads: any. Errors: invalid_argument, access_conflict, device_mismatch,
 out_of_memory, timed_out, device_lost.*/
    pub fn geyser_manager_upload(
        manager: *mut geyser_manager,
        texture: *mut geyser_texture,
        region: *const geyser_texture_region,
        bytes: *const ::core::ffi::c_void,
        size: usize,
        info: *const geyser_access_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Copies bytes out of the texture. As geyser_manager_upload(), and not_initialized. Threads: any.
    pub fn geyser_manager_read_back(
        manager: *mut geyser_manager,
        texture: *mut geyser_texture,
        region: *const geyser_texture_region,
        bytes: *mut ::core::ffi::c_void,
        size: usize,
        info: *const geyser_access_info,
    ) -> geyser_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_mapped_region {
    pub struct_size: u32,
    /// texels of the plane
    pub extent: geyser_extent,
    /// first byte of the region; lives as long as the texture
    pub data: *mut ::core::ffi::c_void,
    /// bytes from one row of blocks to the next
    pub row_pitch: u64,
    /// bytes from one depth slice to the next
    pub slice_pitch: u64,
    /// bytes in a row of blocks
    pub row_bytes: u32,
    /// rows of blocks in a slice
    pub rows: u32,
    /// row_bytes x rows x extent.depth
    pub total_bytes: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_mapped_region",
    ][::core::mem::size_of::<geyser_mapped_region>() - 56usize];
    [
        "Alignment of geyser_mapped_region",
    ][::core::mem::align_of::<geyser_mapped_region>() - 8usize];
    [
        "Offset of field: geyser_mapped_region::struct_size",
    ][::core::mem::offset_of!(geyser_mapped_region, struct_size) - 0usize];
    [
        "Offset of field: geyser_mapped_region::extent",
    ][::core::mem::offset_of!(geyser_mapped_region, extent) - 4usize];
    [
        "Offset of field: geyser_mapped_region::data",
    ][::core::mem::offset_of!(geyser_mapped_region, data) - 16usize];
    [
        "Offset of field: geyser_mapped_region::row_pitch",
    ][::core::mem::offset_of!(geyser_mapped_region, row_pitch) - 24usize];
    [
        "Offset of field: geyser_mapped_region::slice_pitch",
    ][::core::mem::offset_of!(geyser_mapped_region, slice_pitch) - 32usize];
    [
        "Offset of field: geyser_mapped_region::row_bytes",
    ][::core::mem::offset_of!(geyser_mapped_region, row_bytes) - 40usize];
    [
        "Offset of field: geyser_mapped_region::rows",
    ][::core::mem::offset_of!(geyser_mapped_region, rows) - 44usize];
    [
        "Offset of field: geyser_mapped_region::total_bytes",
    ][::core::mem::offset_of!(geyser_mapped_region, total_bytes) - 48usize];
};
unsafe extern "C" {
    /// Direct access to a host texture's bytes, inside an open access (unchecked). Threads: any. Errors: device_mismatch, invalid_argument.
    pub fn geyser_host_map(
        texture: *const geyser_texture,
        region: *const geyser_texture_region,
        out: *mut geyser_mapped_region,
    ) -> geyser_status;
}
/// Keeps textures that are not in use. Used by any number of threads at once.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_texture_pool {
    _unused: [u8; 0],
}
unsafe extern "C" {
    /** `capacity`: idle textures kept at most; 0: 16. The manager must outlive the pool (unchecked). Ownership: the caller's. Threads: any.
 Errors: out_of_memory.*/
    pub fn geyser_texture_pool_create(
        manager: *mut geyser_manager,
        capacity: u32,
        out: *mut *mut geyser_texture_pool,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Textures on loan outlive it. Threads: any. Errors: none.
    pub fn geyser_texture_pool_destroy(pool: *mut geyser_texture_pool);
}
unsafe extern "C" {
    /** An idle texture of the same descriptor (label apart), or a new one; geyser_texture_destroy() gives it back. `reused`: it has been used
 before. Ownership: the caller's. Threads: any. Errors: as geyser_manager_create_texture().*/
    pub fn geyser_texture_pool_acquire(
        pool: *mut geyser_texture_pool,
        descriptor: *const geyser_texture_descriptor,
        out: *mut *mut geyser_texture,
        reused: *mut geyser_bool,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Idle textures now. Threads: any. Errors: invalid_argument.
    pub fn geyser_texture_pool_idle(
        pool: *const geyser_texture_pool,
        out: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Frees all idle textures. Threads: any. Errors: invalid_argument.
    pub fn geyser_texture_pool_clear(pool: *mut geyser_texture_pool) -> geyser_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_cuda_adopt_info {
    pub struct_size: u32,
    pub has_device: geyser_bool,
    /// when has_device and without a context: the device with this UUID; else device 0. With a context: must match it
    pub device: geyser_uuid,
    /// CUcontext; null: the current one, else the primary context of the device
    pub context: *mut ::core::ffi::c_void,
    /// CUstream: where the library's own copies run; null: the legacy default stream
    pub stream: *mut ::core::ffi::c_void,
    /// makes what CUDA cannot; on the same device. Null: none
    pub partner: *const geyser_manager,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_cuda_adopt_info",
    ][::core::mem::size_of::<geyser_cuda_adopt_info>() - 48usize];
    [
        "Alignment of geyser_cuda_adopt_info",
    ][::core::mem::align_of::<geyser_cuda_adopt_info>() - 8usize];
    [
        "Offset of field: geyser_cuda_adopt_info::struct_size",
    ][::core::mem::offset_of!(geyser_cuda_adopt_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_cuda_adopt_info::has_device",
    ][::core::mem::offset_of!(geyser_cuda_adopt_info, has_device) - 4usize];
    [
        "Offset of field: geyser_cuda_adopt_info::device",
    ][::core::mem::offset_of!(geyser_cuda_adopt_info, device) - 8usize];
    [
        "Offset of field: geyser_cuda_adopt_info::context",
    ][::core::mem::offset_of!(geyser_cuda_adopt_info, context) - 24usize];
    [
        "Offset of field: geyser_cuda_adopt_info::stream",
    ][::core::mem::offset_of!(geyser_cuda_adopt_info, stream) - 32usize];
    [
        "Offset of field: geyser_cuda_adopt_info::partner",
    ][::core::mem::offset_of!(geyser_cuda_adopt_info, partner) - 40usize];
};
#[repr(C)]
#[derive(Debug)]
pub struct geyser_cuda_device_list {
    _unused: [u8; 0],
}
unsafe extern "C" {
    /// The devices that libcuda.so.1 shows. Ownership: the caller's. Threads: any. Errors: not_found (no driver), os_error.
    pub fn geyser_cuda_enumerate_devices(
        out: *mut *mut geyser_cuda_device_list,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: invalid_argument.
    pub fn geyser_cuda_device_list_count(
        list: *const geyser_cuda_device_list,
        out: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Ordinal and identity of one. Threads: any. Errors: invalid_argument (no such index).
    pub fn geyser_cuda_device_list_at(
        list: *const geyser_cuda_device_list,
        index: u32,
        ordinal: *mut i32,
        identity: *mut geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: none.
    pub fn geyser_cuda_device_list_destroy(list: *mut geyser_cuda_device_list);
}
unsafe extern "C" {
    /** A manager; a given context must outlive it and all that it made. Ownership: the manager is the caller's. Threads: any. Errors:
 not_found, device_mismatch, unsupported_feature, out_of_memory.*/
    pub fn geyser_cuda_manager_create(
        info: *const geyser_cuda_adopt_info,
        out: *mut *mut geyser_manager,
    ) -> geyser_status;
}
/// Plain memory of a linear texture; valid as long as it lives, inside an open access.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_cuda_linear_memory {
    pub struct_size: u32,
    /// 0
    pub reserved: u32,
    /// CUdeviceptr of the first byte of row 0
    pub pointer: u64,
    /// bytes from one row of blocks to the next
    pub row_pitch: u64,
    /// bytes from one layer or depth slice to the next
    pub slice_pitch: u64,
    /// from `pointer` to the end of the last row
    pub bytes: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_cuda_linear_memory",
    ][::core::mem::size_of::<geyser_cuda_linear_memory>() - 40usize];
    [
        "Alignment of geyser_cuda_linear_memory",
    ][::core::mem::align_of::<geyser_cuda_linear_memory>() - 8usize];
    [
        "Offset of field: geyser_cuda_linear_memory::struct_size",
    ][::core::mem::offset_of!(geyser_cuda_linear_memory, struct_size) - 0usize];
    [
        "Offset of field: geyser_cuda_linear_memory::reserved",
    ][::core::mem::offset_of!(geyser_cuda_linear_memory, reserved) - 4usize];
    [
        "Offset of field: geyser_cuda_linear_memory::pointer",
    ][::core::mem::offset_of!(geyser_cuda_linear_memory, pointer) - 8usize];
    [
        "Offset of field: geyser_cuda_linear_memory::row_pitch",
    ][::core::mem::offset_of!(geyser_cuda_linear_memory, row_pitch) - 16usize];
    [
        "Offset of field: geyser_cuda_linear_memory::slice_pitch",
    ][::core::mem::offset_of!(geyser_cuda_linear_memory, slice_pitch) - 24usize];
    [
        "Offset of field: geyser_cuda_linear_memory::bytes",
    ][::core::mem::offset_of!(geyser_cuda_linear_memory, bytes) - 32usize];
};
unsafe extern "C" {
    /// Mip level 0 of a plane. Threads: any. Errors: device_mismatch, invalid_state (the texture is tiled), invalid_argument (plane).
    pub fn geyser_cuda_texture_linear_memory(
        texture: *const geyser_texture,
        plane: u32,
        out: *mut geyser_cuda_linear_memory,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// 1 when the function above will answer. Threads: any. Errors: device_mismatch.
    pub fn geyser_cuda_texture_is_linear(
        texture: *const geyser_texture,
        out: *mut geyser_bool,
    ) -> geyser_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_cuda_native_texture {
    pub struct_size: u32,
    /// CUarray_format
    pub format: u32,
    /// CUmipmappedArray; the texture's
    pub mipmapped: *mut ::core::ffi::c_void,
    pub channels: u32,
    /// CUDA_ARRAY3D_*
    pub flags: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_cuda_native_texture",
    ][::core::mem::size_of::<geyser_cuda_native_texture>() - 24usize];
    [
        "Alignment of geyser_cuda_native_texture",
    ][::core::mem::align_of::<geyser_cuda_native_texture>() - 8usize];
    [
        "Offset of field: geyser_cuda_native_texture::struct_size",
    ][::core::mem::offset_of!(geyser_cuda_native_texture, struct_size) - 0usize];
    [
        "Offset of field: geyser_cuda_native_texture::format",
    ][::core::mem::offset_of!(geyser_cuda_native_texture, format) - 4usize];
    [
        "Offset of field: geyser_cuda_native_texture::mipmapped",
    ][::core::mem::offset_of!(geyser_cuda_native_texture, mipmapped) - 8usize];
    [
        "Offset of field: geyser_cuda_native_texture::channels",
    ][::core::mem::offset_of!(geyser_cuda_native_texture, channels) - 16usize];
    [
        "Offset of field: geyser_cuda_native_texture::flags",
    ][::core::mem::offset_of!(geyser_cuda_native_texture, flags) - 20usize];
};
unsafe extern "C" {
    /// Arrays of a tiled texture. Threads: any. Errors: device_mismatch, invalid_state (linear).
    pub fn geyser_cuda_texture_native(
        texture: *const geyser_texture,
        out: *mut geyser_cuda_native_texture,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// One mip level as CUarray; the texture's. Threads: any. Errors: as geyser_cuda_texture_native(), invalid_argument (no such level).
    pub fn geyser_cuda_texture_array(
        texture: *const geyser_texture,
        mip_level: u32,
        out: *mut *mut ::core::ffi::c_void,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// CUsurfObject, kept by the texture. Threads: any. Errors: as geyser_cuda_texture_array(), unsupported_format.
    pub fn geyser_cuda_texture_surface(
        texture: *const geyser_texture,
        mip_level: u32,
        out: *mut u64,
    ) -> geyser_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_cuda_sampling {
    pub struct_size: u32,
    pub linear_filter: geyser_bool,
    pub normalized_coordinates: geyser_bool,
    pub read_as_float: geyser_bool,
    /// needs normalized_coordinates; else clamped to the edge
    pub repeat: geyser_bool,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_cuda_sampling",
    ][::core::mem::size_of::<geyser_cuda_sampling>() - 20usize];
    [
        "Alignment of geyser_cuda_sampling",
    ][::core::mem::align_of::<geyser_cuda_sampling>() - 4usize];
    [
        "Offset of field: geyser_cuda_sampling::struct_size",
    ][::core::mem::offset_of!(geyser_cuda_sampling, struct_size) - 0usize];
    [
        "Offset of field: geyser_cuda_sampling::linear_filter",
    ][::core::mem::offset_of!(geyser_cuda_sampling, linear_filter) - 4usize];
    [
        "Offset of field: geyser_cuda_sampling::normalized_coordinates",
    ][::core::mem::offset_of!(geyser_cuda_sampling, normalized_coordinates) - 8usize];
    [
        "Offset of field: geyser_cuda_sampling::read_as_float",
    ][::core::mem::offset_of!(geyser_cuda_sampling, read_as_float) - 12usize];
    [
        "Offset of field: geyser_cuda_sampling::repeat",
    ][::core::mem::offset_of!(geyser_cuda_sampling, repeat) - 16usize];
};
unsafe extern "C" {
    /// CUtexObject, kept by the texture, one for each sampling. Threads: any. Errors: as geyser_cuda_texture_native(), invalid_argument.
    pub fn geyser_cuda_texture_object(
        texture: *const geyser_texture,
        sampling: *const geyser_cuda_sampling,
        out: *mut u64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Makes a CUstream wait for what the access waits for. Threads: any. Errors: device_mismatch, timed_out, device_lost.
    pub fn geyser_cuda_acquire(
        access: *mut geyser_access,
        stream: *mut ::core::ffi::c_void,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Signals behind all work of the stream so far; the access remembers `layout` (undefined: general) for its end. Threads: any. Errors: as
 geyser_cuda_acquire().*/
    pub fn geyser_cuda_release(
        access: *mut geyser_access,
        stream: *mut ::core::ffi::c_void,
        layout: geyser_layout,
    ) -> geyser_status;
}
pub type geyser_clock = u32;
pub const GEYSER_CLOCK_MONOTONIC: geyser_clock = 1;
pub const GEYSER_CLOCK_REALTIME: geyser_clock = 2;
pub const GEYSER_CLOCK_MEDIA: geyser_clock = 3;
/// A moment on a named clock.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_timestamp {
    pub nanoseconds: i64,
    pub clock: geyser_clock,
    /// 0
    pub reserved: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of geyser_timestamp"][::core::mem::size_of::<geyser_timestamp>() - 16usize];
    [
        "Alignment of geyser_timestamp",
    ][::core::mem::align_of::<geyser_timestamp>() - 8usize];
    [
        "Offset of field: geyser_timestamp::nanoseconds",
    ][::core::mem::offset_of!(geyser_timestamp, nanoseconds) - 0usize];
    [
        "Offset of field: geyser_timestamp::clock",
    ][::core::mem::offset_of!(geyser_timestamp, clock) - 8usize];
    [
        "Offset of field: geyser_timestamp::reserved",
    ][::core::mem::offset_of!(geyser_timestamp, reserved) - 12usize];
};
/// Texels of mip level 0.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_rect {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of geyser_rect"][::core::mem::size_of::<geyser_rect>() - 16usize];
    ["Alignment of geyser_rect"][::core::mem::align_of::<geyser_rect>() - 4usize];
    [
        "Offset of field: geyser_rect::x",
    ][::core::mem::offset_of!(geyser_rect, x) - 0usize];
    [
        "Offset of field: geyser_rect::y",
    ][::core::mem::offset_of!(geyser_rect, y) - 4usize];
    [
        "Offset of field: geyser_rect::width",
    ][::core::mem::offset_of!(geyser_rect, width) - 8usize];
    [
        "Offset of field: geyser_rect::height",
    ][::core::mem::offset_of!(geyser_rect, height) - 12usize];
};
/** Mastering display (SMPTE ST 2086) and content light level (CTA-861.3): chromaticity in CIE 1931 x and y, luminance in candela per square
 metre.*/
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_hdr_metadata {
    /// red, green, blue
    pub primaries: [[f32; 2usize]; 3usize],
    pub white_point: [f32; 2usize],
    pub max_luminance: f32,
    pub min_luminance: f32,
    pub max_content_light_level: f32,
    pub max_frame_average_light_level: f32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_hdr_metadata",
    ][::core::mem::size_of::<geyser_hdr_metadata>() - 48usize];
    [
        "Alignment of geyser_hdr_metadata",
    ][::core::mem::align_of::<geyser_hdr_metadata>() - 4usize];
    [
        "Offset of field: geyser_hdr_metadata::primaries",
    ][::core::mem::offset_of!(geyser_hdr_metadata, primaries) - 0usize];
    [
        "Offset of field: geyser_hdr_metadata::white_point",
    ][::core::mem::offset_of!(geyser_hdr_metadata, white_point) - 24usize];
    [
        "Offset of field: geyser_hdr_metadata::max_luminance",
    ][::core::mem::offset_of!(geyser_hdr_metadata, max_luminance) - 32usize];
    [
        "Offset of field: geyser_hdr_metadata::min_luminance",
    ][::core::mem::offset_of!(geyser_hdr_metadata, min_luminance) - 36usize];
    [
        "Offset of field: geyser_hdr_metadata::max_content_light_level",
    ][::core::mem::offset_of!(geyser_hdr_metadata, max_content_light_level) - 40usize];
    [
        "Offset of field: geyser_hdr_metadata::max_frame_average_light_level",
    ][::core::mem::offset_of!(geyser_hdr_metadata, max_frame_average_light_level)
        - 44usize];
};
/// What the publisher says about a frame. Every field may be left out; pointers are looked at during the call only.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_frame_metadata {
    pub struct_size: u32,
    pub user_bytes: u32,
    /// null: the moment of publishing, monotonic
    pub timestamp: *const geyser_timestamp,
    /// what changed since the frame before; null: all of it
    pub damage: *const geyser_rect,
    /// null: the descriptor's
    pub color: *const geyser_color_info,
    /// null: none
    pub hdr: *const geyser_hdr_metadata,
    /// the publisher's own bytes
    pub user_data: *const ::core::ffi::c_void,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_frame_metadata",
    ][::core::mem::size_of::<geyser_frame_metadata>() - 48usize];
    [
        "Alignment of geyser_frame_metadata",
    ][::core::mem::align_of::<geyser_frame_metadata>() - 8usize];
    [
        "Offset of field: geyser_frame_metadata::struct_size",
    ][::core::mem::offset_of!(geyser_frame_metadata, struct_size) - 0usize];
    [
        "Offset of field: geyser_frame_metadata::user_bytes",
    ][::core::mem::offset_of!(geyser_frame_metadata, user_bytes) - 4usize];
    [
        "Offset of field: geyser_frame_metadata::timestamp",
    ][::core::mem::offset_of!(geyser_frame_metadata, timestamp) - 8usize];
    [
        "Offset of field: geyser_frame_metadata::damage",
    ][::core::mem::offset_of!(geyser_frame_metadata, damage) - 16usize];
    [
        "Offset of field: geyser_frame_metadata::color",
    ][::core::mem::offset_of!(geyser_frame_metadata, color) - 24usize];
    [
        "Offset of field: geyser_frame_metadata::hdr",
    ][::core::mem::offset_of!(geyser_frame_metadata, hdr) - 32usize];
    [
        "Offset of field: geyser_frame_metadata::user_data",
    ][::core::mem::offset_of!(geyser_frame_metadata, user_data) - 40usize];
};
/// What a subscriber reads about a frame.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_frame_info {
    pub struct_size: u32,
    pub has_damage: geyser_bool,
    /// 1 for a stream's first frame
    pub number: u64,
    /// rises when size or format change
    pub generation: u64,
    /// frames published since the one acquired before, which this subscriber did not take
    pub skipped: u64,
    /// monotonic: when it was published
    pub published: geyser_timestamp,
    /// what the publisher said, or `published`
    pub timestamp: geyser_timestamp,
    /// when has_damage; else all of it
    pub damage: geyser_rect,
    pub color: geyser_color_info,
    pub has_hdr: geyser_bool,
    pub user_bytes: u32,
    /// when has_hdr
    pub hdr: geyser_hdr_metadata,
    /// lives as long as the frame
    pub user_data: *const ::core::ffi::c_void,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_frame_info",
    ][::core::mem::size_of::<geyser_frame_info>() - 160usize];
    [
        "Alignment of geyser_frame_info",
    ][::core::mem::align_of::<geyser_frame_info>() - 8usize];
    [
        "Offset of field: geyser_frame_info::struct_size",
    ][::core::mem::offset_of!(geyser_frame_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_frame_info::has_damage",
    ][::core::mem::offset_of!(geyser_frame_info, has_damage) - 4usize];
    [
        "Offset of field: geyser_frame_info::number",
    ][::core::mem::offset_of!(geyser_frame_info, number) - 8usize];
    [
        "Offset of field: geyser_frame_info::generation",
    ][::core::mem::offset_of!(geyser_frame_info, generation) - 16usize];
    [
        "Offset of field: geyser_frame_info::skipped",
    ][::core::mem::offset_of!(geyser_frame_info, skipped) - 24usize];
    [
        "Offset of field: geyser_frame_info::published",
    ][::core::mem::offset_of!(geyser_frame_info, published) - 32usize];
    [
        "Offset of field: geyser_frame_info::timestamp",
    ][::core::mem::offset_of!(geyser_frame_info, timestamp) - 48usize];
    [
        "Offset of field: geyser_frame_info::damage",
    ][::core::mem::offset_of!(geyser_frame_info, damage) - 64usize];
    [
        "Offset of field: geyser_frame_info::color",
    ][::core::mem::offset_of!(geyser_frame_info, color) - 80usize];
    [
        "Offset of field: geyser_frame_info::has_hdr",
    ][::core::mem::offset_of!(geyser_frame_info, has_hdr) - 96usize];
    [
        "Offset of field: geyser_frame_info::user_bytes",
    ][::core::mem::offset_of!(geyser_frame_info, user_bytes) - 100usize];
    [
        "Offset of field: geyser_frame_info::hdr",
    ][::core::mem::offset_of!(geyser_frame_info, hdr) - 104usize];
    [
        "Offset of field: geyser_frame_info::user_data",
    ][::core::mem::offset_of!(geyser_frame_info, user_data) - 152usize];
};
unsafe extern "C" {
    /// Now, on the monotonic or the realtime clock. Threads: any. Errors: invalid_argument (only the producer knows the media clock).
    pub fn geyser_timestamp_now(
        clock: geyser_clock,
        out: *mut geyser_timestamp,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// "monotonic", "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_clock_name(clock: geyser_clock) -> *const ::core::ffi::c_char;
}
/// How publisher and readers keep pace. Values are part of the wire protocol.
pub type geyser_pacing = u32;
pub const GEYSER_PACING_LATEST: geyser_pacing = 1;
pub const GEYSER_PACING_QUEUE: geyser_pacing = 2;
pub const GEYSER_PACING_LOCKSTEP: geyser_pacing = 3;
/// How a reader gets its frames. Values are part of the wire protocol.
pub type geyser_transport = u32;
/// not attached
pub const GEYSER_TRANSPORT_NONE: geyser_transport = 0;
/// the publisher's own textures
pub const GEYSER_TRANSPORT_ZERO_COPY: geyser_transport = 1;
/// copied to host memory by the publisher; a reader that is not on the host uploads it
pub const GEYSER_TRANSPORT_HOST_BRIDGE: geyser_transport = 2;
/// copied by the publisher from its GPU to the reader's, once for all readers on that GPU
pub const GEYSER_TRANSPORT_PEER_COPY: geyser_transport = 3;
/// the same through host memory that both devices read and write by themselves
pub const GEYSER_TRANSPORT_PINNED_COPY: geyser_transport = 4;
/// the same through the publisher's own host memory, by the CPU
pub const GEYSER_TRANSPORT_HOST_COPY: geyser_transport = 5;
/// The user's streams. Used by one thread at a time.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_directory {
    _unused: [u8; 0],
}
/// Streams as they were announced when they were asked for.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_stream_list {
    _unused: [u8; 0],
}
/// One stream and its readers, as its publisher answered.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_stream_status {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_stream_info {
    pub struct_size: u32,
    pub process_id: u32,
    pub name: *const ::core::ffi::c_char,
    pub application: *const ::core::ffi::c_char,
    /// "vulkan", "host", ...
    pub backend: *const ::core::ffi::c_char,
    /// another one with every start of the publisher
    pub uuid: geyser_uuid,
    pub generation: u64,
    pub pacing: geyser_pacing,
    pub ring: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_stream_info",
    ][::core::mem::size_of::<geyser_stream_info>() - 64usize];
    [
        "Alignment of geyser_stream_info",
    ][::core::mem::align_of::<geyser_stream_info>() - 8usize];
    [
        "Offset of field: geyser_stream_info::struct_size",
    ][::core::mem::offset_of!(geyser_stream_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_stream_info::process_id",
    ][::core::mem::offset_of!(geyser_stream_info, process_id) - 4usize];
    [
        "Offset of field: geyser_stream_info::name",
    ][::core::mem::offset_of!(geyser_stream_info, name) - 8usize];
    [
        "Offset of field: geyser_stream_info::application",
    ][::core::mem::offset_of!(geyser_stream_info, application) - 16usize];
    [
        "Offset of field: geyser_stream_info::backend",
    ][::core::mem::offset_of!(geyser_stream_info, backend) - 24usize];
    [
        "Offset of field: geyser_stream_info::uuid",
    ][::core::mem::offset_of!(geyser_stream_info, uuid) - 32usize];
    [
        "Offset of field: geyser_stream_info::generation",
    ][::core::mem::offset_of!(geyser_stream_info, generation) - 48usize];
    [
        "Offset of field: geyser_stream_info::pacing",
    ][::core::mem::offset_of!(geyser_stream_info, pacing) - 56usize];
    [
        "Offset of field: geyser_stream_info::ring",
    ][::core::mem::offset_of!(geyser_stream_info, ring) - 60usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_stream_status_info {
    pub struct_size: u32,
    /// allocated now
    pub textures: u32,
    /// published so far
    pub frames: u64,
    /// monotonic; 0: none yet
    pub last_publish: geyser_timestamp,
    /// of those textures
    pub bytes: u64,
    pub reader_count: u32,
    /// 0
    pub reserved: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_stream_status_info",
    ][::core::mem::size_of::<geyser_stream_status_info>() - 48usize];
    [
        "Alignment of geyser_stream_status_info",
    ][::core::mem::align_of::<geyser_stream_status_info>() - 8usize];
    [
        "Offset of field: geyser_stream_status_info::struct_size",
    ][::core::mem::offset_of!(geyser_stream_status_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_stream_status_info::textures",
    ][::core::mem::offset_of!(geyser_stream_status_info, textures) - 4usize];
    [
        "Offset of field: geyser_stream_status_info::frames",
    ][::core::mem::offset_of!(geyser_stream_status_info, frames) - 8usize];
    [
        "Offset of field: geyser_stream_status_info::last_publish",
    ][::core::mem::offset_of!(geyser_stream_status_info, last_publish) - 16usize];
    [
        "Offset of field: geyser_stream_status_info::bytes",
    ][::core::mem::offset_of!(geyser_stream_status_info, bytes) - 32usize];
    [
        "Offset of field: geyser_stream_status_info::reader_count",
    ][::core::mem::offset_of!(geyser_stream_status_info, reader_count) - 40usize];
    [
        "Offset of field: geyser_stream_status_info::reserved",
    ][::core::mem::offset_of!(geyser_stream_status_info, reserved) - 44usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_reader_status {
    pub struct_size: u32,
    pub process_id: u32,
    pub application: *const ::core::ffi::c_char,
    /// the reasons, when it is not; else ""
    pub why_not_zero_copy: *const ::core::ffi::c_char,
    pub transport: geyser_transport,
    /// frames held now
    pub claims: u32,
    /// acquired so far
    pub frames: u64,
    /// published, and not taken
    pub skipped: u64,
    /// newest number acquired
    pub last_frame: u64,
    /// nanoseconds from publishing to acquiring, over the last 1024 frames
    pub latency_p50: i64,
    pub latency_p99: i64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_reader_status",
    ][::core::mem::size_of::<geyser_reader_status>() - 72usize];
    [
        "Alignment of geyser_reader_status",
    ][::core::mem::align_of::<geyser_reader_status>() - 8usize];
    [
        "Offset of field: geyser_reader_status::struct_size",
    ][::core::mem::offset_of!(geyser_reader_status, struct_size) - 0usize];
    [
        "Offset of field: geyser_reader_status::process_id",
    ][::core::mem::offset_of!(geyser_reader_status, process_id) - 4usize];
    [
        "Offset of field: geyser_reader_status::application",
    ][::core::mem::offset_of!(geyser_reader_status, application) - 8usize];
    [
        "Offset of field: geyser_reader_status::why_not_zero_copy",
    ][::core::mem::offset_of!(geyser_reader_status, why_not_zero_copy) - 16usize];
    [
        "Offset of field: geyser_reader_status::transport",
    ][::core::mem::offset_of!(geyser_reader_status, transport) - 24usize];
    [
        "Offset of field: geyser_reader_status::claims",
    ][::core::mem::offset_of!(geyser_reader_status, claims) - 28usize];
    [
        "Offset of field: geyser_reader_status::frames",
    ][::core::mem::offset_of!(geyser_reader_status, frames) - 32usize];
    [
        "Offset of field: geyser_reader_status::skipped",
    ][::core::mem::offset_of!(geyser_reader_status, skipped) - 40usize];
    [
        "Offset of field: geyser_reader_status::last_frame",
    ][::core::mem::offset_of!(geyser_reader_status, last_frame) - 48usize];
    [
        "Offset of field: geyser_reader_status::latency_p50",
    ][::core::mem::offset_of!(geyser_reader_status, latency_p50) - 56usize];
    [
        "Offset of field: geyser_reader_status::latency_p99",
    ][::core::mem::offset_of!(geyser_reader_status, latency_p99) - 64usize];
};
unsafe extern "C" {
    /// $XDG_RUNTIME_DIR/geyser, or a folder of the user's own among the temporary files. Threads: any. Errors: out_of_memory.
    pub fn geyser_directory_default_path(
        buffer: *mut ::core::ffi::c_char,
        capacity: usize,
        length: *mut usize,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// `path` null: the default. Makes the folder when it is missing. Ownership: the caller's. Threads: any. Errors: os_error, invalid_state.
    pub fn geyser_directory_open(
        path: *const ::core::ffi::c_char,
        out: *mut *mut geyser_directory,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: none.
    pub fn geyser_directory_destroy(directory: *mut geyser_directory);
}
unsafe extern "C" {
    /// The folder; lives as long as the directory. Threads: any. Errors: invalid_argument.
    pub fn geyser_directory_path(
        directory: *const geyser_directory,
        out: *mut *const ::core::ffi::c_char,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Live streams, by name. Ownership: the list is the caller's. Threads: one at a time. Errors: os_error.
    pub fn geyser_directory_list(
        directory: *const geyser_directory,
        out: *mut *mut geyser_stream_list,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** A list with that one stream. Ownership: the list is the caller's. Threads: one at a time. Errors: not_found naming the streams that
 there are, os_error.*/
    pub fn geyser_directory_find(
        directory: *const geyser_directory,
        name: *const ::core::ffi::c_char,
        out: *mut *mut geyser_stream_list,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Blocks until the streams differ from those of the last list, or until the time is over; then lists them. Ownership: the list is the
 caller's. Threads: one at a time. Errors: os_error.*/
    pub fn geyser_directory_wait_for_change(
        directory: *mut geyser_directory,
        timeout: i64,
        out: *mut *mut geyser_stream_list,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Asks the publisher. Ownership: the status is the caller's. Threads: one at a time. Errors: not_found, timed_out, peer_gone,
 protocol_error.*/
    pub fn geyser_directory_status(
        directory: *const geyser_directory,
        name: *const ::core::ffi::c_char,
        timeout: i64,
        out: *mut *mut geyser_stream_status,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** The device that the stream `name` is published on, to choose the reader's by: geyser_vulkan_device_options takes its uuid and
 driver_uuid, or its LUID where the device UUID is nil; both nil and no LUID: host memory. `directory` null: the default. Threads: any.
 Errors: as geyser_directory_open() and geyser_directory_find().*/
    pub fn geyser_device_of_stream(
        name: *const ::core::ffi::c_char,
        directory: *const ::core::ffi::c_char,
        out: *mut geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: invalid_argument.
    pub fn geyser_stream_list_count(
        list: *const geyser_stream_list,
        out: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// One of them; its text lives as long as the list. Threads: any. Errors: invalid_argument (no such index).
    pub fn geyser_stream_list_at(
        list: *const geyser_stream_list,
        index: u32,
        out: *mut geyser_stream_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Its textures; the label lives as long as the list. Threads: any. Errors: invalid_argument (no such index).
    pub fn geyser_stream_list_texture(
        list: *const geyser_stream_list,
        index: u32,
        out: *mut geyser_texture_descriptor,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Its device. Threads: any. Errors: invalid_argument (no such index).
    pub fn geyser_stream_list_device(
        list: *const geyser_stream_list,
        index: u32,
        out: *mut geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: none.
    pub fn geyser_stream_list_destroy(list: *mut geyser_stream_list);
}
unsafe extern "C" {
    /// Threads: any. Errors: invalid_argument.
    pub fn geyser_stream_status_query(
        status: *const geyser_stream_status,
        out: *mut geyser_stream_status_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// What the stream announces: a list of one, borrowed from the status. Threads: any. Errors: invalid_argument.
    pub fn geyser_stream_status_stream(
        status: *const geyser_stream_status,
        out: *mut *const geyser_stream_list,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// One reader; its text lives as long as the status. Threads: any. Errors: invalid_argument (no such index).
    pub fn geyser_stream_status_reader(
        status: *const geyser_stream_status,
        index: u32,
        out: *mut geyser_reader_status,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: none.
    pub fn geyser_stream_status_destroy(status: *mut geyser_stream_status);
}
unsafe extern "C" {
    /// "latest", "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_pacing_name(pacing: geyser_pacing) -> *const ::core::ffi::c_char;
}
unsafe extern "C" {
    /// "zero_copy", "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_transport_name(
        transport: geyser_transport,
    ) -> *const ::core::ffi::c_char;
}
/// The API whose code geyser_error_info::native_code is.
pub type geyser_error_domain = u32;
pub const GEYSER_ERROR_DOMAIN_NONE: geyser_error_domain = 0;
pub const GEYSER_ERROR_DOMAIN_POSIX: geyser_error_domain = 1;
pub const GEYSER_ERROR_DOMAIN_WIN32: geyser_error_domain = 2;
pub const GEYSER_ERROR_DOMAIN_VULKAN: geyser_error_domain = 3;
pub const GEYSER_ERROR_DOMAIN_OPENGL: geyser_error_domain = 4;
pub const GEYSER_ERROR_DOMAIN_EGL: geyser_error_domain = 5;
pub const GEYSER_ERROR_DOMAIN_METAL: geyser_error_domain = 6;
pub const GEYSER_ERROR_DOMAIN_WEBGPU: geyser_error_domain = 7;
pub const GEYSER_ERROR_DOMAIN_CUDA: geyser_error_domain = 8;
/// A failure. Read by one thread at a time.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_error {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_error_info {
    pub struct_size: u32,
    pub code: geyser_status,
    pub domain: geyser_error_domain,
    pub trail_count: u32,
    /// VkResult, errno, CUresult ... as domain says; 0 when there is none
    pub native_code: i64,
    /// one sentence; lives as long as the error
    pub message: *const ::core::ffi::c_char,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of geyser_error_info"][::core::mem::size_of::<geyser_error_info>() - 32usize];
    [
        "Alignment of geyser_error_info",
    ][::core::mem::align_of::<geyser_error_info>() - 8usize];
    [
        "Offset of field: geyser_error_info::struct_size",
    ][::core::mem::offset_of!(geyser_error_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_error_info::code",
    ][::core::mem::offset_of!(geyser_error_info, code) - 4usize];
    [
        "Offset of field: geyser_error_info::domain",
    ][::core::mem::offset_of!(geyser_error_info, domain) - 8usize];
    [
        "Offset of field: geyser_error_info::trail_count",
    ][::core::mem::offset_of!(geyser_error_info, trail_count) - 12usize];
    [
        "Offset of field: geyser_error_info::native_code",
    ][::core::mem::offset_of!(geyser_error_info, native_code) - 16usize];
    [
        "Offset of field: geyser_error_info::message",
    ][::core::mem::offset_of!(geyser_error_info, message) - 24usize];
};
unsafe extern "C" {
    /** The failure of the last call in this thread that failed; null when none has. Borrowed: it lives until the next call in this thread fails
 (one that succeeds leaves it), or until the thread ends. Threads: any, each has its own. Errors: none.*/
    pub fn geyser_last_error() -> *const geyser_error;
}
unsafe extern "C" {
    /// Its message, or "" when no call has failed. Lives as long as geyser_last_error(). Threads: any, each has its own. Errors: none.
    pub fn geyser_last_error_message() -> *const ::core::ffi::c_char;
}
unsafe extern "C" {
    /// A copy that the caller owns. Threads: any. Errors: out_of_memory.
    pub fn geyser_error_clone(
        error: *const geyser_error,
        out: *mut *mut geyser_error,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Frees a copy; the one of geyser_last_error() is not to be freed (checked: nothing happens). Threads: any. Errors: none.
    pub fn geyser_error_destroy(error: *mut geyser_error);
}
unsafe extern "C" {
    /// Code, domain, native code and message. Threads: any. Errors: invalid_argument.
    pub fn geyser_error_query(
        error: *const geyser_error,
        out: *mut geyser_error_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** A step of the trail: what the library was doing, innermost first. Lives as long as the error. Threads: any. Errors: invalid_argument (no
 such step).*/
    pub fn geyser_error_trail(
        error: *const geyser_error,
        index: u32,
        out: *mut *const ::core::ffi::c_char,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Message, code, native code and trail in one line, for logs. Threads: any. Errors: invalid_argument, out_of_memory.
    pub fn geyser_error_describe(
        error: *const geyser_error,
        buffer: *mut ::core::ffi::c_char,
        capacity: usize,
        length: *mut usize,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// "vulkan", "none", "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_error_domain_name(
        domain: geyser_error_domain,
    ) -> *const ::core::ffi::c_char;
}
pub type geyser_log_level = u32;
pub const GEYSER_LOG_DEBUG: geyser_log_level = 0;
pub const GEYSER_LOG_INFO: geyser_log_level = 1;
pub const GEYSER_LOG_WARNING: geyser_log_level = 2;
pub const GEYSER_LOG_ERROR: geyser_log_level = 3;
pub const GEYSER_LOG_OFF: geyser_log_level = 4;
/** Receives one line, without a newline; `message` lives only during the call. Called from any thread, one call at a time. It must not call
 the library, and must not throw.*/
pub type geyser_log_callback = ::core::option::Option<
    unsafe extern "C" fn(
        level: geyser_log_level,
        message: *const ::core::ffi::c_char,
        user: *mut ::core::ffi::c_void,
    ),
>;
unsafe extern "C" {
    /** Sends the log to `callback`; null restores the default, which writes warnings and errors to standard error. After the call the one
 before is not called any more. `user` stays the caller's. Threads: any. Errors: none.*/
    pub fn geyser_set_log_callback(
        callback: geyser_log_callback,
        user: *mut ::core::ffi::c_void,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Lowest level that reaches the callback; default warning, or what the environment variable GEYSER_LOG says. Threads: any.
 Errors: invalid_argument (no such level).*/
    pub fn geyser_set_log_level(level: geyser_log_level) -> geyser_status;
}
unsafe extern "C" {
    /// Writes one line. Threads: any. Errors: invalid_argument.
    pub fn geyser_log(
        level: geyser_log_level,
        message: *const ::core::ffi::c_char,
    ) -> geyser_status;
}
/// A context that the caller made, current in the calling thread.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_opengl_adopt_info {
    pub struct_size: u32,
    /// 0
    pub reserved: u32,
    /// null: eglGetProcAddress of libEGL.so.1
    pub get_proc_address: ::core::option::Option<
        unsafe extern "C" fn(name: *const ::core::ffi::c_char) -> geyser_function,
    >,
    /// null: eglGetCurrentContext
    pub current_context: ::core::option::Option<
        unsafe extern "C" fn() -> *mut ::core::ffi::c_void,
    >,
    /// makes what can be handed over; on the same device. Null: imports only
    pub partner: *const geyser_manager,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_opengl_adopt_info",
    ][::core::mem::size_of::<geyser_opengl_adopt_info>() - 32usize];
    [
        "Alignment of geyser_opengl_adopt_info",
    ][::core::mem::align_of::<geyser_opengl_adopt_info>() - 8usize];
    [
        "Offset of field: geyser_opengl_adopt_info::struct_size",
    ][::core::mem::offset_of!(geyser_opengl_adopt_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_opengl_adopt_info::reserved",
    ][::core::mem::offset_of!(geyser_opengl_adopt_info, reserved) - 4usize];
    [
        "Offset of field: geyser_opengl_adopt_info::get_proc_address",
    ][::core::mem::offset_of!(geyser_opengl_adopt_info, get_proc_address) - 8usize];
    [
        "Offset of field: geyser_opengl_adopt_info::current_context",
    ][::core::mem::offset_of!(geyser_opengl_adopt_info, current_context) - 16usize];
    [
        "Offset of field: geyser_opengl_adopt_info::partner",
    ][::core::mem::offset_of!(geyser_opengl_adopt_info, partner) - 24usize];
};
unsafe extern "C" {
    /** Device and driver of the current context. Threads: the context's. Errors: invalid_state (no context is current), unsupported_feature,
 not_found (no libEGL).*/
    pub fn geyser_opengl_identify(
        info: *const geyser_opengl_adopt_info,
        out: *mut geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** A manager on the current context, which must outlive it and all that it made. Ownership: the manager is the caller's. Threads: the
 context's. Errors: invalid_state, unsupported_feature, device_mismatch (the partner), not_found (no libEGL), out_of_memory.*/
    pub fn geyser_opengl_manager_create(
        info: *const geyser_opengl_adopt_info,
        out: *mut *mut geyser_manager,
    ) -> geyser_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_opengl_native_texture {
    pub struct_size: u32,
    /// of glGenTextures; the texture's
    pub name: u32,
    /// GL_TEXTURE_2D, ...
    pub target: u32,
    /// sized internal format
    pub internal_format: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_opengl_native_texture",
    ][::core::mem::size_of::<geyser_opengl_native_texture>() - 16usize];
    [
        "Alignment of geyser_opengl_native_texture",
    ][::core::mem::align_of::<geyser_opengl_native_texture>() - 4usize];
    [
        "Offset of field: geyser_opengl_native_texture::struct_size",
    ][::core::mem::offset_of!(geyser_opengl_native_texture, struct_size) - 0usize];
    [
        "Offset of field: geyser_opengl_native_texture::name",
    ][::core::mem::offset_of!(geyser_opengl_native_texture, name) - 4usize];
    [
        "Offset of field: geyser_opengl_native_texture::target",
    ][::core::mem::offset_of!(geyser_opengl_native_texture, target) - 8usize];
    [
        "Offset of field: geyser_opengl_native_texture::internal_format",
    ][::core::mem::offset_of!(geyser_opengl_native_texture, internal_format) - 12usize];
};
unsafe extern "C" {
    /// Threads: any. Errors: device_mismatch (not an OpenGL texture).
    pub fn geyser_opengl_texture_native(
        texture: *const geyser_texture,
        out: *mut geyser_opengl_native_texture,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The semaphore object; 0 for a host timeline. Threads: any. Errors: device_mismatch.
    pub fn geyser_opengl_semaphore_native(
        semaphore: *const geyser_semaphore,
        out: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Makes OpenGL's commands from here on wait for what the access waits for. Threads: the context's. Errors: device_mismatch, invalid_state,
 timed_out, device_lost.*/
    pub fn geyser_opengl_acquire(access: *mut geyser_access) -> geyser_status;
}
unsafe extern "C" {
    /** Signals behind all commands so far; the access remembers `layout` (undefined: general) for its end. Threads: the context's. Errors: as
 geyser_opengl_acquire().*/
    pub fn geyser_opengl_release(
        access: *mut geyser_access,
        layout: geyser_layout,
    ) -> geyser_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_opengl_context_options {
    pub struct_size: u32,
    pub has_device_uuid: geyser_bool,
    /// when has_device_uuid; else the first device that has what is needed
    pub device_uuid: geyser_uuid,
    /// OpenGL ES 3.1+ instead of OpenGL 4.5+
    pub es: geyser_bool,
    /// errors go to the log and are counted
    pub debug: geyser_bool,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_opengl_context_options",
    ][::core::mem::size_of::<geyser_opengl_context_options>() - 32usize];
    [
        "Alignment of geyser_opengl_context_options",
    ][::core::mem::align_of::<geyser_opengl_context_options>() - 4usize];
    [
        "Offset of field: geyser_opengl_context_options::struct_size",
    ][::core::mem::offset_of!(geyser_opengl_context_options, struct_size) - 0usize];
    [
        "Offset of field: geyser_opengl_context_options::has_device_uuid",
    ][::core::mem::offset_of!(geyser_opengl_context_options, has_device_uuid) - 4usize];
    [
        "Offset of field: geyser_opengl_context_options::device_uuid",
    ][::core::mem::offset_of!(geyser_opengl_context_options, device_uuid) - 8usize];
    [
        "Offset of field: geyser_opengl_context_options::es",
    ][::core::mem::offset_of!(geyser_opengl_context_options, es) - 24usize];
    [
        "Offset of field: geyser_opengl_context_options::debug",
    ][::core::mem::offset_of!(geyser_opengl_context_options, debug) - 28usize];
};
/// A context without a surface, for those who have none. It must outlive its managers and textures.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_opengl_context {
    _unused: [u8; 0],
}
unsafe extern "C" {
    /** Makes one; it is current in the calling thread afterwards. Ownership: the caller's. Threads: any. Errors: not_found,
 unsupported_feature.*/
    pub fn geyser_opengl_context_create(
        options: *const geyser_opengl_context_options,
        out: *mut *mut geyser_opengl_context,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any where it is not current in another one. Errors: none.
    pub fn geyser_opengl_context_destroy(context: *mut geyser_opengl_context);
}
unsafe extern "C" {
    /// Threads: the one that will use it. Errors: os_error with EGL's code.
    pub fn geyser_opengl_context_make_current(
        context: *const geyser_opengl_context,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// No context is current in the calling thread afterwards. Threads: the context's. Errors: invalid_argument.
    pub fn geyser_opengl_context_release_current(
        context: *const geyser_opengl_context,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// A manager on it. Ownership: the caller's. Threads: the context's. Errors: as geyser_opengl_manager_create().
    pub fn geyser_opengl_context_create_manager(
        context: *const geyser_opengl_context,
        partner: *const geyser_manager,
        out: *mut *mut geyser_manager,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: invalid_argument.
    pub fn geyser_opengl_context_identity(
        context: *const geyser_opengl_context,
        out: *mut geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The address of a function of OpenGL or EGL; null where there is none. Threads: any. Errors: invalid_argument.
    pub fn geyser_opengl_context_proc_address(
        context: *const geyser_opengl_context,
        name: *const ::core::ffi::c_char,
        out: *mut geyser_function,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Errors that the driver reported since the beginning; 0 without geyser_opengl_context_options::debug. Threads: any.
 Errors: invalid_argument.*/
    pub fn geyser_opengl_context_debug_messages(
        context: *const geyser_opengl_context,
        out: *mut u64,
    ) -> geyser_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_publisher_options {
    pub struct_size: u32,
    /// 0: latest
    pub pacing: geyser_pacing,
    /// 1 to 128 bytes of UTF-8 without control characters
    pub name: *const ::core::ffi::c_char,
    /// what every frame is
    pub texture: *const geyser_texture_descriptor,
    /// for people; null: the program's file name
    pub application: *const ::core::ffi::c_char,
    /// where streams are announced; null: the user's own
    pub directory: *const ::core::ffi::c_char,
    /// textures in turn, 2 to 16; 0: 3
    pub ring: u32,
    /// do not serve readers on other devices through host memory
    pub no_host_bridge: geyser_bool,
    /// as geyser_create_options::linear
    pub linear: geyser_bool,
    /// how textures cross (`dma_buf` for who takes nothing else); 0: the best that is exported
    pub memory_type: geyser_memory_type,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_publisher_options",
    ][::core::mem::size_of::<geyser_publisher_options>() - 56usize];
    [
        "Alignment of geyser_publisher_options",
    ][::core::mem::align_of::<geyser_publisher_options>() - 8usize];
    [
        "Offset of field: geyser_publisher_options::struct_size",
    ][::core::mem::offset_of!(geyser_publisher_options, struct_size) - 0usize];
    [
        "Offset of field: geyser_publisher_options::pacing",
    ][::core::mem::offset_of!(geyser_publisher_options, pacing) - 4usize];
    [
        "Offset of field: geyser_publisher_options::name",
    ][::core::mem::offset_of!(geyser_publisher_options, name) - 8usize];
    [
        "Offset of field: geyser_publisher_options::texture",
    ][::core::mem::offset_of!(geyser_publisher_options, texture) - 16usize];
    [
        "Offset of field: geyser_publisher_options::application",
    ][::core::mem::offset_of!(geyser_publisher_options, application) - 24usize];
    [
        "Offset of field: geyser_publisher_options::directory",
    ][::core::mem::offset_of!(geyser_publisher_options, directory) - 32usize];
    [
        "Offset of field: geyser_publisher_options::ring",
    ][::core::mem::offset_of!(geyser_publisher_options, ring) - 40usize];
    [
        "Offset of field: geyser_publisher_options::no_host_bridge",
    ][::core::mem::offset_of!(geyser_publisher_options, no_host_bridge) - 44usize];
    [
        "Offset of field: geyser_publisher_options::linear",
    ][::core::mem::offset_of!(geyser_publisher_options, linear) - 48usize];
    [
        "Offset of field: geyser_publisher_options::memory_type",
    ][::core::mem::offset_of!(geyser_publisher_options, memory_type) - 52usize];
};
/// Publishes a stream. One thread at a time begins, publishes and reconfigures; everything else from any thread.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_publisher {
    _unused: [u8; 0],
}
/// A texture to draw the next frame into; nobody reads it. Used by one thread at a time.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_write_frame {
    _unused: [u8; 0],
}
unsafe extern "C" {
    /** Announces the stream. Ownership: the caller's. Threads: any. Errors: invalid_argument, invalid_state (the name is taken by a live
 process), as geyser_manager_create_texture(), os_error, out_of_memory.*/
    pub fn geyser_publisher_create(
        manager: *const geyser_manager,
        options: *const geyser_publisher_options,
        out: *mut *mut geyser_publisher,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Ends the stream; readers keep the frames that they hold. Threads: one at a time. Errors: none.
    pub fn geyser_publisher_destroy(publisher: *mut geyser_publisher);
}
unsafe extern "C" {
    /** A texture that nobody reads, to be given to geyser_publisher_publish(). Ownership: the caller's. Threads: one at a time. Errors:
 timed_out naming the reader that holds it up, invalid_state (the frame before is still open), out_of_memory, device_lost.*/
    pub fn geyser_publisher_begin_frame(
        publisher: *mut geyser_publisher,
        timeout: i64,
        out: *mut *mut geyser_write_frame,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Makes the frame the stream's newest: `frame` is consumed, `number` is its number. On failure the texture is returned unpublished, and
 `frame` is left for geyser_write_frame_destroy() and good for nothing else. Threads: one at a time. Errors: invalid_argument,
 invalid_state.*/
    pub fn geyser_publisher_publish(
        publisher: *mut geyser_publisher,
        frame: *mut geyser_write_frame,
        metadata: *const geyser_frame_metadata,
        number: *mut u64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Changes size, format or usage: a new generation, which subscribers follow. Threads: one at a time. Errors: as geyser_publisher_create();
 on failure the stream goes on as it was.*/
    pub fn geyser_publisher_reconfigure(
        publisher: *mut geyser_publisher,
        texture: *const geyser_texture_descriptor,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// 1 when somebody reads. Threads: any. Errors: invalid_argument.
    pub fn geyser_publisher_has_subscribers(
        publisher: *const geyser_publisher,
        out: *mut geyser_bool,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Blocks until at least `count` readers are attached. Threads: any. Errors: timed_out with the number that is.
    pub fn geyser_publisher_wait_for_subscribers(
        publisher: *const geyser_publisher,
        count: u32,
        timeout: i64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The stream and its readers. Ownership: the status is the caller's. Threads: any. Errors: out_of_memory.
    pub fn geyser_publisher_status(
        publisher: *const geyser_publisher,
        out: *mut *mut geyser_stream_status,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The name; lives as long as the publisher. Threads: any. Errors: invalid_argument.
    pub fn geyser_publisher_name(
        publisher: *const geyser_publisher,
        out: *mut *const ::core::ffi::c_char,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: invalid_argument.
    pub fn geyser_publisher_uuid(
        publisher: *const geyser_publisher,
        out: *mut geyser_uuid,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** What every frame is; the label lives until the next geyser_publisher_reconfigure(). Threads: the publishing one. Errors:
 invalid_argument.*/
    pub fn geyser_publisher_descriptor(
        publisher: *const geyser_publisher,
        out: *mut geyser_texture_descriptor,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Returns the texture unpublished. Threads: one at a time. Errors: none.
    pub fn geyser_write_frame_destroy(frame: *mut geyser_write_frame);
}
unsafe extern "C" {
    /// The texture, borrowed from the frame. Threads: one at a time. Errors: invalid_state (publishing failed).
    pub fn geyser_write_frame_texture(
        frame: *mut geyser_write_frame,
        out: *mut *mut geyser_texture,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The open write access, borrowed from the frame, which ends it. Threads: one at a time. Errors: as geyser_write_frame_texture().
    pub fn geyser_write_frame_access(
        frame: *mut geyser_write_frame,
        out: *mut *mut geyser_access,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The number that it will have. Threads: one at a time. Errors: as geyser_write_frame_texture().
    pub fn geyser_write_frame_number(
        frame: *const geyser_write_frame,
        out: *mut u64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Copies bytes into the texture within this frame's access. Threads: one at a time. Errors: as geyser_manager_upload().
    pub fn geyser_write_frame_upload(
        frame: *mut geyser_write_frame,
        region: *const geyser_texture_region,
        bytes: *const ::core::ffi::c_void,
        size: usize,
    ) -> geyser_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_subscriber_options {
    pub struct_size: u32,
    /// frames held at once, 1 to 4; 0: 2
    pub max_held: u32,
    /// how long to wait for the stream to appear and to answer; 0: one second; below 0: not at all
    pub connect_timeout: i64,
    /// how long acquiring spins before it sleeps; 0: 20 microseconds; below 0: not at all
    pub spin: i64,
    /// refuse instead of having frames copied
    pub require_zero_copy: geyser_bool,
    /// do not attach again when the publisher restarts
    pub no_reconnect: geyser_bool,
    /// for people; null: the program's file name
    pub application: *const ::core::ffi::c_char,
    /// null: the user's own
    pub directory: *const ::core::ffi::c_char,
    /// for geyser_read_frame_export(): one more OS handle for each texture of the stream
    pub keep_handles: geyser_bool,
    /// refuse instead of having frames copied by anything but one GPU to another
    pub require_peer: geyser_bool,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_subscriber_options",
    ][::core::mem::size_of::<geyser_subscriber_options>() - 56usize];
    [
        "Alignment of geyser_subscriber_options",
    ][::core::mem::align_of::<geyser_subscriber_options>() - 8usize];
    [
        "Offset of field: geyser_subscriber_options::struct_size",
    ][::core::mem::offset_of!(geyser_subscriber_options, struct_size) - 0usize];
    [
        "Offset of field: geyser_subscriber_options::max_held",
    ][::core::mem::offset_of!(geyser_subscriber_options, max_held) - 4usize];
    [
        "Offset of field: geyser_subscriber_options::connect_timeout",
    ][::core::mem::offset_of!(geyser_subscriber_options, connect_timeout) - 8usize];
    [
        "Offset of field: geyser_subscriber_options::spin",
    ][::core::mem::offset_of!(geyser_subscriber_options, spin) - 16usize];
    [
        "Offset of field: geyser_subscriber_options::require_zero_copy",
    ][::core::mem::offset_of!(geyser_subscriber_options, require_zero_copy) - 24usize];
    [
        "Offset of field: geyser_subscriber_options::no_reconnect",
    ][::core::mem::offset_of!(geyser_subscriber_options, no_reconnect) - 28usize];
    [
        "Offset of field: geyser_subscriber_options::application",
    ][::core::mem::offset_of!(geyser_subscriber_options, application) - 32usize];
    [
        "Offset of field: geyser_subscriber_options::directory",
    ][::core::mem::offset_of!(geyser_subscriber_options, directory) - 40usize];
    [
        "Offset of field: geyser_subscriber_options::keep_handles",
    ][::core::mem::offset_of!(geyser_subscriber_options, keep_handles) - 48usize];
    [
        "Offset of field: geyser_subscriber_options::require_peer",
    ][::core::mem::offset_of!(geyser_subscriber_options, require_peer) - 52usize];
};
pub type geyser_subscriber_state = u32;
pub const GEYSER_SUBSCRIBER_STATE_ATTACHED: geyser_subscriber_state = 0;
pub const GEYSER_SUBSCRIBER_STATE_WAITING: geyser_subscriber_state = 1;
pub const GEYSER_SUBSCRIBER_STATE_ENDED: geyser_subscriber_state = 2;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_subscriber_info {
    pub struct_size: u32,
    pub state: geyser_subscriber_state,
    pub transport: geyser_transport,
    /// 0
    pub reserved: u32,
    /// acquired
    pub frames: u64,
    /// published while attached, and not taken
    pub skipped: u64,
    /// 1 after connecting; one more with every restart
    pub attachments: u64,
    /// sizes and formats seen
    pub generations: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_subscriber_info",
    ][::core::mem::size_of::<geyser_subscriber_info>() - 48usize];
    [
        "Alignment of geyser_subscriber_info",
    ][::core::mem::align_of::<geyser_subscriber_info>() - 8usize];
    [
        "Offset of field: geyser_subscriber_info::struct_size",
    ][::core::mem::offset_of!(geyser_subscriber_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_subscriber_info::state",
    ][::core::mem::offset_of!(geyser_subscriber_info, state) - 4usize];
    [
        "Offset of field: geyser_subscriber_info::transport",
    ][::core::mem::offset_of!(geyser_subscriber_info, transport) - 8usize];
    [
        "Offset of field: geyser_subscriber_info::reserved",
    ][::core::mem::offset_of!(geyser_subscriber_info, reserved) - 12usize];
    [
        "Offset of field: geyser_subscriber_info::frames",
    ][::core::mem::offset_of!(geyser_subscriber_info, frames) - 16usize];
    [
        "Offset of field: geyser_subscriber_info::skipped",
    ][::core::mem::offset_of!(geyser_subscriber_info, skipped) - 24usize];
    [
        "Offset of field: geyser_subscriber_info::attachments",
    ][::core::mem::offset_of!(geyser_subscriber_info, attachments) - 32usize];
    [
        "Offset of field: geyser_subscriber_info::generations",
    ][::core::mem::offset_of!(geyser_subscriber_info, generations) - 40usize];
};
/// Reads a stream. One thread at a time acquires; the rest from any thread.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_subscriber {
    _unused: [u8; 0],
}
/// A frame to read; nobody writes its texture until it is released. May outlive its subscriber. Used by one thread at a time.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_read_frame {
    _unused: [u8; 0],
}
unsafe extern "C" {
    /** Attaches to a stream. Ownership: the caller's. Threads: any. Errors: not_found, unsupported_handle or device_mismatch (zero copy was
 required), limit_exceeded, protocol_error, timed_out, invalid_argument.*/
    pub fn geyser_subscriber_connect(
        manager: *const geyser_manager,
        name: *const ::core::ffi::c_char,
        options: *const geyser_subscriber_options,
        out: *mut *mut geyser_subscriber,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Frames that are held stay valid, and nobody writes them; the publisher counts a reader until the last one is released. Threads: one at a
 time. Errors: none.*/
    pub fn geyser_subscriber_destroy(subscriber: *mut geyser_subscriber);
}
unsafe extern "C" {
    /** `latest`: the newest frame that was not acquired before; `queue` and `lockstep`: the next in order. Ownership: the caller's, to be given
 to geyser_read_frame_release(). Threads: one at a time. Errors: timed_out, peer_gone, limit_exceeded (max_held frames are held), as
 geyser_manager_import_texture().*/
    pub fn geyser_subscriber_acquire(
        subscriber: *mut geyser_subscriber,
        timeout: i64,
        out: *mut *mut geyser_read_frame,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The newest frame even if it was acquired before; `latest` only. Ownership, threads, errors: as geyser_subscriber_acquire().
    pub fn geyser_subscriber_acquire_newest(
        subscriber: *mut geyser_subscriber,
        timeout: i64,
        out: *mut *mut geyser_read_frame,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// State, transport and counters. Threads: any. Errors: invalid_argument.
    pub fn geyser_subscriber_query(
        subscriber: *const geyser_subscriber,
        out: *mut geyser_subscriber_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Why the transport is not zero_copy; "" when it is. Threads: any. Errors: out_of_memory.
    pub fn geyser_subscriber_why_not_zero_copy(
        subscriber: *const geyser_subscriber,
        buffer: *mut ::core::ffi::c_char,
        capacity: usize,
        length: *mut usize,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// What the publisher announced last: a list of one. Ownership: the caller's. Threads: any. Errors: out_of_memory.
    pub fn geyser_subscriber_stream(
        subscriber: *const geyser_subscriber,
        out: *mut *mut geyser_stream_list,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Releases a frame and frees it, and says what went wrong if anything did: then the object is left for geyser_read_frame_destroy().
 Threads: one at a time. Errors: invalid_state.*/
    pub fn geyser_read_frame_release(frame: *mut geyser_read_frame) -> geyser_status;
}
unsafe extern "C" {
    /// Releases and frees it. Threads: one at a time. Errors: none.
    pub fn geyser_read_frame_destroy(frame: *mut geyser_read_frame);
}
unsafe extern "C" {
    /// The texture, of the subscriber's manager, borrowed from the frame. Threads: one at a time. Errors: invalid_argument.
    pub fn geyser_read_frame_texture(
        frame: *mut geyser_read_frame,
        out: *mut *mut geyser_texture,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The open read access, borrowed from the frame, which ends it. Threads: one at a time. Errors: invalid_argument.
    pub fn geyser_read_frame_access(
        frame: *mut geyser_read_frame,
        out: *mut *mut geyser_access,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Number, times, colour and the publisher's own bytes. Threads: one at a time. Errors: invalid_argument.
    pub fn geyser_read_frame_query(
        frame: *const geyser_read_frame,
        out: *mut geyser_frame_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// How it came. Threads: one at a time. Errors: invalid_argument.
    pub fn geyser_read_frame_transport(
        frame: *const geyser_read_frame,
        out: *mut geyser_transport,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** A duplicate of the handle that the frame's texture came by, for a third party that takes OS handles. Wait for the access first
 (geyser_access_wait()), keep the frame until the third party is done, write nothing. Ownership: the caller's. Threads: one at a time.
 Errors: invalid_state (keep_handles was not set), unsupported_handle (the frame was copied for this device), os_error.*/
    pub fn geyser_read_frame_export(
        frame: *const geyser_read_frame,
        out: *mut *mut geyser_texture_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Copies a region out within this frame's access. Threads: one at a time. Errors: as geyser_manager_read_back().
    pub fn geyser_read_frame_read_back(
        frame: *mut geyser_read_frame,
        region: *const geyser_texture_region,
        bytes: *mut ::core::ffi::c_void,
        size: usize,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// "waiting", "unknown". Static storage. Threads: any. Errors: none.
    pub fn geyser_subscriber_state_name(
        state: geyser_subscriber_state,
    ) -> *const ::core::ffi::c_char;
}
/// A device that the caller made. Handles belong together; extensions and features listed were enabled at creation (unchecked).
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_vulkan_adopt_info {
    pub struct_size: u32,
    /// VkApplicationInfo::apiVersion of the instance; 0: 1.1
    pub api_version: u32,
    /// VkInstance
    pub instance: *mut ::core::ffi::c_void,
    /// VkPhysicalDevice
    pub physical_device: *mut ::core::ffi::c_void,
    /// VkDevice
    pub device: *mut ::core::ffi::c_void,
    /// VkQueue
    pub queue: *mut ::core::ffi::c_void,
    /// vkGetInstanceProcAddr
    pub get_instance_proc_addr: geyser_function,
    pub enabled_device_extensions: *const *const ::core::ffi::c_char,
    pub enabled_device_extension_count: u32,
    pub queue_family_index: u32,
    /// the feature timelineSemaphore
    pub timeline_semaphore_enabled: geyser_bool,
    /// 0
    pub reserved: u32,
    /// around every use of the queue; must not call the library; null: nobody else uses it meanwhile
    pub lock_queue: ::core::option::Option<
        unsafe extern "C" fn(user: *mut ::core::ffi::c_void),
    >,
    /// set when lock_queue is
    pub unlock_queue: ::core::option::Option<
        unsafe extern "C" fn(user: *mut ::core::ffi::c_void),
    >,
    /// for the two
    pub queue_user: *mut ::core::ffi::c_void,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_vulkan_adopt_info",
    ][::core::mem::size_of::<geyser_vulkan_adopt_info>() - 96usize];
    [
        "Alignment of geyser_vulkan_adopt_info",
    ][::core::mem::align_of::<geyser_vulkan_adopt_info>() - 8usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::struct_size",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::api_version",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, api_version) - 4usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::instance",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, instance) - 8usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::physical_device",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, physical_device) - 16usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::device",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, device) - 24usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::queue",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, queue) - 32usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::get_instance_proc_addr",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, get_instance_proc_addr)
        - 40usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::enabled_device_extensions",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, enabled_device_extensions)
        - 48usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::enabled_device_extension_count",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, enabled_device_extension_count)
        - 56usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::queue_family_index",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, queue_family_index) - 60usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::timeline_semaphore_enabled",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, timeline_semaphore_enabled)
        - 64usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::reserved",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, reserved) - 68usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::lock_queue",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, lock_queue) - 72usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::unlock_queue",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, unlock_queue) - 80usize];
    [
        "Offset of field: geyser_vulkan_adopt_info::queue_user",
    ][::core::mem::offset_of!(geyser_vulkan_adopt_info, queue_user) - 88usize];
};
unsafe extern "C" {
    /// Device extensions that the library uses where present. Static storage. Threads: any. Errors: invalid_argument.
    pub fn geyser_vulkan_recommended_device_extensions(
        out: *mut *const *const ::core::ffi::c_char,
        count: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** A manager on the caller's device, which must outlive the manager and all that it made. Ownership: the manager is the caller's. Threads:
 any. Errors: invalid_argument, unsupported_feature (below Vulkan 1.1), out_of_memory.*/
    pub fn geyser_vulkan_manager_create(
        info: *const geyser_vulkan_adopt_info,
        out: *mut *mut geyser_manager,
    ) -> geyser_status;
}
#[repr(C)]
#[derive(Debug)]
pub struct geyser_vulkan_device_list {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_vulkan_device_summary {
    pub struct_size: u32,
    /// in the list
    pub index: u32,
    /// VkPhysicalDeviceType
    pub device_type: u32,
    pub api_version: u32,
    pub vendor_id: u32,
    /// 0
    pub reserved: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_vulkan_device_summary",
    ][::core::mem::size_of::<geyser_vulkan_device_summary>() - 24usize];
    [
        "Alignment of geyser_vulkan_device_summary",
    ][::core::mem::align_of::<geyser_vulkan_device_summary>() - 4usize];
    [
        "Offset of field: geyser_vulkan_device_summary::struct_size",
    ][::core::mem::offset_of!(geyser_vulkan_device_summary, struct_size) - 0usize];
    [
        "Offset of field: geyser_vulkan_device_summary::index",
    ][::core::mem::offset_of!(geyser_vulkan_device_summary, index) - 4usize];
    [
        "Offset of field: geyser_vulkan_device_summary::device_type",
    ][::core::mem::offset_of!(geyser_vulkan_device_summary, device_type) - 8usize];
    [
        "Offset of field: geyser_vulkan_device_summary::api_version",
    ][::core::mem::offset_of!(geyser_vulkan_device_summary, api_version) - 12usize];
    [
        "Offset of field: geyser_vulkan_device_summary::vendor_id",
    ][::core::mem::offset_of!(geyser_vulkan_device_summary, vendor_id) - 16usize];
    [
        "Offset of field: geyser_vulkan_device_summary::reserved",
    ][::core::mem::offset_of!(geyser_vulkan_device_summary, reserved) - 20usize];
};
unsafe extern "C" {
    /** The devices that the loader shows: libvulkan.so.1, or the one that `get_instance_proc_addr` belongs to. Ownership: the caller's.
 Threads: any. Errors: not_found (no loader, no driver), os_error.*/
    pub fn geyser_vulkan_enumerate_devices(
        get_instance_proc_addr: geyser_function,
        out: *mut *mut geyser_vulkan_device_list,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: invalid_argument.
    pub fn geyser_vulkan_device_list_count(
        list: *const geyser_vulkan_device_list,
        out: *mut u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// One device, and its identity. Threads: any. Errors: invalid_argument (no such index).
    pub fn geyser_vulkan_device_list_at(
        list: *const geyser_vulkan_device_list,
        index: u32,
        summary: *mut geyser_vulkan_device_summary,
        identity: *mut geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: none.
    pub fn geyser_vulkan_device_list_destroy(list: *mut geyser_vulkan_device_list);
}
/** Which device; every field that is set must match. Of several that match, and of all when none is set: the first discrete, else the first
 integrated, virtual, software device, in the order of geyser_vulkan_enumerate_devices().*/
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_vulkan_device_options {
    pub struct_size: u32,
    pub has_index: geyser_bool,
    /// in the order of geyser_vulkan_enumerate_devices()
    pub index: u32,
    pub has_pci: geyser_bool,
    pub pci: geyser_pci_address,
    pub has_uuid: geyser_bool,
    /// Khronos validation; messages go to the log as errors and are counted
    pub validation: geyser_bool,
    pub uuid: geyser_uuid,
    /// part of the device's name, any case; null: any
    pub name: *const ::core::ffi::c_char,
    /// null: libvulkan.so.1 is opened at run time
    pub get_instance_proc_addr: geyser_function,
    /// null: "geyser"
    pub application_name: *const ::core::ffi::c_char,
    pub has_driver_uuid: geyser_bool,
    pub has_luid: geyser_bool,
    /// where two drivers offer one device
    pub driver_uuid: geyser_uuid,
    /// the adapter of a Direct3D device; drivers that tell no LUID never match
    pub luid: [u8; 8usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_vulkan_device_options",
    ][::core::mem::size_of::<geyser_vulkan_device_options>() - 112usize];
    [
        "Alignment of geyser_vulkan_device_options",
    ][::core::mem::align_of::<geyser_vulkan_device_options>() - 8usize];
    [
        "Offset of field: geyser_vulkan_device_options::struct_size",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, struct_size) - 0usize];
    [
        "Offset of field: geyser_vulkan_device_options::has_index",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, has_index) - 4usize];
    [
        "Offset of field: geyser_vulkan_device_options::index",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, index) - 8usize];
    [
        "Offset of field: geyser_vulkan_device_options::has_pci",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, has_pci) - 12usize];
    [
        "Offset of field: geyser_vulkan_device_options::pci",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, pci) - 16usize];
    [
        "Offset of field: geyser_vulkan_device_options::has_uuid",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, has_uuid) - 32usize];
    [
        "Offset of field: geyser_vulkan_device_options::validation",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, validation) - 36usize];
    [
        "Offset of field: geyser_vulkan_device_options::uuid",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, uuid) - 40usize];
    [
        "Offset of field: geyser_vulkan_device_options::name",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, name) - 56usize];
    [
        "Offset of field: geyser_vulkan_device_options::get_instance_proc_addr",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, get_instance_proc_addr)
        - 64usize];
    [
        "Offset of field: geyser_vulkan_device_options::application_name",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, application_name) - 72usize];
    [
        "Offset of field: geyser_vulkan_device_options::has_driver_uuid",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, has_driver_uuid) - 80usize];
    [
        "Offset of field: geyser_vulkan_device_options::has_luid",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, has_luid) - 84usize];
    [
        "Offset of field: geyser_vulkan_device_options::driver_uuid",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, driver_uuid) - 88usize];
    [
        "Offset of field: geyser_vulkan_device_options::luid",
    ][::core::mem::offset_of!(geyser_vulkan_device_options, luid) - 104usize];
};
/// An instance and a device with everything enabled that the library can use, and one queue.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_vulkan_device {
    _unused: [u8; 0],
}
unsafe extern "C" {
    /** Makes one. Ownership: the caller's; managers made from it keep the VkDevice alive. Threads: any. Errors: not_found naming the devices
 there are, unsupported_feature, out_of_memory.*/
    pub fn geyser_vulkan_device_create(
        options: *const geyser_vulkan_device_options,
        out: *mut *mut geyser_vulkan_device,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: none.
    pub fn geyser_vulkan_device_destroy(device: *mut geyser_vulkan_device);
}
unsafe extern "C" {
    /** What geyser_vulkan_manager_create() would want: instance, device, queue and so on; pointers live as long as the device. Threads: any.
 Errors: invalid_argument.*/
    pub fn geyser_vulkan_device_adopt_info(
        device: *const geyser_vulkan_device,
        out: *mut geyser_vulkan_adopt_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: invalid_argument.
    pub fn geyser_vulkan_device_query(
        device: *const geyser_vulkan_device,
        summary: *mut geyser_vulkan_device_summary,
        identity: *mut geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// A manager that keeps this device alive. Ownership: the caller's. Threads: any. Errors: as geyser_vulkan_manager_create().
    pub fn geyser_vulkan_device_create_manager(
        device: *const geyser_vulkan_device,
        out: *mut *mut geyser_manager,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Messages that the validation layers gave so far. Threads: any. Errors: invalid_argument.
    pub fn geyser_vulkan_device_validation_messages(
        device: *const geyser_vulkan_device,
        out: *mut u64,
    ) -> geyser_status;
}
/// The native objects of a texture; valid as long as it lives.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_vulkan_native_texture {
    pub struct_size: u32,
    /// VkFormat
    pub format: u32,
    /// VkImage
    pub image: u64,
    /// VkDeviceMemory
    pub memory: u64,
    /// bytes
    pub memory_offset: u64,
    /// bytes
    pub memory_size: u64,
    /// VkImageType
    pub type_: u32,
    /// VkImageTiling
    pub tiling: u32,
    /// VkImageUsageFlags
    pub usage: u32,
    /// VkImageCreateFlags
    pub flags: u32,
    /// VkImageAspectFlags
    pub aspects: u32,
    /// 0
    pub reserved: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_vulkan_native_texture",
    ][::core::mem::size_of::<geyser_vulkan_native_texture>() - 64usize];
    [
        "Alignment of geyser_vulkan_native_texture",
    ][::core::mem::align_of::<geyser_vulkan_native_texture>() - 8usize];
    [
        "Offset of field: geyser_vulkan_native_texture::struct_size",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, struct_size) - 0usize];
    [
        "Offset of field: geyser_vulkan_native_texture::format",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, format) - 4usize];
    [
        "Offset of field: geyser_vulkan_native_texture::image",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, image) - 8usize];
    [
        "Offset of field: geyser_vulkan_native_texture::memory",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, memory) - 16usize];
    [
        "Offset of field: geyser_vulkan_native_texture::memory_offset",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, memory_offset) - 24usize];
    [
        "Offset of field: geyser_vulkan_native_texture::memory_size",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, memory_size) - 32usize];
    [
        "Offset of field: geyser_vulkan_native_texture::type_",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, type_) - 40usize];
    [
        "Offset of field: geyser_vulkan_native_texture::tiling",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, tiling) - 44usize];
    [
        "Offset of field: geyser_vulkan_native_texture::usage",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, usage) - 48usize];
    [
        "Offset of field: geyser_vulkan_native_texture::flags",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, flags) - 52usize];
    [
        "Offset of field: geyser_vulkan_native_texture::aspects",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, aspects) - 56usize];
    [
        "Offset of field: geyser_vulkan_native_texture::reserved",
    ][::core::mem::offset_of!(geyser_vulkan_native_texture, reserved) - 60usize];
};
unsafe extern "C" {
    /// Threads: any. Errors: device_mismatch (not a Vulkan texture).
    pub fn geyser_vulkan_texture_native(
        texture: *const geyser_texture,
        out: *mut geyser_vulkan_native_texture,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The VkSemaphore for submits of this device; of a host timeline good for waits only. Threads: any. Errors: device_mismatch.
    pub fn geyser_vulkan_semaphore_native(
        semaphore: *const geyser_semaphore,
        out: *mut u64,
    ) -> geyser_status;
}
/// Which view; zero: the whole texture in its own format and dimension.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_vulkan_view_info {
    pub struct_size: u32,
    pub has_type: geyser_bool,
    /// VkImageViewType, when has_type
    pub type_: u32,
    /// undefined: the texture's own; else its sRGB twin, or a plane's format
    pub format: geyser_format,
    /// VkImageAspectFlags; 0: all of a colour format, depth of depth + stencil
    pub aspects: u32,
    pub base_mip_level: u32,
    /// 0: those that remain
    pub mip_levels: u32,
    pub base_array_layer: u32,
    /// 0: those that remain
    pub array_layers: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_vulkan_view_info",
    ][::core::mem::size_of::<geyser_vulkan_view_info>() - 36usize];
    [
        "Alignment of geyser_vulkan_view_info",
    ][::core::mem::align_of::<geyser_vulkan_view_info>() - 4usize];
    [
        "Offset of field: geyser_vulkan_view_info::struct_size",
    ][::core::mem::offset_of!(geyser_vulkan_view_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_vulkan_view_info::has_type",
    ][::core::mem::offset_of!(geyser_vulkan_view_info, has_type) - 4usize];
    [
        "Offset of field: geyser_vulkan_view_info::type_",
    ][::core::mem::offset_of!(geyser_vulkan_view_info, type_) - 8usize];
    [
        "Offset of field: geyser_vulkan_view_info::format",
    ][::core::mem::offset_of!(geyser_vulkan_view_info, format) - 12usize];
    [
        "Offset of field: geyser_vulkan_view_info::aspects",
    ][::core::mem::offset_of!(geyser_vulkan_view_info, aspects) - 16usize];
    [
        "Offset of field: geyser_vulkan_view_info::base_mip_level",
    ][::core::mem::offset_of!(geyser_vulkan_view_info, base_mip_level) - 20usize];
    [
        "Offset of field: geyser_vulkan_view_info::mip_levels",
    ][::core::mem::offset_of!(geyser_vulkan_view_info, mip_levels) - 24usize];
    [
        "Offset of field: geyser_vulkan_view_info::base_array_layer",
    ][::core::mem::offset_of!(geyser_vulkan_view_info, base_array_layer) - 28usize];
    [
        "Offset of field: geyser_vulkan_view_info::array_layers",
    ][::core::mem::offset_of!(geyser_vulkan_view_info, array_layers) - 32usize];
};
unsafe extern "C" {
    /// A VkImageView, made once and kept by the texture. Threads: any. Errors: device_mismatch, invalid_argument, out_of_memory.
    pub fn geyser_vulkan_texture_view(
        texture: *const geyser_texture,
        info: *const geyser_vulkan_view_info,
        out: *mut u64,
    ) -> geyser_status;
}
/// How the caller's commands use the image.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_vulkan_image_use {
    pub struct_size: u32,
    /// VkImageLayout; 0: GENERAL
    pub layout: u32,
    /// VkPipelineStageFlags; 0: ALL_COMMANDS
    pub stages: u32,
    /// VkAccessFlags; 0: MEMORY_READ | MEMORY_WRITE
    pub access: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_vulkan_image_use",
    ][::core::mem::size_of::<geyser_vulkan_image_use>() - 16usize];
    [
        "Alignment of geyser_vulkan_image_use",
    ][::core::mem::align_of::<geyser_vulkan_image_use>() - 4usize];
    [
        "Offset of field: geyser_vulkan_image_use::struct_size",
    ][::core::mem::offset_of!(geyser_vulkan_image_use, struct_size) - 0usize];
    [
        "Offset of field: geyser_vulkan_image_use::layout",
    ][::core::mem::offset_of!(geyser_vulkan_image_use, layout) - 4usize];
    [
        "Offset of field: geyser_vulkan_image_use::stages",
    ][::core::mem::offset_of!(geyser_vulkan_image_use, stages) - 8usize];
    [
        "Offset of field: geyser_vulkan_image_use::access",
    ][::core::mem::offset_of!(geyser_vulkan_image_use, access) - 12usize];
};
unsafe extern "C" {
    /** Records the barrier that takes the image over into a VkCommandBuffer that is recording, outside a render pass (unchecked). Threads: as
 the command buffer. Errors: device_mismatch, invalid_state.*/
    pub fn geyser_vulkan_record_acquire(
        access: *mut geyser_access,
        command_buffer: *mut ::core::ffi::c_void,
        use_: *const geyser_vulkan_image_use,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Records the barrier that gives the image away in `layout` (undefined: general), which geyser_access_end() takes from it. Threads: as the
 command buffer. Errors: device_mismatch, invalid_state (without geyser_vulkan_record_acquire()).*/
    pub fn geyser_vulkan_record_release(
        access: *mut geyser_access,
        command_buffer: *mut ::core::ffi::c_void,
        use_: *const geyser_vulkan_image_use,
        layout: geyser_layout,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** Submits VkCommandBuffers to the manager's queue, waiting and signalling as the accesses say. `fence` is a VkFence or 0. Threads: any.
 Errors: invalid_argument, device_mismatch, device_lost, out_of_memory.*/
    pub fn geyser_vulkan_submit(
        manager: *const geyser_manager,
        command_buffers: *const *mut ::core::ffi::c_void,
        command_buffer_count: u32,
        accesses: *const *mut geyser_access,
        access_count: u32,
        fence: u64,
    ) -> geyser_status;
}
/// Wait and signal arrays for the caller's own vkQueueSubmit.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_vulkan_submit_arrays {
    _unused: [u8; 0],
}
/// What is in them; pointers live until the arrays are filled again or destroyed.
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct geyser_vulkan_submit_info {
    pub struct_size: u32,
    pub wait_count: u32,
    pub signal_count: u32,
    /// 0
    pub reserved: u32,
    /// VkSemaphore\[wait_count\]
    pub wait_semaphores: *const ::core::ffi::c_void,
    /// of timelines
    pub wait_values: *const u64,
    /// VkPipelineStageFlags
    pub wait_stages: *const u32,
    /// VkSemaphore\[signal_count\]
    pub signal_semaphores: *const ::core::ffi::c_void,
    pub signal_values: *const u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of geyser_vulkan_submit_info",
    ][::core::mem::size_of::<geyser_vulkan_submit_info>() - 56usize];
    [
        "Alignment of geyser_vulkan_submit_info",
    ][::core::mem::align_of::<geyser_vulkan_submit_info>() - 8usize];
    [
        "Offset of field: geyser_vulkan_submit_info::struct_size",
    ][::core::mem::offset_of!(geyser_vulkan_submit_info, struct_size) - 0usize];
    [
        "Offset of field: geyser_vulkan_submit_info::wait_count",
    ][::core::mem::offset_of!(geyser_vulkan_submit_info, wait_count) - 4usize];
    [
        "Offset of field: geyser_vulkan_submit_info::signal_count",
    ][::core::mem::offset_of!(geyser_vulkan_submit_info, signal_count) - 8usize];
    [
        "Offset of field: geyser_vulkan_submit_info::reserved",
    ][::core::mem::offset_of!(geyser_vulkan_submit_info, reserved) - 12usize];
    [
        "Offset of field: geyser_vulkan_submit_info::wait_semaphores",
    ][::core::mem::offset_of!(geyser_vulkan_submit_info, wait_semaphores) - 16usize];
    [
        "Offset of field: geyser_vulkan_submit_info::wait_values",
    ][::core::mem::offset_of!(geyser_vulkan_submit_info, wait_values) - 24usize];
    [
        "Offset of field: geyser_vulkan_submit_info::wait_stages",
    ][::core::mem::offset_of!(geyser_vulkan_submit_info, wait_stages) - 32usize];
    [
        "Offset of field: geyser_vulkan_submit_info::signal_semaphores",
    ][::core::mem::offset_of!(geyser_vulkan_submit_info, signal_semaphores) - 40usize];
    [
        "Offset of field: geyser_vulkan_submit_info::signal_values",
    ][::core::mem::offset_of!(geyser_vulkan_submit_info, signal_values) - 48usize];
};
unsafe extern "C" {
    /// Empty arrays; keep them, since filling uses their storage again. Ownership: the caller's. Threads: any. Errors: out_of_memory.
    pub fn geyser_vulkan_submit_arrays_create(
        out: *mut *mut geyser_vulkan_submit_arrays,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: none.
    pub fn geyser_vulkan_submit_arrays_destroy(arrays: *mut geyser_vulkan_submit_arrays);
}
unsafe extern "C" {
    /** Collects what the accesses wait for (`stage`, VkPipelineStageFlags: where the waits take effect) and signal. Threads: one at a time.
 Errors: invalid_argument, device_mismatch, out_of_memory.*/
    pub fn geyser_vulkan_submit_arrays_fill(
        arrays: *mut geyser_vulkan_submit_arrays,
        accesses: *const *mut geyser_access,
        access_count: u32,
        stage: u32,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: one at a time. Errors: invalid_argument.
    pub fn geyser_vulkan_submit_arrays_query(
        arrays: *const geyser_vulkan_submit_arrays,
        out: *mut geyser_vulkan_submit_info,
    ) -> geyser_status;
}
pub type geyser_vulkan_fence_type = u32;
pub const GEYSER_VULKAN_FENCE_TYPE_OPAQUE_FD: geyser_vulkan_fence_type = 1;
pub const GEYSER_VULKAN_FENCE_TYPE_SYNC_FD: geyser_vulkan_fence_type = 2;
/// A VkFence that can be handed to another process. Waited for by any thread; reset and submitted by one at a time.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_vulkan_fence {
    _unused: [u8; 0],
}
/// A fence on its way to another process: owns its OS handle.
#[repr(C)]
#[derive(Debug)]
pub struct geyser_vulkan_fence_handle {
    _unused: [u8; 0],
}
unsafe extern "C" {
    /// `type` 0: opaque_fd. Ownership: the caller's. Threads: any. Errors: unsupported_handle, out_of_memory.
    pub fn geyser_vulkan_fence_create(
        manager: *const geyser_manager,
        type_: geyser_vulkan_fence_type,
        out: *mut *mut geyser_vulkan_fence,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: none.
    pub fn geyser_vulkan_fence_destroy(fence: *mut geyser_vulkan_fence);
}
unsafe extern "C" {
    /// The VkFence; the fence's. Threads: any. Errors: invalid_argument.
    pub fn geyser_vulkan_fence_native(
        fence: *const geyser_vulkan_fence,
        out: *mut u64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: device_lost.
    pub fn geyser_vulkan_fence_signalled(
        fence: *const geyser_vulkan_fence,
        out: *mut geyser_bool,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: timed_out, device_lost.
    pub fn geyser_vulkan_fence_wait(
        fence: *const geyser_vulkan_fence,
        timeout: i64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Not while a submit uses it (unchecked). Threads: one at a time. Errors: out_of_memory.
    pub fn geyser_vulkan_fence_reset(fence: *mut geyser_vulkan_fence) -> geyser_status;
}
unsafe extern "C" {
    /// sync_fd: takes the pending signal out of the fence. Ownership: the caller's. Threads: any. Errors: unsupported_handle, out_of_memory.
    pub fn geyser_vulkan_fence_export(
        fence: *const geyser_vulkan_fence,
        out: *mut *mut geyser_vulkan_fence_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** `handle` is consumed on success only. Ownership: the caller's. Threads: any. Errors: device_mismatch, unsupported_handle,
 protocol_error, out_of_memory.*/
    pub fn geyser_vulkan_fence_import(
        manager: *const geyser_manager,
        handle: *mut geyser_vulkan_fence_handle,
        out: *mut *mut geyser_vulkan_fence,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** A handle around an OS handle; GEYSER_NO_OS_HANDLE is a sync_fd that is signalled already. On failure `value` stays the caller's.
 Ownership: the caller's. Threads: any. Errors: invalid_argument (it is not open, with errno), out_of_memory.*/
    pub fn geyser_vulkan_fence_handle_create(
        type_: geyser_vulkan_fence_type,
        exporter: *const geyser_device_identity,
        value: geyser_os_handle,
        out: *mut *mut geyser_vulkan_fence_handle,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Closes what it still owns. Threads: any. Errors: none.
    pub fn geyser_vulkan_fence_handle_destroy(handle: *mut geyser_vulkan_fence_handle);
}
unsafe extern "C" {
    /// Type and device. Threads: any. Errors: invalid_argument.
    pub fn geyser_vulkan_fence_handle_query(
        handle: *const geyser_vulkan_fence_handle,
        type_: *mut geyser_vulkan_fence_type,
        exporter: *mut geyser_device_identity,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The OS handle, now owned by the caller. Threads: any. Errors: invalid_argument.
    pub fn geyser_vulkan_fence_handle_take(
        handle: *mut geyser_vulkan_fence_handle,
        out: *mut geyser_os_handle,
    ) -> geyser_status;
}
/// Host memory as a VkBuffer (VK_EXT_external_memory_host).
#[repr(C)]
#[derive(Debug)]
pub struct geyser_vulkan_host_buffer {
    _unused: [u8; 0],
}
unsafe extern "C" {
    /** The alignment of address and size that the next function needs, in bytes; 0 when the device cannot do it. Threads: any.
 Errors: invalid_argument.*/
    pub fn geyser_vulkan_host_memory_alignment(
        manager: *const geyser_manager,
        out: *mut u64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /** The memory stays the caller's and must stay mapped until the buffer is destroyed and its last submit is over. Ownership: the buffer is
 the caller's. Threads: any. Errors: unsupported_feature, invalid_argument, out_of_memory.*/
    pub fn geyser_vulkan_host_buffer_import(
        manager: *const geyser_manager,
        memory: *mut ::core::ffi::c_void,
        size: usize,
        out: *mut *mut geyser_vulkan_host_buffer,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Threads: any. Errors: none.
    pub fn geyser_vulkan_host_buffer_destroy(buffer: *mut geyser_vulkan_host_buffer);
}
unsafe extern "C" {
    /// VkBuffer and bytes. Threads: any. Errors: invalid_argument.
    pub fn geyser_vulkan_host_buffer_query(
        buffer: *const geyser_vulkan_host_buffer,
        handle: *mut u64,
        size: *mut u64,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// Copies a region, rows without gaps at `offset` bytes, on the GPU, and waits for it. Threads: any. Errors: as geyser_manager_upload().
    pub fn geyser_vulkan_copy_to_texture(
        manager: *const geyser_manager,
        from: *const geyser_vulkan_host_buffer,
        offset: u64,
        to: *mut geyser_texture,
        region: *const geyser_texture_region,
        info: *const geyser_access_info,
    ) -> geyser_status;
}
unsafe extern "C" {
    /// The other direction. Threads: any. Errors: as geyser_manager_read_back().
    pub fn geyser_vulkan_copy_from_texture(
        manager: *const geyser_manager,
        from: *mut geyser_texture,
        region: *const geyser_texture_region,
        to: *const geyser_vulkan_host_buffer,
        offset: u64,
        info: *const geyser_access_info,
    ) -> geyser_status;
}
unsafe impl crate::Sized32 for geyser_format_info {}
unsafe impl crate::Sized32 for geyser_texture_descriptor {}
unsafe impl crate::Sized32 for geyser_texture_region {}
unsafe impl crate::Sized32 for geyser_region_layout {}
unsafe impl crate::Sized32 for geyser_device_identity {}
unsafe impl crate::Sized32 for geyser_memory_support {}
unsafe impl crate::Sized32 for geyser_semaphore_support {}
unsafe impl crate::Sized32 for geyser_format_support {}
unsafe impl crate::Sized32 for geyser_negotiation_info {}
unsafe impl crate::Sized32 for geyser_texture_handle_info {}
unsafe impl crate::Sized32 for geyser_semaphore_info {}
unsafe impl crate::Sized32 for geyser_texture_info {}
unsafe impl crate::Sized32 for geyser_texture_state_info {}
unsafe impl crate::Sized32 for geyser_access_info {}
unsafe impl crate::Sized32 for geyser_access_begin_info {}
unsafe impl crate::Sized32 for geyser_create_options {}
unsafe impl crate::Sized32 for geyser_semaphore_options {}
unsafe impl crate::Sized32 for geyser_mapped_region {}
unsafe impl crate::Sized32 for geyser_cuda_adopt_info {}
unsafe impl crate::Sized32 for geyser_cuda_linear_memory {}
unsafe impl crate::Sized32 for geyser_cuda_native_texture {}
unsafe impl crate::Sized32 for geyser_cuda_sampling {}
unsafe impl crate::Sized32 for geyser_frame_metadata {}
unsafe impl crate::Sized32 for geyser_frame_info {}
unsafe impl crate::Sized32 for geyser_stream_info {}
unsafe impl crate::Sized32 for geyser_stream_status_info {}
unsafe impl crate::Sized32 for geyser_reader_status {}
unsafe impl crate::Sized32 for geyser_error_info {}
unsafe impl crate::Sized32 for geyser_opengl_adopt_info {}
unsafe impl crate::Sized32 for geyser_opengl_native_texture {}
unsafe impl crate::Sized32 for geyser_opengl_context_options {}
unsafe impl crate::Sized32 for geyser_publisher_options {}
unsafe impl crate::Sized32 for geyser_subscriber_options {}
unsafe impl crate::Sized32 for geyser_subscriber_info {}
unsafe impl crate::Sized32 for geyser_vulkan_adopt_info {}
unsafe impl crate::Sized32 for geyser_vulkan_device_summary {}
unsafe impl crate::Sized32 for geyser_vulkan_device_options {}
unsafe impl crate::Sized32 for geyser_vulkan_native_texture {}
unsafe impl crate::Sized32 for geyser_vulkan_view_info {}
unsafe impl crate::Sized32 for geyser_vulkan_image_use {}
unsafe impl crate::Sized32 for geyser_vulkan_submit_info {}
