//! Publishes a stream that wgpu renders: red and green count the texels of a row and a column, blue counts the frames.
//!
//!     publisher [NAME] [--size WIDTHxHEIGHT] [--frames N] [--fps N] [--resize-at N] [--device PART] [--directory FOLDER] [--deferred]
//!
//! Without `--frames` until it is stopped. `--resize-at` doubles the size at that frame.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use geyser_wgpu::geyser::{ErrorKind, Format, FrameMetadata, PublisherOptions, TextureDescriptor, Usage};
use geyser_wgpu::{Context, request_device, wgpu};

const SHADER: &str = "
@group(0) @binding(0) var<uniform> frame: vec4<u32>;

@vertex fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
  return vec4(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment fn colour(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
  let texel = vec2<u32>(at.xy);
  return vec4(f32(texel.x & 255u), f32(texel.y & 255u), f32(frame.x & 255u), 255.0) / 255.0;
}
";

struct Painter {
    pipeline: wgpu::RenderPipeline,
    uniform: wgpu::Buffer,
    bindings: wgpu::BindGroup,
}

impl Painter {
    fn new(context: &Context, format: wgpu::TextureFormat) -> Self {
        let device = context.device();
        let shader =
            device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source: wgpu::ShaderSource::Wgsl(SHADER.into()) });
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: None,
            layout: None,
            vertex: wgpu::VertexState {
                module: &shader,
                entry_point: Some("corner"),
                compilation_options: Default::default(),
                buffers: &[],
            },
            fragment: Some(wgpu::FragmentState {
                module: &shader,
                entry_point: Some("colour"),
                compilation_options: Default::default(),
                targets: &[Some(format.into())],
            }),
            primitive: Default::default(),
            depth_stencil: None,
            multisample: Default::default(),
            multiview_mask: None,
            cache: None,
        });
        let uniform = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: 16,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: uniform.as_entire_binding() }],
        });
        Self { pipeline, uniform, bindings }
    }

    fn draw(&self, context: &Context, texture: &wgpu::Texture, number: u64) -> wgpu::CommandBuffer {
        context.queue().write_buffer(&self.uniform, 0, &(number as u32).to_ne_bytes());
        let view = texture.create_view(&Default::default());
        let mut encoder = context.device().create_command_encoder(&Default::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT), store: wgpu::StoreOp::Store },
            })],
            ..Default::default()
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.draw(0..3, 0..1);
        drop(pass);
        encoder.finish()
    }
}

#[derive(Default)]
struct Arguments {
    name: String,
    size: (u32, u32),
    frames: u64,
    fps: f64,
    resize_at: u64,
    device: String,
    directory: Option<PathBuf>,
    deferred: bool,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut to = Arguments { name: "wgpu".into(), size: (640, 480), fps: 60.0, ..Default::default() };
    let mut given = std::env::args().skip(1);
    while let Some(one) = given.next() {
        let mut value = || given.next().ok_or(format!("{one} wants a value"));
        match one.as_str() {
            "--size" => {
                let text = value()?;
                let (width, height) = text.split_once('x').ok_or("--size wants WIDTHxHEIGHT")?;
                to.size = (width.parse()?, height.parse()?);
            }
            "--frames" => to.frames = value()?.parse()?,
            "--fps" => to.fps = value()?.parse()?,
            "--resize-at" => to.resize_at = value()?.parse()?,
            "--device" => to.device = value()?,
            "--directory" => to.directory = Some(value()?.into()),
            "--deferred" => to.deferred = true,
            name if !name.starts_with('-') => to.name = name.into(),
            other => return Err(format!("{other} is no option; see the top of the example").into()),
        }
    }
    Ok(to)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = arguments()?;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    let adapter =
        adapters.into_iter().find(|adapter| adapter.get_info().name.contains(&arguments.device)).ok_or("there is no such device")?;
    let (_device, _queue, context) = request_device(&adapter, &wgpu::DeviceDescriptor::default())?;

    let texture = |(width, height)| {
        TextureDescriptor::new(width, height, Format::RGBA8_UNORM).with_usage(Usage::TEXTURE_BINDING | Usage::RENDER_ATTACHMENT)
    };
    let described = texture(arguments.size);
    let mut options = PublisherOptions::new(&arguments.name, &described);
    options.directory = arguments.directory.as_deref();
    let mut publisher = context.publisher(&options)?;
    let painter = Painter::new(&context, wgpu::TextureFormat::Rgba8Unorm);
    println!("{} on {}, {:?}", arguments.name, adapter.get_info().name, context.queue_sharing());

    let mut done = 0;
    while arguments.frames == 0 || done < arguments.frames {
        if arguments.resize_at != 0 && done == arguments.resize_at {
            publisher.reconfigure(&texture((arguments.size.0 * 2, arguments.size.1 * 2)))?;
        }
        let timeout = Duration::from_secs(1);
        let begun = if arguments.deferred { publisher.begin_deferred(timeout) } else { publisher.begin_frame(timeout) };
        let frame = match begun {
            Err(error) if error.kind() == ErrorKind::TimedOut => continue, // a reader holds all textures
            other => other?,
        };
        let commands = painter.draw(&context, frame.texture(), frame.number()?);
        frame.publish_with([commands], &FrameMetadata::default())?;
        done += 1;
        if arguments.fps > 0.0 {
            std::thread::sleep(Duration::from_secs_f64(1.0 / arguments.fps));
        }
    }
    if arguments.frames != 0 {
        std::thread::sleep(Duration::from_secs(1)); // readers get the last one
    }
    Ok(())
}
