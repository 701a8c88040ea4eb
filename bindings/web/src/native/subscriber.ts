// A native stream's reader: frames by a socket into the package's Subscriber, with acknowledgements, decoding, latency and restarts.
import type { FrameInfo, TextureDescriptor, TransferReport } from '../descriptor.js';
import { now } from '../descriptor.js';
import { GeyserError } from '../errors.js';
import { nativeFormat } from '../formats.js';
import type { FramePayload, ReadFrame } from '../frame.js';
import type { StreamInfo, SubscriberOptions } from '../stream.js';
import { checkedSubscriberOptions, SubscriberCore } from '../subscriber.js';
import { Rate, Recent, type Spread } from './latency.js';
import type { ServerMessage, Transport, WireFrame } from './protocol.js';
import { decodable, Unpacker } from './unpacker.js';
import type { Line, Party } from './wanted.js';

export interface NativeSubscriberOptions extends SubscriberOptions {
  /** `raw`: every texel as it is. `video`: compressed, lossy, far fewer bytes. `auto` (default): video where it can be, else raw. */
  readonly transport?: Transport | 'auto';
  /** Codecs to offer, in order of preference; those that this browser does not decode are left out. All that it knows unless given. */
  readonly codecs?: readonly string[];
  /** Frames that the server may send before one is taken, 1 to 8. 2 unless given. */
  readonly window?: number;
  /** The server makes frames no wider than this, and sends no more of them a second. */
  readonly maxWidth?: number;
  readonly maxFps?: number;
}

/** Measured on this subscriber's last frames. Latencies are milliseconds, to the best of the comparison of the two clocks. */
export interface NativeMeasurements {
  readonly transport: Transport;
  readonly codec: string | null;
  /** Frames acquired a second. */
  readonly fps: number;
  /** From the publisher's publish() to the frame's arrival here; null before the first. */
  readonly arrival: Spread | null;
  /** From publish() to shown(). */
  readonly shown: Spread | null;
  /** Half of it is how far the clocks may be apart; null before the first answer. */
  readonly roundTrip: number | null;
  /** What the server counted for this subscription; null before it said. */
  readonly server: { readonly published: number; readonly sent: number; readonly skipped: number } | null;
  /** Video chunks that could not be decoded. */
  readonly undecoded: number;
}

const copies: Record<Transport, TransferReport> = {
  raw: { transfer: 'cpu', why: 'geyser serve copies the frame to memory of the CPU and sends its pixels through a socket as they are.' },
  video: { transfer: 'cpu', why: 'geyser serve copies the frame to memory of the CPU, compresses it, which loses detail, and sends it through a socket.' },
};

type Subscribed = Extract<ServerMessage, { type: 'subscribed' }>;

/** Another message than `subscribed` that ends the wait for it. */
interface Asked {
  resolve(): void;
  reject(error: GeyserError): void;
}

export class NativeSubscriber extends SubscriberCore implements Party {
  readonly #line: Line;
  readonly #wishes: NativeSubscriberOptions;
  readonly #codecs: readonly string[];
  readonly #members: Set<NativeSubscriber>;
  #connecting = true;
  #id: number | null = null;
  #agreed: Subscribed | null = null;
  #asked: Asked | null = null;
  #unpacker: Unpacker | null = null;
  #generation = 0;
  #shape: TextureDescriptor | null = null;
  #toAcknowledge: number[] = [];
  #waiting = 0; // delivered since the last acquire()
  #error: GeyserError | null = null;
  readonly #rate = new Rate();
  readonly #arrival = new Recent();
  readonly #shown = new Recent();
  #server: NativeMeasurements['server'] = null;
  #undecoded = 0;

  private constructor(line: Line, name: string, codecs: readonly string[], wishes: NativeSubscriberOptions, members: Set<NativeSubscriber>) {
    const stream: StreamInfo = { name, uuid: '', texture: null, pacing: 'latest', application: '', readers: 0 };
    super(stream, checkedSubscriberOptions(wishes), 16, () => this.#leave());
    this.#line = line;
    this.#wishes = wishes;
    this.#codecs = codecs;
    this.#members = members;
    members.add(this);
  }

  /** Errors: invalid_argument, unsupported_format (no codec), and what the server answers. */
  static async connect(line: Line, name: string, wishes: NativeSubscriberOptions, members: Set<NativeSubscriber>): Promise<NativeSubscriber> {
    checkWishes(wishes);
    const codecs = wishes.transport === 'raw' ? [] : await decodable(wishes.codecs);
    if (wishes.transport === 'video' && codecs.length === 0)
      throw new GeyserError('unsupported_format', 'This browser decodes none of the codecs that geyser serve may send; use the transport raw.');
    const { connectTimeout } = checkedSubscriberOptions(wishes);
    const made = new NativeSubscriber(line, name, codecs, wishes, members);
    const until = performance.now() + connectTimeout;
    let why: unknown = null; // says more than that the time is over
    for (;;) {
      try {
        await made.#ask(Math.max(1, until - performance.now()));
        made.#connecting = false;
        return made;
      } catch (error) {
        const absent = error instanceof GeyserError && (error.code === 'not_found' || error.code === 'peer_gone');
        if (!absent || performance.now() >= until) {
          await made.close();
          throw why !== null && error instanceof GeyserError && error.code === 'timed_out' ? why : error;
        }
        why = error;
        await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(1, until - performance.now()))));
      }
    }
  }

  override async acquire(timeout?: number): Promise<ReadFrame> {
    if (this.#error !== null) throw this.#error;
    let frame: ReadFrame;
    try {
      frame = await super.acquire(timeout);
    } catch (error) {
      if (this.state === 'waiting' && this.#line.streams.some((stream) => stream.name === this.name && stream.alive)) this.retry();
      throw this.#error ?? error;
    }
    this.#waiting = 0;
    this.#rate.add();
    this.#acknowledge();
    return frame;
  }

  /** Says that the frame is on the screen now, for the figures. */
  shown(frame: ReadFrame): void {
    this.#shown.add((now() - frame.info.published) / 1000);
  }

  get measurements(): NativeMeasurements {
    const trip = this.#line.clock.best?.trip;
    return {
      transport: this.#agreed?.transport ?? 'raw',
      codec: this.#agreed?.codec ?? null,
      fps: this.#rate.perSecond(),
      arrival: this.#arrival.spread() ?? null,
      shown: this.#shown.spread() ?? null,
      roundTrip: trip === undefined ? null : trip / 1000,
      server: this.#server,
      undecoded: this.#undecoded + (this.#unpacker?.dropped ?? 0),
    };
  }

  /** @internal The connection is there again, or the stream may be: asks anew if it has to. */
  retry(): void {
    if (this.#connecting || this.closed || this.#error !== null || this.#id !== null || this.#asked !== null || this.state !== 'waiting') return;
    this.#ask(10_000).catch((error: GeyserError) => {
      // Absent or busy is what waiting is for; a refusal is for good.
      if (!['not_found', 'peer_gone', 'timed_out', 'invalid_state'].includes(error.code)) this.fail(error);
    });
  }

  /** @internal The connection is lost, or the stream has ended. */
  lost(why: string): void {
    this.#forget();
    this.#asked?.reject(new GeyserError('peer_gone', `The connection to geyser serve was lost (${why}).`));
    this.detach(why);
  }

  /** @internal For good. */
  fail(error: GeyserError): void {
    if (this.closed || this.#error !== null) return;
    this.#error = error;
    this.#asked?.reject(error);
    void this.close();
  }

  message(message: ServerMessage): void {
    switch (message.type) {
      case 'subscribed':
        return this.#subscribed(message);
      case 'stats':
        this.#server = { published: message.published, sent: message.sent, skipped: message.skipped };
        return;
      case 'ended':
        return this.lost(message.reason);
      case 'error': {
        const error = new GeyserError(message.code, message.message);
        if (this.#asked !== null) this.#asked.reject(error);
        else if (message.code === 'peer_gone' || message.code === 'not_found') this.lost(message.message);
        else this.fail(error);
        return;
      }
      default:
        throw new GeyserError('protocol_error', `The server sent a ${message.type} message about the subscription of "${this.name}".`);
    }
  }

  frame(frame: WireFrame): void {
    const agreed = this.#agreed;
    if (agreed === null) throw new GeyserError('protocol_error', `The server sent a frame of "${this.name}" before it said what it is.`);
    if ((frame.kind === 'raw') !== (agreed.transport === 'raw'))
      throw new GeyserError('protocol_error', `The server sent a frame of kind ${frame.kind} of "${this.name}", which travels as ${agreed.transport}.`);
    const serverNow = this.#line.clock.now();
    const late = serverNow === undefined ? frame.sentAt - frame.publishedAt : serverNow - frame.publishedAt;
    this.#arrival.add(Math.max(0, late) / 1000);
    this.#toAcknowledge.push(frame.number);
    if (frame.kind === 'raw') {
      const { width, height, format } = frame;
      const bytes = frame.payload as Uint8Array<ArrayBuffer>;
      this.#deliver(frame, { width, height, format }, { kind: 'bytes', bytes, format });
    } else this.#unpacker?.push(frame);
    this.#acknowledge();
  }

  #subscribed(message: Subscribed): void {
    if (message.stream !== this.name)
      throw new GeyserError('protocol_error', `The server answered with the stream "${message.stream}" where "${this.name}" was asked for.`);
    if (message.codec !== undefined && message.transport === 'video' && !hasFamily(this.#codecs, message.codec))
      throw new GeyserError('protocol_error', `The server sends ${message.codec}, which was not among the codecs asked for: ${this.#codecs.join(', ')}.`);
    const first = this.#agreed === null;
    this.#closeUnpacker();
    this.#agreed = message;
    if (message.transport === 'video') this.#unpacker = this.#newUnpacker(message);
    const texture = { width: message.width, height: message.height, format: nativeFormat(message.format) };
    const listed = this.#line.streams.find((stream) => stream.name === this.name);
    const stream: StreamInfo = { ...this.stream, texture, readers: listed?.readers ?? 0 };
    if (first) this.attach(stream);
    else this.update(stream);
    this.#asked?.resolve();
  }

  #newUnpacker(message: Subscribed): Unpacker {
    const { width, height, description } = message;
    const config = { codec: message.codec as string, width, height, ...(description ? { description } : {}) };
    return new Unpacker(config, {
      picture: (picture, from) => {
        const format = nativeFormat((picture.format ?? 'undefined').toLowerCase());
        const shape = { width: picture.displayWidth, height: picture.displayHeight, format };
        this.#deliver(from, shape, { kind: 'video-frame', frame: picture, memory: 'unknown' });
      },
      room: () => this.#acknowledge(),
      needsKeyFrame: () => this.#id !== null && this.#line.send({ type: 'keyframe', id: this.#id }),
      failed: (error) => this.fail(error),
    });
  }

  #deliver(frame: WireFrame, shape: TextureDescriptor, payload: FramePayload): void {
    const transport = this.#agreed?.transport ?? 'raw';
    if (this.#shape === null || this.#shape.width !== shape.width || this.#shape.height !== shape.height || this.#shape.format !== shape.format) {
      this.#shape = shape;
      this.#generation++;
    }
    const serverNow = this.#line.clock.now();
    const age = serverNow === undefined ? frame.sentAt - frame.publishedAt : serverNow - frame.publishedAt;
    const info: Omit<FrameInfo, 'skipped'> = {
      ...shape,
      number: frame.number,
      generation: this.#generation,
      published: Math.round(now() - age),
      timestamp: frame.timestamp,
      metadata: {},
    };
    this.#waiting++;
    this.deliver({ info, payload, transfer: copies[transport] });
  }

  // A frame is acknowledged when another one can be used: nothing waits to be acquired, and the decoder has room. So a page that does not
  // draw gets no more than the window.
  #acknowledge(): void {
    if (this.#waiting > 0 || (this.#unpacker?.queued ?? 0) > 1 || this.#id === null) return;
    const newest = this.#toAcknowledge.splice(0).at(-1);
    if (newest !== undefined) this.#line.send({ type: 'ack', id: this.#id, number: newest }); // and those before it
  }

  async #ask(timeout: number): Promise<void> {
    if (!this.#line.open) throw new GeyserError('peer_gone', 'There is no connection to geyser serve now.');
    const { transport = 'auto', window = 2, maxWidth, maxFps } = this.#wishes;
    const common = this.#codecs.some((codec) => hasFamily(this.#line.encoders, codec));
    if (transport === 'video' && !common) {
      const has = this.#line.encoders.join(', ') || 'none';
      throw new GeyserError('unsupported_format', `The server encodes ${has} and this browser decodes ${this.#codecs.join(', ')}; use the transport raw.`);
    }
    const chosen: Transport = transport === 'auto' ? (common ? 'video' : 'raw') : transport;
    const id = this.#line.join(this);
    this.#id = id;
    this.#line.send({
      type: 'subscribe',
      id,
      stream: this.name,
      transport: chosen,
      ...(chosen === 'video' ? { codecs: this.#codecs } : {}),
      window,
      ...(maxWidth === undefined ? {} : { maxWidth }),
      ...(maxFps === undefined ? {} : { maxFps }),
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#asked = { resolve, reject };
        timer = setTimeout(() => {
          this.#line.send({ type: 'unsubscribe', id });
          reject(new GeyserError('timed_out', `geyser serve did not answer about the stream "${this.name}" within ${Math.round(timeout)} ms.`));
        }, timeout);
      });
    } catch (error) {
      this.#forget();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#asked = null;
    }
  }

  #closeUnpacker(): void {
    this.#undecoded += this.#unpacker?.dropped ?? 0;
    this.#unpacker?.close();
    this.#unpacker = null;
  }

  #forget(): void {
    if (this.#id !== null) this.#line.leave(this.#id);
    this.#id = null;
    this.#agreed = null;
    this.#closeUnpacker();
    this.#toAcknowledge = [];
    this.#waiting = 0;
  }

  #leave(): void {
    if (this.#id !== null) this.#line.send({ type: 'unsubscribe', id: this.#id });
    this.#forget();
    this.#members.delete(this);
  }
}

// The server names the profile and level of the picture that it sends, which differ from those that were asked about.
function hasFamily(codecs: readonly string[], codec: string): boolean {
  return codecs.some((each) => each.split('.')[0] === codec.split('.')[0]);
}

function checkWishes(wishes: NativeSubscriberOptions): void {
  const whole = (value: number | undefined, least: number, most: number, what: string): void => {
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
      throw new GeyserError('invalid_argument', `NativeSubscriberOptions.${what} is ${String(value)}; ${least} to ${most} are allowed`);
  };
  whole(wishes.window, 1, 8, 'window');
  whole(wishes.maxWidth, 16, 16384, 'maxWidth');
  if (wishes.maxFps !== undefined && !(wishes.maxFps > 0 && wishes.maxFps <= 1000))
    throw new GeyserError('invalid_argument', `NativeSubscriberOptions.maxFps is ${String(wishes.maxFps)}; more than 0 and at most 1000 are allowed`);
  if (!['raw', 'video', 'auto', undefined].includes(wishes.transport))
    throw new GeyserError('invalid_argument', `NativeSubscriberOptions.transport is "${String(wishes.transport)}"; raw, video and auto are possible`);
}
