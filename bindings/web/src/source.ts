// From what a program publishes to a frame that can travel: a VideoFrame, or an ImageBitmap where the browser has no VideoFrame.
import type { TextureFormat } from './descriptor.js';
import { isExtent, maxExtent } from './descriptor.js';
import { asGeyserError, GeyserError } from './errors.js';
import type { FrameMemory } from './frame.js';
import type { FrameSource, TextureSource } from './stream.js';

/** A picture taken of a source; its owner closes `image`. */
export interface Capture {
  readonly image: VideoFrame | ImageBitmap;
  readonly width: number;
  readonly height: number;
  readonly format: TextureFormat;
  readonly memory: FrameMemory;
  /** How the picture was taken, one sentence. */
  readonly why: string;
}

type Canvas = OffscreenCanvas | HTMLCanvasElement;
type Drawable = Canvas | VideoFrame | ImageBitmap | HTMLVideoElement | HTMLImageElement | ImageData;

interface Known {
  readonly source: Drawable;
  readonly memory: FrameMemory;
  readonly why: string;
}

/** True for a VideoFrame of this context; false where there are none. */
export function isVideoFrame(value: unknown): value is VideoFrame {
  return typeof VideoFrame !== 'undefined' && value instanceof VideoFrame;
}

export function isImageBitmap(value: unknown): value is ImageBitmap {
  return typeof ImageBitmap !== 'undefined' && value instanceof ImageBitmap;
}

function isA(name: string, value: unknown): boolean {
  const type = (globalThis as Record<string, unknown>)[name];
  return typeof type === 'function' && value instanceof type;
}

/**
 * Takes pictures for one publisher: keeps a canvas for textures, so that a frame makes none. The picture is taken before take() returns.
 * Errors: invalid_argument (not a source, closed, empty, too large), unsupported_format, unsupported_feature.
 */
export class Camera {
  readonly #bitmaps: boolean;
  #canvas: OffscreenCanvas | null = null;
  #context: GPUCanvasContext | null = null;
  #configured: { device: GPUDevice; format: GPUTextureFormat; opaque: boolean } | null = null;

  /** `bitmaps`: pictures are ImageBitmaps also where the browser has VideoFrame. */
  constructor(bitmaps: boolean) {
    this.#bitmaps = bitmaps || typeof VideoFrame === 'undefined';
  }

  take(source: FrameSource, timestamp: number, memory: FrameMemory | undefined): Capture | Promise<Capture> {
    const known = this.#known(source);
    const { width, height } = extentOf(known.source);
    if (!isExtent(width) || !isExtent(height)) {
      throw new GeyserError('invalid_argument', `the source is ${width}x${height}; 1 to ${maxExtent} texels each way are allowed (a closed frame and an element without a picture have 0)`);
    }
    const rest = { width, height, memory: memory ?? known.memory, why: known.why };
    try {
      if (this.#bitmaps) return bitmapOf(known.source, rest);
      const image = videoFrameOf(known.source, timestamp);
      return { ...rest, image, format: formatOf(image) };
    } catch (error) {
      throw asGeyserError(error, 'invalid_argument', 'taking a picture of the source');
    }
  }

  close(): void {
    this.#context?.unconfigure();
    this.#canvas = this.#context = this.#configured = null;
  }

  #known(source: FrameSource): Known {
    if (typeof source !== 'object' || source === null) throw notASource(source);
    if ('texture' in source && 'device' in source) {
      return { source: this.#blit(source), memory: 'gpu', why: 'The texture was copied on the GPU into a canvas, and that into the frame.' };
    }
    if (isA('GPUCanvasContext', source)) {
      return { source: (source as GPUCanvasContext).canvas as Canvas, memory: 'gpu', why: 'The WebGPU canvas became a frame on the GPU.' };
    }
    if (isA('WebGL2RenderingContext', source) || isA('WebGLRenderingContext', source)) {
      return { source: (source as WebGLRenderingContext).canvas, memory: 'gpu', why: 'The WebGL canvas became a frame on the GPU.' };
    }
    if (isA('CanvasRenderingContext2D', source) || isA('OffscreenCanvasRenderingContext2D', source)) {
      return { source: (source as CanvasRenderingContext2D).canvas, memory: 'unknown', why: 'The browser does not tell whether a 2D canvas is in memory of the CPU or of the GPU.' };
    }
    if (isA('OffscreenCanvas', source) || isA('HTMLCanvasElement', source)) {
      return { source: source as Canvas, memory: 'unknown', why: 'The browser does not tell what a canvas draws with; publish its context to have it known.' };
    }
    if (isVideoFrame(source)) return { source, memory: 'unknown', why: 'The browser does not tell where a VideoFrame is; say it by PublishOptions.memory.' };
    if (isImageBitmap(source)) return { source, memory: 'unknown', why: 'The browser does not tell where an ImageBitmap is; say it by PublishOptions.memory.' };
    if (isA('ImageData', source)) return { source: source as ImageData, memory: 'cpu', why: 'ImageData is memory of the CPU.' };
    if (isA('HTMLVideoElement', source) || isA('HTMLImageElement', source)) {
      return { source: source as HTMLVideoElement, memory: 'unknown', why: 'The browser does not tell where the picture of an element is.' };
    }
    throw notASource(source);
  }

  // A page cannot wrap a GPUTexture in a frame: it goes through a canvas of the same device.
  #blit({ device, texture, opaque = true }: TextureSource): OffscreenCanvas {
    const { width, height, format } = texture;
    if (format !== 'rgba8unorm' && format !== 'bgra8unorm' && format !== 'rgba16float') {
      throw new GeyserError('unsupported_format', `the texture's format is ${format}; a canvas can have rgba8unorm, bgra8unorm or rgba16float`);
    }
    if (texture.dimension !== '2d' || texture.sampleCount !== 1 || (texture.usage & usageCopySrc) === 0) {
      throw new GeyserError('invalid_argument', `the texture is ${texture.dimension} with ${texture.sampleCount} samples and usage ${texture.usage}; 2d, 1 sample and COPY_SRC are needed`);
    }
    this.#canvas ??= new OffscreenCanvas(width, height);
    this.#context ??= this.#canvas.getContext('webgpu') as GPUCanvasContext | null;
    if (this.#context === null) throw new GeyserError('unsupported_feature', 'this browser gives no WebGPU context for an OffscreenCanvas');
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    const now = this.#configured;
    if (now?.device !== device || now.format !== format || now.opaque !== opaque) {
      this.#context.configure({ device, format, usage: usageCopyDst | usageRenderAttachment, alphaMode: opaque ? 'opaque' : 'premultiplied' });
      this.#configured = { device, format, opaque };
    }
    const encoder = device.createCommandEncoder({ label: 'geyser-web: texture to canvas' });
    encoder.copyTextureToTexture({ texture }, { texture: this.#context.getCurrentTexture() }, { width, height });
    device.queue.submit([encoder.finish()]);
    return this.#canvas;
  }
}

// GPUTextureUsage, which is no global where there is no WebGPU.
const usageCopySrc = 0x01;
const usageCopyDst = 0x02;
const usageRenderAttachment = 0x10;

function extentOf(source: Drawable): { width: number; height: number } {
  if (isVideoFrame(source)) return { width: source.displayWidth, height: source.displayHeight };
  if (isA('HTMLVideoElement', source)) return { width: (source as HTMLVideoElement).videoWidth, height: (source as HTMLVideoElement).videoHeight };
  if (isA('HTMLImageElement', source)) return { width: (source as HTMLImageElement).naturalWidth, height: (source as HTMLImageElement).naturalHeight };
  return { width: (source as Canvas).width, height: (source as Canvas).height };
}

function videoFrameOf(source: Drawable, timestamp: number): VideoFrame {
  if (isVideoFrame(source)) return new VideoFrame(source, { timestamp });
  if (!isA('ImageData', source)) return new VideoFrame(source as Canvas, { timestamp });
  const { data, width, height } = source as ImageData;
  const format: VideoPixelFormat = 'RGBA';
  return new VideoFrame(data as Uint8ClampedArray<ArrayBuffer>, { format, codedWidth: width, codedHeight: height, timestamp, colorSpace: sRGB });
}

const sRGB: VideoColorSpaceInit = { primaries: 'bt709', transfer: 'iec61966-2-1', matrix: 'rgb', fullRange: true };

async function bitmapOf(source: Drawable, rest: Omit<Capture, 'image' | 'format'>): Promise<Capture> {
  try {
    const image = await createImageBitmap(source, { colorSpaceConversion: 'none' });
    return { ...rest, image, format: 'rgba8unorm' };
  } catch (error) {
    throw asGeyserError(error, 'invalid_argument', 'taking a picture of the source');
  }
}

const formats: Partial<Record<VideoPixelFormat, TextureFormat>> = { RGBA: 'rgba8unorm', RGBX: 'rgba8unorm', BGRA: 'bgra8unorm', BGRX: 'bgra8unorm', NV12: 'nv12', I420: 'i420' };

/** The library's name of a frame's format; `undefined` where the browser does not tell, or the library has no such format. */
export function formatOf(frame: VideoFrame): TextureFormat {
  return (frame.format === null ? undefined : formats[frame.format]) ?? 'undefined';
}

function notASource(source: unknown): GeyserError {
  const what = Object.prototype.toString.call(source).slice(8, -1);
  return new GeyserError('invalid_argument', `the source is of type ${what}; a canvas or its context, { device, texture }, VideoFrame, ImageBitmap, ImageData, video and img can be published`);
}

