//! Publishing: what the render world does. A frame is begun before Bevy renders and published after everything that draws it was submitted.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use bevy::camera::{ManualTextureViewHandle, NormalizedRenderTarget};
use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use bevy::render::Extract;
use bevy::render::camera::ExtractedCamera;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{
    CommandEncoderDescriptor, PipelineCache, PipelineDescriptor, Texture, TextureFormat, TextureUsages, TextureViewDescriptor,
};
use bevy::render::renderer::RenderDevice;
use bevy::render::texture::{GpuImage, ManualTextureView, ManualTextureViews};
use bevy::render::view::ViewTarget;
use geyser_wgpu::geyser::{Error, FrameMetadata, PublisherOptions, TextureDescriptor};
use geyser_wgpu::{Context, Publisher, WriteFrame, from_wgpu_format, from_wgpu_usages};

use crate::context::{Availability, Failures, Report, Shared};
use crate::message::GeyserMessageKind;
use crate::publish::{GeyserImagePublisher, GeyserPublisher, GeyserStreamOptions, Targets};

/// How long the plugin waits before it tries to announce a stream again that could not be.
const RETRY: Duration = Duration::from_millis(500);

/// The label of Bevy's pipeline that writes a camera's picture into its target.
const BLIT_PIPELINE: &str = "blit pipeline";

/// One stream of ours.
struct Stream {
    name: String,
    options: GeyserStreamOptions,
    size: UVec2,
    format: TextureFormat,
    publisher: Option<Publisher>,
    not_before: Instant,
    failures: Failures,
}

impl Stream {
    fn new(name: String, options: GeyserStreamOptions) -> Self {
        let (size, format) = (UVec2::ZERO, TextureFormat::Rgba8UnormSrgb);
        Self { name, options, size, format, publisher: None, not_before: Instant::now(), failures: Failures::default() }
    }

    fn descriptor(size: UVec2, format: TextureFormat) -> Result<TextureDescriptor, Error> {
        let usage = TextureUsages::RENDER_ATTACHMENT | TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_SRC | TextureUsages::COPY_DST;
        Ok(TextureDescriptor::new(size.x, size.y, from_wgpu_format(format)?).with_usage(from_wgpu_usages(usage)?))
    }

    /// Announces the stream, or changes its size and format; then a texture that nobody reads.
    fn begin(&mut self, shared: &Shared, context: &Context, entity: Entity, size: UVec2, format: TextureFormat) -> Option<WriteFrame> {
        if Instant::now() < self.not_before {
            return None;
        }
        match self.try_begin(shared, context, entity, size, format) {
            Ok(frame) => {
                self.failures.over();
                Some(frame)
            }
            Err(error) => {
                if self.publisher.is_none() {
                    self.not_before = Instant::now() + RETRY;
                }
                self.failures.say(shared, "Publisher", entity, &self.name, error.to_string());
                None
            }
        }
    }

    fn try_begin(
        &mut self,
        shared: &Shared,
        context: &Context,
        entity: Entity,
        size: UVec2,
        format: TextureFormat,
    ) -> Result<WriteFrame, Error> {
        let publisher = match &mut self.publisher {
            Some(publisher) => {
                if (size, format) != (self.size, self.format) {
                    publisher.reconfigure(&Self::descriptor(size, format)?)?;
                    (self.size, self.format) = (size, format);
                    shared.tell(Some(entity), &self.name, GeyserMessageKind::Resized { size });
                }
                publisher
            }
            none => {
                let texture = Self::descriptor(size, format)?;
                let publisher = context.publisher(&PublisherOptions {
                    pacing: self.options.pacing,
                    ring: self.options.ring,
                    directory: self.options.directory.as_deref(),
                    ..PublisherOptions::new(&self.name, &texture)
                })?;
                (self.size, self.format) = (size, format);
                info!("Stream '{}' is published: {}x{}", self.name, size.x, size.y);
                shared.tell(Some(entity), &self.name, GeyserMessageKind::Connected { size, why_not_zero_copy: None });
                none.insert(publisher)
            }
        };
        publisher.begin_frame(self.options.wait)
    }

    fn publish(&mut self, shared: &Shared, entity: Entity, frame: WriteFrame) {
        match frame.publish(&FrameMetadata::default()) {
            Ok(number) => shared.report(Report::Frame { entity, number, size: self.size }),
            Err(error) => self.failures.say(shared, "Publisher", entity, &self.name, error.to_string()),
        }
    }
}

/// Keeps the streams of the components that are there, ends the others, and starts anew what is another stream now.
fn keep<'a>(streams: &mut HashMap<Entity, Stream>, wanted: impl Iterator<Item = (Entity, &'a str, &'a GeyserStreamOptions)>) {
    let mut there = HashSet::new();
    for (entity, name, options) in wanted {
        there.insert(entity);
        if streams.get(&entity).is_some_and(|stream| stream.name != name || stream.options != *options) {
            streams.remove(&entity); // its name is free before another one is announced
        }
        streams.entry(entity).or_insert_with(|| Stream::new(name.to_owned(), options.clone()));
    }
    streams.retain(|entity, _| there.contains(entity));
}

struct ExtractedPublisher {
    entity: Entity,
    publisher: GeyserPublisher,
    handle: ManualTextureViewHandle,
    size: UVec2,
    active: bool,
}

/// Publishing cameras in the render world.
#[derive(Resource, Default)]
pub(crate) struct Cameras {
    extracted: Vec<ExtractedPublisher>,
    streams: HashMap<Entity, Stream>,
    open: Vec<(Entity, ManualTextureViewHandle, SyncCell<WriteFrame>)>,
    /// Targets that Bevy wrote in this frame.
    drawn: HashSet<ManualTextureViewHandle>,
}

impl Cameras {
    /// The device is gone.
    pub fn clear(&mut self) {
        self.open.clear();
        self.streams.clear();
    }
}

pub(crate) fn extract_cameras(
    mut cameras: ResMut<Cameras>,
    targets: Extract<Res<Targets>>,
    publishers: Extract<Query<(Entity, &GeyserPublisher, &Camera)>>,
) {
    cameras.extracted.clear();
    for (entity, publisher, camera) in &publishers {
        let Some(target) = targets.of.get(&entity).filter(|target| target.is_placed()) else { continue };
        cameras.extracted.push(ExtractedPublisher {
            entity,
            publisher: publisher.clone(),
            handle: target.handle,
            size: target.size,
            active: camera.is_active && !target.refused,
        });
    }
}

/// Begins a frame for each active publishing camera and puts its texture where Bevy finds the camera's target. Without a frame there is no target, and Bevy
/// leaves the camera out.
pub(crate) fn begin_cameras(shared: Res<Shared>, mut cameras: ResMut<Cameras>, mut views: ResMut<ManualTextureViews>) {
    let Cameras { extracted, streams, open, drawn } = &mut *cameras;
    open.clear();
    drawn.clear();
    keep(streams, extracted.iter().map(|camera| (camera.entity, camera.publisher.name.as_str(), &camera.publisher.options)));
    let Availability::Ready { context, .. } = shared.availability() else { return };
    for ExtractedPublisher { entity, publisher, handle, size, active } in extracted {
        views.remove(handle);
        let Some(stream) = streams.get_mut(entity) else { continue };
        if !*active {
            continue;
        }
        let Some(frame) = stream.begin(&shared, &context, *entity, *size, publisher.format) else { continue };
        let texture_view = Texture::from(frame.texture().clone()).create_view(&TextureViewDescriptor::default());
        views.insert(*handle, ManualTextureView { texture_view, size: *size, view_format: publisher.format });
        open.push((*entity, *handle, SyncCell::new(frame)));
    }
}

/// Notes which targets were written. While the pipeline that writes targets is being compiled, Bevy only clears them: that is no picture.
pub(crate) fn note_drawn(mut cameras: ResMut<Cameras>, views: Query<(&ViewTarget, &ExtractedCamera)>, pipelines: Res<PipelineCache>) {
    let is_blit = |id| {
        matches!(pipelines.pipelines().nth(id).map(|pipeline| &pipeline.descriptor),
            Some(PipelineDescriptor::RenderPipelineDescriptor(descriptor)) if descriptor.label.as_deref() == Some(BLIT_PIPELINE))
    };
    if pipelines.waiting_pipelines().any(is_blit) {
        return;
    }
    for (target, camera) in &views {
        if let Some(NormalizedRenderTarget::TextureView(handle)) = camera.target
            && target.needs_present()
        {
            cameras.drawn.insert(handle);
        }
    }
}

/// Publishes what was drawn. What was not goes back, and readers keep the frame before.
pub(crate) fn end_cameras(shared: Res<Shared>, mut cameras: ResMut<Cameras>) {
    let Cameras { streams, open, drawn, .. } = &mut *cameras;
    for (entity, handle, frame) in open.drain(..) {
        if let Some(stream) = streams.get_mut(&entity)
            && drawn.contains(&handle)
        {
            stream.publish(&shared, entity, SyncCell::to_inner(frame));
        }
    }
}

/// Published images in the render world.
#[derive(Resource, Default)]
pub(crate) struct Images {
    extracted: Vec<(Entity, GeyserImagePublisher)>,
    streams: HashMap<Entity, Stream>,
}

impl Images {
    /// The device is gone.
    pub fn clear(&mut self) {
        self.streams.clear();
    }
}

pub(crate) fn extract_images(mut images: ResMut<Images>, publishers: Extract<Query<(Entity, &GeyserImagePublisher)>>) {
    images.extracted.clear();
    images.extracted.extend(publishers.iter().map(|(entity, publisher)| (entity, publisher.clone())));
}

/// Copies each published image into a frame of its stream and publishes it.
pub(crate) fn publish_images(
    shared: Res<Shared>,
    mut images: ResMut<Images>,
    gpu_images: Res<RenderAssets<GpuImage>>,
    device: Res<RenderDevice>,
) {
    let Images { extracted, streams } = &mut *images;
    keep(streams, extracted.iter().map(|(entity, publisher)| (*entity, publisher.name.as_str(), &publisher.options)));
    let Availability::Ready { context, .. } = shared.availability() else { return };
    for (entity, publisher) in extracted {
        let (Some(stream), Some(image)) = (streams.get_mut(entity), gpu_images.get(&publisher.image)) else { continue };
        let texture = &image.texture;
        let single = texture.mip_level_count() == 1 && texture.depth_or_array_layers() == 1 && texture.sample_count() == 1;
        if !texture.usage().contains(TextureUsages::COPY_SRC) || !single {
            let reason = format!(
                "The image has the usages {:?}, {} levels, {} layers and {} samples; to be published it needs COPY_SRC and one of each.",
                texture.usage(),
                texture.mip_level_count(),
                texture.depth_or_array_layers(),
                texture.sample_count()
            );
            stream.failures.say(&shared, "Publisher", *entity, &stream.name.clone(), reason);
            continue;
        }
        let size = UVec2::new(texture.width(), texture.height());
        let Some(frame) = stream.begin(&shared, &context, *entity, size, texture.format()) else { continue };
        let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor { label: Some("geyser: publish an image") });
        encoder.copy_texture_to_texture(texture.as_image_copy(), frame.texture().as_image_copy(), texture.size());
        context.submit([encoder.finish()]);
        stream.publish(&shared, *entity, frame);
    }
}
