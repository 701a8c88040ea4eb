// The worker: reads every stream once and shows each frame by four ways.
import type { ReadFrame, TransferReport } from '../../src/index.js';
import { now, subscribe } from '../../src/index.js';
import type { ConsumerName } from './worker_names.js';
import { consumerNames } from './worker_names.js';

export interface Cell {
  readonly stream: string;
  readonly targets: OffscreenCanvas[];
}
export interface Report extends TransferReport {
  readonly stream: string;
  readonly consumer: ConsumerName;
  readonly number: number;
  /** Microseconds from publish() to here. */
  readonly latency: number;
}

type Show = (frame: ReadFrame) => void;

let device: Promise<GPUDevice> | null = null;
async function gpu(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error('no WebGPU adapter');
  return adapter.requestDevice();
}

// Draws a texture over the whole canvas; `external` decides its kind.
function blit(device: GPUDevice, canvas: OffscreenCanvas, external: boolean): (resource: GPUBindingResource) => void {
  const context = canvas.getContext('webgpu') as GPUCanvasContext;
  const format = navigator.gpu.getPreferredCanvasFormat();
  context.configure({ device, format });
  const module = device.createShaderModule({
    code: `@group(0) @binding(0) var picture: ${external ? 'texture_external' : 'texture_2d<f32>'};
      @vertex fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f { return vec4f(f32(i & 1) * 4 - 1, f32(i >> 1) * 4 - 1, 0, 1); }
      @fragment fn colour(@builtin(position) p: vec4f) -> @location(0) vec4f { return textureLoad(picture, vec2u(p.xy)${external ? '' : ', 0'}); }`,
  });
  const pipeline = device.createRenderPipeline({ layout: 'auto', vertex: { module }, fragment: { module, targets: [{ format }] } });
  return (resource) => {
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource }] });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginRenderPass({ colorAttachments: [{ view: context.getCurrentTexture().createView(), loadOp: 'clear', storeOp: 'store' }] });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.draw(3);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
}

interface SharedGL {
  readonly gl: WebGL2RenderingContext;
  readonly texture: WebGLTexture;
  readonly target: WebGLFramebuffer;
}
let shared: SharedGL | null = null;
function webgl(): SharedGL {
  // What is blitted to has one sample.
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2', { antialias: false }) as WebGL2RenderingContext;
  return { gl, texture: gl.createTexture(), target: gl.createFramebuffer() };
}

const makers: Record<ConsumerName, (canvas: OffscreenCanvas) => Promise<Show>> = {
  async 'WebGPU external texture'(canvas) {
    const d = await (device ??= gpu());
    const draw = blit(d, canvas, true);
    return (frame) => draw(frame.toExternalTexture(d));
  },
  async 'WebGPU texture copy'(canvas) {
    const d = await (device ??= gpu());
    const draw = blit(d, canvas, false);
    let texture: GPUTexture | null = null;
    return (frame) => {
      const { width, height } = frame.info;
      if (texture?.width !== width || texture.height !== height) {
        texture?.destroy();
        texture = d.createTexture({ size: [width, height], format: 'rgba8unorm', usage: 0x02 | 0x04 | 0x10 }); // COPY_DST, TEXTURE_BINDING, RENDER_ATTACHMENT
      }
      frame.copyToTexture(d, texture);
      draw(texture.createView());
    };
  },
  async 'WebGL texture'(canvas) {
    // One WebGL context for all cells: a browser gives a worker four.
    const { gl, texture, target } = (shared ??= webgl());
    const shown = canvas.getContext('bitmaprenderer') as ImageBitmapRenderingContext;
    return (frame) => {
      const { width, height } = frame.info;
      if (gl.canvas.width !== width) gl.canvas.width = width;
      if (gl.canvas.height !== height) gl.canvas.height = height;
      frame.toWebGL(gl, texture, { flipY: true });
      gl.bindFramebuffer(gl.READ_FRAMEBUFFER, target);
      gl.framebufferTexture2D(gl.READ_FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
      gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, gl.COLOR_BUFFER_BIT, gl.NEAREST);
      shown.transferFromImageBitmap((gl.canvas as OffscreenCanvas).transferToImageBitmap());
    };
  },
  async '2D canvas'(canvas) {
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    return (frame) => frame.draw(context);
  },
};
const uses = { 'WebGPU external texture': 'external-texture', 'WebGPU texture copy': 'texture', 'WebGL texture': 'webgl', '2D canvas': 'canvas' } as const;

async function show({ stream, targets }: Cell): Promise<void> {
  const shows: [ConsumerName, Show][] = [];
  for (const [i, name] of consumerNames.entries()) {
    try {
      shows.push([name, await makers[name](targets[i] as OffscreenCanvas)]);
    } catch (error) {
      console.warn(`${name}: ${String(error)}`);
    }
  }
  const subscriber = await subscribe(stream, { connectTimeout: 20000, application: 'gallery worker' });
  for await (const frame of subscriber) {
    for (const [consumer, draw] of shows) {
      draw(frame);
      const report: Report = { stream, consumer, number: frame.info.number, latency: now() - frame.info.published, ...frame.transferOf(uses[consumer]) };
      postMessage(report);
    }
    frame.close();
  }
}

addEventListener('message', (event: MessageEvent<Cell>) => void show(event.data));
