// The page: draws a turning picture with every kind of source, publishes each as a stream, and shows what the worker draws of it.
import type { FrameSource, Publisher } from '../../src/index.js';
import { connect, publish } from '../../src/index.js';
import type { Cell, Report } from './worker.js';
import { consumerNames } from './worker_names.js';

const width = 160;
const height = 120;
const interval = 100; // milliseconds between frames; five producers and twenty consumers share the machine

interface Producer {
  readonly name: string;
  /** Draws the picture of that moment and gives what to publish; `done` runs when it was. */
  draw(time: number): { source: FrameSource; done?: () => void } | Promise<{ source: FrameSource; done?: () => void }>;
}

// The picture: a disc that goes round on a background of the producer's own colour.
function discAt(time: number): { x: number; y: number } {
  const angle = time * 1.5;
  return { x: width / 2 + Math.cos(angle) * 45, y: height / 2 + Math.sin(angle) * 35 };
}

function paint(context: OffscreenCanvasRenderingContext2D, background: string, words: string, time: number): void {
  const { x, y } = discAt(time);
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#ffd24a';
  context.beginPath();
  context.arc(x, y, 18, 0, 7);
  context.fill();
  context.fillStyle = '#ffffff';
  context.font = '14px sans-serif';
  context.fillText(words, 8, 20);
}

function webgpu(device: GPUDevice): Producer {
  const context = new OffscreenCanvas(width, height).getContext('webgpu') as GPUCanvasContext;
  const format = navigator.gpu.getPreferredCanvasFormat();
  context.configure({ device, format });
  const module = device.createShaderModule({
    code: `@group(0) @binding(0) var<uniform> disc: vec2f;
      @vertex fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f { return vec4f(f32(i & 1) * 4 - 1, f32(i >> 1) * 4 - 1, 0, 1); }
      @fragment fn colour(@builtin(position) p: vec4f) -> @location(0) vec4f {
        if (distance(p.xy, disc) < 18) { return vec4f(1, 0.82, 0.29, 1); }
        return vec4f(0.1 + p.x / 400, 0.25, 0.55 - p.y / 400, 1); }`,
  });
  const pipeline = device.createRenderPipeline({ layout: 'auto', vertex: { module }, fragment: { module, targets: [{ format }] } });
  const uniform = device.createBuffer({ size: 8, usage: 0x40 | 0x08 }); // UNIFORM and COPY_DST
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: uniform } }] });
  return {
    name: 'WebGPU canvas',
    draw(time) {
      const { x, y } = discAt(time);
      device.queue.writeBuffer(uniform, 0, new Float32Array([x, y]));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginRenderPass({ colorAttachments: [{ view: context.getCurrentTexture().createView(), loadOp: 'clear', storeOp: 'store' }] });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.draw(3);
      pass.end();
      device.queue.submit([encoder.finish()]);
      return { source: context };
    },
  };
}

function webgl(): Producer {
  const gl = new OffscreenCanvas(width, height).getContext('webgl2') as WebGL2RenderingContext;
  return {
    name: 'WebGL canvas',
    draw(time) {
      const { x, y } = discAt(time);
      gl.disable(gl.SCISSOR_TEST);
      gl.clearColor(0.45, 0.15, 0.3, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.enable(gl.SCISSOR_TEST);
      gl.clearColor(1, 0.82, 0.29, 1);
      // A disc of strips: clearing needs no program.
      for (let row = -18; row < 18; row++) {
        const half = Math.sqrt(18 * 18 - row * row);
        gl.scissor(Math.round(x - half), Math.round(height - y + row), Math.round(2 * half), 1);
        gl.clear(gl.COLOR_BUFFER_BIT);
      }
      return { source: gl };
    },
  };
}

function canvas2d(): Producer {
  const context = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D;
  return {
    name: '2D canvas',
    draw(time) {
      paint(context, '#1f6b4a', '2D', time);
      return { source: context };
    },
  };
}

function videoFrame(): Producer {
  return {
    name: 'VideoFrame (I420)',
    draw(time) {
      // Luma by hand, as a decoder gives it: the disc bright, the background a ramp; the colour the same everywhere.
      const bytes = new Uint8Array((width * height * 3) / 2).fill(110);
      bytes.fill(160, width * height, (width * height * 5) / 4);
      const { x, y } = discAt(time);
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const inside = (column - x) ** 2 + (row - y) ** 2 < 18 * 18;
          bytes[row * width + column] = inside ? 220 : 60 + row / 2;
        }
      }
      const frame = new VideoFrame(bytes, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: Math.round(time * 1e6) });
      return { source: frame, done: () => frame.close() };
    },
  };
}

function imageBitmap(): Producer {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  return {
    name: 'ImageBitmap',
    draw(time) {
      paint(context, '#6b4a1f', 'bitmap', time);
      const bitmap = canvas.transferToImageBitmap();
      return { source: bitmap, done: () => bitmap.close() };
    },
  };
}

const table = document.getElementById('table') as HTMLTableElement;
const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
connect(worker);

const adapter = await navigator.gpu?.requestAdapter();
const device = await adapter?.requestDevice();
const producers = [...(device === undefined ? [] : [webgpu(device)]), webgl(), canvas2d(), videoFrame(), imageBitmap()];

const head = table.insertRow();
for (const words of ['published by the page', ...consumerNames]) head.append(Object.assign(document.createElement('th'), { textContent: words }));

const status = new Map<string, HTMLElement>();
const latest = new Map<string, Report>();
const publishers: { producer: Producer; publisher: Publisher; shown: CanvasRenderingContext2D; words: HTMLElement }[] = [];
for (const producer of producers) {
  const row = table.insertRow();
  const cell = (): { canvas: HTMLCanvasElement; words: HTMLElement } => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const words = document.createElement('small');
    row.insertCell().append(canvas, words);
    return { canvas, words };
  };
  const { canvas, words } = cell();
  words.textContent = producer.name;
  publishers.push({ producer, words, publisher: await publish(producer.name, { application: 'gallery' }), shown: canvas.getContext('2d') as CanvasRenderingContext2D });
  const targets = consumerNames.map((consumer) => {
    const target = cell();
    status.set(`${producer.name} ${consumer}`, target.words);
    target.canvas.dataset.cell = `${producer.name} ${consumer}`;
    return target.canvas.transferControlToOffscreen();
  });
  worker.postMessage({ stream: producer.name, targets } satisfies Cell, targets);
}

worker.addEventListener('message', (event: MessageEvent<Report>) => {
  const report = event.data;
  const key = `${report.stream} ${report.consumer}`;
  latest.set(key, report);
  const words = status.get(key);
  if (words === undefined) return;
  words.replaceChildren(`#${report.number}  ${(report.latency / 1000).toFixed(1)} ms  `, Object.assign(document.createElement('b'), { textContent: report.transfer, className: report.transfer, title: report.why }));
});

async function round(): Promise<void> {
  const time = performance.now() / 1000;
  for (const { producer, publisher, shown, words } of publishers) {
    const { source, done } = await producer.draw(time);
    const number = await publisher.publish(source, { metadata: { time } });
    const picture = 'canvas' in source ? source.canvas : source;
    shown.drawImage(picture as CanvasImageSource, 0, 0);
    words.textContent = `${producer.name}  #${number}`;
    done?.();
  }
  setTimeout(() => void round(), interval);
}
void round();

/** For the test of this page: what every consumer said last. */
(globalThis as { gallery?: unknown }).gallery = { reports: () => [...latest.values()], cells: producers.length * consumerNames.length };
