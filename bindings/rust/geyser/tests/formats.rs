//! The whole table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what it expects by panicking

use std::collections::HashSet;

use geyser::{ErrorKind, Format, FormatKind, NumericType, TextureDescriptor};

#[test]
fn every_format_has_a_row_and_a_name_that_leads_back() {
    let all: Vec<_> = Format::all().collect();
    assert_eq!(all.len(), Format::I420.as_raw() as usize, "the crate has a constant for each format of the library");
    let mut names = HashSet::new();
    for format in all {
        let info = format.info().unwrap();
        assert_eq!(info.format, format);
        assert_eq!(info.name, format.name());
        assert!(names.insert(info.name), "{} stands for two formats", info.name);
        assert_eq!(Format::from_name(info.name).unwrap(), format);
        if !info.webgpu_name.is_empty() {
            assert_eq!(Format::from_name(info.webgpu_name).unwrap(), format);
        }
        assert!(info.block_width > 0 && info.block_height > 0 && info.channels > 0, "{info:?}");
        assert!((1..=3).contains(&info.planes.len()) && info.planes.iter().all(|plane| plane.block_bytes > 0), "{info:?}");
        if let Some(twin) = info.srgb_twin {
            let other = twin.info().unwrap();
            assert_eq!(other.srgb_twin, Some(format));
            assert_ne!(other.srgb, info.srgb);
        }
        if info.vulkan != 0 {
            assert_eq!(Format::from_vulkan(info.vulkan).unwrap().info().unwrap().vulkan, info.vulkan);
        }
    }
}

#[test]
fn some_rows_say_what_other_apis_say() {
    let rgba = Format::RGBA8_UNORM.info().unwrap();
    assert_eq!((rgba.name, rgba.webgpu_name, rgba.vulkan, rgba.dxgi, rgba.gl_internal), ("rgba8_unorm", "rgba8unorm", 37, 28, 0x8058));
    assert_eq!((rgba.kind, rgba.numeric_type, rgba.srgb_twin), (FormatKind::Color, NumericType::Unorm, Some(Format::RGBA8_SRGB)));
    let nv12 = Format::NV12.info().unwrap();
    assert_eq!(nv12.kind, FormatKind::Planar);
    assert_eq!(nv12.planes.iter().map(|plane| (plane.block_bytes, plane.subsample_x)).collect::<Vec<_>>(), [(1, 1), (2, 2)]);
    let bc7 = Format::BC7_RGBA_SRGB.info().unwrap();
    assert_eq!((bc7.kind, bc7.block_width, bc7.planes[0].block_bytes, bc7.srgb), (FormatKind::Bc, 4, 16, true));
}

#[test]
fn every_format_describes_a_texture() {
    for format in Format::all() {
        let info = format.info().unwrap();
        let texture = TextureDescriptor::new(info.block_width * 4, info.block_height * 4, format);
        texture.validate().unwrap_or_else(|error| panic!("{format}: {error}"));
        let blocks: u64 =
            info.planes.iter().map(|plane| 16 * u64::from(plane.block_bytes) / u64::from(plane.subsample_x * plane.subsample_y)).sum();
        assert_eq!(texture.content_bytes().unwrap(), blocks, "{format}");
        assert!(texture.describe().unwrap().contains(info.name));
    }
}

#[test]
fn what_is_no_format_is_not_found() {
    for name in ["", "rgba", "RGBA8_UNORM", "rgba8_unorm "] {
        assert_eq!(Format::from_name(name).unwrap_err().kind(), ErrorKind::NotFound, "{name:?}");
    }
    assert_eq!(Format::from_name("rgba8\0").unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(Format::UNDEFINED.info().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(Format::from_raw(60000).info().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(Format::from_vulkan(0).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(Format::from_vulkan(123_456).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(format!("{:?}", Format::from_raw(60000)), "Format(60000 unknown)");
}
