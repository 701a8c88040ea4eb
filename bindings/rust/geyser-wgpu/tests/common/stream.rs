//! Both ends of a stream whose frames are of one colour, which says the frame's number.

use std::time::{Duration, Instant};

use geyser_wgpu::geyser::{ErrorKind, Format, FrameMetadata, PublisherOptions, SubscriberOptions, TextureDescriptor, Usage};
use geyser_wgpu::wgpu::{self, TextureAspect};
use geyser_wgpu::{Publisher, ReadFrame, Subscriber};

use super::{Gpu, LONG, Place, read_wgpu, region};

pub fn described(width: u32, height: u32) -> TextureDescriptor {
    TextureDescriptor::new(width, height, Format::RGBA8_UNORM).with_usage(Usage::TEXTURE_BINDING | Usage::RENDER_ATTACHMENT)
}

pub fn publisher(gpu: &Gpu, place: &Place, texture: &TextureDescriptor) -> Publisher {
    let mut options = PublisherOptions::new(&place.name, texture);
    options.directory = Some(&place.folder);
    gpu.context.publisher(&options).unwrap()
}

pub fn subscriber(gpu: &Gpu, place: &Place) -> Subscriber {
    let options = SubscriberOptions { directory: Some(&place.folder), connect_timeout: LONG, ..Default::default() };
    gpu.context.subscriber(&place.name, &options).unwrap()
}

/// A clear to a colour that says which frame it is.
pub fn clear(gpu: &Gpu, texture: &wgpu::Texture, number: u64) -> wgpu::CommandBuffer {
    let view = texture.create_view(&Default::default());
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let part = |shift: u64| f64::from((number >> shift) as u8) / 255.0;
    let colour = wgpu::Color { r: part(0), g: part(8), b: part(16), a: 1.0 };
    let ops = wgpu::Operations { load: wgpu::LoadOp::Clear(colour), store: wgpu::StoreOp::Store };
    drop(encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        color_attachments: &[Some(wgpu::RenderPassColorAttachment { view: &view, depth_slice: None, resolve_target: None, ops })],
        ..Default::default()
    }));
    encoder.finish()
}

pub fn colour(number: u64) -> [u8; 4] {
    [number as u8, (number >> 8) as u8, (number >> 16) as u8, 255]
}

pub fn publish(gpu: &Gpu, publisher: &mut Publisher, deferred: bool) -> u64 {
    let frame = if deferred { publisher.begin_deferred(LONG) } else { publisher.begin_frame(LONG) }.unwrap();
    let commands = clear(gpu, frame.texture(), frame.number().unwrap());
    frame.publish_with([commands], &FrameMetadata::default()).unwrap()
}

pub fn acquire(subscriber: &mut Subscriber) -> ReadFrame {
    let end = Instant::now() + LONG;
    loop {
        match subscriber.acquire(Duration::from_millis(100)) {
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::PeerGone) && Instant::now() < end => {}
            other => return other.unwrap(),
        }
    }
}

pub fn check(gpu: &Gpu, frame: &ReadFrame) {
    let texture = frame.texture();
    let descriptor = described(texture.width(), texture.height());
    let bytes = read_wgpu(&gpu.context, texture, &descriptor, &region(0, 0, 0), TextureAspect::All);
    let expected = colour(frame.info().number);
    assert!(bytes.chunks(4).all(|texel| texel == expected), "frame {}: {:?} is not {expected:?}", frame.info().number, &bytes[..4]);
}
