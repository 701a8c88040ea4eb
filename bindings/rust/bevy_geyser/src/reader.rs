//! The thread that reads a stream. Connecting waits for a publisher, and a frame of another device is copied under the lock of the queue, which the renderer holds
//! while it draws: Bevy's own threads must wait for neither.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use geyser_wgpu::geyser::{ErrorKind, Pacing, SubscriberOptions, SubscriberState};
use geyser_wgpu::{Context, ReadFrame, Subscriber};

use crate::context::lock;

/// How long one attempt to connect takes at most, and how long the thread waits between two.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(200);
const RETRY: Duration = Duration::from_millis(300);

/// How long one wait for a frame takes: an end is noticed within it.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(50);

/// How often an ending thread is looked at.
const GLANCE: Duration = Duration::from_millis(1);

/// What the thread has to say since it was asked last.
#[derive(Default)]
pub(crate) struct News {
    /// The newest frame, not taken over yet.
    pub frame: Option<ReadFrame>,
    /// There is a publisher.
    pub attached: bool,
    /// Why frames come through host memory.
    pub why_not_zero_copy: Option<String>,
    /// What went wrong, in the library's words.
    pub failure: Option<String>,
}

#[derive(Default)]
struct Slot {
    news: Mutex<News>,
    taken: Condvar,
    stop: AtomicBool,
}

/// Reads one stream, from when it appears to when it is stopped.
pub(crate) struct Reader {
    slot: Arc<Slot>,
    thread: JoinHandle<()>,
}

impl Reader {
    pub fn start(context: &Context, name: &str, directory: Option<PathBuf>) -> std::io::Result<Self> {
        let slot = Arc::new(Slot::default());
        let (context, name, theirs) = (context.clone(), name.to_owned(), Arc::clone(&slot));
        let thread = std::thread::Builder::new().name("geyser reader".into()).spawn(move || run(&context, &name, directory, &theirs))?;
        Ok(Self { slot, thread })
    }

    /// Never waits.
    pub fn news(&self) -> News {
        let mut news = lock(&self.slot.news);
        let taken = News {
            attached: news.attached,
            why_not_zero_copy: news.why_not_zero_copy.clone(),
            frame: news.frame.take(),
            failure: news.failure.take(),
        };
        drop(news);
        self.slot.taken.notify_one();
        taken
    }

    /// The thread ends by itself, soon; nobody waits for it.
    pub fn stop(&self) {
        self.slot.stop.store(true, Ordering::Release);
        self.slot.taken.notify_one();
    }

    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Stops all and waits for them, for as long as that at most.
    pub fn join_all(readers: Vec<Self>, timeout: Duration) {
        for reader in &readers {
            reader.stop();
        }
        let deadline = Instant::now() + timeout;
        while readers.iter().any(|reader| !reader.is_finished()) && Instant::now() < deadline {
            std::thread::sleep(GLANCE);
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(context: &Context, name: &str, directory: Option<PathBuf>, slot: &Slot) {
    let stopped = || slot.stop.load(Ordering::Acquire);
    let options = SubscriberOptions {
        // One that is shown, one on its way to the renderer, one in the slot, one being acquired.
        max_held: 4,
        connect_timeout: CONNECT_TIMEOUT,
        spin: Duration::ZERO,
        directory: directory.as_deref(),
        ..Default::default()
    };
    while !stopped() {
        match context.subscriber(name, &options) {
            Ok(subscriber) => return read(subscriber, slot),
            // That nobody publishes yet is no failure; GeyserState::Waiting says it.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => lock(&slot.news).failure = Some(error.to_string()),
        }
        let news = lock(&slot.news);
        // Woken early or not, the next attempt may come.
        drop(slot.taken.wait_timeout_while(news, RETRY, |_| !stopped()));
    }
}

fn read(mut subscriber: Subscriber, slot: &Slot) {
    let stopped = || slot.stop.load(Ordering::Acquire);
    while !stopped() {
        let every = !subscriber.stream().stream().is_ok_and(|stream| stream.pacing == Pacing::Latest);
        if every {
            // Each frame is shown: the next one is taken when this one is on its way.
            let news = lock(&slot.news);
            drop(slot.taken.wait_timeout_while(news, ACQUIRE_TIMEOUT, |news| news.frame.is_some() && !stopped()));
            if lock(&slot.news).frame.is_some() {
                continue;
            }
        }
        let acquired = subscriber.acquire_deferred(ACQUIRE_TIMEOUT);
        let attached = subscriber.info().is_ok_and(|info| info.state == SubscriberState::Attached);
        let why = acquired.is_ok().then(|| subscriber.stream().why_not_zero_copy().ok().filter(|reason| !reason.is_empty()));
        let mut news = lock(&slot.news);
        news.attached = attached;
        let before = match acquired {
            Ok(frame) => {
                news.why_not_zero_copy = why.flatten();
                news.frame.replace(frame)
            }
            Err(error) => {
                match error.kind() {
                    // Nothing new, or the publisher is away.
                    ErrorKind::TimedOut | ErrorKind::PeerGone => {}
                    // The renderer has not given its frames back yet.
                    ErrorKind::LimitExceeded => {
                        drop(slot.taken.wait_timeout(news, GLANCE));
                        continue;
                    }
                    _ => {
                        news.failure = Some(error.to_string());
                        drop(slot.taken.wait_timeout_while(news, RETRY, |_| !stopped()));
                        continue;
                    }
                }
                None
            }
        };
        drop(news);
        drop(before); // an older frame that nobody took
    }
}
