// A stream from this page to native processes: reads each picture back and sends its pixels as they are. Copies, and says so.
import { checkName, now, type TextureDescriptor, type TransferReport } from '../descriptor.js';
import { GeyserError } from '../errors.js';
import type { FrameSource, Publisher, PublisherOptions, PublisherStatistics, PublishOptions } from '../stream.js';
import { checkTimeout } from '../subscriber.js';
import { PixelReader } from './pixels.js';
import { type ServerMessage, writeRawFrame } from './protocol.js';
import type { Line, Party } from './wanted.js';

export interface NativePublisherOptions extends PublisherOptions {
  /** Texels; the server makes the stream at once. Left out: it is made with the first frame. */
  readonly width?: number;
  readonly height?: number;
}

const answerWithin = 10_000;
const lookEvery = 4;

export class NativePublisher implements Publisher, Party {
  readonly name: string;
  readonly uuid = crypto.randomUUID();
  /** How frames reach native readers. */
  readonly transfer: TransferReport = {
    transfer: 'cpu',
    why: 'The picture is read back to memory of the CPU, sent through a socket as RGBA pixels, and uploaded or mapped by geyser serve.',
  };
  readonly #line: Line;
  readonly #members: Set<NativePublisher>;
  readonly #ring: number;
  readonly #reader = new PixelReader();
  #id: number | null = null;
  #descriptor: TextureDescriptor | null = null;
  #announced: { width: number; height: number } | null = null;
  #asked: { resolve(): void; reject(error: GeyserError): void } | null = null;
  #busy = false;
  #closed = false;
  #error: GeyserError | null = null;
  #published = 0;
  #late: GeyserError | null = null; // of a frame before

  constructor(line: Line, name: string, options: NativePublisherOptions, members: Set<NativePublisher>) {
    checkName(name);
    const { ring = 3 } = options;
    if (!Number.isInteger(ring) || ring < 2 || ring > 16)
      throw new GeyserError('invalid_argument', `PublisherOptions.ring is ${String(ring)}; 2 to 16 are allowed`);
    this.name = name;
    this.#line = line;
    this.#members = members;
    this.#ring = ring;
    members.add(this);
  }

  get descriptor(): TextureDescriptor | null {
    return this.#descriptor;
  }
  get closed(): boolean {
    return this.#closed;
  }
  get hasSubscribers(): boolean {
    return this.#readers() > 0;
  }
  get statistics(): PublisherStatistics {
    return { published: this.#published, sent: this.#published, skipped: 0, readers: this.#readers(), malformed: 0 };
  }

  /** @internal Makes the stream. */
  async announce(width: number, height: number): Promise<void> {
    if (!this.#line.open) throw new GeyserError('peer_gone', 'There is no connection to geyser serve now; it is being sought again.');
    if (this.#id !== null) {
      this.#line.send({ type: 'unpublish', id: this.#id });
      this.#line.leave(this.#id);
    }
    const id = this.#line.join(this);
    this.#id = id;
    this.#announced = null;
    this.#line.send({ type: 'publish', id, name: this.name, width, height, format: 'rgba8unorm' });
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#asked = { resolve, reject };
        timer = setTimeout(
          () => reject(new GeyserError('timed_out', `geyser serve did not answer about publishing "${this.name}" within ${answerWithin} ms.`)),
          answerWithin,
        );
      });
    } catch (error) {
      this.#forget();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#asked = null;
    }
    this.#announced = { width, height };
  }

  /** As Publisher.publish(); also rejects with what the server said of a frame before, which is then lost. */
  async publish(source: FrameSource, options: PublishOptions = {}): Promise<number> {
    const { timeout = 1000, timestamp = now() } = options;
    checkTimeout(timeout, 'PublishOptions.timeout');
    if (this.#error !== null) throw this.#error;
    if (this.#closed) throw new GeyserError('invalid_state', `The publisher of "${this.name}" is closed; publish the stream again.`);
    if (this.#late !== null) {
      const late = this.#late;
      this.#late = null;
      throw late;
    }
    if (this.#busy) throw new GeyserError('invalid_state', `The frame of "${this.name}" before is still waiting for room; wait for its publish().`);
    const { width, height, bytes } = this.#reader.read(source);
    this.#busy = true;
    try {
      if (this.#announced === null || this.#announced.width !== width || this.#announced.height !== height) await this.announce(width, height);
      await this.#room(bytes.byteLength, timeout);
      const number = this.#published + 1;
      const id = this.#id;
      if (id === null || !this.#line.send(writeRawFrame(id, number, timestamp, width, height, 'rgba8unorm', bytes)))
        throw this.#error ?? new GeyserError('peer_gone', 'The connection to geyser serve was lost; it is being sought again.');
      this.#published = number;
      this.#descriptor = { width, height, format: 'rgba8unorm' };
      return number;
    } finally {
      this.#busy = false;
    }
  }

  async waitForSubscribers(count: number, timeout: number): Promise<void> {
    checkTimeout(timeout, 'the time to wait for subscribers');
    const until = performance.now() + timeout;
    while (this.#readers() < count) {
      if (this.#error !== null) throw this.#error;
      if (performance.now() >= until)
        throw new GeyserError('timed_out', `"${this.name}" has ${this.#readers()} readers after ${timeout} ms, and ${count} were waited for.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#id !== null) this.#line.send({ type: 'unpublish', id: this.#id });
    this.#forget();
    this.#members.delete(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal The connection is lost: the next frame makes the stream anew. */
  lost(): void {
    this.#forget();
    this.#asked?.reject(new GeyserError('peer_gone', 'The connection to geyser serve was lost; it is being sought again.'));
  }

  /** @internal For good. */
  fail(error: GeyserError): void {
    if (this.#closed) return;
    this.#error ??= error;
    this.#asked?.reject(error);
    void this.close();
  }

  message(message: ServerMessage): void {
    if (message.type === 'published') {
      if (message.name !== this.name)
        throw new GeyserError('protocol_error', `The server published "${message.name}" where "${this.name}" was asked for.`);
      this.#asked?.resolve();
    } else if (message.type === 'error' || message.type === 'ended') {
      const error =
        message.type === 'error' ? new GeyserError(message.code, message.message) : new GeyserError('peer_gone', `The stream ended: ${message.reason}`);
      if (this.#asked !== null) this.#asked.reject(error);
      else {
        // About one frame that was sent, or the stream is gone: the next publish() says so, and makes it anew where it has to.
        this.#late ??= error;
        if (message.type === 'ended' || ['not_found', 'invalid_state', 'peer_gone'].includes(error.code)) this.#forget();
      }
    } else {
      throw new GeyserError('protocol_error', `The server sent a ${message.type} message about publishing "${this.name}".`);
    }
  }

  frame(): void {
    throw new GeyserError('protocol_error', `The server sent a frame of "${this.name}", which this page publishes.`);
  }

  #readers(): number {
    return this.#line.streams.find((stream) => stream.name === this.name)?.readers ?? 0;
  }

  #forget(): void {
    if (this.#id !== null) this.#line.leave(this.#id);
    this.#id = null;
    this.#announced = null;
  }

  // A browser queues what is sent without bound: at most ring - 1 frames may wait in it.
  async #room(bytes: number, timeout: number): Promise<void> {
    const until = performance.now() + timeout;
    while (this.#line.open && this.#line.pending > bytes * (this.#ring - 2)) {
      if (performance.now() >= until)
        throw new GeyserError('timed_out', `"${this.name}": ${this.#line.pending} bytes of earlier frames were not sent within ${timeout} ms; publish fewer or smaller frames.`);
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
    }
  }
}
