// The main process' half: takes frames of a native stream to a renderer, and gives each back when no process refers to it any more.
import { GeyserError } from '../errors.js';
import { type NativeFrame, type SentFrame, type TextureInfo, textureInfo } from './textures.js';

/** The addon's reader of a stream. */
export interface NativeReader {
  acquire(timeout?: number): Promise<NativeFrame>;
  close(): void;
}

/** What is used of Electron's SharedTextureImported. */
export interface ImportedTexture {
  release(): void;
}

/** What is used of Electron's `sharedTexture` in the main process. */
export interface SharedTextureSender<Target, Imported extends ImportedTexture> {
  importSharedTexture(options: { textureInfo: TextureInfo; allReferencesReleased?: () => void }): Imported;
  sendSharedTexture(options: { frame: Target; importedSharedTexture: Imported }, ...extra: unknown[]): Promise<void>;
}

export interface ForwardOptions {
  /** For the renderer; the stream's name as a rule. */
  readonly stream: string;
  /** Frames that Electron may hold at once: the reader's maxHeld, or less. 2 unless given. */
  readonly inFlight?: number;
  /** Milliseconds of one wait for a frame. */
  readonly timeout?: number;
  /** NV12 that WebGPU may sample in place: the caller knows its driver. */
  readonly zeroCopyWebGpuImport?: boolean;
  /** `process.platform` unless given. */
  readonly platform?: string;
  /** Told of what went wrong with one frame; the forwarding goes on. */
  readonly onError?: (error: unknown) => void;
}

export interface ForwardStatistics {
  readonly sent: number;
  readonly failed: number;
  /** Imported, and not released by every process yet. */
  readonly held: number;
}

/**
 * Forwards a stream's frames to one renderer frame (`webContents.mainFrame`) until close(). A frame goes back to its publisher when Electron
 * says that all references are released, and not before. Never run in Electron.
 */
export class TextureForwarder<Target, Imported extends ImportedTexture> {
  readonly #api: SharedTextureSender<Target, Imported>;
  readonly #reader: NativeReader;
  readonly #target: Target;
  readonly #options: ForwardOptions;
  readonly #platform: string;
  readonly #inFlight: number;
  #held = 0;
  #sent = 0;
  #failed = 0;
  #closed = false;
  #room: (() => void) | null = null;

  constructor(api: SharedTextureSender<Target, Imported>, reader: NativeReader, target: Target, options: ForwardOptions) {
    const { inFlight = 2, platform } = options;
    if (!Number.isInteger(inFlight) || inFlight < 1 || inFlight > 4)
      throw new GeyserError('invalid_argument', `ForwardOptions.inFlight is ${String(inFlight)}; 1 to 4 are allowed`);
    this.#api = api;
    this.#reader = reader;
    this.#target = target;
    this.#options = options;
    this.#inFlight = inFlight;
    this.#platform = platform ?? (globalThis as { process?: { platform: string } }).process?.platform ?? 'unknown';
  }

  get statistics(): ForwardStatistics {
    return { sent: this.#sent, failed: this.#failed, held: this.#held };
  }

  /** Runs until close(), or until a frame cannot go to Electron at all: then it rejects with the reason. */
  async run(): Promise<void> {
    const { timeout = 1000, onError } = this.#options;
    while (!this.#closed) {
      if (this.#held >= this.#inFlight) {
        await this.#awaitRoom();
        continue;
      }
      let frame: NativeFrame;
      try {
        frame = await this.#reader.acquire(timeout);
      } catch (error) {
        if (this.#closed) return;
        const code = (error as { code?: unknown }).code;
        if (code === 'timed_out' || code === 'peer_gone') continue; // nothing new, or a publisher that may come back
        throw error;
      }
      try {
        await this.#forward(frame);
      } catch (error) {
        this.#failed++;
        if (error instanceof GeyserError) throw error; // this stream's frames are of no use to Electron
        onError?.(error); // a renderer that is gone or slow: sendSharedTexture() gives up after a second
      }
    }
  }

  /** Ends run(); frames that are out come back as Electron releases them. */
  close(): void {
    this.#closed = true;
    this.#room?.();
    this.#reader.close();
  }

  async #forward(frame: NativeFrame): Promise<void> {
    if (this.#closed) {
      frame.release();
      return;
    }
    let imported: Imported;
    this.#held++;
    const giveBack = (): void => {
      frame.release();
      this.#held--;
      this.#room?.();
    };
    let released = false;
    const once = (): void => {
      if (released) return;
      released = true;
      giveBack();
    };
    let info: TextureInfo;
    try {
      info = textureInfo(frame, this.#platform, this.#options.zeroCopyWebGpuImport ?? false);
      imported = this.#api.importSharedTexture({ textureInfo: info, allReferencesReleased: once });
    } catch (error) {
      once(); // nobody refers to it
      throw error;
    }
    try {
      const { number, generation, published, timestamp, width, height, format } = frame;
      const sent: SentFrame = {
        stream: this.#options.stream,
        number,
        generation,
        published,
        timestamp,
        width,
        height,
        format,
        zeroCopyImport: info.handle.nativePixmap?.supportsZeroCopyWebGpuImport ?? false,
      };
      await this.#api.sendSharedTexture({ frame: this.#target, importedSharedTexture: imported }, sent);
      this.#sent++;
    } finally {
      imported.release(); // this process' reference; the renderer has its own
    }
  }

  #awaitRoom(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 1000); // looked at again even if nobody says so
      this.#room = () => {
        clearTimeout(timer);
        this.#room = null;
        resolve();
      };
    });
  }
}
