// Runs in every context of the tests and does what node says. Contexts that node has no page of are reached over a BroadcastChannel.
import { live } from './live.js';
import type { FrameUse, Metadata, Publisher, PublisherOptions, PublishOptions, ReadFrame, Subscriber, SubscriberOptions } from '../../src/index.js';
import { connect, directory, GeyserError, pageTransport, publish, publishTrack, start, subscribe } from '../../src/index.js';
import type { Difference } from './pattern.js';
import { compare, pattern } from './pattern.js';
import { consumers, poison } from './consumers.js';
import { gpu, gpuErrors, producers } from './producers.js';
import { rogue } from './rogue.js';

interface Picture extends PublishOptions {
  readonly producer: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
}

const publishers = new Map<string, Publisher>();
const subscribers = new Map<string, Subscriber>();
const frames = new Map<number, ReadFrame>();
const children = new Map<string, () => void>();
const lonely = new Map<string, Worker>();
let handles = 0;

// How a consumer's colour (first) relates to the canvas's colour multiplied by alpha (second).
type Rule = (value: number, should: number, alpha: number) => [number, number];
const over: Rule = (value, should, alpha) => [value, should + poison * (1 - alpha)];
const words = {
  straight: ((value, should, alpha) => [value * alpha, should]) as Rule,
  again: ((value, should, alpha) => [value, should * alpha]) as Rule, // multiplied once more
  coarse: ((value, should, alpha) => [value * alpha, should * alpha]) as Rule, // rounded where alpha is small
  over, // drawn over what was there
};
type Expectation = keyof typeof words;

const named = <T>(map: Map<string | number, T> | Map<string, T>, key: string | number): T => {
  const value = (map as Map<string | number, T>).get(key);
  if (value === undefined) throw new Error(`no ${key} here`);
  return value;
};

function held(frame: ReadFrame): unknown {
  frames.set(++handles, frame);
  return { handle: handles, info: frame.info, transfer: frame.transfer, kind: frame.payload.kind };
}

async function paint(name: string, picture: Picture): Promise<number> {
  const { producer, seed, width, height, ...options } = picture;
  const publisher = named(publishers, name);
  const { source, done } = await (producers[producer] as (typeof producers)[string])(seed, width, height);
  try {
    return await publisher.publish(source, options);
  } finally {
    done();
  }
}

const commands = {
  start: async () => void start({ broker: new SharedWorker(new URL('/src/broker.js', location.origin), { type: 'module' }) }),
  spawn: async (kind: string) => {
    const id = crypto.randomUUID();
    const ready = new Promise<void>((resolve) => waiting.set(id, resolve));
    const here = new URL('/tests/browser/', location.origin);
    if (kind === 'worker') {
      const worker = new Worker(new URL(`agent.js?id=${id}`, here), { type: 'module' });
      connect(worker);
      children.set(id, () => worker.terminate());
    } else if (kind === 'lonelyWorker') {
      const worker = new Worker(new URL(`agent.js?id=${id}`, here), { type: 'module' });
      lonely.set(id, worker);
      children.set(id, () => worker.terminate());
    } else if (kind === 'shared') {
      const worker = new SharedWorker(new URL(`agent.js?id=${id}`, here), { type: 'module', name: id });
      start({ broker: worker });
    } else if (kind === 'iframe') {
      const frame = document.createElement('iframe');
      frame.src = new URL(`page.html?id=${id}`, here).href;
      document.body.append(frame);
      children.set(id, () => frame.remove());
    } else {
      const popup = window.open(new URL(`page.html?id=${id}`, here).href, '_blank') as Window;
      children.set(id, () => popup.close());
    }
    await ready;
    return id;
  },
  // As spawn('shared'), for a shared worker that another page has made.
  startWith: async (id: string) => {
    start({ broker: new SharedWorker(new URL(`agent.js?id=${id}`, new URL('/tests/browser/', location.origin)), { type: 'module', name: id }) });
  },
  connectLate: async (id: string) => connect(named(lonely, id)),
  joinByPort: async (id: string) => {
    const { port1, port2 } = new MessageChannel();
    connect(port1);
    named(lonely, id).postMessage('a port', [port2]);
  },
  end: async (id: string) => named(children, id)(),

  publish: async (name: string, options?: PublisherOptions) => {
    const publisher = await publish(name, options);
    publishers.set(name, publisher);
    return publisher.uuid;
  },
  paint,
  // Publishes `count` frames; each on its way before the next is drawn.
  burst: async (name: string, count: number, picture: Picture) => {
    let last = 0;
    for (let i = 0; i < count; i++) last = await paint(name, { ...picture, seed: picture.seed + i });
    return last;
  },
  publisher: async (name: string) => {
    const { uuid, descriptor, closed, hasSubscribers, statistics } = named(publishers, name);
    return { uuid, descriptor, closed, hasSubscribers, statistics };
  },
  waitForSubscribers: async (name: string, count: number, timeout: number) => named(publishers, name).waitForSubscribers(count, timeout),
  endPublisher: async (name: string) => {
    const publisher = named(publishers, name);
    publishers.delete(name);
    await publisher.close();
    return publisher.closed;
  },
  publishRaw: async (name: string, what: string) => {
    const closed = new VideoFrame(new Uint8Array(16), { format: 'RGBX', codedWidth: 2, codedHeight: 2, timestamp: 0 });
    closed.close();
    const sources: Record<string, unknown> = { number: 7, nothing: null, object: {}, closedFrame: closed, emptyVideo: typeof document === 'undefined' ? {} : document.createElement('video') };
    if (what === 'wrongTexture') sources[what] = { device: await gpu(), texture: (await gpu()).createTexture({ size: [4, 4], format: 'r8unorm', usage: 1 }) };
    if (what === 'wrongUsage') sources[what] = { device: await gpu(), texture: (await gpu()).createTexture({ size: [4, 4], format: 'rgba8unorm', usage: 2 }) };
    return named(publishers, name).publish(sources[what] as VideoFrame);
  },
  publishAndChange: async (name: string, metadata: { list: unknown[] }) => {
    const published = named(publishers, name).publish(new ImageData(4, 4), { metadata: metadata as Metadata });
    metadata.list.push(() => 'not cloneable');
    return published;
  },
  // A track of a canvas that changes; gives how many frames were published.
  track: async (name: string, count: number) => {
    const canvas = document.createElement('canvas');
    canvas.width = 64;
    canvas.height = 48;
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    const track = canvas.captureStream(30).getVideoTracks()[0] as MediaStreamTrack;
    const publisher = named(publishers, name);
    const stop = new AbortController();
    const timer = setInterval(() => {
      context.fillStyle = 'rgb(200, 30, 60)';
      context.fillRect(0, 0, 64, 48);
      if (publisher.statistics.published >= count) stop.abort();
    }, 15);
    const published = await publishTrack(publisher, track, { signal: stop.signal, metadata: { from: 'track' } });
    clearInterval(timer);
    track.stop();
    return published;
  },

  subscribe: async (name: string, options?: SubscriberOptions, key = name) => {
    const subscriber = await subscribe(name, options);
    subscribers.set(key, subscriber);
    return subscriber.stream;
  },
  subscriber: async (key: string) => {
    const { state, stream, statistics } = named(subscribers, key);
    return { state, stream, statistics };
  },
  endSubscriber: async (key: string) => {
    const subscriber = named(subscribers, key);
    await subscriber.close();
    return subscriber.state;
  },
  acquire: async (key: string, timeout?: number) => held(await named(subscribers, key).acquire(timeout)),
  acquireTwice: async (key: string) => {
    const first = named(subscribers, key).acquire(200).catch(() => undefined);
    try {
      await named(subscribers, key).acquire(200);
    } finally {
      await first;
    }
  },
  // Takes frames until one with that number came, and says which came; each is closed after `work` milliseconds.
  follow: async (key: string, last: number, work = 0) => {
    const numbers: number[] = [];
    let skipped = 0;
    for await (const frame of named(subscribers, key)) {
      numbers.push(frame.info.number);
      skipped += frame.info.skipped;
      if (work > 0) await new Promise((resolve) => setTimeout(resolve, work));
      frame.close();
      if (frame.info.number >= last) break;
    }
    return { numbers, skipped };
  },
  // Takes `count` frames and compares each with the pattern of seed + number - 1.
  check: async (key: string, count: number, seed: number, consumer: string) => {
    const bad: string[] = [];
    for (let i = 0; i < count; i++) {
      const frame = await named(subscribers, key).acquire(10000);
      const { number, width, height } = frame.info;
      const got = await (consumers[consumer] as (typeof consumers)[string])(frame);
      const { texels, where } = compare(got, pattern(seed + number - 1, width, height), width);
      if (texels !== 0) bad.push(`frame ${number}: ${texels} texels, ${where}`);
      frame.close();
    }
    return bad;
  },
  frame: async (handle: number) => {
    const frame = named(frames, handle);
    return { closed: frame.closed, info: frame.info };
  },
  consume: async (handle: number, consumer: string, seed: number): Promise<Difference> => {
    const frame = named(frames, handle);
    const { width, height } = frame.info;
    const got = await (consumers[consumer] as (typeof consumers)[string])(frame);
    return compare(got, pattern(seed, width, height), width);
  },
  // A picture with every alpha, from a 2D canvas: the largest difference from what each consumer should give.
  alpha: async (name: string, key: string, expected: Record<string, readonly Expectation[]>) => {
    const context = new OffscreenCanvas(16, 16).getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
    const bytes = pattern(9, 16, 16);
    for (let i = 0; i < 256; i++) bytes[4 * i + 3] = i;
    context.putImageData(new ImageData(bytes, 16), 0, 0);
    const wanted = context.getImageData(0, 0, 16, 16).data;
    await named(publishers, name).publish(context);
    const frame = await named(subscribers, key).acquire(10000);
    const out: Record<string, number> = {};
    const rules = Object.fromEntries(Object.entries(expected).map(([consumer, list]) => [consumer, list.map((word) => words[word])]));
    for (const [consumer, consume] of Object.entries(consumers)) {
      const got = await consume(frame);
      let largest = 0;
      for (let i = 0; i < wanted.length; i++) {
        const alpha = (wanted[i | 3] as number) / 255;
        const straight = wanted[i] as number;
        const multiplied = i % 4 === 3 ? straight : straight * alpha;
        let should = multiplied;
        let value = got[i] as number;
        if (i % 4 !== 3) for (const rule of rules[consumer] ?? []) [value, should] = rule(value, should, alpha);
        else if (rules[consumer]?.includes(over)) should = 255;
        largest = Math.max(largest, Math.abs(value - should));
      }
      out[consumer] = Math.round(largest * 10) / 10;
    }
    frame.close();
    return out;
  },
  // Elements of the page as sources; gives the first texel that arrived of each.
  elements: async (name: string, key: string) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 20, height: 10 });
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.fillStyle = 'rgb(10, 130, 250)';
    context.fillRect(0, 0, 20, 10);
    const img = new Image();
    img.src = canvas.toDataURL('image/png');
    await img.decode();
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = canvas.captureStream(30);
    const timer = setInterval(() => context.fillRect(0, 0, 20, 10), 15);
    await video.play();
    const out: Record<string, number[]> = {};
    for (const [kind, source] of Object.entries({ canvas, context, img, video })) {
      await named(publishers, name).publish(source);
      const frame = await named(subscribers, key).acquire(10000);
      out[kind] = [frame.info.width, frame.info.height, ...(await frame.readBack()).subarray(0, 4)];
      frame.close();
    }
    clearInterval(timer);
    return out;
  },
  texel: async (handle: number) => [...(await named(frames, handle).readBack()).subarray(0, 4)],
  transferOf: async (handle: number, use: FrameUse) => named(frames, handle).transferOf(use),
  closeFrame: async (handle: number) => {
    named(frames, handle).close();
  },
  // What a wrong destination is told.
  copyToWrong: async (handle: number, what: string) => {
    const device = await gpu();
    const { width, height } = named(frames, handle).info;
    const size = what === 'small' ? [width - 1, height] : [width, height];
    const usage = what === 'usage' ? GPUTextureUsage.COPY_DST : GPUTextureUsage.COPY_DST | GPUTextureUsage.RENDER_ATTACHMENT;
    const texture = device.createTexture({ size, format: 'rgba8unorm', usage });
    try {
      named(frames, handle).copyToTexture(device, texture, what === 'offset' ? { x: 1 } : {});
    } finally {
      texture.destroy();
    }
  },
  forget: async (key: string) => {
    await named(subscribers, key).acquire(5000); // and nobody closes it
  },
  list: async () => {
    const all = directory();
    const streams = await all.list();
    all.close();
    return streams;
  },
  find: async (name: string) => directory().find(name),
  // Resolves when a change was seen after `then` was done here.
  watch: async (timeout: number) => {
    const all = directory();
    try {
      await all.waitForChange(timeout);
    } finally {
      all.close();
    }
  },
  malformed: async () => pageTransport().malformed,
  transferable: async () => ({ isolated: globalThis.crossOriginIsolated, videoFrame: typeof VideoFrame !== 'undefined' }),
  live: async () => live(),
  collect: async () => {
    for (let i = 0; i < 3; i++) {
      (globalThis as { gc?: () => void }).gc?.();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
  gpuErrors: async () => gpuErrors,
  spin: async (time: number) => {
    const end = performance.now() + time;
    while (performance.now() < end);
  },
  rogue: async (what: string, name: string) => rogue(what, name),
  close: async () => pageTransport().close(),
};

type Answer = { value: unknown; error?: undefined } | { value?: undefined; error: { code: string | undefined; message: string } };

async function run(name: string, list: unknown[]): Promise<Answer> {
  try {
    const command = (commands as unknown as Record<string, (...list: unknown[]) => Promise<unknown>>)[name];
    if (command === undefined) throw new Error(`no command ${name}`);
    return { value: (await command(...list)) ?? null };
  } catch (error) {
    const code = error instanceof GeyserError ? error.code : undefined;
    return { error: { code, message: error instanceof Error ? `${error.message}${code === undefined ? `\n${error.stack ?? ''}` : ''}` : String(error) } };
  }
}

if ('SharedWorkerGlobalScope' in globalThis) start(); // before the first page connects

// A program's own message to its worker: the library leaves it alone.
addEventListener('message', (event) => {
  if (event.data === 'a port') start({ parent: event.ports[0] as MessagePort });
});

const id = new URL(location.href).searchParams.get('id') ?? crypto.randomUUID();
const channel = new BroadcastChannel('test agents');
const waiting = new Map<string, () => void>();
const answers = new Map<string, (answer: Answer) => void>();

channel.onmessage = async (event) => {
  const data = event.data as { to?: string; call?: string; name?: string; list?: unknown[]; answer?: Answer; born?: string };
  if (data.born !== undefined) waiting.get(data.born)?.();
  else if (data.answer !== undefined) answers.get(data.call ?? '')?.(data.answer);
  else if (data.to === id) channel.postMessage({ call: data.call, answer: await run(data.name ?? '', data.list ?? []) });
};
channel.postMessage({ born: id });

async function ask(to: string, name: string, list: unknown[]): Promise<Answer> {
  if (to === id) return run(name, list);
  const call = crypto.randomUUID();
  const answer = new Promise<Answer>((resolve) => {
    answers.set(call, resolve);
    setTimeout(() => resolve({ error: { code: undefined, message: `agent ${to} does not answer to ${name}` } }), 60000);
  });
  channel.postMessage({ to, call, name, list });
  try {
    return await answer;
  } finally {
    answers.delete(call);
  }
}

(globalThis as { agent?: unknown }).agent = { id, ask };
