// Streams: what every transport gives. Streams between contexts of one origin (page/) and of a native process (native/) look the same.
import type { FrameInfo, Metadata, TextureDescriptor, TransferReport } from './descriptor.js';
import type { FrameMemory, ReadFrame } from './frame.js';

/**
 * `latest`: a reader gets the newest frame it has not had, and what it missed is counted; the publisher never waits for a reader.
 * `queue`: a reader gets every frame, and publish() waits while a reader is `ring - 1` frames behind.
 */
export type Pacing = 'latest' | 'queue';

/** A texture of a WebGPU device: usage COPY_SRC, 2D, one sample; rgba8unorm, bgra8unorm or rgba16float. */
export interface TextureSource {
  readonly device: GPUDevice;
  readonly texture: GPUTexture;
  /** False: alpha counts, and colour is multiplied by it. True (nothing given): the texture is opaque whatever its alpha says. */
  readonly opaque?: boolean;
}

/**
 * What can be published. The publisher takes the picture that it has when publish() is called; it stays the caller's. A canvas can be given by
 * its context too, and should be: the context's type tells how its pixels travel (ReadFrame.transfer), which a canvas does not.
 */
export type FrameSource =
  | OffscreenCanvas
  | HTMLCanvasElement
  | GPUCanvasContext
  | WebGLRenderingContext
  | WebGL2RenderingContext
  | CanvasRenderingContext2D
  | OffscreenCanvasRenderingContext2D
  | TextureSource
  | VideoFrame
  | ImageBitmap
  | HTMLVideoElement
  | HTMLImageElement
  | ImageData;

export interface PublisherOptions {
  readonly pacing?: Pacing;
  /** Frames that are out at once, 2 to 16; `queue` lets readers fall ring - 1 frames behind. 3 unless given. */
  readonly ring?: number;
  /**
   * True: the pictures have alpha that matters. They travel as ImageBitmaps then, which know that their colour is multiplied by alpha; a VideoFrame
   * of a canvas does not, and readers multiply again. False unless given. Streams of a native process ignore it: bytes are bytes.
   */
  readonly alpha?: boolean;
  /** For people. */
  readonly application?: string;
}

export interface PublishOptions {
  /** Microseconds on the publisher's own clock; left out: the moment of publish(). */
  readonly timestamp?: number;
  readonly metadata?: Metadata;
  /** Where the source's pixels are, when the program knows better than the source tells; see FrameMemory. Nothing checks it. */
  readonly memory?: FrameMemory;
  /** `queue`: how long to wait for room, in milliseconds. 1000 unless given. */
  readonly timeout?: number;
}

export interface PublisherStatistics {
  readonly published: number;
  /** Frames handed to readers, every reader counted. */
  readonly sent: number;
  /** Frames that a reader did not get because a newer one came first, every reader counted. */
  readonly skipped: number;
  readonly readers: number;
  /** Messages from other contexts that were not understood; they have no effect. */
  readonly malformed: number;
}

/** Publishes a stream. close() ends it: readers keep the frames that they hold. */
export interface Publisher extends AsyncDisposable {
  readonly name: string;
  /** Another one with each start. */
  readonly uuid: string;
  /** What the newest frame was; null before the first. */
  readonly descriptor: TextureDescriptor | null;
  readonly closed: boolean;
  /**
   * Takes the picture at once, before it returns; the promise gives the frame's number when it is on its way. Another size or format than
   * before is a new generation, by itself. Rejects with invalid_argument, invalid_state (closed, or the frame before is still waiting for
   * room), timed_out (`queue`: no room in time; the frame is not published, its number is used again), peer_gone (the transport ended).
   */
  publish(source: FrameSource, options?: PublishOptions): Promise<number>;
  readonly hasSubscribers: boolean;
  /** Resolves when at least `count` readers are attached; rejects with timed_out. `timeout` in milliseconds. */
  waitForSubscribers(count: number, timeout: number): Promise<void>;
  readonly statistics: PublisherStatistics;
  /** Ends the stream and frees its name. More than one call is allowed. */
  close(): Promise<void>;
}

export interface SubscriberOptions {
  /** How long subscribe() waits for the stream to appear and to answer, in milliseconds. 1000 unless given. */
  readonly connectTimeout?: number;
  /** Attach again when the publisher restarts. True unless given. */
  readonly reconnect?: boolean;
  /** Frames held at once, 1 to 4. 2 unless given. */
  readonly maxHeld?: number;
  /** For people. */
  readonly application?: string;
}

/** `attached`: frames can come. `waiting`: the publisher is gone; attaches again by itself. `ended`: it is gone, and reconnect is false. */
export type SubscriberState = 'attached' | 'waiting' | 'ended';

export interface SubscriberStatistics {
  /** Acquired. */
  readonly frames: number;
  /** Published while attached, and not taken. */
  readonly skipped: number;
  /** 1 after subscribe(); one more with every restart of the publisher. */
  readonly attachments: number;
  /** Sizes and formats seen. */
  readonly generations: number;
  /** Messages from other contexts that were not understood; they have no effect. */
  readonly malformed: number;
}

/** Reads a stream. Also an async iterable of frames: each must be closed, and the loop ends when the stream or the subscriber does. */
export interface Subscriber extends AsyncIterable<ReadFrame>, AsyncDisposable {
  readonly name: string;
  readonly state: SubscriberState;
  /** What the publisher announced last. */
  readonly stream: StreamInfo;
  readonly statistics: SubscriberStatistics;
  /**
   * `latest`: the newest frame that was not acquired before; for a new subscriber that is the current one, at once. `queue`: the next in
   * order. The frame is the caller's to close. `timeout` in milliseconds, 1000 unless given. Rejects with timed_out (nothing new came),
   * peer_gone (nothing came while the publisher is away), limit_exceeded (maxHeld frames are held), invalid_state (closed, or another
   * acquire() is waiting).
   */
  acquire(timeout?: number): Promise<ReadFrame>;
  /** Lets go of the stream and closes what was not acquired. Frames that are held stay valid. More than one call is allowed. */
  close(): Promise<void>;
}

export interface StreamInfo {
  readonly name: string;
  readonly uuid: string;
  /** Null before the first frame. */
  readonly texture: TextureDescriptor | null;
  readonly pacing: Pacing;
  readonly application: string;
  readonly readers: number;
}

/** The streams that there are. */
export interface Directory {
  list(): Promise<readonly StreamInfo[]>;
  /** Null when there is no such stream. */
  find(name: string): Promise<StreamInfo | null>;
  /** Resolves when a stream appeared, ended or changed since the call before; rejects with timed_out. `timeout` in milliseconds. */
  waitForChange(timeout: number): Promise<void>;
  close(): void;
}

/** A way by which streams travel. */
export interface Transport {
  publish(name: string, options?: PublisherOptions): Promise<Publisher>;
  subscribe(name: string, options?: SubscriberOptions): Promise<Subscriber>;
  directory(): Directory;
  /** Ends every publisher and subscriber that came from it. */
  close(): Promise<void>;
}

export type { FrameInfo, TextureDescriptor, TransferReport };
