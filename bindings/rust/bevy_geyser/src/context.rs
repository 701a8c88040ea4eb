//! What the main world and the render world share: the library's context of the device, and the reports for the main world.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bevy::prelude::*;
use bevy::render::render_resource::TextureView;
use geyser_wgpu::{Context, DeviceSetup};

use crate::message::{GeyserMessage, GeyserMessageKind};

/// Locks even if a thread died with the lock: everything behind it is valid at each step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The device of the renderer, as far as the plugin can use it.
#[derive(Clone, Default)]
pub(crate) enum Availability {
    /// The renderer has not been asked yet.
    #[default]
    Unknown,
    /// `epoch` rises with each device that the renderer gets (it makes another one when one was lost).
    Ready { context: Context, placeholder: TextureView, epoch: u64 },
    /// It cannot share.
    Unavailable,
}

/// What the render world has to say about one stream.
pub(crate) enum Report {
    Message(GeyserMessage),
    /// A frame was published or is shown.
    Frame {
        entity: Entity,
        number: u64,
        size: UVec2,
    },
}

#[derive(Default)]
struct Inner {
    setup: DeviceSetup,
    availability: Mutex<Availability>,
    reports: Mutex<Vec<Report>>,
}

/// In both worlds; clones are the same.
#[derive(Resource, Clone, Default)]
pub(crate) struct Shared(Arc<Inner>);

impl Shared {
    /// What the renderer's device was made with.
    pub fn setup(&self) -> &DeviceSetup {
        &self.0.setup
    }

    pub fn availability(&self) -> Availability {
        lock(&self.0.availability).clone()
    }

    pub fn set_availability(&self, availability: Availability) {
        *lock(&self.0.availability) = availability;
    }

    pub fn report(&self, report: Report) {
        lock(&self.0.reports).push(report);
    }

    pub fn tell(&self, entity: Option<Entity>, stream: &str, kind: GeyserMessageKind) {
        self.report(Report::Message(GeyserMessage { entity, stream: stream.to_owned(), kind }));
    }

    pub fn take_reports(&self) -> Vec<Report> {
        std::mem::take(&mut *lock(&self.0.reports))
    }
}

/// Says a failure when it is another one than before, so that the log gets it once and not with each frame.
#[derive(Default)]
pub(crate) struct Failures(Option<String>);

impl Failures {
    /// `source` names the component for the log.
    pub fn say(&mut self, shared: &Shared, source: &str, entity: Entity, stream: &str, reason: String) {
        if self.0.as_deref() == Some(reason.as_str()) {
            return;
        }
        error!("{source} of stream '{stream}': {reason}");
        shared.tell(Some(entity), stream, GeyserMessageKind::Failed { reason: reason.clone() });
        self.0 = Some(reason);
    }

    /// It works again: the next failure is news.
    pub fn over(&mut self) {
        self.0 = None;
    }
}
