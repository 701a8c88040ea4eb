//! Every format both ways by name, and every format that the device supports by content, bit for bit.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashSet;

use common::{Gpu, LAVAPIPE, Random, SWIFTSHADER, gpu, no_validation_messages, patient, read_wgpu, region, region_bytes, write_wgpu};
use geyser_wgpu::geyser::{AccessInfo, CreateOptions, Dimension, ErrorKind, Format, FormatKind, Texture, TextureDescriptor, Usage};
use geyser_wgpu::wgpu::{self, TextureAspect, TextureFormat, TextureUsages};
use geyser_wgpu::{SharedTexture, format_pairs, from_wgpu_descriptor, from_wgpu_format, from_wgpu_usages, to_wgpu_format, to_wgpu_usages};

/// A multiple of every block, in both directions.
const SIDE: u32 = 120;

#[test]
fn every_format_of_the_table_goes_both_ways_or_says_why_not() {
    let mut seen = HashSet::new();
    let mut without = Vec::new();
    for format in Format::all() {
        match to_wgpu_format(format) {
            Ok(wgpu) => {
                assert!(seen.insert(wgpu), "{wgpu:?} stands for two formats");
                assert_eq!(from_wgpu_format(wgpu).unwrap(), format);
                // The two tables agree on what a texel is, where wgpu says it at all.
                let info = format.info().unwrap();
                assert_eq!((info.block_width, info.block_height), wgpu.block_dimensions(), "{format}");
                assert_eq!(info.srgb, wgpu.is_srgb(), "{format}");
                if info.planes.len() == 1
                    && let Some(bytes) = wgpu.block_copy_size(None)
                {
                    assert_eq!(info.planes[0].block_bytes, bytes, "{format}");
                }
                if let Some(twin) = info.srgb_twin {
                    let twin = to_wgpu_format(twin).unwrap();
                    assert_eq!(wgpu.remove_srgb_suffix(), twin.remove_srgb_suffix(), "{format}");
                }
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
                assert!(error.message().contains(format.name()), "{error}");
                without.push(format);
            }
        }
    }
    assert_eq!(without, [Format::I420]);
    assert_eq!(seen.len(), format_pairs().len());
    let hdr = TextureFormat::Astc { block: wgpu::AstcBlock::B4x4, channel: wgpu::AstcChannel::Hdr };
    for only_wgpu in [TextureFormat::R64Uint, hdr] {
        let error = from_wgpu_format(only_wgpu).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
        assert!(error.message().contains(&format!("{only_wgpu:?}")), "{error}");
    }
    assert_eq!(to_wgpu_format(Format::UNDEFINED).unwrap_err().kind(), ErrorKind::UnsupportedFormat);
    assert_eq!(to_wgpu_format(Format::from_raw(4711)).unwrap_err().kind(), ErrorKind::UnsupportedFormat);
}

#[test]
fn usages_and_descriptors_go_both_ways() {
    let copies = Usage::COPY_SRC | Usage::COPY_DST;
    for bits in 0..32 {
        let usage = Usage::from_bits_retain(bits);
        assert_eq!(from_wgpu_usages(to_wgpu_usages(usage)).unwrap(), usage | copies);
    }
    for refused in [TextureUsages::TRANSIENT_ATTACHMENT, TextureUsages::STORAGE_ATOMIC] {
        let error = from_wgpu_usages(refused | TextureUsages::COPY_SRC).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedFeature);
        assert!(error.message().contains(&format!("{refused:?}")), "{error}");
    }
    let wgpu = wgpu::TextureDescriptor {
        label: Some("label"),
        size: wgpu::Extent3d { width: 7, height: 5, depth_or_array_layers: 1 },
        mip_level_count: 3,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: TextureFormat::Bgra8Unorm,
        usage: TextureUsages::TEXTURE_BINDING,
        view_formats: &[],
    };
    let described = from_wgpu_descriptor(&wgpu).unwrap();
    assert_eq!((described.dimension, described.extent.width, described.extent.height), (Dimension::D2, 7, 5));
    assert_eq!((described.mip_levels, described.array_layers, described.format), (3, 1, Format::BGRA8_UNORM));
    assert_eq!(described.label, "label");
    described.validate().unwrap();
    let several = wgpu::Extent3d { width: 7, height: 5, depth_or_array_layers: 4 };
    let array = from_wgpu_descriptor(&wgpu::TextureDescriptor { size: several, ..wgpu.clone() }).unwrap();
    assert_eq!((array.dimension, array.array_layers, array.extent.depth), (Dimension::D2Array, 4, 1));
    let volume = wgpu::TextureDescriptor { size: several, dimension: wgpu::TextureDimension::D3, ..wgpu.clone() };
    let volume = from_wgpu_descriptor(&volume).unwrap();
    assert_eq!((volume.dimension, volume.array_layers, volume.extent.depth), (Dimension::D3, 1, 4));
    let line = wgpu::TextureDescriptor { dimension: wgpu::TextureDimension::D1, ..wgpu.clone() };
    assert!(from_wgpu_descriptor(&line).unwrap_err().message().contains("D1"));
    let samples = wgpu::TextureDescriptor { sample_count: 4, ..wgpu };
    assert!(from_wgpu_descriptor(&samples).unwrap_err().message().contains("sample_count is 4"));
}

/// Random bytes that the format allows: depth is between 0 and 1.
fn content(random: &mut Random, format: Format, plane: u32, count: usize) -> Vec<u8> {
    let mut bytes = random.bytes(count);
    let depth =
        matches!(format, Format::DEPTH32_FLOAT | Format::DEPTH32_FLOAT_STENCIL8 | Format::DEPTH24PLUS | Format::DEPTH24PLUS_STENCIL8);
    if depth && plane == 0 {
        for texel in bytes.chunks_exact_mut(4) {
            let value = f32::from(texel[0]) / 255.0;
            texel.copy_from_slice(&value.to_ne_bytes());
        }
    }
    // Floating point with all exponent bits is no number, and drivers may change which one it is.
    if format.name().contains("16_float") {
        bytes.chunks_exact_mut(2).for_each(|half| half[1] &= 0xbb);
    }
    bytes
}

fn planes(format: Format) -> u32 {
    format.info().unwrap().planes.len() as u32
}

fn fill(gpu: &Gpu, texture: &Texture, descriptor: &TextureDescriptor, mut bytes: impl FnMut(u32, usize) -> Vec<u8>) {
    for plane in 0..planes(descriptor.format) {
        let region = region(0, 0, plane);
        let bytes = bytes(plane, region_bytes(descriptor, &region));
        patient(|| gpu.context.manager().upload(texture, &region, &bytes, &AccessInfo::default()));
    }
}

fn seen(gpu: &Gpu, texture: &Texture, descriptor: &TextureDescriptor) -> Vec<Vec<u8>> {
    (0..planes(descriptor.format))
        .map(|plane| {
            let region = region(0, 0, plane);
            let mut bytes = vec![0x5a; region_bytes(descriptor, &region)];
            patient(|| gpu.context.manager().read_back(texture, &region, &mut bytes, &AccessInfo::default()));
            // The eight bits beside 24 of depth mean nothing; some drivers keep them in a copy and some do not.
            if matches!(descriptor.format, Format::DEPTH24PLUS | Format::DEPTH24PLUS_STENCIL8) && plane == 0 {
                bytes.chunks_exact_mut(4).for_each(|texel| texel[3] = 0);
            }
            bytes
        })
        .collect()
}

fn shared(gpu: &Gpu, descriptor: &TextureDescriptor) -> SharedTexture {
    gpu.context.create_texture(descriptor, &CreateOptions::default()).unwrap()
}

/// What of a format wgpu copies to and from buffers: aspect, plane, and whether it writes too.
fn buffer_aspects(format: Format) -> Vec<(TextureAspect, u32, bool)> {
    match format {
        Format::DEPTH24PLUS => vec![],
        Format::DEPTH24PLUS_STENCIL8 => vec![(TextureAspect::StencilOnly, 1, true)],
        Format::DEPTH32_FLOAT => vec![(TextureAspect::DepthOnly, 0, false)],
        Format::DEPTH32_FLOAT_STENCIL8 => vec![(TextureAspect::DepthOnly, 0, false), (TextureAspect::StencilOnly, 1, true)],
        Format::NV12 | Format::P010 => vec![(TextureAspect::Plane0, 0, true), (TextureAspect::Plane1, 1, true)],
        _ => vec![(TextureAspect::All, 0, true)],
    }
}

/// Returns whether the device could.
fn round_trip(gpu: &Gpu, format: Format, usage: Usage) -> bool {
    let descriptor = TextureDescriptor::new(SIDE, SIDE, format).with_usage(usage);
    let options = CreateOptions::default();
    let device = gpu.context.device();
    let possible = gpu.context.manager().create_texture(&descriptor, &options);
    let features = to_wgpu_format(format).unwrap().required_features() - device.features();
    if let Err(error) = &possible {
        let kind = error.kind();
        assert!(
            matches!(kind, ErrorKind::UnsupportedFormat | ErrorKind::UnsupportedHandle | ErrorKind::UnsupportedFeature),
            "{format}: {error}"
        );
        return false;
    }
    if !features.is_empty() {
        let error = gpu.context.create_texture(&descriptor, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedFormat, "{error}");
        return false;
    }
    let mut random = Random(u64::from(format.as_raw()) + 1);
    let (from, to) = match (gpu.context.create_texture(&descriptor, &options), gpu.context.create_texture(&descriptor, &options)) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(error), _) | (_, Err(error)) => {
            // wgpu and Geyser may choose different Vulkan formats for those that leave a choice.
            assert!(error.kind() == ErrorKind::UnsupportedFormat && error.message().contains("VkFormat"), "{format}: {error}");
            return false;
        }
    };

    // Geyser -> wgpu -> Geyser on the GPU, for every format: the destination holds something else before.
    fill(gpu, from.shared(), &descriptor, |plane, count| content(&mut random, format, plane, count));
    fill(gpu, to.shared(), &descriptor, |plane, count| content(&mut Random(4711), format, plane, count));
    let sent = seen(gpu, from.shared(), &descriptor);
    assert_ne!(seen(gpu, to.shared(), &descriptor), sent, "{format}: the test compares nothing");
    let reading = from.begin_read(&AccessInfo::default()).unwrap();
    let planar = format.info().unwrap().kind == FormatKind::Planar;
    if planar {
        let writing = to.begin_write(&AccessInfo::default()).unwrap();
        for (aspect, plane, _) in buffer_aspects(format) {
            let bytes = read_wgpu(&gpu.context, from.texture(), &descriptor, &region(0, 0, plane), aspect);
            write_wgpu(&gpu.context, to.texture(), &descriptor, &region(0, 0, plane), aspect, &bytes);
        }
        writing.end().unwrap();
    } else {
        to.copy_from(from.texture()).unwrap();
    }
    reading.end().unwrap();
    assert_eq!(seen(gpu, to.shared(), &descriptor), sent, "{format}: Geyser -> wgpu -> Geyser");
    assert_eq!(seen(gpu, from.shared(), &descriptor), sent, "{format}: reading changed the source");

    // Through buffers, where wgpu allows them.
    for (aspect, plane, writes) in buffer_aspects(format) {
        let here = region(0, 0, plane);
        let reading = from.begin_read(&AccessInfo::default()).unwrap();
        let read = read_wgpu(&gpu.context, from.texture(), &descriptor, &here, aspect);
        reading.end().unwrap();
        assert_eq!(read, sent[plane as usize], "{format}: Geyser -> wgpu, plane {plane}");
        if writes {
            let bytes = content(&mut random, format, plane, read.len());
            let writing = to.begin_write(&AccessInfo::default()).unwrap();
            write_wgpu(&gpu.context, to.texture(), &descriptor, &here, aspect, &bytes);
            writing.end().unwrap();
            assert_eq!(seen(gpu, to.shared(), &descriptor)[plane as usize], bytes, "{format}: wgpu -> Geyser, plane {plane}");
        }
    }

    // Views in the sRGB twin.
    if let Some(twin) = format.info().unwrap().srgb_twin {
        let twin = to_wgpu_format(twin).unwrap();
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let _view = from.texture().create_view(&wgpu::TextureViewDescriptor { format: Some(twin), ..Default::default() });
        assert!(pollster::block_on(scope.pop()).is_none(), "{format}: no view as {twin:?}");
    }
    true
}

fn all_formats(name: &str, at_least: usize) {
    let Some(gpu) = gpu(name) else { return };
    let (could, could_not): (Vec<Format>, Vec<Format>) =
        format_pairs().map(|pair| pair.0).partition(|&format| round_trip(&gpu, format, Usage::default()));
    println!("{name}: {} formats, not {}: {could_not:?}", could.len(), could_not.len());
    // As an attachment depth rests in another layout.
    for &format in could.iter().filter(|format| to_wgpu_format(**format).unwrap().is_depth_stencil_format()) {
        assert!(round_trip(&gpu, format, Usage::TEXTURE_BINDING | Usage::RENDER_ATTACHMENT), "{format}");
    }
    assert!(could.len() >= at_least, "only {} formats: {could:?}", could.len());
    no_validation_messages();
}

#[test]
fn content_of_every_format_on_lavapipe() {
    all_formats(LAVAPIPE, 55);
}

#[test]
fn content_of_every_format_on_swiftshader() {
    all_formats(SWIFTSHADER, 90);
}

#[test]
fn levels_layers_faces_and_slices() {
    let Some(gpu) = gpu(LAVAPIPE) else { return };
    let plain = TextureDescriptor::new(33, 17, Format::RGBA8_UNORM);
    let square = TextureDescriptor::new(16, 16, Format::RGBA8_UNORM);
    for (descriptor, layers) in [
        (plain.clone().with_mip_levels(6), 1),
        (plain.clone().with_dimension(Dimension::D2Array, 1, 5).with_mip_levels(2), 5),
        (square.clone().with_dimension(Dimension::Cube, 1, 6).with_mip_levels(3), 6),
        (square.with_dimension(Dimension::CubeArray, 1, 12), 12),
        (plain.with_dimension(Dimension::D3, 9, 1).with_mip_levels(3), 1),
    ] {
        let mut random = Random(7);
        let (from, to) = (shared(&gpu, &descriptor), shared(&gpu, &descriptor));
        let mut sent = Vec::new();
        for mip in 0..descriptor.mip_levels {
            for layer in 0..layers {
                let region = region(mip, layer, 0);
                let bytes = random.bytes(region_bytes(&descriptor, &region));
                patient(|| gpu.context.manager().upload(from.shared(), &region, &bytes, &AccessInfo::default()));
                patient(|| gpu.context.manager().upload(to.shared(), &region, &vec![0xa5; bytes.len()], &AccessInfo::default()));
                sent.push((region, bytes));
            }
        }
        let reading = from.begin_read(&AccessInfo::default()).unwrap();
        for (region, bytes) in &sent {
            let read = read_wgpu(&gpu.context, from.texture(), &descriptor, region, TextureAspect::All);
            assert!(read == *bytes, "{descriptor}: {region:?} in wgpu");
        }
        to.copy_from(from.texture()).unwrap();
        reading.end().unwrap();
        for (region, bytes) in &sent {
            let mut read = vec![0; bytes.len()];
            patient(|| gpu.context.manager().read_back(to.shared(), region, &mut read, &AccessInfo::default()));
            assert!(read == *bytes, "{descriptor}: {region:?} in Geyser");
        }
    }
    no_validation_messages();
}

#[test]
fn depth_is_sampled_where_it_may_be_drawn() {
    let Some(gpu) = gpu(LAVAPIPE) else { return };
    let plain = TextureDescriptor::new(8, 8, Format::DEPTH32_FLOAT).with_usage(Usage::TEXTURE_BINDING);
    assert!(!shared(&gpu, &plain).texture().usage().contains(TextureUsages::TEXTURE_BINDING));
    let both = plain.with_usage(Usage::TEXTURE_BINDING | Usage::RENDER_ATTACHMENT);
    let texture = shared(&gpu, &both);
    assert!(texture.texture().usage().contains(TextureUsages::TEXTURE_BINDING | TextureUsages::RENDER_ATTACHMENT));
    // Drawn by wgpu, read by Geyser.
    let writing = texture.begin_write(&AccessInfo::default()).unwrap();
    let view = writing.texture().create_view(&Default::default());
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    drop(encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
            view: &view,
            depth_ops: Some(wgpu::Operations { load: wgpu::LoadOp::Clear(0.25), store: wgpu::StoreOp::Store }),
            stencil_ops: None,
        }),
        ..Default::default()
    }));
    gpu.context.submit([encoder.finish()]);
    writing.end().unwrap();
    assert_eq!(seen(&gpu, texture.shared(), &both)[0], 0.25_f32.to_ne_bytes().repeat(64));
    no_validation_messages();
}

#[test]
fn usages_are_what_wgpu_may_do() {
    let Some(gpu) = gpu(LAVAPIPE) else { return };
    // Without TEXTURE_BINDING the texture rests in another layout; with all of them it is drawn into and stored to.
    for usage in [Usage::COPY_SRC | Usage::COPY_DST, Usage::RENDER_ATTACHMENT, Usage::STORAGE_BINDING, Usage::from_bits_retain(31)] {
        let descriptor = TextureDescriptor::new(32, 32, Format::RGBA8_UNORM).with_usage(usage);
        let texture = shared(&gpu, &descriptor);
        assert_eq!(texture.texture().usage(), to_wgpu_usages(usage));
        let bytes = Random(3).bytes(32 * 32 * 4);
        for round in 0..3 {
            let writing = texture.begin_write(&AccessInfo::default()).unwrap();
            if usage.contains(Usage::RENDER_ATTACHMENT) {
                let view = writing.texture().create_view(&Default::default());
                let mut encoder = gpu.device.create_command_encoder(&Default::default());
                let ops = wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::GREEN), store: wgpu::StoreOp::Store };
                drop(encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                    color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                        view: &view,
                        depth_slice: None,
                        resolve_target: None,
                        ops,
                    })],
                    ..Default::default()
                }));
                gpu.context.submit([encoder.finish()]);
            }
            if round > 0 || !usage.contains(Usage::RENDER_ATTACHMENT) {
                write_wgpu(&gpu.context, writing.texture(), &descriptor, &region(0, 0, 0), TextureAspect::All, &bytes);
            }
            writing.end().unwrap();
            let expected =
                if round == 0 && usage.contains(Usage::RENDER_ATTACHMENT) { [0, 255, 0, 255].repeat(1024) } else { bytes.clone() };
            assert!(seen(&gpu, texture.shared(), &descriptor)[0] == expected, "{usage:?}, round {round}");
        }
    }
    no_validation_messages();
}
