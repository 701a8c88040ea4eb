// Attaching to a publisher of this origin, and again when it restarts.
import type { TransferReport } from '../descriptor.js';
import { GeyserError } from '../errors.js';
import { isVideoFrame } from '../source.js';
import type { StreamInfo, SubscriberOptions } from '../stream.js';
import { SubscriberCore } from '../subscriber.js';
import type { Hub } from './hub.js';
import { unreachable } from './hub.js';
import type { FrameMessage, ToPublisher } from './messages.js';
import { closeImages, readToReader } from './messages.js';
import { maxRing } from './publisher.js';
import type { Entry, Registry } from './registry.js';

// Between tries to reach a publisher whose context has no link yet.
const retryTime = 100;
// For the goodbye of a publisher that may be busy, or dead.
const farewellTime = 10_000;

/** One reader: keeps its core attached until the program closes it. */
export class Reader {
  readonly #name: string;
  readonly #options: Required<SubscriberOptions>;
  readonly #hub: Hub;
  readonly #registry: Registry;
  readonly #stop = new AbortController();
  readonly #closed: () => void;
  #core: SubscriberCore | null = null;
  #port: MessagePort | null = null;
  #unwatch: () => void = () => undefined;
  #lastNumber = 0;

  constructor(name: string, options: Required<SubscriberOptions>, hub: Hub, registry: Registry, closed: () => void) {
    this.#name = name;
    this.#options = options;
    this.#hub = hub;
    this.#registry = registry;
    this.#closed = closed;
  }

  /** Attaches within the time. Errors: not_found, timed_out, limit_exceeded, peer_gone. */
  async connect(): Promise<SubscriberCore> {
    await this.#hub.ready;
    const until = performance.now() + this.#options.connectTimeout;
    let last: GeyserError | null = null;
    this.#registry.ask();
    for (;;) {
      const entry = this.#registry.entry(this.#name);
      const left = until - performance.now();
      if (entry !== null && left > 0) {
        try {
          const stream = await this.#attach(entry, left);
          return this.#attached(stream);
        } catch (error) {
          last = error as GeyserError;
          if (last.code === 'limit_exceeded') throw last;
        }
      } else if (left <= 0) {
        const names = this.#registry.names();
        const there = names.length === 0 ? 'there is none' : `there are ${names.map((name) => `"${name}"`).join(', ')}`;
        throw last ?? new GeyserError('not_found', `no stream "${this.#name}" appeared within ${this.#options.connectTimeout} ms; ${there}`);
      }
      await this.#registry.change(Math.max(1, Math.min(until - performance.now(), entry === null ? Infinity : retryTime)));
    }
  }

  /** Closes what the program has; the core calls close(). */
  async end(): Promise<void> {
    if (this.#core === null) this.close();
    else await this.#core.close();
  }

  close(): void {
    this.#stop.abort();
    this.#drop(true);
    this.#closed();
  }

  // Sends a port and waits until the publisher has answered over the other one.
  #attach({ hub, stream }: Entry, timeout: number): Promise<StreamInfo> {
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve, reject) => {
      let info: StreamInfo | null = null;
      const done = (error: GeyserError | null): void => {
        clearTimeout(timer);
        unwatch();
        this.#stop.signal.removeEventListener('abort', stop);
        if (error !== null || info === null) {
          port1.close();
          reject(error ?? new GeyserError('protocol_error', `the publisher of "${this.#name}" answers in the wrong order`));
          return;
        }
        this.#port = port1;
        port1.onmessage = (event) => this.#heard(port1, event);
        port1.onmessageerror = () => this.#malformed(null);
        this.#unwatch = this.#hub.watch(hub, () => this.#gone(port1, 'its context ended'));
        resolve(info);
      };
      const ready = (video: boolean): void => {
        if (info !== null) port1.postMessage({ type: 'ready', video } satisfies ToPublisher);
        done(null);
      };
      const stop = (): void => done(new GeyserError('invalid_state', `this subscriber of "${this.#name}" was closed`));
      const timer = setTimeout(() => done(new GeyserError('timed_out', `the publisher of "${this.#name}" does not answer within the time; its context may be stopped, or busy`)), timeout);
      const unwatch = this.#hub.watch(hub, () => done(new GeyserError('peer_gone', `the context that publishes "${this.#name}" ended`)));
      this.#stop.signal.addEventListener('abort', stop);
      port1.onmessage = (event) => {
        const message = readToReader(event.data);
        if (message?.type === 'attached' && info === null) info = message.stream;
        else if (message?.type === 'probe') {
          const { sample } = message;
          const arrived = isVideoFrame(sample) || (typeof WebAssembly !== 'undefined' && sample instanceof WebAssembly.Module);
          closeImages(sample);
          ready(arrived && typeof VideoFrame !== 'undefined');
        } else if (message?.type === 'refused') done(new GeyserError(message.code, message.message));
        else this.#malformed(event.data);
      };
      port1.onmessageerror = () => ready(false); // the probe, from another agent cluster
      const { application, maxHeld } = this.#options;
      this.#hub.send(hub, { hub: this.#hub.id, stream: stream.uuid, reader: crypto.randomUUID(), application, maxHeld }, port2, () => {
        done(new GeyserError('not_found', unreachable));
      });
    });
  }

  #attached(stream: StreamInfo): SubscriberCore {
    this.#core ??= new SubscriberCore(stream, this.#options, maxRing, () => this.close());
    this.#lastNumber = 0;
    this.#core.attach(stream);
    return this.#core;
  }

  #heard(port: MessagePort, event: MessageEvent): void {
    const message = port === this.#port ? readToReader(event.data) : null;
    if (message?.type === 'frame' && message.number > this.#lastNumber && this.#core !== null) {
      this.#lastNumber = message.number;
      this.#deliver(port, message);
    } else if (message?.type === 'ended') this.#gone(port, message.reason);
    else this.#malformed(event.data);
  }

  #deliver(port: MessagePort, message: FrameMessage): void {
    const core = this.#core as SubscriberCore;
    const { number, generation, published, timestamp, metadata, width, height, format, memory, image } = message;
    const info = { number, generation, published, timestamp, metadata, width, height, format };
    const texture = { width, height, format };
    core.update({ ...core.stream, texture });
    const say = (type: 'taken' | 'released'): void => port.postMessage({ type, number } satisfies ToPublisher);
    core.deliver({
      info,
      payload: isVideoFrame(image) ? { kind: 'video-frame', frame: image, memory } : { kind: 'bitmap', bitmap: image, memory },
      transfer: reportOf(message),
      acquired: () => say('taken'),
      released: () => say('released'),
    });
  }

  #gone(port: MessagePort, why: string): void {
    if (port !== this.#port) return;
    this.#drop(false);
    this.#core?.detach(why);
    if (this.#options.reconnect) void this.#reattach();
  }

  async #reattach(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted && this.#port === null) {
      const entry = this.#registry.entry(this.#name);
      if (entry === null) {
        await this.#registry.change(5000, signal);
        continue;
      }
      try {
        const stream = await this.#attach(entry, 2000);
        this.#attached(stream);
      } catch {
        await this.#registry.change(retryTime, signal);
      }
    }
  }

  #drop(leave: boolean): void {
    const port = this.#port;
    this.#port = null;
    this.#unwatch();
    this.#unwatch = () => undefined;
    if (port === null) return;
    if (!leave) {
      port.close();
      return;
    }
    // What is on the way is taken and closed, until the publisher has said goodbye: a frame that nobody takes is a leak until garbage collection.
    const timer = setTimeout(() => port.close(), farewellTime);
    port.onmessage = (event) => {
      closeImages(event.data);
      if (readToReader(event.data)?.type !== 'ended') return;
      clearTimeout(timer);
      port.close();
    };
    port.onmessageerror = null;
    port.postMessage({ type: 'leave' } satisfies ToPublisher);
  }

  #malformed(data: unknown): void {
    closeImages(data);
    if (this.#core !== null) this.#core.malformed++;
  }
}

function reportOf({ memory, why }: FrameMessage): TransferReport {
  const transfer = memory === 'gpu' || memory === 'multi-planar' ? 'gpu' : 'cpu';
  return { transfer, why };
}
