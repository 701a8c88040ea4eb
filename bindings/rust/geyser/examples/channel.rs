//! Hands one texture from process to process, without a stream around it.
//!
//!   cargo run --example channel -- receive      in one terminal, then
//!   cargo run --example channel -- send         in another

use std::time::Duration;

use geyser::{AccessInfo, Channel, ChannelListener, CreateOptions, Region, SemaphoreKind};

mod support;

const USAGE: &str = "usage: channel send|receive [--name NAME] [--vulkan] [--validate]
Sends a picture as a texture, or receives one and checks every pixel.
  --name NAME  what the receiver listens as; default: geyser-c-example
  --vulkan     on a Vulkan device instead of host memory, at both ends
  --validate   with the Khronos validation layers, on Vulkan; one message is a failure
Exit codes: 0 all is right, 1 something is wrong or failed, 2 wrong usage.";
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = support::options(USAGE);
    let (manager, device) = support::manager(&options)?;
    let mut pixels = support::picture(7);
    match options.rest.first().map(String::as_str) {
        Some("send") => {
            // A semaphore travels with the texture, and says when the picture is there.
            let texture = manager.create_texture(&support::texture(), &CreateOptions::default())?;
            let ready = manager.create_semaphore(Some(SemaphoreKind::HostTimeline), 0, "ready")?;
            manager.attach_semaphore(&texture, &ready)?;
            let mut channel = Channel::connect(&options.name, PATIENCE, None)?;
            channel.send_texture(&manager.export_texture(&texture)?, PATIENCE)?;
            manager.upload(&texture, &Region::default(), &pixels, &AccessInfo::default())?;
            let value = manager.signal_ready(&texture)?;
            println!("sent, ready at {value}; the receiver says: {}", String::from_utf8(channel.receive(PATIENCE)?)?);
        }
        Some("receive") => {
            let mut listener = ChannelListener::new(&options.name, None)?;
            println!("listening as {}: start send now", options.name);
            let mut channel = listener.accept(6 * PATIENCE)?;
            let texture = manager.import_texture(channel.receive_texture(PATIENCE)?).map_err(geyser::Error::from)?;
            let value = manager.wait_ready(&texture, PATIENCE)?;
            let wanted = pixels.clone();
            pixels.fill(0);
            manager.read_back(&texture, &Region::default(), &mut pixels, &AccessInfo::default())?;
            if pixels != wanted {
                return Err("the picture is not the one that was sent".into());
            }
            channel.send(format!("all {} bytes are right at {value}", pixels.len()).as_bytes(), PATIENCE)?;
            println!("received from process {}", channel.peer()?.process_id);
        }
        _ => {
            eprintln!("{USAGE}");
            std::process::exit(2);
        }
    }
    drop(manager);
    if support::silent(device.as_ref())? { Ok(()) } else { Err("the validation layers complained".into()) }
}
