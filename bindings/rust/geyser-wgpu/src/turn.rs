//! Taking a texture over for wgpu, and giving it away again.

use std::ffi::c_void;

use ash::vk::{self, Handle};
use geyser::vulkan::{ImageUse, SubmitArrays, record_acquire, record_release};
use geyser::{Access, Error, ErrorKind, Layout, Result, SyncPoint};
use wgpu::hal::api::Vulkan;
use wgpu::{CommandBuffer, CommandEncoderDescriptor, TextureTransition};

use crate::Context;
use crate::context::QueueSharing;
use crate::wrap::Wrapped;

type Semaphores = Vec<(vk::Semaphore, Option<u64>)>;

/// What a submit waits for and signals.
#[derive(Debug, Default)]
struct Points {
    waits: Semaphores,
    signals: Semaphores,
    /// Keeps the semaphores until wgpu's queue is done with them; Geyser looks after its own queue only.
    kept: Vec<SyncPoint>,
}

/// A texture that wgpu may use now.
#[derive(Debug)]
pub(crate) struct Turn {
    signals: Semaphores,
    kept: Vec<SyncPoint>,
    layout: Layout,
}

/// How far a frame is: taken over already, or to be taken over by the submit that gives it away, which leaves it in that layout.
#[derive(Debug)]
pub(crate) enum Turning {
    Begun(Turn),
    Deferred(Layout),
}

/// Semaphores and values as the library gives them: timelines have values above 0.
fn pairs(semaphores: &[u64], values: &[u64]) -> Semaphores {
    let handle = |(&semaphore, &value): (&u64, &u64)| (vk::Semaphore::from_raw(semaphore), (value != 0).then_some(value));
    semaphores.iter().zip(values).map(handle).collect()
}

/// What the access waits for and promises to signal: from here on the signal must come.
fn points(access: &Access<'_>, keep: bool) -> Result<Points> {
    let mut kept = Vec::new();
    if keep {
        kept = access.wait_points()?;
        kept.extend(access.signal_point()?);
    }
    let mut arrays = SubmitArrays::new()?;
    let info = arrays.fill(&[access], vk::PipelineStageFlags::ALL_COMMANDS.as_raw())?;
    let waits = pairs(info.wait_semaphores, info.wait_values);
    let signals = pairs(info.signal_semaphores, info.signal_values);
    Ok(Points { waits, signals, kept })
}

/// Stages and access are all of them, since the next or the last use is the program's.
fn image_use(wrapped: &Wrapped) -> ImageUse {
    ImageUse { layout: wrapped.rest.layout.as_raw() as u32, ..ImageUse::default() }
}

impl Context {
    fn record(&self, label: &str, record: impl FnOnce(*mut c_void) -> Result<()>) -> Result<CommandBuffer> {
        let mut encoder = self.device().create_command_encoder(&CommandEncoderDescriptor { label: Some(label) });
        // SAFETY: only barriers are recorded; the encoder is used for nothing else, and wgpu ends it.
        let recorded = unsafe { encoder.as_hal_mut::<Vulkan, _, _>(|hal| hal.map(|hal| record(hal.raw_handle().as_raw() as *mut c_void))) };
        recorded.unwrap_or_else(|| {
            Err(Error::new(ErrorKind::DeviceLost, "wgpu gives no Vulkan command encoder; the device is lost or out of memory."))
        })?;
        Ok(encoder.finish())
    }

    fn record_acquire(&self, access: &Access<'_>, wrapped: &Wrapped) -> Result<CommandBuffer> {
        let image_use = image_use(wrapped);
        // SAFETY: the buffer is of this device, recording, outside a render pass, and nobody else's.
        self.record("geyser acquire", |commands| unsafe { record_acquire(access, commands, &image_use) })
    }

    /// The texture back into its rest state, as far as wgpu knows, and then out of wgpu's hands. Two buffers: raw commands want an encoder of their own.
    fn record_release(&self, access: &Access<'_>, wrapped: &Wrapped, layout: Layout) -> Result<[CommandBuffer; 2]> {
        let mut encoder = self.device().create_command_encoder(&CommandEncoderDescriptor { label: Some("geyser rest") });
        let rest = TextureTransition { texture: &wrapped.texture, selector: None, state: wrapped.rest.uses };
        encoder.transition_resources(std::iter::empty(), std::iter::once(rest));
        let image_use = image_use(wrapped);
        let release = self.record("geyser release", |commands| {
            // SAFETY: as in record_acquire().
            unsafe { record_release(access, commands, &image_use, layout) }
        })?;
        Ok([encoder.finish(), release])
    }

    /// One submit that waits and signals. When wgpu refuses it, nothing waits and nothing is signalled.
    fn submit_with(&self, commands: impl IntoIterator<Item = CommandBuffer>, waits: &Semaphores, signals: &Semaphores) -> Result<()> {
        let _guard = self.lock_queue();
        // SAFETY: semaphores are staged for the next submit, which is the one below: the lock is held.
        let hal = unsafe { self.queue().as_hal::<Vulkan>() }.ok_or_else(|| crate::device::not_vulkan(self.adapter()))?;
        for &(semaphore, value) in waits {
            hal.add_wait_semaphore(semaphore, value, vk::PipelineStageFlags::ALL_COMMANDS);
        }
        for &(semaphore, value) in signals {
            hal.add_signal_semaphore(semaphore, value);
        }
        let done = self.scoped(|_| self.queue().submit(commands));
        if done.is_err() {
            for &(semaphore, _) in waits {
                hal.remove_wait_semaphore(semaphore);
            }
            for &(semaphore, _) in signals {
                hal.remove_signal_semaphore(semaphore);
            }
        }
        done.map(|_| ())
    }

    fn keeps_points(&self) -> bool {
        self.queue_sharing() == QueueSharing::OwnQueue
    }

    fn keep_until_done(&self, kept: Vec<SyncPoint>) {
        if !kept.is_empty() {
            self.queue().on_submitted_work_done(move || drop(kept));
        }
    }

    /// Takes the texture over by a submit of its own: whatever wgpu submits from now on finds the texture at rest.
    pub(crate) fn begin_turn(&self, access: &Access<'_>, wrapped: &Wrapped, layout: Layout) -> Result<Turn> {
        self.graveyard().clear();
        let acquire = self.scoped(|_| self.record_acquire(access, wrapped))??;
        let Points { waits, signals, kept } = points(access, self.keeps_points())?;
        self.submit_with([acquire], &waits, &[].into())?;
        Ok(Turn { signals, kept, layout })
    }

    /// Gives the texture away, behind everything that was submitted to wgpu's queue so far and `commands`, which go in the same submit. Without a
    /// turn the texture is taken over in that submit too.
    ///
    /// When wgpu refuses the commands, the texture is given away without them, so that nobody waits in vain, and the refusal is what comes back.
    pub(crate) fn end_turn(
        &self,
        access: &Access<'_>,
        wrapped: &Wrapped,
        turn: Turning,
        commands: impl IntoIterator<Item = CommandBuffer>,
    ) -> Result<()> {
        self.graveyard().clear();
        let layout = match &turn {
            Turning::Begun(turn) => turn.layout,
            Turning::Deferred(layout) => *layout,
        };
        let acquire = |deferred: bool| if deferred { self.scoped(|_| self.record_acquire(access, wrapped))?.map(Some) } else { Ok(None) };
        let deferred = matches!(turn, Turning::Deferred(_));
        let first = acquire(deferred)?;
        let release = self.scoped(|_| self.record_release(access, wrapped, layout))??;
        let Points { waits, signals, kept } = match turn {
            Turning::Begun(Turn { signals, kept, .. }) => Points { waits: Vec::new(), signals, kept },
            Turning::Deferred(_) => points(access, self.keeps_points())?,
        };
        let done = self.submit_with(first.into_iter().chain(commands).chain(release), &waits, &signals);
        if done.is_err() {
            let first = acquire(deferred)?;
            let release = self.scoped(|_| self.record_release(access, wrapped, layout))??;
            self.submit_with(first.into_iter().chain(release), &waits, &signals)?;
        }
        self.keep_until_done(kept);
        done
    }
}
