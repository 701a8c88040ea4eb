//! What the plugin tells the program: messages, and the state of each stream as a component.

use bevy::prelude::*;

/// Something happened to a stream. Written once for each change, not for each frame; the log has the same sentences.
///
/// Read it with a `MessageReader<GeyserMessage>`. Messages of the render world arrive in `PreUpdate` of the frame after.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct GeyserMessage {
    /// The entity that has the publisher or subscriber; `None` when it concerns the whole plugin.
    pub entity: Option<Entity>,
    /// The stream's name; empty when it concerns the whole plugin.
    pub stream: String,
    /// What happened.
    pub kind: GeyserMessageKind,
}

/// What a [`GeyserMessage`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeyserMessageKind {
    /// Publisher: the stream is announced. Subscriber: its first frame since it was (re)connected is there.
    Connected {
        /// Texels.
        size: UVec2,
        /// Subscriber: why frames come through host memory, in the library's words; `None` when they are the publisher's own textures.
        why_not_zero_copy: Option<String>,
    },
    /// Subscriber: the publisher ended or died. The last frame stays, and the subscriber connects again when a publisher of that name starts.
    Disconnected,
    /// The stream has another size now.
    Resized {
        /// Texels.
        size: UVec2,
    },
    /// It did not work, in the library's words; what is shown meanwhile is said at [`GeyserPublisher`](crate::GeyserPublisher) and
    /// [`GeyserSubscriber`](crate::GeyserSubscriber). It is tried again, and the same sentence is not repeated.
    Failed {
        /// One sentence: what was given, what is allowed and what to do.
        reason: String,
    },
    /// The plugin does nothing, because the renderer's device cannot share textures; the program goes on.
    Unavailable {
        /// One sentence: what is missing and how to get it.
        reason: String,
    },
}

/// Where the stream of a [`GeyserPublisher`](crate::GeyserPublisher), [`GeyserImagePublisher`](crate::GeyserImagePublisher) or
/// [`GeyserSubscriber`](crate::GeyserSubscriber) stands. Added to its entity by itself, and written in `PreUpdate`; to be read only.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub struct GeyserStatus {
    /// Connected, or why not.
    pub state: GeyserState,
    /// Texels of the newest frame; zero before the first.
    pub size: UVec2,
    /// Frames published, or shown by the renderer, since the component was added.
    pub frames: u64,
    /// Number of the newest frame, as its publisher counts: from 1 with each start of a publisher.
    pub frame_number: u64,
    /// What failed last, in the library's words; `None` once it works again.
    pub failure: Option<String>,
}

/// Whether a stream runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GeyserState {
    /// Publisher: not announced yet. Subscriber: no such stream was found yet, or it has no frame.
    #[default]
    Waiting,
    /// Frames go.
    Connected,
    /// Subscriber: it was connected, and its publisher is away.
    Disconnected,
    /// The plugin is not active; see [`GeyserMessageKind::Unavailable`].
    Unavailable,
}
