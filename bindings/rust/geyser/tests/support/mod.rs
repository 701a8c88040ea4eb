//! What the tests share.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // each test uses its part, and says what it expects by panicking

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use geyser::{Manager, vulkan};

/// Longer than anything here takes.
pub const LONG: Duration = Duration::from_secs(20);
/// Long enough for what shall not happen.
pub const SHORT: Duration = Duration::from_millis(50);

/// A folder for the streams of one test, which goes with it. Sockets need short paths.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let path = PathBuf::from(format!("/tmp/geyser-rs-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        fs::create_dir_all(path.join("geyser")).unwrap();
        for folder in [path.clone(), path.join("geyser")] {
            fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        }
        Self(path)
    }
    /// What XDG_RUNTIME_DIR is for other processes.
    pub fn runtime(&self) -> &Path {
        &self.0
    }
    /// Where their streams are, and ours.
    pub fn streams(&self) -> PathBuf {
        self.0.join("geyser")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Files, sockets and memory that this process has open.
pub fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Says that something is left out, in passing tests too: what the macros of std print is shown for failing ones only.
pub fn skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("SKIPPED, {why}\n").as_bytes());
}

/// Whether GEYSER_TEST_REQUIRE names it.
pub fn required(name: &str) -> bool {
    env::var("GEYSER_TEST_REQUIRE").unwrap_or_default().split(',').any(|required| required == name)
}

/// lavapipe, or the device that GEYSER_TEST_VULKAN names, with the validation layers where they are; `None`, with a message, where there is no such
/// device and none is required.
pub fn lavapipe() -> Option<vulkan::Device> {
    let wanted = env::var("GEYSER_TEST_VULKAN").unwrap_or_else(|_| "llvmpipe".to_owned());
    for (validation, name) in [(true, "validation"), (false, "lavapipe")] {
        match vulkan::Device::create(&vulkan::DeviceOptions { name: &wanted, validation, ..Default::default() }) {
            Ok(device) => return Some(device),
            Err(error) if required(name) => panic!("{name} is required: {error}"),
            Err(error) => skipped(&format!("{name} is not installed: {error}")),
        }
    }
    None
}

/// A manager to test with. What the validation layers said of its device fails the test when it goes.
#[derive(Debug)]
pub struct Side {
    manager: Manager,
    device: Option<vulkan::Device>,
}

impl std::ops::Deref for Side {
    type Target = Manager;
    fn deref(&self) -> &Manager {
        &self.manager
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        let messages = self.device.as_ref().map_or(0, |device| device.validation_messages().unwrap());
        assert!(messages == 0 || std::thread::panicking(), "the validation layers gave {messages} messages, see the log above");
    }
}

/// A manager on lavapipe, where it is.
pub fn vulkan_side() -> Option<Side> {
    lavapipe().map(|device| Side { manager: device.create_manager().unwrap(), device: Some(device) })
}

/// The host, and lavapipe where it is.
pub fn managers() -> Vec<Side> {
    [Some(Side { manager: Manager::host().unwrap(), device: None }), vulkan_side()].into_iter().flatten().collect()
}

/// What another thread does soon.
pub fn wait_until(mut done: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + LONG;
    while !done() {
        assert!(std::time::Instant::now() < end, "it did not happen");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Bytes that follow from a seed.
pub fn bytes(seed: u64, number: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    (0..number).map(|_| next()).collect()
}

/// An example of this crate in a process of its own, killed when it goes.
pub struct Example {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Example {
    /// One of C, of the checkout's build; `None`, with a message, where that was not built.
    pub fn start_c(name: &str, arguments: &[&str], folder: &Folder) -> Option<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../build/dev/bin").join(name);
        if program.is_file() {
            return Some(Self::spawn(&program, arguments, folder));
        }
        skipped(&format!("{} is not there", program.display()));
        None
    }

    pub fn start(name: &str, arguments: &[&str], folder: &Folder) -> Self {
        let deps = env::current_exe().unwrap();
        let program = deps.parent().unwrap().parent().unwrap().join("examples").join(name);
        assert!(program.is_file(), "{} is not there: build the examples too, as `cargo test` does", program.display());
        Self::spawn(&program, arguments, folder)
    }

    fn spawn(program: &Path, arguments: &[&str], folder: &Folder) -> Self {
        let mut process =
            Command::new(program).args(arguments).env("XDG_RUNTIME_DIR", folder.runtime()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    /// The next line that it prints; "" at the end.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// What else it prints until it ends, and whether it ends well.
    pub fn finish(mut self) -> (String, bool) {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.lines, &mut rest).unwrap();
        (rest, self.process.wait().unwrap().success())
    }

    /// Ends it as a crash does.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
