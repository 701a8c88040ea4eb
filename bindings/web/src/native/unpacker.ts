// Video chunks to pictures by WebCodecs: begins with a key frame, asks for another one after an error, never queues without bound.
import { GeyserError } from '../errors.js';
import type { WireFrame } from './protocol.js';

/** What this browser is asked about, in the order of preference: the first is what every encoder of geyser serve makes. */
const candidates = ['avc1.42E01F', 'vp09.00.10.08', 'vp8'];
const maxQueued = 8;
const maxFailures = 8;

/** Those of `codecs` that this browser decodes. Bounded; a probe that fails counts as no. */
export async function decodable(codecs: readonly string[] = candidates): Promise<string[]> {
  if (typeof VideoDecoder === 'undefined') return [];
  const answers = await Promise.all(
    codecs.slice(0, 32).map(async (codec) => {
      try {
        return (await VideoDecoder.isConfigSupported({ codec, codedWidth: 1280, codedHeight: 720 })).supported === true;
      } catch {
        return false;
      }
    }),
  );
  return codecs.filter((_, i) => answers[i]);
}

export interface UnpackerEvents {
  /** The picture is the receiver's to close. */
  picture(picture: VideoFrame, from: WireFrame): void;
  /** A chunk left the decoder's queue, or was dropped. */
  room(): void;
  needsKeyFrame(): void;
  failed(error: GeyserError): void;
}

export class Unpacker {
  #decoder: VideoDecoder | undefined;
  #waitingForKey = true;
  #failures = 0;
  #dropped = 0;
  readonly #pending = new Map<number, WireFrame>();
  readonly #config: VideoDecoderConfig;
  readonly #events: UnpackerEvents;

  constructor(config: { codec: string; width: number; height: number; description?: Uint8Array }, events: UnpackerEvents) {
    this.#config = {
      codec: config.codec,
      codedWidth: config.width,
      codedHeight: config.height,
      optimizeForLatency: true,
      // What the server makes; the coded streams do not say it, and a browser's guess goes by size and codec.
      colorSpace: { primaries: 'bt709', transfer: 'bt709', matrix: config.codec === 'vp8' ? 'smpte170m' : 'bt709', fullRange: false },
      ...(config.description ? { description: config.description.slice() } : {}),
    };
    this.#events = events;
  }

  get queued(): number {
    return this.#decoder?.decodeQueueSize ?? 0;
  }

  /** Chunks that were not decoded. */
  get dropped(): number {
    return this.#dropped;
  }

  push(frame: WireFrame): void {
    if (frame.kind === 'key') this.#waitingForKey = false;
    else if (this.#waitingForKey || this.queued >= maxQueued) {
      if (!this.#waitingForKey) this.#askForKey();
      this.#dropped++;
      this.#events.room();
      return;
    }
    try {
      const decoder = this.#ready();
      // The chunk's time is its number, which is how its picture is recognised; the picture gets the publisher's time afterwards.
      this.#pending.set(frame.number, frame);
      decoder.decode(
        new EncodedVideoChunk({ type: frame.kind === 'key' ? 'key' : 'delta', timestamp: frame.number, data: frame.payload }),
      );
    } catch (error) {
      this.#pending.delete(frame.number);
      this.#failure(error);
    }
  }

  close(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    this.#pending.clear();
    if (decoder && decoder.state !== 'closed') decoder.close();
  }

  #ready(): VideoDecoder {
    if (this.#decoder && this.#decoder.state === 'configured') return this.#decoder;
    const decoder: VideoDecoder = new VideoDecoder({
      output: (picture) => {
        if (this.#decoder === decoder) this.#decoded(picture);
        else picture.close();
      },
      error: (error) => {
        if (this.#decoder === decoder) this.#failure(error);
      },
    });
    decoder.ondequeue = () => {
      if (this.#decoder === decoder) this.#events.room();
    };
    decoder.configure(this.#config);
    this.#decoder = decoder;
    return decoder;
  }

  #decoded(decoded: VideoFrame): void {
    const from = this.#pending.get(decoded.timestamp);
    for (const number of this.#pending.keys()) if (number <= decoded.timestamp) this.#pending.delete(number);
    if (!from) {
      decoded.close();
      return;
    }
    this.#failures = 0;
    let picture: VideoFrame;
    try {
      picture = new VideoFrame(decoded, { timestamp: from.timestamp });
    } catch (error) {
      this.#failure(error);
      return;
    } finally {
      decoded.close();
    }
    this.#events.picture(picture, from);
  }

  #failure(error: unknown): void {
    this.close();
    const words = error instanceof Error ? error.message : String(error);
    if (++this.#failures > maxFailures) {
      const what = `The browser decodes none of the ${this.#config.codec} video that it gets (${words}); ask for the transport raw.`;
      this.#events.failed(new GeyserError('unsupported_format', what));
      return;
    }
    this.#askForKey();
    this.#events.room();
  }

  #askForKey(): void {
    this.#waitingForKey = true;
    this.#events.needsKeyFrame();
  }
}
