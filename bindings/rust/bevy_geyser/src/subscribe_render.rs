//! Subscribing: what the render world does. Frames come at extraction, become the image's texture before Bevy prepares anything, and go back when the next one
//! took their place and everything that read them was submitted.

use std::collections::{HashMap, HashSet};

use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use bevy::render::MainWorld;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{CommandEncoderDescriptor, DefaultImageSampler, Texture, TextureDescriptor, TextureViewDescriptor};
use bevy::render::renderer::RenderDevice;
use bevy::render::texture::GpuImage;
use geyser_wgpu::ReadFrame;

use crate::context::{Availability, Failures, Report, Shared};
use crate::subscribe::{COPIED, GeyserTransfer, Links};

struct Incoming {
    entity: Entity,
    name: String,
    image: AssetId<Image>,
    transfer: GeyserTransfer,
    frame: SyncCell<ReadFrame>,
}

/// What a subscriber's image is.
enum Current {
    /// The publisher's own texture, and this frame holds it.
    Held(SyncCell<ReadFrame>),
    /// A copy.
    Copied(Texture),
}

/// The frames that the renderer has.
#[derive(Resource, Default)]
pub(crate) struct Shown {
    incoming: Vec<Incoming>,
    current: HashMap<Entity, Current>,
    failures: HashMap<Entity, Failures>,
}

impl Shown {
    /// The device is gone.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Takes the frames that the main world acquired for exactly this frame: the materials that it marked are prepared in it, too.
pub(crate) fn extract(mut shown: ResMut<Shown>, mut main_world: ResMut<MainWorld>) {
    let Some(mut links) = main_world.get_resource_mut::<Links>() else { return };
    let there: HashSet<Entity> = links.of.keys().copied().collect();
    shown.current.retain(|entity, _| there.contains(entity));
    shown.failures.retain(|entity, _| there.contains(entity));
    for (entity, link) in &mut links.of {
        if let Some(frame) = link.pending.take() {
            let config = link.config();
            shown.incoming.push(Incoming {
                entity: *entity,
                name: config.name.clone(),
                image: config.image.id(),
                transfer: config.transfer,
                frame,
            });
        }
    }
}

/// Makes each new frame the texture of its image. The frame before goes back: everything that read it was submitted in the last frame.
pub(crate) fn begin(
    shared: Res<Shared>,
    mut shown: ResMut<Shown>,
    mut gpu_images: ResMut<RenderAssets<GpuImage>>,
    device: Res<RenderDevice>,
    sampler: Option<Res<DefaultImageSampler>>,
) {
    let Availability::Ready { context, .. } = shared.availability() else { return };
    let Shown { incoming, current, failures } = &mut *shown;
    for Incoming { entity, name, image, transfer, frame } in incoming.drain(..) {
        let mut frame = SyncCell::to_inner(frame);
        if let Err(error) = frame.begin() {
            // The frame before stays.
            failures.entry(entity).or_default().say(&shared, "Subscriber", entity, &name, error.to_string());
            continue;
        }
        let number = frame.info().number;
        let size = UVec2::new(frame.texture().width(), frame.texture().height());
        let texture = match transfer {
            GeyserTransfer::ZeroCopy => Texture::from(frame.texture().clone()),
            GeyserTransfer::Copy => {
                let texture = copy_for(current.get(&entity), &frame, &device);
                let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor { label: Some("geyser: show a copy") });
                encoder.copy_texture_to_texture(frame.texture().as_image_copy(), texture.as_image_copy(), texture.size());
                context.submit([encoder.finish()]);
                texture
            }
        };
        show(&mut gpu_images, image, &texture, sampler.as_deref());
        let before = match transfer {
            GeyserTransfer::ZeroCopy => current.insert(entity, Current::Held(SyncCell::new(frame))),
            GeyserTransfer::Copy => {
                let before = current.insert(entity, Current::Copied(texture));
                release(Some(Current::Held(SyncCell::new(frame))), failures.entry(entity).or_default(), &shared, entity, &name);
                before
            }
        };
        release(before, failures.entry(entity).or_default(), &shared, entity, &name);
        shared.report(Report::Frame { entity, number, size });
    }
}

/// The texture that copies of this frame go into: the one before, while size and format stay.
fn copy_for(current: Option<&Current>, frame: &ReadFrame, device: &RenderDevice) -> Texture {
    let original = frame.texture();
    if let Some(Current::Copied(texture)) = current
        && texture.size() == original.size()
        && texture.format() == original.format()
    {
        return texture.clone();
    }
    device.create_texture(&TextureDescriptor {
        label: Some("geyser: copy of a frame"),
        size: original.size(),
        mip_level_count: 1,
        sample_count: 1,
        dimension: original.dimension(),
        format: original.format(),
        usage: COPIED,
        view_formats: &[],
    })
}

/// Puts the texture where Bevy looks for the image's. What the main world's image says of it is the same, so that Bevy keeps it when it prepares the image.
fn show(gpu_images: &mut RenderAssets<GpuImage>, image: AssetId<Image>, texture: &Texture, sampler: Option<&DefaultImageSampler>) {
    let texture_descriptor = TextureDescriptor {
        label: None,
        size: texture.size(),
        mip_level_count: 1,
        sample_count: 1,
        dimension: texture.dimension(),
        format: texture.format(),
        usage: texture.usage(),
        view_formats: &[][..],
    };
    // The first frame may come before Bevy has prepared the image; its own sampler follows in this frame, when it does.
    let Some(sampler) = gpu_images.get(image).map(|before| before.sampler.clone()).or_else(|| sampler.map(|sampler| (**sampler).clone()))
    else {
        return;
    };
    let texture_view = texture.create_view(&TextureViewDescriptor::default());
    gpu_images.insert(
        image,
        GpuImage { texture: texture.clone(), texture_view, sampler, texture_descriptor, texture_view_descriptor: None, had_data: false },
    );
}

fn release(before: Option<Current>, failures: &mut Failures, shared: &Shared, entity: Entity, name: &str) {
    if let Some(Current::Held(frame)) = before
        && let Err(error) = SyncCell::to_inner(frame).release()
    {
        failures.say(shared, "Subscriber", entity, name, error.to_string());
    }
}
