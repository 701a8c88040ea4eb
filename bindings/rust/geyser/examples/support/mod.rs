//! What the examples have agreed on, with each other and with `examples/c_publisher`: a name, a picture that follows from a frame's number.

#![allow(dead_code)] // each example uses its part

use geyser::{Format, Manager, TextureDescriptor, vulkan};

/// Texels.
pub const WIDTH: u32 = 320;
/// Texels.
pub const HEIGHT: u32 = 180;

/// Every pixel of every frame is another number: a frame that is torn, old or shifted shows.
pub fn picture(number: u64) -> Vec<u8> {
    let pixel = |index: u32| {
        let mut mixed = (number << 32 | u64::from(index)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed ^= mixed >> 29;
        (mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32) as u32
    };
    (0..WIDTH * HEIGHT).flat_map(|index| pixel(index).to_ne_bytes()).collect()
}

/// What every frame is.
pub fn texture() -> TextureDescriptor {
    TextureDescriptor::new(WIDTH, HEIGHT, Format::RGBA8_UNORM)
}

/// What the command line said.
pub struct Options {
    pub name: String,
    pub frames: u64,
    pub vulkan: bool,
    pub validate: bool,
    pub rest: Vec<String>,
}

/// Reads the options, or ends the program with its usage.
pub fn options(usage: &str) -> Options {
    let mut options = Options { name: "geyser-c-example".into(), frames: 300, vulkan: false, validate: false, rest: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let right = match word.as_str() {
            "--help" => {
                println!("{usage}");
                std::process::exit(0)
            }
            "--vulkan" => {
                options.vulkan = true;
                true
            }
            "--validate" => {
                (options.vulkan, options.validate) = (true, true);
                true
            }
            "--name" => words.next().map(|name| options.name = name).is_some(),
            "--frames" => {
                words.next().and_then(|text| text.parse().ok()).filter(|frames| *frames > 0).map(|frames| options.frames = frames).is_some()
            }
            other if !other.starts_with('-') => {
                options.rest.push(word.clone());
                true
            }
            _ => false,
        };
        if !right {
            eprintln!("\"{word}\" is no option, or its value is missing or wrong.\n{usage}");
            std::process::exit(2);
        }
    }
    options
}

/// A manager on host memory, or on a Vulkan device of its own.
pub fn manager(options: &Options) -> geyser::Result<(Manager, Option<vulkan::Device>)> {
    if !options.vulkan {
        return Ok((Manager::host()?, None));
    }
    let device = vulkan::Device::create(&vulkan::DeviceOptions { validation: options.validate, ..Default::default() })?;
    Ok((device.create_manager()?, Some(device)))
}

/// What the validation layers said is a failure.
pub fn silent(device: Option<&vulkan::Device>) -> geyser::Result<bool> {
    let messages = device.map_or(Ok(0), vulkan::Device::validation_messages)?;
    if messages > 0 {
        eprintln!("The validation layers gave {messages} messages.");
    }
    Ok(messages == 0)
}
