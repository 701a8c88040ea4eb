//! Reads a stream in wgpu: draws each frame into a texture of its own by a shader that samples it, and keeps the last one as a PNG.
//!
//!     subscriber [NAME] [--frames N] [--png FILE] [--device PART] [--directory FOLDER] [--deferred]
//!
//! One line for each frame: number, size, transport, the texel in the middle.

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use geyser_wgpu::geyser::{ErrorKind, SubscriberOptions};
use geyser_wgpu::{Context, request_device, wgpu};

const SHADER: &str = "
@group(0) @binding(0) var frame: texture_2d<f32>;

@vertex fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
  return vec4(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment fn colour(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
  return textureLoad(frame, vec2<i32>(at.xy), 0);
}
";

/// Draws a frame into a texture that can be read.
struct Viewer {
    pipeline: wgpu::RenderPipeline,
}

/// The picture of one frame, on its way to the CPU.
struct Picture {
    buffer: wgpu::Buffer,
    size: wgpu::Extent3d,
    pitch: u32,
}

impl Viewer {
    fn new(context: &Context) -> Self {
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
                targets: &[Some(wgpu::TextureFormat::Rgba8Unorm.into())],
            }),
            primitive: Default::default(),
            depth_stencil: None,
            multisample: Default::default(),
            multiview_mask: None,
            cache: None,
        });
        Self { pipeline }
    }

    fn draw(&self, context: &Context, frame: &wgpu::Texture) -> (wgpu::CommandBuffer, Picture) {
        let device = context.device();
        let size = wgpu::Extent3d { depth_or_array_layers: 1, ..frame.size() };
        let target = device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let pitch = (size.width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(pitch) * u64::from(size.height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&frame.create_view(&Default::default())),
            }],
        });
        let view = target.create_view(&Default::default());
        let mut encoder = device.create_command_encoder(&Default::default());
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
        pass.set_bind_group(0, &bindings, &[]);
        pass.draw(0..3, 0..1);
        drop(pass);
        encoder.copy_texture_to_buffer(
            target.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(pitch), rows_per_image: None },
            },
            size,
        );
        (encoder.finish(), Picture { buffer, size, pitch })
    }
}

impl Picture {
    /// RGBA8, rows without gaps.
    fn read(&self, context: &Context) -> Result<Vec<u8>, Box<dyn Error>> {
        let (send, receive) = std::sync::mpsc::channel();
        self.buffer.slice(..).map_async(wgpu::MapMode::Read, move |done| drop(send.send(done)));
        context.device().poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(Duration::from_secs(10)) })?;
        receive.recv_timeout(Duration::from_secs(1))??;
        let mapped = self.buffer.slice(..).get_mapped_range()?;
        Ok(mapped.chunks(self.pitch as usize).flat_map(|row| row[..self.size.width as usize * 4].to_vec()).collect())
    }
}

#[derive(Default)]
struct Arguments {
    name: String,
    frames: u64,
    png: Option<PathBuf>,
    device: String,
    directory: Option<PathBuf>,
    deferred: bool,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut to = Arguments { name: "wgpu".into(), frames: 60, ..Default::default() };
    let mut given = std::env::args().skip(1);
    while let Some(one) = given.next() {
        let mut value = || given.next().ok_or(format!("{one} wants a value"));
        match one.as_str() {
            "--frames" => to.frames = value()?.parse()?,
            "--png" => to.png = Some(value()?.into()),
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

    let options =
        SubscriberOptions { connect_timeout: Duration::from_secs(10), directory: arguments.directory.as_deref(), ..Default::default() };
    let mut subscriber = context.subscriber(&arguments.name, &options)?;
    let viewer = Viewer::new(&context);
    let mut seen = 0;
    let mut last = None;
    let mut patience = Instant::now() + Duration::from_secs(10);
    while seen < arguments.frames {
        let timeout = Duration::from_millis(100);
        let acquired = if arguments.deferred { subscriber.acquire_deferred(timeout) } else { subscriber.acquire(timeout) };
        let frame = match acquired {
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::PeerGone) && Instant::now() < patience => continue,
            other => other?,
        };
        patience = Instant::now() + Duration::from_secs(10);
        let (commands, picture) = viewer.draw(&context, frame.texture());
        let (number, transport) = (frame.info().number, frame.transport());
        frame.release_with([commands])?;
        let pixels = picture.read(&context)?;
        let middle = (picture.size.height / 2 * picture.size.width + picture.size.width / 2) as usize * 4;
        println!("{number} {}x{} {transport} {:?}", picture.size.width, picture.size.height, &pixels[middle..middle + 4]);
        last = Some((picture.size, pixels));
        seen += 1;
    }
    if let (Some(path), Some((size, pixels))) = (&arguments.png, last) {
        let mut encoder = png::Encoder::new(std::io::BufWriter::new(std::fs::File::create(path)?), size.width, size.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&pixels)?;
    }
    Ok(())
}
