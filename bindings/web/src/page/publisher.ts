// PagePublisher: publishes a stream to the contexts of this origin.
import type { Metadata, TextureDescriptor } from '../descriptor.js';
import { isMetadata, maxMetadataCharacters, now, sameDescriptor } from '../descriptor.js';
import { GeyserError } from '../errors.js';
import type { Capture } from '../source.js';
import { Camera, isVideoFrame } from '../source.js';
import type { FrameSource, Publisher, PublisherOptions, PublisherStatistics, PublishOptions, StreamInfo } from '../stream.js';
import { checkTimeout } from '../subscriber.js';
import type { Hub } from './hub.js';
import type { ConnectRequest } from './messages.js';
import { ReaderPort, Shared } from './reader_port.js';
import type { Registry } from './registry.js';

export const maxRing = 16;
export const maxReaders = 256;

/** Options with their defaults, checked. Errors: invalid_argument. */
export function checkedPublisherOptions(options: PublisherOptions): Required<PublisherOptions> {
  const { pacing = 'latest', ring = 3, alpha = false, application = '' } = options;
  if (pacing !== 'latest' && pacing !== 'queue') {
    throw new GeyserError('invalid_argument', `PublisherOptions.pacing is ${String(pacing)}; latest and queue are allowed`);
  }
  if (!Number.isInteger(ring) || ring < 2 || ring > maxRing) {
    throw new GeyserError('invalid_argument', `PublisherOptions.ring is ${String(ring)}; 2 to ${maxRing} are allowed`);
  }
  if (typeof application !== 'string' || application.length > 128) throw new GeyserError('invalid_argument', 'PublisherOptions.application has more than 128 characters');
  return { pacing, ring, alpha, application };
}

export class PagePublisher implements Publisher {
  readonly name: string;
  readonly uuid: string = crypto.randomUUID();
  readonly #options: Required<PublisherOptions>;
  readonly #hub: Hub;
  readonly #registry: Registry;
  readonly #freeName: () => Promise<void>;
  readonly #closedCallback: () => void;
  readonly #camera: Camera;
  readonly #readers = new Map<string, { port: ReaderPort; unwatch: () => void }>();
  readonly #changed = new Set<() => void>(); // who waits for readers or room
  #newest: Shared | null = null; // `latest`: for late joiners, and for readers that had no room
  #descriptor: TextureDescriptor | null = null;
  #generation = 0;
  #number = 0;
  #busy = false;
  #ended: Promise<void> | null = null;
  #sent = 0;
  #skipped = 0;
  #malformed = 0;

  constructor(name: string, options: Required<PublisherOptions>, hub: Hub, registry: Registry, freeName: () => Promise<void>, closed: () => void) {
    this.name = name;
    this.#options = options;
    this.#camera = new Camera(options.alpha);
    this.#hub = hub;
    this.#registry = registry;
    this.#freeName = freeName;
    this.#closedCallback = closed;
    registry.announce(name, () => this.#info());
  }

  get descriptor(): TextureDescriptor | null {
    return this.#descriptor;
  }
  get closed(): boolean {
    return this.#ended !== null;
  }
  get hasSubscribers(): boolean {
    return this.#readyCount() > 0;
  }
  get statistics(): PublisherStatistics {
    return { published: this.#number, sent: this.#sent, skipped: this.#skipped, readers: this.#readyCount(), malformed: this.#malformed };
  }

  async publish(source: FrameSource, options: PublishOptions = {}): Promise<number> {
    const { timeout = 1000 } = options;
    const published = now();
    if (this.closed) throw this.#closedError();
    if (this.#busy) throw new GeyserError('invalid_state', `the frame before of "${this.name}" is still being published; await publish() before the next one`);
    checkTimeout(timeout, 'PublishOptions.timeout');
    const timestamp = Math.round(options.timestamp ?? (isVideoFrame(source) ? source.timestamp : published));
    if (!Number.isSafeInteger(timestamp)) throw new GeyserError('invalid_argument', `PublishOptions.timestamp is ${String(options.timestamp)}; whole microseconds up to 2^53 are allowed`);
    if (!isMetadata(options.metadata ?? {})) {
      throw new GeyserError('invalid_argument', `PublishOptions.metadata is not an object of JSON's values within about ${maxMetadataCharacters} characters, 4096 values and 16 levels`);
    }
    const metadata = structuredClone(options.metadata ?? {}); // the frame may be sent later, and again
    const taken = this.#camera.take(source, timestamp, options.memory);
    if (taken instanceof Promise || this.#options.pacing === 'queue') return this.#publishLater(taken, timestamp, published, metadata, timeout);
    return this.#commit(taken, timestamp, published, metadata);
  }

  waitForSubscribers(count: number, timeout: number): Promise<void> {
    const enough = (): boolean => this.#readyCount() >= count;
    return this.#wait(enough, timeout, () => `${this.#readyCount()} of ${count} readers of "${this.name}" came within ${timeout} ms`);
  }

  close(): Promise<void> {
    return (this.#ended ??= this.#end());
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal A reader of another context, or of this one, has sent its port. */
  attach(request: ConnectRequest, port: MessagePort): void {
    if (this.closed || this.#readers.has(request.reader) || this.#readers.size >= maxReaders) {
      const full = this.#readers.size >= maxReaders;
      port.postMessage({ type: 'refused', code: full ? 'limit_exceeded' : 'peer_gone', message: full ? `"${this.name}" has ${maxReaders} readers, which is the limit` : `"${this.name}" has ended` });
      port.close();
      return;
    }
    const left = (reader: ReaderPort): void => {
      const entry = this.#readers.get(reader.id);
      if (entry?.port !== reader) return;
      entry.unwatch();
      this.#readers.delete(reader.id);
      this.#announce();
      this.#wake();
    };
    const reader = new ReaderPort(request, port, this.#info(), {
      ready: (ready) => {
        this.#announce();
        if (this.#newest !== null) this.#send(ready, this.#newest, true);
        this.#wake();
      },
      progress: (ready) => {
        const newest = this.#newest;
        if (newest !== null && ready.lastSent < newest.message.number && ready.ready && ready.hasRoom('latest', 0)) this.#send(ready, newest, false);
        this.#wake();
      },
      left,
      malformed: () => this.#malformed++,
    });
    const unwatch = this.#hub.watch(request.hub, () => {
      reader.close('its context ended');
      left(reader);
    });
    this.#readers.set(request.reader, { port: reader, unwatch });
  }

  async #publishLater(taken: Capture | Promise<Capture>, timestamp: number, published: number, metadata: Metadata, timeout: number): Promise<number> {
    this.#busy = true;
    let capture: Capture | null = null;
    try {
      capture = await taken;
      if (this.closed) throw this.#closedError();
      if (this.#options.pacing === 'queue') {
        const slow = (): ReaderPort | undefined => this.#ready().find((reader) => !reader.hasRoom('queue', this.#options.ring));
        await this.#wait(() => slow() === undefined, timeout, () => {
          const reader = slow();
          const who = reader === undefined || reader.application === '' ? `reader ${reader?.id ?? ''}` : `"${reader.application}"`;
          return `${who} of "${this.name}" is ${reader?.behind ?? 0} frames behind after ${timeout} ms, and ${this.#options.ring - 1} are allowed`;
        });
      }
      const number = this.#commit(capture, timestamp, published, metadata);
      capture = null; // it is the stream's now
      return number;
    } finally {
      this.#busy = false;
      capture?.image.close();
    }
  }

  #commit(capture: Capture, timestamp: number, published: number, metadata: Metadata): number {
    const { width, height, format, image, memory, why } = capture;
    const descriptor = { width, height, format };
    const changed = this.#descriptor === null || !sameDescriptor(this.#descriptor, descriptor);
    if (changed) {
      this.#descriptor = descriptor;
      this.#generation++;
    }
    const number = ++this.#number;
    const frame = new Shared({ type: 'frame', number, generation: this.#generation, published, timestamp, metadata, memory, why, ...descriptor, image });
    const { pacing, ring } = this.#options;
    for (const reader of this.#ready()) if (reader.hasRoom(pacing, ring)) this.#send(reader, frame, false);
    if (pacing === 'latest') {
      this.#newest?.release();
      this.#newest = frame.retain();
    }
    frame.release();
    if (changed) this.#announce();
    return number;
  }

  #send(reader: ReaderPort, frame: Shared, first: boolean): void {
    if (!first && reader.lastSent > 0) this.#skipped += frame.message.number - reader.lastSent - 1;
    reader.send(frame);
    this.#sent++;
  }

  #info(): StreamInfo {
    const { pacing, application } = this.#options;
    return { name: this.name, uuid: this.uuid, texture: this.#descriptor, pacing, application, readers: this.#readyCount() };
  }

  #announce(): void {
    if (!this.closed) this.#registry.announce(this.name, () => this.#info());
  }

  #ready(): ReaderPort[] {
    return [...this.#readers.values()].flatMap(({ port }) => (port.ready ? [port] : []));
  }
  #readyCount(): number {
    return this.#ready().length;
  }

  #wake(): void {
    for (const wake of [...this.#changed]) wake();
  }

  #wait(done: () => boolean, timeout: number, late: () => string): Promise<void> {
    checkTimeout(timeout, 'the time to wait');
    if (done()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (error: GeyserError | null): void => {
        clearTimeout(timer);
        this.#changed.delete(look);
        if (error === null) resolve();
        else reject(error);
      };
      const look = (): void => {
        if (this.closed) end(this.#closedError());
        else if (done()) end(null);
      };
      const timer = setTimeout(() => end(new GeyserError('timed_out', late())), timeout);
      this.#changed.add(look);
    });
  }

  async #end(): Promise<void> {
    for (const { port, unwatch } of this.#readers.values()) {
      unwatch();
      port.close('it was closed');
    }
    this.#readers.clear();
    this.#newest?.release();
    this.#newest = null;
    this.#camera.close();
    queueMicrotask(() => this.#wake()); // when #ended is set
    this.#registry.withdraw(this.name, this.uuid);
    this.#closedCallback();
    await this.#freeName();
  }

  #closedError(): GeyserError {
    return new GeyserError('invalid_state', `the publisher of "${this.name}" is closed; publish the name again`);
  }
}
