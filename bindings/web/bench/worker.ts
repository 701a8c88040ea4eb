// The worker: each frame into a WebGPU texture, by whichever way it comes; says when its GPU is done.
import type { Subscriber } from '../src/index.js';
import { now, subscribe } from '../src/index.js';

interface Words {
  readonly width: number;
  readonly height: number;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

const adapter = navigator.gpu.requestAdapter();
const made = adapter.then((found) => (found as GPUAdapter).requestDevice());
let texture: GPUTexture | null = null;
let subscriber: Subscriber | null = null;

async function read(reader: Subscriber): Promise<void> {
  const device = await made;
  for await (const frame of reader) {
    if (texture === null) frame.close();
    else {
      frame.copyToTexture(device, texture);
      frame.close();
      await device.queue.onSubmittedWorkDone();
      postMessage(now());
    }
  }
}

addEventListener('message', (event: MessageEvent<Words>) => void hear(event.data));

async function hear({ width, height, bytes }: Words): Promise<void> {
  const device = await made;
  if (bytes === undefined) {
    await subscriber?.close();
    texture?.destroy();
    texture = device.createTexture({ size: [width, height], format: 'rgba8unorm', usage: 0x02 | 0x04 | 0x10 }); // COPY_DST, TEXTURE_BINDING, RENDER_ATTACHMENT
    subscriber = await subscribe('bench', { connectTimeout: 20000 });
    void read(subscriber);
    return;
  }
  device.queue.writeTexture({ texture: texture as GPUTexture }, bytes, { bytesPerRow: width * 4 }, [width, height]);
  await device.queue.onSubmittedWorkDone();
  postMessage(now());
}
