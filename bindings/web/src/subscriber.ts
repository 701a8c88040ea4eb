// The reader's side of every transport: what waits to be acquired, what is held, what was skipped.
import type { FrameInfo } from './descriptor.js';
import { sameDescriptor } from './descriptor.js';
import { GeyserError } from './errors.js';
import type { FrameInit } from './frame.js';
import { closePayload, ReadFrame } from './frame.js';
import type { StreamInfo, Subscriber, SubscriberOptions, SubscriberState, SubscriberStatistics } from './stream.js';

export const maxHeldFrames = 4;

/** A frame as a transport delivers it: what was skipped is known when it is acquired. */
export interface Arrival extends Omit<FrameInit, 'info' | 'stream'> {
  readonly info: Omit<FrameInfo, 'skipped'>;
  /** Called once, when the program acquires it; before `released`. */
  readonly acquired?: () => void;
}

interface Waiter {
  readonly resolve: (frame: ReadFrame) => void;
  readonly reject: (error: GeyserError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Options with their defaults, checked. Errors: invalid_argument. */
export function checkedSubscriberOptions(options: SubscriberOptions): Required<SubscriberOptions> {
  const { connectTimeout = 1000, reconnect = true, maxHeld = 2, application = '' } = options;
  if (!Number.isInteger(maxHeld) || maxHeld < 1 || maxHeld > maxHeldFrames) {
    throw new GeyserError('invalid_argument', `SubscriberOptions.maxHeld is ${String(maxHeld)}; 1 to ${maxHeldFrames} are allowed`);
  }
  checkTimeout(connectTimeout, 'SubscriberOptions.connectTimeout');
  return { connectTimeout, reconnect, maxHeld, application };
}

/** Refuses a time that no wait can have: milliseconds, 0 to a day. */
export function checkTimeout(timeout: number, what: string): void {
  if (!(timeout >= 0 && timeout <= 86_400_000)) {
    throw new GeyserError('invalid_argument', `${what} is ${String(timeout)}; 0 to 86400000 milliseconds are allowed`);
  }
}

/**
 * A Subscriber without a transport. The transport says attach(), deliver(), detach(); the program acquires. A transport makes one when its
 * publisher has answered, and is told by `closed` that the program closed it.
 */
export class SubscriberCore implements Subscriber {
  readonly name: string;
  readonly #options: Required<SubscriberOptions>;
  readonly #closedByProgram: () => void;
  readonly #capacity: number;
  #stream: StreamInfo;
  #state: SubscriberState = 'waiting';
  #why = '';
  #pending: Arrival[] = [];
  #waiter: Waiter | null = null;
  #looking = false; // acquire() lets messages in before it takes what is there
  #held = 0;
  #last: number | null = null; // the number acquired last of this attachment; null: none yet
  #generation: FrameInfo | null = null;
  #closed = false;
  #frames = 0;
  #skipped = 0;
  #attachments = 0;
  #generations = 0;
  /** Counted by the transport. */
  malformed = 0;

  /** `capacity`: frames of a `queue` that can wait here; more than that break the protocol, and are dropped as skipped. */
  constructor(stream: StreamInfo, options: Required<SubscriberOptions>, capacity: number, closed: () => void) {
    this.name = stream.name;
    this.#stream = stream;
    this.#options = options;
    this.#capacity = capacity;
    this.#closedByProgram = closed;
  }

  get state(): SubscriberState {
    return this.#state;
  }
  get stream(): StreamInfo {
    return this.#stream;
  }
  get closed(): boolean {
    return this.#closed;
  }
  /** Frames that the program holds, for transports that tell their publisher. */
  get held(): number {
    return this.#held;
  }
  get statistics(): SubscriberStatistics {
    return {
      frames: this.#frames,
      skipped: this.#skipped,
      attachments: this.#attachments,
      generations: this.#generations,
      malformed: this.malformed,
    };
  }

  /** A publisher answered, the first or another one. */
  attach(stream: StreamInfo): void {
    if (this.#closed) return;
    this.#stream = stream;
    this.#state = 'attached';
    this.#attachments++;
    this.#last = null;
    this.#generation = null;
  }

  /** The publisher says something else about its stream than before. */
  update(stream: StreamInfo): void {
    this.#stream = stream;
  }

  /** The publisher is gone, `why` in a few words. What was delivered can still be acquired. */
  detach(why: string): void {
    if (this.#closed || this.#state === 'ended') return;
    this.#state = this.#options.reconnect ? 'waiting' : 'ended';
    this.#why = why;
    if (this.#state === 'ended' && this.#waiter !== null) this.#refuse(this.#gone());
  }

  /** A frame came. Takes the payload over in every case. */
  deliver(arrival: Arrival): void {
    if (this.#closed) {
      discard(arrival);
      return;
    }
    if (this.#stream.pacing === 'latest') {
      for (const old of this.#pending) discard(old);
      this.#pending = [arrival];
    } else if (this.#pending.length >= this.#capacity) {
      discard(arrival);
    } else {
      this.#pending.push(arrival);
    }
    if (this.#waiter !== null && this.#held < this.#options.maxHeld && this.#pending.length > 0) {
      const { resolve, timer } = this.#waiter;
      this.#waiter = null;
      clearTimeout(timer);
      resolve(this.#take());
    }
  }

  async acquire(timeout = 1000): Promise<ReadFrame> {
    checkTimeout(timeout, 'the time to wait for a frame');
    if (this.#closed) throw new GeyserError('invalid_state', `this subscriber of "${this.name}" is closed; subscribe again`);
    if (this.#waiter !== null || this.#looking) throw new GeyserError('invalid_state', `another acquire() of "${this.name}" is waiting; one at a time is allowed`);
    const { maxHeld } = this.#options;
    if (this.#held >= maxHeld) {
      throw new GeyserError('limit_exceeded', `${this.#held} frames of "${this.name}" are held and ${maxHeld} are allowed; close one, or set SubscriberOptions.maxHeld`);
    }
    if (this.#pending.length > 0 && this.#stream.pacing === 'latest') {
      // A newer frame may wait in the event loop's queue: a reader that is busy between its calls would see old ones only.
      this.#looking = true;
      await turn();
      this.#looking = false;
      if (this.#closed) throw new GeyserError('invalid_state', `this subscriber of "${this.name}" was closed while acquire() waited`);
    }
    if (this.#pending.length > 0) return this.#take();
    if (this.#state === 'ended') throw this.#gone();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#refuse(
          this.#state === 'attached'
            ? new GeyserError('timed_out', `no new frame of "${this.name}" came within ${timeout} ms; ask again`)
            : this.#gone(),
        );
      }, timeout);
      this.#waiter = { resolve, reject, timer };
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReadFrame, void, undefined> {
    while (!this.#closed) {
      if (this.#state === 'ended' && this.#pending.length === 0) return;
      let frame: ReadFrame;
      try {
        frame = await this.acquire(60_000);
      } catch (error) {
        if (this.#closed) return;
        if (error instanceof GeyserError && (error.code === 'timed_out' || error.code === 'peer_gone')) continue;
        throw error;
      }
      yield frame;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#state = 'ended';
    for (const arrival of this.#pending) discard(arrival);
    this.#pending = [];
    if (this.#waiter !== null) this.#refuse(new GeyserError('invalid_state', `this subscriber of "${this.name}" was closed while acquire() waited`));
    this.#closedByProgram();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #take(): ReadFrame {
    const arrival = this.#pending.shift() as Arrival;
    const { number } = arrival.info;
    const skipped = this.#last === null ? 0 : Math.max(0, number - this.#last - 1);
    const info: FrameInfo = { ...arrival.info, skipped };
    if (this.#generation === null || !sameDescriptor(this.#generation, info)) this.#generations++;
    this.#generation = info;
    this.#last = number;
    this.#frames++;
    this.#skipped += skipped;
    this.#held++;
    arrival.acquired?.();
    const released = (): void => {
      this.#held--;
      arrival.released?.();
    };
    return new ReadFrame({ info, payload: arrival.payload, transfer: arrival.transfer, released, stream: this.name });
  }

  #refuse(error: GeyserError): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    if (waiter === null) return;
    clearTimeout(waiter.timer);
    waiter.reject(error);
  }

  #gone(): GeyserError {
    const next = this.#state === 'ended' ? 'subscribe again' : 'ask again, the subscriber attaches by itself';
    return new GeyserError('peer_gone', `the publisher of "${this.name}" is away (${this.#why}); ${next}`);
  }
}

// Resolves when the messages that have arrived until now have been handled. A channel of its own each time: an open one keeps Node.js running.
function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

function discard(arrival: Arrival): void {
  closePayload(arrival.payload);
  arrival.released?.();
}
