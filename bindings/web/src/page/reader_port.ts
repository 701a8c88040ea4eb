// ReaderPort: one reader as its publisher sees it: what it can take, what is on the way to it, what it holds.
import { isVideoFrame } from '../source.js';
import type { Pacing, StreamInfo } from '../stream.js';
import type { ConnectRequest, FrameMessage, ToReader } from './messages.js';
import { closeImages, readToPublisher } from './messages.js';

/** A frame as the publisher keeps it. Whoever retains it releases it; the last one closes the picture. */
export class Shared {
  readonly message: FrameMessage;
  #count = 1;

  constructor(message: FrameMessage) {
    this.message = message;
  }
  retain(): this {
    this.#count++;
    return this;
  }
  release(): void {
    if (--this.#count === 0) this.message.image.close();
  }
}

/** What a reader tells its publisher about. */
export interface ReaderEvents {
  /** It can take frames now, the first time. */
  ready(reader: ReaderPort): void;
  /** It took or let go of a frame: there may be room. */
  progress(reader: ReaderPort): void;
  left(reader: ReaderPort): void;
  malformed(): void;
}

// In `latest`: one that waits at the reader, and one on the way that overtakes it.
const latestWindow = 2;

export class ReaderPort {
  readonly id: string;
  readonly hub: string;
  readonly application: string;
  readonly #port: MessagePort;
  readonly #events: ReaderEvents;
  readonly #untaken = new Set<number>();
  readonly #unreleased = new Set<number>();
  #video: boolean | null = null; // whether it takes VideoFrames, that is, is in this agent cluster; null: not known yet
  #chain: Promise<void> = Promise.resolve(); // pictures that are made one after the other
  #open = true;
  lastSent = 0;

  constructor(request: ConnectRequest, port: MessagePort, stream: StreamInfo, events: ReaderEvents) {
    this.id = request.reader;
    this.hub = request.hub;
    this.application = request.application;
    this.#port = port;
    this.#events = events;
    port.onmessage = (event) => this.#heard(event);
    port.onmessageerror = () => events.malformed();
    this.#say({ type: 'attached', stream });
    this.#probe();
  }

  get ready(): boolean {
    return this.#open && this.#video !== null;
  }
  /** Frames that it was sent and has not acquired: `queue` waits for these. */
  get behind(): number {
    return this.#untaken.size;
  }
  hasRoom(pacing: Pacing, ring: number): boolean {
    return this.#untaken.size < (pacing === 'queue' ? ring - 1 : latestWindow);
  }

  /** Sends a frame; the caller has looked for room. */
  send(frame: Shared): void {
    const { number } = frame.message;
    this.#untaken.add(number);
    this.#unreleased.add(number);
    this.lastSent = number;
    const image = frame.message.image;
    if (this.#video === true && isVideoFrame(image)) {
      this.#give(frame.message, image.clone());
      return;
    }
    frame.retain();
    this.#chain = this.#chain.then(async () => {
      try {
        // A bitmap has no cheap clone: each reader gets a copy. Another agent cluster takes nothing else.
        const bitmap = await createImageBitmap(image, { colorSpaceConversion: 'none' });
        const far = { memory: 'unknown', why: `${frame.message.why} It went to another agent cluster as an ImageBitmap; the browser does not tell by what memory.` } as const;
        if (this.#open) this.#give({ ...frame.message, ...(this.#video === true ? {} : far) }, bitmap);
        else bitmap.close();
      } catch {
        this.#lost(number);
      } finally {
        frame.release();
      }
    });
  }

  /** Says goodbye, so that the reader takes what is on the way and lets go of its port. */
  close(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    // After what is being made: a message that was posted is still delivered.
    void this.#chain.then(() => {
      this.#say({ type: 'ended', reason });
      this.#port.close();
    });
  }

  #give(message: FrameMessage, image: VideoFrame | ImageBitmap): void {
    try {
      this.#port.postMessage({ ...message, image } satisfies ToReader, [image]);
    } catch {
      image.close();
      this.#lost(message.number);
    }
  }

  // It will never be answered: for this reader the frame is a skipped one.
  #lost(number: number): void {
    this.#untaken.delete(number);
    this.#unreleased.delete(number);
  }

  #say(message: ToReader): void {
    this.#port.postMessage(message);
  }

  // VideoFrames are delivered within one agent cluster only (a page, its frames, popups and workers), and there is no way to ask where the other
  // side is. So something is sent that does not leave the cluster either: it arrives, or the reader sees a message error. A WebAssembly module
  // rather than a frame, because the browser warns of frames that did not arrive; a frame where the page's policy forbids WebAssembly.
  #probe(): void {
    if (typeof VideoFrame === 'undefined') {
      this.#say({ type: 'probe', sample: null });
      return;
    }
    const module = smallestModule();
    if (module !== null) {
      this.#say({ type: 'probe', sample: module });
      return;
    }
    const frame = new VideoFrame(new Uint8Array(16), { format: 'RGBX', codedWidth: 2, codedHeight: 2, timestamp: 0 });
    this.#port.postMessage({ type: 'probe', sample: frame } satisfies ToReader, [frame]);
  }

  #heard(event: MessageEvent): void {
    if (!this.#open) return;
    const message = readToPublisher(event.data);
    if (message === null || event.ports.length > 0) return this.#reject(event);
    switch (message.type) {
      case 'ready':
        if (this.#video !== null) return this.#reject(event);
        this.#video = message.video;
        this.#events.ready(this);
        return;
      case 'taken':
        if (!this.#untaken.delete(message.number)) return this.#reject(event);
        this.#events.progress(this);
        return;
      case 'released':
        if (!this.#unreleased.delete(message.number)) return this.#reject(event);
        this.#untaken.delete(message.number); // dropped without having been acquired
        this.#events.progress(this);
        return;
      case 'leave':
        this.close('the reader left');
        this.#events.left(this);
    }
  }

  #reject(event: MessageEvent): void {
    this.#events.malformed();
    closeImages(event.data);
    for (const port of event.ports) port.close();
  }
}

function smallestModule(): WebAssembly.Module | null {
  try {
    return new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  } catch {
    return null;
  }
}
