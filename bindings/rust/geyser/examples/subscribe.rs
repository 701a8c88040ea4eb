//! The other half of publish.rs: reads every frame of the stream and looks at every pixel.

use std::time::Duration;

use geyser::{Region, Subscriber, SubscriberOptions};

mod support;

const USAGE: &str = "usage: subscribe [--name NAME] [--vulkan] [--validate]
Reads the stream of the example publish, which must be running, and checks every pixel of every frame.
  --name NAME  what publish publishes as; default: geyser-c-example
  --vulkan     by a Vulkan device instead of host memory
  --validate   with the Khronos validation layers, on Vulkan; one message is a failure
Exit codes: 0 all is right, 1 something is wrong or failed, 2 wrong usage.";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = support::options(USAGE);
    let (manager, device) = support::manager(&options)?;

    // 1. Attach. Textures that this device cannot share come through host memory; the transport says which it is.
    let how = SubscriberOptions { reconnect: false, connect_timeout: Duration::from_secs(10), ..SubscriberOptions::default() };
    let mut subscriber = Subscriber::connect(&manager, &options.name, &how)?;
    println!("transport: {}", subscriber.info()?.transport);

    // 2. Frames, in order. Nobody writes a frame's texture until it is released, at the latest when it is dropped.
    let mut pixels = vec![0; support::texture().content_bytes()? as usize];
    let (mut frames, mut wrong) = (0, 0);
    loop {
        let mut frame = subscriber.acquire(Duration::from_secs(10))?;
        let info = frame.info()?;
        frame.read_back(&Region::default(), &mut pixels)?;
        wrong += pixels.chunks(4).zip(support::picture(info.number).chunks(4)).filter(|(got, wanted)| got != wanted).count();
        frames += 1;
        frame.release()?;
        if info.user_data == b"last" {
            break;
        }
    }
    let skipped = subscriber.info()?.skipped;
    println!("frames: {frames} read, {skipped} skipped, {wrong} wrong pixels");
    drop((subscriber, manager));
    if support::silent(device.as_ref())? && wrong == 0 && skipped == 0 { Ok(()) } else { Err("not every frame was right".into()) }
}
