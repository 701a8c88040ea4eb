//! Where textures of Geyser wait to be freed when wgpu has let them go.

use std::sync::{Mutex, PoisonError};
use std::thread;

use geyser::TextureHold;

/// Holds that wgpu let go, until a call of this crate frees them.
///
/// wgpu lets go inside its own locks, in any thread, and freeing a texture may take the lock of Geyser's queue, or free the wgpu device itself: whoever
/// holds the one lock and waits for the other would wait for ever. So nothing is freed in wgpu's callback.
#[derive(Debug, Default)]
pub(crate) struct Graveyard {
    buried: Mutex<Buried>,
}

#[derive(Debug, Default)]
struct Buried {
    holds: Vec<TextureHold>,
    closed: bool,
}

impl Graveyard {
    pub(crate) fn bury(&self, hold: TextureHold) {
        let mut buried = self.buried.lock().unwrap_or_else(PoisonError::into_inner);
        if !buried.closed {
            buried.holds.push(hold);
            return;
        }
        drop(buried);
        // The context is gone, and no call of it will come; without a thread the hold is dropped here, which is what is left.
        let _ = thread::Builder::new().name("geyser-wgpu".into()).spawn(move || drop(hold));
    }

    pub(crate) fn clear(&self) {
        let holds = std::mem::take(&mut self.buried.lock().unwrap_or_else(PoisonError::into_inner).holds);
        drop(holds);
    }

    pub(crate) fn close(&self) {
        let mut buried = self.buried.lock().unwrap_or_else(PoisonError::into_inner);
        buried.closed = true;
        let holds = std::mem::take(&mut buried.holds);
        drop(buried);
        drop(holds);
    }
}
