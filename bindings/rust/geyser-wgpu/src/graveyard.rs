//! Where textures of Geyser wait to be freed when wgpu has let them go.

use std::sync::{Mutex, PoisonError};

use geyser::TextureHold;

/// Holds that wgpu let go, until a call of this crate frees them.
///
/// wgpu lets go inside its own locks, in any thread, and freeing a texture may take the lock of Geyser's queue: whoever holds that lock and waits for
/// wgpu's would wait for ever. So nothing is freed in wgpu's callback while the context lives. When it is gone nobody holds its lock, and no call will
/// come: then the callback frees. (Not a thread of its own, which could meet the end of the process.)
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
        drop(hold); // wgpu's device lives: its texture, which is just being freed, keeps it
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
