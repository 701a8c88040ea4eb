//! Streams in and out of Bevy: pixels, sizes, ends and refusals. The validation layer is on in each; one message fails the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says that something is not as it should be

mod support;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::renderer::RenderDevice;
use bevy::render::view::screenshot::Screenshot;
use bevy::window::WindowResolution;
use bevy_geyser::{GeyserImagePublisher, GeyserMessageKind, GeyserPublisher, GeyserSize, GeyserState, GeyserSubscriber, GeyserTransfer};
use geyser::{
    Format, FrameMetadata, Manager, Publisher, PublisherOptions, Region, Subscriber, SubscriberOptions, TextureDescriptor, Usage,
};
use support::{COLORS, PATIENCE, Rig, RigOptions, color, start, target_image};

/// The publisher of `killed_and_restarted`, in a process of its own: this program again, with this in the environment.
const CHILD: &str = "BEVY_GEYSER_TEST_CHILD";

/// A reader without a GPU: what it sees are the bytes that left the process.
struct HostReader(Subscriber);

impl HostReader {
    fn connect(turn: &support::Turn, name: &str) -> Self {
        let manager = Manager::host().expect("host memory is always there");
        let options = SubscriberOptions { connect_timeout: PATIENCE, directory: Some(&turn.directory), ..Default::default() };
        Self(Subscriber::connect(&manager, name, &options).expect("the stream is there"))
    }

    /// Number, size and the texel in the middle of the newest frame.
    fn newest(&mut self) -> (u64, UVec2, [u8; 3]) {
        let mut frame = self.0.acquire_newest(PATIENCE).expect("a frame");
        let extent = frame.texture().descriptor().expect("a descriptor").extent;
        let mut bytes = vec![0; (extent.width * extent.height * 4) as usize];
        frame.read_back(&Region::default(), &mut bytes).expect("the frame's bytes");
        let middle = ((extent.height / 2 * extent.width + extent.width / 2) * 4) as usize;
        let number = frame.info().expect("its number").number;
        frame.release().expect("it was held");
        (number, UVec2::new(extent.width, extent.height), [bytes[middle], bytes[middle + 1], bytes[middle + 2]])
    }

    /// Steps the publisher until the newest frame has that colour.
    #[track_caller]
    fn until(&mut self, rig: &mut Rig, expected: [u8; 3]) -> (u64, UVec2) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (number, size, seen) = self.newest();
            if seen == expected {
                return (number, size);
            }
            assert!(Instant::now() < deadline, "{expected:?} does not come, but {seen:?}");
            rig.step();
        }
    }
}

#[test]
fn a_camera_is_published() {
    let turn = start("camera");
    let mut rig = Rig::new();
    let camera = rig.publish_ground(&turn, "camera", UVec2::new(64, 48));
    rig.set_ground(camera, color(0));
    rig.until("the first frame", |rig| rig.status(camera).frames > 0);
    let mut reader = HostReader::connect(&turn, "camera");
    for index in 1..30 {
        rig.set_ground(camera, color(index));
        rig.step();
        let (_, size) = reader.until(&mut rig, COLORS[index % COLORS.len()]);
        assert_eq!(size, UVec2::new(64, 48));
    }
    let status = rig.status(camera);
    assert_eq!(status.state, GeyserState::Connected);
    assert_eq!(status.size, UVec2::new(64, 48));
    assert!(status.frames >= 30 && status.frame_number >= 30, "{status:?}");
    assert_eq!(rig.count(|kind| matches!(kind, GeyserMessageKind::Connected { .. })), 1);
    assert_eq!(rig.count(|kind| matches!(kind, GeyserMessageKind::Failed { .. })), 0);
}

#[test]
fn a_stream_is_shown_without_a_copy() {
    let turn = start("shown");
    let (mut publisher, mut subscriber) = (Rig::new(), Rig::new());
    let camera = publisher.publish_ground(&turn, "shown", UVec2::new(64, 48));
    let (entity, target) = subscriber.show(&turn, "shown");
    subscriber.until_shown(&target, [255; 3]); // the placeholder
    for index in 0..12 {
        publisher.set_ground(camera, color(index));
        publisher.until("a frame", |rig| rig.status(camera).frames > index as u64);
        publisher.step();
        subscriber.until_shown(&target, COLORS[index % COLORS.len()]);
    }
    let connected: Vec<_> =
        subscriber.messages.iter().filter(|message| matches!(message.kind, GeyserMessageKind::Connected { .. })).collect();
    assert_eq!(connected.len(), 1, "{:?}", subscriber.messages);
    assert_eq!(connected[0].kind, GeyserMessageKind::Connected { size: UVec2::new(64, 48), why_not_zero_copy: None });
    assert_eq!(connected[0].entity, Some(entity));
    let image = subscriber.world().get::<GeyserSubscriber>(entity).expect("it is there").image.clone();
    assert_eq!(subscriber.world().resource::<Assets<Image>>().get(&image).expect("the image").size(), UVec2::new(64, 48));
    // Another image: the stream is there, and the one before is a texel.
    let other = subscriber.world().resource_mut::<Assets<Image>>().add(GeyserSubscriber::placeholder(Color::WHITE));
    subscriber.world().get_mut::<GeyserSubscriber>(entity).expect("it is there").image = other.clone();
    let size_of = |rig: &mut Rig, image: &Handle<Image>| rig.world().resource::<Assets<Image>>().get(image).expect("the image").size();
    subscriber.step();
    assert_eq!(size_of(&mut subscriber, &image), UVec2::ONE);
    publisher.step();
    subscriber.until("the other image", |rig| size_of(rig, &other) == UVec2::new(64, 48));
    subscriber.until_shown(&target, [128; 3]); // nothing of it is left in the image before
    subscriber.world().get_mut::<GeyserSubscriber>(entity).expect("it is there").image = image.clone();
    publisher.step();
    subscriber.until_shown(&target, COLORS[11 % COLORS.len()]);
    // Without the component the image is a texel, and nothing of the stream is left in it.
    subscriber.world().entity_mut(entity).remove::<GeyserSubscriber>();
    subscriber.step();
    assert_eq!(subscriber.world().resource::<Assets<Image>>().get(&image).expect("the image").size(), UVec2::ONE);
    subscriber.until_shown(&target, [128; 3]);
}

#[test]
fn a_stream_is_shown_by_a_copy() {
    let turn = start("copied");
    let (mut publisher, mut subscriber) = (Rig::new(), Rig::new());
    let camera = publisher.publish_ground(&turn, "copied", UVec2::new(32, 32));
    let (entity, target) = subscriber.show(&turn, "copied");
    subscriber.world().get_mut::<GeyserSubscriber>(entity).expect("it is there").transfer = GeyserTransfer::Copy;
    for index in 0..8 {
        if index == 4 {
            publisher.world().get_mut::<GeyserPublisher>(camera).expect("it is there").size = GeyserSize::Fixed(UVec2::new(48, 16));
        }
        publisher.set_ground(camera, color(index));
        publisher.until("a frame", |rig| rig.status(camera).frames > index as u64);
        publisher.step();
        subscriber.until_shown(&target, COLORS[index % COLORS.len()]);
    }
    assert_eq!(subscriber.status(entity).size, UVec2::new(48, 16));
}

#[test]
fn sizes_are_followed() {
    let turn = start("sizes");
    let (mut publisher, mut subscriber) = (Rig::new(), Rig::new());
    let camera = publisher.publish_ground(&turn, "sizes", UVec2::new(16, 16));
    publisher.set_ground(camera, color(0));
    publisher.until("a frame", |rig| rig.status(camera).frames > 0);
    let mut reader = HostReader::connect(&turn, "sizes");
    let (entity, target) = subscriber.show(&turn, "sizes");
    let image = subscriber.world().get::<GeyserSubscriber>(entity).expect("it is there").image.clone();
    for (index, size) in [(16, 16), (64, 32), (33, 47), (128, 128), (1, 1), (64, 32)].into_iter().enumerate() {
        let size = UVec2::from(size);
        publisher.world().get_mut::<GeyserPublisher>(camera).expect("it is there").size = GeyserSize::Fixed(size);
        publisher.set_ground(camera, color(index));
        publisher.step();
        assert_eq!(reader.until(&mut publisher, COLORS[index]).1, size);
        subscriber.until_shown(&target, COLORS[index]);
        assert_eq!(subscriber.world().resource::<Assets<Image>>().get(&image).expect("the image").size(), size);
        assert_eq!(subscriber.status(entity).size, size);
    }
    publisher.step();
    assert_eq!(publisher.count(|kind| matches!(kind, GeyserMessageKind::Resized { .. })), 5, "{:?}", publisher.messages);
    assert_eq!(subscriber.count(|kind| matches!(kind, GeyserMessageKind::Resized { .. })), 5, "{:?}", subscriber.messages);
}

#[test]
fn a_window_is_followed() {
    let turn = start("window");
    let mut rig = Rig::new();
    let of = |width, height| Window { resolution: WindowResolution::new(width, height), ..default() };
    let window = rig.world().spawn(of(50, 40)).id();
    let camera = rig.publish_ground(&turn, "window", UVec2::ONE);
    rig.world().get_mut::<GeyserPublisher>(camera).expect("it is there").size = GeyserSize::Window(window);
    rig.set_ground(camera, color(0));
    rig.until("the first frame", |rig| rig.status(camera).frames > 0);
    let mut reader = HostReader::connect(&turn, "window");
    assert_eq!(reader.until(&mut rig, COLORS[0]).1, UVec2::new(50, 40));
    // Minimised: the last size stays. Then larger.
    for (index, width, height, expected) in [(1, 0, 0, UVec2::new(50, 40)), (2, 90, 20, UVec2::new(90, 20))] {
        rig.world().entity_mut(window).insert(of(width, height));
        rig.set_ground(camera, color(index));
        rig.step();
        assert_eq!(reader.until(&mut rig, COLORS[index]).1, expected);
    }
    rig.world().entity_mut(window).despawn();
    rig.set_ground(camera, color(3));
    rig.step();
    assert_eq!(reader.until(&mut rig, COLORS[3]).1, UVec2::new(90, 20));
}

#[test]
fn a_format_that_cannot_be_drawn_is_said_once() {
    let turn = start("format");
    let (mut publisher, mut subscriber) = (Rig::new(), Rig::new());
    let camera = publisher.publish_ground(&turn, "format", UVec2::new(16, 16));
    publisher.set_ground(camera, color(1));
    publisher.until("a frame", |rig| rig.status(camera).frames > 0);
    let (_, target) = subscriber.show(&turn, "format");
    subscriber.until_shown(&target, COLORS[1]);
    publisher.world().get_mut::<GeyserPublisher>(camera).expect("it is there").format = TextureFormat::Rgb9e5Ufloat;
    publisher.until("the refusal", |rig| rig.status(camera).failure.is_some());
    for _ in 0..10 {
        publisher.step();
    }
    assert_eq!(publisher.count(|kind| matches!(kind, GeyserMessageKind::Failed { .. })), 1, "{:?}", publisher.messages);
    assert_eq!(support::log_lines("Rgb9e5Ufloat"), 1);
    subscriber.until_shown(&target, COLORS[1]); // the last frame stays
    publisher.world().get_mut::<GeyserPublisher>(camera).expect("it is there").format = TextureFormat::Bgra8UnormSrgb;
    publisher.set_ground(camera, color(3));
    let before = publisher.status(camera).frames;
    publisher.until("frames again", |rig| rig.status(camera).frames > before + 1);
    subscriber.until_shown(&target, COLORS[3]);
}

#[test]
fn a_publisher_on_another_device_cannot_end_the_app() {
    let turn = start("foreign");
    let mut rig = Rig::new();
    let (entity, target) = rig.show(&turn, "foreign");
    let manager = Manager::host().expect("host memory is always there");
    let what = |format| TextureDescriptor::new(8, 8, format).with_usage(Usage::TEXTURE_BINDING | Usage::COPY_SRC | Usage::COPY_DST);
    // Integers, which no material samples.
    let integers = what(Format::RGBA8_UINT);
    let options = PublisherOptions { directory: Some(&turn.directory), ..PublisherOptions::new("foreign", &integers) };
    let publisher = Publisher::create(&manager, &options).expect("a stream");
    let publish = |color: [u8; 3]| {
        let mut frame = publisher.begin_frame(PATIENCE).expect("a free texture");
        let texel = [color[0], color[1], color[2], 255];
        frame.upload(&Region::default(), &texel.repeat(64)).expect("bytes of the right size");
        frame.publish(&FrameMetadata::default()).expect("a frame");
    };
    for _ in 0..3 {
        publish(COLORS[0]);
        rig.until("the refusal", |rig| rig.status(entity).failure.is_some());
    }
    rig.until_shown(&target, [255; 3]); // the placeholder
    assert_eq!(
        rig.count(|kind| matches!(kind, GeyserMessageKind::Failed { reason } if reason.contains("Rgba8Uint"))),
        1,
        "{:?}",
        rig.messages
    );

    publisher.reconfigure(&what(Format::RGBA8_SRGB)).expect("another format");
    for color in COLORS {
        publish(color);
        rig.until_shown(&target, color);
    }
    assert_eq!(rig.status(entity).failure, None);
    assert_eq!(rig.count(|kind| matches!(kind, GeyserMessageKind::Connected { why_not_zero_copy: Some(_), .. })), 1, "{:?}", rig.messages);
}

#[test]
fn an_image_is_published() {
    let turn = start("image");
    let mut rig = Rig::new();
    let image = rig.world().resource_mut::<Assets<Image>>().add(target_image(40, 30));
    let ground = |index| Camera { clear_color: ClearColorConfig::Custom(color(index)), ..default() };
    let camera = rig.world().spawn((Camera2d, Msaa::Off, ground(0), RenderTarget::Image(image.clone().into()))).id();
    let mut publisher = GeyserImagePublisher::new("image", image.clone());
    publisher.options.directory = Some(turn.directory.clone());
    let entity = rig.world().spawn(publisher).id();
    rig.until("the first frame", |rig| rig.status(entity).frames > 0);
    let mut reader = HostReader::connect(&turn, "image");
    for index in 0..8 {
        rig.set_ground(camera, color(index));
        rig.step();
        assert_eq!(reader.until(&mut rig, COLORS[index % COLORS.len()]).1, UVec2::new(40, 30));
    }
    // Another size of the image is another size of the stream.
    let larger = target_image(64, 20);
    rig.world().resource_mut::<Assets<Image>>().insert(image.id(), larger).expect("the image is there");
    rig.set_ground(camera, color(3));
    rig.step();
    let deadline = Instant::now() + PATIENCE;
    while reader.until(&mut rig, COLORS[3]).1 != UVec2::new(64, 20) {
        assert!(Instant::now() < deadline, "the stream keeps its old size");
        rig.step();
    }
    // An image that cannot be copied from: said once, in the log and as a message.
    let mut closed = target_image(64, 20);
    closed.texture_descriptor.usage = TextureUsages::TEXTURE_BINDING | TextureUsages::RENDER_ATTACHMENT;
    rig.world().resource_mut::<Assets<Image>>().insert(image.id(), closed).expect("the image is there");
    rig.until("the refusal", |rig| rig.status(entity).failure.is_some());
    for _ in 0..10 {
        rig.step();
    }
    assert_eq!(
        rig.count(|kind| matches!(kind, GeyserMessageKind::Failed { reason } if reason.contains("COPY_SRC"))),
        1,
        "{:?}",
        rig.messages
    );
    assert_eq!(support::log_lines("COPY_SRC"), 1);
}

#[test]
fn a_camera_gets_its_target_back() {
    let turn = start("back");
    let mut rig = Rig::new();
    let camera = rig.publish_ground(&turn, "back", UVec2::new(16, 16));
    rig.until("a frame", |rig| rig.status(camera).frames > 0);
    assert!(matches!(rig.world().get::<RenderTarget>(camera), Some(RenderTarget::TextureView(_))));
    rig.world().entity_mut(camera).remove::<GeyserPublisher>();
    rig.step();
    assert!(matches!(rig.world().get::<RenderTarget>(camera), Some(RenderTarget::Window(_))));
    rig.step();
    let directory = geyser::Directory::open(Some(&turn.directory)).expect("the folder");
    assert!(directory.list().expect("the list").is_empty(), "the stream is still announced");
}

#[test]
fn a_taken_name_is_said_once_and_tried_again() {
    let turn = start("taken");
    let (mut first, mut second) = (Rig::new(), Rig::new());
    let holder = first.publish_ground(&turn, "taken", UVec2::new(16, 16));
    first.until("a frame", |rig| rig.status(holder).frames > 0);
    let loser = second.publish_ground(&turn, "taken", UVec2::new(16, 16));
    second.until("the refusal", |rig| rig.status(loser).failure.is_some());
    let until = Instant::now() + Duration::from_millis(1500);
    while Instant::now() < until {
        second.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(second.count(|kind| matches!(kind, GeyserMessageKind::Failed { .. })), 1, "{:?}", second.messages);
    assert_eq!(second.status(loser).frames, 0);
    first.world().entity_mut(holder).despawn();
    first.step();
    second.until("its turn", |rig| rig.status(loser).frames > 0);
    assert_eq!(second.status(loser).failure, None);
}

/// Not a test of its own: the process that `a_publisher_is_killed_and_restarted` kills. Publishes one colour until it is killed.
#[test]
#[ignore = "started by another test"]
fn child_publisher() {
    let Ok(given) = std::env::var(CHILD) else { return };
    let (directory, index) = given.split_once('|').expect("folder and colour");
    let mut turn = start("child");
    turn.directory = directory.into();
    let mut rig = Rig::new();
    let camera = rig.publish_ground(&turn, "killed", UVec2::new(24, 24));
    rig.set_ground(camera, color(index.parse().expect("a number")));
    let until = Instant::now() + 4 * PATIENCE;
    while Instant::now() < until {
        rig.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    std::process::exit(3); // nobody killed it; the folder is the other process's
}

struct Killed(Child);

impl Killed {
    fn start(turn: &support::Turn, index: usize) -> Self {
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "child_publisher", "--ignored", "--nocapture"])
            .env(CHILD, format!("{}|{index}", turn.directory.display()))
            .stdout(Stdio::null())
            .spawn()
            .expect("this program starts again");
        Self(child)
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill(); // SIGKILL: nothing of it runs any more
        let _ = self.0.wait();
    }
}

#[test]
fn a_publisher_is_killed_and_restarted() {
    let turn = start("killed");
    let mut rig = Rig::new();
    let (entity, target) = rig.show(&turn, "killed");
    let child = Killed::start(&turn, 1);
    rig.until_shown(&target, COLORS[1]);
    assert_eq!(rig.status(entity).state, GeyserState::Connected);

    drop(child);
    rig.until("the end", |rig| rig.count(|kind| *kind == GeyserMessageKind::Disconnected) > 0);
    rig.step();
    assert_eq!(rig.status(entity).state, GeyserState::Disconnected);
    for _ in 0..5 {
        rig.until_shown(&target, COLORS[1]); // the last frame stays
    }

    let child = Killed::start(&turn, 2);
    rig.until_shown(&target, COLORS[2]);
    rig.step();
    assert_eq!(rig.status(entity).state, GeyserState::Connected);
    assert_eq!(rig.count(|kind| *kind == GeyserMessageKind::Disconnected), 1);
    assert_eq!(rig.count(|kind| matches!(kind, GeyserMessageKind::Connected { why_not_zero_copy: None, .. })), 2, "{:?}", rig.messages);
    drop(child);
}

#[test]
fn a_device_that_cannot_share_leaves_the_plugin_inactive() {
    let turn = start("unable");
    let mut rig = Rig::with(RigOptions { no_sharing: true, ..default() });
    let camera = rig.publish_ground(&turn, "unable", UVec2::new(16, 16));
    let (entity, target) = rig.show(&turn, "unable");
    for _ in 0..5 {
        rig.step();
    }
    let reasons: Vec<String> = rig
        .messages
        .iter()
        .filter_map(|message| match &message.kind {
            GeyserMessageKind::Unavailable { reason } => Some(reason.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(reasons.len(), 1, "{:?}", rig.messages);
    assert_eq!(support::log_lines("Geyser is inactive"), 1);
    assert!(reasons[0].contains("VK_KHR_external_memory_fd"), "{}", reasons[0]);
    assert_eq!(rig.status(camera).state, GeyserState::Unavailable);
    assert_eq!(rig.status(entity).state, GeyserState::Unavailable);
    // The app goes on, and shows the placeholder; the camera draws nowhere.
    rig.until_shown(&target, [255; 3]);
    assert!(matches!(rig.world().get::<RenderTarget>(camera), Some(RenderTarget::None { size }) if *size == UVec2::new(16, 16)));
}

#[test]
fn a_plugin_that_comes_late_says_so() {
    let turn = start("late");
    let mut rig = Rig::with(RigOptions { plugin_last: true, ..default() });
    let camera = rig.publish_ground(&turn, "late", UVec2::new(16, 16));
    assert_eq!(support::log_lines("GeyserPlugin was added after RenderPlugin"), 1);
    // The device may have what is needed all the same, as wgpu asks for some of it: then it works, and else it says what is missing.
    rig.until("an outcome", |rig| {
        let status = rig.status(camera);
        status.frames > 0 || status.state == GeyserState::Unavailable
    });
}

#[test]
fn an_app_without_a_renderer_goes_on() {
    let turn = start("none");
    let mut rig = Rig::with(RigOptions { no_renderer: true, ..default() });
    let entity = rig.world().spawn(GeyserSubscriber::new("none", Handle::default())).id();
    for _ in 0..5 {
        rig.step();
    }
    assert_eq!(rig.count(|kind| matches!(kind, GeyserMessageKind::Unavailable { .. })), 1, "{:?}", rig.messages);
    assert_eq!(rig.status(entity).state, GeyserState::Unavailable);
    drop(turn);
}

#[test]
fn the_validation_layer_is_there() {
    let mut turn = start("layer");
    turn.expect_validation();
    let mut rig = Rig::new();
    let device = rig.world().resource::<RenderDevice>().clone();
    // SAFETY: the device is only borrowed. A buffer of no bytes is against Vulkan's rules, which is what the layer shall say; drivers make one or refuse.
    unsafe {
        let hal = device.wgpu_device().as_hal::<wgpu::hal::api::Vulkan>().expect("Vulkan");
        if let Ok(buffer) = hal.raw_device().create_buffer(&ash::vk::BufferCreateInfo::default(), None) {
            hal.raw_device().destroy_buffer(buffer, None);
        }
    }
    assert!(
        support::validation_messages() > 0,
        "the validation layer is not installed, or its messages do not arrive: the other tests prove less than they say"
    );
}

#[test]
fn a_picture_of_a_published_camera_is_its_frame() {
    let turn = start("screenshot");
    let mut rig = Rig::new();
    let camera = rig.publish_ground(&turn, "screenshot", UVec2::new(16, 16));
    rig.set_ground(camera, color(4));
    rig.until("a frame", |rig| rig.status(camera).frames > 0);
    let target = rig.world().get::<RenderTarget>(camera).expect("a target").clone();
    let picture = rig.picture(Screenshot(target));
    assert_eq!(picture.at(8, 8), COLORS[4]);
}
