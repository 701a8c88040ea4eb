//! Publishing: the components, and what the main world does for them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use bevy::camera::{ManualTextureViewHandle, RenderTarget};
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;
use bevy::render::texture::{ManualTextureView, ManualTextureViews};
use bevy::render::view::texture_format_to_code;
use bevy::window::PrimaryWindow;
use geyser_wgpu::geyser::Pacing;

use crate::context::{Availability, Failures, Shared};
use crate::message::GeyserStatus;

/// On a camera: what it draws goes out as a stream. The camera draws into the stream's own textures; nothing is copied.
///
/// The plugin owns the camera's `RenderTarget` while this component is there, and puts the old one back when it is removed. Several cameras may draw
/// into one stream: give the others the same `RenderTarget` once it is a `RenderTarget::TextureView`.
///
/// A frame that cannot be had (the library refuses, or readers hold every texture) is left out: the camera draws nothing, readers keep
/// the last frame, and the reason is in the log and in a [`GeyserMessage`](crate::GeyserMessage) once. The same holds for a frame in which
/// the camera did not draw all of its target, as while Bevy still compiles its pipelines.
///
/// Changing `size` or `format`, or the window that is followed, is a new generation of the stream: readers follow. Changing anything else is another stream:
/// the old one ends.
#[derive(Component, Clone, Debug, PartialEq)]
#[require(GeyserStatus)]
pub struct GeyserPublisher {
    /// 1 to 128 bytes of UTF-8 without control characters. One live publisher of this user has it.
    pub name: String,
    /// Texels.
    pub size: GeyserSize,
    /// What the camera draws. `Rgba8UnormSrgb` by default.
    pub format: TextureFormat,
    /// Which frames readers get, and whether the publisher waits for them.
    pub options: GeyserStreamOptions,
}

/// How a stream is published, beyond its name and its texture.
#[derive(Clone, Debug, PartialEq)]
pub struct GeyserStreamOptions {
    /// Which frames readers get. `Latest` (the default) never waits for a reader.
    pub pacing: Pacing,
    /// Textures in turn, 2 to 16; 3 by default.
    pub ring: u32,
    /// How long the renderer waits for a free texture. Zero by default: with `Queue` and `Lockstep` a frame that readers hold up is left out.
    pub wait: Duration,
    /// Where the stream is announced; `None`: the user's own folder.
    pub directory: Option<PathBuf>,
}

impl Default for GeyserStreamOptions {
    fn default() -> Self {
        Self { pacing: Pacing::Latest, ring: 3, wait: Duration::ZERO, directory: None }
    }
}

/// The size of a published camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeyserSize {
    /// Texels; each at least 1.
    Fixed(UVec2),
    /// The physical size of the primary window, as it changes. While it has none (minimised, or closed) the last size stays.
    PrimaryWindow,
    /// The same with another window.
    Window(Entity),
}

impl GeyserPublisher {
    /// A stream of `size` texels, in `Rgba8UnormSrgb`.
    #[must_use]
    pub fn new(name: impl Into<String>, size: UVec2) -> Self {
        Self {
            name: name.into(),
            size: GeyserSize::Fixed(size),
            format: TextureFormat::Rgba8UnormSrgb,
            options: GeyserStreamOptions::default(),
        }
    }

    /// A stream that is as large as the primary window, in `Rgba8UnormSrgb`.
    #[must_use]
    pub fn like_window(name: impl Into<String>) -> Self {
        Self { size: GeyserSize::PrimaryWindow, ..Self::new(name, UVec2::ONE) }
    }
}

/// Publishes an [`Image`]: after each frame that Bevy renders, its GPU texture is copied into the stream's texture, by the GPU (one copy; Bevy's own texture
/// cannot leave the process). For what a camera draws, [`GeyserPublisher`] needs no copy.
///
/// The image's texture needs `TextureUsages::COPY_SRC`, one level and one layer. The stream has its size and format and follows when they change. While
/// the image is not on the GPU nothing is published.
#[derive(Component, Clone, Debug, PartialEq)]
#[require(GeyserStatus)]
pub struct GeyserImagePublisher {
    /// 1 to 128 bytes of UTF-8 without control characters. One live publisher of this user has it.
    pub name: String,
    /// What is published.
    pub image: Handle<Image>,
    /// Which frames readers get, and whether the publisher waits for them.
    pub options: GeyserStreamOptions,
}

impl GeyserImagePublisher {
    /// A stream of this image.
    #[must_use]
    pub fn new(name: impl Into<String>, image: Handle<Image>) -> Self {
        Self { name: name.into(), image, options: GeyserStreamOptions::default() }
    }
}

/// What the plugin gave a publishing camera.
pub(crate) struct Target {
    pub handle: ManualTextureViewHandle,
    /// What the main world's view was made with.
    pub size: UVec2,
    format: TextureFormat,
    /// The device that the main world's view is of; 0: there is none yet, and the camera draws nowhere.
    epoch: u64,
    /// Bevy cannot draw into the format: the stream stays as it was, without new frames.
    pub refused: bool,
    failures: Failures,
    before: RenderTarget,
}

impl Target {
    pub fn is_placed(&self) -> bool {
        self.epoch != 0
    }
}

/// The targets of all publishing cameras.
#[derive(Resource, Default)]
pub(crate) struct Targets {
    pub of: HashMap<Entity, Target>,
    next: u32,
}

impl Targets {
    /// A handle that nobody else uses: ours begin where a program that counts from zero does not come.
    fn new_handle(&mut self, views: &ManualTextureViews) -> ManualTextureViewHandle {
        loop {
            let handle = ManualTextureViewHandle(0x6765_7900_u32.wrapping_add(self.next));
            self.next = self.next.wrapping_add(1);
            if !views.contains_key(&handle) {
                return handle;
            }
        }
    }
}

fn wanted_size(
    size: GeyserSize,
    windows: &Query<&Window>,
    primary: &Query<Entity, With<PrimaryWindow>>,
    last: Option<UVec2>,
) -> Option<UVec2> {
    let size = match size {
        GeyserSize::Fixed(size) => Some(size.max(UVec2::ONE)),
        GeyserSize::PrimaryWindow => primary.iter().next().and_then(|entity| windows.get(entity).ok()).map(Window::physical_size),
        GeyserSize::Window(entity) => windows.get(entity).ok().map(Window::physical_size),
    };
    size.filter(|size| size.x > 0 && size.y > 0).or(last)
}

/// Points each publishing camera at its target and keeps the target's size. Before Bevy computes the cameras' viewports from it.
pub(crate) fn aim_cameras(
    shared: Res<Shared>,
    mut targets: ResMut<Targets>,
    mut views: ResMut<ManualTextureViews>,
    mut cameras: Query<(Entity, &GeyserPublisher, &mut RenderTarget), With<Camera>>,
    windows: Query<&Window>,
    primary: Query<Entity, With<PrimaryWindow>>,
) {
    let availability = shared.availability();
    for (entity, publisher, mut render_target) in &mut cameras {
        let last = targets.of.get(&entity).map(|target| target.size);
        let size = wanted_size(publisher.size, &windows, &primary, last);
        if last.is_none() {
            let handle = targets.new_handle(&views);
            let before = render_target.clone();
            targets.of.insert(
                entity,
                Target {
                    handle,
                    size: UVec2::ONE,
                    format: publisher.format,
                    epoch: 0,
                    refused: false,
                    failures: Failures::default(),
                    before,
                },
            );
        }
        let Some(target) = targets.of.get_mut(&entity) else { continue };
        // Bevy panics over a target of another format.
        target.refused = texture_format_to_code(publisher.format).is_none();
        if target.refused {
            let reason = format!(
                "Bevy's cameras do not draw into {:?}; choose another format, such as Rgba8UnormSrgb or Rgba16Float.",
                publisher.format
            );
            target.failures.say(&shared, "Publisher", entity, &publisher.name, reason);
        } else {
            target.failures.over();
        }
        match (&availability, size) {
            (Availability::Ready { placeholder, epoch, .. }, Some(size)) if !target.refused => {
                if (size, publisher.format, *epoch) != (target.size, target.format, target.epoch) {
                    // The renderer puts the stream's texture of the frame in its place, in its own copy of these views; here only the size counts.
                    views.insert(
                        target.handle,
                        ManualTextureView { texture_view: placeholder.clone(), size, view_format: publisher.format },
                    );
                    (target.size, target.format, target.epoch) = (size, publisher.format, *epoch);
                }
                if !matches!(*render_target, RenderTarget::TextureView(handle) if handle == target.handle) {
                    *render_target = RenderTarget::TextureView(target.handle);
                }
            }
            // No device, no window yet, or a format that cannot be: it draws nowhere, instead of into a window that nobody meant.
            (_, size) => {
                let size = size.unwrap_or(UVec2::ONE);
                if !matches!(*render_target, RenderTarget::None { size: other } if other == size) {
                    *render_target = RenderTarget::None { size };
                }
            }
        }
    }
}

/// Gives cameras that no longer publish their old target back.
pub(crate) fn release_cameras(
    mut removed: RemovedComponents<GeyserPublisher>,
    still: Query<(), (With<GeyserPublisher>, With<Camera>)>,
    mut targets: ResMut<Targets>,
    mut views: ResMut<ManualTextureViews>,
    mut cameras: Query<&mut RenderTarget>,
) {
    for entity in removed.read() {
        if still.contains(entity) {
            continue;
        }
        if let Some(target) = targets.of.remove(&entity) {
            views.remove(&target.handle);
            if let Ok(mut render_target) = cameras.get_mut(entity) {
                *render_target = target.before;
            }
        }
    }
}
