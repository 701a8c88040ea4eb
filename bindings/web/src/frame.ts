// ReadFrame: a frame to read, whichever way it came, until it is closed.
import type { FrameInfo, TransferReport } from './descriptor.js';
import { asGeyserError, GeyserError } from './errors.js';
import { clamped, rgbaCanvas, swizzled } from './texels.js';

/**
 * Where a frame's pixels are, as far as the program knows. `unknown`: the browser does not tell. `gpu`: not in memory of the CPU.
 * `multi-planar`: NV12 in memory of the GPU that this browser's WebGPU devices sample in place (a hardware decoder's or camera's frame, or
 * an imported native texture). Nothing checks it: a page has no way to ask.
 */
export type FrameMemory = 'unknown' | 'cpu' | 'gpu' | 'multi-planar';

/** The pixels. `bytes`: rows from the top without gaps, alpha as the publisher wrote it. The frame owns what it was given. */
export type FramePayload =
  | { readonly kind: 'video-frame'; readonly frame: VideoFrame; readonly memory: FrameMemory }
  | { readonly kind: 'bitmap'; readonly bitmap: ImageBitmap; readonly memory: FrameMemory }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer>; readonly format: 'rgba8unorm' | 'bgra8unorm' };

/** What a frame is used for; decides which copies are left. */
export type FrameUse = 'external-texture' | 'texture' | 'webgl' | 'canvas' | 'bytes';

/** What a transport makes a frame of. */
export interface FrameInit {
  readonly info: FrameInfo;
  readonly payload: FramePayload;
  /** How it came into this context, before any use. */
  readonly transfer: TransferReport;
  /** Called once, when the frame is closed: for acknowledgements. Must not throw. */
  readonly released?: () => void;
  /** Names the stream in warnings. */
  readonly stream?: string;
}

export interface CopyToTextureOptions {
  /** Where in the texture the frame's left upper corner goes; 0, 0 unless given. */
  readonly x?: number;
  readonly y?: number;
  /** What copyExternalImageToTexture() is asked for; false unless given. docs/guide.md says what comes of alpha below 1. */
  readonly premultipliedAlpha?: boolean;
}

export interface ToWebGLOptions {
  /** True: the first row of the texture is the lowest one of the picture, as WebGL programs often want it. False unless given. */
  readonly flipY?: boolean;
  readonly premultiplyAlpha?: boolean;
  /** Write into the texture that there is at this corner instead of giving it the frame's size. */
  readonly into?: { readonly x: number; readonly y: number };
}

const forgotten =
  typeof FinalizationRegistry === 'undefined'
    ? null
    : new FinalizationRegistry<string>((what) => {
        console.warn(`geyser-web: ${what} was not closed before it was garbage; its memory was held until now, and its publisher may wait. Call close().`);
      });

/**
 * A frame to read. The caller's to close; may outlive its subscriber and its publisher. Everything but `info`, `transfer`, `transferOf()` and
 * `closed` refuses with invalid_state once it is closed. `using` closes it, too.
 */
export class ReadFrame implements Disposable {
  readonly info: FrameInfo;
  /** How the pixels came into this context. What a use adds: transferOf(). */
  readonly transfer: TransferReport;
  readonly #payload: FramePayload;
  readonly #released: (() => void) | undefined;
  #video: VideoFrame | null = null; // made for those who ask, of a payload that is none
  #canvas: OffscreenCanvas | null = null; // as above
  #closed = false;

  constructor(init: FrameInit) {
    this.info = init.info;
    this.transfer = init.transfer;
    this.#payload = init.payload;
    this.#released = init.released;
    forgotten?.register(this, `frame ${init.info.number} of ${init.stream === undefined ? 'a stream' : `stream "${init.stream}"`}`, this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** What holds the pixels; for programs that need more than this class gives. The frame's own: do not close or transfer it. */
  get payload(): FramePayload {
    return this.#open();
  }

  /** The whole way of the pixels from the producer into a use of that kind. Sends nothing and copies nothing. */
  transferOf(use: FrameUse): TransferReport {
    const payload = this.#payload;
    if (use === 'bytes') return { transfer: 'cpu', why: `${this.transfer.why} Reading bytes back copies them to the CPU's memory.` };
    if (this.transfer.transfer === 'cpu') return this.transfer;
    if (use === 'external-texture' && payload.kind === 'video-frame' && payload.memory === 'multi-planar' && this.info.format === 'nv12') {
      return { transfer: 'zero-copy', why: 'The frame is NV12 in GPU memory that its producer says WebGPU samples in place, and is imported as an external texture.' };
    }
    const last: Record<Exclude<FrameUse, 'bytes'>, string> = {
      'external-texture': 'Importing a frame that is not multi-planar NV12 costs one copy on the GPU.',
      texture: 'copyExternalImageToTexture() is one copy on the GPU.',
      webgl: 'texImage2D() is one copy on the GPU.',
      canvas: 'Drawing is one pass on the GPU where the canvas is there; the browser does not tell where it is.',
    };
    return { transfer: 'gpu', why: `${this.transfer.why} ${last[use]}` };
  }

  /** The frame as a VideoFrame: its own, closed with it. Clone it to keep or transfer it. Errors: unsupported_feature, invalid_state. */
  get videoFrame(): VideoFrame {
    const payload = this.#open();
    if (payload.kind === 'video-frame') return payload.frame;
    return (this.#video ??= this.#attempt('making a VideoFrame', () => {
      if (typeof VideoFrame === 'undefined') throw new GeyserError('unsupported_feature', 'this browser has no VideoFrame; use draw() or toWebGL()');
      const { timestamp, width, height } = this.info;
      if (payload.kind === 'bitmap') return new VideoFrame(payload.bitmap, { timestamp });
      const format = payload.format === 'rgba8unorm' ? 'RGBA' : 'BGRA';
      return new VideoFrame(payload.bytes, { format, codedWidth: width, codedHeight: height, timestamp, colorSpace: sRGB });
    }));
  }

  /** The frame as an ImageBitmap of the caller's, who closes it. Rejects with invalid_state, unsupported_feature. */
  async toBitmap(): Promise<ImageBitmap> {
    const payload = this.#open();
    const source = payload.kind === 'bytes' ? new ImageData(clamped(rgbaOf(payload)), this.info.width) : payload.kind === 'bitmap' ? payload.bitmap : payload.frame;
    try {
      return await createImageBitmap(source, { premultiplyAlpha: 'default', colorSpaceConversion: 'none' });
    } catch (error) {
      throw asGeyserError(error, 'unsupported_feature', 'making an ImageBitmap');
    }
  }

  /**
   * The frame as a `texture_external` of a device, without further use of this class: read-only, and valid until the frame is closed.
   * Errors: invalid_state, unsupported_feature (no WebGPU import in this browser, or it refuses the frame).
   */
  toExternalTexture(device: GPUDevice): GPUExternalTexture {
    const source = this.videoFrame;
    return this.#attempt('importing the frame as an external texture', () => device.importExternalTexture({ source, colorSpace: 'srgb' }));
  }

  /**
   * Copies the frame into a texture on the device's queue. Valid usage (checked): usage COPY_DST, and RENDER_ATTACHMENT unless the frame is
   * bytes; the texture holds the frame at that corner; for bytes its format is of the rgba8unorm or bgra8unorm family.
   * Errors: invalid_argument, unsupported_format, invalid_state, unsupported_feature.
   */
  copyToTexture(device: GPUDevice, texture: GPUTexture, options: CopyToTextureOptions = {}): void {
    const payload = this.#open();
    const { width, height } = this.info;
    const { x = 0, y = 0, premultipliedAlpha = false } = options;
    if (!Number.isInteger(x) || !Number.isInteger(y) || x < 0 || y < 0 || x + width > texture.width || y + height > texture.height) {
      throw new GeyserError(
        'invalid_argument',
        `the frame is ${width}x${height} and the texture ${texture.width}x${texture.height}: at ${x},${y} it does not fit; make a texture of the frame's size`,
      );
    }
    const needed = usageCopyDst | (payload.kind === 'bytes' ? 0 : usageRenderAttachment);
    if ((texture.usage & needed) !== needed) {
      throw new GeyserError('invalid_argument', `the texture's usage is ${texture.usage}; copying this frame needs COPY_DST${payload.kind === 'bytes' ? '' : ' and RENDER_ATTACHMENT'} (${needed})`);
    }
    const origin = { x, y };
    if (payload.kind === 'bytes') {
      const family = texture.format.replace(/-srgb$/, '');
      if (family !== 'rgba8unorm' && family !== 'bgra8unorm') {
        throw new GeyserError('unsupported_format', `the texture's format is ${texture.format}; bytes go into the rgba8unorm or bgra8unorm family`);
      }
      const bytes = family === payload.format ? payload.bytes : swizzled(payload.bytes);
      this.#attempt('writing the texture', () => device.queue.writeTexture({ texture, origin }, bytes, { bytesPerRow: width * 4, rowsPerImage: height }, { width, height }));
      return;
    }
    const source = payload.kind === 'bitmap' ? payload.bitmap : payload.frame;
    this.#attempt('copying into the texture', () => {
      device.queue.copyExternalImageToTexture({ source }, { texture, origin, premultipliedAlpha, colorSpace: 'srgb' }, { width, height });
    });
  }

  /**
   * Copies the frame into a 2D texture of a WebGL context: of the frame's size as RGBA8, or into a part of it (`into`). Changes no state of the
   * context that it does not put back. Errors: invalid_state, device_lost (the context is), unsupported_feature.
   */
  toWebGL(gl: WebGLRenderingContext | WebGL2RenderingContext, texture: WebGLTexture, options: ToWebGLOptions = {}): void {
    const payload = this.#open();
    if (gl.isContextLost()) throw new GeyserError('device_lost', 'the WebGL context is lost; make everything of it again when it is restored');
    const { width, height } = this.info;
    const source = payload.kind === 'bytes' ? null : payload.kind === 'bitmap' ? payload.bitmap : payload.frame;
    this.#attempt('copying into the WebGL texture', () => {
      const restore = setUnpack(gl, options.flipY === true, options.premultiplyAlpha === true);
      const bound = gl.getParameter(gl.TEXTURE_BINDING_2D) as WebGLTexture | null;
      try {
        gl.bindTexture(gl.TEXTURE_2D, texture);
        const { into } = options;
        if (into !== undefined) {
          if (source === null) gl.texSubImage2D(gl.TEXTURE_2D, 0, into.x, into.y, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgbaOf(payload as BytesPayload));
          else gl.texSubImage2D(gl.TEXTURE_2D, 0, into.x, into.y, gl.RGBA, gl.UNSIGNED_BYTE, source);
        } else if (source === null) gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, rgbaOf(payload as BytesPayload));
        else gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, source);
      } finally {
        gl.bindTexture(gl.TEXTURE_2D, bound);
        restore();
      }
    });
  }

  /** Draws the frame, of its own size unless given another. The context's transform, clip and alpha apply. Errors: invalid_state. */
  draw(context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, x = 0, y = 0, width = this.info.width, height = this.info.height): void {
    const payload = this.#open();
    this.#attempt('drawing the frame', () => {
      if (payload.kind === 'bytes') this.#canvas ??= rgbaCanvas(rgbaOf(payload), this.info.width, this.info.height);
      const source = payload.kind === 'bitmap' ? payload.bitmap : payload.kind === 'video-frame' ? payload.frame : this.#canvas;
      context.drawImage(source as CanvasImageSource, x, y, width, height);
    });
  }

  /** The pixels as RGBA bytes, rows from the top without gaps: a copy into the CPU's memory. Rejects with invalid_state, unsupported_feature. */
  async readBack(): Promise<Uint8Array<ArrayBuffer>> {
    const payload = this.#open();
    if (payload.kind === 'bytes') return new Uint8Array(rgbaOf(payload)); // a copy of the caller's own
    const { width, height } = this.info;
    try {
      const visible = payload.kind === 'video-frame' ? payload.frame.visibleRect : null;
      if (payload.kind === 'video-frame' && visible?.width === width && visible.height === height) {
        const bytes = new Uint8Array(width * height * 4);
        await payload.frame.copyTo(bytes, { format: 'RGBA', layout: [{ offset: 0, stride: width * 4 }], rect: visible });
        return bytes;
      }
      const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      if (context === null) throw new GeyserError('unsupported_feature', 'this browser gives no 2D context for an OffscreenCanvas');
      context.drawImage(payload.kind === 'bitmap' ? payload.bitmap : payload.frame, 0, 0, width, height);
      return new Uint8Array(context.getImageData(0, 0, width, height).data.buffer as ArrayBuffer);
    } catch (error) {
      throw asGeyserError(error, 'unsupported_feature', 'reading the frame back');
    }
  }

  /** Lets go of the frame: its memory is free, its publisher may go on. More than one call is allowed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    forgotten?.unregister(this);
    this.#video?.close();
    this.#video = null;
    this.#canvas = null;
    closePayload(this.#payload);
    this.#released?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(): FramePayload {
    if (this.#closed) throw new GeyserError('invalid_state', `frame ${this.info.number} is closed; use a frame before close(), or acquire another one`);
    return this.#payload;
  }

  #attempt<T>(doing: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw asGeyserError(error, 'unsupported_feature', doing);
    }
  }
}

type BytesPayload = Extract<FramePayload, { kind: 'bytes' }>;

// GPUTextureUsage, which is no global where there is no WebGPU.
const usageCopyDst = 0x02;
const usageRenderAttachment = 0x10;

const sRGB: VideoColorSpaceInit = { primaries: 'bt709', transfer: 'iec61966-2-1', matrix: 'rgb', fullRange: true };

/** Frees what holds pixels; nothing for bytes. */
export function closePayload(payload: FramePayload): void {
  if (payload.kind === 'video-frame') payload.frame.close();
  else if (payload.kind === 'bitmap') payload.bitmap.close();
}

function rgbaOf(payload: BytesPayload): Uint8Array<ArrayBuffer> {
  return payload.format === 'rgba8unorm' ? payload.bytes : swizzled(payload.bytes);
}

// Sets what decides how pictures are unpacked, so that neither rows, alpha nor colour change on the way; gives back how to undo it.
function setUnpack(gl: WebGLRenderingContext | WebGL2RenderingContext, flipY: boolean, premultiply: boolean): () => void {
  const wanted: [number, number | boolean][] = [
    [gl.UNPACK_FLIP_Y_WEBGL, flipY],
    [gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, premultiply],
    [gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE],
    [gl.UNPACK_ALIGNMENT, 4],
  ];
  if ('UNPACK_ROW_LENGTH' in gl) {
    wanted.push([gl.UNPACK_ROW_LENGTH, 0], [gl.UNPACK_SKIP_PIXELS, 0], [gl.UNPACK_SKIP_ROWS, 0]);
  }
  const before = wanted.map(([name]) => [name, gl.getParameter(name) as number | boolean] as const);
  const buffer = 'PIXEL_UNPACK_BUFFER' in gl ? (gl.getParameter(gl.PIXEL_UNPACK_BUFFER_BINDING) as WebGLBuffer | null) : null;
  if (buffer !== null) (gl as WebGL2RenderingContext).bindBuffer((gl as WebGL2RenderingContext).PIXEL_UNPACK_BUFFER, null);
  for (const [name, value] of wanted) gl.pixelStorei(name, value);
  return () => {
    for (const [name, value] of before) gl.pixelStorei(name, value);
    if (buffer !== null) (gl as WebGL2RenderingContext).bindBuffer((gl as WebGL2RenderingContext).PIXEL_UNPACK_BUFFER, buffer);
  };
}
