//! Subscribing: the component, and what the main world does for it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use bevy::asset::RenderAssetUsages;
use bevy::image::ImageSampler;
use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDescriptor, TextureDimension, TextureFormat, TextureSampleType, TextureUsages};
use bevy::render::settings::WgpuFeatures;
use geyser_wgpu::ReadFrame;
use geyser_wgpu::wgpu::Texture;

use crate::context::{Availability, Failures, Shared};
use crate::message::{GeyserMessageKind, GeyserState, GeyserStatus};
use crate::reader::{News, Reader};

/// How long the end of the app waits for the readers' threads.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// The usages of textures that frames are copied into.
pub(crate) const COPIED: TextureUsages = TextureUsages::TEXTURE_BINDING.union(TextureUsages::COPY_DST).union(TextureUsages::COPY_SRC);

/// Shows a stream as an [`Image`]: whatever samples the image (a sprite, a material) reads the publisher's own texture of the newest frame; nothing is copied.
///
/// The image belongs to the plugin while this component is there: its size and format become the stream's, and follow when they change. One subscriber
/// for an image. What stood in the image before is shown until the first frame comes ([`GeyserSubscriber::placeholder`] makes such an image of one colour).
/// When the publisher ends, dies, or a frame fails, the last frame stays; the reason is in the log and in a
/// [`GeyserMessage`](crate::GeyserMessage) once. When a publisher of that name starts again, the plugin follows. When the component is removed,
/// the image is one transparent texel again.
///
/// Bevy's own materials and sprites follow by themselves; a material of your own needs [`GeyserMaterial`](crate::GeyserMaterial).
#[derive(Component, Clone, Debug, PartialEq)]
#[require(GeyserStatus)]
pub struct GeyserSubscriber {
    /// The stream's name.
    pub name: String,
    /// Where it is shown.
    pub image: Handle<Image>,
    /// Whether the image is the publisher's texture or a copy of it.
    pub transfer: GeyserTransfer,
    /// Where the stream is announced; `None`: the user's own folder.
    pub directory: Option<PathBuf>,
}

/// How a subscribed frame gets into the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GeyserTransfer {
    /// The image *is* the publisher's texture, which is held until a newer frame is shown. Nothing is copied. A publisher that paces by `Lockstep` waits for
    /// frames to be given back before it draws the next one, so it stands still with this: use `Copy` for it.
    #[default]
    ZeroCopy,
    /// The GPU copies each new frame into a texture of Bevy's and gives the frame back at once: for bind groups that the plugin does not know, and
    /// for publishers that pace by `Lockstep`.
    Copy,
}

impl GeyserSubscriber {
    /// Shows the stream of that name in `image`.
    #[must_use]
    pub fn new(name: impl Into<String>, image: Handle<Image>) -> Self {
        Self { name: name.into(), image, transfer: GeyserTransfer::ZeroCopy, directory: None }
    }

    /// An image of one texel, to be shown until the first frame comes.
    #[must_use]
    pub fn placeholder(color: Color) -> Image {
        use bevy::color::ColorToPacked;
        Image::new(
            Extent3d::default(),
            TextureDimension::D2,
            color.to_srgba().to_u8_array().to_vec(),
            TextureFormat::Rgba8UnormSrgb,
            RenderAssetUsages::all(),
        )
    }
}

/// One subscriber component at work.
pub(crate) struct Link {
    config: GeyserSubscriber,
    epoch: u64,
    reader: Reader,
    /// Acquired for this frame, for the render world to take at extraction.
    pub pending: Option<SyncCell<ReadFrame>>,
    failures: Failures,
    /// Of the newest frame, with its format.
    shown: Option<(UVec2, TextureFormat)>,
    attached: bool,
}

impl Link {
    pub fn config(&self) -> &GeyserSubscriber {
        &self.config
    }
}

/// All subscriber components at work.
#[derive(Resource, Default)]
pub(crate) struct Links {
    pub of: HashMap<Entity, Link>,
    /// Threads of readers that were told to end.
    ending: Vec<Reader>,
}

impl Drop for Links {
    fn drop(&mut self) {
        // The app is over: its threads let go of the device before the process tears the driver down. Each ends within its time-outs.
        let mut readers = std::mem::take(&mut self.ending);
        readers.extend(self.of.drain().map(|(_, link)| link.reader));
        Reader::join_all(readers, LEAVE_TIMEOUT);
    }
}

/// Images that got another texture in this frame.
#[derive(Resource, Default)]
pub(crate) struct Changed(pub Vec<AssetId<Image>>);

/// Starts and ends readers as components come, change and go.
pub(crate) fn connect(shared: Res<Shared>, mut links: ResMut<Links>, subscribers: Query<(Entity, &GeyserSubscriber)>) {
    let Availability::Ready { context, epoch, .. } = shared.availability() else { return };
    let Links { of, ending } = &mut *links;
    ending.retain(|reader| !reader.is_finished());
    for (entity, config) in &subscribers {
        let mut attached = false;
        if let Some(link) = of.get_mut(&entity) {
            if link.config.image != config.image {
                continue; // release_images() empties the image that it had; then it starts anew
            }
            if link.epoch == epoch && link.config.name == config.name && link.config.directory == config.directory {
                if link.config != *config {
                    // The next frame comes in another way.
                    link.config = config.clone();
                    link.shown = None;
                }
                continue;
            }
            attached = link.attached;
        }
        if let Some(Link { reader, .. }) = of.remove(&entity) {
            reader.stop();
            ending.push(reader);
        }
        if attached {
            shared.tell(Some(entity), &config.name, GeyserMessageKind::Disconnected);
        }
        match Reader::start(&context, &config.name, config.directory.clone()) {
            Ok(reader) => {
                let (failures, config) = (Failures::default(), config.clone());
                of.insert(entity, Link { config, epoch, reader, pending: None, failures, shown: None, attached: false });
            }
            // It is tried again in the next frame.
            Err(error) => warn_once!("No thread could be started for the stream '{}': {error}.", config.name),
        }
    }
}

/// Makes the image a texel again when its subscriber is gone, so that nothing samples a texture that went back to its publisher.
pub(crate) fn release_images(
    mut links: ResMut<Links>,
    mut changed: ResMut<Changed>,
    mut images: ResMut<Assets<Image>>,
    subscribers: Query<&GeyserSubscriber>,
) {
    changed.0.clear();
    let Links { of, ending } = &mut *links;
    for (_, link) in of.extract_if(|entity, link| !subscribers.get(*entity).is_ok_and(|now| now.image == link.config.image)) {
        if link.shown.is_some() {
            if let Some(mut image) = images.get_mut(&link.config.image) {
                *image = GeyserSubscriber::placeholder(Color::NONE);
            }
            changed.0.push(link.config.image.id());
        }
        // A frame that is pending was not taken over yet: nothing is submitted for it.
        link.reader.stop();
        ending.push(link.reader);
    }
    ending.retain(|reader| !reader.is_finished());
}

/// Takes the newest frame of each stream and says so to everything that samples its image. Before Bevy collects the changes of assets.
pub(crate) fn acquire(
    shared: Res<Shared>,
    mut links: ResMut<Links>,
    mut changed: ResMut<Changed>,
    mut images: ResMut<Assets<Image>>,
    mut statuses: Query<&mut GeyserStatus>,
) {
    let Availability::Ready { context, .. } = shared.availability() else { return };
    let features = context.device().features();
    for (entity, link) in &mut links.of {
        let name = link.config.name.as_str();
        let News { frame, attached, why_not_zero_copy, failure } = link.reader.news();
        if let Some(reason) = failure {
            link.failures.say(&shared, "Subscriber", *entity, name, reason);
        }
        if let Some(frame) = frame {
            let texture = frame.texture();
            let (size, format) = (UVec2::new(texture.width(), texture.height()), texture.format());
            let usage = match link.config.transfer {
                GeyserTransfer::ZeroCopy => texture.usage(),
                GeyserTransfer::Copy => COPIED,
            };
            if let Err(reason) = check(texture, link.config.transfer, features) {
                link.failures.say(&shared, "Subscriber", *entity, name, reason);
                continue;
            }
            if !link.attached {
                link.attached = true;
                info!("Stream '{name}' is connected: {}x{}", size.x, size.y);
                shared.tell(Some(*entity), name, GeyserMessageKind::Connected { size, why_not_zero_copy });
            } else if link.shown.is_some_and(|(before, _)| before != size) {
                shared.tell(Some(*entity), name, GeyserMessageKind::Resized { size });
            }
            let news = link.shown != Some((size, format));
            // In a copy the texture stays the same one until size or format change.
            if news || link.config.transfer == GeyserTransfer::ZeroCopy {
                describe(&mut images, &link.config.image, size, format, usage);
                changed.0.push(link.config.image.id());
            }
            link.shown = Some((size, format));
            link.failures.over();
            link.pending = Some(SyncCell::new(frame));
        } else if link.attached && !attached {
            link.attached = false;
            warn!("The publisher of stream '{name}' is gone; its last frame stays.");
            shared.tell(Some(*entity), name, GeyserMessageKind::Disconnected);
            if let Ok(mut status) = statuses.get_mut(*entity) {
                status.state = GeyserState::Disconnected;
            }
        }
    }
}

/// Whether Bevy's materials can sample such a texture. What they cannot would end the app: Bevy quits over a bind group that wgpu refuses.
fn check(texture: &Texture, transfer: GeyserTransfer, features: WgpuFeatures) -> Result<(), String> {
    let needed = match transfer {
        GeyserTransfer::ZeroCopy => TextureUsages::TEXTURE_BINDING,
        GeyserTransfer::Copy => TextureUsages::COPY_SRC,
    };
    if !texture.usage().contains(needed) {
        return Err(format!(
            "The stream's textures have the usages {:?}; to be shown they need {needed:?}: let its publisher add that.",
            texture.usage()
        ));
    }
    if texture.dimension() != TextureDimension::D2 || texture.depth_or_array_layers() != 1 {
        return Err(format!(
            "The stream's textures are {:?} with {} layers; an image can be 2D with one: let its publisher publish that.",
            texture.dimension(),
            texture.depth_or_array_layers()
        ));
    }
    if texture.format().sample_type(None, Some(features)) != Some(TextureSampleType::Float { filterable: true }) {
        return Err(format!(
            "The stream's format {:?} is not one that materials sample as colours with a filter on this device; let its publisher publish another, such as \
             rgba8_srgb.",
            texture.format()
        ));
    }
    Ok(())
}

/// Makes the main world's image say what the stream's texture is; its texels stay on the GPU.
fn describe(images: &mut Assets<Image>, handle: &Handle<Image>, size: UVec2, format: TextureFormat, usage: TextureUsages) {
    let descriptor = TextureDescriptor {
        label: None,
        size: Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: TextureDimension::D2,
        format,
        usage,
        view_formats: &[][..],
    };
    let sampler = images.get(handle).map_or(ImageSampler::Default, |image| image.sampler.clone());
    let image = Image {
        data: None,
        texture_descriptor: descriptor,
        sampler,
        texture_view_descriptor: None,
        asset_usage: RenderAssetUsages::all(),
        copy_on_resize: false,
        ..default()
    };
    if images.insert(handle.id(), image).is_err() {
        // The handle's asset was removed for good; release_images() will see the component go, or it stays without an effect.
        debug!("The image of a subscriber is gone.");
    }
}
