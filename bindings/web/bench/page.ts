// The page: draws, and gives each frame to the worker, through a stream or as bytes that it read back. One frame at a time: what is measured is the
// way of a frame, from before publish() (or read-back) until the worker's GPU has it in a texture.
import type { FrameSource, Publisher } from '../src/index.js';
import { connect, now, publish } from '../src/index.js';

const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
connect(worker);
let arrived: (at: number) => void = () => undefined;
worker.onmessage = (event: MessageEvent<number>) => arrived(event.data);
const arrival = (): Promise<number> => new Promise((resolve) => (arrived = resolve));

interface Producer {
  /** Draws another picture. */
  draw(step: number): Promise<void> | void;
  source(): FrameSource;
  after(): void;
  /** The picture as RGBA bytes: what a program without streams would send. */
  read(): Promise<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer>;
}

const adapter = await navigator.gpu.requestAdapter();
const device = (await adapter?.requestDevice()) as GPUDevice;
const usage = { copySrc: 0x01, attachment: 0x10, mapRead: 0x01, bufferCopyDst: 0x08 };

function webgpu(width: number, height: number): Producer {
  const context = new OffscreenCanvas(width, height).getContext('webgpu') as GPUCanvasContext;
  context.configure({ device, format: 'rgba8unorm', usage: usage.attachment | usage.copySrc });
  const stride = Math.ceil((width * 4) / 256) * 256;
  const buffer = device.createBuffer({ size: stride * height, usage: usage.mapRead | usage.bufferCopyDst });
  return {
    draw(step) {
      const encoder = device.createCommandEncoder();
      const clearValue = [(step % 7) / 7, 0.3, 0.6, 1];
      encoder.beginRenderPass({ colorAttachments: [{ view: context.getCurrentTexture().createView(), loadOp: 'clear', storeOp: 'store', clearValue }] }).end();
      device.queue.submit([encoder.finish()]);
    },
    source: () => context,
    after: () => undefined,
    async read() {
      const encoder = device.createCommandEncoder();
      encoder.copyTextureToBuffer({ texture: context.getCurrentTexture() }, { buffer, bytesPerRow: stride }, [width, height]);
      device.queue.submit([encoder.finish()]);
      await buffer.mapAsync(usage.mapRead);
      const padded = new Uint8Array(buffer.getMappedRange());
      const bytes = new Uint8Array(width * height * 4);
      if (stride === width * 4) bytes.set(padded);
      else for (let y = 0; y < height; y++) bytes.set(padded.subarray(y * stride, y * stride + width * 4), y * width * 4);
      buffer.unmap();
      return bytes;
    },
  };
}

function webgl(width: number, height: number): Producer {
  const gl = new OffscreenCanvas(width, height).getContext('webgl2', { antialias: false }) as WebGL2RenderingContext;
  return {
    draw(step) {
      gl.clearColor((step % 7) / 7, 0.3, 0.6, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
    },
    source: () => gl,
    after: () => undefined,
    read() {
      const bytes = new Uint8Array(width * height * 4);
      gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
      return bytes;
    },
  };
}

function canvas2d(width: number, height: number): Producer {
  const context = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D;
  return {
    draw(step) {
      context.fillStyle = `rgb(${(step % 7) * 36}, 76, 153)`;
      context.fillRect(0, 0, width, height);
    },
    source: () => context,
    after: () => undefined,
    read: () => new Uint8Array(context.getImageData(0, 0, width, height).data.buffer as ArrayBuffer),
  };
}

function videoFrame(width: number, height: number): Producer {
  let frame: VideoFrame | null = null;
  const bytes = new Uint8Array((width * height * 3) / 2);
  return {
    draw(step) {
      bytes.fill(60 + step * 5, 0, width * height);
      bytes.fill(128, width * height);
      frame = new VideoFrame(bytes, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: step });
    },
    source: () => frame as VideoFrame,
    after: () => frame?.close(),
    async read() {
      const out = new Uint8Array(width * height * 4);
      await (frame as VideoFrame).copyTo(out, { format: 'RGBA', layout: [{ offset: 0, stride: width * 4 }] });
      return out;
    },
  };
}

const producers = { webgpu, webgl, canvas2d, videoFrame };

let producer: Producer | null = null;
let publisher: Publisher | null = null;
let size: [number, number] = [0, 0];

const bench = {
  kinds: Object.keys(producers),
  async prepare(kind: keyof typeof producers, width: number, height: number): Promise<void> {
    await publisher?.close();
    size = [width, height];
    producer = producers[kind](width, height);
    publisher = await publish('bench');
    worker.postMessage({ width, height });
    await publisher.waitForSubscribers(1, 20000);
  },
  /** Latencies in milliseconds. */
  async measure(way: 'stream' | 'bytes', count: number): Promise<number[]> {
    const p = producer as Producer;
    const latencies: number[] = [];
    for (let i = 0; i < count; i++) {
      await p.draw(i);
      const begin = now();
      const end = arrival();
      if (way === 'stream') await (publisher as Publisher).publish(p.source());
      else {
        const bytes = await p.read();
        worker.postMessage({ bytes, width: size[0], height: size[1] }, [bytes.buffer]);
      }
      latencies.push(((await end) - begin) / 1000);
      p.after();
    }
    return latencies;
  },
};
export type Bench = typeof bench;
(globalThis as { bench?: Bench }).bench = bench;
