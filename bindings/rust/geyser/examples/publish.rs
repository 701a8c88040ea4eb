//! Publishes numbered pictures, and waits until the reader has seen them all.
//!
//!   cargo run --example publish       in one terminal, then
//!   cargo run --example subscribe     in another

use std::time::Duration;

use geyser::{FrameMetadata, Pacing, Publisher, PublisherOptions, Region};

mod support;

const USAGE: &str = "usage: publish [--name NAME] [--frames N] [--vulkan] [--validate]
Publishes a stream of numbered pictures for the example subscribe.
  --name NAME  what subscribe connects to; default: geyser-c-example
  --frames N   how many pictures; default: 300
  --vulkan     from a Vulkan device instead of host memory
  --validate   with the Khronos validation layers, on Vulkan; one message is a failure
Exit codes: 0 all is right, 1 something is wrong or failed, 2 wrong usage.";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = support::options(USAGE);
    let (manager, device) = support::manager(&options)?;

    // 1. A stream: its name, what every frame is, and that the publisher waits until all readers have released the frame before.
    let texture = support::texture();
    let publisher =
        Publisher::create(&manager, &PublisherOptions { pacing: Pacing::Lockstep, ..PublisherOptions::new(&options.name, &texture) })?;
    println!("listening as {}: start subscribe now", options.name);
    publisher.wait_for_subscribers(1, Duration::from_secs(60))?;

    // 2. Frames. A program that draws with its own commands asks the frame for its texture and its access instead of uploading.
    for number in 1..=options.frames {
        let mut frame = publisher.begin_frame(Duration::from_secs(10))?;
        frame.upload(&Region::default(), &support::picture(frame.number()?))?;
        let user_data = if number == options.frames { b"last" } else { b"more" };
        frame.publish(&FrameMetadata { user_data, ..FrameMetadata::default() })?;
    }

    // 3. One frame more, which is never published: it begins when the last one was released.
    drop(publisher.begin_frame(Duration::from_secs(10))?);
    println!("frames: {} published, the last one was released", options.frames);
    drop((publisher, manager));
    if support::silent(device.as_ref())? { Ok(()) } else { Err("the validation layers complained".into()) }
}
