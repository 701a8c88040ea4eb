// Consumers: a frame into every kind of destination, which held something else before, and the pixels back as RGBA.
import type { ReadFrame } from '../../src/index.js';
import { gpu } from './producers.js';

export const poison = 0xab;

async function bytesOf(device: GPUDevice, texture: GPUTexture): Promise<Uint8Array> {
  const { width, height } = texture;
  const stride = Math.ceil((width * 4) / 256) * 256;
  const buffer = device.createBuffer({ size: stride * height, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyTextureToBuffer({ texture }, { buffer, bytesPerRow: stride }, [width, height]);
  device.queue.submit([encoder.finish()]);
  await buffer.mapAsync(GPUMapMode.READ);
  const padded = new Uint8Array(buffer.getMappedRange());
  const out = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) out.set(padded.subarray(y * stride, y * stride + width * 4), y * width * 4);
  buffer.destroy();
  return out;
}

function poisoned(device: GPUDevice, width: number, height: number): GPUTexture {
  const usage = GPUTextureUsage.COPY_DST | GPUTextureUsage.COPY_SRC | GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.TEXTURE_BINDING;
  const texture = device.createTexture({ size: [width, height], format: 'rgba8unorm', usage });
  device.queue.writeTexture({ texture }, new Uint8Array(width * height * 4).fill(poison), { bytesPerRow: width * 4 }, [width, height]);
  return texture;
}

let external: GPUComputePipeline | null = null;

async function throughShader(frame: ReadFrame): Promise<Uint8Array> {
  const device = await gpu();
  const { width, height } = frame.info;
  external ??= device.createComputePipeline({
    layout: 'auto',
    compute: {
      module: device.createShaderModule({
        code: `@group(0) @binding(0) var t: texture_external; @group(0) @binding(1) var<storage, read_write> o: array<u32>;
          @compute @workgroup_size(8, 8) fn main(@builtin(global_invocation_id) id: vec3u) {
            let size = textureDimensions(t);
            if (any(id.xy >= size)) { return; }
            o[id.y * size.x + id.x] = pack4x8unorm(textureLoad(t, id.xy)); }`,
      }),
    },
  });
  const size = width * height * 4;
  const out = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
  const map = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(out, 0, new Uint8Array(size).fill(poison));
  const group = device.createBindGroup({
    layout: external.getBindGroupLayout(0),
    entries: [
      { binding: 0, resource: frame.toExternalTexture(device) },
      { binding: 1, resource: { buffer: out } },
    ],
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(external);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(Math.ceil(width / 8), Math.ceil(height / 8));
  pass.end();
  encoder.copyBufferToBuffer(out, 0, map, 0, size);
  device.queue.submit([encoder.finish()]);
  await map.mapAsync(GPUMapMode.READ);
  const bytes = new Uint8Array(map.getMappedRange()).slice();
  out.destroy();
  map.destroy();
  return bytes;
}

let glContext: WebGL2RenderingContext | null = null;

async function throughWebGL(frame: ReadFrame, into: boolean): Promise<Uint8Array> {
  const gl = (glContext ??= new OffscreenCanvas(1, 1).getContext('webgl2') as WebGL2RenderingContext);
  const { width, height } = frame.info;
  // State that must be kept, and not disturb.
  const other = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, other);
  gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, true);
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 3);
  const texture = gl.createTexture() as WebGLTexture;
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(width * height * 4).fill(poison));
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 3);
  gl.bindTexture(gl.TEXTURE_2D, other);
  frame.toWebGL(gl, texture, into ? { into: { x: 0, y: 0 } } : {});
  const kept = gl.getParameter(gl.TEXTURE_BINDING_2D) === other && gl.getParameter(gl.UNPACK_FLIP_Y_WEBGL) === true && gl.getParameter(gl.UNPACK_SKIP_ROWS) === 3;
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
  const target = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, target);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const bytes = new Uint8Array(width * height * 4);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  gl.deleteFramebuffer(target);
  gl.deleteTexture(texture);
  gl.deleteTexture(other);
  const error = gl.getError();
  if (error !== gl.NO_ERROR) throw new Error(`WebGL error ${error}`);
  if (!kept) throw new Error('toWebGL changed state of the context');
  return bytes;
}

function canvas(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.fillStyle = `rgb(${poison}, ${poison}, ${poison})`;
  context.fillRect(0, 0, width, height);
  return context;
}

export const consumers: Record<string, (frame: ReadFrame) => Promise<Uint8Array | Uint8ClampedArray>> = {
  external: throughShader,
  async texture(frame) {
    const device = await gpu();
    const texture = poisoned(device, frame.info.width, frame.info.height);
    frame.copyToTexture(device, texture);
    const bytes = await bytesOf(device, texture);
    texture.destroy();
    return bytes;
  },
  webgl: (frame) => throughWebGL(frame, false),
  webglInto: (frame) => throughWebGL(frame, true),
  async canvas2d(frame) {
    const { width, height } = frame.info;
    const context = canvas(width, height);
    frame.draw(context);
    return context.getImageData(0, 0, width, height).data;
  },
  async bitmap(frame) {
    const { width, height } = frame.info;
    const context = canvas(width, height);
    const bitmap = await frame.toBitmap();
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return context.getImageData(0, 0, width, height).data;
  },
  async videoframe(frame) {
    const { width, height } = frame.info;
    const bytes = new Uint8Array(width * height * 4).fill(poison);
    await frame.videoFrame.copyTo(bytes, { format: 'RGBA', layout: [{ offset: 0, stride: width * 4 }] });
    return bytes;
  },
  readback: (frame) => frame.readBack(),
};
