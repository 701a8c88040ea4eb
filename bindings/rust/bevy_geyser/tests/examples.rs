//! The three examples, started as people start them; their pictures must have the right colours at the right places. In windows only where there is a display.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says that something is not as it should be

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(90);

/// Names what must not be skipped, as in the other tests of the project.
fn required(what: &str) -> bool {
    std::env::var("GEYSER_TEST_REQUIRE").is_ok_and(|list| list.split(',').any(|word| word == what))
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bevy-geyser-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the folder for temporary files is there");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It is in the folder for temporary files anyway.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An example's program: cargo puts it beside the folder of the tests.
fn program(example: &str) -> PathBuf {
    let tests = std::env::current_exe().expect("this program");
    let profile = tests.parent().and_then(Path::parent).expect("target/PROFILE/deps/TEST");
    let program = profile.join("examples").join(example);
    assert!(program.exists(), "{} is not built; `cargo test` without --test builds the examples, too", program.display());
    program
}

/// Runs an example to its picture, and gives what it wrote.
fn run(example: &str, folder: &Folder, frames: u32, name: &str, more: &[&str]) -> (image::RgbImage, String) {
    let (log, picture) = (folder.0.join(format!("{name}.log")), folder.0.join(format!("{name}.png")));
    let file = std::fs::File::create(&log).expect("a log");
    let mut child = Command::new(program(example))
        .args(["--frames", &frames.to_string(), "--screenshot"])
        .arg(&picture)
        .arg("--directory")
        .arg(&folder.0)
        .args(more)
        // Old validation layers complain of the names of shaders.
        .env("WGPU_DEBUG", "0")
        .stdin(Stdio::null())
        .stderr(file.try_clone().expect("the same log"))
        .stdout(file)
        .spawn()
        .expect("the example starts");
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            break Some(status);
        }
        if Instant::now() > deadline {
            child.kill().expect("a child of ours");
            child.wait().expect("a child of ours");
            break None;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let written = std::fs::read_to_string(&log).expect("its log");
    assert!(status.is_some_and(|status| status.success()), "{example} ended with {status:?} (None: not within {PATIENCE:?}):\n{written}");
    assert!(!written.contains("VALIDATION ["), "the validation layer complains:\n{written}");
    assert!(!written.contains(" ERROR ") && !written.contains("panicked"), "{example} complains:\n{written}");
    (open(&picture), written)
}

fn open(picture: &Path) -> image::RgbImage {
    image::open(picture).unwrap_or_else(|error| panic!("{}: {error}", picture.display())).to_rgb8()
}

fn at(picture: &image::RgbImage, x: u32, y: u32) -> [u8; 3] {
    picture.get_pixel(x, y).0
}

fn count(picture: &image::RgbImage, color: [u8; 3]) -> usize {
    picture.pixels().filter(|pixel| pixel.0 == color).count()
}

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const YELLOW: [u8; 3] = [255, 255, 0];
const MAGENTA: [u8; 3] = [255, 0, 255];

/// Whether pictures of windows can be taken, and what to say if not.
fn display() -> bool {
    let there = std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some();
    if !there {
        assert!(!required("display"), "GEYSER_TEST_REQUIRE names display, and there is none");
        println!("SKIPPED: no display; the examples were run without windows only.");
    }
    there
}

fn integration(mode: &[&str], name: &str) {
    let folder = Folder::new(name);
    let (first, log) = run("bevy_integration", &folder, 20, "first", mode);
    let (second, _) = run("bevy_integration", &folder, 45, "second", mode);
    for picture in [&first, &second] {
        assert_eq!((picture.width(), picture.height()), (640, 360));
        for corner in [(8, 8), (632, 8), (8, 352), (632, 352)] {
            assert_eq!(at(picture, corner.0, corner.1), GREEN, "the window at {corner:?}");
        }
        for inside in [(90, 55), (550, 55), (90, 305), (550, 305)] {
            assert_eq!(at(picture, inside.0, inside.1), BLUE, "the stream's ground at {inside:?}");
        }
        assert_eq!(at(picture, 320, 180), RED, "the stream's cube");
    }
    assert!(first != second, "the cube does not turn: an old frame is shown");
    assert!(log.contains("why_not_zero_copy: None"), "{log}");
}

fn multi_window(mode: &[&str], name: &str) {
    let folder = Folder::new(name);
    let (first, log) = run("bevy_multi_window", &folder, 30, "window", mode);
    let second = open(&folder.0.join("window.2.png"));
    assert_eq!(at(&first, 20, 180), GREEN, "the first window");
    assert_eq!(at(&first, 200, 300), BLUE, "the stream's left half in the first window");
    assert_eq!(at(&first, 400, 180), YELLOW, "its right half");
    let square = count(&first, RED);
    assert!((400..=700).contains(&square), "the square of 24x24 covers {square} texels");
    assert_eq!(at(&second, 20, 180), MAGENTA, "the second window");
    let (blue, yellow) = (count(&second, BLUE), count(&second, YELLOW));
    assert!(blue > 5000 && yellow > 5000, "the cube of the second window has {blue} blue and {yellow} yellow texels");
    assert!(count(&second, RED) > 50, "the square is not on the cube");
    assert!(log.contains("why_not_zero_copy: None"), "{log}");
}

fn game(mode: &[&str], name: &str) {
    let folder = Folder::new(name);
    let (first, log) = run("bevy_multi_process_game", &folder, 20, "first", mode);
    let (second, _) = run("bevy_multi_process_game", &folder, 50, "second", mode);
    for picture in [&first, &second] {
        assert_eq!(at(picture, 40, 40), YELLOW, "the layer's fixed square");
        assert_eq!(at(picture, 320, 180), GREEN, "the game's ship, before the layer");
        let ground = at(picture, 10, 350);
        assert!(ground[0] == 0 && ground[1] == 0 && ground[2] > 0, "the game's ground through the layer is {ground:?}");
        assert!(count(picture, [255; 3]) > 20, "the game's stars do not shine through the layer");
        assert!(count(picture, RED) > 28 * 28 * 3, "the layer's asteroids");
    }
    let moved = first.pixels().zip(second.pixels()).filter(|(a, b)| (a.0 == RED) != (b.0 == RED)).count();
    assert!(moved > 100, "the asteroids do not move: an old layer is shown");
    assert!(log.contains("stream 'bevy-game-world': Connected") && log.contains("why_not_zero_copy: None"), "{log}");
}

#[test]
fn without_windows() {
    integration(&["--headless"], "integration");
    multi_window(&["--headless"], "multi-window");
    game(&["--headless"], "game");
}

#[test]
fn in_windows() {
    if display() {
        integration(&[], "integration-window");
        multi_window(&[], "multi-window-window");
        game(&[], "game-window");
    }
}

#[test]
fn a_wrong_option_is_refused() {
    for example in ["bevy_integration", "bevy_multi_window", "bevy_multi_process_game"] {
        let done = Command::new(program(example)).arg("--nonsense").output().expect("the example starts");
        assert_eq!(done.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&done.stderr).contains("--nonsense"));
    }
}
